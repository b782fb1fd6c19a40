"""A branch that nobody pushes to gets what was prepared for it by a pull request: its branch is pushed, it is opened.

What the forge says is shown and proves nothing: a request is merged when the branch has what it brings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.config.messages import fill_message
from git_hotfix.engine.step import Done, Step
from git_hotfix.errors import ExitCode, HotfixError, Problem, again, command, server_failed
from git_hotfix.facts.evidence import BECAUSE, asked_ref, asked_tips, rollback_title
from git_hotfix.facts.phrases import message_values
from git_hotfix.facts.pull_requests import forge, is_by_request, request_branch, request_branches, spent_tip
from git_hotfix.git.messages import subject_of, with_trailers
from git_hotfix.git.program import without_local_environment
from git_hotfix.git.publish import push_and_observe
from git_hotfix.git.refs import put_ref
from git_hotfix.git.remote import Update
from git_hotfix.hotfix import HOTFIX_ID, BranchName, Oid, branch_ref
from git_hotfix.memory import PullRequest
from git_hotfix.record.markdown import in_code, inline
from git_hotfix.record.words import words_of
from git_hotfix.steps.request import FinishRequest
from git_hotfix.templates import render_bundled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.commands.forge_tools import ForgeTool
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.errors import Remedy
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.forges import Forge
    from git_hotfix.git.world import World
    from git_hotfix.steps.request import LeaveRequest, Request


END = "end"
"""What is asked for by ``close``."""


class Asked(Struct, frozen=True, kw_only=True):
    """A pull request that is to be open: ``head``, at ``tip``, into ``branch``.

    ``said`` are the trailers that our own commit would have had.
    ``is_again`` opens another one where the last was closed; ``about`` is the step that waits for it.
    """

    branch: BranchName
    head: BranchName
    tip: Oid
    brings: Oid
    """The tip of the hotfix, up to which it brings it."""
    title: str
    about: str
    said: tuple[tuple[str, str], ...] = ()
    backport_of: str | None = None
    reverts: str | None = None
    is_again: bool = False
    record: str | None = None
    """What it brings, where that is nothing but a part of the record."""


class DeleteRequestBranches(Step, frozen=True):
    """Delete the branches of the requests that were merged; one that may still bring something stays."""

    branches: tuple[tuple[BranchName, Oid], ...]

    @staticmethod
    def due(facts: Facts, request: LeaveRequest) -> Due:
        """While the server has one that brings nothing any more."""
        names = request_branches(facts.world, facts.branch)
        found = tuple((name, tip) for to, name in names.items() if (tip := spent_tip(facts, to)) is not None)
        return DeleteRequestBranches(found) if found else None

    def describe(self, world: World) -> str:
        """Return what the step does."""
        return f"delete {', '.join(world.shown(name) for name, _ in self.branches)}"

    def perform(self, run: Run) -> Done:
        """Delete them, each leased on what was seen; the server may keep them, which holds nothing."""
        updates = [Update(branch_ref(name), tip, None) for name, tip in self.branches]
        pushed = push_and_observe(run.destination(), updates, atomic=False).known(again())
        for name, _ in self.branches:
            why = pushed.reason or "it has new commits"
            shown = run.world.shown(name)
            gone = branch_ref(name) not in {*pushed.denied, *pushed.moved}
            run.say(f"Deleted {shown}." if gone else f"'{shown}' stays: {why}")
        run.look_here()
        return Done()


def kept_requests(facts: Facts) -> Iterator[str]:
    """Return which branches of requests a clean-up leaves, because they may bring something that is nowhere else."""
    for to, name in request_branches(facts.world, facts.branch).items():
        if spent_tip(facts, to) is None:
            yield f"'{facts.world.shown(name)}' stays: it may have what '{facts.world.shown(to)}' does not have."


def goes_by_request(facts: Facts, request: Request, branch: str) -> bool:
    """Return whether a branch is to be changed by request: it always is, or this command asks for it."""
    if isinstance(request, FinishRequest) and (request.bundle or request.from_bundle):
        return False
    return request.push and facts.world.remote is not None and (request.by_request or is_by_request(facts, branch))


def remember_wanted(run: Run, *, is_wanted: bool | None) -> None:
    """Remember that a person asks for requests (``--pr``): what goes on without that option goes on so."""
    if is_wanted and not run.facts.memory.by_request:
        run.remember(lambda memory: replace(memory, by_request=True))


def open_request(run: Run, asked: Asked) -> Problem:
    """Push the branch of a pull request and open it, unless it is open; return that it waits to be merged.

    It is opened by the forge's own tool, else by GitLab's push options, else by a person on the page that is named. A
    branch that the server does not take is exit 5.
    """
    at, known = forge(run.facts), run.facts.memory.pull_request_to(asked.branch)
    asked = replace(asked, title=subject_of(asked.title))
    from git_hotfix.commands.forge_tools import ToolFailed  # noqa: PLC0415  # few commands ask for anything

    tool, shown = _tool(run, at), run.world.shown(asked.branch)
    url, why = None, "no tool of its forge can be asked"
    if tool is not None:
        try:
            found = tool.find(asked.branch, asked.head)
        except ToolFailed as error:
            tool, why = None, str(error)
        else:
            url = found.url if found is not None and found.state == "open" else None
            is_closed = found is not None and found.state == "closed" and known is not None and known.url == found.url
            if found is not None and is_closed and not asked.is_again:
                message = f"The request to '{shown}' was closed without being merged: {found.url}"
                return _waits(asked, "request-closed", message)
    is_told = tool is None and at is not None and at.kind == "gitlab"
    kept = asked_ref(run.facts.hotfix, asked.brings, asked.branch, is_rollback=asked.reverts is not None)
    put_ref(run.repository.git, kept, asked.tip)
    taken = _push(run, asked, _push_options(run, asked) if is_told else ())
    if tool is not None and url is None:
        try:
            remote, body = run.facts.config.remote, _text(run.facts, asked)
            lists = {"reviewers": remote.reviewers, "labels": remote.labels}
            url = tool.open(asked.branch, asked.head, asked.title, body, **lists)
        except ToolFailed as error:
            why = str(error)
    before = known.said if known is not None and known.tip == asked.brings else ()  # decided when it was opened
    said = {**dict(before), **dict(asked.said)}
    opened = PullRequest(asked.branch, asked.head, asked.brings, url, tuple(said.items()))
    run.remember(lambda memory: memory.with_pull_request(opened))
    if url is not None:
        return _waits(asked, "request-waits", f"The request to '{shown}' waits to be merged: {url}")
    return _waits(asked, "request-waits", _by_a_person(run, asked, at, why, is_told=taken if is_told else False))


def _by_a_person(run: Run, asked: Asked, at: Forge | None, why: str, *, is_told: bool | None) -> str:
    """Return that a person opens the request, where, and why; else that GitLab was told, or may have been before."""
    shown = run.world.shown(asked.branch)
    if at is None:
        said = f"'{shown}' is changed by request: a person opens one from '{asked.head}', which is pushed."
        is_set = run.facts.config.remote.forge is not None
        return said if is_set else f"{said} Where remote.forge says what the server is, the page is named."
    page = at.page_for(asked.branch, asked.head)
    if is_told:
        return f"GitLab was asked with the push for a request to '{shown}'; where there is none, open it on {page}"
    if is_told is None:
        return f"'{asked.head}' was pushed before; where there is no request from it to '{shown}', open it on {page}"
    return f"'{shown}' is changed by request: a person opens one on {page} ({why})."


def to_request(facts: Facts, *options: str) -> Remedy:
    """Return the command that goes on where a target, or the record, is asked for by request."""
    return command("git", "hotfix", "rollback" if facts.is_rolled_back else "backport", facts.hotfix, *options)


def request_backport(run: Run, branch: BranchName, tip: Oid, *, is_again: bool) -> Problem:
    """Ask for what was made for a target to be merged there; return that it waits, or why it could not be asked for."""
    facts, last = run.facts, run.facts.last_publication
    assert last is not None  # noqa: S101  # nothing is carried before
    backport = fill_message(facts.config.message.backport, message_values(facts, facts.title))
    asked = Asked(
        branch=branch,
        head=request_branch(facts, branch),
        tip=tip,
        brings=last.tip,
        title=rollback_title(facts) if facts.is_rolled_back else backport,
        about=f"backport {branch}",
        backport_of=None if facts.is_rolled_back else last.merge[:7],
        reverts=last.merge[:7] if facts.is_rolled_back else None,
        is_again=is_again,
    )
    try:
        waits = open_request(run, asked)
        return replace(waits, remedy=to_request(facts, *waits.remedy.words))
    except HotfixError as error:
        return replace(error.problems[0], exit_code=ExitCode.UNFINISHED, about=asked.about)


def _waits(asked: Asked, code: str, message: str) -> Problem:
    """Return that somebody else has to merge, after which the same command goes on."""
    is_first = asked.about in {"publication", "rollback", END}
    remedy = again("--pr") if code == "request-closed" else again()
    return Problem(code, message, remedy, ExitCode.WAITING if is_first else ExitCode.UNFINISHED, about=asked.about)


def _tool(run: Run, at: Forge | None) -> ForgeTool | None:
    remote, directory = run.world.remote, run.repository.top or run.repository.git.directory
    if at is None or remote is None:
        return None
    from git_hotfix.commands.forge_tools import TOOLS, ForgeTool  # noqa: PLC0415  # few commands ask for anything

    environment = without_local_environment(run.repository.git.environment)
    return ForgeTool(at, remote.name, directory, environment) if at.kind in TOOLS else None


def _push(run: Run, asked: Asked, options: tuple[str, ...]) -> bool | None:
    """Push the branch of a request, over what it was; exit 5 where the server does not take it.

    Return whether that told the server the options; None where it has the branch already.
    """
    facts, old, shown = run.facts, run.world.server_tip(asked.head), run.world.shown(asked.head)
    if old == asked.tip:
        return None
    to, updates = run.destination(), [Update(branch_ref(asked.head), old, asked.tip)]
    pushed = push_and_observe(replace(to, tells=options), updates, atomic=False).known(again())
    if options and "push options" in pushed.reason:  # what git says of a server that takes none
        options, pushed = (), push_and_observe(to, updates, atomic=False).known(again())
    if not pushed.has_arrived:
        why = pushed.reason or "somebody has moved it meanwhile"
        raise server_failed("push-refused", f"'{shown}' was not taken: {why}", again())
    is_kept = old is not None and facts.has(old) and facts.is_ancestor(old, asked.tip)
    if old is not None and not is_kept and old not in asked_tips(facts, asked.branch):
        run.warn(f"'{shown}' has what is asked for again, and not what others had pushed there ({old[:7]}).")
    run.look()
    return bool(options)


def _push_options(run: Run, asked: Asked) -> tuple[str, ...]:
    """Return what makes GitLab open the request (its push options)."""
    labels = (f"merge_request.label={each}" for each in run.facts.config.remote.labels)
    own = (f"merge_request.target={asked.branch}", f"merge_request.title={asked.title}")
    return ("merge_request.create", *own, *labels)


def _text(facts: Facts, asked: Asked) -> str:
    """Return the text of a request, by the bundled template of the configured language."""
    report, words = None if facts.is_restricted else facts.report, words_of(facts.config)
    said, fix = dict(asked.said) or facts.merge_trailers, facts.fix
    texts = {
        "what": report.what if report else facts.title,
        "impact": report.impact if report else None,
        "tests": said.get("Tests"),
        "skipped": said.get("Tests-Skipped"),
        "because": said.get(BECAUSE) or facts.rolled_back_because,
    }
    values: dict[str, object] = {
        **{name: None if text is None else inline(text) for name, text in texts.items()},
        "severity": str(report.severity) if report else None,
        "kind": str(report.kind) if report and report.kind else None,
        "affected_users": report.affected_users if report else None,
        "report": in_code(facts.incident) if facts.incident else None,
        "files": [in_code(path) for path in fix.paths[:20]] if fix is not None and asked.record is None else [],
        "record": inline(asked.record) if asked.record else None,
        "id": str(facts.hotfix),
        "branch": in_code(asked.branch),
        "backport_of": asked.backport_of,
        "reverts": asked.reverts,
    }
    text = render_bundled(f"{words.language}/pull_request.md.j2", values, words.answers)
    own = (each for each in asked.said if each[0] != HOTFIX_ID)
    return with_trailers(text.strip(), ((HOTFIX_ID, str(facts.hotfix)), *own))
