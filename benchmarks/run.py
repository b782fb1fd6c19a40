"""How long a hotfix takes, beside others' ways, in trees of 100 to 500,000 files: ``python benchmarks/run.py``.

README.md beside this file says what is compared and how. Each tool takes its turn in every round, so that a busy
machine slows all of them.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from chart import Panel, chart
from readings import Case, Counts, Reading, Results
from repositories import Repositories
from servers import DelayedServer
from tables import TOOLS, tables
from tools import CLEANUP, ENDINGS, FINISH, FLOOR, PYTHON, ROLLBACK, START, STARTUP, STARTUPS, STATUS, Tool, found_tools

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = Path(__file__).parent
METER = (sys.executable, "-I", "-S", str(HERE / "meter.py"))
BEGIN, END = "<!-- from here on written by run.py --write -->", "<!-- to here -->"
ROUNDS = {100: 11, 10_000: 9, 100_000: 5, 500_000: 3}
DELAYS_MS = (0, 50, 400)
DELAYED_ROUNDS = 5
STARTUP_ROUNDS = 21


class Plan(NamedTuple):
    """What is measured. ``rounds``: of every part; 0: as many as each is worth."""

    sizes: tuple[int, ...]
    delays: tuple[int, ...]
    rounds: int
    writes: bool


def asked_plan() -> Plan:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="100 and 10,000 files, 3 rounds: under two minutes")
    parser.add_argument("--files", type=int, nargs="+", help=f"sizes of the tree, 10 at least ({_listed(ROUNDS)})")
    parser.add_argument("--delays", type=int, nargs="*", help=f"ms a connection waits ({_listed(DELAYS_MS)})")
    parser.add_argument(
        "--rounds", type=int, default=0, help="rounds of every part (11 for the smallest, 3 for the largest)"
    )
    parser.add_argument("--write", action="store_true", help="write README.md and times.svg beside this file")
    given = parser.parse_args()
    sizes = given.files or ((100, 10_000) if given.quick else tuple(ROUNDS))
    delays = DELAYS_MS if given.delays is None else tuple(given.delays)
    return Plan(tuple(sorted(sizes)), delays, given.rounds or (3 if given.quick else 0), given.write)


def _listed(numbers: Sequence[int] | Mapping[int, int]) -> str:
    return ", ".join(f"{number:,}" for number in numbers)


def measured(command: Sequence[str], where: Path, env: Mapping[str, str]) -> Reading:
    """Run a command that must succeed, and return what it cost."""
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "output").open("w+b") as output:
        result = Path(folder) / "result"
        meter = (*METER, str(result), *command)
        subprocess.run(meter, cwd=where, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=True)
        code, seconds, cpu_seconds, peak_bytes, written_bytes = result.read_text().split()
        if code != "0":
            output.seek(0)
            raise SystemExit(f"'{' '.join(command)}' ended with {code}:\n{output.read().decode()}")
        return Reading(float(seconds), float(cpu_seconds), int(peak_bytes), int(written_bytes))


class Stage:
    """Repositories of one size, and the turns that are played there."""

    def __init__(self, root: Path, files: int, results: Results) -> None:
        began = time.perf_counter()
        self.repositories = Repositories(root, files)
        self.server = DelayedServer(self.repositories.server)
        self.root, self.files, self.results = root, files, results
        self.turns = 0
        tell(f"{files:,} files: made in {time.perf_counter() - began:.1f} s")

    def rounds(self, tools: Sequence[Tool], times: int, delay_ms: int | None = None) -> None:
        """Let each tool take its turn so many times, each time another one first."""
        for each in range(times):
            behind = "" if delay_ms is None else f", {delay_ms} ms a connection"
            tell(f"{self.files:,} files{behind}: round {each + 1} of {times}")
            first = each % len(tools)
            for tool in (*tools[first:], *tools[:first]):
                self.time(tool, delay_ms)
            python = measured(STARTUPS[PYTHON], self.root, self.repositories.environment)
            self.results.readings[Case(STARTUP, PYTHON, self.files, delay_ms)].append(python)

    def time(self, tool: Tool, delay_ms: int | None) -> None:
        """Let a tool make a hotfix, and keep what it cost."""
        url = str(self.repositories.server) if delay_ms is None else self.server.url
        waiting = {} if delay_ms is None else self.server.environment(delay_ms)
        for task, reading in self._turn(tool, url, waiting):
            self.results.readings[Case(task, tool.name, self.files, delay_ms)].append(reading)

    def count(self, tool: Tool) -> None:
        """Let a tool make a hotfix, and count what it starts; this one's time, with cold caches, is not kept."""
        traces, connections = self.root / "traces", self.root / "connections"
        counting = {"GIT_TRACE2_EVENT": str(traces), **self.server.environment(0, connections)}
        traces.mkdir()
        connections.touch()
        before = Counts(0, 0)
        for task, _ in self._turn(tool, self.server.url, counting):
            now = Counts(len(list(traces.iterdir())), len(connections.read_text().splitlines()))
            counted = Counts(now.processes - before.processes, now.connections - before.connections)
            self.results.counts.setdefault(Case(task, tool.name, self.files), counted)
            before = now
        shutil.rmtree(traces)
        connections.unlink()

    def _turn(self, tool: Tool, url: str, env: Mapping[str, str]) -> Iterator[tuple[str, Reading]]:
        """Play a hotfix from its start; give each task that the tool has, with what it cost."""
        at = self.repositories
        at.restore(url)
        self.turns += 1
        text = f"fixed in turn {self.turns}\n"
        for task in (START, STATUS, FINISH, CLEANUP, ROLLBACK):
            if task in tool.tasks:
                yield task, measured(tool.tasks[task], at.clone, {**at.environment, **env})
            if task == START:
                if not tool.switches:
                    at.git("checkout", "-q", "hotfix/fix")
                at.fix(text)
            if task == FINISH:
                at.check_published(text, tool.name)


