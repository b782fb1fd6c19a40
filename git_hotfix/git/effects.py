"""What a commit does, beside what its message says: whether it takes a change back, whether it brings one."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.git.objects import EMPTY_TREE, content_of, is_small
from git_hotfix.git.provenance import parents
from git_hotfix.git.trees import changes, entry_at, tree_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from git_hotfix.git.objects import Entry
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.trees import RecordPaths
    from git_hotfix.hotfix import Oid

_ALIKE = 0.6
"""How much of two lines must be the same for one to be the other, adapted (``difflib``'s ratio)."""

_MOST_LINES, _LONGEST = 60, 300
_MOST_BYTES = 1_000_000


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
    """Return whether one change took others back, as far as a person who resolved conflicts can have: by lines.

    It changes what they changed, back to what was there or nearly so, and no line that they added is there more often
    than without them.
    """
    return any(_resembles(repo, by, each.reversed, record) for each in brought) and not any(
        _still_has(repo, each, by, record) for each in brought
    )


def is_brought(repo: Repository, change: Difference, by: Difference, record: RecordPaths) -> bool:
    """Return whether one change may be another that a person has adapted: the same files, and lines that are alike."""
    return _resembles(repo, by, change, record)


def _resembles(repo: Repository, one: Difference, other: Difference, record: RecordPaths) -> bool:
    theirs = {each.path: each for each in changes(repo, *other) if not record.holds(each.path)}
    for own in changes(repo, *one):
        if (there := theirs.get(own.path)) is None:
            continue
        sides = (own.old, own.new, there.old, there.new)
        if not all(_is_text(repo, entry) for entry in sides):
            return True  # nothing is known of it but that both change it
        before, after, old, new = (_lines(repo, entry) for entry in sides)
        if _alike(after - before, new - old) or _alike(before - after, old - new):
            return True
    return False


def _still_has(repo: Repository, change: Difference, by: Difference, record: RecordPaths) -> bool:
    """Return whether a line that a change has added was there before another, and still is after it."""
    then = {each.path: each for each in changes(repo, *by)}
    for each in changes(repo, *change):
        if record.holds(each.path):
            continue
        added = _lines(repo, each.new) - _lines(repo, each.old)
        now = entry_at(repo, by.after, each.path)
        before, after = _lines(repo, then[each.path].old if each.path in then else now), _lines(repo, now)
        if any(after[line] > max(before[line] - count, 0) for line, count in added.items()):
            return True
    return False


def _alike(some: Counter[bytes], others: Counter[bytes]) -> bool:
    if not some.keys().isdisjoint(others):
        return True
    compared = [list(islice((line for line in each if len(line) <= _LONGEST), _MOST_LINES)) for each in (some, others)]
    pairs = (SequenceMatcher(None, one, other, autojunk=False) for one in compared[0] for other in compared[1])
    return any(each.quick_ratio() >= _ALIKE and each.ratio() >= _ALIKE for each in pairs)


def _is_text(repo: Repository, entry: Entry | None) -> bool:
    is_read = entry is not None and entry.is_file and is_small(repo, entry.oid)
    return entry is None or (is_read and b"\0" not in content_of(repo, entry.oid)[:8000])


def _lines(repo: Repository, entry: Entry | None) -> Counter[bytes]:
    """Return the lines of a file that are not empty, without the space around them, and how often each is there."""
    if entry is None or not entry.is_file or not is_small(repo, entry.oid):
        return Counter()
    content = content_of(repo, entry.oid)[:_MOST_BYTES]
    return Counter(line.strip() for line in content.split(b"\n") if line.strip())
