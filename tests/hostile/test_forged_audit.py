"""Nothing that anybody can write makes ``verify`` call a fix present, or overlook one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.cli.stages import Stage, finished, fixed, published
from tests.cli.starting import day
from tests.support.reports import with_keys

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone


def missing(clone: Clone, *words: str) -> set[tuple[str, str]]:
    """Return what is missing: the hotfix and the code of the problem."""
    answer = clone.hotfix("verify", "--fetch", "--json", *words, check=8).json()
    return {(each["message"].partition(":")[0], each["code"]) for each in answer["problems"]}


def pushing(stage: Stage, branch: str) -> Clone:
    """Return bob's clone with a branch of the server checked out."""
    stage.bob.git("fetch", "-q")
    stage.bob.git("checkout", "-q", "-B", branch, f"origin/{branch}")
    return stage.bob


def test_words_of_a_fix_that_is_not_in_production_make_it_no_green_one(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    report = stage.alice.git("show", f"{stage.branch}:{stage.report}")
    done = with_keys(report, status="resolved", tag="hotfix-20260101-0000")
    bob = pushing(stage, "main")
    old = bob.rev("HEAD~1")
    said = f"Hotfix-Id: {stage.hotfix}\n"
    forged = bob.git(
        "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-p", old, "-m", f"Merge branch '{stage.branch}'\n\n{said}"
    )
    bob.git("reset", "-q", "--hard", forged)
    bob.git("tag", "-a", "-m", f"x\n\n{said}", "hotfix-20260101-0000")
    bob.git("push", "-q", "origin", "main", "hotfix-20260101-0000")
    bob = pushing(stage, "develop")
    bob.commit(f"Record\n\n{said}", {stage.report: done})
    claim = bob.commit("Ordinary\n\nHotfix-Id: 20260102-nobody-knows\n", {"a.txt": "a\n"})
    bob.git("checkout", "-q", "-b", "side")
    bob.commit("Work", {"b.txt": "b\n"})
    bob.git("checkout", "-q", "develop")
    bob.git("merge", "-q", "--no-ff", "-m", "Merge branch 'hotfix/never'", "side")
    bob.git("push", "-q", "origin", "develop")
    assert missing(bob) == {(stage.hotfix, "not-published")}
    assert "  claimed" in bob.hotfix("verify", "never", check=0).out
    bob.git("tag", "v9", bob.git("commit-tree", "HEAD^{tree}", "-p", old, "-p", "side", "-m", "Pushed away by force"))
    bob.git("push", "-q", "origin", "v9")
    bob.hotfix("verify", "never", check=8)
    told = bob.hotfix("verify", "20260102-nobody-knows", "--json", check=0).json()["hotfixes"]
    assert [each["evidence"] for each in told[0]["steps"]] == [
        f"'origin/main' does not have the fix; it is claimed by {claim[:7]}, Bob"
    ]


def test_merge_that_left_the_fix_out_and_dates_of_long_ago_hide_nothing(tmp_path: Path) -> None:
    stage = published(tmp_path)
    bob = pushing(stage, "develop")
    bob.git("merge", "-q", "-s", "ours", "-m", f"Backport\n\nHotfix-Id: {stage.hotfix}", "origin/main^2")
    bob.git("push", "-q", "origin", "develop")
    lacking = {(stage.hotfix, "target-pending")}
    assert missing(bob, "--target", "develop", stage.hotfix) == lacking
    bob = pushing(stage, "main")
    bob.git("checkout", "-q", "-b", "hotfix/old")
    bob.commit("Mend it", {"src/tax.py": "TAX = 7\n"})
    bob.git("checkout", "-q", "main")
    long_ago = {"GIT_COMMITTER_DATE": "2001-02-03T04:05:06Z", "GIT_AUTHOR_DATE": "2001-02-03T04:05:06Z"}
    bob.git("merge", "-q", "--no-ff", "hotfix/old", env=long_ago)
    bob.git("push", "-q", "origin", "main")
    bob.git("branch", "-q", "-D", "hotfix/old")
    for since in ("v1.0.0", bob.git("log", "-1", "--format=%cs", "main~1")):
        assert (f"{day()}-old", "target-pending") in missing(bob, "--since", since)
    assert bob.hotfix("verify", "--since", "main", check=0).out.startswith("Looked at 0 hotfixes ")


def test_record_and_tag_that_others_have_removed_are_missed_whatever_the_report_says(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    stage.remote.git("tag", "lunch", f"{stage.tag}^{{commit}}")
    stage.remote.git("tag", "-d", stage.tag)
    stage.bob_pushes("develop", "Tidy up", {"CHANGELOG.md": "# Changelog\n"})
    told = stage.on_server("develop").replace('["CHANGELOG.md"', r'["a\u001b[31m\n::error::x"')
    answer = pushing(stage, "develop").hotfix("verify", "--fetch", "--json", check=8).json()
    found = {each["code"]: each["message"] for each in answer["problems"]}
    assert {"record-removed", "not-tagged"} <= {*found}
    assert re.search(
        r"'CHANGELOG.md', which does not name it since \w+ by Bob on 'origin/develop'", found["record-removed"]
    )
    (row,) = (
        each for each in stage.alice.hotfix("status", "auth", "--json").json()["steps"] if each["step"] == "documents"
    )
    assert (row["state"], row["evidence"]) == ("unknown", found["record-removed"].partition(": ")[2].rstrip("."))
    stage.bob_pushes("develop", "Say so", {stage.report: told})
    answer = stage.bob.hotfix("verify", "--fetch", "--format", "github", check=8)
    assert "which is not there" in answer.out
    assert not any(line.startswith("::error::x") for line in answer.out.split("\n"))


def test_file_of_another_branch_does_not_say_what_is_audited(tmp_path: Path) -> None:
    stage = published(tmp_path)
    stage.remote.git("branch", "develop2", stage.alice.rev("origin/main"))
    stage.bob_pushes("develop", "Settings", {".hotfix.toml": '[branches]\ndevelop = "develop2"\n'})
    answer = pushing(stage, "develop").hotfix("verify", "--fetch", "--json", stage.hotfix, check=8).json()
    found = {each["code"]: each["message"] for each in answer["problems"]}
    assert "target-pending" in found
    assert found["settings-differ"] == (
        "'branches.develop' is 'develop2' here (.hotfix.toml:2) and not set on 'origin/main', which counts."
    )
    stage.bob_pushes("develop", "Settings", {".hotfix.toml": '[branches]\ndevelop = "develop"\n'})
    answer = pushing(stage, "develop").hotfix("verify", "--fetch", "--json", stage.hotfix, check=8)
    assert "settings-differ" not in answer.out
    assert "What is looked at is the same." in answer.err
