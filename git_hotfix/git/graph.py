"""History near the tips, walked here: in whose past a commit is, without a process.

A walk is bounded: libgit2 cannot read git's commit-graphs, so far questions are git's. Where history is not as it is
written in the commits (shallow, replaced, grafted), or a commit is missing, every question is git's.
"""

from __future__ import annotations

import heapq
from itertools import islice
from typing import TYPE_CHECKING

from git_hotfix.git.objects import MissingObject, commit_at
from git_hotfix.hotfix import Oid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from git_hotfix.git.objects import Commit
    from git_hotfix.git.repository import Repository

MOST_COMMITS = 400
"""How many commits one walk may visit: 10 ms, as long as a few git processes take."""

_LEFT, _RIGHT, _STALE, _BASE = 1, 2, 4, 8
_BOTH = _LEFT | _RIGHT


class TooFar(Exception):
    """The question leads too far, or to what is not written in the commits: it is git's."""


class Reader:
    """Reads the commits of one walk, up to the bound; beyond it, and where one is missing, it raises ``TooFar``."""

    def __init__(self, repo: Repository) -> None:
        if not repo.is_history_plain:
            raise TooFar
        self._repo = repo
        self._read: dict[Oid, Commit] = {}

    def __getitem__(self, oid: Oid) -> Commit:
        found = self._read.get(oid)
        if found is None:
            if len(self._read) >= MOST_COMMITS:
                raise TooFar
            try:
                found = self._read[oid] = commit_at(self._repo, oid)
            except MissingObject as error:
                raise TooFar from error
        return found


class Pasts:
    """The pasts of two commits, told apart: git's ``paint_down_to_common`` (its commit-reach.c).

    Newer commits are visited first, but no answer depends on dates: the walk goes on until every path has led into the
    common past. Only ``only_right`` has to trust them, as git's own ``rev-list`` does, while nothing speaks against it.
    """

    def __init__(self, repo: Repository, left: Oid, right: Oid) -> None:
        self._commits = Reader(repo)
        self._colours: dict[Oid, int] = {}
        self._queue: list[tuple[int, int, Oid]] = []
        self._open: set[Oid] = set()
        self._left = left
        self._is_skewed = False
        self._paint(left, _LEFT)
        self._paint(right, _RIGHT)

    def left_is_in_right(self) -> bool:
        """Return whether the left one is in the past of the right one."""
        while self._open and not self._colours[self._left] & _RIGHT:
            self._step()
        return bool(self._colours[self._left] & _RIGHT)

    def bases(self) -> tuple[Oid, ...]:
        """Return common ancestors, every best one among them; a single one is the best."""
        self._finish()
        return tuple(oid for oid, colours in self._colours.items() if colours & _BASE and not colours & _STALE)

    def only_right(self) -> Collection[Oid]:
        """Return the commits that are in the past of the right one alone, as ``git rev-list left..right`` does.

        The walk goes on while dates say that the common past may still meet them; once a commit was seen that is dated
        before a parent, to the beginning of history. (git goes on for five commits: ``SLOP`` in its revision.c.)
        """
        self._finish()
        oldest = min((self._commits[oid].seconds for oid in self._only_right()), default=None)
        while oldest is not None and self._queue and (self._is_skewed or -self._queue[0][0] >= oldest):
            self._step()
        return set(self._only_right())

    def parents_first(self, wanted: Collection[Oid], tip: Oid) -> tuple[Oid, ...]:
        """Return wanted commits below a tip in the order of ``git rev-list --topo-order --reverse``."""
        children = dict.fromkeys(wanted, 0)
        for oid in wanted:
            for parent in self._commits[oid].parents:
                if parent in children:
                    children[parent] += 1
        order: list[Oid] = []
        stack = [tip] if tip in children else []
        while stack:
            order.append(oid := stack.pop())
            for parent in self._commits[oid].parents:
                if parent in children:
                    children[parent] -= 1
                    if children[parent] == 0:
                        stack.append(parent)
        return tuple(reversed(order))

    def _finish(self) -> None:
        while self._open:
            self._step()

    def _step(self) -> None:
        oid = heapq.heappop(self._queue)[-1]
        self._open.discard(oid)
        colours = self._colours[oid] & (_BOTH | _STALE)
        if colours == _BOTH:
            self._colours[oid] |= _BASE
            colours |= _STALE  # what is below a common ancestor is no better one
        made = self._commits[oid]
        for parent in made.parents:
            self._paint(parent, colours)
            self._is_skewed |= self._commits[parent].seconds > made.seconds

    def _paint(self, oid: Oid, colours: int) -> None:
        known = self._colours.get(oid, 0)
        if known & colours == colours:
            return
        self._colours[oid] = known | colours
        heapq.heappush(self._queue, (-self._commits[oid].seconds, len(self._colours), oid))
        (self._open.discard if (known | colours) & _STALE else self._open.add)(oid)

    def _only_right(self) -> Iterator[Oid]:
        return (oid for oid, colours in self._colours.items() if colours & _BOTH == _RIGHT)


