"""Which file was where in all of history: what every commit changed beside its first parent, read by one walk.

So no folder is read for a question about a commit, however large it is: that of the reports grows with every hotfix.
"""

from __future__ import annotations

from bisect import bisect
from contextlib import suppress
from heapq import merge
from threading import Thread
from typing import TYPE_CHECKING

from git_hotfix.git.objects import EMPTY_TREE, Entry
from git_hotfix.git.program import GitFailed
from git_hotfix.hotfix import Oid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from git_hotfix.git.commit_graph import CommitGraph, Line
    from git_hotfix.git.program import Answer, Git

MOST_OFF_LINE = 1000
"""How many commits of a branch are looked through until one of a line is met; beyond that folders are read."""

Sides = tuple[Entry | None, Entry | None]
"""What was at a path before and after a commit; None where nothing was."""

_WALK = (
    *("log", "-z", "--raw", "--root", "--diff-merges=first-parent", "--format=%H", "--no-renames", "--no-abbrev"),
    *("--no-relative", "--ignore-submodules=none", "--no-show-signature", "--stdin"),
)


class Walk(Thread):
    """git's walk through the changes of all commits below some tips, which goes on while other things are read."""

    def __init__(self, git: Git, tips: Iterable[Oid]) -> None:
        super().__init__(daemon=True)
        self._git, self._tips = git, "\n".join(tips).encode()
        self._answer: Answer | None = None
        self.start()

    def run(self) -> None:
        """Ask git; what goes wrong is met again by who wants the answer."""
        with suppress(Exception):
            self._answer = self._git.ask(*_WALK, stdin=self._tips)

    def out(self) -> bytes:
        """Wait for what git writes, and return it; it may fail with ``GitFailed``."""
        self.join()
        answer = self._answer or self._git.ask(*_WALK, stdin=self._tips)
        if answer.code != 0:
            raise GitFailed(_WALK, answer)
        return answer.out


class FileHistory:
    """The changes of the commits of a graph; what is not in it is None: then folders have to be read."""

    def __init__(self, graph: CommitGraph, out: bytes) -> None:
        self._graph = graph
        self._of: dict[int, dict[str, Sides]] = {}
        self._changing: dict[str, list[int]] = {}
        self._on_lines: dict[tuple[int, str], tuple[list[int], list[Entry | None]]] = {}
        above = (graph.trees[each[0]] if each else EMPTY_TREE for each in graph.parents)
        self._between = {trees: number for number, trees in enumerate(zip(above, graph.trees, strict=True))}
        self._read(out)
        paths = (path for path in self._changing if "/" in path)
        self._folders = {path[:at] for path in paths for at, sign in enumerate(path) if sign == "/"}

    def _read(self, out: bytes) -> None:
        entries: dict[bytes, Entry] = {}

        def entry(mode: bytes, oid: bytes) -> Entry | None:
            if mode == b"000000":
                return None
            found = entries.get(mode + oid)
            if found is None:
                found = entries[mode + oid] = Entry(int(mode, 8), Oid(oid.decode()))
            return found

        changed: dict[str, Sides] = {}
        records = iter(out.split(b"\0"))
        for record in records:  # a commit, then its changes, behind each the name: that may be anything
            about = record.removeprefix(b"\n")
            if about.startswith(b":"):
                path = next(records).decode("utf-8", "surrogateescape")
                changed[path] = entry(about[1:7], about[15:55]), entry(about[8:14], about[56:96])
            elif about:
                changed = self._of[self._graph.numbers[Oid(about.decode())]] = {}
        for number in sorted(self._of):
            for path in self._of[number]:
                self._changing.setdefault(path, []).append(number)

    def changes_of(self, commit: Oid) -> dict[str, Sides] | None:
        """Return what a commit changes, beside its first parent, by path."""
        number = self._graph.numbers.get(commit)
        return None if number is None else self._of.get(number, {})

    def entry_at(self, commit: Oid, path: str) -> tuple[Entry | None] | None:
        """Return the file, link or submodule that a commit has at a path.

        Of a tip the folders are read all the same: anybody can push one in which a name has a ``/``, which looks like
        the file of another folder here.
        """
        number = self._graph.numbers.get(commit)
        if number is None or path in self._folders or self._graph.is_tip(commit):
            return None
        if path not in self._changing:
            return (None,)
        for _ in range(MOST_OFF_LINE):
            place = self._graph.place(number)
            if place is not None:
                at, line, end = place
                places, entries = self._on_line(at, line, path)
                before = bisect(places, end)
                return (entries[before - 1] if before else None,)
            sides = self._of.get(number, {}).get(path)
            above = self._graph.parents[number]
            if sides is not None or not above:
                return (sides[1] if sides is not None else None,)
            number = above[0]
        return None

    def _on_line(self, at: int, line: Line, path: str) -> tuple[list[int], list[Entry | None]]:
        """Return the places on a line at which a path was changed, and what was there then, oldest first."""
        known = self._on_lines.get((at, path))
        if known is None:
            changing = [each for each in self._changing.get(path, ()) if line.runs_through(each)]
            entries = [self._of[each][path][1] for each in changing]
            known = self._on_lines[at, path] = [line.arrived[each] for each in changing], entries
        return known

    def places(self, at: int, line: Line, paths: Iterable[str]) -> Iterator[int]:
        """Return the places on a line at which one of these paths was changed, the newest first."""
        each = [reversed(self._on_line(at, line, path)[0]) for path in paths]
        return iter(dict.fromkeys(merge(*each, reverse=True)))

    def changes_between(self, old: Oid, new: Oid) -> dict[str, Sides] | None:
        """Return what the commits changed from one to another that its first-parent line leads to."""
        start, number = (self._graph.numbers.get(oid) for oid in (old, new))
        steps: list[dict[str, Sides]] = []
        while number is not None and start is not None and number > start and len(steps) < MOST_OFF_LINE:
            steps.append(self._of.get(number, {}))
            number = next(iter(self._graph.parents[number]), None)
        if number is None or number != start:
            return None
        found: dict[str, Sides] = {}
        for step in reversed(steps):
            for path, (before, after) in step.items():
                found[path] = found.get(path, (before,))[0], after
        return {path: sides for path, sides in found.items() if sides[0] != sides[1]}

    def changes_to_tree(self, old: Oid, new: Oid) -> dict[str, Sides] | None:
        """Return what differs between two trees, where they are those of a commit and of its first parent."""
        number = self._between.get((old, new))
        return self._of.get(number, {}) if number is not None else None

    def paths_in(self, folder: str) -> Iterator[tuple[str, Oid]]:
        """Return path and blob of every regular file that ever was directly in a folder."""
        beginning = f"{folder}/" if folder else ""
        for path, numbers in self._changing.items():
            if path.startswith(beginning) and "/" not in path[len(beginning) :]:
                entries = (self._of[number][path][1] for number in numbers)
                yield from dict.fromkeys((path, entry.oid) for entry in entries if entry is not None and entry.is_file)
