"""Is it a hotfix at all? Every answer, without a terminal and on one; a refusal leaves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.lab import standard_lab
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone

AFFECTED = "Is production affected?"
UNDECIDED = "This is not decided yet: "
WAIT = "Can it wait for the next release?"
PUBLIC = "Public at once, or restricted: title and report stay here until they are disclosed?"


@pytest.fixture
def alice(tmp_path: Path) -> Clone:
    clone = standard_lab(tmp_path).alice
    clone.git("config", "hotfix.tracker.redirect", "/create-issue")
    return clone


def refusals(clone: Clone, *arguments: str) -> tuple[int, list[tuple[str, str, str]], list[str]]:
    """Return exit code, problems and the options asked for; nothing may have changed."""
    before = clone.snapshot()
    answer = clone.hotfix("start", "--json", *arguments)
    assert answer.err == ""
    assert clone.snapshot() == before
    said = answer.json()
    assert said["exit_code"] == answer.code
    problems = [(each["code"], each["message"], each["remedy"]) for each in said["problems"]]
    return answer.code, problems, [each["option"] for each in said["questions"]]


def test_missing_decisions_are_named_with_the_command_line_that_gives_them(alice: Clone) -> None:
    both = "git hotfix start --json auth 'is open' --issue '#7' --production --cannot-wait --severity critical"
    severity = "--severity critical (or high)"
    assert refusals(alice, "auth", "is open", "--issue", "#7") == (
        2,
        [("decision-missing", f"{UNDECIDED}{AFFECTED}", both), ("decision-missing", f"{UNDECIDED}{WAIT}", both)],
        ["--production", "--cannot-wait", severity],
    )
    one = "git hotfix start --json --production --cannot-wait --severity critical -- -auth"
    assert refusals(alice, "--production", "--", "-auth") == (
        2,
        [("decision-missing", f"{UNDECIDED}{WAIT}", one)],
        ["--cannot-wait", severity],
    )


def test_what_is_not_a_hotfix_goes_the_normal_way(alice: Clone) -> None:
    not_affected = ("not-a-hotfix", "Production is not affected, so it is not a hotfix.", "/create-issue")
    assert refusals(alice, "auth", "--no-production") == (9, [not_affected], [])
    alice.git("config", "--unset", "hotfix.tracker.redirect")
    answer = alice.hotfix("start", "auth", "--can-wait", check=9)
    assert answer.out == ""
    assert answer.err == "stop: It can wait, so it is not a hotfix.\nhint:  the next release, in the usual way\n"


def test_questions_on_a_terminal_lead_to_the_branch(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    scene.bob.hotfix("start", "tax is wrong", "-y", "--push", check=0)
    other = scene.bob.git("branch", "--show-current").removeprefix("hotfix/")
    clone = scene.alice

    with Terminal(clone, "start") as terminal:
        terminal.expect("What is broken?")
        terminal.answer("로그인 takes any password!")
        terminal.expect(f"Open already: {other}\n")
        terminal.expect("Start another hotfix? [Y/n]")
        terminal.answer("")
        terminal.expect(f"{AFFECTED} [Y/n]")
        terminal.answer("y")
        terminal.expect(f"{WAIT} [y/N]")
        terminal.answer("")
        terminal.expect("How severe is it? (critical, high) [critical]")
        terminal.answer("extreme")
        terminal.expect("Please answer critical or high.")
        terminal.expect("How severe is it?")
        terminal.answer("high")
        terminal.expect("Next: git commit -a")
        assert terminal.finish() == 0

    branch = clone.git("branch", "--show-current")
    assert branch.endswith("-로그인-takes-any-password")
    day = branch.removeprefix("hotfix/")[:8]
    text = clone.read(f"docs/incidents/HOTFIX-{day[:4]}-{day[4:6]}-{day[6:]}-로그인-takes-any-password.md")
    assert '\ntitle: "로그인 takes any password!"\n' in text
    assert '\nseverity: "high"\n' in text


def test_taken_name_is_offered_with_a_number_on_a_terminal_and_refused_without(alice: Clone) -> None:
    alice.hotfix("start", "auth", "-y", check=0)
    first = alice.git("branch", "--show-current")
    alice.git("checkout", "-q", "main")
    hotfix = first.removeprefix("hotfix/")

    assert refusals(alice, "auth", "-y", "--severity", "high") == (
        1,
        [
            (
                "name-taken",
                f"The hotfix '{hotfix}' exists already.",
                "git hotfix start --json auth -y --severity high --slug auth-2",
            )
        ],
        [],
    )
    with Terminal(alice, "start", "auth", "--production", "--cannot-wait") as terminal:
        terminal.expect("Start another hotfix? [Y/n]")
        terminal.answer("y")
        terminal.expect("How severe")
        terminal.answer("")
        terminal.expect(f"'{hotfix}' exists already. Another name? [auth-2]")
        terminal.answer("")
        assert terminal.finish() == 0
    assert alice.git("branch", "--show-current") == f"{first}-2"


@pytest.mark.parametrize(
    ("arguments", "answers", "code", "last"),
    [
        (("auth",), ((AFFECTED, "y"), (WAIT, "y")), 9, "/create-issue"),
        (("auth", "-y", "--kind", "security"), ((PUBLIC[:60], None),), 130, "Interrupted"),
    ],
    ids=["can wait", "Ctrl-C before anything is public"],
)
def test_no_on_a_terminal_changes_nothing(
    alice: Clone, arguments: tuple[str, ...], answers: tuple[tuple[str, str | None], ...], code: int, last: str
) -> None:
    before = alice.snapshot()

    with Terminal(alice, "start", *arguments) as terminal:
        for question, answer in answers:
            terminal.expect(question)
            if answer is None:
                terminal.interrupt()
            else:
                terminal.answer(answer)
        terminal.expect(last)
        assert terminal.finish() == code

    assert alice.snapshot() == before


def test_team_has_severities_of_its_own(tmp_path: Path) -> None:
    alice = standard_lab(tmp_path).alice
    for word in ("SEV1", "SEV2"):
        alice.git("config", "--add", "hotfix.incident.severities", word)
    refused = alice.hotfix("start", "x", "-y", "--severity", "high", check=2)
    assert refused.err.startswith("error: 'high' is not a severity: SEV1, SEV2 (incident.severities).\n")
    alice.hotfix("start", "x", "-y", check=0)
    assert 'severity: "SEV1"\n' in alice.show("HEAD:" + alice.git("diff", "--name-only", "HEAD~1"))
