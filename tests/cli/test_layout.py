"""What stands on a screen of 80 columns: rows and sentences are broken between words, commands never."""

from __future__ import annotations

import pytest

from git_hotfix.cli.terminal import _width, _wrapped, on_screen, table

NAME = "20261126-the-checkout-service-charges-customers-twice-when-the"
TITLE = "The checkout service charges customers twice when the payment gateway times out"
WIDE = "결제 서비스가 게이트웨이 시간 초과 후 재시도할 때 고객에게 두 번 청구합니다"


def test_row_whose_last_cell_has_room_is_broken_there() -> None:
    lines = table([("next", "backport develop", TITLE), ("done", "tag", "1.2.1")], columns=60)
    assert "\n".join(lines).split("\n") == [
        "  next  backport develop  The checkout service charges",
        "                          customers twice when the payment",
        "                          gateway times out",
        "  done  tag               1.2.1",
    ]


def test_row_without_room_for_its_last_cell_has_it_below() -> None:
    rows = [
        ("open *", NAME, "critical", "tests (next)", "3 s", "Ada", TITLE),
        ("past", "20261125-b", "high", "complete", "1 s", "Kim", WIDE),
        ("past", f"{NAME}-2", "", "", "1 s", "", "Short"),
    ]
    lines = "\n".join(table(rows, "", 80)).split("\n")
    assert lines == [
        f"open *  {NAME}",
        "        critical  tests (next)  3 s  Ada",
        "        The checkout service charges customers twice when the payment gateway",
        "          times out",
        "past    20261125-b  high  complete  1 s  Kim  결제 서비스가 게이트웨이 시간 초과",
        "                                              후 재시도할 때 고객에게 두 번",
        "                                              청구합니다",
        f"past    {NAME}-2",
        "        1 s",
        "        Short",
    ]
    assert max(map(_width, lines)) <= 80


def test_what_goes_to_no_terminal_stays_one_line() -> None:
    assert table([("open", NAME, TITLE)], "", 0) == [f"open  {NAME}  {TITLE}"]
    assert on_screen(TITLE * 3, 0) == TITLE * 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  merge it into origin/main as 'HOTFIX'", "  merge it into\n    origin/main as\n    'HOTFIX'"),
        ("Then:    origin/develop by merge", "Then:    origin/develop\n         by merge"),
        ("short", "short"),
        ("Runs:    make deploy  (deploy.command in .hotfix.toml:2)",) * 2,
    ],
)
def test_line_is_indented_below_itself_or_its_label(text: str, shown: str) -> None:
    assert on_screen(text, 24 if ":" in text else 20) == shown


def test_command_in_a_sentence_is_not_broken() -> None:
    assert _wrapped("After git add, run: git hotfix backport auth --continue", 24) == [
        "After git add, run:",
        "git hotfix backport auth --continue",
    ]
    assert _wrapped("Then 'git hotfix deploy auth' deploys it, isn't it", 20) == [
        "Then",
        "'git hotfix deploy auth'",
        "deploys it, isn't it",
    ]


def test_row_with_a_long_path_has_it_below_and_a_short_last_cell_stays_in_line() -> None:
    path = "docs/incidents/HOTFIX-2026-11-26-login-takes-any-password.md"
    rows = [
        ("done", "report", path),
        ("done", "fix", "published"),
        ("waiting", "backport release/1.3", "after the fix"),
    ]
    assert "\n".join(table(rows, columns=80)).split("\n") == [
        "  done     report",
        f"          {path}",
        "  done     fix                   published",
        "  waiting  backport release/1.3  after the fix",
    ]
    short = [("open *", "20261126-carried-away-by-it", "high", "cleanup (next)", "15 s", "Ada", "Carried")]
    (line,) = table(short, "", 80)
    assert line == "open *  20261126-carried-away-by-it  high  cleanup (next)  15 s  Ada  Carried"
