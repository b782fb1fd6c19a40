"""The other formats of a report: JSON, CSV, Markdown, metrics for Prometheus."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from git_hotfix.clock import rfc3339
from git_hotfix.page.entries import Entries
from git_hotfix.page.incidents import every_incident
from git_hotfix.page.metrics import RESOLVE, SPANS, length, measured, open_gaps, time_of
from git_hotfix.page.rows import BrokenRow, DurationRow, IncidentRow, PlaceRow, ReportData, RepositoryRow
from git_hotfix.record.markdown import inline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from git_hotfix.page.incidents import Chronicle, Incident
    from git_hotfix.page.metrics import Measured

_FORMULA = ("=", "+", "-", "@")
"""What makes a spreadsheet take a cell for a formula, also as a full-width character: https://owasp.org/www-community/attacks/CSV_Injection."""


def report_data(chronicles: Sequence[Chronicle]) -> ReportData:
    """Return the report as JSON has it."""
    every = every_incident(chronicles)
    rows = (
        RepositoryRow(
            name=each.name,
            revision=each.revision,
            as_of=rfc3339(each.seen_at),
            incidents=len(each.incidents),
            open_gaps=len(open_gaps(each.incidents)),
            unseen=each.unseen,
        )
        for each in chronicles
    )
    broken = (BrokenRow(each.repository, each.path, each.why) for one in chronicles for each in one.broken)
    return ReportData(
        1,
        tuple(rows),
        tuple(_duration_row(measured(every, span)) for span in SPANS),
        tuple(_row(each, one.seen_at) for one in chronicles for each in one.incidents),
        tuple(broken),
    )


def _seconds(span: timedelta | None) -> int | None:
    return int(span.total_seconds()) if span is not None else None


def _duration_row(found: Measured) -> DurationRow:
    span = found.span
    numbers = (len(found.values), found.missing, found.crossed)
    return DurationRow(span.name, span.begin, span.end, *numbers, _seconds(found.median), _seconds(found.p90))


def _row(each: Incident, at: datetime) -> IncidentRow:
    said = each.report

    def time(name: str) -> str | None:
        when = time_of(each, name)
        return rfc3339(when) if when is not None else None

    return IncidentRow(
        repository=each.repository,
        hotfix=each.hotfix,
        title=each.title,
        status=each.status,
        severity=str(said.severity) if said else None,
        kind=str(said.kind) if said else None,
        started_at=time("started_at"),
        detected_at=time("detected_at"),
        declared_at=time("declared_at"),
        mitigated_at=time("mitigated_at"),
        resolved_at=time("resolved_at"),
        published_at=time("published_at"),
        backported_at=time("backported_at"),
        rolled_back_at=rfc3339(each.rolled_back_at) if each.rolled_back_at is not None else None,
        seconds={span.name: _seconds(length(each, span)) for span in SPANS if not span.caused_by_change},
        tag=each.tag,
        files=len(each.lines),
        lines=each.changed_lines,
        places=tuple(
            PlaceRow(place.branch, str(place.verdict), _seconds(place.exposed(at)), place.waived_until, place.evidence)
            for place in each.places
        ),
        gaps=each.gaps,
        open_follow_ups=_open_follow_ups(each),
        path=each.path,
    )


def csv_text(chronicles: Sequence[Chronicle]) -> str:
    """Return CSV (RFC 4180) with one row per incident; no cell is a formula."""
    out = io.StringIO()
    names = [name for name in IncidentRow.__struct_fields__ if name != "seconds"]
    spans = [span.name for span in SPANS if not span.caused_by_change]
    writer = csv.writer(out)
    writer.writerow([*names, *(f"{name}_seconds" for name in spans)])
    for row in report_data(chronicles).incidents:
        cells = asdict(row) | {
            "places": "; ".join(f"{each.branch} {each.state}" for each in row.places),
            "gaps": " ".join(row.gaps),
        }
        writer.writerow([_cell(cells[name]) for name in names] + [_cell(row.seconds[name]) for name in spans])
    return out.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    shown = unicodedata.normalize("NFKC", text).lstrip()
    is_formula = shown.startswith(_FORMULA) or text.startswith(("\t", "\r", "\n"))
    return f"'{text}" if is_formula and isinstance(value, str) else text


