"""What git-flow was set up with here, as settings: the keys of AVH, and those of git-flow-next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.config.layers import setting_of
from git_hotfix.config.table import all_keys

if TYPE_CHECKING:
    from git_hotfix.config.layers import Layer
    from git_hotfix.git.settings import GitConfig

_BRANCH = "gitflow.branch."
_KEYS = {
    "branches.production": (f"{_BRANCH}master", f"{_BRANCH}hotfix.parent"),
    "branches.develop": (f"{_BRANCH}develop",),
    "branches.prefix": ("gitflow.prefix.hotfix", f"{_BRANCH}hotfix.prefix"),
    "remote.name": ("gitflow.origin",),
    "tag.also": ("gitflow.prefix.versiontag", f"{_BRANCH}hotfix.tagprefix"),
}
_LINES = {
    "release/": ("gitflow.prefix.release", f"{_BRANCH}release.prefix"),
    "support/": ("gitflow.prefix.support", f"{_BRANCH}support.prefix"),
}
"""The beginnings of the names of release lines: the usual ones, and the keys that have others."""


def gitflow_layer(config: GitConfig) -> Layer:
    """Return what ``git flow init`` left; empty values say nothing: a prefix would match all.

    A version tag is made as git-flow makes one: the next patch of the newest one, with its prefix.
    """
    said: dict[str, tuple[str, object]] = {}
    for ours, names in _KEYS.items():
        if (name := _given(config, names)) is not None:
            value = config.last(name)
            said[ours] = name, [f"{value}{{next_patch}}"] if ours == "tag.also" else value
    lines = {usual: _given(config, names) for usual, names in _LINES.items()}
    patterns = [f"{config.last(name) if name else usual}*" for usual, name in lines.items()]
    origins = [name for name in lines.values() if name]
    *between, develop = _between(config) or (None,)
    if develop is not None:
        said.setdefault("branches.develop", (f"{_BRANCH}{develop}.parent", develop))
        origins += [f"{_BRANCH}{each}.parent" for each in between]
    if origins:
        said["branches.release"] = ", ".join(origins), [*patterns, *between]
    return {ours: setting_of(all_keys()[ours], value, name, shown=ours) for ours, (name, value) in said.items()}


def version_prefix(config: GitConfig) -> str:
    """Return what git-flow writes before a version to name its tag."""
    name = _given(config, _KEYS["tag.also"])
    return (config.last(name) if name is not None else None) or ""


def _given(config: GitConfig, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if config.last(name)), None)


def _between(config: GitConfig) -> tuple[str, ...]:
    """Return the branches that production flows into with git-flow-next, in order; the last one is develop."""
    parents = {
        entry.key.removeprefix(_BRANCH).removesuffix(".parent"): entry.value
        for entry in config.entries
        if entry.key.startswith(_BRANCH) and entry.key.endswith(".parent") and entry.value
    }
    bases = {name: above for name, above in parents.items() if config.last(f"{_BRANCH}{name}.type") == "base"}
    found = list[str]()
    at = next((above for above in bases.values() if above not in bases), None)
    while (at := next((name for name, above in bases.items() if above == at and name not in found), None)) is not None:
        found.append(at)
    return tuple(found)
