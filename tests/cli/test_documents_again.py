"""Changelog and backlog after they were written: people's words stay, and a rollback takes the tool's own out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.cli.publication_scenes import begin_hotfix
from tests.cli.teams import begin, push, report_of, team
from tests.support.lab import BUG, FIXED, LOGIN, standard_lab

if TYPE_CHECKING:
    from pathlib import Path

CHANGELOG = "# Changelog\n\n## Unreleased\n\n### Added\n\n- Weekly reports.\n\n## 1.0.0\n\n- Everything.\n"
BACKLOG = "# Backlog\n\n## Done\n\n- [x] Login page\n\n## Tech Debt\n\n- [ ] Split invoices\n"
SETTINGS = '[branches]\nproduction = "main"\n\n[test]\ncommand = "true"\n'


def test_words_of_people_stay_and_a_rollback_takes_out_only_the_tools_own(tmp_path: Path) -> None:
    scene = team(tmp_path, {"CHANGELOG.md": CHANGELOG, "BACKLOG.md": BACKLOG, ".hotfix.toml": SETTINGS})
    alice, bob, remote = scene.alice, scene.bob, scene.remote

    def documents() -> tuple[str, str]:
        return remote.show("develop:CHANGELOG.md"), remote.show("develop:BACKLOG.md")

    first = begin(alice, "Login takes any password", "--slug", "login")
    alice.commit("Check it", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})
    alice.hotfix("finish", "-y", check=0)
    written = documents()
    added = [
        set(after.split("\n")) - set(before.split("\n"))
        for before, after in zip((CHANGELOG, BACKLOG), written, strict=True)
    ]
    (entry,), (item,) = (sorted(each - {"### Fixed"}) for each in added)
    # people reword the entry and delete the item; news for the report does not bring them back
    bob.git("fetch", "-q")
    bob.git("branch", "-q", "-f", "develop", "origin/develop")
    reworded = (written[0].replace("Check it", "Check *it*"), BACKLOG)
    push(bob, "develop", "Reword", {"CHANGELOG.md": reworded[0], "BACKLOG.md": reworded[1]})
    alice.hotfix("followup", "Hash it", "--kind", "refactoring", "--hotfix", first, check=0)
    shown = alice.hotfix("document", "-n", first, check=0).out
    bob.git("apply", "-", stdin=shown)
    alice.hotfix("document", first, check=0)
    debt = f"- [ ] Hash it (`{first}/1`)\n"
    assert documents() == (reworded[0], BACKLOG + debt)
    changed = remote.git("diff", "--name-only", "develop^", "develop").split()
    assert {path: bob.read(path) for path in changed} == {path: remote.show(f"develop:{path}") for path in changed}
    assert changed == ["BACKLOG.md", report_of(first)]

    said = alice.hotfix("rollback", first, "-y", "--targets", check=0).err
    assert [line for line in said.splitlines() if "still" in line] == [
        "note: 'CHANGELOG.md' still names the fix: that entry is released, or was reworded."
    ]
    assert documents() == (reworded[0], BACKLOG + debt)

    # landed again where git's own merge would bring nothing, because the branches have taken it back
    second = begin(alice, "Login takes any password", "--again", first)
    alice.hotfix("finish", "-y", check=0)
    for branch in ("main", "develop", "release/1.1", "support/1.0"):
        assert FIXED in remote.show(f"{branch}:{LOGIN}"), branch
    (tag,) = remote.git("tag", "--points-at", "main").split()
    again = [each.replace(first, second).replace(report_of(first), report_of(second)) for each in (entry, item)]
    again = [re.sub(r"`hotfix-[-0-9]+`", f"`{tag}`", each) for each in again]
    again[0] = again[0].replace("Check it", "Login takes any password")  # "Land the fix again" tells a reader nothing
    before = reworded[0].replace("\n\n## 1.0.0", f"\n{again[0]}\n\n## 1.0.0")
    assert documents() == (before, BACKLOG.replace("- [x] Login page\n", f"- [x] Login page\n{again[1]}\n") + debt)
    assert f"| Landed again as {second} |" in remote.show(f"develop:{report_of(first)}")

    alice.hotfix("rollback", second, "-y", "--targets", check=0)
    for branch in ("main", "develop", "release/1.1", "support/1.0"):
        assert BUG in remote.show(f"{branch}:{LOGIN}"), branch
    assert documents() == (reworded[0], BACKLOG + debt)


def test_changelog_that_is_not_understood_waits_for_the_line_and_a_backlog_without_a_place_does_not(
    tmp_path: Path,
) -> None:
    scene = standard_lab(tmp_path)
    bob = scene.bob
    bob.git("switch", "-q", "develop")
    twice = "# Changelog\n\n## Unreleased\n\n## Unreleased\n\n- other\n"
    bob.commit("Begin documents", {"CHANGELOG.md": twice, "BACKLOG.md": "# Backlog\n\n## Ideas\n\n- one\n"})
    bob.git("push", "-q", "origin", "develop")
    hotfix = begin_hotfix(scene.alice, "Fix auth bypass")
    scene.alice.commit("Compare", {LOGIN: scene.alice.replace(LOGIN, BUG, FIXED)})
    said = scene.alice.hotfix("finish", "-y", "--skip-tests", "x", "--json", check=4)
    messages = [each["message"] for each in said.json()["problems"]]
    told = next(each for each in messages if each.startswith("'CHANGELOG.md' is skipped: "))
    assert "note: 'BACKLOG.md' is skipped: there is no 'Done' heading." in said.err
    assert [each.partition(" Add by hand: ")[0] for each in said.json()["notes"]] == [
        "'BACKLOG.md' is skipped: there is no 'Done' heading."
    ]
    assert scene.remote.show("develop:CHANGELOG.md") == twice
    bob.git("pull", "-q")
    bob.commit("Add it", {"CHANGELOG.md": twice + told.partition(" Add by hand: ")[2] + "\n"})
    bob.git("push", "-q", "origin", "develop")
    scene.alice.hotfix("document", hotfix, check=0)
