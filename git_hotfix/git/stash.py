"""The user's uncommitted changes, put aside and back: by id, and again after a crash in the middle of either."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.errors import command, refused
from git_hotfix.git.journal import checkout_noted
from git_hotfix.hotfix import Oid, RefName

if TYPE_CHECKING:
    from git_hotfix.git.program import Answer, Git


def make_stash(git: Git) -> Oid | None:
    """Make a stash commit of tracked and staged changes; None when there are none. Nothing moves yet.

    git looks twice: where files are only newer it begins to make one, finds nothing and says so by exit 1.
    """
    created = git.look_up("stash", "create", "git hotfix start")
    return Oid(created) if created else None


def keep_stash(git: Git, stash: Oid) -> None:
    """Put a stash commit on the list of stashes; nothing in the working tree changes.

    A git that was killed while it put one on the empty list has left a log without a ref: it goes first.
    """
    if _newest(git) is None:
        log = git.run("rev-parse", "--path-format=absolute", "--git-path", "logs/refs/stash").text
        Path(log).unlink(missing_ok=True)
    git.run("stash", "store", "-m", "git hotfix start: put back by finish, cleanup or close", stash)


def drop_stash(git: Git, stash: Oid) -> str | None:
    """Take a stash commit off the list of stashes; None when done (not on it is done), else git's reason."""
    entries = _kept(git)
    if stash not in entries:
        return None
    return git.ask("stash", "drop", "-q", f"stash@{{{entries.index(stash)}}}").failure


def clean(git: Git, stash: Oid) -> None:
    """Set what a stash has back to HEAD, files and index; refused unless the stash is on the list.

    Nothing else: ``reset --hard`` would also set back files marked ``--assume-unchanged``, and with
    ``submodule.recurse`` what was changed in submodules, and no stash has those.
    """
    if not is_kept(git, stash):
        message = f"The changes are not on the list of stashes ({stash[:7]}), so they stay in the files."
        raise refused("stash-failed", message, command("git", "stash", "push"))
    with checkout_noted(git, _head(git), stash, f"{stash}^2"):
        _set_back(git, _differing(git, "HEAD", stash) | _differing(git, "HEAD", f"{stash}^2"))


def _set_back(git: Git, paths: set[str]) -> None:
    if not paths:
        return
    names = "".join(f":(top,literal){path}\0" for path in sorted(paths)).encode("utf-8", "surrogateescape")
    options = ("--source=HEAD", "--staged", "--worktree", "--no-recurse-submodules", "-q")
    git.run("restore", *options, "--pathspec-from-file=-", "--pathspec-file-nul", stdin=names)


def is_kept(git: Git, stash: Oid) -> bool:
    """Return whether a stash commit is on the list of stashes."""
    return stash in _kept(git)


def entry_of(git: Git, stash: Oid) -> str | None:
    """Return the name that a stash commit has on the list of stashes; None where it is not on it."""
    entries = _kept(git)
    return f"stash@{{{entries.index(stash)}}}" if stash in entries else None


def is_part_of(git: Git, part: Oid, whole: Oid) -> bool:
    """Return whether every change in a stash is in another one too, on the same HEAD: files and index each.

    So it is when the tree was being set back to HEAD after the other stash was kept, and that was interrupted.
    """
    if git.run("rev-parse", f"{part}^1").text != git.run("rev-parse", f"{whole}^1").text:
        return False
    return all(_comes_from(git, part, f"{part}{name}", (f"{whole}{name}",)) for name in ("", "^2"))


class NotBack(NamedTuple):
    """Why a stash is not back; with the name it has on the list where no later run can put it back either."""

    why: str
    entry: str | None = None


def restore_stash(git: Git, stash: Oid) -> NotBack | None:
    """Put a stash back by its id, staged changes as staged, and drop its entry; else say why not.

    Changes that an interrupted run has put back already are put back once more, from the beginning. A stash that
    conflicts is not applied at all: the markers would be taken for the person's own changes.
    """
    entry = entry_of(git, stash)
    if entry is None:
        # the user has put it back already; a git killed while it took the last one off the list has left the ref alone
        if _newest(git) == stash:
            git.run("update-ref", "-d", "refs/stash", stash)
        return None
    if _is_half_back(git, stash):
        clean(git, stash)
    merged = _merged(git, "HEAD", stash)
    if not merged or not _merged(git, _index(git), stash):
        return NotBack("it conflicts with what is here now", entry)
    answer = _apply(git, stash, merged)
    if answer.code != 0:
        return NotBack(f"it could not be put back: {answer.why}")
    why = drop_stash(git, stash)
    return None if why is None else NotBack(f"it was put back, but not taken off the list: {why}")


