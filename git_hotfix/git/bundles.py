"""Commits and tags in a file (``git bundle``), for somebody who may push them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.errors import command, wrong_input
from git_hotfix.git.refs import drop_refs, put_ref
from git_hotfix.hotfix import Oid, RefName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from git_hotfix.git.program import Git

BUNDLED = "refs/hotfix/bundle/"
"""The refs in a bundle, and of what was taken from one: below the hotfix's id."""


def write_bundle(git: Git, file: Path, refs: Mapping[RefName, Oid], without: Iterable[Oid]) -> None:
    """Write these objects under these names, and what leads to them from ``without``; git replaces the file whole."""
    try:
        for ref, oid in refs.items():
            put_ref(git, ref, oid)
        answer = git.ask("bundle", "create", "-q", str(file), *refs, *(f"^{oid}" for oid in without))
    finally:
        drop_refs(git, refs)
    if answer.code != 0:
        message = f"'{file}' could not be written: {answer.why}"
        raise wrong_input("bundle-not-written", message, command("ls", "-ld", file.parent))


def refs_in_bundle(git: Git, file: Path) -> Mapping[RefName, Oid]:
    """Return the refs of ours in a bundle; a file that is no bundle is wrong input."""
    answer = git.ask("bundle", "list-heads", str(file))
    if answer.code != 0 or not file.is_file():
        message = f"'{file}' is no git bundle: {answer.why}"
        raise wrong_input("bad-bundle", message, command("git", "bundle", "verify", file))
    lines = (line.partition(" ") for line in answer.text.split("\n") if line)
    return {RefName(name): Oid(oid) for oid, _, name in lines if name.startswith(BUNDLED)}


def take_bundle(git: Git, file: Path, refs: Iterable[RefName]) -> None:
    """Fetch these refs from a bundle, whatever they were; the commits that it builds on must be here."""
    specs = (f"+{ref}:{ref}" for ref in refs)
    fetch = ("-c", "fetch.fsckObjects=true", "fetch", "-q")  # a file comes from anywhere
    answer = git.ask(*fetch, "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", str(file), *specs)
    if answer.code != 0:
        message = f"'{file}' cannot be taken: {answer.why}"
        raise wrong_input("bad-bundle", message, command("git", "bundle", "verify", file))
