"""What ``finish`` still has to do: before publication everything is checked and asked; after it nothing is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.config import fill_message
from git_hotfix.errors import Problem
from git_hotfix.git import history
from git_hotfix.hotfix import Oid
from git_hotfix.workflow.arriving import (
    backport_step,
    carries,
    deployment_step,
    fast_forward_updates,
    is_at_rest,
    told_left,
)
from git_hotfix.workflow.asking import deploy_question, lines_question, optional_questions, screen, unanswerable
from git_hotfix.workflow.decision import Decision, Plan, Question, Questions, Refused
from git_hotfix.workflow.documents import kept_report, told_deleted, why_record_waits
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
from git_hotfix.workflow.publications import NO_TAG, lacking_tags
from git_hotfix.workflow.scope import moved_under
from git_hotfix.workflow.testing import needed_tests, passed_result
from git_hotfix.workflow.timeline import contradictions
from git_hotfix.workflow.wording import message_values, one_line

if TYPE_CHECKING:
    from git_hotfix.git.repository import Repository
    from git_hotfix.workflow.request import FinishRequest
    from git_hotfix.workflow.situation import Situation


def plan_finish(
    repository: Repository, situation: Situation, request: FinishRequest, tried: frozenset[type[Step]]
) -> Decision:
    """Return what is left of ``finish``. ``tried`` are the kinds of step this run has already carried out."""
    if situation.is_rolled_back:
        return Refused((rolled_back(situation),))
    if situation.is_published:
        return _after_publication(repository, situation, request, tried)
    return _before_publication(repository, situation, request)


def rolled_back(situation: Situation) -> Problem:
    """Say that a hotfix was taken back: merging its branch once more would not bring the fix again."""
    message = f"'{situation.hotfix}' was rolled back; merging its branch again would bring nothing."
    return Problem("rolled-back", message, f"git hotfix start --again {situation.hotfix}")


def _before_publication(repository: Repository, situation: Situation, request: FinishRequest) -> Decision:
    checked = check_finish(repository, situation, request)
    has_fix = situation.fix is not None and bool(situation.fix.paths)
    tests = needed_tests(repository, situation, request) if has_fix else None
    deploy = deploy_question(situation, request)
    missing = [each for each in (tests, deploy) if isinstance(each, Question)]
    problems = checked.problems
    if not request.interactive:
        problems += tuple(unanswerable(each, situation) for each in missing)
    if [each.code for each in problems] == ["conflict-with-production"] and situation.base_tip and situation.tip:
        step = LayOut(situation.base, situation.base_tip, situation.tip, request.place)
        return Plan(situation.hotfix, (step,), checked.notes)
    if problems:
        return Refused(problems, checked.notes, () if request.interactive else tuple(missing))
    asked = missing + optional_questions(repository, situation, request)
    if asked:
        return Questions(tuple(asked), screen(repository, situation, request))
    if request.confirmed is False:
        return Refused((Problem("not-confirmed", "Nothing was published.", "git hotfix finish"),), checked.notes)
    steps: list[Step] = [later] if (later := later_step(repository, situation, request)) else []
    steps += [tests] if isinstance(tests, RunTests) else []
    steps.append(_publish(repository, situation, request))
    if not request.push:
        return Plan(situation.hotfix, tuple(steps), checked.notes)
    steps += _predicted_rest(situation, request)
    return Plan(situation.hotfix, tuple(steps), checked.notes)


def _after_publication(
    repository: Repository, situation: Situation, request: FinishRequest, tried: frozenset[type[Step]]
) -> Decision:
    last = situation.last_publication
    assert last is not None  # noqa: S101  # published
    steps: list[Step] = []
    told = history.trailers(repository, last.merge)
    is_untagged = last.tag is None and NO_TAG not in told and request.wants_tag
    if is_untagged or lacking_tags(situation.memory.attempt, situation.world, situation.publications):
        steps.append(CompleteTag(last.merge, request.tag, request.sign, request.hooks))
    if updates := fast_forward_updates(repository, situation):
        steps.append(FastForward(updates))
    question = deploy_question(situation, request)
    if question is not None and RunDeployment not in tried:
        if not request.interactive:
            return Refused((unanswerable(question, situation),), questions=(question,))
        return Questions((question,))
    if deployment := deployment_step(situation, request):
        steps.append(deployment)
    if request.backport:
        asked = lines_question(situation, request)
        if asked is not None and request.interactive and not tried:
            return Questions((asked,))
        if step := backport_step(repository, situation, request):
            steps.append(step)
    kept = kept_report(repository, situation)
    steps += [kept] if kept else []
    was_deployed = deployment is None or RunDeployment not in tried  # tried and still due: it could not be started
    if not request.stay and was_deployed and is_at_rest(situation):
        steps.append(Return())
    left = tuple(step for step in steps if type(step) not in tried)
    return Plan(situation.hotfix, left, _told_after(repository, situation))


def _told_after(repository: Repository, situation: Situation) -> tuple[str, ...]:
    notes = (*told_left(repository, situation), *contradictions(repository, situation))
    deleted = told_deleted(repository, situation) if why_record_waits(situation) is None else None
    return notes if deleted is None else (*notes, deleted)


def _predicted_rest(situation: Situation, request: FinishRequest) -> list[Step]:
    """Return what will follow the publication, as far as it can be told before."""
    steps: list[Step] = []
    deploy = situation.config.deploy
    nothing_yet = Oid("")
    if deploy.effective_trigger == "command" and deploy.command and request.deploy is not False:
        steps.append(RunDeployment(nothing_yet, None, deploy.command, "deploy.command"))
    if request.backport and (carried := carries(situation, request)):
        steps.append(Backport(carried, None, request.sign, request.hooks))
    if not request.stay and situation.memory.place is not None:
        steps.append(Return())
    return steps


def _publish(repository: Repository, situation: Situation, request: FinishRequest) -> Publish:
    description = request.message or situation.title
    values = message_values(situation, description)
    trailers = [("Hotfix-Id", str(situation.hotfix))]
    if situation.incident is not None:
        trailers.append(("Incident", situation.incident))
    if request.skip_tests is not None:
        trailers.append(("Tests-Skipped", one_line(request.skip_tests)))
    elif result := passed_result(repository, situation):
        trailers.append(
            ("Tests", one_line(f"{result.outcome} ({result.command}, {result.seconds:.0f} s, {result.at})"))
        )
    if folders := moved_under(repository, situation):
        trailers.append(("Production-Moved", ", ".join(folders)))
    if request.verified_by:
        trailers.append(("Verified-By", one_line(request.verified_by)))
    if request.large is not None:
        trailers.append(("Large-Because", one_line(request.large)))
    return Publish(
        situation.branch,
        situation.base,
        request.tag,
        request.wants_tag,
        fill_message(situation.config.message.merge, values),
        tuple(trailers),
        request.push,
        request.sign,
        request.hooks,
    )
