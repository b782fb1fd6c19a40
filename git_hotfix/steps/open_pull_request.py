"""Ask for the publication by a pull request to the base, and wait for somebody to merge it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from git_hotfix.config.messages import fill_message
from git_hotfix.engine.step import Done, Refusal, Step, ask
from git_hotfix.errors import Problem, again
from git_hotfix.facts.phrases import message_values
from git_hotfix.facts.pull_requests import request_branch
from git_hotfix.git.commits import make_commit
from git_hotfix.git.messages import with_trailers
from git_hotfix.git.publish import pause
from git_hotfix.record.markdown import one_line
from git_hotfix.steps.deploy import deploy_question
from git_hotfix.steps.publish import merged_onto, optional_questions, publication_trailers, screen
from git_hotfix.steps.pull_request import Asked, goes_by_request, open_request

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import BranchName, Oid
    from git_hotfix.steps.request import FinishRequest

LOOK_SECONDS = 10.0
"""How long ``--wait`` lets the server alone between two looks, at most."""


class OpenPullRequest(Step, frozen=True):
    """Push the hotfix branch and open a request to the base; what was published is found when it is merged."""

    ends_on_error = True
    ends_on_problem = True

    base: BranchName
    source: Oid
    message: str
    trailers: tuple[tuple[str, str], ...]
    is_resolved: bool
    """Whether a person has resolved the conflict with the base: then the merge is what is asked for."""
    sign: bool
    hooks: bool
    is_again: bool
    wait_seconds: int

    @staticmethod
    def due(facts: Facts, request: FinishRequest) -> Due:
        """Where the base is changed by request and does not have the fix; everything is asked before it is opened."""
        if facts.is_published or facts.tip is None or not goes_by_request(facts, request, facts.base):
            return None
        known = facts.memory.pull_request_to(facts.base)
        if known is None or known.tip != facts.tip or request.by_request:
            waits = deploy_question(facts, request) if request.wait else None
            asked = [*filter(None, (waits,)), *optional_questions(facts, request)]
            if asked:
                return ask(request, *asked, screen=screen(facts, request) if request.interactive else ())
            if request.confirmed is False:
                return Refusal((Problem("not-confirmed", "Nothing was asked for.", again()),))
        description = one_line(request.message or "") or facts.title
        return OpenPullRequest(
            base=facts.base,
            source=facts.tip,
            message=fill_message(facts.config.message.merge, message_values(facts, description)),
            trailers=publication_trailers(facts, request),
            is_resolved=facts.resolutions.of(facts.base, facts.tip) is not None,
            sign=request.sign,
            hooks=request.hooks,
            is_again=request.by_request,
            wait_seconds=request.wait or 0,
        )

    def describe(self, world: World) -> str:
        """Return what the step does."""
        return f"open a request to {world.shown(self.base)} as '{self.message}', and wait until it is merged"

    def perform(self, run: Run) -> Done:
        """Open it and end with exit 3; with ``--wait`` look until the base has the fix, or the time is over."""
        waits = open_request(run, self._asked(run))
        until = time.monotonic() + self.wait_seconds
        if self.wait_seconds:
            run.say(f"{waits.message} (looked at for {self.wait_seconds} s)")
        while waits.code == "request-waits" and time.monotonic() < until:
            pause(min(LOOK_SECONDS, until - time.monotonic()))
            run.look_at_server(must_answer=True)
            if run.look().is_published:
                return Done()
        return Done((waits,))

    def _asked(self, run: Run) -> Asked:
        facts, head, tip = run.facts, run.facts.branch, self.source
        onto = facts.base_tip
        if self.is_resolved and onto is not None:
            head = request_branch(facts, self.base)
            tree, text = merged_onto(run, self.base, onto), with_trailers(self.message, self.trailers)
            tip = make_commit(run.repository, tree, (onto, self.source), text, sign=self.sign)
        return Asked(
            branch=self.base,
            head=head,
            tip=tip,
            brings=self.source,
            title=self.message,
            about="publication",
            said=self.trailers,
            hooks=self.hooks,
            is_again=self.is_again,
        )
