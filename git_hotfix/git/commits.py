"""Commits and annotated tags as objects: nothing here moves a ref."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from git_hotfix.errors import command, refused
from git_hotfix.escapes import readable
from git_hotfix.git.identity import identity
from git_hotfix.git.objects import A_COMMIT, A_TAG, commit_at, write_object
from git_hotfix.git.program import GitFailed
from git_hotfix.git.signature import NOBODY, Signature
from git_hotfix.hotfix import Oid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from git_hotfix.git.program import Git
    from git_hotfix.git.repository import Repository


_TEXT = re.compile("[^\udc80-\udcff]+")


def make_commit(
    repository: Repository,
    tree: Oid,
    parents: Sequence[Oid],
    message: str,
    *,
    author: Signature | None = None,
    sign: bool,
) -> Oid:
    """Make a commit object; signed by git with all of its signing configuration when ``sign`` is set.

    Who commits is who git says; so is the author, unless the change is another person's.
    """
    who = identity(repository.git)
    author, committer = author or who.author, who.committer
    if sign:
        return _signed_commit(repository, tree, parents, message, author, committer)
    lines = (f"tree {tree}", *(f"parent {each}" for each in parents), f"author {author}", f"committer {committer}")
    return write_object(repository, A_COMMIT, _raw(*lines, "", message))


def make_tag(repository: Repository, name: str, target: Oid, message: str, *, sign: bool) -> Oid:
    """Make an annotated tag object on a commit, without its ref."""
    if sign:
        return _signed_tag(repository, name, target, message)
    lines = (f"object {target}", "type commit", f"tag {name}", f"tagger {identity(repository.git).committer}")
    return write_object(repository, A_TAG, _raw(*lines, "", message.rstrip("\n") + "\n"))


def signature_of_author(repository: Repository, commit: Oid) -> Signature:
    """Return the author of a commit, to keep on a copy of it: without what git lets nobody write, and with a name."""
    who = commit_at(repository, commit).author
    return who._replace(name=who.name or who.email or NOBODY, seconds=int(who.when.timestamp()))


def why_not_signed(repository: Repository) -> str | None:
    """Return why git cannot sign a commit, in its words; None where it can.

    The trial is a commit in a throwaway repository with this one's configuration: no object is left here.
    """
    with _throwaway(repository) as (git, config):
        tree = git.run("mktree").text
        return git.ask("-c", config, "commit-tree", "-S", "-m", "can it be signed?", tree).failure


def _signed_commit(
    repository: Repository,
    tree: Oid,
    parents: Sequence[Oid],
    message: str,
    author: Signature,
    committer: Signature,
) -> Oid:
    """``git commit-tree -S``: it ignores commit.gpgSign, so the option is always given."""
    extra = {
        "GIT_AUTHOR_NAME": author.name,
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_AUTHOR_DATE": f"@{author.date}",
        "GIT_COMMITTER_NAME": committer.name,
        "GIT_COMMITTER_EMAIL": committer.email,
        "GIT_COMMITTER_DATE": f"@{committer.date}",
    }
    options = [word for parent in parents for word in ("-p", parent)]
    try:
        made = repository.git.run("commit-tree", "-S", tree, *options, "-F", "-", stdin=_raw(message), extra=extra)
    except GitFailed as error:
        raise refused(
            "signing-failed",
            f"Signing the commit failed: {error.answer.reason}",
            command("git", "commit", "--allow-empty", "-S"),
        ) from error
    return Oid(made.text)


def _signed_tag(repository: Repository, name: str, target: Oid, message: str) -> Oid:
    """``git tag -s`` makes its ref at once: so run it in a throwaway repository that writes to the real objects."""
    with _throwaway(repository) as (git, config):
        real = {"GIT_OBJECT_DIRECTORY": str(repository.common_dir / "objects")}
        try:
            git.run("-c", config, "tag", "-s", "-F", "-", name, target, stdin=_raw(message), extra=real)
        except GitFailed as error:
            reason = f"Signing the tag failed: {error.answer.reason}"
            raise refused("signing-failed", reason, command("git", "tag", "-s", "test")) from error
        return Oid(git.run("rev-parse", f"refs/tags/{name}", extra=real).text)


@contextmanager
def _throwaway(repository: Repository) -> Iterator[tuple[Git, str]]:
    """Give git in an empty repository that goes again, and the setting that lets the configuration here count."""
    import tempfile  # noqa: PLC0415  # 3 ms

    with tempfile.TemporaryDirectory(prefix="git-hotfix-") as folder:
        git = repository.git.elsewhere(Path(folder))
        git.run("init", "-q", "--bare", folder)
        yield git, f"include.path={repository.common_dir / 'config'}"


def _raw(*lines: str) -> bytes:
    """Return lines as git stores them, without what a terminal that shows them would obey or hide.

    Titles and names are what anybody may have pushed. Bytes that were no UTF-8 in a message that is copied stay.
    """
    text = "\n".join(lines).replace("\r\n", "\n")
    return _TEXT.sub(lambda part: readable(part[0]), text).encode("utf-8", "surrogateescape")
