from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from git_hotfix.hotfix import HotfixId, Slug
from git_hotfix.record.changelog import Entry, add_entry, entry_text, markup_of, remove_entry
from git_hotfix.record.headings import is_unreleased, is_version, kind_of
from git_hotfix.record.manual_entry import inserted_text, readd_text
from git_hotfix.record.markdown import names_hotfix
from git_hotfix.record.markdown_reader import read_document
from git_hotfix.record.splice import AlreadyThere, Inserted, LeftAlone, NotUnderstood
from tests.record.examples import ENTRY, HOTFIX, SECURITY
from tests.record.test_corpus import is_one_insertion

TEXT = entry_text(ENTRY)


def test_entry_ends_with_the_id_and_leads_with_the_cve() -> None:
    bare = Entry(hotfix=HOTFIX, description="Fix\nauth  bypass")
    assert entry_text(bare) == "Fix auth bypass (`20260117-fix-auth-bypass`)"
    assert entry_text(SECURITY) == (
        "CVE-2026-1234: Fix auth bypass (`hotfix-20260117-0310`, "
        "[20260117-fix-auth-bypass](docs/incidents/HOTFIX-2026-01-17-fix-auth-bypass.md))"
    )
    led = replace(bare, description="CVE-2026-1 in login", cve="CVE-2026-1", issue="https://x.example/1")
    assert entry_text(led) == "CVE-2026-1 in login (<https://x.example/1>, `20260117-fix-auth-bypass`)"


def test_path_of_the_report_with_spaces_and_parentheses_is_one_link() -> None:
    odd = replace(ENTRY, report_path="docs/our incidents (new)/HOTFIX-2026-01-17-fix-auth-bypass.md")
    made = add_entry(b"## Unreleased\n\n### Fixed\n\n- a\n", odd)
    assert isinstance(made, Inserted)
    assert b"](docs/our%20incidents%20%28new%29/HOTFIX" in made.content


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hotfix/20260117-fix-auth-bypass", True),
        ("[x](docs/HOTFIX-2026-01-17-fix-auth-bypass.md)", True),
        ("20260117-fix-auth-bypass.", True),
        ("20260117-fix-auth-bypass-2", False),
        ("20260117-fix-auth-bypass/1", False),
        ("120260117-fix-auth-bypass", False),
        ("HOTFIX-2026-01-17-fix-auth-bypass-again.md", False),
    ],
)
def test_hotfix_is_named_by_its_whole_id_only(text: str, expected: bool) -> None:  # noqa: FBT001  # a table
    assert names_hotfix(text, HOTFIX) is expected


def test_korean_id_is_found_in_either_unicode_form() -> None:
    korean = HotfixId("20260117", Slug("로그인-수정"))
    decomposed = "20260117-\u1105\u1169\u1100\u1173\u110b\u1175\u11ab-\u1109\u116e\u110c\u1165\u11bc"
    assert names_hotfix(f"- {decomposed}", korean)
    assert not names_hotfix("20260117-로그인-수정본", korean)


def test_entry_is_written_as_the_file_is() -> None:
    odd = replace(ENTRY, description=r"Fix \`a\` in *x*", issue="https://x.example/1")
    told = {form: entry_text(replace(odd, markup=form)) for form in ("rst", "txt")}
    assert told == {
        "rst": r"Fix \`a\` in \*x\* (https://x.example/1, ``hotfix-20260117-0310``, ``20260117-fix-auth-bypass``)",
        "txt": "Fix `a` in *x* (https://x.example/1, hotfix-20260117-0310, 20260117-fix-auth-bypass)",
    }
    ends = {"a/CHANGES.RST": "rst", "News.Markdown": "md", "HISTORY": "txt", "x.md/CHANGES": "txt", "NEWS.adoc": "adoc"}
    assert {path: markup_of(path) for path in ends} == ends


