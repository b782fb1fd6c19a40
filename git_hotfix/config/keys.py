"""Every key of the configuration, declared once, here: section, type, default, meaning, and check beyond the type.

A list is checked item by item.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Struct, field

from git_hotfix.config import checks
from git_hotfix.config.messages import check_message

if TYPE_CHECKING:
    from datetime import tzinfo

Check = Callable[[Any], Any]

ForgeKind = Literal["github", "gitlab", "gitea", "bitbucket", "azure"]
"""The forges whose requests are known; Forgejo (Codeberg) is of Gitea's kind."""

CHANGELOG = "CHANGELOG.md"
"""Where a changelog is made."""
_CHANGELOGS = (
    r"(?i:(?:(change[-_]?log)|(changes)|(release[-_ ]?notes)|(history)|(news))"
    r"(?:\.(?:md|markdown|rst|txt|adoc|asciidoc|org|textile|rdoc|pod))?)"
)
"""The names by which one is found at the top where none is configured, those that surely are one first."""


class Branches(Struct, frozen=True):
    """Which branches a fix must reach; None: found by looking."""

    production: Annotated[str | None, "The branch that is deployed; empty: detected.", checks.ref_name] = None
    develop: Annotated[str | None, "The branch of the next release; empty: detected.", checks.ref_name] = None
    release: Annotated[tuple[str, ...], "Branches that must get every fix too (wildcards).", checks.ref_pattern] = (
        "release/*",
        "support/*",
    )
    release_days: Annotated[
        int, "Release branches older than this many days are left out.", checks.between(1, 36500)
    ] = 180
    prefix: Annotated[str, "What the name of a hotfix branch begins with.", checks.ref_prefix] = "hotfix/"


class Remote(Struct, frozen=True):
    """The server that production lives on."""

    name: Annotated[str | None, "The remote to publish to; empty: the one that has production.", checks.ref_name] = None
    timeout: Annotated[
        int, "How many seconds a server may be silent; after a push three times that.", checks.between(1, 86400)
    ] = 10
    pull_request: Annotated[
        tuple[str, ...], 'Branches that are changed by request only (wildcards), such as ["main"].', checks.ref_pattern
    ] = ()
    forge: Annotated[
        ForgeKind | None, "The server's kind: github, gitlab, gitea, bitbucket, azure; empty: by its host's name."
    ] = None
    reviewers: Annotated[tuple[str, ...], "Who is asked to review a request.", checks.list_item] = ()
    labels: Annotated[tuple[str, ...], "The labels of a request; the forge must have them.", checks.list_item] = ()


class Tag(Struct, frozen=True):
    """How publications are tagged."""

    format: Annotated[str, "The name of the tag, a strftime(3) pattern.", checks.tag_format] = "hotfix-%Y%m%d-%H%M"
    also: Annotated[tuple[str, ...], 'More tags on the same commit, such as ["v{next_patch}"].', checks.extra_tag] = ()
    timezone: Annotated[str, "The time zone of the tag's name: local, UTC or such as Asia/Seoul.", checks.zone_name] = (
        "local"
    )

    @property
    def zone(self) -> tzinfo | None:
        """The time zone as a value; None is the local one."""
        return checks.zone(self.timezone)


class Messages(Struct, frozen=True):
    """First lines of commits; ``fill_message`` fills them."""

    merge: Annotated[str, "The merge into production.", check_message] = "HOTFIX: {description}"
    backport: Annotated[str, "The merge into another branch.", check_message] = "Backport HOTFIX: {description}"
    rollback: Annotated[str, "The commit that reverts the fix.", check_message] = "Rollback HOTFIX: {description}"
    documents: Annotated[str, "The commit of the written record.", check_message] = "Record HOTFIX: {description}"
    report: Annotated[str, "The first commit of a hotfix branch.", check_message] = "Incident report: {description}"


class Start(Struct, frozen=True):
    """What ``start`` does beyond the branch."""

    push: Annotated[bool, "Publish the hotfix branch as soon as it is made."] = False


class Names(Struct, frozen=True):
    """How hotfixes may be named."""

    ascii: Annotated[bool, "Ask for an ASCII name when the title is in another script."] = False


