"""Making a hotfix branch: report and picked commits as objects first, then the one ref."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.errors import ExitCode, HotfixError, Problem, refused
from git_hotfix.execution.ending import StepEnd
from git_hotfix.execution.session import ask_until_answered
from git_hotfix.facts.facts import record_paths_of
from git_hotfix.git import provenance, trees
from git_hotfix.git.commits import make_commit, signature_of_author
from git_hotfix.git.identity import identity
from git_hotfix.git.merging import Conflicted, pick, unpick
from git_hotfix.git.refs import move_refs
from git_hotfix.git.remote import Update, push
from git_hotfix.hotfix import BranchName, HotfixId, branch_ref
from git_hotfix.private_report import PrivateReport

if TYPE_CHECKING:
    from git_hotfix.execution.session import Session
    from git_hotfix.workflow.plan import MakeBranch


def make_branch(session: Session, hotfix: HotfixId, step: MakeBranch) -> StepEnd:
    """Commit the report on the base, pick what was asked for, and make the branch there."""
    repository = session.repository
    who = identity(repository.git)
    sign = session.git_config.boolean("commit.gpgSign") or False
    tree = trees.tree_of(repository, step.start)
    files = list(step.edits)
    if step.report_path is None:  # first: a branch without its report would be worse than a report without a branch
        PrivateReport(repository.common_dir, hotfix).write(step.report)
    else:
        files.append((step.report_path, step.report))
    for path, content in files:
        tree = trees.with_file(repository, tree, path, content)
    at = make_commit(
        repository, tree, (step.start,), step.message, author=who.author, committer=who.committer, sign=sign
    )
    record = record_paths_of(session.config)
    for rollback in step.undoes:
        undone = unpick(repository, rollback, trees.tree_of(repository, at), record)
        if isinstance(undone, Conflicted):
            remedy = f"git hotfix start {hotfix.slug} -y && git revert {rollback[:12]}"
            raise _conflicts("The fix that was rolled back", undone, remedy)
        if undone.tree != trees.tree_of(repository, at):
            message = f"Land the fix again\n\nThis reverts commit {rollback}.\n\nHotfix-Id: {hotfix}\n"
            at = make_commit(
                repository, undone.tree, (at,), message, author=who.author, committer=who.committer, sign=sign
            )
    for commit in step.picks:
        onto = trees.tree_of(repository, at)
        result = pick(repository, commit, onto, record)
        if isinstance(result, Conflicted):
            remedy = f"git hotfix start {hotfix.slug} -y && git cherry-pick -x {commit[:12]}"
            raise _conflicts(f"Commit {commit[:12]}", result, remedy)
        if result.tree == onto:
            session.say(f"Commit {commit[:12]} is in the base already.")
            continue
        message = f"{provenance.message(repository, commit)}\n\n(cherry picked from commit {commit})\n"
        author = signature_of_author(repository, commit)
        at = make_commit(repository, result.tree, (at,), message, author=author, committer=who.committer, sign=sign)
    move_refs(repository.git, [Update(branch_ref(step.branch), None, at)], reason="git hotfix start")
    session.look_here()
    report = step.report_path or PrivateReport(repository.common_dir, hotfix).path
    session.say(f"Made '{step.branch}' from {step.start[:12]} with '{report}'.")
    return StepEnd()


def _conflicts(what: str, conflict: Conflicted, remedy: str) -> HotfixError:
    files = ", ".join(f"'{path}'" for path in conflict.paths[:5])
    return refused("pick-conflict", f"{what} conflicts with the base in {files}; nothing was made.", remedy)


def push_branch(session: Session, branch: BranchName) -> StepEnd:
    """Publish the hotfix branch, so that colleagues see it; a server that refuses does not undo the start."""
    remote, tip = session.world.remote, session.world.local_tip(branch)
    if remote is None or tip is None:
        return StepEnd()
    update = Update(branch_ref(branch), session.world.server.branch(branch) if session.world.server else None, tip)
    said = push(session.repository.git, remote, [update], atomic=False, hooks=True)
    try:
        ask_until_answered(session, again=f"git push -u {remote.name} {branch}")
    except HotfixError as error:
        return StepEnd(error.problems)
    if session.world.server is not None and session.world.server.branch(branch) == tip:
        git = session.repository.git  # so that a plain 'git push' of the fix works, as after 'git push -u'
        git.run("config", "--local", f"branch.{branch}.remote", remote.name)
        git.run("config", "--local", f"branch.{branch}.merge", branch_ref(branch))
        session.say(f"Published '{branch}' to '{remote.name}'.")
        return StepEnd()
    message = f"The branch is here, but '{remote.name}' did not take it: {said.reason}"
    return StepEnd((Problem("branch-not-pushed", message, f"git push -u {remote.name} {branch}", ExitCode.SERVER),))