def fits(git: Git, stash: Oid, onto: str) -> bool:
    """Return whether a stash can be put back, files and index, where a commit is checked out and nothing is changed."""
    return bool(_merged(git, onto, stash))


def _apply(git: Git, stash: Oid, merged: tuple[str, ...]) -> Answer:
    if git.look_up("diff-index", "--quiet", "HEAD", "--") is None:  # with changes of the user's: no way back
        return git.ask("stash", "apply", "--index", "-q", stash)
    with checkout_noted(git, _head(git), *merged):
        answer = git.ask("stash", "apply", "--index", "-q", stash)
        if answer.code != 0:  # a merge driver, say, that ends otherwise now: nothing was changed here before
            _set_back(git, set(git.run("diff-index", "-z", "--name-only", "--no-renames", "HEAD", "--").records))
        return answer


def _index(git: Git) -> str:
    """Return a commit of what is staged: a stash is merged with that, not with HEAD."""
    created = git.look_up("stash", "create", "git hotfix: what is here")
    return f"{created}^2" if created else "HEAD"


def _merged(git: Git, onto: str, stash: Oid) -> tuple[str, ...]:
    """Return the trees of files and index that a stash becomes on a commit; none where they conflict.

    As git applies it: what has changed since the commit that it was made on, whatever the history of the two is. So a
    throwaway commit stands for ``onto``, right on that one (``merge-tree --merge-base`` needs git 2.40).
    """
    tree, before = git.run("rev-parse", f"{onto}^{{tree}}", f"{stash}^1").text.split()
    raw = f"tree {tree}\nparent {before}\nauthor git-hotfix <> 0 +0000\ncommitter git-hotfix <> 0 +0000\n\n"
    ours = git.run("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw.encode()).text
    answers = [git.ask("merge-tree", "--write-tree", "--no-messages", ours, f"{stash}{name}") for name in ("", "^2")]
    return tuple(each.text for each in answers) if all(each.code == 0 for each in answers) else ()


def _is_half_back(git: Git, stash: Oid) -> bool:
    """Return whether all that is changed here is what ``git stash apply`` of a stash makes of HEAD."""
    created = git.ask("stash", "create", "git hotfix: what is here")
    if created.code != 0 or not created.text:
        return False
    here = Oid(created.text)
    merged = _merged(git, f"{here}^1", stash)
    if not merged:
        return False
    # before git sets the index to what was staged, it has the files in it
    return _comes_from(git, here, here, merged[:1]) and _comes_from(git, here, f"{here}^2", merged)


def _comes_from(git: Git, here: Oid, tree: str, sources: tuple[str, ...]) -> bool:
    """Return whether each path that differs from HEAD in a tree is as one of these trees has it."""
    left = _differing(git, f"{here}^1", tree)
    for source in sources:
        left &= _differing(git, tree, source)
    return not left


def _differing(git: Git, one: str, other: str) -> set[str]:
    return set(git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", one, other).records)


def _kept(git: Git) -> list[str]:
    """Return the commits on the list of stashes, the newest first; a list that a killed git left half changed is ended.

    The list is the log of one ref, and git writes the log before the ref. Killed in between, the ref is not at the
    newest entry: the next stash would hide one, and deleting the ref would delete the whole list.
    """
    newest = _newest(git)
    if newest is None:
        return []
    kept = git.run("reflog", "show", "--format=%H", "refs/stash", "--").text.split()
    if kept and kept[0] != newest:  # only this moves the ref without a new entry in its log
        git.run("reflog", "expire", "--updateref", "--expire=never", "--expire-unreachable=never", "refs/stash")
    return kept


def _head(git: Git) -> Oid | None:
    head = git.look_up("rev-parse", "-q", "--verify", "HEAD^{commit}")
    return Oid(head) if head is not None else None


def _newest(git: Git) -> str | None:
    """Return where the ref of the list is; a git that fails is no sign that there is none."""
    return git.look_up("rev-parse", "-q", "--verify", RefName("refs/stash"))