def test_entry_that_a_person_wrote_where_nothing_is_understood_is_there() -> None:
    content = b"\xff\xfe\n```\n- by hand, 20260117-fix-auth-bypass\n"
    assert add_entry(content, ENTRY) == AlreadyThere(3)
    assert isinstance(add_entry(content.replace(b"bypass", b"bypass-2"), ENTRY), NotUnderstood)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Changelog\n\nSee the [releases](https://example.com/releases) on our site.\n", True),
        ("Changelog has moved to docs/changelog.rst\n", True),
        ("# Changes\n\n* See [2.x](docs/2.x.md)\n* [1.x](docs/1.x.md)\n", True),
        ("See `the release notes <notes.html>`_.\n", True),
        ("# Changelog\n\nWhat you find here is written by hand.\n", False),
        ("# Changelog\n\n- Fixed, see https://example.com/1\n- Fixed again\n", False),
        ("# Changelog\n\n## 1.0.0\n\nSee https://example.com/releases.\n", False),
    ],
)
def test_file_that_only_points_elsewhere_is_told_from_one_with_changes(text: str, expected: bool) -> None:  # noqa: FBT001  # a table
    assert isinstance(add_entry(text.encode(), ENTRY), LeftAlone) is expected


def test_missing_file_becomes_a_new_changelog() -> None:
    made = add_entry(None, ENTRY)
    assert made == Inserted(
        (
            "# Changelog\n\nAll notable changes to this project will be documented in this file.\n\n"
            "The format is based on [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).\n\n"
            f"## [Unreleased]\n\n### Fixed\n\n- {TEXT}\n"
        ).encode(),
        11,
    )
    assert add_entry(made.content, ENTRY) == AlreadyThere(11)


def test_description_that_would_break_the_list_is_refused() -> None:
    for description in ("# not a heading", "- not an item", "~~~"):
        odd = replace(ENTRY, description=description)
        made = add_entry(b"## Unreleased\n\n### Fixed\n\n- a\n\n### Removed\n\n- b\n", odd)
        assert isinstance(made, NotUnderstood), description


def test_bold_line_in_the_part_of_another_kind_is_no_heading_of_a_kind() -> None:
    content = b"## [Unreleased]\n\n### Added\n\n**Fixed**\n"
    assert add_entry(content, ENTRY) == Inserted(content + f"\n### Fixed\n\n- {TEXT}\n".encode(), 9)
    above = b"## [Unreleased]\n\n### Added\n\n**Security**\n\n- a\n\n### Security\n\n- b\n"
    made = above.replace(b"### Security", f"### Fixed\n\n- {TEXT}\n\n### Security".encode())
    assert add_entry(above, ENTRY) == Inserted(made, 11)


@pytest.mark.parametrize("heading", ["Changes", "Internal"])
def test_bold_line_in_a_part_for_all_kinds_is_the_heading_of_a_kind(heading: str) -> None:
    content = f"## [Unreleased]\n\n### {heading}\n\n**Added**\n\n- a\n\n**Fixed**\n\n- b\n".encode()
    assert add_entry(content, ENTRY) == Inserted(content + f"- {TEXT}\n".encode(), 12)


# An entry that is taken out again.


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_heading_that_came_with_the_entry_goes_with_it(end: str) -> None:
    text = "# C\n\n## [Unreleased]\n\n### Added\n\n- a\n\n{}## [1.0.0]\n\n- b\n".replace("\n", end)
    ours = f"### Fixed{end}{end}- {TEXT}{end}{end}"
    assert remove_entry(text.format(ours).encode(), ENTRY) == text.format("").encode()


def test_last_entry_of_a_file_without_final_newline_is_taken_out() -> None:
    text = b"## [Unreleased]\n\n### Fixed\n\n- a"
    assert remove_entry(text + f"\n\n- {TEXT}".encode(), ENTRY) == text


@pytest.mark.parametrize("text", [f"{TEXT} and more", f"{TEXT}\n  - and more", "another"])
def test_entry_that_a_person_wrote_or_changed_stays(text: str) -> None:
    assert remove_entry(f"## [Unreleased]\n\n### Fixed\n\n- {text}\n".encode(), ENTRY) is None


