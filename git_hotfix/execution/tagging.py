"""Names for the tags of a publication: free here and on the server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from git_hotfix import clock
from git_hotfix.git.history import is_ancestor
from git_hotfix.git.objects import has_object
from git_hotfix.git.provenance import peeled
from git_hotfix.hotfix import Oid, tag_name, tag_ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.execution.session import Session
    from git_hotfix.facts.facts import Facts

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)\Z")


def choose_tags(
    session: Session, facts: Facts, asked: str | None, base: Oid, *, is_rollback: bool = False
) -> tuple[str, ...]:
    """Return the names of the tags of a publication on top of ``base``: the hotfix tag and ``tag.also``.

    A name that is taken here or on the server gets ``-2``, ``-3``, …; a version that is taken goes on counting. What
    takes a publication back has one tag, named after the publication's.
    """
    tag = facts.config.tag
    if is_rollback and asked is not None:
        return (next(name for name in _numbered(asked) if _is_free(session, name)),)
    first = asked or next(
        name for name in _numbered(tag_name(tag.format, clock.now(), tag.zone)) if _is_free(session, name)
    )
    return (first, *(_version_tag(session, pattern, base) for pattern in tag.also))


def tag_message(facts: Facts) -> str:
    """Return the subject of a publication's tag."""
    return f"Hotfix {facts.hotfix}: {' '.join(facts.title.split())}"


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1


def _is_free(session: Session, name: str) -> bool:
    ref = tag_ref(name)
    return ref not in session.world.local and not (session.world.server and ref in session.world.server.refs)


def _version_tag(session: Session, pattern: str, base: Oid) -> str:
    if "{next_patch}" not in pattern:
        return next(name for name in _numbered(pattern) if _is_free(session, name))
    before, _, after = pattern.partition("{next_patch}")
    major, minor, patch = _newest_version(session, before, after, base)
    while not _is_free(session, f"{before}{major}.{minor}.{patch + 1}{after}"):
        patch += 1
    return f"{before}{major}.{minor}.{patch + 1}{after}"


def _newest_version(session: Session, before: str, after: str, base: Oid) -> tuple[int, int, int]:
    """Return the highest version tag that ``base`` contains; 0.0.0 when there is none."""
    world = session.world
    found: dict[tuple[int, int, int], Oid] = {}
    there = {**world.server.refs, **world.server.peeled} if world.server else {}
    for ref, oid in {**world.local, **there}.items():
        name = ref.removeprefix("refs/tags/")
        if name == ref or not name.startswith(before) or not name.endswith(after):
            continue
        match = _VERSION.match(name[len(before) : len(name) - len(after)])
        commit = peeled(session.repository, oid) if match and has_object(session.repository, oid) else None
        if match and commit:
            found[int(match[1]), int(match[2]), int(match[3])] = commit
    for version in sorted(found, reverse=True):
        if is_ancestor(session.repository, found[version], base):
            return version
    return (0, 0, 0)
