"""What ``finish`` still has to do: before publication everything is checked and asked; after it nothing is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.config import fill_message
from git_hotfix.errors import Problem
from git_hotfix.facts.phrases import message_values, one_line
from git_hotfix.hotfix import Oid
from git_hotfix.workflow.arriving import (
    backport_step,
    carries,
    deployment_step,
    is_at_rest,
)
from git_hotfix.workflow.asking import deploy_question, lines_question, optional_questions, screen, unanswerable
from git_hotfix.workflow.decision import Decision, Plan, Question, Questions, Refused
from git_hotfix.workflow.followups import later_step
from git_hotfix.workflow.plan import (
    Backport,
    CompleteTag,
    FastForward,
    LayOut,
    Publish,
    Return,
    RunDeployment,
    RunTests,
    Step,
)
from git_hotfix.workflow.preflight import check_finish
from git_hotfix.workflow.private import kept_report
from git_hotfix.workflow.testing import needed_tests

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.workflow.request import FinishRequest


def plan_finish(facts: Facts, request: FinishRequest, tried: frozenset[type[Step]]) -> Decision:
    """Return what is left of ``finish``. ``tried`` are the kinds of step this run has already carried out."""
    if facts.is_rolled_back:
        return Refused((rolled_back(facts),))
    if facts.is_published:
        return _after_publication(facts, request, tried)
    return _before_publication(facts, request)


def rolled_back(facts: Facts) -> Problem:
    """Say that a hotfix was taken back: merging its branch once more would not bring the fix again."""
    message = f"'{facts.hotfix}' was rolled back; merging its branch again would bring nothing."
    return Problem("rolled-back", message, f"git hotfix start --again {facts.hotfix}")


def _before_publication(facts: Facts, request: FinishRequest) -> Decision:
    checked = check_finish(facts, request)
    has_fix = facts.fix is not None and bool(facts.fix.paths)
    tests = needed_tests(facts, request) if has_fix else None
    deploy = deploy_question(facts, request)
    missing = [each for each in (tests, deploy) if isinstance(each, Question)]
    problems = checked.problems
    if not request.interactive:
        problems += tuple(unanswerable(each, facts) for each in missing)
    if [each.code for each in problems] == ["conflict-with-production"] and facts.base_tip and facts.tip:
        step = LayOut(facts.base, facts.base_tip, facts.tip, request.place)
        return Plan(facts.hotfix, (step,), checked.notes)
    if problems:
        return Refused(problems, checked.notes, () if request.interactive else tuple(missing))
    asked = missing + optional_questions(facts, request)
    if asked:
        return Questions(tuple(asked), screen(facts, request))
    if request.confirmed is False:
        return Refused((Problem("not-confirmed", "Nothing was published.", "git hotfix finish"),), checked.notes)
    steps: list[Step] = [later] if (later := later_step(facts, request)) else []
    steps += [tests] if isinstance(tests, RunTests) else []
    steps.append(_publish(facts, request))
    if not request.push:
        return Plan(facts.hotfix, tuple(steps), checked.notes)
    steps += _predicted_rest(facts, request)
    return Plan(facts.hotfix, tuple(steps), checked.notes)


def _after_publication(facts: Facts, request: FinishRequest, tried: frozenset[type[Step]]) -> Decision:
    last = facts.last_publication
    assert last is not None  # noqa: S101  # published
    steps: list[Step] = []
    if facts.lacks_tag and (last.tag is not None or request.wants_tag):
        steps.append(CompleteTag(last.merge, request.tag, request.sign, request.hooks))
    if updates := facts.fast_forwards:
        steps.append(FastForward(updates))
    question = deploy_question(facts, request)
    if question is not None and RunDeployment not in tried:
        if not request.interactive:
            return Refused((unanswerable(question, facts),), questions=(question,))
        return Questions((question,))
    if deployment := deployment_step(facts, request):
        steps.append(deployment)
    if request.backport:
        asked = lines_question(facts, request)
        if asked is not None and request.interactive and not tried:
            return Questions((asked,))
        if step := backport_step(facts, request):
            steps.append(step)
    kept = kept_report(facts)
    steps += [kept] if kept else []
    was_deployed = deployment is None or RunDeployment not in tried  # tried and still due: it could not be started
    if not request.stay and was_deployed and is_at_rest(facts):
        steps.append(Return())
    left = tuple(step for step in steps if type(step) not in tried)
    return Plan(facts.hotfix, left, _told_after(facts))


def _told_after(facts: Facts) -> tuple[str, ...]:
    notes = (*facts.diverged, *facts.contradictions)
    deleted = facts.deleted_report if facts.why_record_waits is None else None
    return notes if deleted is None else (*notes, deleted)


def _predicted_rest(facts: Facts, request: FinishRequest) -> list[Step]:
    """Return what will follow the publication, as far as it can be told before."""
    steps: list[Step] = []
    deploy = facts.config.deploy
    nothing_yet = Oid("")
    if deploy.effective_trigger == "command" and deploy.command and request.deploy is not False:
        steps.append(RunDeployment(nothing_yet, None, deploy.command, "deploy.command"))
    if request.backport and (carried := carries(facts, request)):
        steps.append(Backport(carried, None, request.sign, request.hooks))
    if not request.stay and facts.memory.place is not None:
        steps.append(Return())
    return steps


def _publish(facts: Facts, request: FinishRequest) -> Publish:
    description = request.message or facts.title
    values = message_values(facts, description)
    trailers = [("Hotfix-Id", str(facts.hotfix))]
    if facts.incident is not None:
        trailers.append(("Incident", facts.incident))
    if request.skip_tests is not None:
        trailers.append(("Tests-Skipped", one_line(request.skip_tests)))
    elif result := facts.passed_tests:
        trailers.append(
            ("Tests", one_line(f"{result.outcome} ({result.command}, {result.seconds:.0f} s, {result.at})"))
        )
    if folders := facts.moved_folders:
        trailers.append(("Production-Moved", ", ".join(folders)))
    if request.verified_by:
        trailers.append(("Verified-By", one_line(request.verified_by)))
    if request.large is not None:
        trailers.append(("Large-Because", one_line(request.large)))
    return Publish(
        facts.branch,
        facts.base,
        request.tag,
        request.wants_tag,
        fill_message(facts.config.message.merge, values),
        tuple(trailers),
        request.push,
        request.sign,
        request.hooks,
    )
