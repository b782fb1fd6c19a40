"""What a commit does, beside what its message says: whether it takes changes back, whether it brings one.

Whoever writes the message writes the commit too, so likeness has to go far, and what is in doubt has no effect.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.git.objects import EMPTY_TREE, content_of, size_of
from git_hotfix.git.provenance import parents
from git_hotfix.git.trees import Change, changes, entry_at, file_at, tree_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from git_hotfix.git.objects import Entry
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.trees import RecordPaths
    from git_hotfix.hotfix import Oid

_MOST_RENAMED = 1000
"""As git's own ``diff.renameLimit``, which is not asked: what is settled must not depend on who asks."""

Lines = Counter[bytes]

_ADAPTED, _NEAR = 0.8, 0.6
"""How much of two lines must be the same (``difflib``'s ratio) for one to be the other adapted; to be about it."""

_LONGEST, _LARGEST = 200, 1_000_000
"""Lines and files that are compared, at most; longer ones are the same or not."""

_MOST_WORK = 10_000_000
"""What one question may take, about a second: bytes read, and lengths of compared lines multiplied."""

_A_FILE, _A_PAIR = 5_000, 100
"""What to read any file and to compare any two lines takes at least, counted so."""

_WORD = re.compile(rb"[\w\x80-\xff]+")
_VERSION = re.compile(rb"(?<!\d)\d+(?:\.\d+)+")
_TOKEN = re.compile(rb"[\w\x80-\xff]+|[^\w\x80-\xff\s]")
_PLAIN = frozenset(
    b"return else end break continue pass try finally begin do then fi done esac default endif if loop".split()
)


class Difference(NamedTuple):
    """A change, by the trees before and after it."""

    before: Oid
    after: Oid

    @property
    def reversed(self) -> Difference:
        """The change that takes this one back."""
        return Difference(self.after, self.before)


def difference_of(repo: Repository, commit: Oid) -> Difference:
    """Return what a commit changes; of a merge, what it brings to its first parent."""
    first = next(iter(parents(repo, commit)), None)
    return Difference(tree_of(repo, first) if first else EMPTY_TREE, tree_of(repo, commit))


def is_undone(repo: Repository, brought: Collection[Difference], by: Difference, record: RecordPaths) -> bool:
    """Return whether one change took others (the newest first) back, as far as one who resolved conflicts can have.

    It changes what they changed, back to what was there or nearly so; no line that they added is there more often than
    without them, and what they removed is there again, or something in its place.
    """
    reader = _Reader(repo)
    then = {each.path: each for each in changes(repo, *by)}
    changed: dict[str, list[Change]] = {}
    for difference in brought:
        for each in changes(repo, *difference):
            if not record.holds(each.path):
                changed.setdefault(each.path, []).append(each)
    try:
        both = ((then[path], each) for path in changed if path in then for each in changed[path])
        is_meant = any(_resembles(reader, *pair) for pair in both)
        return is_meant and all(
            _is_back(reader, own, then.get(path) or Change(path, now := entry_at(repo, by.after, path), now))
            for path, own in changed.items()
        )
    except _TooMuch:
        return False


def is_put_back(repo: Repository, brought: Collection[Change], by: Oid) -> bool:
    """Return whether a commit put in, or nearly, what changes had removed, and leaves no line that they had added.

    So does one that only deletes those lines. Where all files are gone that were there before, nothing was put back:
    they are no longer needed, and what was added beside them is not either.
    """
    reader, before = _Reader(repo), next(iter(parents(repo, by)), EMPTY_TREE)
    sides = [(each, file_at(repo, before, each.path), file_at(repo, by, each.path)) for each in brought]
    did = ((each, Change(each.path, old, new)) for each, old, new in sides if old != new)
    if {now for each, _, now in sides if each.old is not None and each.new is not None} == {None}:
        return False
    try:
        ways = (_restores, _only_deletes)
        is_meant = any(each.new == own.old or any(way(reader, each, own) for way in ways) for own, each in did)
        return is_meant and not any(_is_left(reader, own, now) for own, _, now in sides)
    except _TooMuch:
        return False


