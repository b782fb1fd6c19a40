"""What a person calls commits: the ids that revisions and ranges name (gitrevisions(7))."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.errors import command, wrong_input
from git_hotfix.hotfix import Oid

if TYPE_CHECKING:
    from git_hotfix.git.program import Answer
    from git_hotfix.git.repository import Repository


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
        raise wrong_input("unknown-revision", f"'{revision}' names no commit here.", remedy)
    return [Oid(line) for line in answer.text.split("\n") if line]
