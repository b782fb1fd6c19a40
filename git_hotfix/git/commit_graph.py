"""All history below some branches, read by one walk: what questions about many hotfixes are answered from.

One ``git log`` gives the commits as git sees them (shallow, replaced and grafted too), so memory and time grow with
their number, and not with the number of questions. What is not in it is None: then it is asked for as always.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.git.messages import single, trailers_of
from git_hotfix.git.objects import commit_at
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


class CommitGraph:
    """The commits below some tips by number: a parent's is lower than its child's."""

    def __init__(self, repo: Repository, tips: Iterable[Oid], lines: Iterable[Oid]) -> None:
        self._repo = repo
        self.oids: list[Oid] = []
        self._parents: list[tuple[int, ...]] = []
        self._seconds = array("q")
        self._named: dict[str, list[int]] = {}
        self.merges: dict[Oid, str] = {}
        """The first line of the message of every merge."""
        self._numbers: dict[Oid, int] = {}
        self._read({*tips, *lines})
        self._line_of = array("i", [-1]) * len(self.oids)
        self._lines = [self._line(self._numbers[tip]) for tip in dict.fromkeys(lines) if tip in self._numbers]
        for at, line in enumerate(self._lines):
            for number in line.commits:
                self._line_of[number] = at
        self._changed_in: dict[str, dict[str, list[int]]] = {}

    def _read(self, tips: Iterable[Oid]) -> None:
        options = ("--topo-order", "--reverse", "-z", "--format=%H%n%P%n%ct%n%B", "--no-show-signature", "--stdin")
        out = self._repo.git.run("log", *options, stdin="\n".join(tips).encode()).out if tips else b""
        for record in out.split(b"\0"):
            if not record:
                continue
            oid, parents, seconds, message = record.decode("utf-8", "replace").split("\n", 3)
            number = self._numbers[Oid(oid)] = len(self.oids)
            self.oids.append(Oid(oid))
            above = tuple(self._numbers[Oid(each)] for each in parents.split())
            self._parents.append(above)
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
        while self._parents[commits[-1]]:
            commits.append(self._parents[commits[-1]][0])
        commits.reverse()
        arrived = array("i", [-1]) * len(self.oids)
        for at, commit in enumerate(commits):
            arrived[commit] = at
            stack = [each for each in self._parents[commit] if arrived[each] < 0]
            while stack:
                number = stack.pop()
                if arrived[number] < 0:
                    arrived[number] = at
                    stack += [each for each in self._parents[number] if arrived[each] < 0]
        return Line(array("i", commits), arrived)

    def is_ancestor(self, ancestor: Oid, descendant: Oid) -> bool | None:
        """Return whether one commit is reachable from the other; None where one of them is not known."""
        one, other = self._numbers.get(ancestor), self._numbers.get(descendant)
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
            for each in self._parents[number]:
                if each >= ancestor and each not in seen:
                    seen.add(each)
                    stack.append(each)
        return False

    def merge_bases(self, one: Oid, other: Oid) -> tuple[Oid, ...] | None:
        """Return the best common ancestors; None where they are not known, or far."""
        numbers = [self._numbers.get(oid) for oid in (one, other)]
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
            new = [each for each in self._parents[number] if each not in seen]
            seen.update(new)
            stack += new
        best = [each for each in bases if not any(each != more and self._reaches(more, each) for more in bases)]
        return tuple(self.oids[each] for each in best) if len(best) < 2 else None  # their order is git's to say

    def arrived(self, tip: Oid, commit: Oid) -> tuple[Oid | None] | None:
        """Return the oldest commit on the first-parent line of ``tip`` that contains another (None: none does).

        None alone where the line, or the commit, is not known.
        """
        place, number = self._place(tip), self._numbers.get(commit)
        if place is None or number is None:
            return None
        line, end = place
        at = line.arrived[number]
        return (self.oids[line.commits[at]] if 0 <= at <= end else None,)

    def _place(self, tip: Oid) -> tuple[Line, int] | None:
        number = self._numbers.get(tip)
        if number is None or self._line_of[number] < 0:
            return None
        line = self._lines[self._line_of[number]]
        return line, line.arrived[number]

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
        number, old = self._numbers.get(tip), self._numbers.get(without) if without is not None else None
        if number is None or (without is not None and old is None):
            return None
        if first_parents:
            return self._listed_on_line(tip, old, since, naming, paths, most)
        if naming is None:
            return None
        named = (self._numbers[oid] for oid in self.naming(naming))
        found = (
            each for each in named if self._reaches(number, each) and not (old is not None and self._reaches(old, each))
        )
        return tuple(self.oids[each] for each in found if since is None or self._seconds[each] >= since)

    def _listed_on_line(
        self, tip: Oid, old: int | None, since: int | None, naming: str | None, paths: Sequence[str], most: int | None
    ) -> tuple[Oid, ...] | None:
        place = self._place(tip)
        if place is None:
            return None
        line, end = place
        begin = 0
        if old is not None:  # what is in the past of another are the oldest of a line
            begin = bisect(line.commits, 0, hi=end + 1, key=lambda each: not self._reaches(old, each))
        if naming is not None or paths:
            numbers = {self._numbers[oid] for oid in self.naming(naming)} if naming is not None else None
            numbers = self._changed(paths) if numbers is None else numbers
            on_line = ((line.arrived[each], each) for each in numbers)
            found = (
                each for at, each in sorted(on_line, reverse=True) if begin <= at <= end and line.commits[at] == each
            )
        else:
            found = (line.commits[at] for at in range(end, begin - 1, -1))
        wanted: list[Oid] = []
        for number in found:
            if (since is not None and self._seconds[number] < since) or len(wanted) == most:
                break
            wanted.append(self.oids[number])
        return tuple(wanted)

    def changes(self, commit: Oid, paths: Iterable[str]) -> bool | None:
        """Return whether a commit changes one of these paths, beside its first parent; None where it is on no line."""
        number = self._numbers.get(commit)
        return None if number is None or self._line_of[number] < 0 else number in self._changed(paths)

    def _changed(self, paths: Iterable[str]) -> set[int]:
        """Return the commits on the lines that change one of these paths, beside their first parent."""
        found: set[int] = set()
        for path in paths:
            folder = path.rpartition("/")[0] if path.endswith(".md") else ""
            if folder not in self._changed_in:
                self._changed_in[folder] = self._read_changes(folder)
            found.update(self._changed_in[folder].get(path, ()))
        return found

    def _read_changes(self, folder: str) -> dict[str, list[int]]:
        """Read what the commits on the lines change in a folder, or anywhere (an empty one), by one walk."""
        tips = [self.oids[line.commits[-1]] for line in self._lines]
        options = ("--first-parent", "-m", "--raw", "--no-renames", "--no-abbrev", "-z", "--format=%H", "--stdin")
        within = ("--", f":(top,literal){folder}") if folder else ()
        asked = "\n".join((*tips, *within)).encode("utf-8", "surrogateescape")
        out = self._repo.git.run("log", *options, stdin=asked).out
        changes: dict[str, list[int]] = {}
        at, is_name = -1, False
        for record in out.split(b"\0"):  # a commit, then its changes, behind each the name: that may be anything
            text = record.decode("utf-8", "surrogateescape")
            if is_name:
                changes.setdefault(text, []).append(at)
                is_name = False
            elif text.removeprefix("\n").startswith(":"):
                is_name = True
            elif text:
                at = self._numbers[Oid(text)]
        return changes
