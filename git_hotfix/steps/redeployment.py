"""What a person decides before a deployment runs again: one whose end is unknown, or one that removes later work."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.engine.step import Note, Question, Refusal, ask
from git_hotfix.errors import ExitCode, HotfixError, Problem, command
from git_hotfix.facts.phrases import some
from git_hotfix.hotfix import parse_id
from git_hotfix.memory import Deployment, Memory
from git_hotfix.steps.request import DeployRequest, RollbackRequest

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import Oid
    from git_hotfix.memory_file import MemoryFile
    from git_hotfix.steps.request import Request


def decision_before(facts: Facts, request: Request, key: str | None) -> Due:
    """Return what is asked, refused or told before the command of this key runs; None where nothing is in its way."""
    begun = request.redeploy and facts.deployed.state == "begun" and not request.yes
    if begun and (request.confirmed is None or not request.interactive):
        return ask(request, _again(facts))
    older = request.older if isinstance(request, DeployRequest) else None
    asks = key == "deploy.command" and not older and not isinstance(request, RollbackRequest)
    if asks and not request.redeploy and (problem := overtaken(facts)) is not None:
        return Note(problem.message)
    is_open = older is None or not request.interactive  # a plan takes the answer no to be given
    if asks and is_open and request.redeploy and _leaving(facts):
        text = f"{_what_leaves(facts)} Deploy it all the same?"
        return ask(request, Question("older", "--older", text, "confirm", default="no", undecided=_older(facts)))
    if (begun and not request.confirmed) or older is False:
        look = command("git", "hotfix", "status", facts.hotfix)
        return Refusal((Problem("not-confirmed", "Nothing was run.", look),))
    return None


def overtaken(facts: Facts) -> Problem | None:
    """Return that it is not deployed automatically because other hotfixes were published later; None: none was."""
    if facts.deployed.is_done or not _leaving(facts):
        return None
    return replace(_older(facts), exit_code=ExitCode.DEPLOYMENT, about="deploy")


def replace_later(run: Run, commit: Oid) -> tuple[tuple[MemoryFile, Deployment], ...]:
    """Remember, before an older commit is deployed, that those deployed here that have more no longer are.

    So a kill leaves them due once more, not done. Returned are the memories with what they had.
    """
    if not run.facts.published_since:
        return ()
    found: list[tuple[MemoryFile, Deployment]] = []
    for path in sorted((run.repository.common_dir / "hotfix").glob("*.json")):
        file = run.memory_file(hotfix) if (hotfix := parse_id(path.stem)) is not None else None
        with suppress(HotfixError):  # what is wrong with a memory is told where it is needed
            found += [(file, each) for each in file.read().deployments] if file is not None else []
    by, now = command("git", "hotfix", "deploy", run.facts.hotfix, "--older").line(), clock.rfc3339(clock.now())
    lost = tuple(each for each in found if _is_lost(run.facts, each[1], commit))
    for file, known in lost:
        file.change(partial(Memory.with_deployment, deployment=Deployment(known.merge, "replaced", None, now, by)))
    return lost


def _is_lost(facts: Facts, known: Deployment, commit: Oid) -> bool:
    """Return whether a commit that was deployed has an older one and more."""
    is_there = known.state == "succeeded" and not known.is_back and known.merge != commit and facts.has(known.merge)
    return is_there and facts.is_ancestor(commit, known.merge)


def _again(facts: Facts) -> Question:
    """Return the question whether a deployment whose end is unknown runs again; a person may know how it ended."""
    known, name = facts.deployed.known, facts.hotfix
    began = f"{'' if facts.deployed.is_back else 'The deployment '}{facts.deployed.evidence}."
    ways = "--done or --failed records how it ended, --yes runs it again."
    message = f"{began} 'git hotfix deploy {name}' with {ways}"
    log = known.log if known is not None else None
    remedy = command("tail", log) if log else command("git", "hotfix", "status", name)
    unknown = Problem("deployment-unknown", message, remedy, ExitCode.USAGE)
    text, ways = f"{began} Deploy again?", "--done (or --failed, or --yes)"
    return Question("confirmed", ways, text, kind="confirm", default="no", undecided=unknown)


def _leaving(facts: Facts) -> tuple[str, ...]:
    """Return what production would lose; while its own deployment is due only other hotfixes count."""
    since = facts.published_since
    return since if facts.deployed.is_done else tuple(each for each in since if parse_id(each) is not None)


def _older(facts: Facts) -> Problem:
    """Return that it would deploy an older commit; the last publication has all of them."""
    newest = next((found for each in _leaving(facts) if (found := parse_id(each)) is not None), None)
    remedy = command("git", "hotfix", "deploy", newest) if newest is not None else command("git", "hotfix", "list")
    if newest is not None and facts.was_deployed_with(newest):
        remedy = command("git", "hotfix", "deploy", facts.hotfix, "--done")
    own = f"'git hotfix deploy {facts.hotfix}'"
    ways = f"{own} with --done says that it is deployed with that, with --older deploys it all the same."
    return Problem("older-deployment", f"{_what_leaves(facts)} {ways}", remedy)


def _what_leaves(facts: Facts) -> str:
    since, commit = _leaving(facts), (facts.in_production or "")[:7]
    shown = facts.world.shown(facts.base)
    return f"'{shown}' got {some(since)} after {commit}, which is to be deployed: production would lose that."
