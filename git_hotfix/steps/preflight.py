"""What must hold before a fix is published: one function a condition; all run, all failures come together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.engine.step import Refusal
from git_hotfix.errors import ExitCode, Problem, Remedy, again, command
from git_hotfix.facts.phrases import some, to_the_commit, told_end
from git_hotfix.facts.reports import report_in_the_way, told_claims
from git_hotfix.facts.scope import TOP
from git_hotfix.facts.targets import unnamed_branches
from git_hotfix.git.merging import Conflicted
from git_hotfix.git.refs import is_ref_name
from git_hotfix.hotfix import Once, branch_ref, tag_name, tag_ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from git_hotfix.facts.facts import Facts
    from git_hotfix.steps.request import FinishRequest, RollbackRequest

CONFLICT = "conflict-with-production"
"""The code of the one problem that is laid out for a person instead of only reported."""


def preflight(facts: Facts, request: FinishRequest) -> tuple[Problem, ...]:
    """Return all that forbids the publication of the fix."""
    problems = tuple(problem for condition in _CONDITIONS for problem in condition(facts, request))
    return problems or tuple(_missing_signer(facts))


def can_be_taken_back(facts: Facts, request: RollbackRequest) -> Refusal | None:
    """Refuse a rollback that nobody can sign before ``deploy.rollback`` runs."""
    missing = () if facts.is_rolled_back else tuple(_missing_signer(facts))
    return Refusal(missing) if missing else None


def _no_identity(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    yield from facts.identity_problems


def _no_branch(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    if facts.tip is None:
        message = f"The branch '{facts.branch}' is neither here nor on the server, and nothing of it is published."
        gone = Problem("branch-gone", message, command("git", "hotfix", "list"))
        yield replace(facts.lost, exit_code=gone.exit_code) if facts.lost is not None else gone
    elif not facts.has(facts.tip):
        message = f"The commits of '{facts.branch}' are not in this repository."
        yield Problem("branch-not-here", message, command("git", "fetch"))
    if facts.base_tip is None:
        message = f"The base '{facts.world.shown(facts.base)}' does not exist."
        yield Problem("base-gone", message, command("git", "hotfix", "config"))


def _broken_report(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    if facts.report_problem is not None:
        yield facts.report_problem
    if facts.is_kept and (foreign := report_in_the_way(facts)) is not None:
        yield foreign
    if facts.said_base not in {None, facts.base}:
        message = (
            f"'{facts.hotfix}' was begun for '{facts.said_base}', which is neither production nor a release line"
            " (branches.release)."
        )
        yield Problem("base-unknown", message, command("git", "hotfix", "config"))
    path = facts.report_path
    if not path.isprintable():
        shown = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in path)
        message = f"The report is called '{shown}': a name with such characters goes into no commit and no tag."
        yield Problem("bad-report-name", message, command("git", "mv", path, facts.first_report_path))


def _dirty_tree(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    if facts.tree is None:
        return
    path = facts.tree.path
    git = ("git",) if facts.repository.top == path else ("git", "-C", str(path))
    if facts.tree_operation is not None:
        what, line = facts.tree_operation
        message = f"{what.capitalize()} is unfinished in '{path}'."
        yield Problem("in-progress", message, command(*git, *line.split()[1:]))
    changed = [change.path for change in facts.tree_changes if change.tracked]
    if changed:
        yield Problem("uncommitted", f"There are uncommitted changes: {some(changed)}.", command(*git, "commit", "-a"))


def _ambiguous_base(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    """Find what makes the base's full name mean two refs on the server."""
    ref, server, remote = branch_ref(facts.base), facts.world.server, facts.world.remote
    if server is not None and remote is not None and (why := server.why_ambiguous(ref)) is not None:
        yield Problem("ambiguous-base", why, command("git", "ls-remote", remote.name, ref))


