"""A new incident report, and what an existing one says."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from git_hotfix.clock import from_rfc3339
from git_hotfix.hotfix import BranchName, Oid, parse_id
from git_hotfix.record.blocks import replace_block
from git_hotfix.record.followups import BLOCK as FOLLOW_UPS
from git_hotfix.record.followups import empty_table
from git_hotfix.record.frontmatter import (
    body_line,
    json_value,
    lines_of,
    read_entry,
    read_front_matter,
    read_json,
)
from git_hotfix.record.keys import KEYS
from git_hotfix.record.markdown import inline
from git_hotfix.record.timeline import Row, add_rows, row_in
from git_hotfix.record.values import (
    SCHEMA,
    DataAtRisk,
    Kind,
    NewReport,
    Report,
    Severity,
    Status,
    Visibility,
)
from git_hotfix.record.words import EN, Words
from git_hotfix.templates import TemplateBroken, render_bundled, render_own

BUNDLED = "{language}/incident_report.md.j2"
"""The bundled template of a language, below ``share/templates``."""


class RenderedReport(Struct, frozen=True):
    """The file, and sentences for the person where the repository's own template could not be followed."""

    content: bytes
    warnings: tuple[str, ...] = ()


def render_new(report: NewReport, own_template: tuple[str, str] | None = None, words: Words = EN) -> RenderedReport:
    """Write a new report with the repository's own template (its name and source) or the bundled one.

    The template renders what stands below the front matter and gets the fields of ``NewReport`` by name,
    texts already escaped for Markdown, and ``day`` (2026-01-17). It may begin with front matter of its own:
    keys that we do not know are kept, those we know are ours. A block that it has no place for is put below
    the heading of that name, or at the end. A broken one is a warning, and the bundled one is used.
    """
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
    head = [
        "---",
        *(f"{key}: {json_value(value)}" for key, value in _keys(report).items()),
        *extra,
        "---",
        "",
    ]
    end = "\r\n" if "\r\n" in text else "\n"
    space = "" if text.startswith(("\n", "\r\n")) else end
    content = (end.join(head) + space + text).encode("utf-8", "replace")
    content = replace_block(content, "criticality", _criticality(report, words), words)
    content = add_rows(content, _first_rows(report, words), words)
    content = replace_block(content, "resolution", words.not_resolved, words)
    content = replace_block(content, "verification", words.not_verified, words)
    content = replace_block(content, FOLLOW_UPS, empty_table(words.language), words)
    return RenderedReport(content, tuple(warnings))


def read_report(content: bytes, name: str) -> Report:
    """Read a report; nonsense in it is wrong input that names file, line and key.

    Times that contradict each other are read all the same (``times.odd_times`` tells of them): each can be true,
    and a hotfix must not wait for that to be cleared up.
    """
    front = read_front_matter(content, name)
    values: dict[str, Any] = {key: front.values.get(key) for key in KEYS if key != "schema"}
    for key in ("started_at", "detected_at", "declared_at", "mitigated_at", "resolved_at"):
        values[key] = from_rfc3339(values[key]) if values[key] else None
    values["id"] = parse_id(values["id"])
    values["status"] = Status(values["status"])
    values["severity"] = Severity(values["severity"])
    values["kind"] = Kind(values["kind"])
    values["data_at_risk"] = DataAtRisk(values["data_at_risk"]) if values["data_at_risk"] else None
    values["visibility"] = Visibility(values["visibility"])
    values["branch"] = BranchName(values["branch"])
    values["base"] = BranchName(values["base"])
    values["fix_commits"] = tuple(Oid(oid) for oid in values["fix_commits"] or ())
    values["checks_run"] = tuple(values["checks_run"] or ())
    values["recorded_in"] = tuple(values["recorded_in"] or ())
    return Report(**values, extra={key: value for key, value in front.values.items() if key not in KEYS})


def _keys(report: NewReport) -> dict[str, object]:
    """Return every known key with the value a new report has, in the order of the file."""
    given = asdict(report)
    fixed = {
        "schema": SCHEMA,
        "id": str(report.id),
        "status": Status.OPEN,
        "fix_commits": [],
        "checks_run": [],
        "recorded_in": [],
    }
    return {key: (given | fixed).get(key) for key in KEYS}


def _values(report: NewReport) -> dict[str, object]:
    """Return the template's values: text is escaped here, once, so that no template can forget it."""
    values: dict[str, object] = {}
    for name, value in asdict(report).items():
        values[name] = inline(value) if isinstance(value, str) else value
    day = report.id.day
    return values | {"id": str(report.id), "day": f"{day[:4]}-{day[4:6]}-{day[6:]}"}


def _own_front_matter(rendered: str, warnings: list[str]) -> tuple[list[str], str]:
    """Split what a template rendered into the lines of its own keys and the text below them."""
    lines = lines_of(rendered.encode("utf-8", "replace"))
    end = body_line(lines)
    if not any(read_entry(line.decode()) for line in lines[1 : max(1, end - 1)]):
        end = 0  # two rules, not front matter
    kept: list[str] = []
    seen = set(KEYS)
    for raw in lines[1 : max(1, end - 1)]:
        line = raw.decode().rstrip(" \t\r\n")
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
    return kept, b"".join(lines[end:]).decode()


def _plain_value(text: str) -> object:
    """Read a value of the template's front matter; what is not JSON is taken as the text it is."""
    if not text:
        return None
    try:
        return read_json(text)
    except (ValueError, RecursionError):
        return text


def _criticality(report: NewReport, words: Words) -> str:
    unknown, yes, no = words.answers
    said = {
        words.what_is_broken: inline(report.what),
        words.is_production_affected: yes if report.production_affected else no,
        words.can_it_wait: yes if report.can_wait else no,
        words.severity: str(report.severity),
        words.kind: str(report.kind),
        words.data_at_risk: unknown if report.data_at_risk in {None, DataAtRisk.UNKNOWN} else str(report.data_at_risk),
        words.affected_users: unknown if report.affected_users is None else str(report.affected_users),
    }
    head = f"| {' | '.join(words.criticality_head)} |"
    return "\n".join([head, "| --- | --- |", *(f"| {ask} | {answer} |" for ask, answer in said.items())])


def _first_rows(report: NewReport, words: Words) -> tuple[Row, ...]:
    rows = []
    if report.started_at is not None:
        rows.append(row_in(words, report.started_at, report.reporter, lambda each: each.began))
    if report.detected_at is not None:
        rows.append(row_in(words, report.detected_at, report.reporter, lambda each: each.noticed))
    said = row_in(words, report.declared_at, "git-hotfix", lambda each: each.declared.format(title=report.title))
    return (*rows, said)
