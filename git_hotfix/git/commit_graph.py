"""All history below some branches, read by one walk: what questions about many hotfixes are answered from.

One ``git log`` gives the commits as git sees them (shallow, replaced and grafted too), so memory and time grow with
their number, and not with the number of questions. What is not in it is None: then it is asked for as always.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.git.file_history import FileHistory, Walk
from git_hotfix.git.messages import single, trailers_of
from git_hotfix.git.objects import commit_at
from git_hotfix.git.program import GitFailed
from git_hotfix.hotfix import HOTFIX_ID, Oid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from git_hotfix.git.repository import Repository

_OIDS = re.compile(r"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])")
_TIME = re.compile(r"\d{1,12}")

MOST_OFF_LINES = 50_000
"""How many commits one search for a merge base may visit; beyond that it is asked of git."""


MOST_SECONDS = 2**40
"""No time of a commit is later: anybody can write more digits."""


class Line(NamedTuple):
    """The first-parent line of a branch, oldest first, and for each commit where it came there (-1: it did not)."""

    commits: array[int]
    arrived: array[int]

    def runs_through(self, number: int) -> bool:
        """Return whether a commit is on the line itself."""
        at = self.arrived[number]
        return at >= 0 and self.commits[at] == number


class CommitGraph:
    """The commits below some tips by number: a parent's is lower than its child's."""

    def __init__(self, repo: Repository, tips: Iterable[Oid], lines: Iterable[Oid]) -> None:
        self._repo = repo
        self.oids: list[Oid] = []
        self.parents: list[tuple[int, ...]] = []
        self.trees: list[Oid] = []
        self._seconds = array("q")
        self._named: dict[str, list[int]] = {}
        self.merges: dict[Oid, str] = {}
        """The first line of the message of every merge."""
        self.numbers: dict[Oid, int] = {}
        self._tips = {*tips, *lines}
        self._walk = Walk(repo.git, self._tips) if self._tips else None
        self._read()
        self._line_of = array("i", [-1]) * len(self.oids)
        self._lines = [self._line(self.numbers[tip]) for tip in dict.fromkeys(lines) if tip in self.numbers]
        for at, line in enumerate(self._lines):
            for number in line.commits:
                self._line_of[number] = at

    @cached_property
    def files(self) -> FileHistory | None:
        """What the commits changed; None where git cannot tell, as folders are not here."""
        try:
            return FileHistory(self, self._walk.out()) if self._walk is not None else None
        except GitFailed:
            return None

    def _read(self) -> None:
        options = ("--topo-order", "--reverse", "-z", "--format=%H%n%P%n%T%n%ct%n%B", "--no-show-signature", "--stdin")
        out = self._repo.git.run("log", *options, stdin="\n".join(self._tips).encode()).out if self._tips else b""
        for record in out.split(b"\0"):
            if not record:
                continue
            oid, parents, tree, seconds, message = record.decode("utf-8", "replace").split("\n", 4)
            number = self.numbers[Oid(oid)] = len(self.oids)
            self.oids.append(Oid(oid))
            above = tuple(self.numbers[Oid(each)] for each in parents.split())
            self.parents.append(above)
            self.trees.append(Oid(tree))
            if _TIME.fullmatch(seconds):
                self._seconds.append(int(seconds))
            else:  # no time, or nothing that git can read in the encoding that is named
                self._seconds.append(min(commit_at(self._repo, Oid(oid)).seconds, MOST_SECONDS))
            if len(above) > 1:
                self.merges[Oid(oid)] = message.partition("\n")[0]
            named = single(trailers_of(message), HOTFIX_ID) if HOTFIX_ID in message else None
            for text in {*_OIDS.findall(message), *((named,) if named is not None else ())}:
                self._named.setdefault(text, []).append(number)

    def _line(self, tip: int) -> Line:
        commits = [tip]
        while self.parents[commits[-1]]:
            commits.append(self.parents[commits[-1]][0])
        commits.reverse()
        arrived = array("i", [-1]) * len(self.oids)
        for at, commit in enumerate(commits):
            arrived[commit] = at
            stack = [each for each in self.parents[commit] if arrived[each] < 0]
            while stack:
                number = stack.pop()
                if arrived[number] < 0:
                    arrived[number] = at
                    stack += [each for each in self.parents[number] if arrived[each] < 0]
        return Line(array("i", commits), arrived)

    def is_tip(self, commit: Oid) -> bool:
        """Return whether it is one of the tips below which all was read."""
        return commit in self._tips

    def parents_of(self, commit: Oid) -> tuple[Oid, ...] | None:
        """Return the parents of a commit; None where it is not known."""
        number = self.numbers.get(commit)
        return tuple(self.oids[each] for each in self.parents[number]) if number is not None else None

    def is_ancestor(self, ancestor: Oid, descendant: Oid) -> bool | None:
        """Return whether one commit is reachable from the other; None where one of them is not known."""
        one, other = self.numbers.get(ancestor), self.numbers.get(descendant)
        return self._reaches(other, one) if one is not None and other is not None else None

    def _reaches(self, descendant: int, ancestor: int) -> bool:
        if ancestor >= descendant:
            return ancestor == descendant
        stack, seen = [descendant], {descendant}
        while stack:
            number = stack.pop()
            if number == ancestor:
                return True
            known = self._line_of[number]
            if known >= 0:
                line = self._lines[known]
                if 0 <= line.arrived[ancestor] <= line.arrived[number]:
                    return True
                continue
            if any(line.arrived[number] >= 0 and line.arrived[ancestor] < 0 for line in self._lines):
                continue  # what is reachable from here is all on a branch that does not have it
            for each in self.parents[number]:
                if each >= ancestor and each not in seen:
                    seen.add(each)
                    stack.append(each)
        return False

    def merge_bases(self, one: Oid, other: Oid) -> tuple[Oid, ...] | None:
        """Return the best common ancestors; None where they are not known, or far."""
        numbers = [self.numbers.get(oid) for oid in (one, other)]
        left, right = numbers
        if left is None or right is None:
            return None
        stack, seen, bases = [right], {right}, set[int]()
        while stack:
            if len(seen) > MOST_OFF_LINES:
                return None
            number = stack.pop()
            if self._reaches(left, number):
                bases.add(number)
                continue
            new = [each for each in self.parents[number] if each not in seen]
            seen.update(new)
            stack += new
        best = list[int]()
        for each in sorted(bases, reverse=True):  # none is reached from one with a lower number
            best += [each] if not any(self._reaches(more, each) for more in best) else []
            if len(best) > 1:
                return None  # their order is git's to say
        return tuple(self.oids[each] for each in best)

    def arrived(self, tip: Oid, commit: Oid) -> tuple[Oid | None] | None:
        """Return the oldest commit on the first-parent line of ``tip`` that contains another (None: none does).

        None alone where the line, or the commit, is not known.
        """
        tip_number, number = self.numbers.get(tip), self.numbers.get(commit)
        place = self.place(tip_number) if tip_number is not None else None
        if place is None or number is None:
            return None
        _, line, end = place
        at = line.arrived[number]
        return (self.oids[line.commits[at]] if 0 <= at <= end else None,)

    def place(self, number: int) -> tuple[int, Line, int] | None:
        """Return the line that a commit is on, which one that is, and where on it the commit is; None for no line."""
        at = self._line_of[number]
        return (at, self._lines[at], self._lines[at].arrived[number]) if at >= 0 else None

    def naming(self, text: str) -> Iterator[Oid]:
        """Return the commits whose message has a full id, or whose trailers name just this hotfix, the newest first."""
        found = self._named.get(text.removeprefix(f"{HOTFIX_ID}: "), ())
        return (self.oids[number] for number in reversed(found))

    def hotfixes_named(self) -> Iterator[str]:
        """Return what the trailers of commits give as the id of a hotfix."""
        return (text for text in self._named if not _OIDS.fullmatch(text))

    def listed(
        self, tip: Oid, *, without: Oid | None, since: int | None, first_parents: bool, naming: str | None,
        paths: Sequence[str], most: int | None,
    ) -> tuple[Oid, ...] | None:  # fmt: skip
        """Return what ``rev_list`` does; None where it is not known here."""
        number, old = self.numbers.get(tip), self.numbers.get(without) if without is not None else None
        if number is None or (without is not None and old is None):
            return None
        if first_parents and self._line_of[number] < 0 and naming is None and not paths:
            return tuple(islice(self._off_line(number, old, since), most))
        if first_parents:
            return self._listed_on_line(number, old, since, naming, paths, most)
        if naming is None:
            return None
        named = (self.numbers[oid] for oid in self.naming(naming))
        found = (
            each for each in named if self._reaches(number, each) and not (old is not None and self._reaches(old, each))
        )
        return tuple(self.oids[each] for each in found if since is None or self._seconds[each] >= since)

    def _off_line(self, number: int, old: int | None, since: int | None) -> Iterator[Oid]:
        """Return a commit and its first ancestors, the newest first, also where a line is met."""
        at: int | None = number
        while at is not None and (since is None or self._seconds[at] >= since):
            if old is not None and self._reaches(old, at):
                break
            yield self.oids[at]
            at = next(iter(self.parents[at]), None)

    def _listed_on_line(
        self, tip: int, old: int | None, since: int | None, naming: str | None, paths: Sequence[str], most: int | None
    ) -> tuple[Oid, ...] | None:
        place, files = self.place(tip), self.files if paths else None
        if place is None or (paths and files is None):
            return None
        which, line, end = place
        begin = 0
        if old is not None:  # what is in the past of another are the oldest of a line
            begin = bisect(line.commits, 0, hi=end + 1, key=lambda each: not self._reaches(old, each))
        if naming is not None:
            named = (self.numbers[oid] for oid in self.naming(naming))
            found = iter(sorted((line.arrived[each] for each in named if line.runs_through(each)), reverse=True))
        else:
            found = files.places(which, line, paths) if files is not None else iter(range(end, begin - 1, -1))
        wanted: list[Oid] = []
        for at in (each for each in found if each <= end):
            number = line.commits[at]
            if at < begin or (since is not None and self._seconds[number] < since) or len(wanted) == most:
                break
            wanted.append(self.oids[number])
        return tuple(wanted)
