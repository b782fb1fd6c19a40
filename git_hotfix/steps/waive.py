"""Say that a branch will not get a fix: for everybody, in the record; its end is a day on which it still counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix import clock
from git_hotfix.errors import HotfixError, Problem, command, refused, wrong_input
from git_hotfix.escapes import one_line
from git_hotfix.git import trees
from git_hotfix.git.identity import identity
from git_hotfix.memory import Waiver
from git_hotfix.record.waivers import FILE_NAME, add_waivers, read_waivers
from git_hotfix.steps.record_commit import commit_record, put_on_branch

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.hotfix import Oid


def new_waiver(run: Run, branch: str, reason: str, until: str | None) -> Waiver:
    """Return the waiver of a target of the hotfix in hand, or of its base; any other branch is wrong input."""
    facts = run.facts
    if facts.target(branch) is None and branch != facts.base:
        listed = ", ".join(target.branch for target in facts.targets) or "none"
        message = f"'{branch}' is no target of this hotfix (targets: {listed})."
        raise wrong_input("unknown-branch", message, command("git", "hotfix", "status", facts.hotfix))
    by = identity(run.repository.git).committer.name
    return Waiver(str(facts.hotfix), branch, one_line(reason), by, clock.rfc3339(clock.now()), until)


def record_waiver(run: Run, waiver: Waiver) -> None:
    """Put the line of a waiver on the branch that keeps the record; where that is refused the line is left to add."""
    facts, on = run.facts, run.facts.record_branch
    path, line = f"{facts.config.incident.directory}/{FILE_NAME}", add_waivers(None, (waiver,)).decode().rstrip("\n")
    shown = run.world.shown(on)
    by_request = command("git", "switch", "-c", f"waiver-{facts.hotfix}", shown)
    by_hand = f" By a request: add this line to '{path}': {line}"

    def made(tip: Oid) -> Oid | None:
        before = trees.read_file(run.repository, tip, path)
        known = read_waivers(before, facts.hotfix).get(waiver.branch)
        if known is not None and (known.reason, known.until) == (waiver.reason, waiver.until):
            return None  # a request has brought it, or waits with it
        return commit_record(run, tip, {path: add_waivers(before, (waiver,))})

    if facts.is_held or (on == facts.base and facts.trigger == "push"):
        raise refused(
            "record-held", f"The waiver would go to '{shown}', and a push there deploys.{by_hand}", by_request
        )
    try:
        put_on_branch(run, on, made, reason="git hotfix verify --waive", remedy=by_request)
    except HotfixError as error:
        if error.problems[0].remedy != by_request:
            raise
        told = (Problem(each.code, f"{each.message}{by_hand}", by_request, each.exit_code) for each in error.problems)
        raise HotfixError(*told) from error
