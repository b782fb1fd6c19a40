"""The program as a new process finds it: knowing nothing of the world, at home in its environment, and impatient."""

from __future__ import annotations

import functools
import sys

import pygit2

from git_hotfix import templates
from git_hotfix.config.table import all_keys
from git_hotfix.engine import lock
from git_hotfix.git import child, publish
from git_hotfix.record import headings, markdown_reader
from git_hotfix.record.words import words_in

OF_THE_PROGRAM = (
    all_keys,
    words_in,
    headings._aliases,
    headings._named,
    headings._version,
    markdown_reader._parser,
)
"""What answers from the program's own definitions alone, the same in every run: a sixth of the time of most."""

HURRIED = ((publish, "PAUSE_SECONDS", 0.05), (lock, "PATIENCE_SECONDS", 0.3), (child, "_END_SECONDS", 0.5))
"""What every run of a test is impatient with: what it waits for comes at once, or never."""

LEVELS = (
    pygit2.enums.ConfigLevel.PROGRAMDATA,
    pygit2.enums.ConfigLevel.SYSTEM,
    pygit2.enums.ConfigLevel.XDG,
    pygit2.enums.ConfigLevel.GLOBAL,
)


def read_home_again() -> None:
    """Let libgit2 look for the user's configuration where the environment says; it does when it is loaded."""
    for level in LEVELS:
        pygit2.option(pygit2.enums.Option.SET_SEARCH_PATH, level, None)
    pygit2.option(pygit2.enums.Option.SET_HOMEDIR, None)


def forget() -> None:
    """Let the program know no more of the world than a run asks itself."""
    templates._OVERRUN.clear()
    for kept in _caches(len(sys.modules)):
        kept.cache_clear()


@functools.lru_cache(maxsize=1)
def _caches(modules: int) -> tuple[functools._lru_cache_wrapper[object], ...]:
    """Return what the program keeps answers in; looked for again when there are more modules."""
    ours = [module for name, module in sys.modules.items() if name.startswith("git_hotfix")]
    values = {id(value): value for module in ours for value in vars(module).values()}
    return tuple(
        value
        for value in values.values()
        if isinstance(value, functools._lru_cache_wrapper)
        and value.__module__.startswith("git_hotfix")
        and value not in OF_THE_PROGRAM
    )