def markdown_text(chronicles: Sequence[Chronicle], words: Mapping[str, str]) -> str:
    """Return the metrics and the incidents as Markdown tables; every text of others is escaped."""
    entries, lines = Entries(chronicles, words), [f"# {words['title']}", ""]
    every, spell = entries.incidents, entries.spell
    for one in chronicles:
        at = words["read_from"].format(branch=one.branch, revision=one.revision[:12], when=f"{one.seen_at:%Y-%m-%d}")
        lines += [
            f"{inline(one.name)}: {inline(at)}",
            "",
            *(line for each in one.unseen for line in (inline(each), "")),
        ]
    figures = (
        (
            *(words[f"span_{each.span.name}"], words[each.span.begin], words[each.span.end]),
            *(str(len(each.values)), str(each.missing + each.crossed), each.middle(spell), spell(each.p90)),
        )
        for each in (measured(every, span) for span in SPANS)
    )
    columns = ("duration", "from", "to", "count", "missing", "median", "p90")
    lines += _table([words[each] for each in columns], figures)
    gaps = ((each.hotfix, place.branch, words[str(place.verdict)], place.evidence) for each, place in open_gaps(every))
    lines += [f"## {words['gaps']}", "", *_table([words[each] for each in ("hotfix", "branch", "state", "why")], gaps)]
    heads = ("hotfix", "what", "state", "severity", "kind", "span_resolve")
    rows = (
        (
            each.hotfix,
            each.title,
            words[each.status],
            *((str(each.report.severity), str(each.report.kind)) if each.report else ("", "")),
            spell(length(each, RESOLVE)),
        )
        for each in every
    )
    lines += [f"## {words['incidents']}", "", *_table([words[each] for each in heads], rows)]
    broken = [(each.path, each.why) for one in chronicles for each in one.broken]
    if broken:
        lines += [f"## {words['broken']}", "", *_table([words["file"], words["why"]], broken)]
    return "\n".join(lines)


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]]) -> list[str]:
    lines = [tuple(head), ("---",) * len(head), *(tuple(map(inline, row)) for row in rows)]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]


def openmetrics_text(chronicles: Sequence[Chronicle]) -> str:
    """Return the metrics for Prometheus (OpenMetrics 1.0): https://prometheus.io/docs/specs/om/open_metrics_spec/."""
    name = "git_hotfix_incidents"
    lines = [f"# TYPE {name} gauge", f"# HELP {name} Incidents by what their reports say of them."]
    kinds = Counter(
        (
            each.repository,
            *((str(each.report.severity), str(each.report.kind)) if each.report else ("", "")),
            each.status,
        )
        for each in every_incident(chronicles)
    )
    for values, number in sorted(kinds.items()):
        labels = dict(zip(("repository", "severity", "kind", "status"), values, strict=True))
        lines.append(f"{name}{_labels(labels)} {number}")
    counts: tuple[tuple[str, str, Callable[[Chronicle], int]], ...] = (
        ("open_gaps", "Branches that lack a fix which production has.", lambda one: len(open_gaps(one.incidents))),
        ("open_follow_ups", "Later work that is not done.", lambda one: sum(map(_open_follow_ups, one.incidents))),
        ("unseen", "Things that could not be seen: there may be more than is shown.", lambda one: len(one.unseen)),
        ("broken_reports", "Reports that cannot be read.", lambda one: len(one.broken)),
    )
    for name, about, count in counts:
        lines += _gauge(f"git_hotfix_{name}", about, chronicles, map(count, chronicles))
    for span in SPANS:
        lines += _summary(chronicles, [measured(one.incidents, span) for one in chronicles])
    return "\n".join([*lines, "# EOF", ""])


def _open_follow_ups(incident: Incident) -> int:
    return sum(not each.is_done for each in incident.follow_ups)


def _gauge(name: str, about: str, chronicles: Sequence[Chronicle], numbers: Iterable[int]) -> Iterator[str]:
    """Return a gauge with one value per repository."""
    yield from (f"# TYPE {name} gauge", f"# HELP {name} {about}")
    for one, number in zip(chronicles, numbers, strict=True):
        yield f"{name}{_labels({'repository': one.name})} {number}"


def _summary(chronicles: Sequence[Chronicle], found: Sequence[Measured]) -> Iterator[str]:
    """Return a summary of one duration per repository, and for how many incidents it is unknown."""
    span = found[0].span
    name = f"git_hotfix_{span.name}_seconds"
    yield from (f"# TYPE {name} summary", f"# UNIT {name} seconds", f"# HELP {name} From {span.begin} to {span.end}.")
    for one, each in zip(chronicles, found, strict=True):
        labels = {"repository": one.name}
        for quantile, value in (("0.5", each.median), ("0.9", each.p90)):
            if value is not None:
                yield f"{name}{_labels({**labels, 'quantile': quantile})} {value.total_seconds():.0f}"
        yield f"{name}_count{_labels(labels)} {len(each.values)}"
        yield f"{name}_sum{_labels(labels)} {sum(value.total_seconds() for value in each.values):.0f}"
    about = f"Incidents of which {span.begin} or {span.end} is not known."
    unknown = (each.missing + each.crossed for each in found)
    yield from _gauge(f"git_hotfix_{span.name}_unknown", about, chronicles, unknown)


def _labels(labels: Mapping[str, str]) -> str:
    escapes = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
    told = (f'{name}="{value.translate(escapes)}"' for name, value in labels.items())
    return f"{{{','.join(told)}}}"