def _is_left(reader: _Reader, brought: Change, now: Entry | None) -> bool:
    """Return whether a line that a change added to a file is in it now."""
    texts = _texts([reader.lines(entry) for entry in (brought.old, brought.new, now)])
    if texts is None:
        return brought.new == now
    old, new, after = texts
    return any(after[line] > old[line] for line in _telling(new - old))


def is_brought(repo: Repository, change: Difference, by: Difference, record: RecordPaths) -> bool:
    """Return whether one change is another that a person has adapted: in each of its files it does most of that."""
    reader = _Reader(repo)
    then = {each.path: each for each in changes(repo, *by)}
    wanted = [each for each in changes(repo, *change) if not record.holds(each.path)]
    try:
        return any(each.path in then for each in wanted) and all(
            then[each.path].new == each.new or _is_adapted(reader, each, then[each.path])
            if each.path in then
            else entry_at(repo, by.after, each.path) == each.new
            for each in wanted
        )
    except _TooMuch:
        return False


def _is_adapted(reader: _Reader, wanted: Change, did: Change) -> bool:
    """Return whether most lines that a file was to get were added to it, and most that were to go are gone."""
    sides = [reader.lines(entry) for entry in (wanted.old, wanted.new, did.old, did.new)]
    if (texts := _texts(sides)) is None:
        return False
    old, new, before, after = texts
    added, removed = _telling(new - old), _telling(old - new)
    stays = {line: max(before[line] - count, new[line] if added else 0) for line, count in removed.items()}
    kept = sum(min(count, max(after[line] - stays[line], 0)) for line, count in removed.items())
    is_gone = _is_most(removed.total() - kept, removed.total())
    return bool(added or removed) and is_gone and _has_most(reader, added, _telling(after - before))


def _has_most(reader: _Reader, wanted: Lines, among: Lines) -> bool:
    """Return whether most of these lines are among others, each of which stands for one, as it is or adapted."""
    exact = wanted & among
    found, others = exact.total(), list((among - exact).elements())
    for line in (wanted - exact).elements():
        if _is_most(found, wanted.total()):
            break
        match = next(
            (other for other in others if _keeps(line, other) or reader.are_alike(line, other, _ADAPTED)), None
        )
        if match is not None:
            others.remove(match)
            found += 1
    return _is_most(found, wanted.total())


def _keeps(line: bytes, other: bytes) -> bool:
    """Return whether another line has all words and signs of a line, in their order, between its own."""
    left = iter(_TOKEN.findall(other[:_LONGEST]))
    return all(token in left for token in _TOKEN.findall(line))


def _is_most(some: int, of: int) -> bool:
    return 3 * some >= 2 * of


def _resembles(reader: _Reader, did: Change, brought: Change) -> bool:
    """Return whether a file was changed back, or lines of it that are about what was brought."""
    if did.new == brought.old or _restores(reader, did, brought):
        return True
    return _restores(reader, Change(did.path, did.new, did.old), Change(brought.path, brought.new, brought.old))


def _restores(reader: _Reader, did: Change, brought: Change) -> bool:
    """Return whether a line was put in that is, or is nearly, one that was taken out by what was brought."""
    texts = _texts([reader.lines(entry) for entry in (did.old, did.new, brought.new, brought.old)])
    if texts is None:
        return False
    before, after, new, old = texts
    lines = ((one, other) for one in _telling(after - before) for other in _telling(old - new))
    return any(reader.are_alike(one, other, _NEAR) and not _are_versions(one, other) for one, other in lines)


def _only_deletes(reader: _Reader, did: Change, brought: Change) -> bool:
    """Return whether lines that were brought to a file were deleted from it, and it was changed in nothing else."""
    texts = _texts([reader.lines(entry) for entry in (did.old, did.new, brought.old, brought.new)])
    if texts is None or did.new is None or not texts[1] <= texts[0]:
        return False
    return bool(_telling(gone := texts[0] - texts[1])) and gone <= texts[3] - texts[2]


def _are_versions(one: bytes, other: bytes) -> bool:
    """Return whether two lines differ, and only in the version that they name: a later one puts no earlier one back."""
    return one != other and _VERSION.sub(b"", one) == _VERSION.sub(b"", other)


