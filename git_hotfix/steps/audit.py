"""Whether all is done about one hotfix, by what can be seen: for ``verify``, which changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from msgspec.structs import replace

from git_hotfix.engine.step import Progress, State
from git_hotfix.errors import ExitCode, Problem, Remedy, command
from git_hotfix.facts.evidence import claimed_by
from git_hotfix.facts.phrases import alike, closed, without_fix
from git_hotfix.facts.publications import NO_TAG
from git_hotfix.facts.targets import Target, target_at, waived_by
from git_hotfix.git import trees
from git_hotfix.git.objects import has_object
from git_hotfix.git.world import find_develop, find_production, target_tip
from git_hotfix.hotfix import BranchName, Verdict
from git_hotfix.record.incident import Status
from git_hotfix.record.report import odd_times
from git_hotfix.record.waivers import FILE_NAME, broken_lines
from git_hotfix.steps.backport_targets import is_undecided, lacks
from git_hotfix.steps.deploy import lack_of_deployment
from git_hotfix.steps.leave import gaps_of
from git_hotfix.steps.record_commit import WITHOUT_REPORT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from git_hotfix.config.keys import Config
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import Oid


NEVER_WAIVED = {"branch-left", "history-cut", "object-missing"}
"""What no waiver of a base covers: what is still to be cleaned up, and what could not be seen."""


class Audit(NamedTuple):
    """The rows of a hotfix, what is not as it should be, and where it stands.

    Of one that is open nothing has to be yet; one that is claimed is only named, by who may have made it up; of one
    that is waived somebody has said that what is missing on its base, or in the record, stays so.
    """

    rows: tuple[Progress, ...]
    problems: tuple[Problem, ...]
    targets: tuple[Target, ...] = ()
    stands: Literal["complete", "open", "claimed", "waived"] = "complete"


def audit(facts: Facts, revisions: Mapping[str, Oid]) -> Audit:
    """Return what is done about a hotfix and what is missing; with ``revisions`` only whether the fix is in these."""
    if facts.is_ended:
        gaps = () if revisions else tuple(gaps_of(facts))
        return Audit((Progress("publication", State.DONE, closed(facts)),), gaps)
    if not facts.publications:
        return _waived(facts, _not_published(facts))
    waits = facts.fix is not None
    if waits:  # what is published has to be everywhere, whatever else is on the branch
        facts = facts.having(**facts.__dict__ | {"fix": None})
    if revisions:
        there = tuple(target_at(facts, BranchName(each), oid) for each, oid in revisions.items())
        facts = facts.having(**facts.__dict__ | {"targets": there})
    checks = [_publication(facts)]
    if not revisions:
        checks += [_tag(facts), _report(facts), _documents(facts), _follow_ups(facts)]
        checks.append(_branch(facts, waits=waits))
    rows, problems = zip(*checks, strict=True)
    own = Audit(tuple(rows), tuple(each for found in problems for each in found), (), "open" if waits else "complete")
    own = _waived(facts, own)
    blind = {f"backport {each.branch}" for each in facts.targets if each.verdict is Verdict.UNKNOWN}
    targets = (
        replace(
            each,
            remedy=_to_bring(facts, each.remedy),
            code="target-unknown" if each.about in blind else each.code,
            exit_code=ExitCode.GAP,
        )
        for each in lacks(facts)
    )
    undecided = () if revisions else (_undecided(facts, each) for each in facts.targets if is_undecided(facts, each))
    return own._replace(problems=(*own.problems, *targets, *undecided), targets=facts.targets)


def _undecided(facts: Facts, target: Target) -> Problem:
    """Return that the next release would bring a fix back that was rolled back, unless somebody decides."""
    shown = facts.world.shown(target.branch)
    back = f"'git hotfix rollback {facts.hotfix} --targets' reverts it, " if facts.known.branch is None else ""
    message = f"'{shown}' still has the fix, which was rolled back; undecided: {back}'verify --waive' lets it stay."
    return _gap("target-undecided", message, command("git", "hotfix", "status", facts.hotfix))


def _waived(facts: Facts, found: Audit) -> Audit:
    """Return what was found without the gaps that somebody has waived with the base, and by whom."""
    waiver = facts.waived.get(facts.base) if found.problems else None
    if waiver is None:
        return found
    said = Progress("waiver", State.DONE, waived_by(facts, waiver))
    kept = tuple(each for each in found.problems if each.code in NEVER_WAIVED)
    return found._replace(rows=(*found.rows, said), problems=kept, stands="waived")


def _to_bring(facts: Facts, remedy: Remedy) -> Remedy:
    """Return what shows how a branch gets the fix: nothing is brought there by who only wants to know.

    A fix that other hands have made is known to no other command of ours.
    """
    last = facts.publications[-1]
    if facts.known.branch is not None:
        return command("git", "log", "--oneline", "--no-merges", f"{last.fork[:7]}..{last.tip[:7]}")
    return command(*remedy.words, "--dry-run") if remedy.words[2:3] == ("backport",) else remedy


Check = tuple[Progress, tuple[Problem, ...]]
"""A row, and what of it is missing."""


def _missing(facts: Facts, step: str, code: str, message: str, remedy: Remedy | None = None) -> Check:
    row = Progress(step, State.NOT_DONE, message.rstrip("."))
    return row, (_gap(code, message, remedy or command("git", "hotfix", "status", facts.hotfix)),)


def _gap(code: str, message: str, remedy: Remedy) -> Problem:
    return Problem(code, message, remedy, ExitCode.GAP)


def _not_published(facts: Facts) -> Audit:
    shown = facts.world.shown(facts.base)
    if facts.base_tip is not None and facts.here(facts.base_tip) is None:
        unseen = f"What the server has now of '{shown}' is not here."
        found = _gap("not-seen", unseen, command("git", "hotfix", "verify", "--fetch"))
        return Audit((Progress("publication", State.UNKNOWN, unseen.rstrip(".")),), (found,))
    claims = f" {'. '.join(facts.claims)}." if facts.claims else ""
    if facts.lost is None and facts.branch_tip is not None:
        what = "no fix committed yet" if facts.known_tip is not None and not facts.has_fix else f"not in '{shown}'"
        return Audit((Progress("publication", State.WAITING, f"open: {what}.{claims}".rstrip(".")),), (), (), "open")
    if facts.lost is None and facts.known.claim is not None:
        only = f"'{shown}' does not have the fix; {claimed_by(facts, 'it', facts.known.claim)}"
        return Audit((Progress("publication", State.UNKNOWN, only),), (), (), "claimed")
    named = facts.branch if facts.known.branch is not None else facts.hotfix
    lost = facts.lost or _gap(
        "not-published",
        f"'{shown}' does not have the fix, and there is no branch '{facts.branch}'.{claims}",
        command("git", "log", "--oneline", "--fixed-strings", f"--grep={named}", "--all"),
    )
    state = State.UNKNOWN if lost.code == "history-cut" else State.NOT_DONE
    return Audit((Progress("publication", state, f"{lost.message}{claims}".rstrip(".")),), (lost,))


def _publication(facts: Facts) -> Check:
    shown, last = facts.world.shown(facts.base), facts.publications[-1]
    claims = "; ".join(("", *facts.claims))
    if facts.is_rolled_back:
        by = (last.rollback or "")[:7]
        return Progress("publication", State.DONE, f"reverted on {shown} by {by}{claims}"), ()
    if facts.undone_in_base is not None:
        return _missing(facts, "publication", "undone", without_fix(facts))
    lack = lack_of_deployment(facts)
    if lack is not None and facts.deployed.state == "claimed":  # nobody who only looks can confirm it
        claims = f"{claims}; its deployment: {facts.deployed.evidence}"
    elif lack is not None:
        return _missing(facts, "publication", "not-deployed", lack.message)
    told = facts.told_in_tag
    if (guess := alike(facts)) is not None and told is None:  # without its branch nobody sees more than the tag says
        return _missing(facts, "publication", "only-alike", f"'{shown}' has the fix {guess[0]}.", guess[1])
    by = f", merged as '{facts.known.merged.name}'" if facts.known.branch is not None and facts.known.merged else ""
    by += f"; {told}" if told is not None else ""
    return Progress("publication", State.DONE, f"{last.merge[:7]} on {shown}{by}{claims}"), ()


def _tag(facts: Facts) -> Check:
    last = facts.publications[-1]
    merged = facts.known.merged  # a base that was fast-forwarded to another branch has the merge itself further down
    stands_on = (last.merge, last.tip, *(merged.merges if merged is not None else ()))
    there = (oid for oid in stands_on if facts.base_tip is not None and facts.is_ancestor(oid, facts.base_tip))
    is_named = facts.merge_trailers.get(*NO_TAG) != NO_TAG[1]  # then whatever else others put there is not its tag
    found = (name for oid in there if not is_named for name in facts.tags_on(oid))
    names = tuple(dict.fromkeys((*(name for name, _ in last.tags), *found)))
    if names:
        return Progress("tag", State.DONE, ", ".join(names)), ()
    if facts.merge_trailers.get(NO_TAG[0]) == NO_TAG[1]:
        return Progress("tag", State.DONE, f"none, by choice (the merge of {facts.merged_by}, {last.merge[:7]})"), ()
    message = f"No tag stands on the merge {last.merge[:7]} on '{facts.world.shown(facts.base)}'."
    return _missing(facts, "tag", "not-tagged", message)


def _report(facts: Facts) -> Check:
    report, problem, shown = facts.documented, facts.documented_problem, facts.world.shown(facts.record_branch)
    if facts.is_restricted:
        return Progress("report", State.DONE, "in the git directory, because it is restricted"), ()
    if facts.record_tip is None:
        return Progress("report", State.UNKNOWN, f"what '{shown}' has is not here"), ()
    if problem is not None:
        return _missing(facts, "report", "report-broken", problem.message, problem.remedy)
    if report is None and facts.known.branch is not None:
        return Progress("report", State.DONE, WITHOUT_REPORT), ()
    if report is None and facts.deleted_report is None and facts.began_without_report:
        return Progress("report", State.DONE, "none: it began without one, as a restricted hotfix does"), ()
    if report is None:
        return _missing(facts, "report", "no-report", facts.deleted_report or f"There is no report on '{shown}'.")
    wanted = Status.ROLLED_BACK if facts.is_rolled_back else Status.RESOLVED
    lacking = [f"its status is '{report.status}'"] if report.status is not wanted else []
    if not facts.is_rolled_back:
        lacking += ["it does not say when it was resolved"] * (report.resolved_at is None)
    tag = facts.publications[-1].tag
    if tag is not None and report.tag != tag:
        lacking.append(f"it names the tag '{report.tag or ''}' and not '{tag}'")
    lacking += [sentence.rstrip(".") for sentence in odd_times(report)]
    if lacking:
        message = f"'{facts.documented_path}' on '{shown}' is not complete: {'; '.join(lacking)}."
        return _missing(facts, "report", "report-incomplete", message)
    return Progress("report", State.DONE, f"{facts.documented_path} on {shown}: {report.status}"), ()


def _documents(facts: Facts) -> Check:
    report, tip = facts.documented, facts.record_tip
    if facts.is_restricted or report is None or tip is None:
        return Progress("documents", State.DONE if facts.is_restricted else State.WAITING, "after the report"), ()
    if facts.misfiled is not None:
        return _missing(facts, "documents", "misfiled", facts.misfiled)
    if facts.removed_entry is not None:
        return _missing(facts, "documents", "record-removed", facts.removed_entry)
    if report.recorded_in:
        return Progress("documents", State.DONE, ", ".join(report.recorded_in)), ()
    if facts.is_brief:
        facts = facts.having(is_brief=False)  # the record says how it came to each branch
    if facts.record_is_due:
        message = f"The record on '{facts.world.shown(facts.record_branch)}' is not complete."
        return _missing(facts, "documents", "record-due", message)
    if facts.record_gaps:
        gap = facts.record_gaps[0]
        return _missing(facts, "documents", gap.code, gap.summary or gap.message, gap.remedy)
    return Progress("documents", State.DONE, facts.why_record_waits or "nothing is left to write"), ()


def _follow_ups(facts: Facts) -> Check:
    """Return which follow-ups of the report were due before today."""
    open_ones = [each for each in facts.follow_ups if not each.is_done]
    late = [each for each in open_ones if each.due is not None and each.due < facts.at.date()]
    if late:
        listed = ", ".join(f"{each.id} since {each.due} ({each.owner or 'nobody'})" for each in late)
        return _missing(facts, "follow-ups", "follow-up-overdue", f"Overdue: {listed}.")
    return Progress("follow-ups", State.DONE, f"{len(open_ones)} open, none overdue" if open_ones else "none open"), ()


def _branch(facts: Facts, *, waits: bool) -> Check:
    if facts.local_tip is None and facts.server_tip is None:
        return Progress("branch", State.DONE, "deleted"), ()
    if waits:
        return Progress("branch", State.WAITING, f"open: '{facts.branch}' has commits that are not published"), ()
    where = "here" if facts.server_tip is None else "on the server"
    message, remedy = f"The branch '{facts.branch}' is not deleted yet ({where}).", ("cleanup", facts.hotfix)
    return _missing(facts, "branch", "branch-left", message, command("git", "hotfix", *remedy))


def broken_waivers(repository: Repository, world: World, config: Config) -> tuple[Problem, ...]:
    """Return the lines of the waivers, where the record is kept, that waive nothing."""
    branch = find_develop(world, config) or find_production(world, config)[0]
    tip, path = target_tip(world, branch), f"{config.incident.directory}/{FILE_NAME}"
    content = trees.regular_file(repository, tip, path) if tip is not None and has_object(repository, tip) else None
    return tuple(
        _gap(
            "waiver-broken",
            f"'{path}' line {line} on '{world.shown(branch)}' is not a valid waiver: {why}.",
            command("git", "blame", f"-L{line},{line}", world.shown(branch), "--", path),
        )
        for line, why in broken_lines(content)
    )
