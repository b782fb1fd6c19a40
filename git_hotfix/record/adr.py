"""Decision records (ADR): where a repository keeps them, in which form, and under which number the next one goes."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from git_hotfix.hotfix import slugify
from git_hotfix.record.markdown import inline
from git_hotfix.record.retrospective import QUESTIONS
from git_hotfix.record.words import every_language, words_in
from git_hotfix.templates import render_bundled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from git_hotfix.record.words import Language

    Read = Callable[[str], bytes | None]
    Names = Callable[[str], tuple[str, ...]]

FOLDERS = (
    *("doc/adr", "docs/adr", "docs/adrs", "docs/decisions", "docs/architecture/decisions", "docs/architecture/adr"),
    *("doc/architecture/decisions", "architecture/decisions", "adr"),
)
"""Where decision records are looked for: the defaults of adr-tools, MADR, log4brains, and what teams use."""

NEW_FOLDER = "docs/adr"
"""Where the first one goes: beside the incident reports."""

_FILE = r"(?i)(?P<prefix>(?:adr[-_])?)(?P<number>\d+)(?P<joint>[-_.])(?P<slug>[^/]+)\.md"
_NUMBERED_TITLE = r"(?mi)^# +(?:ADR[- ]?)?\d+[.:]? "

Form = Literal["nygard", "madr"]
"""Nygard's is what adr-tools writes; MADR: adr.github.io/madr."""


class Style(NamedTuple):
    """How a repository writes decision records; ``numbers_titles``: whether titles begin with the number."""

    folder: str
    form: Form
    prefix: str
    digits: int
    joint: str
    numbers_titles: bool


class Place(NamedTuple):
    """The file of one record, and its number: None where the files are named by their day."""

    path: str
    number: int | None


def find_style(read: Read, names: Names) -> Style:
    """Return the style of a repository's own records: the newest file shows it.

    ``.adr-dir`` names the folder (adr-tools), else it is the first of ``FOLDERS`` that has records. Without any, the
    style is that of adr-tools, in ``docs/adr``.
    """
    named = posixpath.normpath((read(".adr-dir") or b"").decode("utf-8", "replace").strip() or "/")
    with_records = (each for each in FOLDERS if _records(names(each)))
    with_files = (each for each in FOLDERS if names(each))
    folder = None if named.startswith(("/", "..")) else named
    return _style_in(folder or next(with_records, None) or next(with_files, NEW_FOLDER), read, names)


def next_place(style: Style, title: str, names: Names, *, day: date) -> Place:
    """Return the file of a new record: the number after the highest one, as wide and joined as the others are."""
    slug = slugify(title).replace("-", "_" if style.joint == "_" else "-")
    if style.digits == 8:  # log4brains names its files by their day
        return Place(f"{style.folder}/{style.prefix}{day:%Y%m%d}{style.joint}{slug}.md", None)
    numbers = [int(match["number"]) for match in _records(names(style.folder))]
    number = max(numbers, default=0) + 1
    return Place(f"{style.folder}/{style.prefix}{number:0{style.digits}d}{style.joint}{slug}.md", number)


def write_record(
    style: Style, place: Place, title: str, answers: Mapping[str, str], language: Language, **facts: str
) -> str:
    """Write a decision record from the answers of a post-mortem (Markdown).

    ``facts`` are ``day`` (2026-01-17), ``incident`` (its id) and ``report``, the way to the report from the record.
    """
    words = words_in(language).postmortem
    asked = [name for name in QUESTIONS if name != "prevent" and answers.get(name)]
    values = {
        "number": place.number if style.numbers_titles else None,
        "title": inline(title),
        "context": [(words.questions[name], answers[name]) for name in asked],
        "decision": answers.get("prevent") or words.no_decision,
        **facts,
    }
    return render_bundled(f"{language}/adr_{style.form}.md.j2", values).rstrip("\n") + "\n"


def renumbered(text: str, old: int | None, new: int | None) -> str:
    """Return a record with another number in its title, where it has the old one there."""
    if old is None or new is None or old == new:
        return text
    return re.sub(rf"^(# +(?:ADR[- ]?)?)0*{old}(?=[.:]? )", rf"\g<1>{new}", text, count=1, flags=re.MULTILINE)


def _style_in(folder: str, read: Read, names: Names) -> Style:
    there = names(folder)
    records = _records(there)
    newest = max(records, key=lambda match: int(match["number"]), default=None)
    templates = [name for name in there if re.fullmatch(r"(?:adr[-_])?template[^/]*\.md", name, re.IGNORECASE)]
    shown = newest[0] if newest else next(iter(templates), None)
    text = (read(f"{folder}/{shown}") or b"").decode("utf-8", "replace") if shown else ""
    madr_headings = "|".join(re.escape(words.postmortem.madr_context) for words in every_language())
    is_madr = re.search(rf"^#+ +(?:{madr_headings})\b", text, re.MULTILINE) is not None
    if newest is None:
        is_madr = is_madr or (not text and folder.endswith("docs/decisions"))
        return Style(folder, "madr" if is_madr else "nygard", "", 4, "-", numbers_titles=not is_madr)
    numbers_titles = bool(re.search(_NUMBERED_TITLE, text))
    form: Form = "madr" if is_madr else "nygard"
    return Style(folder, form, newest["prefix"], len(newest["number"]), newest["joint"], numbers_titles)


def _records(names: tuple[str, ...]) -> list[re.Match[str]]:
    return [match for name in names if (match := re.fullmatch(_FILE, name))]
