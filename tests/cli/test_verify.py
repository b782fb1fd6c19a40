"""``git hotfix verify``: what is seen of every hotfix, in a clone of a person and in that of a CI."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.stages import Stage, finished, published, started
from tests.support.hooks import protect
from tests.support.lab import LOGIN, Clone, run_git

if TYPE_CHECKING:
    from pathlib import Path


def told(clone: Clone, *words: str, check: int) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return what ``verify`` prints as JSON, and code and message of its problems."""
    answer = clone.hotfix("verify", "--json", *words, check=check).json()
    return answer, [(each["code"], each["message"]) for each in answer["problems"]]


def states(answer: dict[str, Any]) -> dict[str, str]:
    """Return the verdict on each branch, of the only hotfix."""
    (hotfix,) = answer["hotfixes"]
    return {each["branch"]: each["state"] for each in hotfix["targets"]}


def ci_clone(stage: Stage, *options: str) -> Clone:
    """Return a clone as a CI makes it: one commit of one branch, detached, no tags."""
    clone = Clone(stage.root / f"ci-{stage.hotfix}", stage.remote)
    url = f"file://{stage.remote.path}"
    run_git(stage.root, "clone", "-q", *(options or ("--depth", "1", "--no-tags")), url, str(clone.path))
    if "--no-checkout" not in options:
        clone.git("checkout", "-q", "--detach")
    return clone