def rev_list(
    repo: Repository,
    tip: Oid,
    *,
    without: Oid | None = None,
    since: int | None = None,
    first_parents: bool = False,
    naming: str | None = None,
    paths: Sequence[str] = (),
    most: int | None = None,
) -> tuple[Oid, ...]:
    """Return a commit and its ancestors, the newest first: those not in the past of another, not older than a time.

    Where they are many, those whose message does not have the text ``naming``, or that do not change one of ``paths``,
    may be left out.
    """
    if repo.graph is not None:
        known = repo.graph.listed(
            tip, without=without, since=since, first_parents=first_parents, naming=naming, paths=paths, most=most
        )
        if known is not None:
            return known
    try:
        return tuple(islice(_walked(repo, tip, without, since, first_parents=first_parents), most))
    except TooFar:
        given = {
            "--first-parent": first_parents,
            "--full-history": paths,
            "--topo-order": without and not first_parents,
            f"--since={since}": since is not None,
            f"-{most}": most,
            "--fixed-strings": naming,
            f"--grep={naming}": naming,
        }
        options = (option for option, is_given in given.items() if is_given)
        literal = (f":(top,literal){path}" for path in paths)
        commits = f"{without}..{tip}" if without else tip
        return tuple(map(Oid, repo.past.run("rev-list", *options, commits, "--", *literal).text.split()))


def _walked(
    repo: Repository, tip: Oid, without: Oid | None, since: int | None, *, first_parents: bool
) -> Iterable[Oid]:
    if without is None:
        return first_parent_line(repo, tip, since=since) if first_parents else history_since(repo, tip, since or 0)
    pasts = Pasts(repo, without, tip)
    new = pasts.only_right()
    return first_parent_line(repo, tip, among=new) if first_parents else reversed(pasts.parents_first(new, tip))


def first_parent_line(
    repo: Repository, tip: Oid, *, among: Collection[Oid] | None = None, since: int | None = None
) -> Iterator[Oid]:
    """Return a commit and its first ancestors, the newest first, up to one that is not meant; may raise ``TooFar``."""
    commits = Reader(repo)
    at: Oid | None = tip
    while at is not None and (among is None or at in among) and (since is None or commits[at].seconds >= since):
        yield at
        at = next(iter(commits[at].parents), None)


def history_since(repo: Repository, tip: Oid, start: int) -> Iterator[Oid]:
    """Return a commit and its ancestors that are not older than a time, the newest first; may raise ``TooFar``."""
    commits = Reader(repo)
    queue, seen = [(-commits[tip].seconds, 0, tip)], {tip}
    while queue:
        seconds, _, oid = heapq.heappop(queue)
        if -seconds < start:
            continue
        yield oid
        for parent in commits[oid].parents:
            if parent not in seen:
                seen.add(parent)
                heapq.heappush(queue, (-commits[parent].seconds, len(seen), parent))
