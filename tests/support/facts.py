"""Facts made by hand: a decision is tested on what it is told, without a repository."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from msgspec import to_builtins
from msgspec.structs import replace

from git_hotfix.config.keys import Config
from git_hotfix.config.layers import Settings
from git_hotfix.config.table import all_keys
from git_hotfix.engine.step import Note, Progress, Questions, Refusal
from git_hotfix.errors import ExitCode, HotfixError, Problem, command
from git_hotfix.facts.beginning import Beginning
from git_hotfix.facts.closing import Closing
from git_hotfix.facts.facts import Facts
from git_hotfix.facts.hotfixes import Known
from git_hotfix.facts.targets import Target
from git_hotfix.git.conflict_state import Unresolved
from git_hotfix.git.refs import Head
from git_hotfix.git.remote import Server
from git_hotfix.git.remote_names import Remote
from git_hotfix.git.world import Roles, World
from git_hotfix.hotfix import BranchName, Fix, HotfixId, Oid, Publication, Slug, Verdict, branch_ref, new_id
from git_hotfix.memory import Memory
from git_hotfix.record.followups import FollowUp, add_follow_up
from git_hotfix.record.incident import SEVERITIES, Kind, Report, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from git_hotfix.engine.step import Due
    from git_hotfix.git.repository import Repository

HOTFIX = HotfixId("20260117", Slug("auth"))
BRANCH = HOTFIX.branch("hotfix/")
MAIN, DEVELOP, LINE = BranchName("main"), BranchName("develop"), BranchName("release/1.1")
NOON = datetime(2026, 1, 17, 12, tzinfo=UTC)


def oid(letter: str) -> Oid:
    """Return an object id that can be told from others: forty times one hexadecimal digit."""
    return Oid(letter * 40)


FORK, TIP, BASE_TIP, MERGE, TAG, ROLLBACK, CLOSED = (oid(letter) for letter in "1234567")
FIX = Fix(
    fork=FORK,
    tip=TIP,
    commits=(TIP,),
    paths=("src/login.py",),
    added_lines=1,
    deleted_lines=1,
    identity="the fix",
)
PUBLICATION = Publication(MERGE, TIP, FORK, (("hotfix-20260117-1200", TAG),))
UNRESOLVED = Unresolved("is not resolved yet", ("src/login.py",))
TAKEN_BACK = Publication(MERGE, TIP, FORK, PUBLICATION.tags, ROLLBACK, (("hotfix-20260117-1200-rollback", TAG),))


LOST = Problem("not-published", "It is no longer there.", command("git", "branch", "b", "22"), ExitCode.GAP)
"""What is said of a fix that was published and has been pushed out of its base with force."""


class _Untouched:
    """Stands where the repository is: a decision that asks it for anything is not made on facts alone."""

    def __init__(self, top: Path | None) -> None:
        self.top = top

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"the decision asked the repository for '{name}'")


def settings(config: Config | None = None) -> Settings:
    """Return settings that come from nowhere, and whose commands are a person's own."""
    return Settings(config or Config(), dict.fromkeys(all_keys(), "default"), personal=frozenset(all_keys()))


def world(*, with_server: bool = True, head: str | None = BRANCH, **branches: Oid) -> World:
    """Return a world whose server has these branches (``-`` for ``/`` is not needed: main and develop by default)."""
    refs = {branch_ref(name): tip for name, tip in ({"main": BASE_TIP, "develop": BASE_TIP} | branches).items()}
    return World(
        remote=Remote("origin", "origin") if with_server else None,
        server=Server(refs) if with_server else None,
        unanswered=None,
        local={**refs, branch_ref(BRANCH): TIP},
        trees=(),
        head=Head(BranchName(head) if head else None, TIP),
    )


def target(branch: str = DEVELOP, verdict: Verdict = Verdict.PENDING, **more: Any) -> Target:
    """Return a target with a verdict."""
    known: dict[str, Any] = {"method": None, "commit": None, "evidence": f"{verdict} by hand"}
    return Target(branch=BranchName(branch), tip=BASE_TIP, verdict=verdict, **known | more)


