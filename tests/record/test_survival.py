"""What people write into a report survives every later command, byte for byte; nonsense is named with its mend."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_hotfix.errors import HotfixError
from git_hotfix.record.frontmatter import set_values
from git_hotfix.record.incident import KEYS
from git_hotfix.record.report import read_report, render_new
from git_hotfix.record.resolution import resolve_report
from git_hotfix.record.timeline import Row, add_rows
from tests.record.reports import EN, KO, NAME, NEW, RESOLVED, at, body_line, lines_of

if TYPE_CHECKING:
    from git_hotfix.record.words import Words

Edit = tuple[int, list[str]]
Command = Callable[[bytes], bytes]

COMMANDS: tuple[Command, ...] = (
    lambda content: resolve_report(content, NAME, RESOLVED, EN),
    lambda content: resolve_report(content, NAME, RESOLVED, KO),
    lambda content: add_rows(content, (Row(at(2, 35), "Restarted | the workers", "Kim"),), KO),
    lambda content: set_values(content, {"mitigated_at": at(2, 36), "team": "login"}, NAME),
)
"""What ``finish``, ``close``, ``note`` and ``note --mitigated`` do to a report."""

SENTINEL = re.compile(rb" {0,3}<!--[ \t]*(/?)git-hotfix:[a-z-]+[ \t]*-->[ \t\r\n]*")
LINES = st.sampled_from(
    [
        *["I saw it.", "", "## Timeline", "## 조치 내용", "| a | b |", "trailing  ", "긴급\u2028수정", "\x0c", "\x85"],
        *["```", "~~~~", "<!-- a remark -->", "<!-- never ended", "-->", "---", "\ufeff", "\r", "tab\tbed", "> x"],
        *["<!-- git-hotfix:unknown -->", "    <!-- git-hotfix:timeline -->", "- Deployed: never"],
    ]
)
EDIT = st.tuples(st.integers(0, 10_000), st.lists(LINES, min_size=1, max_size=3))
SOME_COMMANDS = st.lists(st.sampled_from(COMMANDS), min_size=1, max_size=4)
FORMS = st.tuples(st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())


def outside(content: bytes) -> list[bytes]:
    """Return the lines below the front matter that stand between no two sentinels, in a way of its own."""
    lines = lines_of(content)
    kept: list[bytes] = []
    inside = False
    for line in lines[body_line(lines) :]:
        match = SENTINEL.fullmatch(line)
        inside = inside and match is None
        if not inside:
            kept.append(line)
        inside = inside or (match is not None and not match[1] and b"unknown" not in line)
    return kept


def edited(content: bytes, edits: list[Edit]) -> bytes:
    """Let people insert lines anywhere below the front matter but between two sentinels."""
    for place, text in edits:
        lines = lines_of(content)
        first = body_line(lines)
        free = [at for at in range(first, len(lines) + 1) if _is_free(lines, first, at)]
        at_line = free[place % len(free)]
        lines[at_line:at_line] = [f"{line}\n".encode() for line in text]
        content = b"".join(lines)
    return content


def _is_free(lines: list[bytes], first: int, place: int) -> bool:
    above = [match for line in lines[first:place] if (match := SENTINEL.fullmatch(line)) and b"unknown" not in line]
    return not above or bool(above[-1][1])


def is_within(some: list[bytes], lines: list[bytes]) -> bool:
    """Return whether lines are all there, in their order, whatever is between them."""
    left = iter(lines)
    return all(line in left for line in some)


@given(st.lists(EDIT, max_size=4), SOME_COMMANDS, st.sampled_from([EN, KO]), FORMS)
def test_edits_of_people_survive_every_command(
    edits: list[Edit], commands: list[Command], words: Words, form: tuple[str, bool, bool]
) -> None:
    end, has_mark, ends_open = form
    content = edited(render_new(NEW, words).content, edits).replace(b"\n", end.encode())
    content = (b"\xef\xbb\xbf" if has_mark else b"") + content
    if ends_open:
        content = content.removesuffix(b"\n").removesuffix(b"\r")
    before = outside(content)
    for command in commands:
        after = command(content)
        assert command(after) == after
        content = after

    now = outside(content)
    assert content.startswith(b"\xef\xbb\xbf") == has_mark
    assert now == before or is_within([line.rstrip(b"\r\n") for line in before], [line.rstrip(b"\r\n") for line in now])
    # what is not the people's is a section that the report had lost, with the line ends of the file
    added = len(now) - len(before)
    assert added == 0 or b"".join(now).count(b"git-hotfix:") > b"".join(before).count(b"git-hotfix:")


NONSENSE = ("", "no", "{}", '{"a": 1}', "[[1]]", "NaN", '"\\ud800', "1e999", "-1", "true, false")


@pytest.mark.parametrize("key", KEYS)
def test_nonsense_names_file_line_and_key_and_its_mend_mends(key: str) -> None:
    content = render_new(NEW, EN).content.decode()
    if f"\n{key}: " not in content:
        content = content.replace("\n---\n", f"\n{key}: {KEYS[key].example}\n---\n", 1)
    (good,) = re.findall(f"(?m)^{key}: .*$", content)
    line = content.split("\n").index(good) + 1
    for value in NONSENSE:
        bad = f"{key}: {value}"
        with pytest.raises(HotfixError) as raised:
            read_report(content.replace(good, bad, 1).encode(), NAME)
        (problem,) = raised.value.problems
        assert problem.message.startswith(f"'{NAME}' line {line}: ")
        assert f"'{key}'" in problem.message
        assert problem.remedy.line() == f"$(git var GIT_EDITOR) {NAME}"
        mend = problem.message.rpartition("; it should be ")[2].removesuffix(".")
        read_report(content.replace(good, mend, 1).encode(), NAME)


@pytest.mark.parametrize("key", [key for key, rule in KEYS.items() if rule.is_required])
def test_missing_key_is_named_with_the_line_to_add(key: str) -> None:
    content = re.sub(rb"(?m)^%b: .*\n" % key.encode(), b"", render_new(NEW, EN).content)
    with pytest.raises(HotfixError) as raised:
        read_report(content, NAME)
    (problem,) = raised.value.problems
    assert f"the key '{key}' is missing" in problem.message
    mend = problem.message.rpartition("; it should be ")[2].removesuffix(".")
    read_report(content.replace(b"\n---\n", f"\n{mend}\n---\n".encode(), 1), NAME)


def test_own_template_without_sections_gets_the_blocks_in_its_language() -> None:
    own = ("docs/t.md", "# {{ title }}\n\n## 1. 영향 범위\n\n## 2. 장애 타임라인\n\n## 3. Resolution\n")
    rendered = render_new(NEW, KO, own)
    assert rendered.warnings == ()
    resolved = resolve_report(rendered.content, NAME, RESOLVED, KO)
    headings = [line.decode() for line in resolved.split(b"\n") if line.startswith(b"## ")]
    made = ["## 긴급도 판단", "## 검증", "## 재발 방지 및 후속 조치"]
    assert headings == ["## 1. 영향 범위", "## 2. 장애 타임라인", "## 3. Resolution", *made]
    assert resolve_report(resolved, NAME, RESOLVED, KO) == resolved
