"""Who makes commits and tags, as git itself says: its configuration, its environment, its own errors."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix import clock
from git_hotfix.errors import HotfixError, command, wrong_input
from git_hotfix.git.settings import git_config_of
from git_hotfix.git.signature import Signature, read_signature

if TYPE_CHECKING:
    from git_hotfix.git.program import Answer, Git


class Identity(Struct, frozen=True):
    """The two people of a commit."""

    author: Signature
    committer: Signature


def identity(git: Git) -> Identity:
    """Return who the author and the committer are, now, as git says (``GIT_AUTHOR_DATE`` and the like count).

    git is asked once in a run; the time is that of each call. No name, no address or an impossible date is wrong input,
    in git's words.
    """
    author = _ask(git, "AUTHOR")
    if _is_one_person(git):
        return Identity(author, author)
    return Identity(author, _ask(git, "COMMITTER"))


def editor(git: Git) -> str | None:
    """Return the editor that git would open (``GIT_EDITOR``, ``core.editor``, ``VISUAL``, ``EDITOR``: git-var(1)).

    None where git has none to open: a dumb terminal and nothing configured, or ``:``, which means "do not ask".
    """
    answer = git.ask("var", "GIT_EDITOR")
    return answer.text if answer.code == 0 and answer.text not in {"", ":", "true"} else None


def _ask(git: Git, who: str) -> Signature:
    question = ("var", f"GIT_{who}_IDENT")
    said = _parsed(who, git.once(*question))
    if git.environment.get(f"GIT_{who}_DATE"):
        return said
    if time.localtime(said.seconds).tm_gmtoff // 60 != said.offset_minutes:  # git runs in another zone than we do
        git.forget(*question)
        return _parsed(who, git.once(*question))
    now = clock.now()
    offset = now.utcoffset()
    minutes = int(offset.total_seconds()) // 60 if offset else 0
    return said._replace(seconds=int(now.timestamp()), offset_minutes=minutes)


def _parsed(who: str, answer: Answer) -> Signature:
    if answer.code != 0:
        raise _unknown(who, answer)
    return read_signature(answer.out)


def _is_one_person(git: Git) -> bool:
    """Return whether nothing tells author and committer apart (git-config(1) and git(1): GIT_AUTHOR_NAME, …)."""
    if any(name.startswith(("GIT_AUTHOR_", "GIT_COMMITTER_")) for name in git.environment):
        return False
    return not any(entry.key.startswith(("author.", "committer.")) for entry in git_config_of(git).entries)


def _unknown(who: str, answer: Answer) -> HotfixError:
    """Turn git's page of advice into its one reason and the one command that mends it."""
    last = (answer.reason or answer.text).split("\n")[-1]
    reason = last.removeprefix("fatal: ").removeprefix("error: ")
    if "date" in reason:
        return wrong_input(
            "bad-identity", f"git refuses the {who.lower()}: {reason}.", command("unset", f"GIT_{who}_DATE")
        )
    message = f"git does not know who the {who.lower()} is: {reason}."
    if "email" in reason:
        return wrong_input(
            "no-identity", message, command("git", "config", "--global", "user.email", "you@example.com")
        )
    return wrong_input("no-identity", message, command("git", "config", "--global", "user.name", "Your Name"))
