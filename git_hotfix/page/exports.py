"""The forms of a report for programs and for text: JSON, CSV, Markdown, metrics for Prometheus."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from git_hotfix.clock import duration, rfc3339
from git_hotfix.page.metrics import SPANS, length, measured, open_gaps, time_of
from git_hotfix.page.rows import BrokenRow, DurationRow, IncidentRow, PlaceRow, ReportData, RepositoryRow
from git_hotfix.record.markdown import inline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from git_hotfix.page.incidents import Chronicle, Incident
    from git_hotfix.page.metrics import Measured

_FORMULA = ("=", "+", "-", "@")
"""What makes a spreadsheet compute a cell, full-width ones too: https://owasp.org/www-community/attacks/CSV_Injection."""


def report_data(chronicles: Sequence[Chronicle]) -> ReportData:
    """Return what JSON has."""
    every = incidents_of(chronicles)
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


def incidents_of(chronicles: Sequence[Chronicle]) -> tuple[Incident, ...]:
    """Return the incidents of all repositories, newest first."""
    every = (each for one in chronicles for each in one.incidents)
    return tuple(sorted(every, key=lambda each: (each.hotfix, each.repository), reverse=True))


def _seconds(span: timedelta | None) -> int | None:
    return int(span.total_seconds()) if span is not None else None


def _duration_row(found: Measured) -> DurationRow:
    span = found.span
    numbers = (len(found.values), found.missing, found.crossed)
    return DurationRow(span.name, span.begin, span.end, *numbers, _seconds(found.median), _seconds(found.p90))


def _row(each: Incident, at: datetime) -> IncidentRow:
    said = each.report

    def time(when: datetime | None) -> str | None:
        return rfc3339(when) if when is not None else None

    return IncidentRow(
        repository=each.repository,
        hotfix=each.hotfix,
        title=each.title,
        status=each.status,
        severity=str(said.severity) if said else None,
        kind=str(said.kind) if said else None,
        started_at=time(said.started_at) if said else None,
        detected_at=time(said.detected_at) if said else None,
        declared_at=time(said.declared_at) if said else None,
        mitigated_at=time(said.mitigated_at) if said else None,
        resolved_at=time(time_of(each, "resolved_at")),
        published_at=time(each.published_at),
        backported_at=time(each.backported_at),
        rolled_back_at=time(each.rolled_back_at),
        seconds={span.name: _seconds(length(each, span)) for span in SPANS if not span.caused_by_change},
        tag=each.tag,
        files=len(each.lines),
        lines=each.changed_lines,
        places=tuple(
            PlaceRow(place.branch, str(place.verdict), _seconds(place.exposed(at)), place.waived_until, place.evidence)
            for place in each.places
        ),
        gaps=each.gaps,
        open_follow_ups=sum(not item.is_done for item in each.follow_ups),
        path=each.path,
    )


def csv_text(chronicles: Sequence[Chronicle]) -> str:
    """Return one row an incident (RFC 4180); no cell is a formula."""
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
    """Return the figures and the incidents as tables of Markdown, every text of others harmless."""
    every, lines = incidents_of(chronicles), [f"# {words['title']}", ""]
    for one in chronicles:
        at = words["read_from"].format(branch=one.branch, revision=one.revision[:12], when=f"{one.seen_at:%Y-%m-%d}")
        lines += [
            f"{inline(one.name)}: {inline(at)}",
            "",
            *(line for each in one.unseen for line in (inline(each), "")),
        ]
    figures = (
        (words[f"span_{span.name}"], words[span.begin], words[span.end], *_figure(measured(every, span)))
        for span in SPANS
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
            _time(length(each, SPANS[3])),
        )
        for each in every
    )
    lines += [f"## {words['incidents']}", "", *_table([words[each] for each in heads], rows)]
    broken = [(each.path, each.why) for one in chronicles for each in one.broken]
    if broken:
        lines += [f"## {words['broken']}", "", *_table([words["file"], words["why"]], broken)]
    return "\n".join(lines)


