"""How long does it take from ``finish`` to "published everywhere"? Run: ``python benchmarks/finish.py``.

Three ways to bring the same one-line fix into main and develop of a server, tagged: ``git hotfix finish``,
``git flow hotfix finish -p`` (where git-flow is installed), and the git commands that a careful person types. Each way
gets its own fresh copy of the same repository, and takes its turn in every round, so that a busy machine slows all
of them. The server is a bare repository on this disk: the network's time, equal for all, is not in the numbers. No
tests, no deployment, no release line: only what all three do. git hotfix writes the incident report besides.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

BY_HAND = (
    "git fetch -q origin",
    "git checkout -q main",
    "git merge -q --ff-only origin/main",
    "git merge -q --no-ff -m HOTFIX hotfix/fix",
    "git tag -a -m HOTFIX hotfix-1",
    "git push -q --atomic origin main hotfix-1",
    "git checkout -q develop",
    "git merge -q --ff-only origin/develop",
    "git merge -q --no-ff -m Backport hotfix/fix",
    "git push -q origin develop",
)

Way = tuple[tuple[str, ...], tuple[str, ...]]


class Stage:
    """A server with main and develop, made once, and copies of it to work in."""

    def __init__(self, root: Path, files: int) -> None:
        self.root = root
        config = root / "gitconfig"
        config.write_text(
            "[user]\n\tname = Bench\n\temail = bench@example.org\n[init]\n\tdefaultBranch = main\n"
            '[gitflow "branch"]\n\tmaster = main\n\tdevelop = develop\n'
            '[gitflow "prefix"]\n\tfeature = feature/\n\tbugfix = bugfix/\n\trelease = release/\n'
            "\thotfix = hotfix/\n\tsupport = support/\n\tversiontag =\n"
        )
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        quiet = {"GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1", "GIT_EDITOR": "true"}
        self.environment = {**kept, **quiet, "GIT_MERGE_AUTOEDIT": "no"}
        self._make_model(files)

    def run(self, command: str, where: Path) -> None:
        ran = subprocess.run(
            command.split(" "),
            cwd=where,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if ran.returncode != 0:
            raise SystemExit(f"'{command}' failed:\n{ran.stdout.decode()}{ran.stderr.decode()}")

    def _make_model(self, files: int) -> None:
        model = self.root / "model"
        self.run("git init -q model", self.root)
        for number in range(files):
            path = model / f"src/part{number % 100}/file{number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"file {number}\n" * 20)
        self._commit(model, "Begin")
        self.run("git checkout -q -b develop", model)
        (model / "next.txt").write_text("the next release\n")
        self._commit(model, "Next")
        self.run("git clone -q --bare model server", self.root)

    def _commit(self, where: Path, message: str) -> None:
        self.run("git add -A", where)
        self.run(f"git commit -q -m {message}", where)

    def prepare(self, name: str, *start: str) -> Path:
        """Return a fresh clone of a fresh server, with a hotfix branch that ``start`` made and one fix commit."""
        place = self.root / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        shutil.copytree(self.root / "server", place / "server")
        self.run("git clone -q server clone", place)
        clone = place / "clone"
        for branch in ("main", "develop"):
            self.run(f"git checkout -q {branch}", clone)
        for command in start:
            self.run(command, clone)
        (clone / "src/part0/file0.txt").write_text("fixed\n")
        self._commit(clone, "Fix")
        return clone

    def seconds(self, clone: Path, commands: tuple[str, ...]) -> float:
        """Time the commands, and see that the server has what they are to bring there."""
        began = time.perf_counter()
        for command in commands:
            self.run(command, clone)
        took = time.perf_counter() - began
        server = clone.parent / "server"
        for branch in ("main", "develop"):
            fixed = subprocess.run(
                ("git", "show", f"{branch}:src/part0/file0.txt"), cwd=server, capture_output=True, check=True
            )
            if fixed.stdout != b"fixed\n":
                raise SystemExit(f"'{commands[0]}' … did not bring the fix to {branch}")
        return took


def ways() -> dict[str, Way]:
    """Return each way's commands before the fix, and those that are timed."""
    hotfix = ("git hotfix start fix -y",), ("git hotfix finish -y --skip-tests none",)
    found: dict[str, Way] = {
        "git hotfix finish": hotfix,
        f"{len(BY_HAND)} git commands": (("git checkout -q -b hotfix/fix main",), BY_HAND),
    }
    if shutil.which("git-flow"):
        found["git flow hotfix finish"] = ("git flow hotfix start fix",), ("git flow hotfix finish -p -m HOTFIX fix",)
    else:
        print("git-flow is not installed: left out")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--files", type=int, default=1000, help="files in the repository")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), given.files)
        taken: dict[str, list[float]] = {name: [] for name in ways()}
        for _ in range(given.rounds):
            for name, (start, finish) in ways().items():
                taken[name].append(stage.seconds(stage.prepare("turn", *start), finish))
    print(f"{given.files} files, {given.rounds} rounds; seconds for the whole command, smaller is faster")
    print(f"{'':<24} {'median':>7} {'least':>7} {'most':>7}  against the git commands")
    plain = statistics.median(taken[f"{len(BY_HAND)} git commands"])
    for name, times in taken.items():
        median = statistics.median(times)
        print(f"{name:<24} {median:7.2f} {min(times):7.2f} {max(times):7.2f}  {median / plain:.1f} times")


if __name__ == "__main__":
    main()
