"""Merge the fix into its base and tag it, published by one push of exactly these two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.config.messages import fill_message
from git_hotfix.engine import gitflow_hooks
from git_hotfix.engine.step import Done, Progress, Question, Questions, Refusal, State, Step, ask
from git_hotfix.errors import ExitCode, HotfixError, Problem, again, command
from git_hotfix.escapes import one_line
from git_hotfix.facts.deployments import WAY
from git_hotfix.facts.phrases import alike, message_values, named, some, tests_told, without_fix
from git_hotfix.facts.pull_requests import is_by_request, takes_no_push, what_it_waits_for
from git_hotfix.git import provenance
from git_hotfix.git.merging import Conflicted
from git_hotfix.git.resolutions import merge_or_reapply
from git_hotfix.hotfix import Once
from git_hotfix.steps.attempts import in_bundle
from git_hotfix.steps.backport_targets import way_to
from git_hotfix.steps.conflicts import to_resolve, to_resolve_in
from git_hotfix.steps.deploy import deploy_question
from git_hotfix.steps.preflight import conflicts_with_base, finish_notes
from git_hotfix.steps.publication import Wanted, publish
from git_hotfix.steps.pull_request import goes_by_request
from git_hotfix.steps.run_tests import RunTests, who_verified
from git_hotfix.steps.tags import shown_tags, tags_to_make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.errors import Remedy
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import BranchName, Oid
    from git_hotfix.memory import TestResult
    from git_hotfix.steps.request import FinishRequest, Request


class Publish(Step, frozen=True):
    """Merge into the base, tag, and publish exactly these two."""

    ends_on_error = True
    ends_on_problem = True

    branch: BranchName
    wanted: Wanted
    tags: tuple[str, ...]

    @staticmethod
    def due(facts: Facts, request: FinishRequest) -> Due:
        """Where something is not published yet; everything is asked before it, and before the tests."""
        if facts.is_published or facts.tip is None or request.bundle or goes_by_request(facts, request, facts.base):
            return None
        if request.interactive and request.by_request is None and takes_no_push(facts, facts.base):
            text = f"'{facts.world.shown(facts.base)}' takes no push. Open a request instead?"
            return ask(request, Question("by_request", "--pr", text, "confirm", required=False, default="yes"))
        deploys = None if request.interactive else deploy_question(facts, request)  # else it is on the screen
        who = who_verified(request) if deploys is not None else ()
        undecided = last_word(facts, request, deploys, *who, undone="Nothing was published.")
        if undecided is not None:
            return undecided
        return Publish(facts.branch, wanted_publication(facts, request), tags_to_make(facts, request))

    def describe(self, world: World) -> str:
        """Return what the step does."""
        wanted = self.wanted
        tag = f"tag {', '.join(self.tags)}" if self.tags else "no tag"
        where = world.shown(wanted.base) if wanted.to_server else f"'{wanted.base}' here"
        return f"merge '{self.branch}' into {where} as '{wanted.message}', with {tag}"

    @staticmethod
    def progress(facts: Facts) -> tuple[Progress, ...]:
        """Return merge, tag and publication, as the server (without one: git) shows them."""
        if facts.is_ended:
            return ()
        last, shown = facts.last_publication, facts.world.shown(facts.base)
        if last is None or (facts.fix is not None and not facts.is_rolled_back):
            return in_bundle(facts, shown) or _not_published(facts, shown)
        seen = facts.memory.published_at.get(last.merge)
        undone = facts.undone_in_base if facts.known.is_open else None
        had = "had" if facts.is_rolled_back else "has"
        told = facts.memory.told_merged
        seen = f"says {told.by}" if told is not None and told.commit == last.merge else seen
        seen = guess[0] if (guess := alike(facts)) is not None else seen
        evidence = "; ".join((undone or f"{shown} {had} it{f', {seen}' if seen else ''}", *facts.claims))
        why = facts.memory.why_pending.get(last.merge)
        to_tag = _finish(facts) if why or facts.own_request is not None else None  # a forge makes no tag
        tag = Progress("tag", State.UNKNOWN, why or "the merge has no tag", to_tag)
        if last.tag is not None and not facts.lacks_tag:
            is_seen = all(oid is not None for _, oid in last.tags)
            tag = Progress("tag", State.DONE if is_seen else State.UNKNOWN, shown_tags(last.tags))
        return (
            Progress("merge", State.DONE, last.merge[:7]),
            tag,
            Progress("publication", State.UNKNOWN if undone or guess else State.DONE, evidence),
        )

    @staticmethod
    def missing(facts: Facts, request: Request) -> tuple[Problem, ...]:
        """Return that the base has a merge of the fix and not the fix: it kept the other side, or was undone."""
        if not facts.is_published or facts.undone_in_base is None:
            return ()
        remedy = command("git", "show", "--stat", facts.publications[-1].merge[:7])
        return (Problem("undone", without_fix(facts), remedy, ExitCode.UNFINISHED),)

    def perform(self, run: Run) -> Done:
        """Publish; refused by the server for good, or unreachable: exit 5, and everything here is as it was."""
        wanted, version = self.wanted, self.tags[-1] if self.tags else None
        gitflow_hooks.before(run, "finish", self.branch, wanted.base, version)
        done = publish(run, wanted, lambda onto: merged_onto(run, wanted.base, onto))
        if run.facts.is_published:
            gitflow_hooks.after(run, "finish", self.branch, wanted.base, version)
        return done


def _finish(facts: Facts) -> Remedy:
    is_asked = takes_no_push(facts, facts.base) and not is_by_request(facts, facts.base)
    file = None if facts.is_published else facts.memory.bundle
    more = ("--bundle", file) if file else ("--pr",) if is_asked else ()
    return command("git", "hotfix", "finish", facts.hotfix, *more)


def wanted_publication(facts: Facts, request: FinishRequest) -> Wanted:
    """Return the merge that is to be published, as it is asked for."""
    assert facts.tip is not None  # noqa: S101  # there is a fix
    description = one_line(request.message or "")
    return Wanted(
        base=facts.base,
        source=facts.tip,
        tag=request.tag,
        wants_tag=request.wants_tag,
        message=fill_message(facts.config.message.merge, message_values(facts, description or facts.title)),
        trailers=_trailers(facts, request),
        to_server=request.push,
        may_ask=request.interactive and request.by_request is None,
        has_held=request.bundle is None,
        is_prepared=request.from_bundle is not None,
    )


def _not_published(facts: Facts, shown: str) -> tuple[Progress, ...]:
    attempt, conflict = facts.memory.attempt, facts.memory.conflict_of(facts.base)
    finish = to_resolve(facts, conflict) if conflict else _finish(facts)
    lost, to_finish = facts.lost, finish if facts.tip is not None else None
    if is_by_request(facts, facts.base) and not lost and not conflict and facts.has_fix:
        return _by_request(facts, shown, to_finish)
    has = "already has every change of the fix" if facts.is_in_base_already else "does not have the fix"
    if standing := [each.tag or each.merge[:7] for each in facts.publications if each.rollback is None]:
        has = f"has only an earlier part of it ({', '.join(standing)})"
    lacks, to_do = (lost.message.removesuffix("."), lost.remedy) if lost else (f"'{shown}' {has}", to_finish)
    publication = Progress("publication", State.NOT_DONE, "; ".join((lacks, *facts.claims)), to_do)
    if attempt is not None and attempt.here and attempt.tip == facts.tip:
        return Progress("merge", State.DONE, f"{attempt.merge[:7]}, only here"), publication
    waits = f"into {shown}, {to_resolve_in(conflict)}" if conflict else f"into {shown}"
    return Progress("merge", State.WAITING, waits, is_wrong=conflict is not None), publication


def _by_request(facts: Facts, shown: str, finish: Remedy | None) -> tuple[Progress, ...]:
    """Return the rows of a base that is changed by request: whether one waits there."""
    known = facts.memory.pull_request_to(facts.base)
    if known is None:
        evidence = f"'{shown}' does not have the fix and is changed by pull request"
        return (Progress("publication", State.NOT_DONE, "; ".join((evidence, *facts.claims)), finish),)
    evidence = f"the request to '{shown}' {what_it_waits_for(facts, facts.base)}"
    state, more = (State.WAITING, "") if known.tip == facts.tip else (State.NOT_DONE, "; the branch has newer commits")
    return (Progress("publication", state, f"{evidence}{more}", finish),)


def merged_onto(run: Run, base: BranchName, onto: Oid) -> Oid:
    """Return the tree of the merge on top of the base; a conflict ends the run with exit 3.

    What the fix wrote into the changelog is applied again where the base has got other entries meanwhile.
    It is found by the next run's plan and laid out then: what a person or git makes of it is tested first.
    """
    from git_hotfix.facts.merged_changelog import merged_documents  # noqa: PLC0415  # slow, and not for 'start'

    facts = run.facts
    assert facts.tip is not None  # noqa: S101  # the publication has a source
    result = merge_or_reapply(run.repository, facts.resolutions, base, onto, facts.tip)
    result, warnings = merged_documents(facts, onto, facts.tip, result)
    if isinstance(result, Conflicted):
        shown = run.world.shown(base)
        message = f"The fix conflicts with '{shown}' in {some(result.paths)}; nothing was published."
        raise HotfixError(Problem("conflict-with-production", message, again(), ExitCode.WAITING))
    for warning in warnings:
        run.warn(f"'{run.world.shown(base)}': {warning}")
    return result.tree


def _trailers(facts: Facts, request: FinishRequest) -> tuple[tuple[str, str], ...]:
    """Return the trailers of a publication: its hotfix, how it was tested and verified, what deploys it."""
    trailers = list(named(facts))
    if request.skip_tests:
        trailers.append(("Tests-Skipped", request.skip_tests))
    elif facts.passed_tests is not None:
        trailers.append(("Tests", _passed(facts.passed_tests)))
    if facts.moved_folders:
        trailers.append(("Production-Moved", ", ".join(facts.moved_folders)))
    trailers += [("Verified-By", request.verified_by or ""), ("Large-Because", request.large or "")]
    trailers.append((WAY, facts.trigger))
    return tuple((key, one_line(value)) for key, value in trailers if value.strip())


def _passed(result: TestResult) -> str:
    return f"{result.outcome} ({result.command}, {result.seconds:.0f} s, {result.at})"


def lines_question(facts: Facts, request: Request) -> Question | None:
    """Return the question which of many release lines get fixes, where nobody has chosen."""
    lines = facts.unchosen_lines
    if not lines or request.lines is not None or request.to:
        return None
    text = f"Which of these {len(lines)} release lines get fixes? {' '.join(lines)} (names, or all, or none)"
    return Question("lines", "--to BRANCH", text, required=False, default="all")


def last_word(
    facts: Facts, request: FinishRequest, *before: Question | None, undone: str
) -> Questions | Refusal | None:
    """Return what is asked before a publication goes out; a no refuses it: ``undone`` says what did not happen."""
    asked = [*filter(None, before), *optional_questions(facts, request)]
    if asked:
        return ask(request, *asked, screen=screen(facts, request) if request.interactive else ())
    return Refusal((Problem("not-confirmed", undone, again()),)) if request.confirmed is False else None


def optional_questions(facts: Facts, request: FinishRequest) -> list[Question]:
    """Return what is asked only on a terminal: which lines get the fix, and the last word."""
    if not request.interactive or conflicts_with_base(facts, request):  # that comes first: nothing is published yet
        return []
    asked: list[Question] = []
    if request.backport and (lines := lines_question(facts, request)):
        asked.append(lines)
    if request.yes or request.confirmed is not None:
        return asked
    is_told = request.from_bundle is not None and facts.tests_of_attempt is not None
    are_tested = bool(request.skip_tests) or is_told or facts.passed_tests is not None
    when = "" if are_tested else " when the tests have passed"
    shown = facts.world.shown(facts.base)
    text = f"Publish to '{shown}'{when}?" if request.push else f"Merge into '{facts.base}' here{when}?"
    if request.bundle is not None:
        text = f"Write what is to be published to '{shown}' into '{request.bundle}'{when}?"
    elif goes_by_request(facts, request, facts.base):
        text = f"Open a request to '{shown}'{when}?"
    asked.append(Question("confirmed", "--yes", text, kind="confirm", required=False, default="yes"))
    return asked


def screen(facts: Facts, request: FinishRequest) -> tuple[str, ...]:
    """Return the one screen that is shown before publication: commits, files, tests, refs, what follows, notes."""
    fix = facts.fix
    if fix is None:
        return ()
    severity = f" ({facts.report.severity})" if facts.report is not None else ""
    lines = [f"{facts.hotfix}: {facts.title}{severity}", "", "Commits:"]
    lines += _some([f"  {oid[:7]} {facts.subject(oid)}" for oid in fix.commits])
    apart = f", and the report {facts.report_path}" if facts.report is not None and not facts.is_restricted else ""
    lines.append(f"Files (+{fix.added_lines} -{fix.deleted_lines}{apart}):")
    lines += _some([f"  {path}" for path in fix.paths])
    lines.append(f"Tests:   {_tests_shown(facts, request)}")
    names = tags_to_make(facts, request) or ("none",)
    attempt = facts.memory.attempt
    if request.from_bundle is not None and attempt is not None:  # what was prepared goes out, and nothing else
        lines += ["Merge:", *(f"  {line}" for line in provenance.message(facts.repository, attempt.merge).split("\n"))]
    where = f"Publish: {facts.world.shown(facts.base)}" if request.push else f"Merge:   {facts.base} here only"
    moved = f" ({facts.moved_by} new there since the branch was made)" if facts.moved_by else ""
    lines.append(f"{where}{moved}, tag {', '.join(names)}")
    if request.push:
        lines += _follows(facts, request)
    return (*lines, *(each for each in finish_notes(facts, request) if not isinstance(each, Once)))


def _some(lines: list[str]) -> list[str]:
    """Return so many lines that the screen stays one."""
    return lines if len(lines) <= 12 else [*lines[:12], f"  and {len(lines) - 12} more"]


def _tests_shown(facts: Facts, request: FinishRequest) -> str:
    if request.skip_tests:
        return f"skipped: {one_line(request.skip_tests)}"
    if request.from_bundle is not None and facts.tests_of_attempt is not None:
        return f"{facts.tests_of_attempt}, says what was prepared"
    if facts.passed_tests is not None:
        return tests_told(_passed(facts.passed_tests))
    return "run first" if RunTests.commands(facts, request) else "to be chosen"


def _follows(facts: Facts, request: FinishRequest) -> Iterator[str]:
    for target in facts.targets if request.backport else ():
        yield f"Then:    {facts.world.shown(target.branch)} {way_to(target)}"
    ways = {"command": "by the command below", "push": "by the push", "manual": "by hand"}
    ways["none"], way = "none configured", facts.trigger
    if way == "command" and facts.config.deploy.command is None:
        ways[way] = "by a command not configured here"
    yield f"Deploy:  {'not now' if way == 'command' and request.deploy is False else ways[way]}"
