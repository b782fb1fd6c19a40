"""How far a hotfix has come: each step with its state and evidence, and the next command."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.facts.phrases import deployment_said, to_the_commit
from git_hotfix.hotfix import Verdict, shell_word

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.facts.targets import Target


class State(StrEnum):
    """Where one step stands."""

    DONE = "done"
    NEXT = "next"
    WAITING = "waiting"
    UNKNOWN = "unknown"
    NOT_DONE = "not done"


class Progress(Struct, frozen=True):
    """One step of a hotfix, its state, and what shows it."""

    step: str
    state: State
    evidence: str


def steps_of(facts: Facts) -> tuple[Progress, ...]:
    """Return every step in order; the first that is not done and waits for nothing is ``next``."""
    steps = [
        _report(facts),
        _fix(facts),
        _tests(facts),
        *_publication(facts),
        _deploy(facts),
        *_targets(facts),
        _documents(facts),
        _cleanup(facts),
    ]
    first = next((at for at, step in enumerate(steps) if step.state is State.NOT_DONE), None)
    if first is not None:
        steps[first] = replace(steps[first], state=State.NEXT)
    return tuple(steps)


def next_command(facts: Facts, steps: tuple[Progress, ...]) -> str | None:
    """Return the one command that brings the hotfix on; None when nothing is left."""
    name = facts.hotfix
    left = {step.step: step.state for step in steps if step.state is not State.DONE}
    if facts.is_ended:
        return f"git hotfix cleanup {name}" if left.get("cleanup") else None
    if back := next((each for each in facts.memory.conflicts if each.is_rollback and facts.needs(each)), None):
        return f"cd {shell_word(back.path)}" if back.is_laid_out else f"git hotfix rollback {name}"
    if left.get("fix"):
        return to_the_commit(facts)
    if left.get("rollback"):
        return f"git hotfix rollback {name}"
    if left.get("publication"):
        conflict = facts.memory.conflict_of(facts.base)
        return f"cd {shell_word(conflict.path)}" if conflict else f"git hotfix finish {name}"
    if left.get("deploy") not in (None, State.WAITING):
        return f"git hotfix deploy {name}" if facts.config.deploy.command else f"git hotfix deploy {name} --done"
    if waits := [each for each in facts.pending if each.verdict is Verdict.CONFLICT]:
        known = facts.memory.conflict_of(waits[0].branch)
        return f"cd {shell_word(known.path)}" if known else f"git hotfix backport {name} --continue"
    if facts.pending:
        return f"git hotfix backport {name}"
    if left.get("documents") not in (None, State.WAITING):
        return f"git hotfix {'rollback' if facts.is_rolled_back else 'finish'} {name}"
    return f"git hotfix cleanup {name}" if left.get("cleanup") else None


def _report(facts: Facts) -> Progress:
    if facts.report_problem is not None:
        return Progress("report", State.NOT_DONE, facts.report_problem.message)
    if facts.report is None:
        return Progress("report", State.UNKNOWN, f"'{facts.report_path}' is not on the branch")
    if facts.is_restricted:
        return Progress("report", State.DONE, "in the git directory, because it is restricted")
    return Progress("report", State.DONE, facts.report_path)


def _fix(facts: Facts) -> Progress:
    fix = facts.fix
    if facts.is_ended:
        return Progress("fix", State.DONE, "closed without code")
    if fix is None:
        if facts.publications:
            count = len(facts.publications)
            return Progress("fix", State.DONE, "published" if count == 1 else f"published in {count} rounds")
        return Progress("fix", State.UNKNOWN, "its commits are not in this repository")
    if not fix.paths:
        return Progress("fix", State.NOT_DONE, "no commit changes anything but the report")
    only_here = "" if facts.server_tip == facts.tip or not facts.world.remote else "; only on this machine"
    size = f"{_count(len(fix.commits), 'commit')}, {_count(len(fix.paths), 'file')}"
    said = f"{size}, +{fix.added_lines} -{fix.deleted_lines}{only_here}"
    large = facts.over_scope
    return Progress("fix", State.DONE, f"{said}. {large}" if large else said)


def _tests(facts: Facts) -> Progress:
    if facts.is_ended:
        return Progress("tests", State.DONE, "not needed")
    if facts.fix is None and facts.last_publication is not None:
        told = facts.merge_trailers
        if "Tests" in told:
            return Progress("tests", State.DONE, told["Tests"])
        if "Tests-Skipped" in told:
            return Progress("tests", State.DONE, f"skipped: {told['Tests-Skipped']}")
        return Progress("tests", State.UNKNOWN, "the merge does not say whether tests ran")
    if facts.fix is None or not facts.fix.paths:
        return Progress("tests", State.WAITING, "for the fix")
    result = facts.test_result
    if result is None:
        return Progress("tests", State.NOT_DONE, "not run for this fix")
    said = {"passed": "passed", "failed": "failed", "none": "no tests ran"}[result.outcome]
    state = State.DONE if result.outcome == "passed" else State.NOT_DONE
    return Progress("tests", state, f"{said} ({result.command}, {result.seconds:.0f} s, {result.at})")


def _publication(facts: Facts) -> tuple[Progress, ...]:
    last = facts.last_publication
    shown = facts.world.shown(facts.base)
    if facts.is_ended:
        return ()
    if last is None or facts.fix is not None:
        attempt = facts.memory.attempt
        if attempt is not None and attempt.here and attempt.tip == facts.tip:
            return (
                Progress("merge", State.DONE, f"{attempt.merge[:12]}, only here"),
                Progress("publication", State.NOT_DONE, f"'{shown}' does not have it"),
            )
        conflict = facts.memory.conflict_of(facts.base)
        waits = f"into {shown}, with a conflict that is laid out in '{conflict.path}'" if conflict else f"into {shown}"
        return (
            Progress("merge", State.WAITING, waits),
            Progress("publication", State.NOT_DONE, f"'{shown}' does not have it"),
        )
    seen = facts.memory.published_at.get(last.merge)
    when = f", {seen}" if seen else ""
    tag = Progress("tag", State.DONE, last.tag) if last.tag else Progress("tag", State.UNKNOWN, "the merge has no tag")
    steps = (
        Progress("merge", State.DONE, last.merge[:12]),
        tag,
        Progress("publication", State.DONE, f"{shown} has it{when}"),
    )
    back = facts.memory.conflict_of(facts.base, is_rollback=True)
    if back is not None and not facts.is_rolled_back:
        said = f"from {shown}, with a conflict that is laid out in '{back.path}'"
        return (*steps, Progress("rollback", State.WAITING, said))
    if not facts.is_rolled_back or last.rollback is None:
        return steps
    named = f", {last.rollback_tag}" if last.rollback_tag else ", not tagged yet"
    state = State.DONE if last.rollback_tag else State.NOT_DONE
    return (*steps, Progress("rollback", state, f"{shown} took it back by {last.rollback[:12]}{named}"))


def _deploy(facts: Facts) -> Progress:
    if facts.is_ended:
        return Progress("deploy", State.DONE, "not needed")
    if not facts.is_published:
        return Progress("deploy", State.WAITING, "for the publication")
    deploy = facts.config.deploy
    deployment = facts.deployment
    ran = [each for each in facts.memory.deployments if each.merge == facts.in_production]
    if ran and ran[-1].key == "deploy.rollback" and facts.memory.pending_rollback is None:
        return Progress("deploy", State.NOT_DONE, f"taken back by deploy.rollback ({ran[-1].began_at})")
    if deployment is not None:
        states = {"succeeded": State.DONE, "failed": State.NOT_DONE, "begun": State.UNKNOWN}
        return Progress("deploy", states[deployment.state], deployment_said(facts) or "")
    if deploy.effective_trigger == "push" and not deploy.check:
        return Progress("deploy", State.DONE, "by the push")
    is_told = deploy.effective_trigger != "manual" or facts.tip is None or facts.local_tip is None
    if facts.documented is not None and facts.documented.resolved_at is not None and is_told:
        return Progress("deploy", State.DONE, "the report says that it is resolved")
    match deploy.effective_trigger:
        case "command":
            return Progress("deploy", State.NOT_DONE, f"not run: {deploy.command}")
        case "push":
            return Progress("deploy", State.UNKNOWN, f"not checked: {deploy.check}")
        case "manual":
            return Progress("deploy", State.WAITING, "by hand: git hotfix deploy --done tells of it")


def _targets(facts: Facts) -> tuple[Progress, ...]:
    if facts.is_ended:
        return ()
    found = []
    for target in facts.targets:
        name = f"backport {target.branch}"
        if facts.is_rolled_back:
            state = State.NOT_DONE if target.keeps_the_fix else State.DONE
            found.append(Progress(name, state, _after_rollback(target)))
        elif target.verdict in {Verdict.PRESENT, Verdict.WAIVED}:
            found.append(Progress(name, State.DONE, target.evidence))
        elif not facts.is_published:
            how = f"by {target.method}" if target.method else target.evidence
            found.append(Progress(name, State.WAITING, f"for the publication; {how}"))
        elif target.verdict is Verdict.UNKNOWN:
            found.append(Progress(name, State.UNKNOWN, target.evidence))
        else:
            found.append(Progress(name, State.NOT_DONE, target.evidence))
    return tuple(found)


def _after_rollback(target: Target) -> str:
    match target.verdict:
        case Verdict.PRESENT:
            return "still has the fix: git hotfix rollback --targets takes it back there too"
        case Verdict.REVERTED:
            return target.evidence
        case Verdict.CONFLICT if target.keeps_the_fix:
            return target.evidence
        case _:
            return "cancelled by the rollback"


def _documents(facts: Facts) -> Progress:
    if facts.is_ended:
        return Progress("documents", State.DONE, facts.report_path)
    if not facts.is_published:
        return Progress("documents", State.WAITING, "for the publication")
    shown = facts.world.shown(facts.record_branch)
    if waits := facts.why_record_waits:
        return Progress("documents", State.WAITING, waits)
    if facts.record_is_due:
        return Progress("documents", State.NOT_DONE, f"{facts.documented_path} on {shown} is not complete")
    if gaps := facts.record_gaps:
        return Progress(
            "documents", State.NOT_DONE, " ".join(gap.message.partition(" Add by hand: ")[0] for gap in gaps)
        )
    if facts.deleted_report:
        return Progress("documents", State.DONE, f"the report was deleted from {shown}")
    if facts.documented is None:
        return Progress("documents", State.UNKNOWN, f"there is no report on {shown}")
    return Progress("documents", State.DONE, f"{facts.documented_path} on {shown}")


def _cleanup(facts: Facts) -> Progress:
    if facts.local_tip is None and facts.server_tip is None:
        return Progress("cleanup", State.DONE, f"'{facts.branch}' is deleted")
    where = " and ".join(
        place for place, tip in (("here", facts.local_tip), ("on the server", facts.server_tip)) if tip
    )
    if not facts.is_published and not facts.is_ended:
        return Progress("cleanup", State.WAITING, f"'{facts.branch}' exists {where}")
    return Progress("cleanup", State.NOT_DONE, f"'{facts.branch}' exists {where}")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
