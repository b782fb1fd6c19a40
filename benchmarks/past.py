"""What past hotfixes, tags and branches cost each command: ``python benchmarks/past.py``.

A hotfix is played in clones of the same few files that differ in what they have behind them, each in its turn. Shown is
the least computing of a few rounds, git's and the server's too, and what each further one costs.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import audit

PROGRAM = Path(sys.executable).parent / "git-hotfix"
DAYS = 800
"""So many days ago the first of them was."""
TITLE = "Login takes any password"
COMMANDS = {
    "status, none open": ("status",),
    "start": ("start", TITLE, "-y"),
    "status": ("status",),
    "finish": ("finish", "-y", "--skip-tests", "there are none"),
    "cleanup": ("cleanup",),
}
GIT_ALONE = {
    "start by git alone": "fetch -q origin main; checkout -q -b hotfix/x origin/main; commit -q --allow-empty -m Begin",
    "finish by git alone": (
        "checkout -q -B main origin/main; merge -q --no-ff -m Fix hotfix/x; tag -a -m Fix hotfix-x; "
        "push -q --atomic origin main hotfix-x; checkout -q develop; merge -q --no-ff -m Back hotfix/x; "
        "push -q origin develop"
    ),
}
"""What a careful expert types for the same: nothing is looked at, tested or written down."""


class Behind(NamedTuple):
    """What a repository has behind it, besides a commit for each past hotfix."""

    hotfixes: int = 0
    tags: int = 0
    branches: int = 0

    def __str__(self) -> str:
        """Return what there is of it."""
        counted = (f"{count:,} {what}" for what, count in self._asdict().items() if count)
        return ", ".join(counted) or "nothing"


CASES = (Behind(), Behind(hotfixes=100), Behind(hotfixes=1_000), Behind(tags=10_000), Behind(branches=5_000))


class Years(audit.History):
    """A history of years, in which develop gets each hotfix by a merge of its branch, as it does by this program."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.now -= timedelta(days=DAYS - 150)

    def commit(self, ref: str, message: str, files: dict[str, bytes], *parents: int) -> int:
        """Write a commit some hours after the last one; a pick becomes the merge of what is in production."""
        self.now += timedelta(hours=4)
        if ref == "refs/heads/main" and len(parents) > 1:
            self.brought = files, parents[1]
        if "(cherry picked from" in message:
            message, files, parents = f"Backport {message}", self.brought[0] | files, (*parents, self.brought[1])
        return super().commit(ref, message.partition("\n\n(cherry")[0], files, *parents)


def make(top: Path, behind: Behind) -> Path:
    """Make a server and a clone of it; return the folder of both."""
    folder = top / str(behind).replace(",", "").replace(" ", "-")
    server = folder / "server"
    folder.mkdir()
    audit.make_history(server, audit.Size(300, behind.hotfixes, 1), Years)
    stream = [f"reset refs/tags/v1.{number}\nfrom refs/heads/main^0\n\n" for number in range(0, behind.tags, 2)]
    tagger = "tagger Kim <kim@example.org> 1700000000 +0000\ndata 0\n\n"
    stream += [f"tag v1.{number}\nfrom refs/heads/main^0\n{tagger}" for number in range(1, behind.tags, 2)]
    stream += [f"reset refs/heads/topic/{number}\nfrom refs/heads/main^0\n\n" for number in range(behind.branches)]
    git(server, "fast-import", "--quiet", "--force", stdin="".join(stream))
    git(server, "gc", "-q")
    git(folder, "clone", "-q", "-b", "develop", str(server), "clone")
    git(folder / "clone", "commit-graph", "write", "--reachable")
    for key, value in {
        "user.name": "Kim",
        "user.email": "kim@example.org",
        "hotfix.branches.production": "main",
    }.items():
        git(folder / "clone", "config", key, value)
    return folder


def git(where: Path, *words: str, stdin: str = "") -> None:
    """Run git, which must succeed."""
    subprocess.run(["git", *words], cwd=where, input=stdin.encode(), check=True, stdout=subprocess.DEVNULL)


def computed() -> float:
    """Return the seconds of computing of all that was waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def play(made: Path, work: Path) -> dict[str, float]:
    """Play a hotfix in copies, with the program and with git alone; return the ms of computing of each command."""
    took = dict[str, float]()
    program = {name: [[str(PROGRAM), *words]] for name, words in COMMANDS.items()}
    alone = {name: [["git", *line.split()] for line in lines.split("; ")] for name, lines in GIT_ALONE.items()}
    for commands in (program, alone):
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(made, work, symlinks=True)
        clone = work / "clone"
        git(clone, "remote", "set-url", "origin", str(work / "server"))
        for name, lines in commands.items():
            if name.startswith("finish"):
                with (clone / audit.path_of(0)).open("a") as file:
                    file.write("fixed\n")
                git(clone, "commit", "-q", "-a", "-m", "Mend it")
            before = computed()
            for words in lines:
                subprocess.run(words, cwd=clone, check=True, capture_output=True, stdin=subprocess.DEVNULL)
            took[name] = 1000 * (computed() - before)
    return took


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    audit.FILES = 200
    with tempfile.TemporaryDirectory(prefix="git-hotfix-past-") as name:
        top = Path(name)
        made = {each: make(top, each) for each in CASES}
        least: dict[Behind, dict[str, float]] = {}
        for _ in range(rounds):
            for behind, folder in made.items():
                took, known = play(folder, top / "work"), least.get(behind, {})
                least[behind] = {each: min(ms, known.get(each, ms)) for each, ms in took.items()}
    columns = (*COMMANDS, *GIT_ALONE)
    print(f"| behind it | {' | '.join(f'{each}, ms' for each in columns)} |")
    print(f"| --- | {' | '.join('--:' for _ in columns)} |")
    for behind, took in least.items():
        more = ((took[each] - least[CASES[0]][each]) / max(sum(behind), 1) * 1000 for each in columns)
        each = (
            f"{took[name]:.0f}" + (f" ({us:.0f} µs each)" if sum(behind) else "")
            for name, us in zip(took, more, strict=True)
        )
        print(f"| {behind} | {' | '.join(each)} |")


if __name__ == "__main__":
    main()