def test_entry_that_is_released_stays() -> None:
    assert remove_entry(f"## [Unreleased]\n\n## [1.1.0]\n\n### Fixed\n\n- {TEXT}\n".encode(), ENTRY) is None


# What a fix wrote by hand.


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (b"a\nb\n", b"a\nx\nb\n", b"x\n"),
        (b"a", b"a\nx", b"x"),
        (b"a", b"a\nx\n", b"x\n"),
        (b"a\n", b"a\nx", b"x"),
        (b"", b"x\n", b"x\n"),
        (b"### Fixed\n\n- a\n\n## 1", b"### Fixed\n\n- n\n\n- a\n\n## 1", b"- n\n\n"),
        (b"## U\n\n## 1\n", b"## U\n\n### Fixed\n\n- n\n\n## 1\n", b"### Fixed\n\n- n\n\n"),
        (b"- a\n", b"- a\n\n- b\n", b"\n- b\n"),
        (b"a\r\nb\r\n", b"a\r\nx\r\nb\r\n", b"x\r\n"),
        (b"a\nb\n", b"a\nB\nx\n", None),
        (b"a\nb\n", b"a\r\nx\r\nb\r\n", None),
        (b"a\n", b"a\n", None),
        (b"a\nb\n", b"b\n", None),
        (b"a\nb\nc\n", b"a\nx\nb\nx\nc\n", None),
    ],
)
def test_inserted_lines_are_told(before: bytes, after: bytes, text: bytes | None) -> None:
    assert inserted_text(before, after) == text


OTHER = b"# C\r\n\r\n## [Unreleased]\r\n\r\n### Fixed\r\n\r\n* a\r\n\r\n## [1.0.0]\r\n"


def test_text_by_hand_goes_below_its_own_headings() -> None:
    text = b"### Security\n\n* Keys\n  are longer.\n\n### Fixed\n\n* Blink\n"
    made = readd_text(OTHER, text, "Fixed")
    assert made == Inserted(
        OTHER.replace(b"* a\r\n", b"* a\r\n* Blink\r\n\r\n### Security\r\n\r\n* Keys\r\n  are longer.\r\n"),
        8,
    )
    assert readd_text(made.content, text, "Fixed") == AlreadyThere(8)


def test_kind_by_hand_that_is_missing_is_named_in_the_language_of_the_file() -> None:
    content = "## 미출시\n\n### 수정\n\n- a\n\n## 1.0.0\n".encode()
    made = readd_text(content, b"### Added\n\n- b\n", "Fixed")
    assert made == Inserted(content.replace("### 수정".encode(), "### 추가\n\n- b\n\n### 수정".encode()), 5)


def test_paragraph_by_hand_is_set_apart() -> None:
    made = readd_text(OTHER, b"Blink is *gone*.", "Fixed")
    assert made == Inserted(OTHER.replace(b"* a\r\n", b"* a\r\n\r\nBlink is *gone*.\r\n"), 9)


def test_text_by_hand_that_was_released_meanwhile_is_told() -> None:
    released = OTHER.replace(b"## [1.0.0]\r\n", b"## [1.0.0]\r\n\r\n- Blink\r\n")
    assert readd_text(released, b"- Blink\n", "Fixed") == AlreadyThere(11, is_released=True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"## [1.0.1]\n\n- x\n", "What was written by hand brings the heading of a version, '[1.0.1]'."),
        (b"## Zebra\n\n- x\n", "What was written by hand brings a heading that is no kind of change, 'Zebra'."),
        (b"| a | b |\n", "What was written by hand is a row of a table, and the file has a list there."),
        (b"\n\n", "What was written by hand has no words."),
    ],
)
def test_text_by_hand_that_fits_nowhere_is_refused(text: bytes, reason: str) -> None:
    assert readd_text(OTHER, text, "Fixed") == NotUnderstood(reason, text.decode().strip())