def facts(*, top: Path | None = Path("/shop"), config: Config | None = None, **answers: Any) -> Facts:
    """Return facts with these answers; every other question that needs a repository fails the test.

    Without answers: a fix on its branch, checked out, not published, no targets, nothing wrong, nothing remembered.
    """
    repository: Repository = _Untouched(top)  # type: ignore[assignment]  # on purpose
    given: dict[str, Any] = {
        "base": MAIN,
        "branch_tip": TIP,
        "tip": TIP,
        "roles": Roles(MAIN, guessed=False, develop=DEVELOP, lines=()),
        "publications": (),
        "fix": FIX,
        "targets": (),
        "gone_targets": (),
        "waived": {},
        "broken_waivers": (),
        "private": None,
        "is_disclosed": False,
        "said_base": None,
        "other_claims": (),
        "closing": None,
        "claimed_end": None,
        "_own": (f"docs/incidents/{HOTFIX.report_name()}", None, None),
        "_documented": (None, None, None),
        "report": None,
        "merge_trailers": {},
        "in_production_since": None,
        "merged_by": "the merge of Kim",
        "claims": (),
        "lost": None,
        "undone_in_base": None,
        "only_alike": None,
        "only_told": None,
        "told_in_tag": None,
        "is_landed_again": False,
        "landed_again_by": None,
        "over_scope": None,
        "moved_folders": (),
        "moved_by": 0,
        "merged_tree": None,
        "predicted_merge": None,
        "is_in_base_already": False,
        "is_cut_off": False,
        "tree": None,
        "tree_changes": (),
        "tree_operation": None,
        "identity_problems": (),
        "contradictions": (),
        "deleted_report": None,
        "follow_ups": (),
        "tags_on": lambda _commit: (),
        "misfiled": None,
        "removed_entry": None,
        "began_without_report": False,
        "published_since": (),
        "was_deployed_with": lambda _later: False,
        "record": None,
        "why_record_waits": None,
        "fast_forwards": (),
        "diverged": (),
        "private_report_now": None,
        "signing_problem": None,
        "version_tool": None,
        "trigger": (config or Config()).deploy.trigger_where(has_guide=False),
        "guide": None,
        "recorded_deployment": None,
        "consents": frozenset(),
        "has": lambda _oid: True,
        "is_ancestor": lambda _one, _other: True,
        "subject": lambda _oid: "Check the password",
        "test_proposals": (),
        "files": (),
        "has_path": lambda _path: True,
        "commit_of": lambda oid: oid,
    }
    made = Facts(
        repository,
        answers.pop("world", None) or world(),
        settings(config),
        Known(HOTFIX, TIP, None),
        answers.pop("memory", None) or Memory(),
        at=NOON,
    )
    made.__dict__.update(given | answers)
    made.__dict__.setdefault("unresolved", dict.fromkeys(made.memory.conflicts, UNRESOLVED))
    made.__dict__.setdefault("fix_commits_at", lambda _tip: made.fix.commits if made.fix is not None else ())
    return made


def published(**answers: Any) -> Facts:
    """Return facts of a hotfix that is published and tagged."""
    return facts(**{"publications": (PUBLICATION,), "fix": None} | answers)


def rolled_back(**answers: Any) -> Facts:
    """Return facts of a hotfix that was published and taken back."""
    return facts(**{"publications": (TAKEN_BACK,), "fix": None} | answers)


# What is said of decisions, short enough for a table.


def shown(decide: Callable[[], Due]) -> str:
    """Return what a decision is: the step by its name, or what is said instead of one."""
    try:
        due = decide()
    except HotfixError as error:
        due = Refusal(error.problems)
    match due:
        case None:
            return "nothing"
        case Refusal(problems):
            return f"refused {' '.join(each.code for each in problems)}"
        case Questions(questions):
            return f"asks {' '.join(each.field for each in questions)}"
        case Note(text):
            return f"note {text}"
        case _:
            return type(due).__name__


def told(problems: Iterable[Problem], *typed: str) -> list[tuple[str, int, str | None, str]]:
    """Return of each problem the code, the exit code, what it is about, and its remedy as it is typed."""
    return [
        (
            each.code,
            int(each.exit_code),
            each.about,
            each.remedy.line(typed),
        )
        for each in problems
    ]


