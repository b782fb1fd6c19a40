"""The one JSON object of every command, as types: what is printed and the schema of it are made from these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import click
from msgspec import UNSET, Meta, Struct, UnsetType, convert

from git_hotfix.cli.options import Command
from git_hotfix.cli.terminal import print_json
from git_hotfix.engine.step import State  # noqa: TC001  # msgspec reads the annotations
from git_hotfix.errors import ExitCode
from git_hotfix.hotfix import Method, Verdict  # noqa: TC001  # likewise
from git_hotfix.page.rows import ReportData  # noqa: TC001  # likewise

if TYPE_CHECKING:
    from git_hotfix.cli.output import Result

Outcome = Literal[
    "done",
    "refused",
    "input-needed",
    "waiting",
    "published-unfinished",
    "server-failed",
    "tests-failed",
    "published-not-deployed",
    "gap",
    "not-a-hotfix",
    "bug",
    "interrupted",
    "planned",
]
"""The word of each exit code, in the order of ``ExitCode``; then that of a dry run that found nothing wrong."""


class StepRow(Struct, frozen=True):
    """One step of a hotfix and what shows where it stands."""

    step: str
    state: State
    evidence: str


class TargetRow(Struct, frozen=True):
    """A branch that must get the fix."""

    branch: str
    state: Verdict
    method: Annotated[Method | None, Meta(description="How the fix came there, or would come.")]
    commit: Annotated[str | None, Meta(description="The commit that brought it there, or took it back.")]
    evidence: str


class ProblemRow(Struct, frozen=True):
    """What is not as it should be."""

    code: Annotated[str, Meta(description="A stable word.")]
    message: str
    remedy: Annotated[str, Meta(description="One command line that helps; empty where none does.")]


class QuestionRow(Struct, frozen=True):
    """A decision that is missing: give the option and run the command again."""

    option: str
    text: str
    choices: tuple[str, ...]
    required: bool
    default: str | None


class HotfixRow(Struct, frozen=True):
    """One hotfix of several; ``list`` says more of it."""

    hotfix: str | None
    steps: tuple[StepRow, ...]
    targets: tuple[TargetRow, ...]
    problems: tuple[ProblemRow, ...]
    title: str | UnsetType = UNSET
    severity: str | UnsetType | None = UNSET
    owner: str | UnsetType | None = UNSET
    branch: str | UnsetType = UNSET
    is_open: Annotated[bool | UnsetType, Meta(description="Whether somebody has still to do something about it.")] = (
        UNSET
    )
    stands: Annotated[str | UnsetType, Meta(description="The step that it has come to, in the words of list.")] = UNSET
    declared_at: str | UnsetType | None = UNSET
    mitigated_at: str | UnsetType | None = UNSET
    resolved_at: str | UnsetType | None = UNSET
    is_here: Annotated[bool | UnsetType, Meta(description="Whether its branch is checked out here.")] = UNSET


class SettingRow(Struct, frozen=True):
    """The value of one key of the configuration that counts, and where it comes from."""

    key: str
    value: Any
    origin: str


class FileRow(Struct, frozen=True):
    """A file of ``init``, and what belongs into it."""

    path: str
    text: str
    state: Literal["written", "there", "to-add", "not-written", "planned"]


class FollowUpRow(Struct, frozen=True):
    """Later work, as the report has it."""

    id: str
    text: str
    kind: str
    section: Annotated[str, Meta(description="Its part of the backlog: deferred or tech-debt.")]
    priority: Annotated[str | None, Meta(description="P0, P1, P2 or P3, or what a person typed.")]
    owner: str | None
    due: Annotated[str | None, Meta(description="A date, as in 2026-02-01.")]
    trigger: str | None
    ticket: str | None
    done: bool


class SeenBranch(Struct, frozen=True):
    """A branch that was looked at."""

    branch: str
    commit: str


class LookedAt(Struct, frozen=True):
    """What an audit has looked at."""

    branches: tuple[SeenBranch, ...]
    as_of: Annotated[str, Meta(description="Whether the server was asked, else when it was last fetched.")]
    hotfixes: int
    unseen: Annotated[tuple[str, ...], Meta(description="What could not be seen, a sentence each.")]
    fetch: Annotated[str | None, Meta(description="The command that fetches it.")]


class Answer(Struct, frozen=True, kw_only=True):
    """What a command of git hotfix prints with ``--json``, at every exit."""

    schema: Literal[1]
    command: str
    hotfix: Annotated[str | None, Meta(description="The id of the hotfix that the command was about.")]
    outcome: Outcome
    exit_code: ExitCode
    steps: tuple[StepRow, ...]
    targets: tuple[TargetRow, ...]
    problems: tuple[ProblemRow, ...]
    questions: tuple[QuestionRow, ...]
    next: Annotated[str | None, Meta(description="The command that brings the hotfix on.")]
    plan: Annotated[tuple[str, ...] | UnsetType, Meta(description="With --dry-run: what would be done.")] = UNSET
    notes: Annotated[tuple[str, ...] | UnsetType, Meta(description="Worth knowing of the plan or the run.")] = UNSET
    diff: Annotated[tuple[str, ...] | UnsetType, Meta(description="document --dry-run: lines of a diff.")] = UNSET
    settings: Annotated[tuple[SettingRow, ...] | UnsetType, Meta(description="config")] = UNSET
    files: Annotated[tuple[FileRow, ...] | UnsetType, Meta(description="init")] = UNSET
    follow_ups: Annotated[tuple[FollowUpRow, ...] | UnsetType, Meta(description="followup without a text")] = UNSET
    looked_at: Annotated[LookedAt | UnsetType, Meta(description="verify")] = UNSET
    report: Annotated[ReportData | UnsetType, Meta(description="report")] = UNSET
    hotfixes: Annotated[tuple[HotfixRow, ...] | UnsetType, Meta(description="Commands about several.")] = UNSET


OUTCOMES: dict[ExitCode, Outcome] = dict(zip(ExitCode, get_args(Outcome)[:-1], strict=True))
"""The word of each exit code."""


def answer_of(result: Result) -> Answer:
    """Return what a command ended with as its JSON object."""
    hotfixes = [HotfixRow(each.hotfix, **_rows(each), **each.row) for each in result.hotfixes or ()]
    return Answer(
        schema=1,
        command=result.command,
        hotfix=result.hotfix,
        outcome=result.outcome if result.exit_code is ExitCode.DONE else OUTCOMES[result.exit_code],
        exit_code=result.exit_code,
        questions=convert(result.questions, tuple[QuestionRow, ...], from_attributes=True),
        next=result.next.line(result.typed) if result.next else None,
        hotfixes=UNSET if result.hotfixes is None else tuple(hotfixes),
        **_rows(result),
        **result.more,
    )


def _rows(result: Result) -> dict[str, Any]:
    """Return the rows about one hotfix."""
    return {
        "steps": convert(result.steps, tuple[StepRow, ...], from_attributes=True),
        "targets": tuple(TargetRow(e.branch, e.verdict, e.method, e.commit, e.evidence) for e in result.targets),
        "problems": tuple(ProblemRow(e.code, e.message, e.remedy.line(result.typed)) for e in result.problems),
    }


@click.command(cls=Command)
def schema() -> int:
    """Print the JSON schema of what every command prints with --json."""
    from msgspec.json import schema as schema_of  # noqa: PLC0415  # only here

    print_json({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema_of(Answer)})
    return 0
