"""What a person asked for: the command line as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.hotfix import shell_word

if TYPE_CHECKING:
    from pathlib import Path

NEUTRAL_SLUG = "maintenance"
"""The name of a restricted hotfix: branch and tag are seen by everybody as soon as the fix is."""


class FinishRequest(Struct, frozen=True, kw_only=True):
    """The options of ``finish``; None means: not said."""

    message: str | None = None
    verified_by: str | None = None
    skip_tests: str | None = None
    test_command: str | None = None
    test_paths: tuple[str, ...] = ()
    large: str | None = None
    deploy: bool | None = None
    backport: bool = True
    push: bool = True
    tag: str | None = None
    wants_tag: bool = True
    sign: bool = False
    hooks: bool = True
    stay: bool = False
    lines: tuple[str, ...] | None = None
    confirmed: bool | None = None
    yes: bool = False
    interactive: bool = False
    to: tuple[str, ...] = ()
    place: Path | None = None
    """Where conflicts are laid out."""
    method: str | None = None
    """``merge`` or ``pick``: overrides the rule of backport."""
    is_brief: bool = False
    """Whether only what is needed is asked (``-q``, or the environment of a CI)."""
    has_later: bool | None = None
    """The answer to whether something is left for later; None: not asked. Then what, in words, by kind, and when."""
    later_fix: str = ""
    later_spec: str = ""
    later_test: str = ""
    later_refactoring: str = ""
    later_when: str = ""


class FollowUpRequest(Struct, frozen=True, kw_only=True):
    """The options of ``followup`` with a text; None means: not said."""

    text: str
    kind: str | None = None
    owner: str | None = None
    due: str | None = None
    trigger: str | None = None
    when: str | None = None
    """The answer to when: a date, or what triggers it."""
    interactive: bool = False


class RollbackRequest(Struct, frozen=True, kw_only=True):
    """The options of ``rollback``; None means: not said."""

    reason: str | None = None
    deploy: bool | None = None
    targets: bool | None = None
    place: Path | None = None
    """Where conflicts are laid out."""
    confirmed: bool | None = None
    sign: bool = False
    hooks: bool = True
    yes: bool = False
    interactive: bool = False


class StartRequest(Struct, frozen=True, kw_only=True):
    """The options of ``start``; None means: not said."""

    title: str | None
    typed: tuple[str, ...] = ()
    """The words after ``start`` as they were typed."""
    slug: str | None = None
    what: str | None = None
    production_affected: bool | None = None
    can_wait: bool | None = None
    severity: str | None = None
    kind: str | None = None
    visibility: str | None = None
    """``public`` or ``restricted``."""
    impact: str | None = None
    users: int | None = None
    data_at_risk: str | None = None
    since: str | None = None
    detected: str | None = None
    root_cause: str | None = None
    issue: str | None = None
    cve: str | None = None
    line: str | None = None
    relands: str | None = None
    """The hotfix that was rolled back and is landed again."""
    start_from: str | None = None
    picks: tuple[str, ...] = ()
    stash: bool = False
    worktree: Path | None = None
    wants_worktree: bool = False
    dirty: str | None = None
    """The answer to what happens to uncommitted changes: ``stash`` or ``worktree``."""
    push: bool | None = None
    offline: bool = False
    go_on: bool | None = None
    sign: bool = False
    yes: bool = False
    interactive: bool = False

    @property
    def is_restricted(self) -> bool:
        """Whether nothing that tells of the problem may be published."""
        return self.visibility == "restricted"

    @property
    def chosen_slug(self) -> str | None:
        """Return the name that was chosen; a restricted hotfix is not named after its title."""
        return NEUTRAL_SLUG if self.is_restricted and self.slug is None else self.slug

    def again(self, *more: str) -> str:
        """Return the command line as it was typed with more options: a remedy that keeps everything said before."""
        words = [shell_word(word) for word in self.typed]
        end = words.index("--") if "--" in words else len(words)
        return " ".join(("git hotfix start", *words[:end], *more, *words[end:]))
