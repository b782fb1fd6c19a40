"""Every key of the configuration: its section, type, default, meaning and check, each said once, here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from git_hotfix.config import checks
from git_hotfix.config.messages import check_message

if TYPE_CHECKING:
    from datetime import tzinfo

T = TypeVar("T")
Check = Callable[[Any], Any]


def _key(default: T, doc: str, check: Check | None = None) -> T:
    """Declare a key; of a list each item is checked."""
    declared: Any = field(default=default, metadata={"doc": doc, "check": check})
    value: T = declared
    return value


CHANGELOGS = ("CHANGELOG.md", "CHANGES.md", "HISTORY.md", "NEWS.md")
"""The names by which a changelog is found where none is configured."""


@dataclass(frozen=True, slots=True)
class Branches:
    """Which branches a fix must reach; None: found by looking."""

    production: str | None = _key(None, "The branch that is deployed; empty: detected.", checks.ref_name)
    develop: str | None = _key(None, "The branch of the next release; empty: detected.", checks.ref_name)
    release: tuple[str, ...] = _key(
        ("release/*", "support/*"), "Branches that must get every fix too (wildcards).", checks.ref_pattern
    )
    release_days: int = _key(180, "Release branches older than this many days are left out.", checks.between(1, 36500))
    prefix: str = _key("hotfix/", "What the name of a hotfix branch begins with.", checks.ref_prefix)


@dataclass(frozen=True, slots=True)
class Remote:
    """The server that production lives on."""

    name: str | None = _key(None, "The remote to publish to; empty: origin, else the only one.", checks.ref_name)
    timeout: int = _key(10, "How many seconds a server may take to answer 'start'.", checks.between(1, 86400))


@dataclass(frozen=True, slots=True)
class Tag:
    """How publications are tagged."""

    format: str = _key("hotfix-%Y%m%d-%H%M", "The name of the tag, a strftime(3) pattern.", checks.tag_format)
    also: tuple[str, ...] = _key((), 'More tags on the same commit, such as ["v{next_patch}"].', checks.extra_tag)
    timezone: str = _key(
        "local", "The time zone of the tag's name: local, UTC or such as Asia/Seoul.", checks.zone_name
    )

    @property
    def zone(self) -> tzinfo | None:
        """The time zone as a value; None is the local one."""
        return checks.zone(self.timezone)


@dataclass(frozen=True, slots=True)
class Messages:
    """First lines of commits; ``fill_message`` fills them."""

    merge: str = _key("HOTFIX: {description}", "The merge into production.", check_message)
    backport: str = _key("Backport HOTFIX: {description}", "The merge into another branch.", check_message)
    documents: str = _key("Record HOTFIX: {description}", "The commit of the written record.", check_message)
    report: str = _key("Incident report: {description}", "The first commit of a hotfix branch.", check_message)


@dataclass(frozen=True, slots=True)
class Start:
    """What ``start`` does beyond the branch."""

    push: bool = _key(default=False, doc="Publish the hotfix branch as soon as it is made.")


@dataclass(frozen=True, slots=True)
class Names:
    """How hotfixes may be named."""

    ascii: bool = _key(default=False, doc="Ask for an ASCII name when the title is in another script.")


@dataclass(frozen=True, slots=True)
class CriticalTests:
    """The tests that must pass before a fix is published."""

    command: str | None = _key(None, "The critical tests; {paths}, {files}, {base} become arguments; empty: detected.")
    map: tuple[tuple[str, tuple[str, ...]], ...] = _key(
        (), 'The {paths} of changed files, such as { "src/auth/**" = "tests/auth" }.'
    )
    merged: bool = _key(default=False, doc="Test the merged tree too when production has moved.")
    none_pattern: str | None = _key(None, "Output that means 'no tests ran' (a regular expression).", checks.expression)


@dataclass(frozen=True, slots=True)
class Scope:
    """How small a hotfix has to be."""

    max_files: int = _key(10, "The most files a fix should change.", checks.between(0, 10**9))
    max_lines: int = _key(200, "The most lines a fix should change.", checks.between(0, 10**9))
    mode: Literal["warn", "refuse"] = _key("warn", "What happens beyond these limits: warn or refuse.")
    exclude: tuple[str, ...] = _key(("*.lock",), "Files that do not count (wildcards).")


@dataclass(frozen=True, slots=True)
class Deploy:
    """How production gets what was published."""

    trigger: Literal["command", "push", "manual"] | None = _key(
        None, "What deploys: command, push or manual; empty: the command if there is one, else manual."
    )
    command: str | None = _key(None, "The command that deploys, such as make deploy-prod.")
    check: str | None = _key(None, "A command that succeeds when the published commit is live.")
    rollback: str | None = _key(None, "A command that takes production back at once, run first by 'rollback'.")
    guide: str = _key("docs/governance/deployment_strategy.md", "Where a person finds how to deploy.")

    @property
    def effective_trigger(self) -> Literal["command", "push", "manual"]:
        """What deploys, when it is not configured: the command if there is one, else a person."""
        return self.trigger or ("command" if self.command else "manual")


@dataclass(frozen=True, slots=True)
class Worktree:
    """What a linked worktree needs before one can work in it."""

    copy: tuple[str, ...] = _key((), 'Files to copy into a new worktree, such as [".env"].', checks.inner_path)
    link: tuple[str, ...] = _key((), 'Folders to link from it, such as ["node_modules"].', checks.inner_path)
    setup: str | None = _key(None, "A command to run in a new worktree.")


@dataclass(frozen=True, slots=True)
class Incident:
    """Where incident reports are."""

    directory: str = _key("docs/incidents", "The folder of the incident reports.", checks.inner_path)
    template: str = _key(
        "docs/templates/incident_report_template.md",
        "Your own template of a report, if it exists.",
        checks.inner_path,
    )
    language: Literal["en", "ko"] = _key("en", "The language of reports and announcements: en or ko.")


@dataclass(frozen=True, slots=True)
class Documents:
    """Where a hotfix is written down beside its report, and how that is published."""

    changelog: str | None = _key(
        CHANGELOGS[0], "The changelog; CHANGES.md, HISTORY.md, NEWS.md are found too; empty: none.", checks.inner_path
    )
    backlog: str | None = _key("BACKLOG.md", "The backlog, where it exists; empty: none.", checks.inner_path)
    create: bool = _key(default=True, doc="Make the changelog where there is none.")
    publish: Literal["push", "hold"] | None = _key(
        None,
        "Without a develop branch: push the record at once, or hold it; empty: hold when a push deploys.",
    )

    @property
    def changelogs(self) -> tuple[str, ...]:
        """The paths at which a changelog may be, the first one first; none where there shall be none."""
        if self.changelog is None:
            return ()
        return CHANGELOGS if self.changelog == CHANGELOGS[0] else (self.changelog,)


@dataclass(frozen=True, slots=True)
class Tracker:
    """Where work goes that is not a hotfix."""

    redirect: str | None = _key(None, "The normal way for what can wait: a URL, a command or a text.")


@dataclass(frozen=True, slots=True)
class Cleanup:
    """What happens after the last step."""

    auto: bool = _key(default=False, doc="End a wholly verified finish with the clean-up.")


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration; ``Config()`` is what holds in a repository without any."""

    branches: Branches = field(default_factory=Branches)
    remote: Remote = field(default_factory=Remote)
    tag: Tag = field(default_factory=Tag)
    message: Messages = field(default_factory=Messages)
    start: Start = field(default_factory=Start)
    names: Names = field(default_factory=Names)
    test: CriticalTests = field(default_factory=CriticalTests)
    scope: Scope = field(default_factory=Scope)
    deploy: Deploy = field(default_factory=Deploy)
    worktree: Worktree = field(default_factory=Worktree)
    incident: Incident = field(default_factory=Incident)
    documents: Documents = field(default_factory=Documents)
    tracker: Tracker = field(default_factory=Tracker)
    cleanup: Cleanup = field(default_factory=Cleanup)


