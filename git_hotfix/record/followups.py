"""The follow-ups of a hotfix: later work in a table of its report, each with an id.

The table is the only place where they are kept. Rows that people typed or edited stay as they are; a row without
an id gets the next one when the table is written again.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.record.blocks import read_block, replace_block
from git_hotfix.record.frontmatter import read_front_matter
from git_hotfix.record.language import language_of
from git_hotfix.record.markdown import inline

if TYPE_CHECKING:
    from git_hotfix.record.words import Language

BLOCK = "followups"

_RULE = "| --- | --- | --- | --- | --- | --- |"
_DELIMITER = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)+\|?")
_CELL_END = re.compile(r"(?<!\\)\|")
_NUMBERED = re.compile(r"(\S+)/([1-9]\d{0,5})")
_DUE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:; (.+)|\Z)")
_COLUMNS = 6


class Words(NamedTuple):
    """The fixed words of the table in one language."""

    head: str
    is_open: str
    is_done: str


WORDS: dict[Language, Words] = {
    "en": Words("| id | what | kind | owner | due or trigger | state |", "open", "done"),
    "ko": Words("| ID | 할 일 | 유형 | 담당자 | 기한 또는 착수 조건 | 상태 |", "미완료", "완료"),
}

DONE_WORDS = frozenset({words.is_done for words in WORDS.values()} | {"closed", "x", "[x]", "✓", "✔", "✅", "☑"})
"""What a state may say, without regard to case, for "it is done": people write their own."""


class Kind(StrEnum):
    """What kind of work it is."""

    RFC = "rfc"
    SPEC = "spec"
    REGRESSION_TEST = "regression-test"
    REFACTORING = "refactoring"
    PROCESS = "process"


class Section(StrEnum):
    """Where the backlog keeps it: deferred work needs a trigger or a due date, technical debt does not."""

    DEFERRED = "deferred"
    TECH_DEBT = "tech-debt"


class FollowUp(NamedTuple):
    """Work that a hotfix left for later.

    ``id`` is ``<hotfix id>/<number>``. ``text``, ``owner`` and ``trigger`` are Markdown on one line, safe in a table
    cell and in a list item. ``kind`` is one of ``Kind``, or what a person typed there.
    """

    id: str
    text: str
    kind: str
    owner: str | None = None
    due: date | None = None
    trigger: str | None = None
    is_done: bool = False

    @property
    def section(self) -> Section:
        """Where the backlog keeps it."""
        return section_of(self.kind)

    @property
    def when(self) -> str:
        """Return due date and trigger as the table has them: ``2026-02-01; the next release``."""
        return "; ".join(part for part in (self.due.isoformat() if self.due else None, self.trigger) if part)


def section_of(kind: str) -> Section:
    """Return where the backlog keeps a kind: refactoring is technical debt, all else is deferred."""
    return Section.TECH_DEBT if kind == Kind.REFACTORING else Section.DEFERRED


class _Row(NamedTuple):
    """A line of the table as it stands; ``said`` is None where it is not understood as a follow-up."""

    text: str
    said: FollowUp | None


def follow_ups_of(content: bytes, name: str = "the report") -> tuple[FollowUp, ...]:
    """Return the follow-ups of a report in the order of its table.

    A report without the table has none. A row without an id has the one that it gets when the table is written. A
    report whose front matter cannot be read is wrong input.
    """
    return tuple(row.said for row in _rows(content, name)[1] if row.said is not None)


def next_number(follow_ups: tuple[FollowUp, ...]) -> int:
    """Return the first number above those that are taken: one that was deleted is not given again beside later ones."""
    return max((int(each.id.rpartition("/")[2]) for each in follow_ups), default=0) + 1


def add_follow_up(content: bytes, new: FollowUp, name: str = "the report") -> bytes:
    """Add a follow-up with plain texts to the table; what is there already, in these words, is not added again.

    Where somebody else took its number meanwhile it gets the next one.
    """
    new = new._replace(
        text=inline(new.text),
        owner=inline(new.owner) if new.owner else None,
        trigger=inline(new.trigger) if new.trigger else None,
    )
    head, rows = _rows(content, name)
    there = tuple(row.said for row in rows if row.said is not None)
    if any((each.text, each.kind) == (new.text, new.kind) for each in there):
        return content
    if any(each.id == new.id for each in there):
        new = new._replace(id=f"{new.id.rpartition('/')[0]}/{next_number(there)}")
    return _written(content, head, [*rows, _Row(_line(new, _words(content, head)), new)])


def finish_follow_up(content: bytes, follow_up_id: str, text: str, name: str = "the report") -> bytes:
    """Set the state of a follow-up to done; every other row stays.

    ``text`` (Markdown) is what it said when the person decided: of several that could be meant, the one that says so.
    """
    head, rows = _rows(content, name)
    told = [row for row in rows if row.said is not None]
    found = next((row for row in told if row.said and (row.said.id, row.said.text) == (follow_up_id, text)), None)
    found = found or next((row for row in told if row.said and row.said.text == text), None)
    found = found or next((row for row in told if row.said and row.said.id == follow_up_id), None)
    if found is None or found.said is None or found.said.is_done:
        return content
    cells = _cells(found.text)
    cells += [""] * (_COLUMNS - len(cells))
    cells[_COLUMNS - 1] = _words(content, head).is_done
    done = _Row("| " + " | ".join(cells) + " |", found.said._replace(is_done=True))
    return _written(content, head, [done if row is found else row for row in rows])


def empty_table(language: Language) -> str:
    """Return the table of a new report."""
    return f"{WORDS[language].head}\n{_RULE}"


def _words(content: bytes, head: list[str]) -> Words:
    """Return the words of the language in which the table was begun, else of the report's."""
    begun = next((words for words in WORDS.values() if head and head[0] == words.head), None)
    return begun or WORDS[language_of(content)]


