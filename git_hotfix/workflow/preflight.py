"""What must hold before a fix is published: one function a condition; all run, all failures are told together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.commands.split import split_command
from git_hotfix.config import all_keys, edit_command
from git_hotfix.errors import ExitCode, HotfixError, Problem
from git_hotfix.facts.phrases import to_the_commit
from git_hotfix.git import history
from git_hotfix.git.checkout import changes, in_progress
from git_hotfix.git.identity import identity
from git_hotfix.git.merging import Conflicted, Merged, MergeResult
from git_hotfix.git.objects import EMPTY_TREE
from git_hotfix.git.world import rebased_in
from git_hotfix.hotfix import shell_word, tag_ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.repository import Repository
    from git_hotfix.workflow.request import FinishRequest


class Checked(Struct, frozen=True):
    """The outcome of a preflight: problems forbid, notes are told, ``merge`` is the predicted merge into the base."""

    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    merge: MergeResult | None


def check_finish(facts: Facts, request: FinishRequest) -> Checked:
    """Run every condition of ``finish`` and give all that is wrong."""
    merge = facts.predicted_merge
    problems: list[Problem] = []
    for condition in _CONDITIONS:
        problems += condition(facts, request)
    problems += _merge_problems(facts, merge)
    if not problems:
        problems += _missing_signer(facts.repository, request)
    return Checked(tuple(problems), tuple(_notes(facts, request)), merge)


def check_identity(repository: Repository) -> Iterator[Problem]:
    """Git must know who commits."""
    try:
        identity(repository.git)
    except HotfixError as error:
        yield from error.problems


def _no_identity(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    yield from check_identity(facts.repository)


def _no_branch(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    if facts.tip is None:
        yield Problem(
            "branch-gone",
            f"The branch '{facts.branch}' is neither here nor on the server, and nothing of it is published.",
            "git hotfix list",
        )
    elif not facts.has(facts.tip):
        yield Problem("branch-not-here", f"The commits of '{facts.branch}' are not in this repository.", "git fetch")
    if facts.base_tip is None:
        shown = facts.world.shown(facts.base)
        yield Problem("base-gone", f"The base '{shown}' does not exist.", "git hotfix config")


def _broken_report(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    if facts.report_problem is not None:
        yield facts.report_problem


def _ended(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    if facts.is_ended:
        yield Problem(
            "hotfix-ended", f"'{facts.hotfix}' was closed without code.", f"git hotfix cleanup {facts.hotfix}"
        )


def _dirty_tree(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    world, branch = facts.world, facts.branch
    tree = world.tree_of(branch) or rebased_in(facts.repository, world, branch)
    if tree is None:
        return
    git = facts.repository.git.elsewhere(tree.path)
    where = "" if facts.repository.top == tree.path else f" -C {shell_word(str(tree.path))}"
    if unfinished := in_progress(git):
        what, command = unfinished[0], f"git{where}{unfinished[1].removeprefix('git')}"
        yield Problem("in-progress", f"{what.capitalize()} is unfinished in '{tree.path}'.", command)
    changed = [change.path for change in changes(git) if change.tracked]
    if changed:
        yield Problem("uncommitted", f"There are uncommitted changes: {some(changed)}.", f"git{where} commit -a")


def _behind(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    local, server = facts.local_tip, facts.server_tip
    if local is None or server is None or local == server:
        return
    is_here = facts.has(server)
    if is_here and history.is_ancestor(facts.repository, server, local):
        return
    if is_here and history.is_ancestor(facts.repository, local, server):
        what, how = "has commits that are not in the branch here", "--ff-only"
    else:
        what, how = "and the branch here have each gone on alone", "--no-rebase"
    shown = facts.world.shown(facts.branch)
    yield Problem("behind", f"'{shown}' {what}.", f"git switch {shell_word(facts.branch)} && git pull {how}")


def _no_fix(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    fix = facts.fix
    if fix is not None and not fix.paths:
        yield Problem(
            "no-fix",
            f"There is no fix on '{facts.branch}' yet: its commits change nothing but the report.",
            to_the_commit(facts),
        )


def _cut_history(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    tip, base = facts.tip, facts.base_tip
    if not facts.repository.is_shallow or tip is None or base is None:
        return
    is_here = facts.has(tip) and facts.has(base)
    if is_here and not history.merge_bases(facts.repository, base, tip):
        yield Problem(
            "history-cut",
            f"This clone is shallow: where '{facts.branch}' and '{facts.base}' parted is not in it.",
            "git fetch --unshallow",
        )


def _too_large(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    if facts.config.scope.mode == "refuse" and request.large is None:
        said = facts.over_scope
        if said is not None:
            yield Problem("too-large", said, f"git hotfix finish {facts.hotfix} --large REASON")


def _bad_tag(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    if request.tag is None:
        return
    ref, world = tag_ref(request.tag), facts.world
    if facts.repository.git.ask("check-ref-format", ref).code != 0 or request.tag.startswith("-"):
        message = f"'{request.tag}' is not a name for a tag."
        yield Problem("bad-tag", message, "git help check-ref-format", ExitCode.USAGE)
    attempt = facts.memory.attempt
    ours = dict(attempt.tags).get(request.tag) if attempt else None
    there = world.server.refs.get(ref) if world.server is not None else None
    if {world.local.get(ref), there} - {None, ours}:
        yield Problem("tag-taken", f"The tag '{request.tag}' exists already.", f"git show {shell_word(request.tag)}")


def _bad_command(facts: Facts, request: FinishRequest) -> Iterator[Problem]:
    """Commands that cannot be started are told now: not when the tests are about to run, or after publication."""
    deploy = facts.config.deploy
    wanted = [] if request.skip_tests or request.test_command else [("test.command", facts.config.test.command)]
    if request.deploy is not False and request.push:
        is_push = deploy.effective_trigger == "push"
        wanted.append(("deploy.check", deploy.check) if is_push else ("deploy.command", deploy.command))
    for key, command in wanted:
        if command is None:
            continue
        origin = facts.origins[key]
        try:
            split_command(command, key=f"'{key}' in {origin}")
        except HotfixError as error:
            for each in error.problems:  # what needs a shell has the same command through one as its remedy
                kept = f"git config {all_keys()[key].git_name} {shell_word(each.remedy)}"
                yield replace(each, remedy=kept if each.code == "needs-shell" else edit_command(origin))


_CONDITIONS: tuple[Callable[[Facts, FinishRequest], Iterator[Problem]], ...] = (
    _no_identity,
    _no_branch,
    _ended,
    _broken_report,
    _dirty_tree,
    _behind,
    _cut_history,
    _no_fix,
    _too_large,
    _bad_tag,
    _bad_command,
)


def _merge_problems(facts: Facts, merge: MergeResult | None) -> Iterator[Problem]:
    shown = facts.world.shown(facts.base)
    match merge:
        case Conflicted(paths):
            yield Problem(
                "conflict-with-production",
                f"The fix conflicts with '{shown}' in {some(paths)}; nothing was published.",
                f"git switch {shell_word(facts.branch)} && git merge {shell_word(shown)}",
                ExitCode.WAITING,
            )
        case Merged() if facts.is_in_base_already:
            yield Problem(
                "already-there",
                f"'{shown}' already has every change of the fix; publishing it would change nothing.",
                f"git hotfix close {facts.hotfix} --as resolved --reason TEXT --discard",
            )
        case _:
            return


def _missing_signer(repository: Repository, request: FinishRequest) -> Iterator[Problem]:
    """Sign an empty commit that nobody will see: a missing key must not be found out after the tests."""
    if not request.sign:
        return
    answer = repository.git.ask("commit-tree", "-S", "-m", "can it be signed?", EMPTY_TREE)
    if answer.code != 0:
        yield Problem("signing-failed", f"Commits cannot be signed: {answer.reason}", "git config user.signingKey KEY")


def _notes(facts: Facts, request: FinishRequest) -> Iterator[str]:
    if facts.roles.guessed and facts.base == facts.roles.production:
        yield f"Production is taken to be '{facts.roles.production}' (git config hotfix.branches.production)."
    if facts.config.scope.mode == "warn" and (said := facts.over_scope):
        yield said
    if folders := facts.moved_folders:
        yield f"'{facts.world.shown(facts.base)}' has moved under {some(folders)} since the branch began."
    if facts.is_restricted:
        yield "The report stays in the git directory; commits, their messages and the reasons given become public."
    if facts.report is None and facts.tip is not None:
        yield f"The branch has no incident report ('{facts.report_path}')."
    yield from facts.contradictions
    tree = facts.world.tree_of(facts.branch)
    if tree is not None:
        untracked = [each.path for each in changes(facts.repository.git.elsewhere(tree.path)) if not each.tracked]
        if untracked:
            yield f"Not part of the fix, because git does not track it: {some(untracked)}."


def some(paths: Sequence[str]) -> str:
    """Name the first few paths."""
    shown = ", ".join(f"'{path}'" for path in paths[:5])
    return shown if len(paths) <= 5 else f"{shown} and {len(paths) - 5} more"
