"""What ``finish`` still has to do: before publication everything is checked and asked; after it nothing is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.commands.critical_tests import needs_paths
from git_hotfix.commands.finding_tests import paths_for, propose
from git_hotfix.config import fill_message
from git_hotfix.errors import ExitCode, Problem
from git_hotfix.hotfix import Method, Oid, branch_ref, shell_word, tag_ref
from git_hotfix.repository import history, trees
from git_hotfix.repository.remote import Update
from git_hotfix.workflow.documents import record_is_due, why_record_waits
from git_hotfix.workflow.plan import (
    Backport,
    Carry,
    CompleteTag,
    Decision,
    Plan,
    Publish,
    Question,
    Questions,
    Refused,
    Return,
    RunDeployment,
    RunTests,
    Settle,
    Step,
)
from git_hotfix.workflow.preflight import check_finish
from git_hotfix.workflow.rounds import NO_TAG
from git_hotfix.workflow.scope import moved_under
from git_hotfix.workflow.situation import MANY_LINES

if TYPE_CHECKING:
    from git_hotfix.repository.opening import Repository
    from git_hotfix.workflow.request import FinishRequest
    from git_hotfix.workflow.situation import Situation


def plan_finish(
    repository: Repository, situation: Situation, request: FinishRequest, tried: frozenset[type[Step]]
) -> Decision:
    """Give what is left of ``finish``. ``tried`` are the kinds of step this run has already carried out."""
    if situation.is_published:
        return _after_publication(repository, situation, request, tried)
    return _before_publication(repository, situation, request)


def _before_publication(repository: Repository, situation: Situation, request: FinishRequest) -> Decision:
    checked = check_finish(repository, situation, request)
    if checked.problems:
        return Refused(checked.problems, checked.notes)
    tests = _tests(repository, situation, request)
    deploy = _deploy_question(situation, request)
    match tests:
        case Question() | Problem():
            missing = [tests] + ([deploy] if deploy else [])
        case _:
            missing = [deploy] if deploy else []
    if not request.interactive:
        problems = tuple(unanswerable(each, situation) for each in missing)
        if problems:
            questions = tuple(each for each in missing if isinstance(each, Question))
            return Refused(problems, checked.notes, questions)
    problems = tuple(each for each in missing if isinstance(each, Problem))
    if problems:
        return Refused(problems, checked.notes)
    asked = [each for each in missing if isinstance(each, Question)] + _optional(situation, request)
    if asked:
        return Questions(tuple(asked), screen(repository, situation, request))
    if request.confirmed is False:
        return Refused((Problem("not-confirmed", "Nothing was published.", "git hotfix finish"),), checked.notes)
    steps: list[Step] = [tests] if isinstance(tests, RunTests) else []
    steps.append(_publish(repository, situation, request))
    if not request.push:
        return Plan(situation.hotfix, tuple(steps), checked.notes)
    steps += _predicted_rest(situation, request)
    return Plan(situation.hotfix, tuple(steps), checked.notes)


def _after_publication(
    repository: Repository, situation: Situation, request: FinishRequest, tried: frozenset[type[Step]]
) -> Decision:
    last = situation.last_round
    assert last is not None  # noqa: S101  # published
    steps: list[Step] = []
    told = history.trailers(repository, last.merge)
    if last.tag is None and NO_TAG not in told and request.wants_tag:
        steps.append(CompleteTag(last.merge, request.tag, request.sign, request.hooks))
    if updates := settle_updates(repository, situation):
        steps.append(Settle(updates))
    question = _deploy_question(situation, request)
    if question is not None and RunDeployment not in tried:
        if not request.interactive:
            return Refused((unanswerable(question, situation),), questions=(question,))
        return Questions((question,))
    if deployment := deployment_step(situation, request):
        steps.append(deployment)
    if request.backport:
        asked = _lines_question(situation, request)
        if asked is not None and request.interactive and not tried:
            return Questions((asked,))
        if step := backport_step(repository, situation, request):
            steps.append(step)
    if not request.stay and _is_at_rest(situation):
        steps.append(Return())
    return Plan(situation.hotfix, tuple(step for step in steps if type(step) not in tried))


def _predicted_rest(situation: Situation, request: FinishRequest) -> list[Step]:
    """Give what will follow the publication, as far as it can be told before."""
    steps: list[Step] = []
    deploy = situation.config.deploy
    nothing_yet = Oid("")
    if deploy.effective_trigger == "command" and deploy.command and request.deploy is not False:
        steps.append(RunDeployment(nothing_yet, None, deploy.command, "deploy.command"))
    if request.backport and (carried := _carries(situation, request)):
        steps.append(Backport(carried, None, request.sign, request.hooks))
    if not request.stay and situation.memory.place is not None:
        steps.append(Return())
    return steps


def _tests(
    repository: Repository, situation: Situation, request: FinishRequest
) -> RunTests | Question | Problem | None:
    """Say what the critical tests still need: nothing (passed, skipped), a run, or a decision."""
    fix = situation.fix
    assert fix is not None  # noqa: S101  # checked by preflight
    if request.skip_tests is not None:
        return None
    result = situation.memory.tests_of(fix.identity)
    if result is not None and result.outcome == "passed":
        return None
    return choose_tests(repository, situation, request)


def choose_tests(repository: Repository, situation: Situation, request: FinishRequest) -> RunTests | Question | Problem:
    """Give the run of the critical tests, or the question which they are."""
    fix = situation.fix
    command = request.test_command or situation.config.test.command
    if command is None:
        proposals = propose(repository.top) if repository.top else ()
        return Question(
            "test_command",
            "--skip-tests REASON",
            "Which command runs the critical tests? It is kept in git config.",
            default=proposals[0].command if proposals else None,
            choices=tuple(each.command for each in proposals),
        )
    paths = request.test_paths
    if needs_paths(command) and not paths:
        tip = situation.tip
        changed = fix.paths if fix else ()
        paths = paths_for(
            changed,
            situation.config.test.map,
            lambda path: (
                tip is not None and trees.entry_at(repository, trees.tree_of(repository, tip), path) is not None
            ),
        )
        if not paths:
            listed = ", ".join(f"'{path}'" for path in changed[:5])
            return Question(
                "test_paths",
                "--skip-tests REASON",
                f"Which tests cover {listed}? (paths, separated by spaces)",
            )
    return RunTests(command, paths)


def unanswerable(missing: Question | Problem, situation: Situation) -> Problem:
    """Turn a question into the problem it is where nobody can be asked: exit 2 with the options that answer it."""
    if isinstance(missing, Problem):
        return missing
    finish = f"git hotfix finish {situation.hotfix}"
    match missing.field:
        case "test_command":
            keep = f"git config hotfix.test.command {shell_word(missing.default or 'COMMAND')}"
            return Problem(
                "tests-undecided",
                "No command for the critical tests is configured.",
                f"{keep}, or {finish} --skip-tests REASON",
                ExitCode.USAGE,
            )
        case "test_paths":
            return Problem(
                "tests-undecided",
                f"{missing.text.partition('?')[0]} is not known: nothing in test.map and no folder of tests matches.",
                f"git config --add hotfix.test.map 'src/**=tests', or {finish} --skip-tests REASON",
                ExitCode.USAGE,
            )
        case _:
            return Problem("decision-missing", missing.text, f"{finish} {missing.option}", ExitCode.USAGE)


def _deploy_question(situation: Situation, request: FinishRequest) -> Question | None:
    deploy = situation.config.deploy
    if deploy.effective_trigger != "command" or not request.push or request.deploy is not None or request.yes:
        return None
    if situation.is_published and situation.deployment is not None:
        return None
    if situation.is_published and situation.documented and situation.documented.resolved_at:
        return None
    return Question(
        "deploy",
        "--deploy (or --no-deploy)",
        f"Deploy with '{deploy.command}' once it is published?",
        kind="confirm",
        default="yes",
    )


def _optional(situation: Situation, request: FinishRequest) -> list[Question]:
    """Give what is asked only on a terminal: who looked at the fix, which lines get it, and the last word."""
    if not request.interactive:
        return []
    asked: list[Question] = []
    if request.backport and (lines := _lines_question(situation, request)):
        asked.append(lines)
    if request.yes or request.confirmed is not None:
        return asked
    if request.verified_by is None:
        text = "Who has verified the fix by hand? (empty: nobody yet)"
        asked.append(Question("verified_by", "--verified-by NAME", text, required=False, default=""))
    where = f"'{situation.world.shown(situation.base)}'"
    when = "" if request.skip_tests is not None or _has_passed(situation) else " when the tests have passed"
    text = f"Publish to {where}{when}?" if request.push else f"Merge into '{situation.base}' here{when}?"
    asked.append(Question("confirmed", "--yes", text, kind="confirm", required=False, default="yes"))
    return asked


def _has_passed(situation: Situation) -> bool:
    result = situation.memory.tests_of(situation.fix.identity) if situation.fix else None
    return result is not None and result.outcome == "passed"


def unchosen_lines(situation: Situation) -> tuple[str, ...]:
    """Give the release lines nobody chose: more than five, found by the default pattern only."""
    lines = situation.roles.lines
    return () if situation.lines_chosen or len(lines) <= MANY_LINES else lines


def _lines_question(situation: Situation, request: FinishRequest) -> Question | None:
    lines = unchosen_lines(situation)
    if not lines or request.lines is not None or request.to:
        return None
    return Question(
        "lines",
        "--to BRANCH",
        f"Which of these {len(lines)} release lines get fixes? {' '.join(lines)} (names, or all, or none)",
        required=False,
        default="all",
    )


def _publish(repository: Repository, situation: Situation, request: FinishRequest) -> Publish:
    description = request.message or situation.title
    values = message_values(situation, description)
    trailers = [("Hotfix-Id", str(situation.hotfix))]
    if situation.report is not None:
        trailers.append(("Incident", situation.report_path))
    if request.skip_tests is not None:
        trailers.append(("Tests-Skipped", _one_line(request.skip_tests)))
    elif situation.fix and (result := situation.memory.tests_of(situation.fix.identity)):
        trailers.append(
            ("Tests", _one_line(f"{result.outcome} ({result.command}, {result.seconds:.0f} s, {result.at})"))
        )
    if folders := moved_under(repository, situation):
        trailers.append(("Production-Moved", ", ".join(folders)))
    if request.verified_by:
        trailers.append(("Verified-By", _one_line(request.verified_by)))
    if request.large is not None:
        trailers.append(("Large-Because", _one_line(request.large)))
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


def message_values(situation: Situation, description: str) -> dict[str, str]:
    """Give what the placeholders of commit messages stand for."""
    report, last = situation.report, situation.last_round
    return {
        "description": _one_line(description),
        "id": str(situation.hotfix),
        "slug": situation.hotfix.slug,
        "issue": (report.issue or "") if report else "",
        "severity": str(report.severity) if report else "",
        "tag": (last.tag or "") if last else "",
    }


def settle_updates(repository: Repository, situation: Situation) -> tuple[Update, ...]:
    """Give the local branches and tags that lag behind what was published and can follow without losing anything."""
    world, last = situation.world, situation.last_round
    if last is None:
        return ()
    updates = []
    if last.tag is not None and last.tag_oid is not None and tag_ref(last.tag) not in world.local:
        updates.append(Update(tag_ref(last.tag), None, last.tag_oid))
    present = [target.branch for target in situation.targets if target not in situation.pending]
    for branch in (situation.base, *present):
        local, there = world.local_tip(branch), world.tip(branch)
        if local is None or there is None or local == there:
            continue
        if history.is_ancestor(repository, local, there):
            updates.append(Update(branch_ref(branch), local, there))
    return tuple(updates)


def deployment_step(situation: Situation, request: FinishRequest) -> RunDeployment | None:
    """Give the deployment of the newest publication if it has not begun; one whose end is unknown is never repeated."""
    last, deploy = situation.last_round, situation.config.deploy
    if last is None or situation.deployment is not None or request.deploy is False:
        return None
    if situation.documented and situation.documented.resolved_at and situation.documented.tag == last.tag:
        return None
    match deploy.effective_trigger:
        case "command" if deploy.command:
            return RunDeployment(last.merge, last.tag, deploy.command, "deploy.command")
        case "push" if deploy.check:
            return RunDeployment(last.merge, last.tag, deploy.check, "deploy.check")
        case _:
            return None


def backport_step(repository: Repository, situation: Situation, request: FinishRequest) -> Backport | None:
    """Give the push that carries the fix to the targets that lack it and writes the record."""
    carried = _carries(situation, request)
    develop = situation.roles.develop
    brings_develop = any(each.branch == develop for each in carried)
    is_due = brings_develop or record_is_due(repository, situation)
    if not carried and not is_due:
        return None
    if request.to and not brings_develop:
        is_due = False
    if why_record_waits(situation) is not None and not brings_develop:
        is_due = False
    if not carried and not is_due:
        return None
    return Backport(carried, situation.record_branch if is_due else None, request.sign, request.hooks)


def _carries(situation: Situation, request: FinishRequest) -> tuple[Carry, ...]:
    wanted = []
    unchosen = unchosen_lines(situation)
    for target in situation.pending:
        if request.to and target.branch not in request.to:
            continue
        if target.branch in unchosen and target.branch not in request.to:
            continue
        method = Method(request.method) if request.method else target.method
        if method is not None and target.tip:
            wanted.append(Carry(target.branch, target.tip, target.tip, target.on_server, method))
    return tuple(wanted)


def _is_at_rest(situation: Situation) -> bool:
    """Tell whether the user is taken back: not while a deployment failed or its end is unknown."""
    memory = situation.memory
    if memory.place is None and memory.detour is None:
        return False
    return situation.deployment is None or situation.deployment.state == "succeeded"


def screen(repository: Repository, situation: Situation, request: FinishRequest) -> tuple[str, ...]:
    """Give the one screen that is shown before publication: commits, files, refs, tag, targets, deployment."""
    fix = situation.fix
    assert fix is not None  # noqa: S101  # asked before publication only
    lines = [f"{situation.hotfix}: {situation.title}", "", "Commits:"]
    lines += [f"  {oid[:10]} {history.subject(repository, oid)}" for oid in fix.commits]
    lines.append(f"Files (+{fix.added_lines} -{fix.deleted_lines}):")
    lines += [f"  {path}" for path in fix.paths[:12]]
    if len(fix.paths) > 12:
        lines.append(f"  and {len(fix.paths) - 12} more")
    tag = request.tag or situation.config.tag.format if request.wants_tag else "none"
    lines.append(f"Publish: {situation.world.shown(situation.base)}, tag {tag}")
    for target in situation.targets:
        how = f"by {target.method}" if target.method else target.evidence
        lines.append(f"Then:    {situation.world.shown(target.branch)} {how}")
    deploy = situation.config.deploy
    told = {"command": f"'{deploy.command}'", "push": "by the push", "manual": "by hand"}
    lines.append(f"Deploy:  {told[deploy.effective_trigger]}")
    return tuple(lines)


def _one_line(text: str) -> str:
    """Fold a text into one line: a trailer and a subject have no more."""
    return " ".join(text.split())
