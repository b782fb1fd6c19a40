"""With which code a command ends, from what was observed last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.errors import ExitCode, Problem
from git_hotfix.hotfix import shell_word

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts


def unfinished(facts: Facts, *, backport: bool, deploy: bool) -> tuple[Problem, ...]:
    """Return what a published hotfix still lacks: its deployment (exit 7), targets and the record (exit 4)."""
    if not facts.is_published:
        return ()
    found: list[Problem] = []
    deployment = facts.deployment
    name = facts.hotfix
    if deploy and deployment is not None and deployment.state == "begun":
        message = (
            f"The deployment began at {deployment.began_at} and its end is not known; it is not run again"
            " (say --done or --failed; 'deploy' without either runs it again)."
        )
        remedy = f"git hotfix deploy {name} --done"
        found.append(Problem("deployment-unknown", message, remedy, ExitCode.DEPLOYMENT))
    if deploy and deployment is not None and deployment.state == "failed":
        message = f"The deployment failed ({deployment.ended_at})."
        found.append(Problem("deployment-failed", message, f"git hotfix deploy {name}", ExitCode.DEPLOYMENT))
    if not backport:
        return tuple(found)
    unchosen = facts.unchosen_lines
    for target in facts.pending:
        shown = facts.world.shown(target.branch) if target.on_server else target.branch
        command = f"git hotfix backport {name}"
        if target.branch in unchosen:
            command = f"{command} --to {target.branch}"
        if waits := facts.memory.conflict_of(target.branch):
            command = f"cd {shell_word(waits.path)}"
        message = f"'{shown}' does not have the fix. {target.evidence}"
        found.append(Problem("target-pending", message, command, ExitCode.UNFINISHED))
    found += _not_taken_back(facts)
    if facts.record_is_due:
        shown = facts.world.shown(facts.record_branch)
        message = f"The report on '{shown}' is not complete."
        command = "rollback" if facts.is_rolled_back else "finish"
        found.append(Problem("record-due", message, f"git hotfix {command} {name}", ExitCode.UNFINISHED))
    found += facts.record_gaps
    return tuple(found)


def _not_taken_back(facts: Facts) -> list[Problem]:
    """Return the targets that keep the fix of a rollback until a person has resolved a conflict."""
    found = []
    for target in facts.targets if facts.is_rolled_back else ():
        waits = facts.memory.conflict_of(target.branch, is_rollback=True)
        if target.keeps_the_fix and waits is not None:
            then = f"git hotfix rollback {facts.hotfix} --continue"
            command = f"cd {shell_word(waits.path)}, resolve, git add, then: {then}"
            found.append(Problem("target-conflict", target.evidence, command, ExitCode.UNFINISHED))
    return found


def merged_problems(told: tuple[Problem, ...], observed: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Put what steps told before what is observed at the end, without saying the same thing twice."""
    deployment = any(problem.exit_code is ExitCode.DEPLOYMENT for problem in told)
    kept = []
    for problem in observed:
        if problem.exit_code is ExitCode.DEPLOYMENT and deployment:
            continue
        if any(problem.message.partition("'")[2].partition("'")[0] in each.message for each in told):
            continue  # the step has told the reason for this very branch
        kept.append(problem)
    return (*told, *kept)


def exit_code(problems: tuple[Problem, ...], command: str) -> ExitCode:
    """Return the code of a run that has done something: 0 when nothing is missing.

    Of ``cleanup`` 8, of ``close`` (never published) 3, else after publication: 7 before 4.
    """
    codes = {problem.exit_code for problem in problems}
    if codes and command in {"cleanup", "close"}:
        return ExitCode.GAP if command == "cleanup" else ExitCode.WAITING
    if ExitCode.DEPLOYMENT in codes:
        return ExitCode.DEPLOYMENT
    return ExitCode.UNFINISHED if codes else ExitCode.DONE
