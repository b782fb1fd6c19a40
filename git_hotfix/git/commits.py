"""Commits and annotated tags as objects: nothing here moves a ref."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from git_hotfix import clock
from git_hotfix.errors import command, refused
from git_hotfix.escapes import readable
from git_hotfix.git.identity import Signature, identity
from git_hotfix.git.messages import decode_message
from git_hotfix.git.objects import A_COMMIT, A_TAG, commit_at, stamp_in, write_object
from git_hotfix.git.program import GitFailed
from git_hotfix.git.provenance import NOBODY
from git_hotfix.hotfix import Oid

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    lines = (f"tree {tree}", *(f"parent {each}" for each in parents), _line("author", author))
    return write_object(repository, A_COMMIT, _raw(*lines, _line("committer", committer), "", message))


def make_tag(repository: Repository, name: str, target: Oid, message: str, *, sign: bool) -> Oid:
    """Make an annotated tag object on a commit, without its ref."""
    if sign:
        return _signed_tag(repository, name, target, message)
    tagger = identity(repository.git).committer
    lines = (f"object {target}", "type commit", f"tag {name}", _line("tagger", tagger))
    return write_object(repository, A_TAG, _raw(*lines, "", message.rstrip("\n") + "\n"))


def signature_of_author(repository: Repository, commit: Oid) -> Signature:
    """Return the author of a commit, to keep on a copy of it: without what git lets nobody write, and with a name."""
    found = commit_at(repository, commit)
    who = stamp_in(found.written_by)
    seconds = int(clock.from_epoch(who.seconds, 0).timestamp())
    name, email = (
        re.sub(r"[<>\n\0]", "", decode_message(each, found.encoding)).strip() for each in (who.name, who.email)
    )
    return Signature(name or email or NOBODY, email, seconds, who.offset_minutes)


def why_not_signed(repository: Repository) -> str | None:
    """Return why git cannot sign a commit, in its words; None where it can.

    The trial is a commit in a throwaway repository with this one's configuration: no object is left here.
    """
    with tempfile.TemporaryDirectory(prefix="git-hotfix-") as folder:
        git = repository.git.elsewhere(Path(folder))
        git.run("init", "-q", "--bare", folder)
        tree = git.run("mktree").text
        config = f"include.path={repository.common_dir / 'config'}"
        answer = git.ask("-c", config, "commit-tree", "-S", "-m", "can it be signed?", tree)
        return None if answer.code == 0 else answer.reason


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
        "GIT_AUTHOR_DATE": _git_date(author),
        "GIT_COMMITTER_NAME": committer.name,
        "GIT_COMMITTER_EMAIL": committer.email,
        "GIT_COMMITTER_DATE": _git_date(committer),
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
    with tempfile.TemporaryDirectory(prefix="git-hotfix-") as folder:
        bare = Path(folder) / "signing.git"
        git = repository.git.elsewhere(Path(folder))
        git.run("init", "-q", "--bare", str(bare))
        extra = {"GIT_DIR": str(bare), "GIT_OBJECT_DIRECTORY": str(repository.common_dir / "objects")}
        config = f"include.path={repository.common_dir / 'config'}"
        try:
            git.run(
                "-c",
                config,
                "tag",
                "-s",
                "-F",
                "-",
                name,
                target,
                stdin=_raw(message),
                extra=extra,
            )
        except GitFailed as error:
            raise refused(
                "signing-failed", f"Signing the tag failed: {error.answer.reason}", command("git", "tag", "-s", "test")
            ) from error
        return Oid(git.run("rev-parse", f"refs/tags/{name}", extra=extra).text)


def _raw(*lines: str) -> bytes:
    """Return lines as git stores them, without what a terminal that shows them would obey or hide.

    Titles and names are what anybody may have pushed. Bytes that were no UTF-8 in a message that is copied stay.
    """
    text = "\n".join(lines).replace("\r\n", "\n")
    return _TEXT.sub(lambda part: readable(part[0]), text).encode("utf-8", "surrogateescape")


def _line(role: str, who: Signature) -> str:
    return f"{role} {who.name} <{who.email}> {_git_date(who).removeprefix('@')}"


def _git_date(signature: Signature) -> str:
    sign_of = "-" if signature.offset_minutes < 0 else "+"
    hours, minutes = divmod(abs(signature.offset_minutes), 60)
    return f"@{signature.seconds} {sign_of}{hours:02}{minutes:02}"
