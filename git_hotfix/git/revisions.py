"""What a person calls commits: the ids that revisions and ranges name (gitrevisions(7))."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.errors import command, wrong_input
from git_hotfix.hotfix import Oid

if TYPE_CHECKING:
    from git_hotfix.git.repository import Repository


def resolve_commit(repository: Repository, revision: str) -> Oid:
    """Return the commit a revision names; an unknown one is wrong input."""
    answer = repository.git.ask("rev-parse", "-q", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    if answer.code != 0:
        raise wrong_input(
            "unknown-revision", f"'{revision}' names no commit here.", command("git", "log", "--oneline", "--all")
        )
    return Oid(answer.text)


def commits_in(repository: Repository, revisions: tuple[str, ...]) -> tuple[Oid, ...]:
    """Return the commits that revisions and ranges name, ranges oldest first."""
    found: list[Oid] = []
    for revision in revisions:
        if ".." in revision:
            options = ("--reverse", "--topo-order", "--no-merges", "--end-of-options")
            answer = repository.git.ask("rev-list", *options, revision)
            if answer.code != 0:
                raise wrong_input(
                    "unknown-revision",
                    f"'{revision}' names no commits here.",
                    command("git", "log", "--oneline", "--all"),
                )
            found += [Oid(line) for line in answer.text.split("\n") if line]
        else:
            found.append(resolve_commit(repository, revision))
    return tuple(dict.fromkeys(found))