def row(each: Progress) -> str:
    """Return a row of ``status`` as one line, with the command that brings it on."""
    return f"{each.state} {each.step}: {each.evidence}" + (f" -> {each.next.line()}" if each.next else "")


def report(**more: Any) -> Report:
    """Return what the report of the hotfix says."""
    said: dict[str, Any] = {
        "id": HOTFIX,
        "title": "Login takes any password",
        "severity": SEVERITIES[0],
        "kind": Kind.CRITICAL_BUG,
        "production_affected": True,
        "can_wait": False,
        "what": "Anyone can log in",
        "reporter": "Kim",
        "declared_at": NOON,
        "branch": BRANCH,
        "base": MAIN,
        "status": Status.OPEN,
    }
    return Report(**said | more)


def with_branch(made: World, local: Oid | None = None, server: Oid | None = None) -> World:
    """Return a world with the hotfix branch at these places; None: it is not there."""

    def at(refs: Any, tip: Oid | None) -> dict[Any, Oid]:
        others = {ref: oid for ref, oid in refs.items() if ref != branch_ref(BRANCH)}
        return others | ({branch_ref(BRANCH): tip} if tip else {})

    there = replace(made.server, refs=at(made.server.refs, server)) if made.server else None
    return replace(made, local=at(made.local, local), server=there)


def ended(status: Status = Status.CANCELLED, **answers: Any) -> Facts:
    """Return facts of a hotfix that was closed without code: its report is where the record is kept."""
    known = report(status=status)
    given: dict[str, Any] = {"fix": None, "tip": None, "branch_tip": None, "report": known}
    given |= {"world": with_branch(world()), "closing": Closing(CLOSED, status)}
    return facts(**given | {"_documented": (f"docs/incidents/{HOTFIX.report_name()}", known, None)} | answers)


def asked_anew(given: Facts, *questions: str) -> Facts:
    """Return the facts without the answers that were given by hand to these questions: they answer themselves."""
    for question in questions:
        del given.__dict__[question]
    return given


def report_with(*follow_ups: FollowUp, **more: object) -> bytes:
    """Return the shortest report there is, with these follow-ups."""
    said = to_builtins(report())
    keys = ("title", "status", "severity", "kind", "production_affected", "can_wait", "what", "reporter", "visibility")
    told = {"schema": 1, "id": str(HOTFIX), **{key: said[key] for key in keys}}
    told |= {"declared_at": NOON.isoformat(), "branch": BRANCH, "base": MAIN, **more}
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in told.items())
    content = f"---\n{lines}---\n\n# Login takes any password\n".encode()
    for each in follow_ups:
        content = add_follow_up(content, each)
    return content


def beginning(*, top: Path | None = Path("/shop"), config: Config | None = None, **answers: Any) -> Beginning:
    """Return what a start is planned from, with these answers; what else needs a repository fails the test.

    Without answers: nothing is open, production is checked out and clean, the server has answered, git knows who asks.
    """
    there = world(head=MAIN)
    made = Beginning(
        repository=_Untouched(top),  # type: ignore[arg-type]  # on purpose
        world=replace(there, local={ref: tip for ref, tip in there.local.items() if ref != branch_ref(BRANCH)}),
        settings=settings(config),
        base=MAIN,
        is_guessed=False,
        known=(),
        relanded=None,
        unfinished=None,
        at=NOON,
    )
    given: dict[str, Any] = {
        "base_tip": BASE_TIP,
        "operation": None,
        "index_lock": None,
        "signing_problem": None,
        "changes": (),
        "changed_submodules": (),
        "unpublished": (),
        "reporter": "Kim",
        "own_template": None,
        "directory": top,
        "main_folder": top,
        "worktree_problems": (),
        "consents": frozenset(),
        "allows_several": True,
        "name": lambda title, slug: new_id(title, NOON.date(), prefix=made.config.branches.prefix, slug=slug),
    }
    fields = {name: answers.pop(name) for name in Beginning.__struct_fields__ if name in answers}
    made = replace(made, **fields)
    made.__dict__.update(given | answers)
    return made