def _figure(found: Measured) -> tuple[str, ...]:
    middle = ", ".join(map(duration, found.values)) if found.median is None else duration(found.median)
    return str(len(found.values)), str(found.missing + found.crossed), middle or "–", _time(found.p90)


def _time(span: timedelta | None) -> str:
    return duration(span) if span is not None else "–"


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]]) -> list[str]:
    lines = [tuple(head), ("---",) * len(head), *(tuple(map(inline, row)) for row in rows)]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]


def openmetrics_text(chronicles: Sequence[Chronicle]) -> str:
    """Return the figures for Prometheus (OpenMetrics 1.0): https://prometheus.io/docs/specs/om/open_metrics_spec/."""
    lines = [*_gauge("git_hotfix_incidents", "Incidents by what their reports say of them.")]
    kinds = Counter(
        (each.repository, str(each.report.severity), str(each.report.kind), each.status)
        if each.report
        else (each.repository, "", "", each.status)
        for each in incidents_of(chronicles)
    )
    for (repository, severity, kind, status), number in sorted(kinds.items()):
        labels = {"repository": repository, "severity": severity, "kind": kind, "status": status}
        lines.append(f"git_hotfix_incidents{_labels(labels)} {number}")
    lines += _gauge("git_hotfix_open_gaps", "Branches that lack a fix which production has.")
    lines += [_sample("git_hotfix_open_gaps", one.name, len(open_gaps(one.incidents))) for one in chronicles]
    lines += _gauge("git_hotfix_open_follow_ups", "Later work that is not done.")
    for one in chronicles:
        number = sum(not item.is_done for each in one.incidents for item in each.follow_ups)
        lines.append(_sample("git_hotfix_open_follow_ups", one.name, number))
    lines += _gauge("git_hotfix_unseen", "Things that could not be seen: there may be more than is told.")
    lines += [_sample("git_hotfix_unseen", one.name, len(one.unseen)) for one in chronicles]
    lines += _gauge("git_hotfix_broken_reports", "Reports that cannot be read.")
    lines += [_sample("git_hotfix_broken_reports", one.name, len(one.broken)) for one in chronicles]
    for span in SPANS:
        lines += _summary(chronicles, [measured(one.incidents, span) for one in chronicles])
    return "\n".join([*lines, "# EOF", ""])


def _gauge(name: str, about: str) -> tuple[str, str]:
    return f"# TYPE {name} gauge", f"# HELP {name} {about}"


def _sample(name: str, repository: str, number: int) -> str:
    return f"{name}{_labels({'repository': repository})} {number}"


def _summary(chronicles: Sequence[Chronicle], found: Sequence[Measured]) -> Iterator[str]:
    """Return one duration of each repository, and of how many incidents it is not known."""
    span = found[0].span
    name = f"git_hotfix_{span.name}_seconds"
    yield from (f"# TYPE {name} summary", f"# UNIT {name} seconds", f"# HELP {name} From {span.begin} to {span.end}.")
    for one, each in zip(chronicles, found, strict=True):
        for quantile, value in (("0.5", each.median), ("0.9", each.p90)):
            if value is not None:
                labels = {"repository": one.name, "quantile": quantile}
                yield f"{name}{_labels(labels)} {value.total_seconds():.0f}"
        labels = {"repository": one.name}
        yield f"{name}_count{_labels(labels)} {len(each.values)}"
        yield f"{name}_sum{_labels(labels)} {sum(value.total_seconds() for value in each.values):.0f}"
    yield from _gauge(f"git_hotfix_{span.name}_unknown", f"Incidents of which {span.begin} or {span.end} is not known.")
    for one, each in zip(chronicles, found, strict=True):
        yield _sample(f"git_hotfix_{span.name}_unknown", one.name, each.missing + each.crossed)


def _labels(labels: Mapping[str, str]) -> str:
    escapes = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
    told = (f'{name}="{value.translate(escapes)}"' for name, value in labels.items())
    return f"{{{','.join(told)}}}"
