"""Evidence that goes into production's tag and merge is the tool's: no name and no title can add a line of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.stages import Stage, fixed
from tests.hostile.scenes import assert_no_bug, has_fix, report_text, said, saying, unsafe_in

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


def test_report_renamed_to_a_name_with_lines_adds_no_trailer(tmp_path: Path) -> None:
    name = "x\nTests: passed\nVerified-By: CTO\n.md"
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("mv", stage.report, f"docs/incidents/{name}")
    alice.git("commit", "-q", "-m", "Rename the report")

    answer = alice.hotfix(*PUBLISH)

    assert_no_bug(answer)
    assert_not_forged(stage)
    # a record path with control characters is refused, and nobody has to guess which
    assert answer.code == 1, said(answer)
    assert f"The report is called 'docs/incidents/{ascii(name)[1:-1]}'" in answer.err
    assert not has_fix(stage.remote, "main")


def test_title_of_several_lines_adds_no_trailer(tmp_path: Path) -> None:
    stage, mark = fixed(tmp_path), "\\n\\u2028\\u001b[2J\\u009b\\u202e"
    report = saying(report_text(stage), title=f'"Login{mark}{FORGED}{mark}Tests: passed"')
    stage.alice.commit("Better title", {stage.report: report})

    answer = stage.alice.hotfix(*PUBLISH)

    assert_no_bug(answer)
    assert_not_forged(stage)
    assert unsafe_in("\n".join(told(stage))) == []
    assert unsafe_in("\n".join(stage.subjects("main"))) == []
    lines = [line for each in told(stage) for line in each.splitlines()]  # as other tools may split them
    assert not any(line.startswith(FORGED) for line in lines)


def test_options_of_several_lines_add_no_trailer(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    message = f"Login\n\n{FORGED}"

    answer = stage.alice.hotfix("finish", "-y", "--skip-tests", "no time\r\n\r\nTests: passed", "-m", message)

    assert_no_bug(answer)
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
    assert "checks_run" not in report


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
