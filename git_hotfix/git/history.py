"""Questions about commits: which a revision names, what contains what, which are the fix, what a message says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.errors import command, wrong_input
from git_hotfix.git import trees
from git_hotfix.git.graph import Pasts, TooFar, rev_list
from git_hotfix.git.messages import decode_message, subject_of, trailers_of, without_signature
from git_hotfix.git.objects import EMPTY_TREE, Commit, MissingObject, commit_at, commit_or_tag, has_object, peeled
from git_hotfix.git.past import found_once
from git_hotfix.hotfix import Fix, Oid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from git_hotfix.git.program import Answer
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.trees import RecordPaths


@found_once
def is_ancestor(repo: Repository, ancestor: Oid, descendant: Oid) -> bool:
    """Return whether ``ancestor`` is reachable from ``descendant`` (a commit is from itself).

    A commit that is missing on the way raises ``GitFailed``.
    """
    known = repo.graph.is_ancestor(ancestor, descendant) if repo.graph is not None else None
    if known is not None:
        return known
    try:
        return ancestor == descendant or Pasts(repo, ancestor, descendant).left_is_in_right()
    except TooFar:
        return repo.past.look_up("merge-base", "--is-ancestor", ancestor, descendant) is not None


@found_once
def merge_bases(repo: Repository, one: Oid, other: Oid) -> tuple[Oid, ...]:
    """Return the best common ancestors: several after criss-cross merges, none of unrelated histories."""
    known = repo.graph.merge_bases(one, other) if repo.graph is not None else None
    if known is not None:
        return known
    try:
        found = Pasts(repo, one, other).bases()
    except TooFar:
        found = None
    if found is None or len(found) > 1:  # which of several are the best, and their order, is git's to say
        return tuple(Oid(line) for line in (repo.past.look_up("merge-base", "--all", one, other) or "").split())
    return found


def common_past(repo: Repository, commits: Sequence[Oid]) -> Oid | None:
    """Return a commit in the past of all of these, the newest first; None where that is not a single one."""
    found = tuple(commits[:1])
    for each in commits[1:]:
        found = merge_bases(repo, found[0], each) if len(found) == 1 else ()
    return found[0] if len(found) == 1 else None


def first_parent(repo: Repository, commit: Oid) -> Oid | None:
    """Return the first parent of a commit; None when it begins a history."""
    known = repo.graph.parents_of(commit) if repo.graph is not None else None
    return next(iter(commit_at(repo, commit).parents if known is None else known), None)


@found_once
def fix_commits(repo: Repository, fork: Oid, tip: Oid, record: RecordPaths) -> tuple[Oid, ...]:
    """Return the commits of ``fork..tip`` that carry the fix, parents before children.

    Left out are merges (what they bring is other commits' work), commits that touch only record paths, and
    empty ones: there is nothing in them to pick.
    """
    return tuple(oid for oid, parents in _between(repo, fork, tip) if _carries_fix(repo, oid, parents, record))


@found_once
def fix_changes(repo: Repository, fork: Oid, tip: Oid, record: RecordPaths) -> tuple[trees.Change, ...]:
    """Return what differs between two commits, record paths left out."""
    return tuple(each for each in trees.changes_between(repo, fork, tip) if not record.holds(each.path))


def has_merges(repo: Repository, fork: Oid, tip: Oid) -> bool:
    """Return whether a merge is in ``fork..tip``: then the fix cannot be picked commit by commit."""
    return any(len(parents) > 1 for _, parents in _between(repo, fork, tip))


@found_once
def fix_of(repo: Repository, fork: Oid, tip: Oid, record: RecordPaths) -> Fix:
    """Return the fix between ``fork`` and ``tip``.

    Its identity is the id of the tip's tree without record paths. That is all that tests see: equal for the
    same content after a reworded, squashed or rebased commit and after a record commit, and wherever the
    branch forked; different as soon as one byte of code, the fix's own or merged into it, is different.
    """
    before = trees.without_paths(repo, trees.tree_of(repo, fork), record)
    after = trees.without_paths(repo, trees.tree_of(repo, tip), record)
    added, deleted = changed_lines(repo, before, after)
    return Fix(
        fork=fork,
        tip=tip,
        commits=fix_commits(repo, fork, tip, record),
        paths=trees.changed_paths(repo, before, after),
        added_lines=added,
        deleted_lines=deleted,
        identity=after,
    )


def changed_lines(repo: Repository, old: Oid, new: Oid, paths: Iterable[str] | None = None) -> tuple[int, int]:
    """Count the lines added and deleted, in ``paths`` only if given, as ``git diff --stat`` does.

    A binary file counts nothing; a renamed file counts what was changed in it.
    """
    if old == new:
        return 0, 0
    wanted = None if paths is None else frozenset(paths)
    answer = repo.past.run("diff-tree", "-r", "-z", "-M", "--numstat", "--no-ext-diff", "--no-textconv", old, new)
    added = deleted = 0
    records = iter(answer.records)
    for record in records:
        plus, minus, path = record.split("\t", 2)
        touched = {path} if path else {next(records), next(records)}  # a rename names its two paths after it
        if plus != "-" and (wanted is None or wanted & touched):
            added += int(plus)
            deleted += int(minus)
    return added, deleted


@found_once
def bringing_merge(repo: Repository, base_tip: Oid, tip: Oid) -> Oid | None:
    """Return the oldest commit on the first-parent line of ``base_tip`` that contains ``tip``.

    That is the merge that brought it, or ``tip`` itself where the line runs through it; None when ``tip`` is
    not reachable. A line that lost it never had it before.
    """
    if not is_ancestor(repo, tip, base_tip):
        return None
    known = repo.graph.arrived(base_tip, tip) if repo.graph is not None else None
    if known is not None:
        return known[0]
    line, contains = rev_list(repo, base_tip, without=tip, first_parents=True), _containing(repo, tip, base_tip)
    oldest = next((oid for oid in reversed(line) if oid in contains), tip)
    below = rev_list(repo, oldest, first_parents=True, most=2)[1:]
    return tip if below == (tip,) else oldest


def _containing(repo: Repository, old: Oid, tip: Oid) -> Collection[Oid]:
    """Return the commits of ``old..tip`` in whose past the old one is, by one walk."""
    try:
        pasts, found = Pasts(repo, old, tip), {old}
        for oid in pasts.parents_first(pasts.only_right(), tip):
            found |= {oid} if not found.isdisjoint(commit_at(repo, oid).parents) else set()
    except TooFar:
        return set(map(Oid, repo.past.run("rev-list", "--ancestry-path", f"{old}..{tip}").text.split()))
    return found


@found_once
def subject(repo: Repository, oid: Oid) -> str:
    """Return the subject of a commit's or annotated tag's message: its first paragraph on one line (``%s``)."""
    return subject_of(_shown(repo, oid))


@found_once
def trailers(repo: Repository, oid: Oid) -> tuple[tuple[str, str], ...]:
    """Return the trailers of a commit's or annotated tag's message, in order, as (key, value on one line)."""
    return trailers_of(_shown(repo, oid))


def _shown(repo: Repository, oid: Oid) -> str:
    """Return a message to show: bytes that are not text become replacement characters."""
    found = commit_or_tag(repo, oid)
    if isinstance(found, Commit):
        return decode_message(found.message, found.encoding, errors="replace").lstrip("\n")
    return without_signature(found.message.decode("utf-8", "replace"))


def commit_time(repo: Repository, oid: Oid) -> datetime:
    """Return when a commit was committed or an annotated tag was made, with its UTC offset."""
    found = commit_or_tag(repo, oid)
    if isinstance(found, Commit):
        return found.committer.when
    return found.tagger.when if found.tagger is not None else commit_time(repo, found.target)


@found_once
def _between(repo: Repository, fork: Oid, tip: Oid) -> tuple[tuple[Oid, tuple[Oid, ...]], ...]:
    """Return the commits of ``fork..tip`` with their parents, parents before children."""
    for oid in (fork, tip):
        if not has_object(repo, oid):
            raise MissingObject(oid)
    try:
        pasts = Pasts(repo, fork, tip)
        order = pasts.parents_first(pasts.only_right(), tip)
    except TooFar:
        listed = repo.past.run("rev-list", "--topo-order", "--reverse", "--parents", f"{fork}..{tip}").text
        lines = (line.split() for line in listed.splitlines())
        return tuple((Oid(oid), tuple(map(Oid, parents))) for oid, *parents in lines)
    return tuple((oid, commit_at(repo, oid).parents) for oid in order)


def _carries_fix(repo: Repository, commit: Oid, parents: tuple[Oid, ...], record: RecordPaths) -> bool:
    if len(parents) > 1:
        return False
    return bool(fix_changes(repo, parents[0] if parents else EMPTY_TREE, commit, record))


def lines_by_path(repo: Repository, commits: Iterable[Oid]) -> dict[Oid, dict[str, int]]:
    """Return how many lines of each path commits changed, all by one git; a merge did what it brought to its line.

    Of a renamed file its new name counts, of a binary one no line. What is no commit here, and all of a clone in which
    files are missing, is not known.
    """
    wanted = {oid: commit_at(repo, oid).parents for oid in dict.fromkeys(commits) if peeled(repo, oid) == oid}
    asked = (f"{oid} {parents[0]}\n" if len(parents) > 1 else f"{oid}\n" for oid, parents in wanted.items())
    options = ("-r", "-z", "-M", "--root", "--numstat", "--no-ext-diff", "--no-textconv", "--stdin")
    answer = repo.git.ask("diff-tree", *options, stdin="".join(asked).encode()) if wanted else None
    if answer is None or answer.code != 0:
        return {}
    found: dict[Oid, dict[str, int]] = {oid: {} for oid in wanted}
    now, records = dict[str, int](), iter(answer.records)
    for record in records:
        added, tab, rest = record.partition("\t")
        if not tab:
            now = found[Oid(record)]
            continue
        deleted, _, path = rest.partition("\t")
        path = path or (next(records), next(records))[1]  # a rename names its two paths after it
        now[path] = sum(int(each) for each in (added, deleted) if each != "-")
    return found


def resolve_commit(repository: Repository, revision: str) -> Oid:
    """Return the commit a revision names; an unknown one is wrong input."""
    answer = repository.git.ask("rev-parse", "-q", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    return _named_in(answer, revision)[0]


def commits_in(repository: Repository, revisions: tuple[str, ...]) -> tuple[Oid, ...]:
    """Return the commits that revisions and ranges name, ranges oldest first."""
    options = ("--reverse", "--topo-order", "--no-merges", "--end-of-options")
    found: list[Oid] = []
    for revision in revisions:
        if ".." in revision:
            found += _named_in(repository.git.ask("rev-list", *options, revision), revision)
        else:
            found.append(resolve_commit(repository, revision))
    return tuple(dict.fromkeys(found))


def _named_in(answer: Answer, revision: str) -> list[Oid]:
    if answer.code != 0:
        remedy = command("git", "log", "--oneline", "--all")
        raise wrong_input("unknown-revision", f"'{revision}' is not a commit here.", remedy)
    return [Oid(line) for line in answer.text.split("\n") if line]