def time_startups(results: Results, times: int) -> None:
    """Time what a shell waits for; nothing of it needs a repository."""
    tell("start-up")
    with tempfile.TemporaryDirectory() as folder:
        for each in range(times + 1):
            for name, command in STARTUPS.items():
                reading = measured(command, Path(folder), os.environ)
                if each > 0:  # the first one may compile and read what the others find
                    results.readings[Case(STARTUP, name, 0)].append(reading)


def measure(plan: Plan) -> Results:
    """Do all of it, in folders that are gone afterwards."""
    results = Results()
    tools = found_tools()
    time_startups(results, plan.rounds * 3 or STARTUP_ROUNDS)
    for files in plan.sizes:
        with tempfile.TemporaryDirectory(prefix="git-hotfix-benchmark-") as folder:
            stage = Stage(Path(folder), files, results)
            is_smallest = files == plan.sizes[0]
            for tool in (*tools, *(ENDINGS if is_smallest else ())):
                stage.count(tool)
            stage.rounds(tools, plan.rounds or next((ROUNDS[size] for size in sorted(ROUNDS) if files <= size), 3))
            for delay_ms in plan.delays if is_smallest else ():
                stage.rounds(tools, plan.rounds or DELAYED_ROUNDS, delay_ms)
    return results


def written_down(results: Results, plan: Plan) -> str:
    """Return the tables under a line that says where and when."""
    git = subprocess.run(("git", "--version"), capture_output=True, check=True).stdout.decode().split()[2]
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, git {git}"
    load = f"load {os.getloadavg()[0]:.1f}"
    date = f"{datetime.now(UTC):%Y-%m-%d}"
    return f"Measured on {date}: {machine}; {load} in the end.\n\n{tables(results, plan.sizes, plan.delays)}"


def write(text: str, results: Results, sizes: Sequence[int]) -> None:
    """Put the tables into README.md, and the picture beside it."""
    readme = HERE / "README.md"
    before, _, rest = readme.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")
    panels = [Panel(task.capitalize(), _points(results, task, sizes)) for task in (START, FINISH)]
    (HERE / "times.svg").write_text(chart(panels), "utf-8")


def _points(results: Results, task: str, sizes: Sequence[int]) -> dict[str, list[tuple[float, float]]]:
    lines = {}
    for tool in TOOLS:
        if tool == FLOOR:
            continue
        medians = ((files, results.median(Case(task, tool, files))) for files in sizes)
        if points := [(float(files), median) for files, median in medians if median is not None]:
            lines[tool] = points
    return lines


def seal() -> None:
    """Measure the program of this Python, and let nothing of the shell change how git and Python run.

    Where a source tree is installed editable, ``PYTHONDONTWRITEBYTECODE`` adds half as much again to ``git hotfix``.
    """
    for name in [name for name in os.environ if name.startswith(("GIT_", "PYTHON"))]:
        del os.environ[name]
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    plan = asked_plan()
    seal()
    results = measure(plan)
    text = written_down(results, plan)
    print(text)
    if plan.writes:
        write(text, results, plan.sizes)


if __name__ == "__main__":
    main()
