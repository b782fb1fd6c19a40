"""What ``test`` runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.errors import Problem
from git_hotfix.workflow.asking import unanswerable
from git_hotfix.workflow.decision import Decision, Plan, Question, Questions, Refused
from git_hotfix.workflow.plan import RunTests, Step
from git_hotfix.workflow.testing import choose_tests

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.workflow.request import FinishRequest


def plan_tests(
    facts: Facts,
    request: FinishRequest,
    extra: tuple[str, ...],
    tried: frozenset[type[Step]],
) -> Decision:
    """Return the run of the critical tests of the unpublished fix, whether or not they passed before."""
    if RunTests in tried:
        return Plan(facts.hotfix, ())
    if facts.fix is None or not facts.fix.paths:
        message = f"'{facts.hotfix}' has no fix that is not published yet."
        return Refused((Problem("nothing-to-test", message, f"git hotfix status {facts.hotfix}"),))
    named = tuple(word for word in extra if not word.startswith("-"))
    given = replace(request, test_paths=named) if named and not request.test_paths else request
    found = choose_tests(facts, given)
    match found:
        case RunTests():
            paths = () if named and found.paths == named else found.paths
            # only where nothing else is known to cover the fix, paths of a person's own are its tests
            counts = not extra or (named == extra and isinstance(choose_tests(facts, request), Question))
            return Plan(facts.hotfix, (replace(found, paths=paths, extra=extra, counts=counts),))
        case Question() if request.interactive:
            return Questions((found,))
        case Question():
            return Refused((unanswerable(found, facts),), questions=(found,))
