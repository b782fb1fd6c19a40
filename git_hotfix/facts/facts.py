"""Where one hotfix stands: one value that owns its repository and answers from one look at refs, server and memory."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.commands.test_discovery import paths_for, propose
from git_hotfix.errors import HotfixError, Problem
from git_hotfix.escapes import one_line
from git_hotfix.facts import (
    closing,
    deployments,
    earlier_incidents,
    evidence,
    merged_requests,
    publications,
    pull_requests,
    relanding,
    report_now,
    reports,
    scope,
    targets,
    timeline_rows,
    written_record,
)
from git_hotfix.facts.rounds import began_without_report, fork_of, published_since, was_deployed_with
from git_hotfix.facts.tagged import tags_on
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.checkout import Change, changes, in_progress
from git_hotfix.git.commits import signing_problem
from git_hotfix.git.conflict_state import Unresolved, unresolved
from git_hotfix.git.consent import kept_consents
from git_hotfix.git.containment import is_there
from git_hotfix.git.identity import identity
from git_hotfix.git.merging import Conflicted, Merged, MergeResult
from git_hotfix.git.messages import single, singles
from git_hotfix.git.objects import has_object, peeled
from git_hotfix.git.resolutions import METHOD, Resolutions, merge_or_reapply
from git_hotfix.git.world import find_production, find_roles, rebased_in, target_tip
from git_hotfix.hotfix import Method
from git_hotfix.private_report import PrivateReport
from git_hotfix.record.incident import Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from git_hotfix.config.keys import Config, Trigger
    from git_hotfix.config.layers import Settings
    from git_hotfix.facts.hotfixes import Known
    from git_hotfix.facts.targets import Target
    from git_hotfix.facts.written_record import Record
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.worktrees import Worktree
    from git_hotfix.git.world import Roles, World
    from git_hotfix.hotfix import BranchName, Fix, HotfixId, Oid, Publication
    from git_hotfix.memory import Conflict, Deployment, Memory, PullRequest, TestResult
    from git_hotfix.record.incident import Report

MANY_LINES = 5
"""More release lines than this, found by the default pattern, are not taken without asking."""


class Facts(Struct, dict=True, eq=False):
    """All that a plan for one hotfix is made from, at one moment.

    Each property is computed when it is first asked for and kept. The refs (``world``), the memory and the settings are
    those of the look; objects do not change; files of working trees are read at the first question about them.
    """

    repository: Repository
    world: World
    settings: Settings
    known: Known
    memory: Memory
    at: datetime
    is_brief: bool = False
    """Whether it is not asked how a fix came to a branch that has it, as one who looks at all hotfixes wants it."""
    presumed: frozenset[str] = frozenset()
    """The branches that lack the fix until what is asked for is merged, as is presumed here (``as_requested``)."""

    def having(self, **answers: Any) -> Facts:
        """Return these facts with other answers to some questions: what would hold after a push, or other memory."""
        if answers and self.known.branch is not None and answers.keys().isdisjoint({"world", "record_paths"}):
            answers = {"publications": self.publications, **answers}  # a merge alone may name it
        others = replace(self, **{name: answers.pop(name) for name in Facts.__struct_fields__ if name in answers})
        others.__dict__.update(answers)
        return others

    # names, settings, refs

    @property
    def hotfix(self) -> HotfixId:
        """The id of the hotfix."""
        return self.known.hotfix

    @property
    def config(self) -> Config:
        """The configuration that counts for this hotfix."""
        return self.settings.config

    @property
    def origins(self) -> Mapping[str, str]:
        """Where each setting comes from, by dotted key."""
        return self.settings.origins

    @cached_property
    def consents(self) -> frozenset[str]:
        """The commands that somebody here has said yes to, by their fingerprints."""
        return kept_consents(self.repository.git)

    @property
    def lines_chosen(self) -> bool:
        """Whether somebody configured which branches are release lines."""
        return self.origins["branches.release"] != "default"

    @cached_property
    def record_paths(self) -> trees.RecordPaths:
        """The paths left out of every comparison: reports and waivers, the changelog, the backlog."""
        return targets.record_paths_of(self.config)

    @cached_property
    def branch(self) -> BranchName:
        """The hotfix branch."""
        return self.known.name(self.config.branches.prefix)

    @cached_property
    def roles(self) -> Roles:
        """Which branch is production, develop, a release line."""
        return find_roles(self.repository, self.world, self.config, at=self.at)

    @property
    def local_tip(self) -> Oid | None:
        """The tip of the hotfix branch here."""
        return self.world.local_tip(self.branch)

    @property
    def server_tip(self) -> Oid | None:
        """The tip of the hotfix branch on the server."""
        return self.world.server_tip(self.branch)

    @cached_property
    def branch_tip(self) -> Oid | None:
        """The branch's tip: the one here, unless the server's is in this repository too and contains it."""
        local, server = self.local_tip, self.server_tip
        if local is None or server is None or local == server or not self.has(server):
            return local or server
        return server if history.is_ancestor(self.repository, local, server) else local

    @property
    def known_tip(self) -> Oid | None:
        """The branch's tip, where it is in this repository."""
        return self.here(self.branch_tip)

    @cached_property
    def tip(self) -> Oid | None:
        """The hotfix's tip: the branch's, else as it was merged."""
        return self.branch_tip or (self.publications[-1].tip if self.publications else None)

    said_base = cached_property(reports.said_base)

    @cached_property
    def base(self) -> BranchName:
        """The branch the fix is published to: the one it was begun for if that is a release line, else production."""
        said = self.said_base
        if said is None and self.known.branch is not None:
            from git_hotfix.facts.merged_branches import base_of_others  # noqa: PLC0415  # seldom

            return base_of_others(self)
        is_base = said is not None and reports.is_base(self.world, self.config, said)
        return said if said and is_base else find_production(self.world, self.config)[0]

    @property
    def base_tip(self) -> Oid | None:
        """The tip of the base that counts."""
        return self.world.tip(self.base)

    @property
    def record_branch(self) -> BranchName:
        """The branch that keeps the record after publication: develop, without one the base."""
        return self.roles.develop or self.base

    @cached_property
    def record_tip(self) -> Oid | None:
        """The tip of the branch that keeps the record, where it is in this repository."""
        return self.here(target_tip(self.world, self.record_branch))

    # the report

    @cached_property
    def private(self) -> bytes | None:
        """The report kept in the git directory, because it is restricted or was until now."""
        return PrivateReport(self.repository.common_dir, self.hotfix).read()

    @cached_property
    def is_restricted(self) -> bool:
        """Whether the report is not to be published yet: the file in the git directory alone decides that."""
        if self.private is None:
            return False
        report = reports.read(self.private, self.first_report_path)[0]
        return report is None or report.visibility is Visibility.RESTRICTED

    is_disclosed = cached_property(reports.is_seen_disclosed)

    @property
    def is_kept(self) -> bool:
        """Whether the report is in the git directory and, as far as is known, nowhere else."""
        return self.private is not None and not self.is_disclosed

    other_claims = cached_property(reports.other_claims)

    def _report_in(self, commit: Oid | None) -> tuple[str | None, Report | None, Problem | None]:
        """Find and read the report in a commit."""
        commit = self.here(commit)
        path = reports.own_report_in(self, commit) if commit is not None else None
        content = trees.regular_file(self.repository, commit, path) if commit and path is not None else None
        if path is None or content is None:
            return None, None, None
        return path, *reports.read(content, path)

    @cached_property
    def _own(self) -> tuple[str | None, Report | None, Problem | None]:
        if self.private is None:
            return self._report_in(self.tip)
        kept = PrivateReport(self.repository.common_dir, self.hotfix).path
        return self.first_report_path, *reports.read(self.private, str(kept))

    @cached_property
    def _documented(self) -> tuple[str | None, Report | None, Problem | None]:
        return (None, None, None) if self.is_kept else self._report_in(self.record_tip)

    @cached_property
    def report(self) -> Report | None:
        """The report on the hotfix branch (restricted: in the git directory), else where the record is kept."""
        return self._own[1] or self.documented

    @property
    def report_problem(self) -> Problem | None:
        """What is wrong with the report on the branch."""
        return self._own[2]

    @cached_property
    def first_report_path(self) -> str:
        """Where ``start`` put the report."""
        return f"{self.config.incident.directory}/{self.hotfix.report_name()}"

    @cached_property
    def report_path(self) -> str:
        """Where the report is on the branch, else in the record, else where it would be."""
        return self._own[0] or self._documented[0] or self.first_report_path

    @property
    def documented(self) -> Report | None:
        """The report as it is on the branch that keeps the record; None while it is not there."""
        return self._documented[1]

    @property
    def documented_path(self) -> str:
        """Where it is there, or will be; people may have renamed it."""
        return self._documented[0] or self.report_path

    @property
    def documented_problem(self) -> Problem | None:
        """What is wrong with it there."""
        return self._documented[2]

    @property
    def recorded(self) -> Report | None:
        """The report where its ending is written: on the record's branch, or kept in the git directory."""
        return self.documented or (self.report if self.private is not None else None)

    @property
    def title(self) -> str:
        """The title from the report, else (and while that is restricted) the slug: it goes into messages.

        Of one that other hands have begun it is the branch: by it everybody finds the merge later.
        """
        report = self.report if self.known.branch is None else self._own[1]
        return report.title if report and not self.is_restricted else self.known.branch or self.hotfix.slug

    @property
    def incident(self) -> str | None:
        """The path of the report for messages and tags; None without one, or while it is restricted."""
        return None if self.report is None or self.is_restricted else self.report_path

    claimed_end = cached_property(closing.claimed_end)
    fix_commits_at = closing.fix_commits_at
    closing = cached_property(closing.find_closing)

    @cached_property
    def is_ended(self) -> bool:
        """Whether it was closed without code, and every fix that its branch has anywhere was given up then."""
        return self.closing is not None and not closing.tips_not_given_up(self, self.closing)

    live_requests = cached_property(pull_requests.live_requests)
    unrecognised = cached_property(merged_requests.unrecognised)
    only_alike = cached_property(merged_requests.only_alike)
    only_told = cached_property(merged_requests.only_told)
    told_in_tag = cached_property(merged_requests.told_in_tag)
    undone_in_base = cached_property(targets.undone_in_base)
    is_landed_again = cached_property(targets.is_landed_again)
    landed_again_by = cached_property(relanding.landed_again_by)
    only_lands_again = cached_property(relanding.only_lands_again)
    waived = cached_property(targets.waived)
    broken_waivers = cached_property(targets.broken_waivers)

    # publication

    claims = cached_property(publications.claims)
    fast_forwards = cached_property(publications.fast_forwards)
    lost = cached_property(publications.lost)
    diverged = cached_property(publications.diverged)
    version_tool = cached_property(publications.version_tool)
    rolled_back_on = publications.rolled_back_on
    publications = cached_property(publications.find_publications)

    @cached_property
    def fix(self) -> Fix | None:
        """The part of the branch that is not in its base yet; None when there is nothing (only records) left."""
        tip, base_tip, published = self.tip, self.base_tip, self.publications
        if tip is None or base_tip is None or (published and self.is_ancestor(tip, published[-1].end)):
            return None
        last = published[-1].source if published else None
        fork = last if last is not None and self.is_ancestor(last, tip) else fork_of(self, base_tip, tip)
        fix = history.fix_of(self.repository, fork, tip, self.record_paths)
        is_in = any(is_there(self.repository, fork, tip, end, self.record_paths) for end in relanding.arrived_at(self))
        return None if is_in or (published and not fix.paths) else fix

    @property
    def has_fix(self) -> bool:
        """Whether something is on the branch that can be tested and published."""
        return self.fix is not None and bool(self.fix.paths)

    @property
    def is_published(self) -> bool:
        """Whether all there is of this hotfix is in its base."""
        return bool(self.publications) and self.fix is None

    @property
    def is_rolled_back(self) -> bool:
        """Whether every publication was taken back from the base."""
        return bool(self.publications) and all(each.rollback is not None for each in self.publications)

    @property
    def last_publication(self) -> Publication | None:
        """The newest publication."""
        return self.publications[-1] if self.publications else None

    @property
    def in_production(self) -> Oid | None:
        """The commit this hotfix last brought to its base: the newest merge, or what took it back."""
        return (self.last_publication.rollback or self.last_publication.merge) if self.last_publication else None

    @cached_property
    def in_production_since(self) -> datetime | None:
        """When that commit was made, where it is here."""
        commit = self.here(self.in_production)
        return history.commit_time(self.repository, commit) if commit is not None else None

    @property
    def rolled_back_because(self) -> str | None:
        """The reason that was given with the newest rollback; by a request that was opened from here, with that."""
        last, known = self.last_publication, self.memory.pull_request_to(self.base)
        if last is None or last.rollback is None:
            return None
        tags = (oid for _, oid in last.rollback_tags if oid is not None and self.has(oid))
        saying = (last.rollback, *provenance.parents(self.repository, last.rollback)[1:], *tags)
        said = (single(history.trailers(self.repository, oid), evidence.BECAUSE) for oid in saying)
        return next(filter(None, said), dict(known.said).get(evidence.BECAUSE) if known is not None else None)

    @cached_property
    def merge_trailers(self) -> Mapping[str, str]:
        """The trailers of the newest publication's merge; one that contradicts itself says nothing.

        Of one that a forge made of a request those count that our own merge would have had; its tag has them too.
        """
        last, known = self.last_publication, self.own_request
        if last is None:
            return {}
        own = history.trailers(self.repository, last.merge)
        tag = self.here(last.tags[0][1]) if last.tags else None
        of_tag = history.trailers(self.repository, tag) if tag is not None and self.is_merged_by_others else ()
        return {**singles(known.said if known is not None else of_tag), **singles(own)}

    @property
    def is_merged_by_others(self) -> bool:
        """Whether what published the newest round was not made by this program: it has no word of its tag."""
        last = self.last_publication
        said = history.trailers(self.repository, last.merge) if last is not None else ()
        return last is not None and not any(key == publications.TAG for key, _ in said)

    @cached_property
    def own_request(self) -> PullRequest | None:
        """The pull request, opened from here, whose commits the newest publication brought."""
        last, known = self.last_publication, self.memory.pull_request_to(self.base)
        if last is None or known is None or evidence.ROLLBACK_OF in dict(known.said):
            return None
        return known if known.tip in {last.end, self.branch_tip} else None

    @cached_property
    def merged_by(self) -> str | None:
        """Who says how the newest publication was tested: whoever committed its merge, or the request from here."""
        last = self.last_publication
        if last is None or self.own_request is not None:
            return "the request that was opened from here" if last is not None else None
        if last.tag is not None and self.is_merged_by_others:
            return f"the tag {last.tag}"
        return f"the merge of {one_line(provenance.committer_name(self.repository, last.merge))}"

    @property
    def lacks_tag(self) -> bool:
        """Whether the published merge has no tag though one was wanted, or not all that were made for it arrived."""
        last = self.last_publication
        if last is None:
            return False
        wanted_none = self.merge_trailers.get(publications.NO_TAG[0]) == publications.NO_TAG[1]
        return (last.tag is None and not wanted_none) or bool(publications.lacking_tags(self))

    @cached_property
    def trigger(self) -> Trigger:
        """What deploys: ``command``, ``push``, ``manual`` or ``none``."""
        return deployments.trigger_of(self)

    guide = cached_property(deployments.guide)
    recorded_deployment = cached_property(deployments.recorded_deployment)
    deployed = cached_property(deployments.deployed)

    @property
    def deployment(self) -> Deployment | None:
        """What is known of the deployment of what is in production now: that it began, or how it ended."""
        return self.deployed.known if self.in_production else None

    @property
    def resolutions(self) -> Resolutions:
        """How conflicts of this hotfix were resolved here."""
        return Resolutions(self.hotfix, self.world.local)

    @cached_property
    def predicted_merge(self) -> MergeResult | None:
        """What merging the branch into its base gives; None where that cannot be computed here."""
        tip, base = self.here(self.tip), self.here(self.base_tip)
        if self.fix is None or tip is None or base is None:
            return None
        if not history.merge_bases(self.repository, base, tip):
            return None
        result = merge_or_reapply(self.repository, self.resolutions, self.base, base, tip)
        if isinstance(result, Conflicted) and any(map(self.record_paths.holds, result.paths)):
            from git_hotfix.facts.merged_changelog import merged_documents  # noqa: PLC0415  # slow, and seldom

            result, _ = merged_documents(self, base, tip, result)
        return result

    @cached_property
    def is_in_base_already(self) -> bool:
        """Whether the base has every change of the fix, so that publishing it would change nothing."""
        merged, base = self.predicted_merge, self.base_tip
        if not isinstance(merged, Merged) or base is None or not self.has_fix:
            return False
        own = self.without_record(trees.tree_of(self.repository, base))
        return self.without_record(merged.tree) == own

    @cached_property
    def is_cut_off(self) -> bool:
        """Whether this clone is shallow so that where the branch and its base parted is not in it."""
        tip, base = self.here(self.tip), self.here(self.base_tip)
        if not self.repository.is_shallow or tip is None or base is None:
            return False
        return not history.merge_bases(self.repository, base, tip)

    # size and tests

    over_scope = cached_property(scope.over_scope)
    moved_folders = cached_property(scope.moved_folders)
    moved_by = cached_property(scope.moved_by)

    @cached_property
    def merged_tree(self) -> Oid | None:
        """The tree the tests are to see, where that is not the branch's own.

        The merge with a base that has moved, when ``test.merged`` is set or a person has resolved their conflict.
        """
        fix, tip, base = self.fix, self.tip, self.base_tip
        if fix is None or tip is None or base is None or base == fix.fork:
            return None
        if not self.config.test.merged and self.resolutions.of(self.base, tip) is None:
            return None
        return self.predicted_merge.tree if isinstance(self.predicted_merge, Merged) else None

    @cached_property
    def tested_identity(self) -> str | None:
        """What a result of the tests belongs to: the content they see, without record paths."""
        if self.fix is None:
            return None
        return self.fix.identity if self.merged_tree is None else self.without_record(self.merged_tree)

    @property
    def test_result(self) -> TestResult | None:
        """The last result of the critical tests for this very fix."""
        return self.memory.tests_of(self.tested_identity) if self.tested_identity is not None else None

    @property
    def passed_tests(self) -> TestResult | None:
        """The last result for this very fix if it was a pass."""
        result = self.test_result
        return result if result is not None and result.outcome == "passed" else None

    @cached_property
    def tests_of_attempt(self) -> str | None:
        """What a merge that waits to be published says of its tests."""
        attempt = self.memory.attempt
        said = singles(history.trailers(self.repository, attempt.merge)) if attempt and self.has(attempt.merge) else {}
        skipped = said.get("Tests-Skipped")
        return f"skipped: {skipped}" if skipped is not None else said.get("Tests")

    @cached_property
    def test_proposals(self) -> tuple[str, ...]:
        """The commands of this working tree that may be its critical tests."""
        top = self.repository.top
        return propose(top, self.files, has_paths=bool(self.test_paths)) if top else ()

    @cached_property
    def test_paths(self) -> tuple[str, ...]:
        """The tests that cover what the fix changes, as far as it is known."""
        return paths_for(self.fix.paths if self.fix else (), self.config.test.map, self.has_path)

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The files of the hotfix's tip."""
        options = ("-r", "--full-tree", "--name-only", "-z")
        return tuple(self.repository.past.run("ls-tree", *options, self.tip).records) if self.tip else ()

    # targets

    method_for = targets.method_for
    gone_targets = cached_property(targets.gone_targets)
    targets = cached_property(targets.find_targets)

    @property
    def pending(self) -> tuple[Target, ...]:
        """The targets that are to get the fix and do not have it; a rollback cancels them."""
        if self.is_rolled_back:
            return ()
        return tuple(target for target in self.targets if not target.is_settled)

    @property
    def unchosen_lines(self) -> tuple[BranchName, ...]:
        """The release lines nobody chose: more than five, found by the default pattern only."""
        lines = self.roles.lines
        return () if self.lines_chosen or len(lines) <= MANY_LINES else lines

    def target(self, branch: str) -> Target | None:
        """Return the target of a name."""
        return next((each for each in self.targets if each.branch == branch), None)

    def needs(self, conflict: Conflict) -> bool:
        """Return whether a conflict still has to be resolved: not once the branch has, or lost, the fix otherwise."""
        target = self.target(conflict.branch)
        if conflict.is_rollback:
            return not self.is_rolled_back if target is None else target.keeps_the_fix
        if target is None and conflict.branch == self.base:
            return not self.is_published
        return not self.is_rolled_back and (target is None or not target.is_settled)

    @cached_property
    def unresolved(self) -> Mapping[Conflict, Unresolved | None]:
        """Why the conflicts that are laid out are not resolved; None for one that is."""
        return {each: unresolved(self.repository, each) for each in self.memory.conflicts if each.is_laid_out}

    # the record

    @cached_property
    def record(self) -> Record | None:
        """The record as it should be on top of the branch that keeps it; None where it cannot be written now."""
        tip = self.record_tip
        is_told = self.is_published or (self.is_ended and self.is_kept)
        if not is_told or tip is None or self.why_record_waits is not None:
            return None
        return written_record.written_record(self, tip)

    @cached_property
    def record_is_due(self) -> bool:
        """Whether the record can be written now and does not have all that is known yet."""
        record, tip = self.record, self.record_tip
        if record is None or tip is None:
            return False
        return any(content != trees.regular_file(self.repository, tip, path) for path, content in record.files.items())

    @property
    def record_gaps(self) -> tuple[Problem, ...]:
        """The files beside the report that cannot be written: each with why, and the line to add by hand."""
        return self.record.problems if self.record is not None else ()

    why_record_waits = cached_property(written_record.why_record_waits)

    @property
    def is_held(self) -> bool:
        """Whether records of this base go out with a later publication only: a push there deploys."""
        if self.roles.develop not in {None, self.base}:
            return False
        publish = self.config.documents.publish
        return publish == "hold" or (publish is None and self.trigger == "push")

    deleted_report = cached_property(written_record.deleted_report)
    began_without_report = cached_property(began_without_report)
    published_since = cached_property(published_since)
    was_deployed_with = was_deployed_with
    follow_ups = cached_property(reports.follow_ups)

    @cached_property
    def misfiled(self) -> str | None:
        """That the changelog has it under a version that was released without it; None where it has not."""
        from git_hotfix.facts.changelog_sections import misfiled  # noqa: PLC0415  # slow, and for the audit only

        return misfiled(self)

    @cached_property
    def removed_entry(self) -> str | None:
        """That a file in which the report says that the record was written does not name the hotfix; else None."""
        from git_hotfix.facts.removed_entries import removed_entry  # noqa: PLC0415  # likewise

        return removed_entry(self)

    contradictions = cached_property(timeline_rows.contradictions)
    private_report_now = cached_property(written_record.private_report_now)
    report_now = cached_property(report_now.report_now)
    earlier_incidents = cached_property(earlier_incidents.earlier_incidents)

    # working trees and people

    @cached_property
    def tree(self) -> Worktree | None:
        """The working tree that has the branch checked out, also in the middle of its rebase."""
        return self.world.tree_of(self.branch) or rebased_in(self.repository, self.world, self.branch)

    @cached_property
    def tree_changes(self) -> tuple[Change, ...]:
        """What differs from HEAD in the tree that has the branch, untracked files included."""
        return changes(self.repository.git.elsewhere(self.tree.path)) if self.tree is not None else ()

    @cached_property
    def tree_operation(self) -> tuple[str, str] | None:
        """What is unfinished in the tree that has the branch ("a rebase") and the command that goes on with it."""
        return in_progress(self.repository.git.elsewhere(self.tree.path)) if self.tree is not None else None

    @cached_property
    def identity_problems(self) -> tuple[Problem, ...]:
        """Why git does not know who commits."""
        try:
            identity(self.repository.git)
        except HotfixError as error:
            return error.problems
        return ()

    @cached_property
    def signing_problem(self) -> Problem | None:
        """That git cannot sign what is to be signed. Asked by signing a commit that nobody will see."""
        return signing_problem(self.repository)

    # questions about commits, which do not change

    def has(self, oid: Oid) -> bool:
        """Return whether an object is in this repository."""
        return has_object(self.repository, oid)

    def here(self, oid: Oid | None) -> Oid | None:
        """Return an object's id where it is in this repository."""
        return oid if oid is not None and self.has(oid) else None

    def is_ancestor(self, ancestor: Oid, descendant: Oid) -> bool:
        """Return whether one commit is reachable from the other."""
        return history.is_ancestor(self.repository, ancestor, descendant)

    def tags_on(self, commit: Oid) -> tuple[str, ...]:
        """Return the names of all tags that stand on a commit."""
        return tuple(ref.removeprefix("refs/tags/") for ref in tags_on(self.repository, self.world, commit))

    def resolve(self, revision: str) -> Oid:
        """Return the commit a revision names; an unknown one is wrong input."""
        return history.resolve_commit(self.repository, revision)

    def resolved_method(self, branch: BranchName) -> Method | None:
        """Return how the fix was carried to a branch when a person resolved a conflict there: it goes on so."""
        kept = self.resolutions.for_branch(branch)
        known = dict(history.trailers(self.repository, kept)) if kept is not None else {}
        return next((method for method in Method if method == known.get(METHOD)), None)

    def parents_of(self, commit: Oid) -> tuple[Oid, ...]:
        """Return the parents of a commit."""
        return tuple(provenance.parents(self.repository, commit))

    def subject(self, oid: Oid) -> str:
        """Return the subject of a commit."""
        return history.subject(self.repository, oid)

    def commit_of(self, oid: Oid) -> Oid | None:
        """Return the commit that an object is, or that a tag stands on."""
        return peeled(self.repository, oid)

    def has_path(self, path: str) -> bool:
        """Return whether the hotfix's tip has a file or folder there."""
        tree = trees.tree_of(self.repository, self.tip) if self.tip is not None else None
        return tree is not None and trees.entry_at(self.repository, tree, path) is not None

    def changed(self, before: Oid, after: Oid) -> set[str]:
        """Return the files that differ between two commits or trees, without the record."""
        ends = (trees.tree_of(self.repository, each) for each in (before, after))
        return {path for path in trees.changed_paths(self.repository, *ends) if not self.record_paths.holds(path)}

    def without_record(self, tree: Oid) -> Oid:
        """Return a tree without record paths."""
        return trees.without_paths(self.repository, tree, self.record_paths)