class Kind(Enum):
    """The type of a key; the value is how an error names it."""

    SWITCH = "true or false"
    NUMBER = "a whole number"
    TEXT = "text"
    TEXTS = "a list of texts"
    TABLE = "a table of texts or lists of texts"


@dataclass(frozen=True, slots=True)
class Key:
    """One key as data: for reading it, for ``init``, ``config`` and the manual page.

    ``choices`` are the only values allowed, if there are any; ``is_optional`` keys may be unset (None).
    """

    section: str
    name: str
    kind: Kind
    default: object
    doc: str
    choices: tuple[str, ...]
    is_optional: bool
    check: Check | None

    @property
    def dotted(self) -> str:
        """The name in ``.hotfix.toml``: ``scope.max_files``."""
        return f"{self.section}.{self.name}"

    @property
    def git_name(self) -> str:
        """The name in git config, which takes no underscore: ``hotfix.scope.maxFiles``."""
        first, *rest = self.name.split("_")
        return f"hotfix.{self.section}.{first}{''.join(word.capitalize() for word in rest)}"


@cache
def all_keys() -> dict[str, Key]:
    """Give every key by its dotted name, in the order of the sections."""
    keys: dict[str, Key] = {}
    for section in fields(Config):
        kinds = get_type_hints(type(getattr(Config(), section.name)))
        for declared in fields(getattr(Config(), section.name)):
            kind, choices = _kind(kinds[declared.name])
            key = Key(
                section=section.name,
                name=declared.name,
                kind=kind,
                default=declared.default,
                doc=declared.metadata["doc"],
                choices=choices,
                is_optional=NoneType in get_args(kinds[declared.name]),
                check=declared.metadata["check"],
            )
            keys[key.dotted] = key
    return keys


def _kind(hint: Any) -> tuple[Kind, tuple[str, ...]]:
    """Read a type annotation: the kind, and the choices of a ``Literal``."""
    plain = {
        bool: Kind.SWITCH,
        int: Kind.NUMBER,
        tuple[str, ...]: Kind.TEXTS,
        tuple[tuple[str, tuple[str, ...]], ...]: Kind.TABLE,
    }
    if hint in plain:
        return plain[hint], ()
    parts = get_args(hint) if NoneType in get_args(hint) else (hint,)
    return Kind.TEXT, tuple(word for part in parts if get_origin(part) is Literal for word in get_args(part))
