"""One file that is broken, huge or nested to the bottom is a problem with its name; it stops nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import Stage, finished, fixed, published, started
from tests.cli.stages import fix as commit_fix
from tests.hostile.scenes import assert_no_bug, bounded, has_fix, report_text, said, saying

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.processes import Run

SECONDS = 30.0
FINISH = ("finish", "auth", "-y", "--skip-tests", "no time")
DIGITS = "1" * 5000
DEEP = 100_000
WAIVERS = "docs/incidents/waivers.jsonl"

BROKEN_WAIVERS = {
    "brackets": "[" * 2_000 + "\n",
    "objects": '{"hotfix":' * 2_000 + "\n",
    "number": f'{{"hotfix": {DIGITS}}}\n',
    "surrogate": '{"hotfix": "\\ud800", "branch": "\\ud800", "reason": "", "by": "", "at": ""}\n',
    "no text": "\x00\x01\x02\n",
}
BROKEN_SETTINGS = {
    "number": f"[scope]\nmax_files = {DIGITS}\n",
    "hexadecimal": f"[scope]\nmax_files = 0x{DIGITS}\n",
    "exponent": "[scope]\nmax_files = 1e999999999\n",
    "brackets": "a = " + "[" * DEEP + "\n",
    "tables": "a = " + "{a=" * 5_000 + "\n",
    "dotted": ".".join("a" * 20_000) + " = 1\n",
    "date": "[remote]\ntimeout = 9999-99-99\n",
    "no text": "\x00",
    "expression": '[test]\nnone_pattern = "' + "(" * 5_000 + '"\n',
}


def every_look(stage: Stage) -> list[Run]:
    """Run what only looks."""
    return [
        bounded(stage.alice, *command, seconds=SECONDS)
        for command in (("status", "auth"), ("status", "auth", "--json"), ("list",), ("list", "--json"))
    ]


def assert_rolls_back(stage: Stage) -> None:
    """Check that nothing holds what takes production back."""
    answer = bounded(stage.alice, "rollback", "auth", "-y", seconds=SECONDS)
    assert_no_bug(answer)
    assert not has_fix(stage.remote, "main"), said(answer)


def assert_carried(stage: Stage, command: tuple[str, ...] = FINISH) -> Run:
    """Check that the fix reaches develop whatever cannot be written there."""
    answer = bounded(stage.alice, *command, seconds=SECONDS)
    assert_no_bug(answer)
    assert has_fix(stage.remote, "develop"), said(answer)
    assert answer.code in {0, 4}, said(answer)
    return answer


@pytest.mark.parametrize("content", BROKEN_WAIVERS.values(), ids=BROKEN_WAIVERS)
def test_broken_waivers_stop_nothing(tmp_path: Path, content: str) -> None:
    stage = published(tmp_path)
    stage.bob_pushes("develop", "Waive", {WAIVERS: content})

    for answer in every_look(stage):
        assert_no_bug(answer)
        assert answer.code == 0, said(answer)
    assert_carried(stage)
    assert content in stage.on_server("develop", WAIVERS)
    assert_rolls_back(stage)


def test_broken_line_of_the_waivers_is_told_with_file_and_line_and_the_others_count(tmp_path: Path) -> None:
    stage = published(tmp_path)
    good = {"hotfix": stage.hotfix, "branch": "develop", "reason": "none", "by": "Kim", "at": "2026-01-17T03:00:00Z"}
    content = f"{'[' * 2000}\n{json.dumps(good)}\n"
    stage.bob_pushes("develop", "Waive", {WAIVERS: content})

    shown = bounded(stage.alice, "status", "auth", seconds=SECONDS)

    assert_no_bug(shown)
    assert "Kim" in said(shown)
    assert "waivers.jsonl" in said(shown)
    assert "1" in said(shown).partition("waivers.jsonl")[2][:20]


@pytest.mark.parametrize("content", BROKEN_SETTINGS.values(), ids=BROKEN_SETTINGS)
def test_broken_configuration_is_told_with_its_file_and_does_not_hold_rollback(tmp_path: Path, content: str) -> None:
    stage = finished(tmp_path)
    stage.alice.write(".hotfix.toml", content)

    for answer in every_look(stage):
        assert_no_bug(answer)
        assert ".hotfix.toml" in said(answer)
    assert_rolls_back(stage)


@pytest.mark.parametrize("name", ["number", "brackets"])
def test_broken_configuration_on_the_hotfix_branch_holds_no_rollback_and_no_target(tmp_path: Path, name: str) -> None:
    stage = published(tmp_path)
    stage.alice.git("push", "-q", "origin", stage.branch)
    stage.bob_pushes(stage.branch, "Settings", {".hotfix.toml": BROKEN_SETTINGS[name]})
    stage.alice.git("branch", "-q", "-D", stage.branch)

    assert_carried(stage, ("backport", "auth"))
    assert_rolls_back(stage)


@pytest.mark.parametrize("name", ["number", "brackets"])
def test_broken_configuration_on_one_branch_stops_no_other_hotfix(tmp_path: Path, name: str) -> None:
    stage = fixed(tmp_path)
    other = f"hotfix/{stage.hotfix[:8]}-other"
    stage.bob.git("push", "-q", "origin", f"origin/main:refs/heads/{other}")
    stage.bob_pushes(other, "Settings", {".hotfix.toml": BROKEN_SETTINGS[name]})

    for answer in every_look(stage):
        assert_no_bug(answer)
        assert answer.code == 0, said(answer)
        assert "auth" in said(answer)
    published_too = bounded(stage.alice, *FINISH, seconds=SECONDS)
    assert published_too.code == 0, said(published_too)


BROKEN_REPORTS = {
    "surrogate": {"title": '"\\ud800 login"'},
    "brackets": {"impact": "[" * DEEP},
    "number": {"affected_users": DIGITS},
    "no form": {"status": "resolved, I think"},
    "date": {"declared_at": '"2026-99-99T00:00:00+00:00"'},
    "year": {"declared_at": '"0000-01-01T00:00:00+00:00"', "detected_at": '"9999-12-31T23:59:59-23:59"'},
    "offset": {"detected_at": '"2026-01-17T03:00:00+99:99"'},
    "base": {"base": '"../../x"'},
    "huge": {"impact": '"' + "x" * 3_000_000 + '"'},
}


@pytest.mark.parametrize("values", BROKEN_REPORTS.values(), ids=BROKEN_REPORTS)
def test_broken_report_on_the_branch_stops_no_other_command(tmp_path: Path, values: dict[str, str]) -> None:
    stage = fixed(tmp_path)
    stage.alice.commit("Edit the report", {stage.report: saying(report_text(stage), **values)})

    for answer in every_look(stage):
        assert_no_bug(answer)
        assert answer.code == 0, said(answer)


@pytest.mark.parametrize("values", BROKEN_REPORTS.values(), ids=BROKEN_REPORTS)
def test_broken_report_on_the_branch_is_told_by_finish_and_note(tmp_path: Path, values: dict[str, str]) -> None:
    stage = fixed(tmp_path)
    stage.alice.commit("Edit the report", {stage.report: saying(report_text(stage), **values)})

    for command in (("note", "restarted"), FINISH):
        answer = bounded(stage.alice, *command, seconds=SECONDS)
        assert_no_bug(answer)
        assert answer.code == 0 or stage.report in said(answer), said(answer)


@pytest.mark.parametrize("values", BROKEN_REPORTS.values(), ids=BROKEN_REPORTS)
def test_report_broken_after_publication_holds_neither_targets_nor_rollback(
    tmp_path: Path, values: dict[str, str]
) -> None:
    stage = published(tmp_path)
    stage.alice.hotfix("backport", "auth", "--to", "develop", check=None)
    report = stage.on_server("develop")
    stage.bob_pushes("develop", "Edit the report", {stage.report: saying(report, **values)})

    answer = bounded(stage.alice, "backport", "auth", seconds=SECONDS)

    assert_no_bug(answer)
    assert has_fix(stage.remote, "release/1.1"), said(answer)
    assert has_fix(stage.remote, "support/1.0"), said(answer)
    assert_rolls_back(stage)


def test_broken_report_of_another_hotfix_stops_nothing(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    day = stage.report.partition("HOTFIX-")[2][:10]
    files = {f"docs/incidents/HOTFIX-{day}-{name}.md": "---\n" + "[" * DEEP + "\n" for name in ("a", "b")}
    stage.bob_pushes("develop", "Nonsense", files)

    for answer in every_look(stage):
        assert_no_bug(answer)
        assert "Login takes any password" in said(answer) or "auth" in said(answer)
    answer = bounded(stage.alice, *FINISH, seconds=SECONDS)
    assert answer.code == 0, said(answer)


RECORDS = {
    "towncrier": {"pyproject.toml": "[tool.towncrier]\ntype = 5\n"},
    "towncrier's list": {"towncrier.toml": '[tool.towncrier]\ndirectory = ["x"]\n[[tool.towncrier.type]]\nname = 5\n'},
    "towncrier outside": {"pyproject.toml": '[tool.towncrier]\ndirectory = "../../outside"\n'},
    "towncrier in .git": {"pyproject.toml": '[tool.towncrier]\ndirectory = ".git/hooks"\n'},
    "scriv": {"setup.cfg": "[tool.scriv]\nfragment_directory = ../../outside\nformat = 5\n", "changelog.d/.k": ""},
    "version": {"CHANGELOG.md": f"# Changelog\n\n## 1.{DIGITS}\n\n- all\n"},
    "versions": {"CHANGELOG.md": f"# Changelog\n\n## Unreleased\n\n### Fixed\n\n- a\n\n## [1.{DIGITS}] - 2026-01-01\n"},
    "no text": {"CHANGELOG.md": "\udcff\udcfe# Changelog\n"},
    "quotes": {"CHANGELOG.md": ">" * 5_000 + " x\n"},
    "lists": {"BACKLOG.md": "# Backlog\n\n## Done\n\n" + "".join("  " * n + "- x\n" for n in range(400))},
    "package": {"package.json": "[" * DEEP},
    "number": {"BACKLOG.md": f"# Backlog\n\n## Done\n\n{DIGITS}. x\n"},
}


@pytest.mark.parametrize("files", RECORDS.values(), ids=RECORDS)
def test_broken_record_holds_no_target(tmp_path: Path, files: dict[str, str]) -> None:
    stage = published(tmp_path)
    raw = {path: content.encode("utf-8", "surrogateescape") for path, content in files.items()}
    bob = stage.bob
    bob.git("switch", "-q", "develop")
    bob.commit("Our changelog", raw)
    bob.git("push", "-q", "origin", "develop")

    answer = assert_carried(stage)

    assert_rolls_back(stage)
    if answer.code == 4:
        assert any(path in said(answer) for path in files), said(answer)
    outside = [path for path in tmp_path.rglob("outside*") if ".git/" not in str(path)]
    assert outside == []


@pytest.mark.parametrize("name", ["CHANGELOG.md", "BACKLOG.md"])
@pytest.mark.parametrize("to", ["docs/CHANGES.md", "../../outside.md", "/etc/passwd", "CHANGELOG.md", "docs"])
def test_record_that_is_a_link_holds_no_target(tmp_path: Path, name: str, to: str) -> None:
    stage = published(tmp_path)
    bob = stage.bob
    bob.git("switch", "-q", "develop")
    bob.commit("Docs", {"docs/CHANGES.md": "# Changelog\n\n## Unreleased\n\n## Done\n"})
    (bob.path / name).symlink_to(to)
    bob.git("add", name)
    bob.git("commit", "-q", "-m", "A link")
    bob.git("push", "-q", "origin", "develop")

    answer = assert_carried(stage)

    assert not (tmp_path / "outside.md").exists()
    entry = stage.remote.git("ls-tree", "develop", name)
    assert entry.startswith("120000"), f"the link was replaced\n{said(answer)}"


# "docs/incidents" too: what conflicts in record paths alone is no reason to keep the fix back
@pytest.mark.parametrize("name", ["CHANGELOG.md", "BACKLOG.md", WAIVERS, "docs/incidents"])
@pytest.mark.parametrize("kind", ["folder", "submodule"])
def test_record_that_is_no_file_holds_no_target(tmp_path: Path, name: str, kind: str) -> None:
    stage = published(tmp_path)
    bob = stage.bob
    bob.git("switch", "-q", "develop")
    if kind == "submodule":
        bob.git("update-index", "--add", "--cacheinfo", f"160000,{bob.rev('HEAD')},{name}")
        bob.git("commit", "-q", "-m", "A submodule")
    else:
        path = f"{name}/HOTFIX-2026-01-01-x.md/x" if name == "docs/incidents" else f"{name}/x"
        bob.commit("A folder", {path: "x\n"})
    bob.git("push", "-q", "origin", "develop")

    for answer in every_look(stage):
        assert_no_bug(answer)
    assert_carried(stage)


PROPOSALS = {"brackets": "[" * DEEP, "objects": '{"scripts":' * DEEP, "number": f'{{"scripts": {DIGITS}}}'}


@pytest.mark.parametrize("content", PROPOSALS.values(), ids=PROPOSALS)
def test_broken_package_is_no_proposal(tmp_path: Path, content: str) -> None:
    stage = started(tmp_path)
    commit_fix(stage)
    stage.alice.git("config", "--unset", "hotfix.test.command")
    stage.alice.commit("A package", {"package.json": content})

    for command in (("test",), ("finish", "-y"), ("init", "--dry-run")):
        answer = bounded(stage.alice, *command, seconds=SECONDS)
        assert_no_bug(answer)


@pytest.mark.parametrize("name", ["package.json", "Makefile", "setup.cfg", "pytest.ini", ".hotfix.toml"])
def test_link_to_a_device_is_not_read(tmp_path: Path, name: str) -> None:
    stage = started(tmp_path)
    commit_fix(stage)
    stage.alice.git("config", "--unset", "hotfix.test.command")
    stage.alice.git("rm", "-q", "pytest.ini")
    (stage.alice.path / name).symlink_to("/dev/zero")
    stage.alice.git("add", name)
    stage.alice.git("commit", "-q", "-m", "A link")

    for command in (("test",), ("finish", "-y"), ("status",)):
        answer = bounded(stage.alice, *command, seconds=SECONDS)
        assert_no_bug(answer)


@pytest.mark.parametrize("command", [("status",), ("list",), ("finish", "-y", "--skip-tests", "x"), ("rollback", "-y")])
def test_broken_memory_is_told_and_set_aside_by_its_remedy(tmp_path: Path, command: tuple[str, ...]) -> None:
    stage = published(tmp_path)
    for content in ("[" * DEEP, f'{{"schema": {DIGITS}}}', '{"schema": 1, "hotfix": "\\ud800"}', "\x00"):
        stage.memory.write_text(content)
        answer = bounded(stage.alice, *command, seconds=SECONDS)
        assert_no_bug(answer)
        assert stage.memory.name in said(answer)


def test_ten_thousand_reports_do_not_stop_a_rollback(tmp_path: Path) -> None:
    stage = published(tmp_path)
    bob = stage.bob
    bob.git("switch", "-q", "develop")
    blob = bob.git("hash-object", "-w", "--stdin", stdin="---\nid: 1\n---\n")
    lines = "".join(f"100644 blob {blob}\tdocs/incidents/HOTFIX-2026-01-01-x{n}.md\n" for n in range(10_000))
    bob.git("update-index", "--add", "--index-info", stdin=lines)
    bob.git("commit", "-q", "-m", "Many")
    bob.git("push", "-q", "origin", "develop")

    assert_rolls_back(stage)
