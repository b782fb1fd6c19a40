"""What git cannot show, and only that: the values that are remembered of a hotfix (``memory_file.py`` keeps them)."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # msgspec reads the annotations
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from git_hotfix import hotfix as names
from git_hotfix.hotfix import Method

Text = Annotated[str, Meta(pattern=r"\A[^\0]*\Z")]
"""Text that can be an argument of a command and a file name."""

Moment = Annotated[str, Meta(pattern=r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d(:\d\d)?\Z")]
"""A time with its UTC offset, as ``clock.rfc3339`` writes it."""

Oid = Annotated[names.Oid, Meta(pattern=r"\A[0-9a-f]{40}\Z")]
"""An object id, checked where a file is read."""


class Attempt(Struct, frozen=True):
    """A publication in flight: merge and tags made for ``base`` on ``old``, held by ``refs/hotfix/keep/<id>``."""

    base: Text
    old: Oid
    merge: Oid
    tip: Oid
    tags: tuple[tuple[Text, Oid], ...]
    here: bool = False
    """Whether the local refs were moved without a push (``finish --no-push``)."""
    is_bundled: bool = False
    """Whether it came in a bundle: only ``finish --from-bundle`` shows and publishes it."""
    made_branch: bool = False
    """Whether the hotfix branch here was made for that."""


class Place(Struct, frozen=True):
    """Where the user was: a branch or a detached commit of one working tree, and the stash that waits for it."""

    tree: Text
    branch: Text | None
    commit: Oid | None
    stash: Oid | None = None


class TestResult(Struct, frozen=True):
    """The critical tests of one fix (``Fix.identity``)."""

    __test__ = False  # not a class of tests for pytest

    fix: Text
    outcome: Literal["passed", "failed", "none"]
    command: Text
    at: Moment
    seconds: Annotated[float, Meta(ge=0, le=1e12)]


BACK = "deploy.rollback"
"""The key of the command that takes production back before the base is."""


class Deployment(Struct, frozen=True):
    """The deployment of one published merge; begun without an end means: not known.

    ``replaced``: it had succeeded, and then an older commit, without this merge, was deployed here.
    """

    merge: Oid
    state: Literal["begun", "succeeded", "failed", "replaced"]
    began_at: Moment | None
    ended_at: Moment | None
    command: Text | None
    by: Text | None = None
    log: Text | None = None
    key: Text = "deploy.command"
    """Which command it was."""
    told_at: Moment | None = None
    """When a person told how it ended."""

    @property
    def known_at(self) -> Moment | None:
        """When this was known: what is known later counts, whenever it happened."""
        return self.told_at or self.ended_at or self.began_at

    @property
    def is_back(self) -> bool:
        """Whether it is one of ``deploy.rollback``."""
        return self.key == BACK


class Conflict(Struct, frozen=True):
    """A conflict that waits for a person: laid out at ``path``, ``source`` merged, picked or reverted onto ``onto``."""

    branch: Text
    path: Text
    onto: Oid
    source: Oid
    method: Method
    laid_out: Text = ""
    """How git left the worktree (``conflict_state.state_of``), to tell a person's work from it; empty until then."""
    files: tuple[Text, ...] = ()
    """The files that git left in conflict."""
    is_tested: bool = False
    """Whether a person has had the critical tests run on a resolution (``--test``): it goes on with them."""

    @property
    def is_rollback(self) -> bool:
        """Whether it is one of a rollback."""
        return self.method is Method.REVERT

    @property
    def is_laid_out(self) -> bool:
        """Whether a person can be at it: it was laid out whole, and nobody has removed it."""
        return bool(self.laid_out) and Path(self.path).is_dir()


class PendingRollback(Struct, frozen=True):
    """A ``rollback`` that has begun and not ended, and the answers given to it: ``--continue`` need not ask again."""

    reason: Text | None
    deploy: bool | None
    targets: bool | None


class Waiver(Struct, frozen=True, omit_defaults=True):
    """One branch that will not get one fix, why, who said so, when (RFC 3339), and on which day this ends.

    The same value waits here and stands in ``waivers.jsonl``, where a line that is written stays as it is: a field with
    a default is not written.
    """

    hotfix: Text
    branch: Text
    reason: Text
    by: Text
    at: Text
    until: Text | None = None


class PullRequest(Struct, frozen=True):
    """A pull request (merge request) that was opened from here: to bring the branch ``head`` into another.

    ``tip`` is that of the hotfix, up to which it brings it. ``url`` is None where a person opens it. ``said`` are the
    trailers that our own merge would have had.
    """

    branch: Text
    head: Text
    tip: Oid
    url: Text | None = None
    said: tuple[tuple[Text, Text], ...] = ()


class ToldMerged(Struct, frozen=True):
    """What a person says: that others merged the branch, up to ``tip``, into its base by a commit that shows it not."""

    commit: Oid
    tip: Oid
    by: Text


