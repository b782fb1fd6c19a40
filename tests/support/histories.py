"""Random histories: merges, octopus and criss-cross ones, several roots, dates that are right or not."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from git_hotfix.hotfix import Oid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.lab import Bare

NOON = 1_768_586_400
LINES = ("Hotfix-Id: a", "Hotfix-Id: b", "See: elsewhere", "words of text")
PATHS = ("a", "docs/b", "docs/c")


def random_history(repository: Bare, seed: int, *, commits: int = 40, skewed: bool = False) -> list[Oid]:
    """Make a history in a repository that has none and give its commits, parents before children."""
    chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
    stream = []
    for number in range(1, commits + 1):
        near = range(max(1, number - 8), number)
        count = min(len(near), chance.choices((0, 1, 2, 3), (1, 12, 6, 1))[0] if number > 1 else 0)
        parents = chance.sample(near, count)
        seconds = NOON + (chance.randrange(60 * commits) if skewed else number * 60 + chance.choice((0, 0, 60)))
        message = f"{number}\n\n" + "".join(f"{line}\n" for line in chance.sample(LINES, chance.choice((0, 1, 1, 2))))
        origin = "".join(f"{'merge' if at else 'from'} :{parent}\n" for at, parent in enumerate(parents))
        changes = chance.choice(("", f"M 100644 inline {chance.choice(PATHS)}\ndata 2\n{chance.randrange(5)}\n\n"))
        if chance.random() < 0.1 and parents:
            changes = f"D {chance.choice(PATHS)}\n"
        who = f"committer A <a@example.com> {seconds} +0900\n"
        name = f"refs/heads/at{number}"
        stream.append(
            f"reset {name}\ncommit {name}\nmark :{number}\n{who}data {len(message)}\n{message}\n{origin}{changes}"
        )
    repository.git("fast-import", "--quiet", stdin="".join(stream))
    return [repository.rev(f"refs/heads/at{number}") for number in range(1, commits + 1)]


def parents_of(repository: Bare) -> Mapping[Oid, tuple[Oid, ...]]:
    """Return every commit with its parents, as git sees them."""
    lines = (line.split() for line in repository.git("rev-list", "--all", "--parents").split("\n"))
    return {Oid(oid): tuple(map(Oid, parents)) for oid, *parents in lines}


def ancestors_in(parents: Mapping[Oid, tuple[Oid, ...]]) -> Mapping[Oid, frozenset[Oid]]:
    """Return every commit with all commits that are reachable from it, itself too."""
    found: dict[Oid, frozenset[Oid]] = {}

    def reach(oid: Oid) -> frozenset[Oid]:
        if oid not in found:
            found[oid] = frozenset({oid}).union(*(reach(parent) for parent in parents[oid]))
        return found[oid]

    for oid in parents:
        reach(oid)
    return found