class CriticalTests(Struct, frozen=True):
    """The tests that must pass before a fix is published."""

    command: Annotated[
        str | None, "The critical tests; {paths}, {files}, {base} become arguments; empty: detected."
    ] = None
    map: Annotated[
        tuple[tuple[str, tuple[str, ...]], ...],
        'The {paths} of changed files, such as { "src/auth/**" = "tests/auth" }.',
    ] = ()
    merged: Annotated[bool, "Test the merged tree too when production has moved."] = False
    none_pattern: Annotated[
        str | None, "Output that means 'no tests ran' (a regular expression).", checks.expression
    ] = None


class Scope(Struct, frozen=True):
    """How small a hotfix has to be."""

    max_files: Annotated[int, "The most files a fix should change.", checks.between(0, 10**9)] = 10
    max_lines: Annotated[int, "The most lines a fix should change.", checks.between(0, 10**9)] = 200
    mode: Annotated[Literal["warn", "refuse"], "What happens beyond these limits: warn or refuse."] = "warn"
    exclude: Annotated[tuple[str, ...], "Files that do not count (wildcards)."] = ("*.lock",)


Trigger = Literal["command", "push", "manual", "none"]
"""What deploys what was published: a command of the team's, the push itself, a person, or nothing."""


class Deploy(Struct, frozen=True):
    """How production gets what was published."""

    trigger: Annotated[
        Trigger | None,
        "What deploys: command, push, manual, none; empty: the command, else manual if the guide is there.",
    ] = None
    command: Annotated[str | None, "The command that deploys, such as make deploy-prod."] = None
    check: Annotated[str | None, "A command that succeeds when the published commit is live."] = None
    rollback: Annotated[str | None, "A command that restores production at once, run first by 'rollback'."] = None
    guide: Annotated[str, "Where a person finds how to deploy."] = "docs/governance/deployment_strategy.md"

    def trigger_where(self, *, has_guide: bool) -> Trigger:
        """Return what deploys: where it is not set, the command, a person where the guide is, else nothing does."""
        return self.trigger or ("command" if self.command else "manual" if has_guide else "none")


class Worktree(Struct, frozen=True):
    """What a linked worktree needs before one can work in it."""

    copy: Annotated[tuple[str, ...], 'Files to copy into a new worktree, such as [".env"].', checks.inner_path] = ()
    link: Annotated[tuple[str, ...], 'Folders to link from it, such as ["node_modules"].', checks.inner_path] = ()
    setup: Annotated[str | None, "A command to run in a new worktree."] = None


class Incident(Struct, frozen=True):
    """Where incident reports are."""

    directory: Annotated[str, "The folder of the incident reports.", checks.inner_path] = "docs/incidents"
    template: Annotated[str, "Your own template of a report, if it exists.", checks.inner_path] = (
        "docs/templates/incident_report_template.md"
    )
    severities: Annotated[tuple[str, ...], "How severe a hotfix can be, the worst first.", checks.word] = (
        "critical",
        "high",
    )
    language: Annotated[Literal["en", "ko"], "The language of reports and announcements: en or ko."] = "en"

    @property
    def choices(self) -> tuple[str, ...]:
        """The severities that can be chosen: an empty list stands for the usual ones."""
        return self.severities or Incident().severities


class Documents(Struct, frozen=True):
    """Where a hotfix is written down beside its report, and how that is published."""

    changelog: Annotated[
        str | None,
        "The changelog; CHANGES.rst, History.md, NEWS and their like are found too; empty: none.",
        checks.inner_path,
    ] = CHANGELOG
    backlog: Annotated[str | None, "The backlog, where it exists; empty: none.", checks.inner_path] = "BACKLOG.md"
    create: Annotated[bool, "Make the changelog where there is none."] = True
    link_report: Annotated[bool, "Link the incident report in the changelog, whose readers may not see it."] = False
    publish: Annotated[
        Literal["push", "hold"] | None,
        "Without a develop branch: push the record at once, or hold it; empty: hold when a push deploys.",
    ] = None

    @property
    def changelogs(self) -> str | None:
        """A regular expression for the names at the top that are changelogs; None where one path is configured."""
        return _CHANGELOGS if self.changelog == CHANGELOG else None


class Tracker(Struct, frozen=True):
    """Where work goes that is not a hotfix."""

    redirect: Annotated[str | None, "The normal way for what can wait: a URL, a command or a text."] = None


class Cleanup(Struct, frozen=True):
    """What happens after the last step."""

    auto: Annotated[bool, "End a fully verified finish with the clean-up."] = False


class Config(Struct, frozen=True):
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
