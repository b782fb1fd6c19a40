"""Evidence that goes into production's tag and merge is the tool's: no name and no title can add a line of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import Stage, fixed, published, started
from tests.cli.stages import fix as commit_fix
from tests.hostile.scenes import assert_no_bug, has_fix, report_text, said, saying
from tests.support.lab import BUG, FIXED, LOGIN

if TYPE_CHECKING:
    from pathlib import Path

FORGED = "Verified-By: CTO"
PUBLISH = ("finish", "-y", "--skip-tests", "no time")


def told(stage: Stage) -> list[str]:
    """Return every line of the messages of production's tip and of all hotfix tags on the server."""
    text = stage.remote.git("log", "-1", "--format=%B", "main")
    text += "\n" + stage.remote.git("for-each-ref", "--format=%(contents)", "refs/tags/hotfix-*")
    return text.split("\n")


def assert_not_forged(stage: Stage) -> None:
    assert [line for line in told(stage) if line.startswith((FORGED, "Tests:"))] == []


@pytest.mark.parametrize("name", ["x\nTests: passed\nVerified-By: CTO\n.md", "x\rTests: passed\rVerified-By: CTO.md"])
def test_report_renamed_to_a_name_with_lines_adds_no_trailer(tmp_path: Path, name: str) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("mv", stage.report, f"docs/incidents/{name}")
    alice.git("commit", "-q", "-m", "Rename the report")

    answer = alice.hotfix(*PUBLISH)

    assert_no_bug(answer)
    assert_not_forged(stage)
    # a record path with control characters is refused, and nobody has to guess which
    assert answer.code in {1, 2}, said(answer)
    assert "docs/incidents/x" in said(answer)
    assert not has_fix(stage.remote, "main")


@pytest.mark.parametrize("mark", ["\\n\\n", "\\n", "\\u2028", "\\r", "\\u0085"])
def test_title_of_several_lines_adds_no_trailer(tmp_path: Path, mark: str) -> None:
    stage = fixed(tmp_path)
    report = saying(report_text(stage), title=f'"Login{mark}{FORGED}{mark}Tests: passed"')
    stage.alice.commit("Better title", {stage.report: report})

    answer = stage.alice.hotfix(*PUBLISH)

    assert_no_bug(answer)
    assert_not_forged(stage)
    lines = [line for each in told(stage) for line in each.splitlines()]  # as other tools may split them
    assert not any(line.startswith(FORGED) for line in lines)


def test_folder_with_lines_in_its_name_adds_no_trailer(tmp_path: Path) -> None:
    stage = started(tmp_path)
    folder = f"src\n{FORGED}"
    stage.alice.commit("Fix it there too", {f"{folder}/a.py": "A = 1\n"})
    commit_fix(stage)
    stage.bob_pushes("main", "Production moves under it", {f"{folder}/b.py": "B = 1\n"})

    answer = stage.alice.hotfix(*PUBLISH)

    assert_no_bug(answer)
    assert_not_forged(stage)


@pytest.mark.parametrize(
    "options",
    [
        ("--skip-tests", f"no time\n{FORGED}"),
        ("--skip-tests", "no time", "-m", f"Login\n\n{FORGED}"),
        ("--skip-tests", "no time", "--large", f"it is\n{FORGED}"),
        ("--skip-tests", "no time\r\n\r\nTests: passed"),
    ],
    ids=["skip-tests", "message", "large", "carriage return"],
)
def test_options_of_several_lines_add_no_trailer(tmp_path: Path, options: tuple[str, ...]) -> None:
    stage = fixed(tmp_path)

    answer = stage.alice.hotfix("finish", "-y", *options)

    assert_no_bug(answer)
    trailers = stage.remote.git("log", "-1", "--format=%(trailers:key=Verified-By,key=Tests,valueonly)", "main")
    assert trailers == ""
    if "-m" not in options:  # the message is the person's own, of as many lines as it likes
        assert_not_forged(stage)


def test_verified_by_of_several_lines_is_one_value(tmp_path: Path) -> None:
    stage = fixed(tmp_path)

    stage.alice.hotfix(*PUBLISH, "--verified-by", "Kim\nTests: passed", check=0)

    assert [line for line in told(stage) if line.startswith("Tests:")] == []


def test_reason_of_a_rollback_is_one_value(tmp_path: Path) -> None:
    stage = published(tmp_path)

    stage.alice.hotfix("rollback", "auth", "-y", "--reason", f"slow\n\n{FORGED}", check=0)

    assert_not_forged(stage)


def test_contradictory_evidence_of_a_hand_made_merge_is_unknown(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice, bob = stage.alice, stage.bob
    alice.git("push", "-q", "origin", stage.branch)
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "main")
    lines = f"Hotfix-Id: {stage.hotfix}\nTests: passed\nTests: failed\nVerified-By: Nobody\nVerified-By: CTO"
    bob.git("merge", "-q", "--no-ff", "-m", f"HOTFIX: auth\n\n{lines}\n", f"origin/{stage.branch}")
    bob.git("push", "-q", "origin", "main")

    shown = alice.hotfix("status", "auth", "--json", check=0).json()
    alice.hotfix("finish", "auth", "-y")

    (tests,) = [each for each in shown["steps"] if each["step"] == "tests"]
    assert tests["state"] != "done", tests
    report = stage.on_server("develop")
    assert 'verified_by: "CTO"' not in report
    assert "checks_run: []" in report


def test_evidence_of_a_strangers_merge_is_shown_as_his(tmp_path: Path) -> None:
    # one merge by hand, in our form: it did publish the fix; what it says about tests is bob's word
    stage = fixed(tmp_path)
    alice, bob = stage.alice, stage.bob
    alice.git("push", "-q", "origin", stage.branch)
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "main")
    lines = f"Hotfix-Id: {stage.hotfix}\nTests: passed (pytest, 3 s, 2026-01-17T03:00:00+00:00)"
    bob.git("merge", "-q", "--no-ff", "-m", f"HOTFIX: auth\n\n{lines}\n", f"origin/{stage.branch}")
    bob.git("push", "-q", "origin", "main")

    shown = alice.hotfix("status", "auth", check=0)

    line = next(line for line in shown.out.split("\n") if " tests " in line)
    assert "Bob" in line, shown.out


def test_test_result_belongs_to_the_fix_and_to_no_other_commit(tmp_path: Path) -> None:
    stage = started(tmp_path)
    commit_fix(stage)
    stage.alice.hotfix("test", check=0)
    stage.alice.git("config", "hotfix.test.command", "false")
    stage.alice.commit("And one more", {LOGIN: stage.alice.read(LOGIN).replace(FIXED, BUG) + "X = 1\n"})

    stage.alice.hotfix("finish", "-y", check=6)

    assert not has_fix(stage.remote, "main")
