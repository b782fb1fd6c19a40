"""A new incident report, and what an existing one says."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict

from git_hotfix.errors import command, wrong_input
from git_hotfix.record.blocks import head_of, replace_block, row_of
from git_hotfix.record.followups import BLOCK as FOLLOW_UPS
from git_hotfix.record.frontmatter import is_unset, json_value, read_entry, read_front_matter, read_json
from git_hotfix.record.incident import KEYS, SCHEMA, DataAtRisk, Report
from git_hotfix.record.markdown import inline
from git_hotfix.record.markdown_reader import Document
from git_hotfix.record.timeline import Row, add_rows, row_in
from git_hotfix.templates import TemplateBroken, readable_time, render_bundled, render_own

if TYPE_CHECKING:
    from git_hotfix.record.words import Words

BUNDLED = "{language}/incident_report.md.j2"
"""The bundled template of a language, below ``share/templates``."""

TYPED_TO = timedelta(minutes=1)
"""People type ``14:05`` for 14:05:40: less than this is no contradiction."""

_ORDER = (
    ("started_at", ("detected_at", "declared_at", "mitigated_at", "resolved_at")),
    ("detected_at", ("declared_at", "resolved_at")),
    ("declared_at", ("resolved_at",)),
    ("mitigated_at", ("resolved_at",)),
)
"""What comes before what. Users may be helped (``mitigated_at``) before anybody declares or even notices it."""


class RenderedReport(Struct, frozen=True):
    """The file, and sentences for the person where the repository's own template could not be followed."""

    content: bytes
    warnings: tuple[str, ...] = ()


def render_new(report: Report, words: Words, own_template: tuple[str, str] | None = None) -> RenderedReport:
    """Write a new report with the repository's own template (its name and source) or the bundled one.

    The template renders what stands below the front matter and gets the fields of ``Report`` by name,
    texts already escaped for Markdown, and ``day`` (2026-01-17). It may begin with front matter of its own:
    keys that we do not know are kept, those we know are ours. A block that it has no place for is put below
    the heading of that name, or at the end. A broken one is a warning, and the bundled one is used.
    Noticed before it began is wrong input.
    """
    if report.started_at and report.detected_at and report.detected_at < report.started_at:
        raise wrong_input(
            "times-crossed",
            f"The problem was noticed ({report.detected_at}) before it began ({report.started_at}).",
            command("git", "hotfix", "start", "TITLE", "--since", "WHEN", "--detected", "LATER"),
        )
    warnings: list[str] = []
    body = None
    if own_template is not None:
        name, source = own_template
        try:
            body = render_own(source.removeprefix("\ufeff"), name, _values(report), words.answers)
        except TemplateBroken as broken:
            place = f"'{name}'" if broken.line is None else f"'{name}' (line {broken.line})"
            warnings.append(f"The template {place} is broken: {broken.reason}. The report has the bundled form.")
    if body is None:
        body = render_bundled(BUNDLED.format(language=words.language), _values(report), words.answers)
    extra, text = _own_front_matter(body, warnings)
    known = {"schema": SCHEMA, **asdict(report), "id": str(report.id)}
    lines = (f"{key}: {json_value(known[key])}" for key in KEYS if not is_unset(key, known[key]))
    head = ["---", *lines, *extra, "---", ""]
    end = "\r\n" if "\r\n" in text else "\n"
    space = "" if text.startswith(("\n", "\r\n")) else end
    content = (end.join(head) + space + text).encode("utf-8", "replace")
    content = replace_block(content, "criticality", _criticality(report, words), words)
    content = add_rows(content, _first_rows(report, words), words)
    content = replace_block(content, "resolution", words.not_resolved, words)
    content = replace_block(content, "verification", words.not_verified, words)
    content = replace_block(content, FOLLOW_UPS, "\n".join(head_of(words.followups.head)), words)
    return RenderedReport(content, tuple(warnings))


@lru_cache(maxsize=32)  # a run asks for the same versions after every step
def read_report(content: bytes, name: str) -> Report:
    """Read a report; nonsense in it is wrong input that names file, line and key.

    Times that contradict each other are read all the same (``odd_times`` names them): each can be true, and a hotfix
    must not wait for that to be cleared up.
    """
    known: dict[str, Any] = {}
    extra: dict[str, object] = {}
    for key, value in read_front_matter(content, name).items():
        if key not in KEYS:
            extra[key] = value
        elif key != "schema" and value is not None:
            known[key] = KEYS[key].read(value)
    return Report(**known, extra=extra)


def odd_times(report: Report) -> tuple[str, ...]:
    """Return which times of a report contradict each other, a sentence a pair; an unknown time contradicts none."""
    said = []
    for first, laters in _ORDER:
        for later in laters:
            begin, end = getattr(report, first), getattr(report, later)
            if begin is not None and end is not None and end <= begin - TYPED_TO:
                said.append(
                    f"In the report '{later}' ({readable_time(end)}) is before '{first}' ({readable_time(begin)})."
                )
    return tuple(said)


def _values(report: Report) -> dict[str, object]:
    """Return the template's values: text is escaped here, once, so that no template can forget it."""
    values: dict[str, object] = {}
    for name, value in asdict(report).items():
        values[name] = inline(value) if isinstance(value, str) else value
    day = report.id.day
    return values | {"id": str(report.id), "day": f"{day[:4]}-{day[4:6]}-{day[6:]}"}


def _own_front_matter(rendered: str, warnings: list[str]) -> tuple[list[str], str]:
    """Split what a template rendered into the lines of its own keys and the text below them."""
    document = Document(rendered.encode("utf-8", "replace"))
    head = document.lines[1 : max(1, document.body - 1)]
    if not any(map(read_entry, head)):
        return [], rendered  # two rules, not front matter
    kept: list[str] = []
    seen = set(KEYS)
    for line in head:
        entry = read_entry(line)
        if entry is None:
            if line.strip() and not line.startswith("#"):
                warnings.append(
                    f"'{line.strip()}' in the template's front matter is left out: "
                    "a report has flat 'key: value' lines."
                )
        elif entry[0] not in seen:
            seen.add(entry[0])
            kept.append(f"{entry[0]}: {json_value(_plain_value(entry[1]))}")
    return kept, document.raw[document.offsets[document.body] :].decode()


def _plain_value(text: str) -> object:
    """Read a value of the template's front matter; what is not JSON is taken as the text it is."""
    if not text:
        return None
    try:
        return read_json(text)
    except ValueError:
        return text


def _criticality(report: Report, words: Words) -> str:
    unknown, yes, no = words.answers.unknown, words.answers.yes, words.answers.no
    said = {
        words.what_is_broken: inline(report.what),
        words.is_production_affected: yes if report.production_affected else no,
        words.can_it_wait: yes if report.can_wait else no,
        words.severity: str(report.severity),
        words.kind: str(report.kind),
        words.data_at_risk: unknown if report.data_at_risk in {None, DataAtRisk.UNKNOWN} else str(report.data_at_risk),
        words.affected_users: unknown if report.affected_users is None else str(report.affected_users),
    }
    return "\n".join([*head_of(words.criticality_head), *(row_of(*each) for each in said.items())])


def _first_rows(report: Report, words: Words) -> tuple[Row, ...]:
    rows = []
    if report.started_at is not None:
        rows.append(row_in(words, report.started_at, report.reporter, lambda each: each.began))
    if report.detected_at is not None:
        rows.append(row_in(words, report.detected_at, report.reporter, lambda each: each.noticed))
    said = row_in(words, report.declared_at, "git-hotfix", lambda each: each.declared.format(title=report.title))
    return (*rows, said)
