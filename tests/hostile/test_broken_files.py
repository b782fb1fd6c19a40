"""One file that is broken, huge or nested to the bottom is a problem with its name; it stops nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from git_hotfix.commands.test_discovery import propose
from git_hotfix.config.layers import read_layer, resolve
from git_hotfix.config.toml import parse_toml
from git_hotfix.errors import HotfixError
from git_hotfix.memory_file import MemoryFile
from git_hotfix.record.backlog import add_done
from git_hotfix.record.changelog import add_entry
from git_hotfix.record.fragments import Fragments, changelog_keeper
from git_hotfix.record.report import read_report, render_new
from git_hotfix.record.waivers import broken_lines, read_waivers
from tests.cli.stages import Stage, fixed, published
from tests.hostile.scenes import assert_no_bug, has_fix, report_text, said, saying
from tests.record.examples import DONE, ENTRY, HOTFIX
from tests.record.reports import EN, NEW

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.processes import Run

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
    "long key": f"[deploy]\n{'0x' + 'f' * 100_000} = 1\n",
    "long value": f'[scope]\nmode = "{"x" * 100_000}"\n',
    "no text": "\x00",
    "expression": '[test]\nnone_pattern = "' + "(" * 5_000 + '"\n',
}

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
PROPOSALS = {"brackets": "[" * DEEP, "objects": '{"scripts":' * DEEP, "number": f'{{"scripts": {DIGITS}}}'}


def every_look(stage: Stage) -> list[Run]:
    """Run what only looks."""
    return [
        stage.alice.hotfix(*command)
        for command in (("status", "auth"), ("status", "auth", "--json"), ("list",), ("list", "--json"))
    ]


def assert_rolls_back(stage: Stage) -> None:
    """Check that nothing holds what takes production back."""
    answer = stage.alice.hotfix("rollback", "auth", "-y")
    assert_no_bug(answer)
    assert not has_fix(stage.remote, "main"), said(answer)


def assert_carried(stage: Stage, command: tuple[str, ...] = FINISH) -> Run:
    """Check that the fix reaches develop whatever cannot be written there."""
    answer = stage.alice.hotfix(*command)
    assert_no_bug(answer)
    assert has_fix(stage.remote, "develop"), said(answer)
    assert answer.code in {0, 4}, said(answer)
    return answer


@pytest.mark.parametrize("content", BROKEN_WAIVERS.values(), ids=BROKEN_WAIVERS)
def test_broken_line_waives_nothing_and_the_others_count(content: str) -> None:
    good = {"hotfix": str(HOTFIX), "branch": "develop", "reason": "none", "by": "Kim", "at": "2026-01-17T03:00:00Z"}
    whole = (content + json.dumps(good) + "\n").encode()

    assert read_waivers(whole, HOTFIX)["develop"].by == "Kim"
    assert [at for at, _ in broken_lines(whole)] == [1]


@pytest.mark.parametrize("content", BROKEN_SETTINGS.values(), ids=BROKEN_SETTINGS)
def test_broken_settings_are_wrong_input_that_names_the_file(content: str) -> None:
    try:
        wrong = resolve([read_layer(parse_toml(content.encode(), ".hotfix.toml"), ".hotfix.toml")]).wrong
    except HotfixError as error:
        wrong = error.problems

    assert wrong
    assert all(".hotfix.toml" in each.message and len(each.message) < 500 for each in wrong)


@pytest.mark.parametrize("values", BROKEN_REPORTS.values(), ids=BROKEN_REPORTS)
def test_broken_report_is_wrong_input_that_names_file_and_line(values: dict[str, str]) -> None:
    with pytest.raises(HotfixError, match=r"report\.md"):
        read_report(saying(render_new(NEW, EN).content.decode(), **values).encode(), "report.md")


@pytest.mark.parametrize("files", RECORDS.values(), ids=RECORDS)
def test_broken_record_is_a_value_and_leads_nowhere_else(files: dict[str, str]) -> None:
    raw = {path: content.encode("utf-8", "surrogateescape") for path, content in files.items()}
    keeper = changelog_keeper(raw.get, lambda _: ())
    if isinstance(keeper, Fragments):
        assert not {"..", ".git"} & {*keeper.folder.split("/")}
    for content in raw.values():
        add_entry(content, ENTRY)
        add_done(content, DONE)


@pytest.mark.parametrize(
    "content", ["[" * DEEP, f'{{"schema": {DIGITS}}}', '{"schema": 1, "hotfix": "\\ud800"}', "\x00"]
)
def test_broken_memory_is_refused_by_name(tmp_path: Path, content: str) -> None:
    memory = MemoryFile(tmp_path, HOTFIX)
    memory.path.parent.mkdir()
    memory.path.write_text(content)

    with pytest.raises(HotfixError, match=memory.path.name):
        memory.read()


@pytest.mark.parametrize("content", PROPOSALS.values(), ids=PROPOSALS)
def test_broken_package_is_no_proposal(tmp_path: Path, content: str) -> None:
    (tmp_path / "package.json").write_text(content)

    assert propose(tmp_path, (), has_paths=True) == ()


@pytest.mark.parametrize("name", ["package.json", "Makefile", "setup.cfg", "pytest.ini", "tox.ini"])
def test_link_to_a_device_is_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("/dev/zero")

    assert propose(tmp_path, (), has_paths=True) == ()


def test_broken_files_on_develop_stop_nothing_and_are_told(tmp_path: Path) -> None:
    stage = published(tmp_path)
    good = {"hotfix": stage.hotfix, "branch": "support/1.0", "reason": "x", "by": "Kim", "at": "2026-01-17T03:00:00Z"}
    day = stage.report.partition("HOTFIX-")[2][:10]
    files = {
        WAIVERS: f"{BROKEN_WAIVERS['brackets']}{json.dumps(good)}\n",
        f"docs/incidents/HOTFIX-{day}-a.md": "---\n" + "[" * DEEP + "\n",
        "CHANGELOG.md": f"# Changelog\n\n## 1.{DIGITS}\n\n- all\n",
        "package.json": "[" * DEEP,
    }
    stage.bob_pushes("develop", "Break it", files)

    for answer in every_look(stage):
        assert_no_bug(answer)
        assert answer.code == 0, said(answer)
    shown = stage.alice.hotfix("status", "auth", check=0)
    assert "Kim" in shown.out
    assert "'docs/incidents/waivers.jsonl' line 1 is not a valid waiver" in shown.err
    assert_carried(stage)
    assert stage.on_server("develop", WAIVERS) == files[WAIVERS]
    assert_rolls_back(stage)


@pytest.mark.parametrize("name", ["number"])
def test_broken_configuration_holds_no_target_and_is_told(tmp_path: Path, name: str) -> None:
    stage = published(tmp_path)
    stage.alice.git("switch", "-q", stage.branch)
    stage.alice.write(".hotfix.toml", BROKEN_SETTINGS[name])

    for command in (("finish", "auth", "-y"), ("backport", "auth")):
        answer = assert_carried(stage, command)
        assert answer.code == 4
        assert "error: '.hotfix.toml'" in answer.err
        assert "record written" not in answer.err


@pytest.mark.parametrize("place", ["file", "git config"])
def test_unknown_key_holds_what_begins_or_publishes_and_nothing_else(tmp_path: Path, place: str) -> None:
    stage = fixed(tmp_path)

    def mistype() -> None:
        if place == "file":
            stage.alice.write(".hotfix.toml", "[brnch]\nx = 1\n")
        else:
            stage.alice.git("config", "hotfix.brnch.x", "1")

    mistype()
    for given in (FINISH, ("start", "x", "-y")):
        refused = stage.alice.hotfix(*given, check=2)
        assert "Unknown key" in refused.err
    (stage.alice.path / ".hotfix.toml").unlink(missing_ok=True)
    stage.alice.try_git("config", "--remove-section", "hotfix.brnch")
    stage.alice.hotfix(*FINISH, check=0)
    mistype()
    for command, code in (("status auth", 0), ("list", 0), ("verify", 8), ("cleanup auth", 0)):
        answer = stage.alice.hotfix(*command.split(), check=code)
        assert "Unknown key" in answer.err
    assert_rolls_back(stage)


def test_broken_configuration_publishes_nothing(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    stage.alice.write(".hotfix.toml", BROKEN_SETTINGS["number"])
    before = stage.remote.refs()

    for command in (
        FINISH,
        ("start", "x", "-y"),
        ("cleanup", "auth"),
        ("close", "auth", "--as", "cancelled", "--reason", "x"),
    ):
        refused = stage.alice.hotfix(*command)
        assert refused.code == 2, said(refused)
        assert "line 2" in said(refused)
    assert stage.remote.refs() == before


@pytest.mark.parametrize("name", ["number"])
def test_broken_configuration_on_one_branch_stops_no_other_hotfix(tmp_path: Path, name: str) -> None:
    stage = fixed(tmp_path)
    other = f"hotfix/{stage.hotfix[:8]}-other"
    stage.bob.git("push", "-q", "origin", f"origin/main:refs/heads/{other}")
    stage.bob_pushes(other, "Settings", {".hotfix.toml": BROKEN_SETTINGS[name]})

    for answer in every_look(stage):
        assert_no_bug(answer)
        assert answer.code == 0, said(answer)
        assert "auth" in said(answer)
    published_too = stage.alice.hotfix(*FINISH)
    assert published_too.code == 0, said(published_too)


def test_broken_report_is_told_before_publication_and_holds_nothing_after_it(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    good, broken = report_text(stage), saying(report_text(stage), title='"\\ud800 login"', impact="[" * 2000)
    stage.alice.commit("Edit the report", {stage.report: broken})

    stage.alice.hotfix("status", "auth", check=0)
    for command in (("note", "restarted"), FINISH):
        refused = stage.alice.hotfix(*command)
        assert_no_bug(refused)
        assert refused.code == 2
        assert f"'{stage.report}' line" in said(refused)

    stage.alice.commit("Mend the report", {stage.report: good})
    stage.alice.hotfix(*FINISH, "--no-backport", check=0)
    stage.alice.hotfix("backport", "auth", "--to", "develop", check=None)
    stage.bob_pushes("develop", "Edit the report", {stage.report: broken})
    carried = stage.alice.hotfix("backport", "auth")
    assert_no_bug(carried)
    assert has_fix(stage.remote, "release/1.1"), said(carried)
    assert_rolls_back(stage)


def test_record_that_is_a_link_holds_no_target(tmp_path: Path) -> None:
    stage = published(tmp_path)
    name = "CHANGELOG.md"
    bob = stage.bob
    bob.git("switch", "-q", "develop")
    bob.commit("Docs", {"docs/CHANGES.md": "# Changelog\n\n## Unreleased\n\n## Done\n"})
    (bob.path / name).symlink_to("docs/CHANGES.md")
    bob.git("add", name)
    bob.git("commit", "-q", "-m", "A link")
    bob.git("push", "-q", "origin", "develop")

    answer = assert_carried(stage)

    assert not (tmp_path / "outside.md").exists()
    entry = stage.remote.git("ls-tree", "develop", name)
    assert entry.startswith("120000"), f"the link was replaced\n{said(answer)}"


# "docs/incidents" too: what conflicts in record paths alone is no reason to keep the fix back
@pytest.mark.parametrize(("name", "kind"), [("docs/incidents", "submodule")])
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

    assert_carried(stage)


def test_reports_and_branches_of_impossible_days_stop_nothing(tmp_path: Path) -> None:
    stage, days = published(tmp_path), ("0001-01-01", "0001-01-02", "9999-12-31")
    reports = {f"docs/incidents/HOTFIX-{day}-x.md": "---\n---\n" for day in days}
    stage.bob_pushes("develop", "Reports", reports)
    stage.bob.git("push", "-q", "origin", *(f"HEAD:refs/heads/hotfix/{day.replace('-', '')}-x" for day in days))

    for words in (("list",), ("verify", "--fetch"), ("report",), ("rollback", "-n")):
        assert_no_bug(stage.alice.hotfix(*words))