@pytest.mark.parametrize(
    "text",
    [
        b"## 2026-01-17\n\n- Blink\n",
        b"## [1.0.1] - 2026-01-17\n\n### Fixed\n\n- Blink\n",
        b"### Emergencies\n\n- Blink\n",
    ],
)
def test_text_by_hand_that_is_there_is_there_whatever_its_headings(text: bytes) -> None:
    content = OTHER.replace(b"## [1.0.0]", text.replace(b"\n", b"\r\n") + b"\r\n## [1.0.0]")
    assert isinstance(readd_text(OTHER, text, "Fixed"), NotUnderstood)
    there = readd_text(content, text, "Fixed")
    assert (there, content.split(b"\r\n")[8]) == (
        AlreadyThere(9),
        text.partition(b"\n")[0],
    )


def test_row_by_hand_goes_into_the_table() -> None:
    content = b"## Unreleased\n\n| Change | Who |\n|---|---|\n| a | kim |\n\n## 1.0.0\n"
    made = readd_text(content, b"| Blink | park |\n", "Fixed")
    assert made == Inserted(content.replace(b"| a | kim |\n", b"| a | kim |\n| Blink | park |\n"), 6)


# Any file made of the parts that changelogs are made of.

HEADINGS = (
    *("# Changelog", "## [Unreleased]", "## Unreleased", "### Fixed", "### Added", "### 🐛 Fixes", "## 수정", "#"),
    *(
        "## [1.2.0] - 2026-01-03",
        "## [1.1.0] - 2026-01-02",
        "## 1.0.0",
        "1.0.0",
        "=====",
        "-----",
        "**Fixed**",
        "Fixed:",
    ),
)
ENTRIES = (
    *("- a", "* b", "+ c", "1. d", "  - nested", "  continued", "    code", "- [x] done", "\t- tab", "-", "words"),
    *("| a | b |", "|---|---|", "> quoted", "[1.0.0]: https://example.org", "\u2028", "\x0c", "", "", "", ""),
)
HIDING = ("```", "~~~", "<!--", "-->", "<details>", "</details>", "---", "<a name='x'></a>")
PARTS = st.lists(st.sampled_from(HEADINGS + ENTRIES + HIDING), max_size=25)
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])


@given(PARTS, LINE_ENDS, st.sampled_from(["", "\n"]), st.sampled_from([b"", b"\xef\xbb\xbf"]))
@example(["## [Unreleased]", "### Added", "**Fixed**"], "\n", "", b"")
def test_any_file_gets_the_entry_once_and_where_it_belongs_or_is_refused(
    parts: list[str], end: str, last: str, mark: bytes
) -> None:
    content = mark + (end.join(parts) + last).encode()
    made = add_entry(content, ENTRY)
    if isinstance(made, NotUnderstood):
        return
    assert isinstance(made, Inserted)
    assert is_one_insertion(content, made.content)
    there = add_entry(made.content, ENTRY)
    assert isinstance(there, AlreadyThere)
    assert (there.line, there.is_released) == (made.line, False)
    above = [
        block for block in read_document(made.content).blocks if block.kind == "heading" and block.start < made.line - 1
    ]
    assert any(is_unreleased(block.text) for block in above)
    assert not is_version(above[-1].text)
    assert kind_of(above[-1].text) in ("Fixed", None)


@given(PARTS, st.integers(0, 25))
@example(["### Fixed", "[1.0.0]: https://example.org"], 2)
@example(["**Fixed**", "====="], 2)
def test_taking_out_never_touches_what_people_wrote(parts: list[str], at: int) -> None:
    content = "\n".join([*parts[:at], f"- {TEXT}", *parts[at:]]).encode()
    after = remove_entry(content, ENTRY)
    if after is None:
        return
    assert remove_entry(after, ENTRY) is None
    lost, left = ({line.strip() for line in each.decode().split("\n")} for each in (content, after))
    lost -= left  # a line of nothing but a line separator (U+2028) goes with the item that it continues
    assert all(not line.strip("=-") or TEXT in line or kind_of(line.strip("#* ")) for line in lost), lost
