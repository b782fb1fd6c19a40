"""The results as Markdown tables, aligned so that a terminal shows them well."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from goals import goals
from readings import Case, Counts, cpu_seconds
from tools import COMMANDS, FINISH, FLOOR, GIT_FLOW, HOTFIX, PLUMBING, PYTHON, START, STARTUP, STARTUPS, STATUS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from readings import Results

TOOLS = (HOTFIX, GIT_FLOW, COMMANDS, PLUMBING, FLOOR)
_NOT_MEASURED = "–"
_HEADINGS = ("tool", "median s", "least", "most", "ratio", "CPU s", "CPU ratio")
_MORE_HEADINGS = ("memory MB", "written KB", "git processes", "connections")


def tables(results: Results, sizes: tuple[int, ...], delays: tuple[int, ...]) -> str:
    """Return all that was measured, under headings."""
    parts = [
        part
        for task in (START, FINISH, STATUS)
        for part in (f"### {task.capitalize()}, the server in a folder", _by_size(results, task, sizes))
    ]
    for task in (START, FINISH, STATUS) if delays else ():
        heading = f"### {task.capitalize()}, {sizes[0]:,} files, the server behind a connection that waits"
        parts += [heading, _by_delay(results, task, sizes[0], delays)]
    startups = [("", name, Case(STARTUP, name, 0), Case(STARTUP, PYTHON, 0)) for name in STARTUPS]
    parts += ["### Start-up", _table(_HEADINGS, [row[1 : len(_HEADINGS) + 1] for row in _rows(results, startups)])]
    parts += ["### Each further file", _growth(results, sizes)] if len(sizes) > 1 else []
    reached = [(*goal[:-1], "yes" if goal.reached else "no") for goal in goals(results, sizes)]
    headings = ("goal", "at most", "measured", "best", "by CPU", "git alone, by CPU", "reached")
    parts += ["### What is to be reached", _table(headings, reached)]
    return "\n\n".join(parts)


def _peer(results: Results, case: Case) -> Case:
    """Return what a case is compared with: git-flow, where it does such a thing and is here."""
    git_flow = case._replace(tool=GIT_FLOW)
    return git_flow if git_flow in results.readings else case._replace(tool=COMMANDS)


def _by_size(results: Results, task: str, sizes: tuple[int, ...]) -> str:
    cases = [Case(task, tool, files) for files in sizes for tool in TOOLS]
    shown = [(f"{case.files:,}", _name(case), case, _peer(results, case)) for case in cases]
    return _table(("files", *_HEADINGS, *_MORE_HEADINGS), _rows(results, shown))


def _by_delay(results: Results, task: str, files: int, delays: tuple[int, ...]) -> str:
    cases = [Case(task, tool, files, delay_ms) for delay_ms in delays for tool in TOOLS]
    shown = [(f"{case.delay_ms} ms", _name(case), case, _peer(results, case)) for case in cases]
    return _table(("waits", *_HEADINGS), [row[: len(_HEADINGS) + 1] for row in _rows(results, shown)])


def _name(case: Case) -> str:
    return "git status" if case.task == STATUS and case.tool == COMMANDS else case.tool


def _rows(results: Results, cases: Sequence[tuple[str, str, Case, Case]]) -> list[tuple[str, ...]]:
    return [
        (first, name, *_values(results, case, peer)) for first, name, case, peer in cases if case in results.readings
    ]


def _values(results: Results, case: Case, peer: Case) -> Iterator[str]:
    """Give the cells of a case, as the headings name them after the tool."""
    taken = [reading.seconds for reading in results.readings[case]]
    yield _number(results.median(case))
    yield _number(min(taken))
    yield _number(max(taken))
    yield _number(results.ratio(case, peer))
    yield _number(results.median(case, cpu_seconds))
    yield _number(results.ratio(case, peer, of=cpu_seconds))
    yield f"{(results.median(case, lambda reading: reading.peak_bytes) or 0) / 1e6:.0f}"
    written_bytes = results.median(case, lambda reading: reading.written_bytes) or 0
    yield f"{written_bytes / 1000:,.0f}" if written_bytes >= 0 else _NOT_MEASURED
    counts: Counts | None = results.counts.get(case)
    yield str(counts.processes) if counts else _NOT_MEASURED
    yield str(counts.connections) if counts else _NOT_MEASURED


def _growth(results: Results, sizes: tuple[int, ...]) -> str:
    """Return what a file more costs between two sizes, in microseconds."""
    rows = []
    for task in (START, FINISH, STATUS):
        for tool in TOOLS:
            cases = [Case(task, tool, files) for files in sizes]
            medians = [results.median(case) for case in cases]
            costs = [
                f"{(large - small) / (more - fewer) * 1e6:.2f}"
                for (small, large), (fewer, more) in zip(pairwise(medians), pairwise(sizes), strict=True)
                if small is not None and large is not None
            ]
            if costs:
                rows.append((task, _name(cases[0]), *costs))
    headings = (f"{fewer:,} to {more:,}, µs" for fewer, more in pairwise(sizes))
    return _table(("task", "tool", *headings), rows)


def _number(value: float | None) -> str:
    return _NOT_MEASURED if value is None else f"{value:.3f}" if value < 1 else f"{value:.2f}"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; numbers stand at the right."""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    is_number = [
        bool(rows) and all(cell[:1].isdigit() or cell[:1] in "-–" for cell in column)
        for column in zip(*rows, strict=True)
    ] or [False] * len(headings)

    def line(cells: Sequence[str]) -> str:
        placed = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, is_number, strict=True)
        )
        return f"| {' | '.join(placed)} |"

    rule = (f"{'-' * (width - 1)}:" if right else "-" * width for width, right in zip(widths, is_number, strict=True))
    return "\n".join([line(headings), line(list(rule)), *map(line, rows)])