def test_what_is_done_is_complete_and_what_is_left_is_a_gap(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    before = stage.alice.snapshot()
    _, left = told(stage.alice, check=8)
    assert left == [("branch-left", f"{stage.hotfix}: The branch '{stage.branch}' is not deleted yet (on the server).")]
    assert stage.alice.snapshot() == before
    kept = stage.alice.path / ".git/hotfix/audit.cache"
    assert kept.stat().st_mode & 0o777 == 0o600
    for content in (b"", zlib.compress(b"{}"), kept.read_bytes()[:-9]):
        kept.write_bytes(content)
        assert told(stage.alice, check=8)[1] == left
    stage.alice.hotfix("cleanup", check=0)
    answer, gaps = told(stage.alice, check=0)
    assert told(stage.alice, "--offline", check=0)[1] == []
    assert (gaps, states(answer)) == ([], dict.fromkeys(("develop", "release/1.1", "support/1.0"), "present"))
    rows = {row["step"]: row["state"] for row in answer["hotfixes"][0]["steps"]}
    assert set(rows.values()) == {"done"}
    assert [*rows] == ["publication", "tag", "report", "documents", "follow-ups", "branch"]
    said = stage.alice.hotfix("verify", check=0).out.splitlines()
    assert said == [
        "Looked at 1 hotfix on main, develop, release/1.1, support/1.0 (as 'origin' is now).",
        f"{stage.hotfix}  complete  present: develop, release/1.1, support/1.0",
    ]
    stage.bob_pushes("develop", "Take the fix out", {LOGIN: stage.remote.show(f"v1.0.0:{LOGIN}")})
    _, gaps = told(stage.alice, check=8)  # nothing is fetched
    assert [code for code, _ in gaps] == ["not-seen", "target-unknown"]
    answer, gaps = told(stage.alice, "--fetch", check=8)
    assert [code for code, _ in gaps] == ["target-pending"]
    assert states(answer)["develop"] == "reverted"


def test_clone_of_a_ci_is_never_green_because_it_saw_nothing(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    stage.alice.hotfix("cleanup", check=0)
    clone = ci_clone(stage)
    fetch = "git fetch --unshallow --tags origin '+refs/heads/*:refs/remotes/origin/*'"
    for words in ((), ("--offline",), ("--since", "2001-01-01")):
        answer, gaps = told(clone, *words, check=8)
        assert answer["looked_at"]["fetch"] == fetch
        assert {"not-seen"} <= {code for code, _ in gaps} <= {"not-seen", "history-cut"}
    assert told(clone, "--allow-unknown", check=0)[1] == []
    assert clone.hotfix("list", check=0).out.startswith(f"past  {stage.hotfix}    unknown  ")
    assert "This clone is shallow" in clone.hotfix("start", "--again", stage.hotfix, "-y", check=1).err
    empty = ci_clone(Stage(tmp_path, started(tmp_path / "other").remote, stage.alice, stage.bob, ""), "--depth", "1")
    answer, gaps = told(empty, check=8)
    assert (answer["hotfixes"], {code for code, _ in gaps}) == ([], {"not-seen"})
    answer, gaps = told(clone, "--fetch", "--target", "HEAD", check=0)
    assert (states(answer), gaps) == ({"HEAD": "present"}, [])
    clone.git("remote", "set-url", "origin", str(tmp_path / "nowhere"))
    assert [code for code, _ in told(clone, check=8)[1]] == ["not-seen", "server-not-asked"]


@pytest.mark.parametrize("left_out", ["blob:none", "tree:0"])
def test_partial_clone_fetches_only_when_told_and_is_not_green_before(left_out: str, tmp_path: Path) -> None:
    stage = finished(tmp_path)
    stage.alice.hotfix("cleanup", check=0)
    stage.remote.git("config", "uploadpack.allowFilter", "true")
    stage.remote.git("config", "uploadpack.allowAnySHA1InWant", "true")
    clone = ci_clone(stage, "--no-checkout", f"--filter={left_out}")
    objects = clone.git_dir / "objects"
    before = sorted(objects.rglob("*"))
    assert {code for code, _ in told(clone, check=8)[1]} == {"object-missing"}
    if left_out == "tree:0":
        assert clone.hotfix("report", check=1).err.endswith("\nhint:  git hotfix report --fetch\n")
    assert sorted(objects.rglob("*")) == before
    assert told(clone, "--fetch", check=0)[1] == []


def test_hotfix_of_git_flow_is_found_by_the_name_of_its_branch(tmp_path: Path) -> None:
    stage = started(tmp_path)
    stage.alice.hotfix("close", "--as", "cancelled", "--reason", "no", check=0)
    bob = stage.bob
    bob.git("fetch", "-q")
    bob.git("checkout", "-q", "-B", "main", "origin/main")
    bob.git("checkout", "-q", "-b", "hotfix/1.0.1")
    bob.commit("Mend it", {"src/tax.py": "TAX = 7\n"})
    bob.git("checkout", "-q", "main")
    bob.git("merge", "-q", "--no-ff", "hotfix/1.0.1")
    bob.git("push", "-q", "origin", "main")
    _, gaps = told(bob, "1.0.1", check=8)
    assert [code for code, _ in gaps] == ["not-tagged", "branch-left", *["target-pending"] * 3]
    bob.hotfix("verify", "--waive", "1.0.1", "main", "--reason", "No version for it", check=0)
    answer, gaps = told(bob, "1.0.1", check=8)
    assert [code for code, _ in gaps] == ["branch-left", *["target-pending"] * 3]
    assert answer["hotfixes"][0]["steps"][-1]["evidence"].startswith("skipped by Bob: No version for it (committed by")
    bob.git("tag", "1.0.1")
    bob.git("branch", "-q", "-D", "hotfix/1.0.1")
    for branch in ("develop", "release/1.1", "support/1.0"):
        bob.git("checkout", "-q", "-B", branch, f"origin/{branch}")
        bob.git("cherry-pick", "main^2")
    bob.git("push", "-q", "origin", "1.0.1", "develop", "release/1.1", "support/1.0")
    answer, gaps = told(bob, "1.0.1", check=0)
    assert (gaps, {*states(answer).values()}) == ([], {"present"})
    bob.git("checkout", "-q", "main")
    bob.git("revert", "--no-edit", "-m", "1", "HEAD")
    bob.git("push", "-q", "origin", "main")
    answer, gaps = told(bob, "1.0.1", check=8)
    evidence = answer["hotfixes"][0]["steps"][0]["evidence"]
    assert ([code for code, _ in gaps], evidence) == (
        ["target-undecided"] * 3,
        f"reverted on origin/main by {bob.rev('main')[:7]}",
    )


def test_waiver_is_a_line_on_develop_that_counts_until_its_end(tmp_path: Path) -> None:
    stage = published(tmp_path)
    waived, path = stage.bob, "docs/incidents/waivers.jsonl"
    waive = ("verify", "--waive", stage.hotfix, "support/1.0", "--reason", "End of life")
    waived.hotfix(*waive, "--until", "2001-02-03", check=2)
    waived.hotfix(*waive, "--until", "2099-12-31", check=0)
    assert stage.subjects("develop")[0] == "Record HOTFIX: Login takes any password"
    assert '"until": "2099-12-31"' in stage.on_server("develop", path)
    stage.alice.hotfix("backport", check=0)
    stage.alice.hotfix("cleanup", check=0)
    answer, gaps = told(stage.alice, check=0)
    assert (states(answer)["support/1.0"], gaps) == ("waived", [])
    evidence = {each["branch"]: each["evidence"] for each in answer["hotfixes"][0]["targets"]}["support/1.0"]
    assert evidence.startswith("skipped until 2099-12-31 by Bob: End of life (committed by Bob, ")
    stage.bob_pushes("develop", "Edit", {path: stage.on_server("develop", path).replace("2099", "2001") + "{broken\n"})
    _, gaps = told(stage.alice, "--fetch", check=8)
    assert [code for code, _ in gaps] == ["waiver-broken", "target-pending"]
    assert f"'{path}' line 2 on 'origin/develop' is not a valid waiver: " in gaps[0][1]
    assert gaps[1][1].endswith("the waiver of Bob ended on 2001-12-31.")
    protect(stage.remote, "refs/heads/develop", "by request only")
    refused = stage.bob.hotfix(*waive, check=5)
    assert "by request only" in refused.err
    assert '{"hotfix": "' in refused.err
