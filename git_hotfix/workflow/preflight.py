"""What must hold before a fix is published: one function a condition; all run, all failures are told together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.commands.split import split_command
from git_hotfix.config import all_keys, edit_command
from git_hotfix.errors import ExitCode, HotfixError, Problem
from git_hotfix.git import history, trees
from git_hotfix.git.checkout import changes, in_progress
from git_hotfix.git.identity import identity
from git_hotfix.git.merging import Conflicted, Merged, MergeResult
from git_hotfix.git.objects import EMPTY_TREE, has_object
from git_hotfix.git.resolutions import merge_or_reapply
from git_hotfix.git.world import rebased_in
from git_hotfix.hotfix import shell_word, tag_ref
from git_hotfix.workflow.scope import moved_under, over_scope
from git_hotfix.workflow.situation import record_paths
from git_hotfix.workflow.timeline import contradictions
from git_hotfix.workflow.wording import to_the_commit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from git_hotfix.git.repository import Repository
    from git_hotfix.workflow.request import FinishRequest
    from git_hotfix.workflow.situation import Situation


class Checked(Struct, frozen=True):
    """The outcome of a preflight: problems forbid, notes are told, ``merge`` is the predicted merge into the base."""

    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    merge: MergeResult | None


def check_finish(repository: Repository, situation: Situation, request: FinishRequest) -> Checked:
    """Run every condition of ``finish`` and give all that is wrong."""
    merge = _predict(repository, situation)
    problems: list[Problem] = []
    for condition in _CONDITIONS:
        problems += condition(repository, situation, request)
    problems += _merge_problems(situation, merge, repository)
    if not problems:
        problems += _missing_signer(repository, request)
    return Checked(tuple(problems), tuple(_notes(repository, situation, request)), merge)


def check_identity(repository: Repository) -> Iterator[Problem]:
    """Git must know who commits."""
    try:
        identity(repository.git)
    except HotfixError as error:
        yield from error.problems


def _no_identity(repository: Repository, situation: Situation, request: FinishRequest) -> Iterator[Problem]:
    yield from check_identity(repository)


def _no_branch(repository: Repository, situation: Situation, request: FinishRequest) -> Iterator[Problem]:
    if situation.tip is None:
        yield Problem(
            "branch-gone",
            f"The branch '{situation.branch}' is neither here nor on the server, and nothing of it is published.",
            "git hotfix list",
        )
    elif not has_object(repository, situation.tip):
        yield Problem(
            "branch-not-here", f"The commits of '{situation.branch}' are not in this repository.", "git fetch"
        )
    if situation.base_tip is None:
        shown = situation.world.shown(situation.base)
        yield Problem("base-gone", f"The base '{shown}' does not exist.", "git hotfix config")


def _broken_report(repository: Repository, situation: Situation, request: FinishRequest) -> Iterator[Problem]:
    if situation.report_problem is not None:
        yield situation.report_problem


def _ended(repository: Repository, situation: Situation, request: FinishRequest) -> Iterator[Problem]:
    if situation.is_ended:
        yield Problem(
            "hotfix-ended", f"'{situation.hotfix}' was closed without code.", f"git hotfix cleanup {situation.hotfix}"
        )


def _dirty_tree(repository: Repository, situation: Situation, request: FinishRequest) -> Iterator[Problem]:
    world, branch = situation.world, situation.branch
    tree = world.tree_of(branch) or rebased_in(repository, world, branch)
    if tree is None:
        return
    git = repository.git.elsewhere(tree.path)
    where = "" if repository.top == tree.path else f" -C {shell_word(str(tree.path))}"
    if unfinished := in_progress(git):
        what, command = unfinished[0], f"git{where}{unfinished[1].removeprefix('git')}"
        yield Problem("in-progress", f"{what.capitalize()} is unfinished in '{tree.path}'.", command)
    changed = [change.path for change in changes(git) if change.tracked]
    if changed:
        yield Problem("uncommitted", f"There are uncommitted changes: {some(changed)}.", f"git{where} commit -a")


def _behind(repository: Repository, situation: Situation, request: FinishRequest) -> Iterator[Problem]:
    local, server = situation.local_tip, situation.server_tip
    if local is None or server is None or local == server:
        return
    is_here = has_object(repository, server)
    if is_here and history.is_ancestor(repository, server, local):
        return
    if is_here and history.is_ancestor(repository, local, server):
        what, how = "has commits that are not in the branch here", "--ff-only"
    else:
        what, how = "and the branch here have each gone on alone", "--no-rebase"
    shown = situation.world.shown(situation.branch)
    yield Problem("behind", f"'{shown}' {what}.", f"git switch {shell_word(situation.branch)} && git pull {how}")


def _no_fix(repository: Repository, situation: Situation, request: FinishRequest) -> Iterator[Problem]:
    fix = situation.fix
    if fix is not None and not fix.paths:
        yield Problem(
            "no-fix",
            f"There is no fix on '{situation.branch}' yet: its commits change nothing but the report.",
            to_the_commit(situation),
        )


def _cut_history(repository: Repository, situation: Situation, request: FinishRequest) -> Iterator[Problem]:
    tip, base = situation.tip, situation.base_tip
    if not repository.is_shallow or tip is None or base is None:
        return
    is_here = has_object(repository, tip) and has_object(repository, base)
    if is_here and not history.merge_bases(repository, base, tip):
        yield Problem(
            "history-cut",
            f"This clone is shallow: where '{situation.branch}' and '{situation.base}' parted is not in it.",
            "git fetch --unshallow",
        )


def _too_large(repository: Repository, situation: Situation, request: FinishRequest) -> Iterator[Problem]:
    if situation.config.scope.mode == "refuse" and request.large is None:
        said = over_scope(repository, situation)
        if said is not None:
            yield Problem("too-large", said, f"git hotfix finish {situation.hotfix} --large REASON")


def _bad_tag(repository: Repository, situation: Situation, request: FinishRequest) -> Iterator[Problem]:
    if request.tag is None:
        return
    ref, world = tag_ref(request.tag), situation.world
    if repository.git.ask("check-ref-format", ref).code != 0 or request.tag.startswith("-"):
        message = f"'{request.tag}' is not a name for a tag."
        yield Problem("bad-tag", message, "git help check-ref-format", ExitCode.USAGE)
    attempt = situation.memory.attempt
    ours = dict(attempt.tags).get(request.tag) if attempt else None
    there = world.server.refs.get(ref) if world.server is not None else None
    if {world.local.get(ref), there} - {None, ours}:
        yield Problem("tag-taken", f"The tag '{request.tag}' exists already.", f"git show {shell_word(request.tag)}")


def _bad_command(repository: Repository, situation: Situation, request: FinishRequest) -> Iterator[Problem]:
    """Commands that cannot be started are told now: not when the tests are about to run, or after publication."""
    deploy = situation.config.deploy
    wanted = [] if request.skip_tests or request.test_command else [("test.command", situation.config.test.command)]
    if request.deploy is not False and request.push:
        is_push = deploy.effective_trigger == "push"
        wanted.append(("deploy.check", deploy.check) if is_push else ("deploy.command", deploy.command))
    for key, command in wanted:
        if command is None:
            continue
        origin = situation.origins[key]
        try:
            split_command(command, key=f"'{key}' in {origin}")
        except HotfixError as error:
            for each in error.problems:  # what needs a shell has the same command through one as its remedy
                kept = f"git config {all_keys()[key].git_name} {shell_word(each.remedy)}"
                yield replace(each, remedy=kept if each.code == "needs-shell" else edit_command(origin))


_CONDITIONS: tuple[Callable[[Repository, Situation, FinishRequest], Iterator[Problem]], ...] = (
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


def _predict(repository: Repository, situation: Situation) -> MergeResult | None:
    tip, base = situation.tip, situation.base_tip
    if situation.fix is None or tip is None or base is None:
        return None
    if not has_object(repository, tip) or not has_object(repository, base):
        return None
    if not history.merge_bases(repository, base, tip):
        return None
    return merge_or_reapply(repository, situation.resolutions, situation.base, base, tip)


def _merge_problems(situation: Situation, merge: MergeResult | None, repository: Repository) -> Iterator[Problem]:
    shown = situation.world.shown(situation.base)
    match merge:
        case Conflicted(paths):
            yield Problem(
                "conflict-with-production",
                f"The fix conflicts with '{shown}' in {some(paths)}; nothing was published.",
                f"git switch {shell_word(situation.branch)} && git merge {shell_word(shown)}",
                ExitCode.WAITING,
            )
        case Merged(tree) if situation.base_tip is not None and situation.fix is not None and situation.fix.paths:
            record = record_paths(situation.config)
            own = trees.without_paths(repository, trees.tree_of(repository, situation.base_tip), record)
            if trees.without_paths(repository, tree, record) == own:
                yield Problem(
                    "already-there",
                    f"'{shown}' already has every change of the fix; publishing it would change nothing.",
                    f"git hotfix close {situation.hotfix} --as resolved --reason TEXT --discard",
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


def _notes(repository: Repository, situation: Situation, request: FinishRequest) -> Iterator[str]:
    if situation.roles.guessed and situation.base == situation.roles.production:
        yield f"Production is taken to be '{situation.roles.production}' (git config hotfix.branches.production)."
    if situation.config.scope.mode == "warn" and (said := over_scope(repository, situation)):
        yield said
    if folders := moved_under(repository, situation):
        yield f"'{situation.world.shown(situation.base)}' has moved under {some(folders)} since the branch began."
    if situation.is_restricted:
        yield "The report stays in the git directory; commits, their messages and the reasons given become public."
    if situation.report is None and situation.tip is not None:
        yield f"The branch has no incident report ('{situation.report_path}')."
    yield from contradictions(repository, situation)
    tree = situation.world.tree_of(situation.branch)
    if tree is not None:
        untracked = [each.path for each in changes(repository.git.elsewhere(tree.path)) if not each.tracked]
        if untracked:
            yield f"Not part of the fix, because git does not track it: {some(untracked)}."


def some(paths: Sequence[str]) -> str:
    """Name the first few paths."""
    shown = ", ".join(f"'{path}'" for path in paths[:5])
    return shown if len(paths) <= 5 else f"{shown} and {len(paths) - 5} more"
