from __future__ import annotations

from datetime import date

import pytest

from git_hotfix.record.backlog_items import find_day, find_span
from git_hotfix.record.headings import Part, is_named, is_unreleased, is_version, kind_of


@pytest.mark.parametrize(
    "title",
    [
        *[
            "[Unreleased]",
            "Unreleased",
            "UNRELEASED:",
            "[Unreleased](https://x.example/compare/v1...HEAD)",
            "📦 Unreleased",
        ],
        *[
            "1.3 (unreleased)",
            "[1.3.0] - Unreleased",
            "master (unreleased)",
            "Next release",
            "1.3.0-SNAPSHOT",
            "1.3.dev0",
        ],
        *["1.3.0 - YYYY-MM-DD", "미출시", "다음 버전", "Upcoming", "[NEXT]", "**Unreleased**", "Unreleased Changes"],
    ],
)
def test_what_is_not_released_is_recognised(title: str) -> None:
    assert is_unreleased(title)
    assert not is_version(title)


@pytest.mark.parametrize(
    "title",
    [
        *[
            "[1.2.0] - 2026-01-01",
            "v1.2.0",
            "Version 1.2",
            "shop 1.2.3",
            "@scope/shop@1.2.3",
            "2026-01-01",
            "v2",
            "[2]",
        ],
        *[
            "[1.2.0](https://x.example) (2026-01-01)",
            "1.2.x",
            "Release 2026.01",
            "🎉 1.2.0",
            "1.2.0: Dawn",
            "2.0.0-rc.1",
        ],
    ],
)
def test_version_is_recognised(title: str) -> None:
    assert is_version(title)
    assert not is_unreleased(title)


@pytest.mark.parametrize("title", ["Changelog", "Changelog 2.0", "3. Other", "Python 3.11 support", "Fixed", ""])
def test_other_heading_is_no_version(title: str) -> None:
    assert not is_version(title)
    assert not is_unreleased(title)


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        *[
            (title, "Fixed")
            for title in ("Fixed", "🐛 Fixes", ":bug: Bug Fixes", "**Fixed bugs:**", "수정 (Fixed)", "FIX")
        ],
        *[(title, "Security") for title in ("Security", "🔒 보안", "Security fixes:")],
        *[(title, "Added") for title in ("Added", "✨ New Features", "추가")],
        *[(title, None) for title in ("Fixed in 1.2", "Fixtures", "Internal", "")],
    ],
)
def test_kind_of_change_is_told_by_its_heading(title: str, kind: str | None) -> None:
    assert kind_of(title) == kind


@pytest.mark.parametrize(
    ("title", "part"),
    [
        *[
            (title, Part.DONE)
            for title in ("Done", "3. 완료 (Done)", "✅ DONE", "완료 ✅", "3️⃣ 완료", "Done ✔", "5.2 Completed:")
        ],
        *[(title, Part.DEFERRED) for title in ("4) Deferred Work (later)", "📌 보류 / 연기", "Later", "IV. Deferred")],
        *[(title, Part.TECH_DEBT) for title in ("Tech Debt", "5.2 기술 부채", "Technical debt 🔧")],
        *[(title, None) for title in ("Definition of Done", "Done and dusted", "Not done", "완료 조건", "Debts")],
    ],
)
def test_part_of_a_backlog_is_told_by_its_exact_name(title: str, part: Part | None) -> None:
    parts = (Part.DONE, Part.DEFERRED, Part.TECH_DEBT)
    assert [each for each in parts if is_named(title, each)] == ([] if part is None else [part])


@pytest.mark.parametrize(
    ("text", "written"),
    [
        *[("on 2026-01-10", "2026-02-03"), ("2026/01/10", "2026/02/03"), ("2026.01.10", "2026.02.03")],
        *[
            ("2026. 1. 10", "2026. 2. 3"),
            ("2026년 1월 10일", "2026년 2월 3일"),
            ("January 10, 2026", "February 3, 2026"),
        ],
        *[("Jan 10, 2026", "Feb 3, 2026"), ("10 January 2026", "3 February 2026")],
        ("_done:2026-01-10_", "2026-02-03"),
    ],
)
def test_day_is_written_as_it_was_read(text: str, written: str) -> None:
    found = find_day(text)
    assert found is not None
    assert found.when == (2026, 1, 10)
    assert found.write(date(2026, 2, 3)) == written


@pytest.mark.parametrize("text", ["HOTFIX-2026-01-10-x", "12026-01-10", "2026-01-101", "2026-01", "20260110"])
def test_name_with_a_day_in_it_is_no_day(text: str) -> None:
    assert find_day(text) is None


@pytest.mark.parametrize(
    ("text", "when", "written"),
    [
        *[("2026-01", (2026, 1, 0), "2026-02"), ("2026년 1월", (2026, 1, 0), "2026년 2월")],
        *[("January 2026", (2026, 1, 0), "February 2026"), ("Q4 2025", (2025, 10, 0), "Q1 2026")],
        *[("2025 Q4", (2025, 10, 0), "2026 Q1"), ("2026", (2026, 0, 0), "2026"), ("2026년", (2026, 0, 0), "2026년")],
    ],
)
def test_month_quarter_and_year_are_written_as_they_were_read(
    text: str, when: tuple[int, int, int], written: str
) -> None:
    found = find_span(text)
    assert found is not None
    assert (found.when, found.write(date(2026, 2, 3))) == (when, written)
