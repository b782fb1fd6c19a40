"""The commands that somebody has agreed to, kept where nobody else writes; and settings that a commit brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.errors import command, refused

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from git_hotfix.git.program import Folders, Git

CONSENT_KEY = "hotfix.consent.command"
"""Where consents are kept, each as a hash, which does not reveal the command; it is never read as a setting."""

_LOCAL = ("config", "--local", "--no-includes", "-z")
"""Without included files: ``include.path = ../.gitconfig`` lets the repository's files into git's configuration."""


def kept_consents(git: Git) -> frozenset[str]:
    """Return the fingerprints of the commands that somebody has agreed to in this repository."""
    answer = git.ask(*_LOCAL, "--get-all", CONSENT_KEY)
    return frozenset(answer.records)


def keep_consents(git: Git, fingerprints: Iterable[str]) -> None:
    """Keep somebody's consent to these commands in this repository; a locked file is refused in git's words."""
    known = kept_consents(git)
    for fingerprint in fingerprints:
        if fingerprint in known:
            continue
        answer = git.ask("config", "--local", "--add", CONSENT_KEY, fingerprint)
        if answer.code != 0:
            message = f"The consent could not be kept in git config: {answer.why}."
            raise refused("config-not-written", message, command("git", "config", "--local", "--list"))


def is_in_working_tree(origin: str, directory: Path, folders: Folders | None) -> bool:
    """Return whether a setting comes from a file that a commit can bring (``git config --show-origin``).

    git gives a path relative to where it runs: the top of the tree, or the current folder (``directory``) if
    ``GIT_DIR`` is exported.
    """
    kind, _, name = origin.partition(":")
    if kind != "file" or folders is None:
        return False
    trees = [*folders.trees(), *((folders.top.resolve(),) if folders.top is not None else ())]
    places = {(start / name.strip('"')).resolve() for start in (folders.top or directory, directory)}
    return any(
        place.is_relative_to(tree) and not place.is_relative_to(folders.common_dir.resolve())
        for place in places
        if place.exists()
        for tree in trees
    )
