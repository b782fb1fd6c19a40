"""What somebody here has said yes to, in the one file that nobody else can write; and what no person here has set."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from git_hotfix.errors import command, refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from git_hotfix.git.program import Folders, Git

CONSENT_KEY = "hotfix.consent.command"
"""Where consents are kept, each as a hash: it says nothing of the command, and nobody reads it as a setting."""

_LOCAL = ("config", "--local", "--no-includes", "-z")
"""Read past what is included: ``include.path = ../.gitconfig`` lets the repository's files into git's configuration."""


def kept_consents(git: Git) -> frozenset[str]:
    """Return the fingerprints of the commands that somebody has said yes to in this repository."""
    answer = git.ask(*_LOCAL, "--get-all", CONSENT_KEY)
    return frozenset(answer.records)


def keep_consents(git: Git, fingerprints: Iterable[str]) -> None:
    """Keep that somebody has said yes to these commands in this repository; a locked file is refused in git's words."""
    known = kept_consents(git)
    for fingerprint in fingerprints:
        if fingerprint in known:
            continue
        answer = git.ask("config", "--local", "--add", CONSENT_KEY, fingerprint)
        if answer.code != 0:
            reason = answer.reason.removeprefix("error: ").removeprefix("fatal: ")
            message = f"The consent could not be kept in git config: {reason}."
            raise refused("config-not-written", message, command("git", "config", "--local", "--list"))


def is_in_working_tree(origin: str, git: Git) -> bool:
    """Return whether a setting comes from a file that the repository itself can bring (``git config --show-origin``).

    git names a file from where it runs: the top of the tree, or the current folder where ``GIT_DIR`` is exported.
    """
    kind, _, name = origin.partition(":")
    if kind != "file" or git.folders is None:
        return False
    folders = git.folders
    places = {(start / name.strip('"')).resolve() for start in (folders.top or git.directory, git.directory)}
    return any(
        place.is_relative_to(tree) and not place.is_relative_to(folders.common_dir.resolve())
        for place in places
        if place.exists()
        for tree in _working_trees(folders)
    )


def _working_trees(folders: Folders) -> Iterator[Path]:
    """Return the folders of all working trees of a repository (gitrepository-layout(5), ``worktrees``)."""
    if folders.top is not None:
        yield folders.top.resolve()
    if folders.common_dir.name == ".git":
        yield folders.common_dir.parent.resolve()
    for link in folders.common_dir.glob("worktrees/*/gitdir"):
        with suppress(OSError, ValueError):
            yield Path(link.read_text("utf-8", "surrogateescape").rstrip("\n")).parent.resolve()
