"""``git hotfix backport``: the published fix on every branch that must have it, each judged alone."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from tests.cli.stages import Stage, fix, published, started
from tests.support.hooks import accept_everything, during_first_push, refuse_ref
from tests.support.lab import BUG, FIXED, LOGIN, Bare, Clone
from tests.support.processes import run

if TYPE_CHECKING:
    from pathlib import Path


def states(answer: Any) -> dict[str, tuple[str, str | None]]:
    return {each["branch"]: (each["state"], each["method"]) for each in answer["targets"]}


def message(repository: Bare, commit: str) -> str:
    return repository.git("log", "-1", "--format=%B", commit).rstrip("\n")


def trailers_of(stage: Stage) -> str:
    return f"Hotfix-Id: {stage.hotfix}\nIncident: {stage.report}\nBackport-Of: {stage.remote.rev('main')}"


def test_published_fix_is_merged_where_only_it_arrives_and_picked_elsewhere(tmp_path: Path) -> None:
    stage = published(tmp_path)
    remote = stage.remote
    tip, merge = remote.rev("main^2"), remote.rev("main")
    before = {name: remote.rev(name) for name in ("develop", "release/1.1", "support/1.0")}
    # a local branch of a target follows, none is made
    stage.alice.git("branch", "release/1.1", "origin/release/1.1")

    answer = stage.alice.hotfix("backport", "--json", check=0).json()

    assert states(answer) == {
        "develop": ("present", "merge"),
        "release/1.1": ("present", "merge"),
        "support/1.0": ("present", "pick"),
    }
    assert (answer["outcome"], answer["problems"], answer["next"]) == (
        "done",
        [],
        f"git hotfix cleanup {stage.hotfix}",
    )
    assert stage.alice.rev("release/1.1") == remote.rev("release/1.1")
    assert set(stage.alice.git("branch", "--format=%(refname:short)").split()) == {"main", "release/1.1", stage.branch}
    # release/1.1 and develop: merges of the tip that bring the fix and the report, nothing else
    for commit, old in (("release/1.1", before["release/1.1"]), ("develop^", before["develop"])):
        assert remote.git("rev-parse", f"{commit}^@").split() == [old, tip]
        assert remote.git("diff", "--name-only", f"{commit}^", commit).split() == [stage.report, LOGIN]
        assert message(remote, commit) == f"Backport HOTFIX: Login takes any password\n\n{trailers_of(stage)}"
    assert FIXED in remote.show(f"develop:{LOGIN}")
    assert 'f"{user}: account"' in remote.show(f"develop:{LOGIN}")
    # develop has the record on top, in a commit of its own
    assert remote.git("diff", "--name-only", "develop^", "develop").split() == ["CHANGELOG.md", stage.report]
    assert message(remote, "develop") == f"Record HOTFIX: Login takes any password\n\n{trailers_of(stage)}"
    # support/1.0: picked with its author, without the report, without what came before the fork point
    assert remote.git("rev-parse", "support/1.0^@") == before["support/1.0"]
    assert remote.git("diff", "--name-only", "support/1.0^", "support/1.0") == LOGIN
    assert message(remote, "support/1.0") == (
        f"Check the password\n\n(cherry picked from commit {tip})\nHotfix-Id: {stage.hotfix}\nBackport-Of: {merge}"
    )
    author = "--format=%an <%ae> %ad"
    assert remote.git("log", "-1", author, "support/1.0") == remote.git("log", "-1", author, tip)

    done = stage.alice.snapshot()
    stage.alice.hotfix("backport", check=0)
    assert stage.alice.snapshot() == done


def test_branch_with_merges_in_it_is_picked_as_one_change(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice = stage.alice
    fix(stage)
    alice.git("switch", "-q", "-c", "topic", "HEAD^")
    alice.commit("Say hello again", {"src/auth/again.py": "AGAIN = True\n"})
    alice.git("switch", "-q", stage.branch)
    alice.git("merge", "-q", "--no-ff", "--no-edit", "topic")
    alice.hotfix("finish", "--no-backport", "--skip-tests", "no time", check=0)
    remote = stage.remote
    old, merge = remote.rev("support/1.0"), remote.rev("main")

    dry = alice.hotfix("backport", "--to", "support/1.0", "--dry-run", check=0)
    assert dry.out == f"{stage.hotfix}: would\n  backport the fix to origin/support/1.0 by pick\n"
    alice.hotfix("backport", "--to", "support/1.0", check=4)

    assert remote.git("rev-parse", "support/1.0^@") == old
    assert remote.git("diff", "--name-only", old, "support/1.0").split() == ["src/auth/again.py", LOGIN]
    assert f"(cherry picked from commit {merge})" in message(remote, "support/1.0")
    assert message(remote, "support/1.0").startswith("HOTFIX: Login takes any password\n")


def test_report_of_another_hotfix_holds_no_merge(tmp_path: Path) -> None:
    """The first one was picked: develop has its report, completed, and production has it as it was begun."""
    stage = published(tmp_path)
    alice = stage.alice
    alice.hotfix("backport", "--pick", check=0)
    alice.hotfix("cleanup", check=0)
    first = stage.on_server("develop")
    alice.hotfix("start", "Second", "--slug", "second", "-y", check=0)
    alice.commit("Answer politely", {"README.md": "# Shop, please\n"})

    alice.hotfix("finish", "-y", "--skip-tests", "no time", check=0)

    assert stage.on_server("develop") == first
    assert stage.on_server("develop", "README.md") == "# Shop, please\n"


def test_own_report_that_develop_has_changed_holds_no_merge(tmp_path: Path) -> None:
    stage = published(tmp_path)
    alice = stage.alice
    theirs = alice.show(f"{stage.branch}:{stage.report}").replace("Login takes any password", "What bob calls it")
    stage.bob_pushes("develop", "A report of this name", {stage.report: theirs})

    answer = alice.hotfix("finish", check=0)

    warning = f"warning: 'origin/develop': '{stage.report}' stays as it is there: what the branch has changed in it is"
    assert warning in answer.err
    report = stage.on_server("develop")
    assert "What bob calls it" in report
    assert "- Status: resolved" in report  # the record is written into it
    assert not (alice.path / ".git/hotfix/conflicts").exists()


def test_conflict_is_laid_out_from_a_folder_below_the_top(tmp_path: Path) -> None:
    stage = published(tmp_path)
    alice = stage.alice
    login = stage.on_server("develop", LOGIN)
    stage.bob_pushes("develop", "Log every try", {LOGIN: login.replace(BUG, BUG.replace("True", "bool(password)"))})
    below = Clone(alice.path / "docs")
    below.path.mkdir(exist_ok=True)

    answer = below.hotfix("backport", stage.hotfix, check=4)

    assert f"The fix conflicts with 'origin/develop' in '{LOGIN}'" in answer.err
    assert (alice.path / f".git/hotfix/conflicts/{stage.hotfix}/develop" / LOGIN).is_file()


def test_line_that_is_no_waiver_is_named_and_waives_nothing(tmp_path: Path) -> None:
    stage = published(tmp_path)
    stage.bob_pushes("develop", "Waive", {"docs/incidents/waivers.jsonl": f'{{"hotfix": "{stage.hotfix}"}}\n'})

    answer = stage.alice.hotfix("backport", check=0)

    assert "note: 'docs/incidents/waivers.jsonl' line 1 is not a valid waiver: it is no waiver (" in answer.err
    targets = stage.alice.hotfix("status", "--json", check=0).json()["targets"]
    assert {each["state"] for each in targets} == {"present"}


def test_each_target_is_judged_alone_and_the_hint_resolves_a_conflict(tmp_path: Path) -> None:
    stage = published(tmp_path)
    remote, alice = stage.remote, stage.alice
    stage.bob_pushes("release/1.1", "Compare otherwise", {LOGIN: _otherwise(stage)})
    refuse_ref(remote, "refs/heads/support/*", "support is frozen")
    before = remote.refs()

    answer = alice.hotfix("backport", "--json", check=4).json()

    assert states(answer) == {
        "develop": ("present", "merge"),
        "release/1.1": ("conflict", "merge"),
        "support/1.0": ("pending", "pick"),
    }
    tip = remote.rev("main^2")[:7]
    place = alice.path / ".git/hotfix/conflicts" / str(stage.hotfix) / "release-1.1"
    theirs = remote.git("log", "-1", "--format=%h", "release/1.1").strip()
    assert answer["problems"] == [
        {
            "code": "target-conflict",
            "message": f"The fix conflicts with 'origin/release/1.1' in '{LOGIN}' (changed there by {theirs} Bob:"
            " Compare otherwise). After git add there, run: git hotfix backport --continue",
            "remedy": f"cd {place}",
        },
        {
            "code": "target-refused",
            "message": "'origin/support/1.0' was refused: support is frozen; hook declined to update "
            "refs/heads/support/1.0; [remote rejected] (hook declined)",
            "remedy": f"git hotfix backport {stage.hotfix}",
        },
    ]
    assert answer["outcome"] == "published-unfinished"
    after = remote.refs()
    assert {name for name in after if after[name] != before.get(name)} == {"refs/heads/develop"}
    record = stage.on_server("develop")
    assert "  - `release/1.1`: conflict\n  - `support/1.0`: pending\n" in record
    # what waits is remembered with its reason, and shown by status
    shown = alice.hotfix("status", "auth", "--json", check=0).json()
    assert {each["branch"]: each["evidence"] for each in shown["targets"]} == {
        "develop": f"contains the fix ({tip})",
        "release/1.1": answer["problems"][0]["message"],
        "support/1.0": answer["problems"][1]["message"],
    }

    accept_everything(remote)
    resolved = _otherwise(stage).replace("return bool(password)", "return password == expected")
    (place / LOGIN).write_text(resolved)
    run("git", "add", LOGIN, directory=place)
    again = alice.hotfix("backport", "--continue", "--json", check=0).json()

    assert states(again) == {
        "develop": ("present", "merge"),
        "release/1.1": ("present", "merge"),
        "support/1.0": ("present", "pick"),
    }
    assert remote.show(f"release/1.1:{LOGIN}") == resolved
    record = stage.on_server("develop")
    assert "  - `release/1.1`: present, by merge" in record
    assert "  - `support/1.0`: present, by pick, `" in record
    assert stage.subjects("develop")[:3] == [
        "Record HOTFIX: Login takes any password",
        "Record HOTFIX: Login takes any password",
        "Backport HOTFIX: Login takes any password",
    ]


def _otherwise(stage: Stage) -> str:
    return stage.remote.show(f"release/1.1:{LOGIN}").replace(BUG, BUG.replace("return True", "return bool(password)"))


def test_targets_that_move_during_the_backport_are_prepared_again(tmp_path: Path) -> None:
    stage = published(tmp_path)
    bob = stage.bob
    for branch in ("develop", "release/1.1"):
        bob.git("switch", "-q", branch)
        bob.commit(f"Meanwhile on {branch}", {f"{branch.replace('/', '-')}.txt": "new\n"})
    push = f"git -C {shlex.quote(str(bob.path))} push -q origin develop release/1.1"
    marker = during_first_push(stage.alice, push)

    stage.alice.hotfix("backport", check=0)

    assert marker.exists()
    for branch, below in (("develop", "develop^"), ("release/1.1", "release/1.1")):
        assert stage.remote.rev(f"{below}^1") == bob.rev(branch)
        assert stage.subjects(f"{bob.rev(branch)}..{branch}") == [
            *(["Record HOTFIX: Login takes any password"] if branch == "develop" else []),
            "Backport HOTFIX: Login takes any password",
            "Check the password",
            "Incident report: Login takes any password",
        ]


def test_named_branches_get_the_fix_a_new_line_too_and_nothing_else_does(tmp_path: Path) -> None:
    stage = published(tmp_path)
    remote, alice = stage.remote, stage.alice
    remote.git("branch", "topic", "develop")
    before = remote.refs()

    answer = alice.hotfix(
        "backport", "--pick", "--to", "support/1.1=v1.0.0", "--to", "topic", "--to", "release/1.1", "--json", check=4
    ).json()

    after = remote.refs()
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"refs/heads/support/1.1", "refs/heads/topic", "refs/heads/release/1.1"}
    for branch, parent in (("support/1.1", "v1.0.0^{}"), ("topic", "develop"), ("release/1.1", "release/1.1@{1}")):
        old = before["refs/heads/release/1.1"] if branch == "release/1.1" else remote.rev(parent)
        assert remote.git("rev-parse", f"{branch}^@") == old
        assert remote.git("diff", "--name-only", old, branch) == LOGIN
    assert states(answer) == {
        "develop": ("pending", "merge"),
        "release/1.1": ("present", "pick"),
        "support/1.0": ("pending", "pick"),
        "support/1.1": ("present", "pick"),
    }
    assert [each["code"] for each in answer["problems"]] == ["target-pending", "target-pending"]

    # --merge overrides the rule, and brings what the rule keeps out
    alice.hotfix("backport", "--merge", "--to", "support/1.0", check=4)
    assert remote.rev("support/1.0^2") == remote.rev("main^2")
    assert remote.show("support/1.0:VERSION") == "1.0.0\n"


def test_branches_that_cannot_be_are_refused_together(tmp_path: Path) -> None:
    stage = published(tmp_path)
    before = stage.alice.snapshot()

    wrong = ("nowhere", "new=no-such-revision", "a..b=v1.0.0")
    answer = stage.alice.hotfix("backport", *(f"--to={each}" for each in wrong), "--json", check=2).json()

    assert [(each["code"], each["message"], each["remedy"]) for each in answer["problems"]] == [
        ("unknown-branch", "There is no branch 'nowhere'.", "git hotfix backport --to nowhere=REV"),
        ("unknown-revision", "'no-such-revision' is not a commit here.", "git log --oneline --all"),
        ("bad-branch", "'a..b' is not a name for a branch.", "git help check-ref-format"),
    ]
    assert stage.alice.snapshot() == before


def test_second_hotfix_is_merged_although_the_record_of_the_first_was_completed(tmp_path: Path) -> None:
    stage = published(tmp_path)
    alice = stage.alice
    alice.hotfix("backport", check=0)
    alice.hotfix("start", "Tax is wrong", "--slug", "tax", "-y", check=0)
    second = alice.git("branch", "--show-current")
    alice.commit("Mend the tax", {"src/billing/rounding.py": "DIGITS = 2\n"})

    answer = alice.hotfix("finish", "--skip-tests", "no time", "--json", check=0).json()

    assert states(answer) == {
        "develop": ("present", "merge"),
        "release/1.1": ("present", "merge"),
        "support/1.0": ("present", "pick"),
    }
    assert stage.remote.rev("develop^^2") == alice.rev(second)
    assert stage.subjects("develop")[:2] == ["Record HOTFIX: Tax is wrong", "Backport HOTFIX: Tax is wrong"]


def test_hotfix_of_a_release_line_reaches_production(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice = stage.alice
    alice.hotfix("start", "Reports fail", "--on", "release/1.1", "--slug", "reports", "-y", check=0)
    alice.commit("Mend the reports", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})
    main = stage.remote.rev("main")

    answer = alice.hotfix("finish", "--skip-tests", "no time", "--json", check=0).json()

    assert states(answer) == {  # release/1.1 has what develop and main have not: picked
        "develop": ("present", "pick"),
        "main": ("present", "pick"),
        "support/1.0": ("present", "pick"),
    }
    assert stage.remote.rev("main^") == main
    assert stage.remote.git("diff", "--name-only", main, "main") == LOGIN
    assert stage.remote.rev("release/1.1") == stage.remote.rev(f"{stage.tag}^{{}}")
    assert stage.remote.git("log", "-1", "--format=%s", "release/1.1") == "HOTFIX: Reports fail"
