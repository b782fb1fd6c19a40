"""How ``verify`` and ``list`` grow: a synthetic history of many commits, hotfixes and targets, cold and warm.

``python benchmarks/audit.py`` makes the histories below the temporary folder and prints a table; ``--write`` puts it
into README.md too.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from typing import NamedTuple

from git_hotfix.hotfix import BranchName, HotfixId, Oid, Slug
from git_hotfix.record.incident import Carried, FixCommit, Kind, Report, Resolution, Severity, Status
from git_hotfix.record.report import render_new
from git_hotfix.record.resolution import resolve_report
from git_hotfix.record.words import words_in

WHO = "Kim <kim@example.org>"
FILES, LINES = 2_000, 40
WORDS = words_in("en")
RUNS = {"verify, cold": ("verify",), "verify, warm": ("verify",), "list": ("list",)}
RUN = 3
"""Which column has the name of the run."""
BEGIN, END = "<!-- from here on written by audit.py --write -->", "<!-- to here, by audit.py -->"


class Size(NamedTuple):
    """How much history: commits in all, hotfixes among them, branches that must get each."""

    commits: int
    hotfixes: int
    targets: int


class History:
    """A repository that is written by one ``git fast-import``; a branch is its files' versions and its tip's mark."""

    def __init__(self, folder: Path) -> None:
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", folder], check=True)
        self.asked, told = os.pipe()
        self.git = subprocess.Popen(
            ["git", "fast-import", "--quiet", "--force", f"--cat-blob-fd={told}"],
            cwd=folder, stdin=subprocess.PIPE, pass_fds=(told,),
        )  # fmt: skip
        os.close(told)
        self.random = random.Random(7)
        self.now = datetime.now(UTC).replace(microsecond=0) - timedelta(days=150)
        self.count = 0
        self.tips: dict[str, int] = {}
        self.files: dict[str, dict[str, list[str]]] = {}
        self.log = "# Changelog\n\n## [Unreleased]\n\n### Fixed\n\n"

    def commit(self, ref: str, message: str, files: dict[str, bytes], *parents: int) -> int:
        """Write a commit with these files on top of its first parent; return its mark."""
        assert self.git.stdin is not None
        self.count += 1
        self.now += timedelta(seconds=200)
        body, stamp = message.encode(), f"{WHO} {int(self.now.timestamp())} +0000"
        out = [
            f"commit {ref}\nmark :{self.count}\nauthor {stamp}\ncommitter {stamp}\ndata {len(body)}\n".encode(),
            body,
        ]
        out += [b"\n", *(f"{'merge' if at else 'from'} :{each}\n".encode() for at, each in enumerate(parents))]
        for path, content in files.items():
            out.append(f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n")
        self.git.stdin.write(b"".join(out) + b"\n")
        return self.count

    def oid(self, mark: int) -> Oid:
        """Return the id of a commit."""
        assert self.git.stdin is not None
        self.git.stdin.write(f"get-mark :{mark}\n".encode())
        self.git.stdin.flush()
        return Oid(os.read(self.asked, 41).decode().strip())

    def tag(self, name: str, mark: int, message: str) -> None:
        """Tag a commit."""
        assert self.git.stdin is not None
        stamp = f"{WHO} {int(self.now.timestamp())} +0000"
        text = f"tag {name}\nfrom :{mark}\ntagger {stamp}\ndata {len(message.encode())}\n{message}\n"
        self.git.stdin.write(text.encode())

    def on(self, branch: str, message: str, files: dict[str, bytes], *others: int) -> int:
        """Put a commit on a branch."""
        self.tips[branch] = self.commit(f"refs/heads/{branch}", message, files, self.tips[branch], *others)
        return self.tips[branch]

    def edited(self, branch: str, path: str, at: int, line: str) -> dict[str, bytes]:
        """Change one line of a file of a branch; return the file."""
        lines = [*self.files[branch][path]]
        lines[at] = line
        self.files[branch][path] = lines
        return {path: ("\n".join(lines) + "\n").encode()}

    def finish(self) -> None:
        """Wait for all of it to be written."""
        assert self.git.stdin is not None
        self.git.stdin.close()
        assert self.git.wait() == 0


def path_of(number: int) -> str:
    """Return where the file of this number is."""
    return f"src/part{number % 40}/deep/file{number}.py"


def make_history(folder: Path, size: Size, kind: type[History] = History) -> None:
    """Make a server with hotfixes that are in every target, and ordinary work in between."""
    history = kind(folder)
    lines = ["develop", *(f"release/{number}.0" for number in range(1, size.targets))]
    paths = [path_of(number) for number in range(FILES)]
    first = {path: [f"{path} {at}" for at in range(LINES)] for path in paths}
    made = {path: ("\n".join(text) + "\n").encode() for path, text in first.items()}
    root = history.commit("refs/heads/main", "The beginning", made)
    for branch in ("main", *lines):
        history.tips[branch], history.files[branch] = root, dict(first)
    own = size.hotfixes * (3 + size.targets + 1)
    between = max(0, size.commits - own) // max(size.hotfixes, 1)
    for number in range(size.hotfixes):
        for at in range(between):
            branch = "develop" if at % 4 else history.random.choice(lines)
            path, line = history.random.choice(paths), history.random.randrange(LINES)
            history.on(branch, f"Work {number}.{at}", history.edited(branch, path, line, f"work {number}.{at}"))
        _hotfix(history, number, lines, history.random.choice(paths))
    for branch, tip in history.tips.items():
        assert history.git.stdin is not None
        history.git.stdin.write(f"reset refs/heads/{branch}\nfrom :{tip}\n\n".encode())
    history.finish()


def _hotfix(history: History, number: int, lines: list[str], path: str) -> None:
    hotfix = HotfixId(f"{history.now:%Y%m%d}", Slug(f"fix-{number}"))
    name, title, at = f"docs/incidents/{hotfix.report_name()}", f"Fix {number}", number % LINES
    said = f"Hotfix-Id: {hotfix}\nIncident: {name}\n"
    report = Report(
        id=hotfix, title=title, severity=Severity("high"), kind=Kind.OUTAGE, production_affected=True, can_wait=False,
        what=title, reporter="Kim", declared_at=history.now, branch=hotfix.branch("hotfix/"), base=BranchName("main"),
        recorded_in=("CHANGELOG.md",),
    )  # fmt: skip
    content, ref = render_new(report, WORDS).content, f"refs/heads/hotfix/{hotfix}"
    began = history.commit(ref, f"Incident report: {title}\n\n{said}", {name: content}, history.tips["main"])
    change = history.edited("main", path, at, f"fixed {number}")
    tip = history.commit(ref, f"Mend it {number}", change, began)
    tag = f"hotfix-{history.now:%Y%m%d-%H%M%S}"
    merge = history.on(
        "main", f"HOTFIX: {title}\n\n{said}Hotfix-Tag: {tag}\nTests: passed\n", {name: content, **change}, tip
    )
    history.tag(tag, merge, f"Hotfix {hotfix}: {title}\n\n{said}")
    merged, fixed = history.oid(merge), history.oid(tip)
    carried = []
    for branch in lines:
        brought = history.edited(branch, path, at, f"fixed {number}")
        message = f"Mend it {number}\n\n(cherry picked from commit {fixed})"
        commit = history.oid(history.on(branch, message, brought))
        carried.append(Carried(BranchName(branch), "present", "pick", commit))
    written = resolve_report(content, name, Resolution(
        status=Status.RESOLVED, base=BranchName("main"), tag=tag, production_merge=merged, published_at=history.now,
        fix_commits=(FixCommit(fixed, f"Mend it {number}", history.now),), resolved_at=history.now,
        targets=tuple(carried),
    ), WORDS)  # fmt: skip
    history.log += f"- {title} ({hotfix})\n"
    record = {name: written, "CHANGELOG.md": history.log.encode()}
    history.on("develop", f"Record HOTFIX: {title}\n\n{said}Backport-Of: {merged}\n", record)
    assert history.git.stdin is not None
    history.git.stdin.write(f"reset {ref}\nfrom {'0' * 40}\n\n".encode())


class Measured(NamedTuple):
    """One run: seconds by the clock and of computing, the peak of memory, how it ended."""

    seconds: float
    cpu: float
    megabytes: float
    code: int


def measure(folder: Path, *words: str) -> Measured:
    """Run the installed program in a clone."""
    began = time.monotonic()
    program = Path(sys.executable).parent / "git-hotfix"
    with (folder / "stdout").open("wb") as out:
        process = subprocess.Popen([program, *words], cwd=folder, stdout=out, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    return Measured(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, os.waitstatus_to_exitcode(status))


def table(rows: list[tuple[str, ...]]) -> str:
    """Return a Markdown table, its head first: numbers to the right, but the name of the run."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = tuple("-" * width if at == RUN else "-" * (width - 1) + ":" for at, width in enumerate(widths))
    padded = (
        (
            cell.ljust(width) if at == RUN else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (rows[0], rule, *rows[1:])
    )
    return "\n".join(f"| {' | '.join(row)} |" for row in padded)


def measured(top: Path, size: Size) -> list[tuple[str, Measured]]:
    """Return each run in a history of a size, which is made where it is not there."""
    server, clone = top / f"{size.commits}.git", top / f"{size.commits}"
    if not clone.exists():
        make_history(server, size)
        subprocess.run(["git", "clone", "-q", server, clone], check=True)
        subprocess.run(["git", "-C", clone, "config", "hotfix.branches.release", "release/*"], check=True)
    rmtree(clone / ".git/hotfix", ignore_errors=True)
    return [(name, measure(clone, *words)) for name, words in RUNS.items()]


def results(top: Path, sizes: list[Size]) -> str:
    """Return what was measured, as a table that ends with the slope: the computing of each further hotfix."""
    rows: list[tuple[str, ...]] = [
        ("commits", "hotfixes", "targets", "run", "s", "CPU s", "MB", "CPU ms per further hotfix")
    ]
    before: dict[str, tuple[float, int]] = {}
    for size in sizes:
        for name, took in measured(top, size):
            cpu, hotfixes = before.get(name, (0.0, 0))
            slope = f"{1000 * (took.cpu - cpu) / (size.hotfixes - hotfixes):.1f}" if hotfixes else ""
            before[name] = took.cpu, size.hotfixes
            numbers = (f"{took.seconds:.2f}", f"{took.cpu:.2f}", f"{took.megabytes:.0f}", slope)
            rows.append((f"{size.commits:,}", f"{size.hotfixes:,}", f"{size.targets}", name, *numbers))
    return table(rows)


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, nargs="+", default=[12_500, 25_000, 50_000])
    parser.add_argument("--hotfixes", type=int, default=1_000, help="of the largest; the others have their share")
    parser.add_argument("--targets", type=int, default=10)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    given = parser.parse_args()
    top = given.folder or Path(tempfile.mkdtemp(prefix="git-hotfix-audit-"))
    largest = max(given.commits)
    found = results(
        top, [Size(each, given.hotfixes * each // largest, given.targets) for each in sorted(given.commits)]
    )
    text = f"Measured on {datetime.now(UTC):%Y-%m-%d}; load {os.getloadavg()[0]:.1f} in the end.\n\n{found}"
    print(text)
    if given.write:
        readme = Path(__file__).parent / "README.md"
        before, _, rest = readme.read_text("utf-8").partition(BEGIN)
        readme.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}", "utf-8")
    if given.folder is None:
        rmtree(top)


if __name__ == "__main__":
    main()
