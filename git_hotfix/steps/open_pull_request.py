"""Ask for the publication by a pull request to the base, and wait for somebody to merge it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.engine import gitflow_hooks
from git_hotfix.engine.step import Done, Refusal, Step
from git_hotfix.errors import ExitCode, Problem, again, command, wrong_input
from git_hotfix.escapes import one_line
from git_hotfix.facts.evidence import asked_ref
from git_hotfix.facts.pull_requests import request_branch
from git_hotfix.git.commits import make_commit
from git_hotfix.git.history import first_parent
from git_hotfix.git.identity import identity
from git_hotfix.git.merging import Merged, merge_commits
from git_hotfix.git.messages import with_trailers
from git_hotfix.git.provenance import committer_name, is_on_line
from git_hotfix.git.publish import pause
from git_hotfix.memory import ToldMerged
from git_hotfix.steps.deploy import deploy_question
from git_hotfix.steps.publish import last_word, merged_onto, wanted_publication
from git_hotfix.steps.pull_request import Asked, goes_by_request, open_request
from git_hotfix.steps.tags import tags_to_make

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.world import World
    from git_hotfix.steps.publication import Wanted
    from git_hotfix.steps.request import FinishRequest

LOOK_SECONDS = 10.0
"""How long ``--wait`` lets the server alone between two looks, at most."""


def _unclear(facts: Facts) -> Problem | None:
    """Return that the base has a commit of which only a person can say that it is the fix, merged by others."""
    found = facts.unrecognised
    if found is None:
        return None
    who = one_line(committer_name(facts.repository, found))
    message = (
        f"'{facts.world.shown(facts.base)}' has the report of '{facts.hotfix}' since {found[:7]} ({who}), and that"
        f" commit does not do what '{facts.branch}' does. If it is the fix, merged in another form, --merged says so."
    )
    return Problem("merge-unclear", message, again("--merged", found[:7]), ExitCode.WAITING, about="publication")


def tell_merged(run: Run, revision: str) -> None:
    """Remember that somebody here says that a commit of the base is the fix; one that cannot be is wrong input."""
    facts, commit = run.facts, run.facts.resolve(revision)
    show = command("git", "show", "--stat", commit)
    before, tip = first_parent(run.repository, commit), facts.known_tip
    base = facts.here(facts.base_tip)
    if before is None or tip is None or base is None or not is_on_line(run.repository, commit, base):
        message = f"{commit[:7]} is no commit on the line of '{run.world.shown(facts.base)}'."
        raise wrong_input("not-merged", message, show)
    fix = facts.fix
    if fix is not None and not set(fix.paths) <= facts.changed(before, commit):
        raise wrong_input("not-merged", f"{commit[:7]} does not change every file that the fix changes.", show)
    by = identity(run.repository.git).committer.name
    run.remember(lambda memory: replace(memory, told_merged=ToldMerged(commit, tip, one_line(by))))


class OpenPullRequest(Step, frozen=True):
    """Push the hotfix branch and open a request to the base; what was published is found when it is merged."""

    ends_on_error = True
    ends_on_problem = True

    wanted: Wanted
    """The merge that is asked for."""
    is_resolved: bool
    """Whether a person has resolved the conflict with the base: then that very merge is."""
    is_again: bool
    wait_seconds: int
    version: str | None
    """What git-flow's hooks are told: the tag that the merge will get."""

    @staticmethod
    def due(facts: Facts, request: FinishRequest) -> Due:
        """Where the base is changed by request and does not have the fix; everything is asked before it is opened."""
        if facts.is_published or facts.tip is None or not goes_by_request(facts, request, facts.base):
            return None
        if (unclear := _unclear(facts)) is not None and not request.by_request:
            return Refusal((unclear,))
        known = facts.memory.pull_request_to(facts.base)
        if known is None or known.tip != facts.tip or request.by_request:
            waits = deploy_question(facts, request) if request.wait else None
            if (undecided := last_word(facts, request, waits, undone="Nothing was asked for.")) is not None:
                return undecided
        is_resolved = facts.resolutions.of(facts.base, facts.tip) is not None
        wanted, tags = wanted_publication(facts, request), tags_to_make(facts, request)
        version = tags[-1] if tags else None
        return OpenPullRequest(wanted, is_resolved, bool(request.by_request), request.wait or 0, version)

    def describe(self, world: World) -> str:
        """Return what the step does."""
        return (
            f"open a request to {world.shown(self.wanted.base)} as '{self.wanted.message}', and wait until it is merged"
        )

    def perform(self, run: Run) -> Done:
        """Open it and end with exit 3; with ``--wait`` look until the base has the fix, or the time is over."""
        known = run.facts.memory.pull_request_to(self.wanted.base)
        if known is None or known.tip != self.wanted.source:
            gitflow_hooks.before(run, "finish", run.facts.branch, self.wanted.base, self.version)
        waits = open_request(run, self._asked(run))
        until = time.monotonic() + self.wait_seconds
        if self.wait_seconds:
            run.say(f"{waits.message} (looked at for {self.wait_seconds} s)")
        while waits.code == "request-waits" and (left := until - time.monotonic()) > 0:
            pause(min(LOOK_SECONDS, left))
            run.look_at_server(must_answer=True)
            if run.look().is_published:
                return Done()
        return Done((waits,))

    def _asked(self, run: Run) -> Asked:
        facts, wanted, source = run.facts, self.wanted, self.wanted.source
        assert source is not None  # noqa: S101  # there is a fix
        head, tip, onto = facts.branch, source, facts.base_tip
        if self.is_resolved and onto is not None:
            head = request_branch(facts, wanted.base)
            tree, text = merged_onto(run, wanted.base, onto), with_trailers(wanted.message, wanted.trailers)
            asked = facts.here(facts.world.local.get(asked_ref(facts.hotfix, source, wanted.base, is_rollback=False)))
            if asked is not None and merge_commits(run.repository, onto, asked) == Merged(tree):
                tip = asked  # a new one would take its reviews back
            else:
                tip = make_commit(run.repository, tree, (onto, source), text)
        return Asked(
            branch=wanted.base,
            head=head,
            tip=tip,
            brings=source,
            title=wanted.message,
            about="publication",
            said=wanted.trailers,
            is_again=self.is_again,
        )
