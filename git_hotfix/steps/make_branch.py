"""Make the hotfix branch: the report and picked commits as objects first, then the one ref."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import astuple

from git_hotfix import clock
from git_hotfix.config.messages import fill_message
from git_hotfix.engine import gitflow_hooks
from git_hotfix.engine.step import Done, Refusal, Step
from git_hotfix.errors import ExitCode, HotfixError, Problem, Remedy, again, command, refused
from git_hotfix.facts.phrases import LANDS_AGAIN, some
from git_hotfix.facts.relanding import linked_reports
from git_hotfix.facts.targets import record_paths_of
from git_hotfix.git import provenance, trees
from git_hotfix.git.commits import make_commit, signature_of_author
from git_hotfix.git.merging import Conflicted, pick, unpick
from git_hotfix.git.messages import with_trailers
from git_hotfix.git.refs import move_refs
from git_hotfix.git.remote import Update
from git_hotfix.hotfix import HOTFIX_ID, BranchName, HotfixId, Oid, branch_ref
from git_hotfix.private_report import PrivateReport
from git_hotfix.record.incident import DataAtRisk, Kind, Report, Severity, Visibility
from git_hotfix.record.report import render_new
from git_hotfix.record.words import words_of
from git_hotfix.steps.gate import name_of
from git_hotfix.steps.place import remember_start
from git_hotfix.steps.push_branch import PushBranch

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.beginning import Beginning
    from git_hotfix.git.world import World
    from git_hotfix.record.report import RenderedReport
    from git_hotfix.steps.request import StartRequest

T = TypeVar("T")


class MakeBranch(Step, frozen=True, kw_only=True):
    """Commit the report (and picked commits) on ``start`` and make the branch there."""

    hotfix: HotfixId
    branch: BranchName
    base: BranchName
    start: Oid
    report_path: str | None
    """None: the report is restricted and stays in the git directory."""
    report: bytes
    message: str
    picks: tuple[Oid, ...] = ()
    reverts: tuple[Oid, ...] = ()
    """Rollbacks whose change is taken back first, so that the fix is there again."""
    edits: tuple[tuple[str, bytes], ...] = ()
    """Other reports that the first commit changes, by path."""
    publishes: bool = False
    """Whether the branch is to be pushed: what may refuse that is asked before it is made."""
    lacks_issue: bool = False
    """Whether messages are to name an issue, and none is known."""

    @staticmethod
    def due(facts: Beginning, request: StartRequest) -> Due:
        """Where the branch does not exist; everything that forbids it is refused together."""
        hotfix = name_of(facts, request)
        problems = [hotfix] if isinstance(hotfix, Problem) else []
        start = _collect(problems, lambda: _start_commit(facts, request))
        picks = _collect(problems, lambda: facts.commits(request.picks))
        picks = facts.unpublished if request.picks_unpublished else picks
        rendered = None
        if isinstance(hotfix, HotfixId):
            rendered = _collect(problems, lambda: rendered_report(facts, request, hotfix))
        if not isinstance(facts.reporter, str):
            problems += [each for each in facts.reporter if each not in problems]
        problems += [facts.signing_problem] if facts.signing_problem is not None else []
        if problems or not isinstance(hotfix, HotfixId) or start is None or rendered is None:
            return Refusal(tuple(problems)) if problems else None
        branch = hotfix.branch(facts.config.branches.prefix)
        if facts.world.local_tip(branch) is not None:
            return None
        path = None if request.is_restricted else f"{facts.config.incident.directory}/{hotfix.report_name()}"
        content = rendered.content
        edits: tuple[tuple[str, bytes], ...] = ()
        if facts.relanded is not None:
            words = words_of(facts.config)
            old = facts.file_at(start, facts.relanded.report_path)
            content, linked = linked_reports(facts.relanded, old, content, hotfix, words, facts.at)
            edits = () if request.is_restricted else linked
        return MakeBranch(
            hotfix=hotfix,
            branch=branch,
            base=facts.base,
            start=start,
            report_path=path,
            report=content,
            message=_message(facts, request, hotfix, path),
            picks=picks or () if not request.by_hand else (),
            reverts=facts.relanded.rollbacks if facts.relanded is not None and not request.by_hand else (),
            edits=edits,
            publishes=isinstance(PushBranch.due(facts, request), PushBranch),
            lacks_issue=not request.issue and "{issue}" in " ".join(astuple(facts.config.message)),
        )

    def describe(self, world: World) -> str:
        """Return what the step does."""
        picks = f" and {len(self.picks)} picked commits" if self.picks else ""
        report = f"'{self.report_path}'" if self.report_path else "its report in the git directory"
        return f"make '{self.branch}' at {self.start[:7]} with {report}{picks}"

    def perform(self, run: Run) -> Done:
        """Commit the report on the base, pick what was asked for, and make the branch there."""
        gitflow_hooks.before(run, "start", self.branch, self.base)
        if self.publishes:
            gitflow_hooks.before(run, "publish", self.branch, self.base)
        remember_start(run, self.hotfix)
        repository = run.repository
        tree, files = trees.tree_of(repository, self.start), list(self.edits)
        private = PrivateReport(repository.common_dir, self.hotfix)
        if self.report_path is None:  # first: a branch without its report would be worse than a report without branch
            private.write(self.report)
        else:
            files.append((self.report_path, self.report))
        for path, content in files:
            tree = trees.with_file(repository, tree, path, content)
        try:
            at = make_commit(repository, tree, (self.start,), self.message)
        except HotfixError as error:
            found = error.problems[0]
            if found.code != "hook-refused" or not self.lacks_issue:
                raise
            raise refused(found.code, found.message, again("--issue", "ID")) from error
        at = self._with_changes(run, at)
        move_refs(repository.git, [Update(branch_ref(self.branch), None, at)], reason="git hotfix start")
        run.look_here()
        run.say(f"Created '{self.branch}' from {self.start[:7]} with '{self.report_path or private.path}'.")
        return Done()

    def _with_changes(self, run: Run, at: Oid) -> Oid:
        """Return the tip with what was taken back brought again, and the picks; a conflict takes all of it back."""
        repository, record = run.repository, record_paths_of(run.config)
        for commit in (*self.reverts, *self.picks):
            is_again, onto = commit in self.reverts, trees.tree_of(repository, at)
            result = (unpick if is_again else pick)(repository, commit, onto, record)
            if isinstance(result, Conflicted):
                raise self._conflict(commit, result)
            if result.tree == onto:
                run.say(f"Commit {commit[:7]} has nothing that the base lacks.") if not is_again else None
                continue
            author, text = None, f"{LANDS_AGAIN}\n\nThis reverts commit {commit}."
            message = with_trailers(text, ((HOTFIX_ID, self.hotfix),))
            if not is_again:
                author = signature_of_author(repository, commit)
                message = f"{provenance.message(repository, commit)}\n\n(cherry picked from commit {commit})\n"
            at = make_commit(repository, result.tree, (at,), message, author=author)
        return at

    def _conflict(self, commit: Oid, conflict: Conflicted) -> HotfixError:
        """Return the refusal, with the way to do by hand what conflicts: on the same branch, with the same report."""
        what, by_hand = f"Commit {commit[:7]}", (["cherry-pick", "-x", "-m1"], self.picks)
        if commit in self.reverts:
            what, by_hand = "The fix that was rolled back", (["revert"], self.reverts)
        then = ("git", *by_hand[0], *(each[:7] for each in by_hand[1]))
        message = f"{what} conflicts with the base in {some(conflict.paths)}; nothing was made."
        return refused("pick-conflict", message, Remedy(("--by-hand",), then=then, is_again=True))


def rendered_report(facts: Beginning, request: StartRequest, hotfix: HotfixId) -> RenderedReport | None:
    """Return the report of a new hotfix; None where git does not know who reports it."""
    if not isinstance(facts.reporter, str):
        return None
    at, template = facts.at, facts.own_template
    new = Report(
        id=hotfix,
        title=request.title or "",
        severity=Severity(request.severity or facts.config.incident.choices[0]),
        kind=Kind(request.kind or "critical-bug"),
        production_affected=True,
        can_wait=False,
        what=request.what or request.title or "",
        reporter=facts.reporter,
        declared_at=at,
        branch=hotfix.branch(facts.config.branches.prefix),
        base=facts.base,
        impact=request.impact,
        affected_users=request.users,
        data_at_risk=DataAtRisk(request.data_at_risk) if request.data_at_risk else None,
        started_at=clock.when_told(request.since, at=at) if request.since else None,
        detected_at=clock.when_told(request.detected, at=at) if request.detected else None,
        root_cause=request.root_cause,
        issue=request.issue,
        cve=request.cve,
        visibility=Visibility(request.visibility or "public"),
    )
    own = (facts.config.incident.template, template) if template is not None else None
    return render_new(new, words_of(facts.config), own)


def _collect(problems: list[Problem], answer: Callable[[], T]) -> T | None:
    """Return an answer, or None where it cannot be had; why goes to the problems, each once."""
    try:
        return answer()
    except HotfixError as error:
        problems += [each for each in error.problems if each not in problems]
        return None


def _start_commit(facts: Beginning, request: StartRequest) -> Oid:
    """Return the commit the branch begins at: the base's tip that counts, or ``--from`` where the base contains it."""
    shown = facts.world.shown(facts.base)
    if facts.base_tip is None:
        message = f"'{shown}' does not exist."
        raise HotfixError(Problem("unknown-branch", message, command("git", "branch", "-a"), ExitCode.USAGE))
    if request.start_from is None:
        return facts.base_tip
    start = facts.commit(request.start_from)
    if not facts.is_ancestor(start, facts.base_tip):
        message = f"'{request.start_from}' is not contained in '{shown}'."
        remedy = command("git", "log", "--oneline", shown)
        raise HotfixError(Problem("not-in-base", message, remedy, ExitCode.USAGE))
    return start


def _message(facts: Beginning, request: StartRequest, hotfix: HotfixId, path: str | None) -> str:
    """Return the message of the first commit; of a restricted hotfix it has nothing but the neutral name."""
    values = {
        "description": request.title or "" if path else hotfix.slug,
        "id": str(hotfix),
        "slug": hotfix.slug,
        "issue": request.issue or "" if path else "",
        "severity": request.severity or facts.config.incident.choices[0] if path else "",
    }
    known = ((HOTFIX_ID, hotfix), ("Incident", path), ("Issue", values["issue"]))
    return with_trailers(
        fill_message(facts.config.message.report, values), ((key, value) for key, value in known if value)
    )
