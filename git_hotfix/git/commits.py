"""Commits and annotated tags as objects: nothing here moves a ref."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.errors import Problem, Remedy, command, refused
from git_hotfix.escapes import readable
from git_hotfix.git.child import TimedOut
from git_hotfix.git.hooks import as_hooks_leave_it
from git_hotfix.git.identity import identity
from git_hotfix.git.objects import A_COMMIT, A_TAG, EMPTY_TREE, commit_at, write_object
from git_hotfix.git.past import found_once
from git_hotfix.git.program import GitFailed, without_local_environment
from git_hotfix.git.settings import git_config_of
from git_hotfix.git.signature import NOBODY, Signature
from git_hotfix.hotfix import Oid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from git_hotfix.git.repository import Repository
    from git_hotfix.git.settings import GitConfig


_OF_SIGNERS = ("user.", "committer.", "gpg.", "core.sharedrepository")
"""The settings that a signed tag is made by, as git lists them."""
SIGNER_SECONDS = 45.0
"""How long the trial waits for a signer that does nothing: a key is touched, and a phrase typed, in that time."""
_SIGNERS = {
    "openpgp": ("gpg.program", "gpg"),
    "ssh": ("gpg.ssh.program", "ssh-keygen"),
    "x509": ("gpg.x509.program", "gpgsm"),
}
"""By ``gpg.format``: the setting of the program that signs, and the one that git takes without it."""
_SAYS_NOTHING = {"gpg failed to sign the data", "git gave no reason"}
_TEXT = re.compile("[^\udc80-\udcff]+")


def make_commit(
    repository: Repository, tree: Oid, parents: Sequence[Oid], message: str, *, author: Signature | None = None
) -> Oid:
    """Make a commit object as ``git commit`` would: its hooks see it, and it is signed where commits are.

    Who commits is who git says; so is the author, unless the change is another person's.
    """
    message = as_hooks_leave_it(repository, tree, message, is_merge=len(parents) > 1)
    if not repository.habits.signs_commits:
        return write_commit(repository, tree, parents, message, author=author)
    who = identity(repository.git)
    return _signed_commit(repository, tree, parents, message, author or who.author, who.committer)


def write_commit(
    repository: Repository, tree: Oid, parents: Sequence[Oid], message: str, *, author: Signature | None = None
) -> Oid:
    """Make a commit object that is not signed, and that no hook sees: one that stays here."""
    who = identity(repository.git)
    people = f"author {author or who.author}", f"committer {who.committer}"
    lines = (f"tree {tree}", *(f"parent {each}" for each in parents), *people)
    return write_object(repository, A_COMMIT, _raw(*lines, "", message))


def make_tag(repository: Repository, name: str, target: Oid, message: str) -> Oid:
    """Make an annotated tag object on a commit, without its ref; it is signed where tags are."""
    if repository.habits.signs_tags:
        return _signed_tag(repository, name, target, message)
    lines = (f"object {target}", "type commit", f"tag {name}", f"tagger {identity(repository.git).committer}")
    return write_object(repository, A_TAG, _raw(*lines, "", message.rstrip("\n") + "\n"))


def signature_of_author(repository: Repository, commit: Oid) -> Signature:
    """Return the author of a commit, to keep on a copy of it: without what git lets nobody write, and with a name."""
    who = commit_at(repository, commit).author
    return who._replace(name=who.name or who.email or NOBODY, seconds=int(who.when.timestamp()))


@found_once
def why_not_signed(repository: Repository) -> str | None:
    """Return why git cannot sign what is to be signed, in its words; None where it can, or nothing is.

    The trial is one commit a run, whose object is not kept: a key may want to be touched each time.
    """
    if not (repository.habits.signs_commits or repository.habits.signs_tags):
        return None
    import tempfile  # noqa: PLC0415  # 3 ms

    with tempfile.TemporaryDirectory(prefix="git-hotfix-") as folder:
        words = ("commit-tree", "-S", "-m", "can it be signed?", EMPTY_TREE)
        extra, most = {"GIT_OBJECT_DIRECTORY": folder}, SIGNER_SECONDS
        try:
            return repository.git.ask(*words, extra=extra, seconds=most, held_seconds=most).failure
        except TimedOut as late:
            return f"'{late.waited_for or 'git'}' has done nothing for {most:g} s"


def signing_problem(repository: Repository) -> Problem | None:
    """Return that what is to be signed cannot be, with what mends its cause."""
    reason = why_not_signed(repository)
    if reason is None:
        return None
    remedy = signer_remedy(reason, git_config_of(repository.git))
    return Problem("signing-failed", f"Nothing can be signed: {reason}", remedy)


def signer_remedy(reason: str, config: GitConfig) -> Remedy:
    """Return what mends why git cannot sign: its format, the program, the agent that asks for a phrase, or the key."""
    form = config.last("gpg.format") or "openpgp"
    key, program = _SIGNERS.get(form.lower(), ("gpg.format", "openpgp"))
    configured = config.last(key) or (config.last("gpg.openpgp.program") if key == "gpg.program" else None)
    if key == "gpg.format" or "cannot run" in reason or (configured and reason in _SAYS_NOTHING):
        return command("git", "config", key, program if configured or key == "gpg.format" else "PATH")
    if re.search(r"pinentry|ioctl|has done nothing", reason):
        return Remedy(text="export GPG_TTY=$(tty)")
    return command("ssh-add") if "agent" in reason else command("git", "config", "user.signingKey", "KEY")


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
            command("git", "commit-tree", "-S", "-m", "Can it be signed?", "HEAD^{tree}"),
        ) from error
    return Oid(made.text)


def _signed_tag(repository: Repository, name: str, target: Oid, message: str) -> Oid:
    """``git tag -s`` makes its ref at once: so it runs in a throwaway repository that writes to the real objects.

    Who signs, and how, is told as git has it here: files that are included for this folder or worktree alone count.
    """
    import tempfile  # noqa: PLC0415  # 3 ms

    with tempfile.TemporaryDirectory(prefix="git-hotfix-") as folder:
        (Path(folder) / "refs").mkdir()
        (Path(folder) / "HEAD").write_text("ref: refs/heads/none\n")
        extra = {"GIT_DIR": folder, "GIT_OBJECT_DIRECTORY": str(repository.common_dir / "objects")}
        entries = [each for each in git_config_of(repository.git).entries if each.key.startswith(_OF_SIGNERS)]
        for number, entry in enumerate(entries):
            extra[f"GIT_CONFIG_KEY_{number}"] = entry.key
            extra[f"GIT_CONFIG_VALUE_{number}"] = "true" if entry.value is None else entry.value
        git = replace(repository.git, environment=without_local_environment(repository.git.environment))
        extra["GIT_CONFIG_COUNT"] = str(len(entries))
        words = ("-c", f"core.hooksPath={os.devnull}", "tag", "-s", "--cleanup=verbatim", "-F", "-", name, target)
        text = _raw(message.rstrip("\n"), "")
        answer = git.ask(*words, stdin=text, extra=extra)
        made = git.ask("cat-file", "tag", f"refs/tags/{name}", extra=extra)
        # git 2.39 makes a tag without a signature, and exits 0, where the signer of ssh fails
        if answer.code != 0 or b"\n\n" + text + b"-----BEGIN " not in made.out:
            reason = f"Signing the tag failed: {answer.reason or 'git gave no reason'}"
            raise refused("signing-failed", reason, command("git", "tag", "-s", "test"))
        return Oid(git.run("rev-parse", f"refs/tags/{name}", extra=extra).text)


def _raw(*lines: str) -> bytes:
    """Return lines as git stores them, without what a terminal that shows them would obey or hide.

    Titles and names are what anybody may have pushed. Bytes that were no UTF-8 in a message that is copied stay.
    """
    text = "\n".join(lines).replace("\r\n", "\n")
    return _TEXT.sub(lambda part: readable(part[0]), text).encode("utf-8", "surrogateescape")
