"""Commits without a process, where files and a message are all that decides what git would make of them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pygit2

from git_hotfix.hotfix import Oid
from tests.support.snapshot import IN_PROGRESS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tests.support.lab import Clone

_SETTINGS = ("filter", "crlf", "eol", "sign", "i18n", "[extensions]", "sparse", "hookspath", "fsmonitor", "cache")
"""What in a clone's configuration may let git do more."""
_HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-index-change", "reference-transaction")
_VARIABLES = ("GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_DIR", "GIT_INDEX_FILE", "GIT_CONFIG_COUNT")


def commit_files(clone: Clone, message: str, paths: Iterable[str], when: datetime | None) -> Oid | None:
    """Commit these files, and what is staged, on the branch checked out; None where git itself has to."""
    settings = (clone.common_dir / "config").read_text().lower()
    if any(word in settings for word in _SETTINGS) or any(name.startswith(_VARIABLES) for name in os.environ):
        return None
    if any((clone.git_dir / name).exists() for name in IN_PROGRESS):
        return None
    if any((clone.common_dir / "hooks" / name).exists() for name in _HOOKS):
        return None
    repository = clone.opened()
    config = repository.config
    if "user.name" not in config or "user.email" not in config:
        return None
    at = int(when.timestamp() if when else time.time())
    offset = when.utcoffset() if when else None
    minutes = time.localtime(at).tm_gmtoff // 60 if offset is None else int(offset.total_seconds()) // 60
    who = pygit2.Signature(config["user.name"] or "", config["user.email"] or "", at, minutes)
    index = repository.index
    for path in paths:
        index.add(path)
    index.write()
    parents = [] if repository.head_is_unborn else [repository.head.target]
    return Oid(str(repository.create_commit("HEAD", who, who, message, index.write_tree(), parents)))