class TimelineRow(Struct, frozen=True):
    """A row for the report's timeline that waits for the next commit of documents."""

    when: Moment
    event: Text
    source: Text


class Edit(Struct, frozen=True):
    """A change of the report (or a document beside it) that waits for the next commit of documents.

    ``kind`` and the texts in ``values`` are those of ``record/report_edits.py``.
    """

    kind: Text
    values: Mapping[Text, Text]


class Memory(Struct, frozen=True):
    """All that is remembered of one hotfix on this machine; empty is a good state."""

    attempt: Attempt | None = None
    place: Place | None = None
    detour: Place | None = None
    """Where the tree was before a deployment checked the published commit out."""
    tests: tuple[TestResult, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    rows: tuple[TimelineRow, ...] = ()
    edits: tuple[Edit, ...] = ()
    """Follow-ups and post-mortems, in the order in which they were given."""
    published_at: Mapping[Text, Moment] = field(default_factory=dict)
    """When the server was first seen to have a merge that this clone has published, by merge id."""
    starting: bool = False
    """Whether ``start`` has begun and not ended: the same command again goes on."""
    pending_rollback: PendingRollback | None = None
    """The ``rollback`` that has begun and not ended: without a name the same command goes on with this hotfix."""
    worktree: Text | None = None
    """The linked worktree that ``start --worktree`` made."""
    mitigated_at: Moment | None = None
    why_pending: Mapping[Text, Text] = field(default_factory=dict)
    """Why a target did not get the fix at the last try, by branch.

    Likewise why the hotfix branch stays on the server, why a commit is not tagged there, by its id, and who deploys it.
    """
    conflicts: tuple[Conflict, ...] = ()
    """Conflicts that are laid out for a person."""
    waivers: tuple[Waiver, ...] = ()
    """Targets that will not get the fix by a person's decision, until the record has it."""
    bundle: Text | None = None
    """The file into which what is to be published goes, since the last ``finish`` was one with ``--bundle``."""
    pull_requests: tuple[PullRequest, ...] = ()
    """Those to branches that nobody pushes to, the last one of each branch."""

    told_merged: ToldMerged | None = None
    by_request: bool = False
    """Whether a person has asked for requests (``--pr``): one to the base, and where a target takes no push."""

    wants_report: bool | None = None
    """Whether a hotfix that other hands have begun gets a report; None: nobody has decided it."""

    def pull_request_to(self, branch: str) -> PullRequest | None:
        """Return the pull request to a branch that was opened from here."""
        return next((each for each in self.pull_requests if each.branch == branch), None)

    @property
    def asks_for_requests(self) -> bool:
        """Whether a branch that takes no push gets a request without being asked again."""
        return self.by_request or bool(self.pull_requests)

    def with_pull_request(self, new: PullRequest) -> Memory:
        """Return a memory in which this is the pull request to its branch."""
        return replace(self, pull_requests=(*(e for e in self.pull_requests if e.branch != new.branch), new))

    def conflict_of(self, branch: str, *, is_rollback: bool = False) -> Conflict | None:
        """Return the conflict of a branch that waits for a person: of bringing the fix there, or of taking it back."""
        return next((e for e in self.conflicts if e.branch == branch and e.is_rollback == is_rollback), None)

    def deployment_of(self, merge: Oid, *, is_rollback: bool = False) -> Deployment | None:
        """Return what is known of the deployment of one merge, or of ``deploy.rollback`` run for it."""
        of_kind = (each for each in reversed(self.deployments) if each.is_back == is_rollback)
        return next((each for each in of_kind if each.merge == merge), None)

    def last_run_on(self, merge: Oid | None) -> Deployment | None:
        """Return the last that is known to have run on a merge: a deployment, or ``deploy.rollback``."""
        return next((each for each in reversed(self.deployments) if each.merge == merge), None)

    def has_published(self, commit: Oid) -> bool:
        """Return whether it was this clone that brought a commit to its base."""
        return commit in self.published_at or (self.attempt is not None and self.attempt.merge == commit)

    def tests_of(self, fix: str) -> TestResult | None:
        """Return the last result of the critical tests for this very fix."""
        return next((each for each in reversed(self.tests) if each.fix == fix), None)

    def why_it_stays(self, branch: str, tip: Oid | None) -> str | None:
        """Return why the server keeps a branch that it was told to delete at this tip; None where it was not told."""
        return self.why_pending.get(f"{branch} {tip}")

    def with_refusal(self, of: str, why: str) -> Memory:
        """Return a memory in which this is why the server has not done something with a branch or commit."""
        return replace(self, why_pending={**self.why_pending, of: why})

    def with_deployment(self, deployment: Deployment) -> Memory:
        """Return a memory in which this is what is known of the deployment of its merge."""
        same = (deployment.merge, deployment.is_back)
        others = tuple(e for e in self.deployments if (e.merge, e.is_back) != same)
        return replace(self, deployments=(*others, deployment))
