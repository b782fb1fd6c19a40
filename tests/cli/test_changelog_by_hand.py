"""A fix that writes its own changelog entry: the entry goes where the fix goes, and is applied again, not merged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.cli.teams import begin, push, report_of, team
from tests.support.lab import BUG, FIXED, LOGIN

if TYPE_CHECKING:
    from pathlib import Path

CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- Weekly reports.

## [1.0.0] - 2026-01-05

### Fixed

- The tax.
"""
SETTINGS = '[branches]\nproduction = "main"\n\n[test]\ncommand = "true"\n'
TEAM = {"CHANGELOG.md": CHANGELOG, ".hotfix.toml": SETTINGS}
LAST = "- Weekly reports.\n"
ENTRY = "- Nobody signs in without a password.\n"
BY_HAND = CHANGELOG.replace(LAST, f"{LAST}\n### Fixed\n\n{ENTRY}")
TYPO = CHANGELOG.replace(LAST, f"{LAST}\n### Fixed\n\n- A typo.\n")
OTHER = CHANGELOG.replace(LAST, f"{LAST}- Monthly reports.\n\n### Fixed\n\n- A typo.\n")
RELEASED = CHANGELOG.replace("## [Unreleased]\n", "## [Unreleased]\n\n## [1.1.0] - 2026-02-03\n")


def test_entry_is_applied_again_where_a_merge_conflicts_in_nothing_else(tmp_path: Path) -> None:
    scene = team(tmp_path, TEAM)
    alice, remote = scene.alice, scene.remote
    hotfix = begin(alice, "Login takes any password")
    alice.commit("Check it", {LOGIN: alice.replace(LOGIN, BUG, FIXED), "CHANGELOG.md": BY_HAND})
    scene.bob.git("branch", "release/1.2", "release/1.1")
    push(scene.bob, "release/1.2", "More reports", {"CHANGELOG.md": OTHER})
    for branch in ("main", "develop"):  # where the fix writes: git's merge conflicts
        push(scene.bob, branch, "Mend a typo", {"CHANGELOG.md": TYPO})
    push(scene.bob, "release/1.1", "Release 1.1.0", {"CHANGELOG.md": RELEASED})
    push(scene.bob, "support/1.0", "More reports", {"CHANGELOG.md": OTHER})

    answer = alice.hotfix("finish", "-y", check=0)

    applied = OTHER.replace("- A typo.\n", f"- A typo.\n{ENTRY}")
    assert remote.show("main:CHANGELOG.md") == TYPO.replace("- A typo.\n", f"- A typo.\n{ENTRY}")
    assert remote.show("release/1.2:CHANGELOG.md") == applied  # git's merge is clean, with a second '### Fixed'
    assert remote.show("develop:CHANGELOG.md") == TYPO.replace("- A typo.\n", f"- A typo.\n{ENTRY}")
    assert remote.show("support/1.0:CHANGELOG.md") == applied
    unreleased = "## [Unreleased]\n"  # git's merge is clean, and files it under what is released there by now
    filed = RELEASED.replace(unreleased, f"{unreleased}\n### Fixed\n\n{ENTRY}")
    assert remote.show("release/1.1:CHANGELOG.md") == filed
    assert "CHANGELOG" not in answer.err
    assert '\nrecorded_in: ["CHANGELOG.md"]\n' in remote.show(f"develop:{report_of(hotfix)}")
    tips = remote.refs()
    alice.hotfix("finish", hotfix, "-y", check=0)
    alice.hotfix("backport", hotfix, check=0)
    assert remote.refs() == tips


def test_conflict_in_anything_else_waits_for_a_person(tmp_path: Path) -> None:
    scene = team(tmp_path, TEAM)
    alice, remote = scene.alice, scene.remote
    begin(alice, "Login takes any password")
    reworded = BY_HAND.replace(LAST, "- Reports of every week.\n")
    fix = alice.commit("Check it", {LOGIN: alice.replace(LOGIN, BUG, FIXED), "CHANGELOG.md": reworded})
    other = remote.show(f"release/1.1:{LOGIN}").replace("return True", "return expected == password")
    old = CHANGELOG.replace(LAST, "- Old reports.\n")
    push(scene.bob, "support/1.0", "Old reports", {"CHANGELOG.md": old})
    push(scene.bob, "develop", "More reports", {"CHANGELOG.md": OTHER})
    push(scene.bob, "release/1.1", "Compare", {LOGIN: other, "CHANGELOG.md": OTHER})
    tips = {branch: remote.rev(branch) for branch in ("develop", "release/1.1")}

    answer = alice.hotfix("finish", "-y", "--json", check=4)

    said = {each["remedy"].rpartition("/")[2]: each["message"] for each in answer.json()["problems"]}
    conflicts = {branch: re.findall(r"'([^']+)'", message)[1:] for branch, message in said.items()}
    assert conflicts == {"develop": ["CHANGELOG.md"], "release-1.1": ["CHANGELOG.md", LOGIN]}
    assert {branch: remote.rev(branch) for branch in tips} == tips
    assert remote.show("support/1.0:CHANGELOG.md") == old
    assert FIXED in remote.show(f"support/1.0:{LOGIN}")
    warned = f"warning: 'origin/support/1.0': what {fix[:7]} changed in 'CHANGELOG.md' is left out of the pick.\n"
    assert warned in answer.err