def _written(content: bytes, head: list[str], rows: list[_Row]) -> bytes:
    head = head or empty_table(language_of(content)).split("\n")
    return replace_block(content, BLOCK, "\n".join([*head, *(row.text for row in rows)]))


def _line(said: FollowUp, words: Words) -> str:
    state = words.is_done if said.is_done else words.is_open
    return "| " + " | ".join((said.id, said.text, said.kind, said.owner or "", said.when, state)) + " |"


def _rows(content: bytes, name: str) -> tuple[list[str], list[_Row]]:
    """Read the table: its two lines of head, if it has them, and its rows."""
    inside = read_block(content, BLOCK)
    if inside is None:
        return [], []
    lines = [line.strip(" \t\r") for line in inside.decode("utf-8", "surrogateescape").split("\n")]
    lines = [line for line in lines if line]
    ruled = next((index for index, line in enumerate(lines) if _DELIMITER.fullmatch(line)), None)
    head: list[str] = []
    if ruled is not None and ruled > 0:
        head = lines[ruled - 1 : ruled + 1]
        del lines[ruled - 1 : ruled + 1]
    if not lines:
        return head, []
    hotfix = str(read_front_matter(content, name).values["id"])
    lines = [line if line.startswith("|") else f"| | {inline(line)} | | | | |" for line in lines]
    taken = [int(match[2]) for line in lines if (match := _NUMBERED.fullmatch(_cells(line)[0]))]
    rows = []
    for line in lines:
        rows.append(_one(line, f"{hotfix}/{max(taken, default=0) + 1}"))
        if _cells(line)[0] == "" and rows[-1].said is not None:
            taken.append(max(taken, default=0) + 1)
    return head, rows


def _one(line: str, free: str) -> _Row:
    """Read one row; ``free`` is the id that one without an id gets."""
    cells = _cells(line)
    cells += [""] * (_COLUMNS - len(cells))
    follow_up_id, text, kind, owner, when, state = cells[:_COLUMNS]
    if not text or (follow_up_id and not _NUMBERED.fullmatch(follow_up_id)):
        return _Row(line, None)
    if not follow_up_id:
        line = "| " + " | ".join([free, *cells[1:]]) + " |"
    match = _DUE.match(when)
    due = _date(match[1]) if match else None
    trigger = (match[2] if match else None) if due else when
    is_done = state.casefold() in DONE_WORDS
    return _Row(line, FollowUp(follow_up_id or free, text, kind, owner or None, due, trigger or None, is_done))


def _cells(line: str) -> list[str]:
    cells = [cell.strip(" \t") for cell in _CELL_END.split(line)][1:]
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
