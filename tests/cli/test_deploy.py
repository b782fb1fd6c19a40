"""Deployment: by command, by the push, by hand; what began and whose end is not known is never repeated by itself."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from tests.cli.stages import Stage, fixed, published, started
from tests.support.hooks import protect
from tests.support.lab import FIXED, LOGIN, Clone
from tests.support.processes import begin, end, wait_for

if TYPE_CHECKING:
    from pathlib import Path


def script(stage: Stage, body: str) -> None:
    """Configure a deployment: a shell script beside the repositories that first writes down what it was given."""
    file = stage.root / "deploy.sh"
    given = f'echo "$HOTFIX_ID $HOTFIX_TAG $HOTFIX_COMMIT $PWD $(git rev-parse HEAD)" >> {stage.root}/given\n'
    file.write_text(given + body)
    stage.alice.git("config", "hotfix.deploy.command", f"sh {shlex.quote(str(file))}")


def given(stage: Stage) -> list[str]:
    """Return what each deployment was given, times and ids frozen."""
    lines = (stage.root / "given").read_text().splitlines()
    return [stage.frozen(line.replace(stage.remote.rev("main"), "MERGE")) for line in lines]


def step(answer: Any, name: str) -> tuple[str, str]:
    return next((each["state"], each["evidence"]) for each in answer["steps"] if each["step"] == name)


def test_finish_deploys_at_the_published_commit_and_comes_back(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    script(stage, "echo to production; echo and a warning >&2\n")
    before = alice.snapshot()

    undecided = alice.hotfix("finish", "--skip-tests", "no time", "--json", check=2).json()

    assert alice.snapshot() == before
    assert undecided["problems"] == [
        {
            "code": "decision-missing",
            "message": "This is not decided yet: Deploy with 'sh' after publication?",
            "remedy": f"git hotfix finish {stage.hotfix} --skip-tests 'no time' --json --deploy --verified-by NAME",
        }
    ]
    assert [each["option"] for each in undecided["questions"]] == ["--deploy (or --no-deploy)", "--verified-by NAME"]
    # nobody has main checked out: here, at the published commit, and back to the branch it was on
    done = alice.hotfix("finish", "--skip-tests", "no time", "--deploy", "--stay", check=0)
    assert given(stage) == ["ID TAG MERGE /lab/alice MERGE"]
    assert alice.git("branch", "--show-current") == stage.branch
    assert "to production\nand a warning\n" in done.err
    (log,) = (alice.path / ".git/hotfix/logs").glob("*-deploy-*.log")
    assert log.read_text() == "to production\nand a warning\n"
    assert "- Deployed: succeeded TIME (sh)\n" in stage.frozen(stage.on_server("develop"))


def test_failed_deployment_is_not_lost_behind_a_branch_that_is_protected(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    script(stage, "exit 3\n")
    protect(stage.remote, "refs/heads/develop", "develop is protected")

    for _ in range(2):
        answer = stage.alice.hotfix("finish", "-y", "--json", check=7).json()
        assert {each["code"] for each in answer["problems"]} == {"deployment-failed", "target-refused"}
        assert answer["outcome"] == "published-not-deployed"
    assert len(given(stage)) == 1


def test_deployment_runs_in_the_tree_that_has_production(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    script(stage, "")
    stage.alice.git("switch", "-q", "main")
    stage.alice.git("worktree", "add", "-q", str(tmp_path / "fixing"), stage.branch)

    answer = Clone(tmp_path / "fixing").hotfix("finish", "-y", "--no-backport", "--json", check=0).json()

    assert given(stage) == ["ID TAG MERGE /lab/alice MERGE"]
    assert FIXED in stage.alice.read(LOGIN)
    state, evidence = step(answer, "deploy")
    assert (state, stage.frozen(evidence)) == ("done", "succeeded TIME (sh)")


def test_failed_deployment_leaves_the_user_there_until_deploy_succeeds(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    script(stage, f"test -e {tmp_path}/mended || exit 3\n")

    failed = alice.hotfix("finish", "-y", "--json", check=7).json()

    (log,) = (alice.path / ".git/hotfix/logs").glob("*-deploy-*.log")
    assert failed["outcome"] == "published-not-deployed"
    assert failed["problems"] == [
        {
            "code": "deployment-failed",
            "message": f"The deployment failed: 'sh' ended with exit 3 (log: '{log}')."
            f" 'git hotfix rollback {stage.hotfix}' reverts the fix.",
            "remedy": f"git hotfix deploy {stage.hotfix}",
        }
    ]
    assert failed["next"] == f"git hotfix deploy {stage.hotfix}"
    assert {each["branch"]: each["state"] for each in failed["targets"]} == dict.fromkeys(
        ("develop", "release/1.1", "support/1.0"), "present"
    )
    assert alice.git("branch", "--show-current") == stage.branch
    record = stage.frozen(stage.on_server("develop"))
    assert "\n- Status: open\n" in record
    assert "\n- Deployed: failed TIME (sh)\n" in record
    # not again by itself
    once_more = alice.hotfix("finish", "-y", check=7)
    assert stage.frozen(once_more.err).startswith(
        "error: The deployment failed TIME (sh). 'git hotfix rollback ID' reverts the fix.\n"
        "hint:  git hotfix deploy ID\n"
    )
    assert len(given(stage)) == 1

    (tmp_path / "mended").touch()
    alice.hotfix("deploy", check=0)
    assert len(given(stage)) == 2
    record = stage.frozen(stage.on_server("develop"))
    assert "\n- Status: resolved\n" in record
    assert "\n- Deployed: succeeded TIME (sh)\n" in record
    assert record.count("| Deployment failed |") == 1
    assert record.count("| Deployment succeeded |") == 1
    alice.hotfix("finish", check=0)
    assert alice.git("branch", "--show-current") == "main"


def test_deployment_that_takes_later_work_out_of_production_is_decided_by_a_person(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    script(stage, "")
    alice.hotfix("finish", "-y", check=0)
    resolved = [line for line in stage.on_server("develop").splitlines() if "_at: " in line]
    for again in (("deploy", "auth"), ("deploy", "auth", "--done")):  # what is deployed is deployed, since then
        alice.hotfix(*again, check=0)
        assert [line for line in stage.on_server("develop").splitlines() if "_at: " in line] == resolved
    alice.hotfix("cleanup", check=0)
    unnamed = alice.hotfix("deploy", check=1)
    assert "There is no open hotfix." in unnamed.err

    stage.bob_pushes("main", "HOTFIX: Search is slow\n\nHotfix-Id: 20260118-qux", {"search.txt": "fast\n"})
    stage.bob_pushes("main", "A page", {"page.txt": "page\n"})
    page = stage.remote.rev("main")[:7]
    for more in ((), ("--dry-run",), ("-y",)):
        answer = alice.hotfix("deploy", "auth", "--json", *more, check=1).json()
        (problem,) = answer["problems"]
        assert problem["code"] == "older-deployment"
        assert f"'origin/main' got '{page} A page', '20260118-qux' after" in problem["message"]
        assert problem["remedy"] == f"git hotfix deploy 20260118-qux{' --dry-run' if '--dry-run' in more else ''}"
    assert len(given(stage)) == 2
    alice.hotfix("deploy", "auth", "--older", check=0)
    assert len(given(stage)) == 3


def test_deployment_whose_end_is_unknown_is_never_repeated_by_itself(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    script(stage, f"echo half; touch {tmp_path}/half-way; sleep 1000\n")
    with begin("git", "hotfix", "finish", "-y", directory=alice.path) as process:
        wait_for(tmp_path / "half-way", process)
        end(process)
    assert alice.git("branch", "--show-current") == ""  # at the published commit

    status = alice.hotfix("status", "--json", check=0).json()
    state, evidence = step(status, "deploy")
    assert (state, stage.frozen(evidence)) == ("unknown", "began TIME, its end is not known (sh)")
    again = alice.hotfix("finish", "-y", check=7)
    assert stage.frozen(again.err).endswith(
        "error: Production is published; it is not known whether it is deployed: the deployment began TIME, its end"
        " is not known (sh). It is not repeated by itself: 'git hotfix deploy ID' asks first, --done or --failed say"
        " how it ended. 'git hotfix rollback ID' reverts the fix.\n"
        "hint:  git hotfix deploy ID\n"
    )
    assert len(given(stage)) == 1
    assert alice.git("branch", "--show-current") == stage.branch  # back from the detour
    assert stage.on_server("develop").count("- Status: open\n") == 1

    told = alice.hotfix("deploy", "--done", "--at", "30s ago", "--by", "Kim", "--log", "https://ci/7", check=0)
    assert "Recorded: the deployment succeeded, reported by Kim.\n" in told.err
    alice.hotfix("finish", check=0)
    record = stage.frozen(stage.on_server("develop"))
    assert "\n- Status: resolved\n" in record
    assert "\n- Deployed: succeeded TIME (reported by Kim), https://ci/7\n" in record
    assert "| Deployment succeeded | Kim |\n" in record
    assert alice.git("branch", "--show-current") == "main"
    assert len(given(stage)) == 1


def test_push_that_deploys_is_checked_where_a_check_is_configured(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("config", "hotfix.deploy.trigger", "push")
    alice.git("config", "hotfix.deploy.check", f"test -e {tmp_path}/live")

    answer = alice.hotfix("finish", "--no-backport", "--json", check=7).json()

    assert [stage.frozen(each["message"]) for each in answer["problems"]] == [
        "The deployment could not be verified: 'test' ended with exit 1 "
        "(log: '/lab/alice/.git/hotfix/logs/ID-deploy-" + _stamp(stage) + ".log')."
        " 'git hotfix rollback ID' reverts the fix."
    ]
    (tmp_path / "live").touch()
    answer = alice.hotfix("deploy", "--json", check=0).json()
    state, evidence = step(answer, "deploy")
    assert (state, stage.frozen(evidence)) == ("done", "succeeded TIME (test)")


def _stamp(stage: Stage) -> str:
    (log,) = (stage.alice.path / ".git/hotfix/logs").glob("*-deploy-*.log")
    return log.stem.rpartition("-")[2]


def test_push_that_deploys_without_a_check_counts_as_deployed(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    stage.alice.git("config", "hotfix.deploy.trigger", "push")

    answer = stage.alice.hotfix("finish", "--json", check=0).json()

    assert step(answer, "deploy") == ("done", "by the push")
    assert "\n- Deployed: by the push\n" in stage.on_server("develop")


def test_deployment_by_hand_points_to_the_guide_and_takes_a_persons_word(tmp_path: Path) -> None:
    stage = published(tmp_path)
    alice = stage.alice
    stage.bob_pushes("main", "How to deploy", {"docs/governance/deployment_strategy.md": "Call the night shift.\n"})
    alice.git("pull", "-q")
    status = alice.hotfix("status", "auth", "--json", check=0).json()
    assert step(status, "deploy") == ("waiting", "deploy it, then run: git hotfix deploy --done")
    assert status["next"] == f"git hotfix backport {stage.hotfix}"
    before = alice.snapshot()

    refused = alice.hotfix("deploy", check=2)
    assert refused.err == (
        "error: No deploy command is configured (deploy.command);"
        " the guide is 'docs/governance/deployment_strategy.md'.\n"
        f"hint:  git hotfix deploy {stage.hotfix} --done\n"
    )
    alone = alice.hotfix("deploy", "--by", "Kim", check=2)
    assert alone.err == ("error: --at, --by and --log go with --done or --failed.\nhint:  git hotfix deploy -h\n")
    future = alice.hotfix("deploy", "--done", "--at", "2999-01-01", check=2)
    assert future.err.startswith("error: '2999-01-01' is in the future.\n")
    assert alice.snapshot() == before
    planned = alice.hotfix("deploy", "--failed", "--dry-run", check=0)
    assert planned.out == f"{stage.hotfix}: would\n  record that the deployment failed, reported by Alice\n"

    told = alice.hotfix("deploy", "--failed", "--json", check=7).json()
    assert [stage.frozen(each["message"]) for each in told["problems"]] == [
        "The deployment failed TIME (reported by Alice). 'git hotfix rollback ID' reverts the fix."
    ]
    told = alice.hotfix("deploy", "--done", "--json", check=0).json()
    state, evidence = step(told, "deploy")
    assert (state, stage.frozen(evidence)) == ("done", "succeeded TIME (reported by Alice)")
    assert alice.snapshot() == before


def test_finish_without_deployment_leaves_it_to_deploy(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    script(stage, "")

    answer = stage.alice.hotfix("finish", "--no-deploy", "--json", check=0).json()

    assert not (tmp_path / "given").exists()
    assert step(answer, "deploy") == ("next", "not run: sh")
    assert answer["next"] == f"git hotfix deploy {stage.hotfix}"
    assert "\n- Deployed: unknown\n" in stage.on_server("develop")
    assert stage.alice.git("branch", "--show-current") == "main"
    stage.alice.hotfix("deploy", check=0)
    assert given(stage) == ["ID TAG MERGE /lab/alice MERGE"]


def test_what_is_not_published_is_not_deployed(tmp_path: Path) -> None:
    stage = started(tmp_path)
    before = stage.alice.snapshot()
    refused = stage.alice.hotfix("deploy", check=1)
    assert refused.err == (
        f"error: '{stage.hotfix}' is not published: there is nothing to deploy.\n"
        f"hint:  git hotfix status {stage.hotfix}\n"
    )
    assert stage.alice.snapshot() == before


def test_deployment_that_cannot_be_started_has_not_begun(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("config", "hotfix.deploy.command", "no-such-program")

    answer = alice.hotfix("finish", "-y", "--no-backport", "--json", check=7).json()

    assert [(each["code"], each["message"]) for each in answer["problems"]] == [
        (
            "not-deployed",
            "The fix is published, but not deployed: The program 'no-such-program' of deploy.command was not found.",
        )
    ]
    assert json.loads(stage.memory.read_text())["deployments"] == []
    # a change in the way of the published commit: nothing is started either
    script(stage, "")
    alice.write("README.md", "half an edit\n")
    answer = alice.hotfix("deploy", "--json", check=7).json()
    assert [each["message"] for each in answer["problems"]] == [
        f"The fix is published, but not deployed: There are uncommitted changes in '{alice.path}'."
    ]
    assert answer["problems"][0]["remedy"] == f"git -C {alice.path} stash"
    assert alice.read("README.md") == "half an edit\n"
    assert alice.git("branch", "--show-current") == stage.branch
    (alice.git_dir / "MERGE_HEAD").write_text(f"{alice.rev('origin/main')}\n")  # a merge that is half done
    (problem,) = alice.hotfix("deploy", "--json", check=7).json()["problems"]
    assert problem["message"].endswith(f"not deployed: A merge is unfinished in '{alice.path}'.")
    assert problem["remedy"] == f"git -C {alice.path} status"
    (alice.git_dir / "MERGE_HEAD").unlink()
    alice.git("checkout", "-q", "README.md")
    alice.hotfix("finish", "-y", check=0)
    assert given(stage) == ["ID TAG MERGE /lab/alice MERGE"]


def test_done_and_failed_together_are_refused(tmp_path: Path) -> None:
    stage = published(tmp_path)
    (problem,) = stage.alice.hotfix("deploy", "--done", "--failed", "--json", check=2).json()["problems"]
    assert problem["message"] == "--done and --failed contradict each other."