def _behind(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    local, server = facts.local_tip, facts.server_tip
    if local is None or server is None or local == server:
        return
    is_here = facts.has(server)
    if is_here and facts.is_ancestor(server, local):
        return
    if is_here and facts.is_ancestor(local, server):
        what, how = "has commits that are not in the branch here", "--ff-only"
    else:
        what, how = "and the branch here have diverged", "--no-rebase"
    message = f"'{facts.world.shown(facts.branch)}' {what}."
    yield Problem("behind", message, Remedy(("git", "switch", facts.branch), then=("git", "pull", how)))


def _unfit_fix(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    """Find that there is no fix, that it is too large, or that where it begins is not known."""
    if facts.is_cut_off:
        message = f"This clone is shallow: where '{facts.branch}' and '{facts.base}' parted is not in it."
        yield Problem("history-cut", message, command("git", "fetch", "--unshallow"))
    elif facts.fix is not None and not facts.fix.paths:
        yield _no_fix(facts)
    if facts.config.scope.mode == "refuse" and not request.large and facts.over_scope is not None:
        yield Problem("too-large", facts.over_scope, again("--large", "REASON"))


def _no_fix(facts: Facts) -> Problem:
    """Return that nothing is committed, with what is changed there and the line that commits it."""
    changed, new = ([each.path for each in facts.tree_changes if each.tracked is known] for known in (True, False))
    told = ((changed, "Not committed"), (new, "Not known to git"))
    message = f"There is no fix on '{facts.branch}' yet: only the report is committed."
    message += "".join(f" {what}: {some(paths)}." for paths, what in told if paths)
    remedy = to_the_commit(facts)
    if new and remedy.words[0] == "git" and facts.world.head.branch == facts.branch:
        to_add = [f":/{path}" for path in new] if len(new) <= 5 else ["-i"]  # a person chooses among many
        remedy = Remedy(("git", "add", *to_add), then=remedy.words)
    return Problem("no-fix", message, remedy)


def _bad_tag(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    if request.tag is None:
        return
    ref, world = tag_ref(request.tag), facts.world
    if not is_ref_name(ref) or request.tag.startswith("-"):
        message = f"'{request.tag}' is not a name for a tag."
        yield Problem("bad-tag", message, command("git", "help", "check-ref-format"), ExitCode.USAGE)
    attempt = facts.memory.attempt
    ours = dict(attempt.tags).get(request.tag) if attempt else None
    there = world.server.refs.get(ref) if world.server is not None else None
    if {world.local.get(ref), there} - {None, ours}:
        yield Problem("tag-taken", f"The tag '{request.tag}' exists already.", command("git", "show", request.tag))
    elif world.server is not None and (why := world.server.why_ambiguous(ref)) is not None:
        yield Problem("tag-taken", why, again("--tag", "NAME"))


def conflicts_with_base(facts: Facts, request: FinishRequest) -> Conflicted | None:
    """Return the conflict with the base that a person has to resolve before anything is published."""
    waits, merge = facts.memory.conflict_of(facts.base), facts.predicted_merge
    is_resolved = request.goes_on and waits is not None and waits.is_laid_out and facts.unresolved[waits] is None
    return merge if isinstance(merge, Conflicted) and not is_resolved else None


def _cannot_merge(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    shown, found = facts.world.shown(facts.base), conflicts_with_base(facts, request)
    if found is not None:
        message = f"The fix conflicts with '{shown}' in {some(found.paths)}; nothing was published."
        remedy = Remedy(("git", "switch", facts.branch), then=("git", "merge", shown))
        yield Problem(CONFLICT, message, remedy, ExitCode.WAITING)


_CONDITIONS: tuple[Callable[[Facts, FinishRequest], Iterator[Problem]], ...] = (
    _no_identity,
    _no_branch,
    _broken_report,
    _dirty_tree,
    _ambiguous_base,
    _behind,
    _unfit_fix,
    _bad_tag,
    _cannot_merge,
)


def _missing_signer(facts: Facts) -> Iterator[Problem]:
    """Find a missing key now: not after the tests."""
    if facts.signing_problem is not None:
        yield facts.signing_problem


def _targets_line(facts: Facts, names: tuple[str, ...]) -> str:
    """Return the line that makes branches targets: what is in git config counts alone, so the others are repeated."""
    others = () if facts.origins["branches.release"].startswith("git config") else facts.config.branches.release
    lines = (command("git", "config", "--add", "hotfix.branches.release", each).line() for each in (*others, *names))
    return " && ".join(lines)


def finish_notes(facts: Facts, request: FinishRequest) -> Iterator[str]:
    """Return what a person should know of a publication that is allowed."""
    if request.interactive and isinstance(facts.predicted_merge, Conflicted):
        where = f"'{facts.world.shown(facts.base)}' in {some(facts.predicted_merge.paths)}"
        yield f"The fix conflicts with {where}: that is checked out for you first, and nothing is published."
    if facts.config.scope.mode == "warn" and facts.over_scope:
        yield facts.over_scope
    yield from _base_notes(facts)
    if request.wants_tag and facts.version_tool is not None:
        name = tag_name(facts.config.tag.format, facts.at, facts.config.tag.zone)
        yield f"{facts.version_tool} would take '{name}' for a version: let it look for tags by --match 'v[0-9]*'."
    server, waits = facts.world.server, [branch_ref(each.branch) for each in facts.pending]
    yield from (why for ref in waits if server is not None and (why := server.why_ambiguous(ref)) is not None)
    if facts.is_restricted:
        yield "The report stays in the git directory; commits, their messages and the reasons given become public."
    if facts.report is None and facts.tip is not None and facts.known.branch is None:
        yield f"The branch has no incident report ('{facts.report_path}')."
    if said := told_end(facts):
        yield f"{said}; nothing is skipped for that."
    if not facts.is_kept:  # else it is a refusal
        yield from told_claims(facts)
    yield from facts.contradictions
    untracked = [each.path for each in facts.tree_changes if not each.tracked]
    if untracked and facts.world.tree_of(facts.branch) is not None:
        yield f"Not part of the fix, because git does not track it: {some(untracked)}."


def _base_notes(facts: Facts) -> Iterator[str]:
    shown = facts.world.shown(facts.base)
    if facts.roles.guessed and facts.base == facts.roles.production:
        yield Once(f"Production is taken to be '{facts.roles.production}' (git config hotfix.branches.production).")
    if facts.base == facts.roles.production and (names := unnamed_branches(facts)):
        told = f"Branches based on '{facts.base}' that are not targets: {some(names)}."
        yield f"{told} This makes them targets: {_targets_line(facts, names)}"
    if facts.is_in_base_already:
        yield f"'{shown}' already has every change of the fix, though not by a merge: this one brings the report."
    if facts.moved_folders:
        folders = some(facts.moved_folders).replace(f"'{TOP}'", TOP)
        yield f"'{shown}' has new commits in {folders} since the branch was made."