def _is_back(reader: _Reader, brought: list[Change], did: Change) -> bool:
    """Return whether nothing is left in a file, by one change, of what others (the newest first) had done to it."""
    if did.new == brought[-1].old:
        return True
    if did.old is None and did.new is None:  # others have removed it since; what the change removed is not back
        return brought[0].new is not None
    texts = _texts([reader.lines(entry) for each in (did, *brought) for entry in (each.old, each.new)])
    if texts is None:
        return False
    (before, after), sides = texts[:2], list(zip(texts[2::2], texts[3::2], strict=True))
    added, removed = Lines(), Lines()
    for old, new in sides:
        added, removed = added + (new - old), removed + (old - new)
    added, removed = added - removed, _telling(removed - added)
    if any(after[line] > max(before[line] - count, 0) for line, count in added.items()):
        return False
    restored = Lines({line: min(after[line] - before[line], count) for line, count in removed.items()})
    restored |= Lines({line: count for line, count in removed.items() if after[line] >= sides[-1][0][line]})
    missing = removed - restored
    if any(restored[line] > 0 for line in missing) or (missing and not added):
        return False
    instead = (line for line in _telling(after - before - removed).elements())
    own = [line for line in instead if not any(reader.are_alike(line, each, _NEAR) for each in added)]
    return len(own) >= missing.total()


class _TooMuch(Exception):
    """Nothing is known of changes that it would take too long to compare."""


class _Reader:
    """Reads files and compares lines for one question, until that takes too much."""

    def __init__(self, repo: Repository) -> None:
        self._repo, self._left = repo, _MOST_WORK

    def lines(self, entry: Entry | None) -> Lines | None:
        """Return the lines of a file that are not empty, without the space around them, and how often each is there.

        None is what has no lines to compare: a binary or too large file, a link.
        """
        if entry is None:
            return Lines()
        if not entry.is_file or (size := size_of(self._repo, entry.oid)) > _LARGEST:
            return None
        self._spend(_A_FILE + size)
        content = content_of(self._repo, entry.oid)
        if b"\0" in content[:8000]:
            return None
        return Lines(filter(None, map(bytes.strip, content.split(b"\n"))))

    def are_alike(self, one: bytes, other: bytes, ratio: float) -> bool:
        """Return whether this much of two lines is the same."""
        self._spend(_A_PAIR + len(one) + len(other))
        lengths = sorted((len(one), len(other)))
        if one == other or lengths[1] > _LONGEST or 2 * lengths[0] < ratio * sum(lengths):
            return one == other
        self._spend(lengths[0] * lengths[1])
        from difflib import SequenceMatcher  # noqa: PLC0415  # 3 ms: few changes have to be compared

        pair = SequenceMatcher(None, one, other, autojunk=False)
        if pair.quick_ratio() < ratio:
            return False
        self._spend(4 * lengths[0] * lengths[1])
        return pair.ratio() >= ratio

    def _spend(self, work: int) -> None:
        self._left -= work
        if self._left < 0:
            raise _TooMuch


def _texts(sides: list[Lines | None]) -> list[Lines] | None:
    texts = [each for each in sides if each is not None]
    return texts if len(texts) == len(sides) else None


def _telling(lines: Lines) -> Lines:
    """Return the lines that say something by themselves: not ``}``, not ``return``."""
    return Lines({line: count for line, count in lines.items() if not _PLAIN.issuperset(_WORD.findall(line))})


def renamed(repo: Repository, tree: Oid, other: Oid) -> frozenset[str] | None:
    """Return the files that another tree has under another name, half of it alike; None: git does not compare so many.

    It compares each file that is gone with each that is new (git-diff(1), ``-l``).
    """
    options = ("-r", "-z", "--name-status", "-M50%", f"-l{_MOST_RENAMED}", "--no-rename-empty", "--diff-filter=ADR")
    records = iter(repo.past.run("diff-tree", *options, tree, other).records)
    names: dict[str, list[str]] = {"A": [], "D": [], "R": []}
    for status in records:
        names[status[0]].append(next(records))
        if status[0] == "R":
            next(records)  # the new name
    is_compared = len(names["A"]) * len(names["D"]) <= _MOST_RENAMED**2
    return frozenset(names["R"]) if is_compared else None
