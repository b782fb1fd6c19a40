"""Branches that are changed by pull request: asked for, merged by others in any form, gone on from, taken back."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.cli.publication_scenes import SKIP, Ready, hints, problems, ready, tags, trailers
from tests.support.forge import PROJECTS, Forge
from tests.support.hooks import _install
from tests.support.lab import LOGIN
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone
    from tests.support.processes import Run

BY_REQUEST = ("main", "develop", "release/1.1", "support/1.0")


def forged(
    root: Path, *by_request: str, tool: str = "gh", refuses: tuple[str, ...] = BY_REQUEST
) -> tuple[Ready, Forge]:
    """Return a hotfix that is ready, on a server whose branches nobody pushes to."""
    scene = ready(root)
    forge = Forge(root, scene.remote, tool=tool, refuses=refuses)
    for clone in (scene.alice, scene.bob):
        forge.connect(clone, *by_request)
    return scene, forge


def state(answer: Run, step: str) -> str:
    return next(str(each["state"]) for each in answer.json()["steps"] if each["step"] == step)


def test_whole_hotfix_by_request_where_each_branch_merges_in_another_form(tmp_path: Path) -> None:
    """The base by merge and by squash: the rollback below, a colleague who takes over, a push that is refused."""
    scene, forge = forged(tmp_path, *BY_REQUEST)
    alice, remote = scene.alice, scene.remote
    before = {name: remote.rev(name) for name in BY_REQUEST}
    told = tmp_path / "told"
    for name in ("pre-flow-hotfix-finish", "post-flow-hotfix-finish"):
        _install(alice.path / f".git/hooks/{name}", f'echo "${{0##*/}} $1" >>"{told}"\n')

    def hotfix(*words: str, check: int) -> Run:
        return alice.hotfix(*words, "--json", check=check, env=forge.env)

    asked = hotfix("finish", *SKIP, "--verified-by", "Kim", check=3)
    assert {name: remote.rev(name) for name in BY_REQUEST} == before
    assert [each["code"] for each in asked.json()["problems"]] == ["request-waits"]
    (request,) = forge.requests
    assert (request["head"], request["base"], request["title"]) == (scene.branch, "main", "HOTFIX: Fix auth bypass")
    said = (f"Hotfix-Id: {scene.id}", f"Incident: {scene.report}", f"Tests-Skipped: {SKIP[1]}", "Verified-By: Kim")
    assert request["body"].endswith("\n".join(("\n", *said, "Deploy: none\n")))
    again = hotfix("finish", check=3)  # what was decided then holds
    assert len(forge.requests) == 1
    assert [line.split("-")[0] for line in told.read_text().splitlines()] == ["pre"]
    assert state(again, "publication") == "waiting"

    forge.merge(1, "rebase", delete=True)
    assert hotfix("status", check=0).json()["next"] == f"git hotfix finish {scene.id}"  # a forge makes no tag
    published = hotfix("finish", check=4)
    (tag,) = tags(remote)
    assert remote.rev(f"{tag}^{{commit}}") == remote.rev("main")
    assert dict(trailers(remote, f"refs/tags/{tag}"))["Verified-By"] == "Kim"
    assert {each["base"] for each in forge.requests[1:]} == {"develop", "release/1.1", "support/1.0"}
    assert all(f"- Critical tests: skipped: {SKIP[1]}\n" in each["body"] for each in forge.requests)
    assert {each["code"] for each in published.json()["problems"]} == {"request-waits"}
    assert {each["remedy"] for each in published.json()["problems"]} == {published.json()["next"]}
    assert {each["state"] for each in published.json()["targets"]} == {"pending"}

    to = {each["base"]: number for number, each in enumerate(forge.requests, 1)}
    forge.merge(to["release/1.1"], "squash")
    forge.merge(to["support/1.0"], "merge", delete=True)
    hotfix("finish", check=4)
    assert len(forge.requests) == 4  # what has arrived meanwhile travels in the one that waits
    forge.merge(to["develop"], "rebase")
    done = hotfix("finish", check=0).json()
    assert done["next"] == f"git hotfix cleanup {scene.id}"
    assert told.read_text().splitlines()[1:] == [f"post-flow-hotfix-finish {tag}"]
    report = remote.show(f"develop:{scene.report}")
    assert f"- Tag: [`{tag}`](https://github.com/shop/shop/tree/{tag})\n" in report
    rows = [line.split(" | ")[1] for line in report.splitlines() if line.endswith("| git |")]
    assert "Merged into main" in rows
    assert [row for row in rows if row.startswith("Arrived")] == ["Arrived on support/1.0 by merge"]  # no squash shows
    hotfix("cleanup", check=0)
    left = [name for name in remote.refs() if name.startswith("refs/heads/hotfix/")]
    assert left == []
    assert alice.hotfix("list", "--json", check=0, env=forge.env).json()["hotfixes"][0]["hotfix"] == scene.id


def test_rollback_by_request(tmp_path: Path) -> None:
    scene, forge = forged(tmp_path, "main", "develop", refuses=("main", "develop"))
    alice, remote = scene.alice, scene.remote

    def hotfix(*words: str, check: int) -> Run:
        return alice.hotfix(*words, "--json", check=check, env=forge.env)

    hotfix("finish", *SKIP, check=3)
    forge.merge(1, "squash", delete=True)
    hotfix("finish", check=4)
    forge.merge(2, "merge", delete=True)
    hotfix("finish", check=0)
    main = remote.rev("main")

    asked = hotfix("rollback", scene.id, "--reason", "It locks everybody out", "--targets", check=3)
    assert remote.rev("main") == main
    assert forge.requests[2]["base"] == "main"
    body = forge.requests[2]["body"]
    assert "on `main`: It locks everybody out.\n" in body
    assert f"`git hotfix rollback {scene.id}` continues afterwards." in body
    assert "ritical tests" not in body
    assert state(asked, "rollback") == "waiting"
    hotfix("rollback", scene.id, check=3)
    assert len(forge.requests) == 3
    forge.merge(3, "merge")
    assert "password == expected" not in remote.show(f"main:{LOGIN}")
    hotfix("rollback", scene.id, check=4)
    assert f"{tags(remote)[0]}-rollback" in tags(remote)
    forge.merge(4, "squash")
    hotfix("rollback", scene.id, check=0)
    assert "password == expected" not in remote.show(f"develop:{LOGIN}")
    assert "It locks everybody out" in remote.show(f"develop:{scene.report}")
    hotfix("cleanup", scene.id, check=0)
    forge.connect(scene.bob)
    seen = scene.bob.hotfix("status", scene.id, "--json", env=forge.env).json()
    assert {each["state"] for each in seen["steps"] if each["step"] == "rollback"} == {"done"}


def test_one_refusal_decides_the_whole_life_and_next_leads_on_at_every_stop(tmp_path: Path) -> None:
    scene, forge = forged(tmp_path, refuses=("main", "develop"))
    answer = scene.refuse("finish", *SKIP, check=5)
    assert "GH006" in problems(answer)[0]
    line = f"git hotfix finish {scene.id} --skip-tests 'production is down' --pr"
    assert hints(answer) == [line]
    said = scene.alice.hotfix("status", "--json", check=0).json()["next"]
    assert said == f"git hotfix finish {scene.id} --pr"

    walked, merged = list[tuple[str, int]](), 0
    while line and len(walked) < 9:
        answer = scene.alice.hotfix(*shlex.split(line)[2:], "--json", env=forge.env)
        walked.append((shlex.split(line)[2], answer.code))
        line = answer.json()["next"] or ""
        for request in forge.requests[merged:]:
            merged += 1
            assert request["base"] in {"main", "develop"}  # the others are pushed to
            forge.merge(merged, "squash")
    assert walked == [("finish", 3), ("finish", 4), ("backport", 0), ("cleanup", 0)]


def test_no_to_a_request_after_a_refused_push_pushes_nothing_again(tmp_path: Path) -> None:
    scene, pushes = ready(tmp_path), tmp_path / "pushes"
    refuses = f"echo x >> '{pushes}'; echo 'GH006: Protected branch update failed' >&2; exit 1\n"
    _install(scene.remote.path / "hooks/pre-receive", refuses)
    with Terminal(scene.alice, "finish", *SKIP) as terminal:
        terminal.expect("Publish to 'origin/main'?")
        terminal.answer("y")
        terminal.expect("Open a request instead?")
        before = pushes.read_text()
        terminal.answer("n")
        terminal.expect("Nothing was published")
        assert terminal.finish() == 1
    assert pushes.read_text() == before


def test_close_goes_by_request(tmp_path: Path) -> None:
    scene, forge = forged(tmp_path, "develop", refuses=("develop",))
    words = ("close", "--as", "cancelled", "--reason", "Not needed", "--discard")
    for _ in range(2):  # while it waits it stays the same
        answer = scene.alice.hotfix(*words, check=3, env=forge.env)
        assert hints(answer) == [f"git hotfix close {scene.id} --as cancelled --reason 'Not needed' --discard"]
    assert [(each["head"], each["base"]) for each in forge.requests] == [(f"{scene.branch}-to-develop", "develop")]
    assert "Critical tests" not in forge.requests[0]["body"]
    assert scene.alice.rev(scene.branch) == scene.tip
    forge.merge(1, "squash")
    done = scene.alice.hotfix(*words, "--json", check=0, env=forge.env).json()
    assert done["next"] == "git hotfix list"
    assert 'status: "cancelled"' in scene.remote.show(f"develop:{scene.report}")
    assert not [ref for ref in (*scene.alice.refs(), *scene.remote.refs()) if ref.startswith("refs/heads/hotfix/")]


def test_waivers_go_into_the_request_that_waits(tmp_path: Path) -> None:
    scene, forge = forged(tmp_path, "develop", refuses=("develop",))
    scene.alice.hotfix("finish", *SKIP, check=4, env=forge.env)
    for branch in ("support/1.0", "support/1.0", "release/1.1"):
        words = ("verify", "--waive", scene.id, branch, "--reason", "Retired")
        scene.alice.hotfix(*words, check=4, env=forge.env)
    head = f"{scene.branch}-to-develop"
    waived = scene.remote.show(f"{head}:docs/incidents/waivers.jsonl").splitlines()
    assert [json.loads(line)["branch"] for line in waived] == ["support/1.0", "release/1.1"]
    assert len(forge.requests) == 1


def test_request_that_was_closed_is_told_and_opened_again_when_asked(tmp_path: Path) -> None:
    scene, forge = forged(tmp_path, "main")
    scene.alice.hotfix("finish", *SKIP, check=3, env=forge.env)
    forge.close(1)
    answer = scene.alice.hotfix("finish", check=3, env=forge.env)
    assert problems(answer) == [
        f"The request to 'origin/main' was closed without being merged: {PROJECTS['gh']}/pull/1"
    ]
    assert hints(answer) == [f"git hotfix finish {scene.id} --pr"]
    scene.alice.hotfix("finish", "--pr", check=3, env=forge.env)
    assert [each["state"] for each in forge.requests] == ["closed", "open"]
    forge.close(2)
    forge.close(2, "open")
    scene.alice.hotfix("finish", check=3, env=forge.env)
    assert len(forge.requests) == 2


def test_colleague_takes_a_request_over(tmp_path: Path) -> None:
    scene, forge = forged(tmp_path, "main", refuses=("main",))
    scene.alice.hotfix("finish", *SKIP, check=3, env=forge.env)
    scene.bob.git("fetch", "-q")
    scene.bob.hotfix("finish", scene.id, *SKIP, check=3, env=forge.env)
    assert len(forge.requests) == 1
    forge.merge(1, "merge")
    scene.bob.hotfix("finish", scene.id, check=0, env=forge.env)
    assert len(tags(scene.remote)) == 1
    scene.alice.hotfix("finish", scene.id, check=0, env=forge.env)
    assert len(tags(scene.remote)) == 1


def test_more_commits_on_the_branch_go_into_the_same_request(tmp_path: Path) -> None:
    scene, forge = forged(tmp_path, "main", refuses=("main",))
    scene.alice.hotfix("finish", *SKIP, check=3, env=forge.env)
    scene.alice.commit("And trim it", {"src/auth/trim.py": "trim = str.strip\n"})
    row = next(each for each in scene.alice.hotfix("status", "--json").json()["steps"] if each["step"] == "publication")
    assert (row["state"], row["evidence"].rpartition("; ")[2]) == ("not done", "the branch has newer commits")
    scene.alice.hotfix("finish", *SKIP, check=3, env=forge.env)
    assert len(forge.requests) == 1
    assert scene.remote.rev(scene.branch) == scene.tip


def test_conflict_with_the_base_is_resolved_first_and_its_merge_is_asked_for(tmp_path: Path) -> None:
    scene, forge = forged(tmp_path, "main", refuses=("main",))
    text = scene.alice.read(LOGIN).replace("password == expected", "bool(password)")
    scene.remote.commit_on("main", "Another way", {LOGIN: text})
    waits = scene.alice.hotfix("finish", *SKIP, "--json", check=3, env=forge.env).json()
    assert forge.requests == []
    assert waits["problems"][0]["code"] == "conflict-with-production"
    (place,) = (scene.alice.path / ".git/hotfix/conflicts").glob("*/*")
    (place / LOGIN).write_text(text.replace("bool(password)", "other_way(expected)"))
    scene.alice.git("-C", str(place), "add", "-A")
    scene.alice.hotfix("finish", "--continue", *SKIP, check=3, env=forge.env)
    head = scene.remote.rev(f"{scene.branch}-to-main")
    scene.alice.hotfix("finish", *SKIP, check=3, env=forge.env)
    assert scene.remote.rev(f"{scene.branch}-to-main") == head  # whoever has looked at it has looked at this
    assert [(each["head"], each["base"]) for each in forge.requests] == [(f"{scene.branch}-to-main", "main")]
    forge.merge(1, "squash", delete=True)
    answer = scene.alice.hotfix("finish", "--no-backport", "--json", env=forge.env)
    assert state(answer, "publication") == "done"
    assert "other_way(expected)" in scene.remote.show(f"main:{LOGIN}")


@pytest.mark.parametrize("tool", ["glab", "tea"])
def test_the_other_tools_are_asked_as_they_want_it(tmp_path: Path, tool: str) -> None:
    scene, forge = forged(tmp_path, "main", tool=tool, refuses=("main",))
    scene.alice.git("config", "hotfix.remote.reviewers", "kim")
    scene.alice.git("config", "--add", "hotfix.remote.reviewers", "lee")
    scene.alice.git("config", "hotfix.remote.labels", "hotfix")
    scene.alice.hotfix("finish", *SKIP, check=3, env=forge.env)
    create = forge.asked[-1]
    assert create[:3] == [tool, {"glab": "mr", "tea": "pulls"}[tool], "create"]
    assert {"glab": "--reviewer=kim,lee", "tea": "--assignees=kim,lee"}[tool] in create
    assert {"glab": "--label=hotfix", "tea": "--labels=hotfix"}[tool] in create
    forge.merge(1, "squash")
    scene.alice.hotfix("finish", check=0, env=forge.env)


def test_gitlab_without_its_tool_is_told_by_the_push(tmp_path: Path) -> None:
    scene, forge = forged(tmp_path, "main", tool="glab", refuses=("main",))
    forge.log_out()
    scene.remote.git("config", "receive.advertisePushOptions", "true")
    heard = tmp_path / "heard"
    hook = scene.remote.path / "hooks/pre-receive"
    hook.write_text(f'#!/bin/sh\nenv | grep ^GIT_PUSH_OPTION >>"{heard}"; exit 0\n')
    hook.chmod(0o755)
    answer = scene.alice.hotfix("finish", *SKIP, check=3, env=forge.env)
    said = heard.read_text()
    assert "merge_request.create" in said
    assert "merge_request.target=main" in said
    page = f"{PROJECTS['glab']}/-/merge_requests/new?merge_request%5Bsource_branch%5D="
    assert page in problems(answer)[0]
    assert "GitLab was asked with the push" in problems(answer)[0]
    assert "was pushed before" in problems(scene.alice.hotfix("finish", *SKIP, check=3, env=forge.env))[0]
    scene.remote.git("config", "receive.advertisePushOptions", "false")
    scene.alice.commit("More", {"more.py": "more = 1\n"})
    said = problems(scene.alice.hotfix("finish", *SKIP, check=3, env=forge.env))[0]
    assert "a person opens one on" in said, "nothing is said to be asked for that the server has not heard"


def test_server_on_no_known_forge_gets_the_branch_and_a_person_does_the_rest(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    scene.alice.git("config", "hotfix.remote.pullRequest", "main")
    answer = scene.alice.hotfix("finish", *SKIP, check=3)
    assert "remote.forge" in problems(answer)[0]
    assert scene.remote.rev(scene.branch) == scene.tip
    assert "password == expected" not in scene.remote.show(f"main:{LOGIN}")


def test_restricted_request_tells_nothing(tmp_path: Path) -> None:
    scene, forge = forged(tmp_path, "main", refuses=("main",))
    alice = scene.alice
    alice.git("switch", "-q", "main")
    alice.hotfix("start", "Steal any session", "-y", "--kind", "security", "--restricted", check=0)
    alice.commit("Check it", {LOGIN: alice.read(LOGIN).replace("return True", "return password == expected")})
    alice.hotfix("finish", *SKIP, check=3, env=forge.env)
    assert "session" not in str(forge.requests).lower()


def test_wait_goes_on_as_soon_as_it_is_merged(tmp_path: Path) -> None:
    scene, forge = forged(tmp_path, "main", refuses=("main",))
    answer = scene.alice.hotfix("finish", *SKIP, "--wait", "1", check=3, env=forge.env)
    assert "waits to be merged" in problems(answer)[0]
    forge.merge(1, "merge")
    scene.alice.hotfix("finish", "--wait", "60", check=0, env=forge.env)


def test_record_that_came_by_an_option_is_complete_for_everybody(tmp_path: Path) -> None:
    scene, forge = forged(tmp_path, refuses=("main", "develop"))
    for clone in (scene.alice, scene.bob):
        clone.git("config", "hotfix.branches.release", "no-line/*")
    scene.alice.hotfix("finish", "--pr", *SKIP, check=3, env=forge.env)
    forge.merge(1, "squash")
    scene.alice.hotfix("finish", "--pr", check=4, env=forge.env)
    forge.merge(2, "merge")
    scene.alice.hotfix("finish", check=0, env=forge.env)
    scene.alice.hotfix("cleanup", check=0, env=forge.env)
    for clone in (scene.alice, scene.bob):
        answer = clone.hotfix("status", scene.id, "--json", env=forge.env)
        assert state(answer, "documents") == "done"


def test_refused_command_keeps_that_it_asks_for_a_request(tmp_path: Path) -> None:
    scene, forge = forged(tmp_path)
    assert hints(scene.refuse("finish", "--pr", check=2))[0].startswith(
        f"git hotfix finish {scene.id} --pr --test-command"
    )
    scene.alice.git("config", "hotfix.deploy.command", "true")
    scene.alice.git("config", "hotfix.test.command", "true")
    answer = scene.refuse("finish", "--pr", "--wait", "9", "--trust-config", check=2)
    assert hints(answer) == [f"git hotfix finish {scene.id} --pr --wait 9 --trust-config --deploy"]
    assert forge.requests == []


def person_sees(clone: Clone, forge: Forge) -> list[str]:
    return [each["hotfix"] for each in clone.hotfix("list", "--json", check=0, env=forge.env).json()["hotfixes"]]


def test_branches_of_requests_are_no_hotfixes(tmp_path: Path) -> None:
    scene, forge = forged(tmp_path, "main", "develop", refuses=("main", "develop"))
    scene.alice.hotfix("finish", *SKIP, check=3, env=forge.env)
    forge.merge(1, "merge")
    head = f"{scene.branch}-to-develop"
    scene.remote.git("branch", head, "main")
    scene.remote.commit_on(head, "More than the fix", {"src/other.py": "OTHER = 1\n"}, by="Mallory")
    more = scene.remote.rev(head)
    told = scene.alice.hotfix("finish", check=4, env=forge.env).err
    assert f"'origin/{head}' has what is asked for again, and not what others had pushed there ({more[:7]}).\n" in told
    brought = scene.remote.git("diff", "--name-only", f"develop...{head}").split("\n")
    assert LOGIN in brought
    assert "src/other.py" not in brought  # it is not asked for in alice's name
    assert person_sees(scene.alice, forge) == [scene.id]
    assert person_sees(scene.bob, forge) == [scene.id]
    scene.bob.hotfix("start", "Move to main", "-y", check=0)
    mine = scene.bob.git("branch", "--show-current").removeprefix("hotfix/")
    scene.remote.git("branch", f"hotfix/{mine.removesuffix('-to-main')}", "main")  # that it is hidden behind
    assert mine in person_sees(scene.bob, forge)
