"""All hotfixes of a repository in one observation: history is read once, then each hotfix is looked at as ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.errors import HotfixError
from git_hotfix.facts.coverage import branches_to_see
from git_hotfix.facts.merged_branches import publication_by_name
from git_hotfix.git.commit_graph import CommitGraph
from git_hotfix.git.objects import has_object
from git_hotfix.git.remote import fetch_all
from git_hotfix.git.world import target_tip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from git_hotfix.engine.run import Run
    from git_hotfix.errors import Problem
    from git_hotfix.facts.facts import Facts
    from git_hotfix.facts.hotfixes import Known
    from git_hotfix.hotfix import Oid


def fetch_everything(run: Run) -> None:
    """Fetch all branches and tags of the server with all their history, as ``coverage`` names the command."""
    if run.world.remote is not None:
        fetch_all(run.repository.git, run.world.remote, is_shallow=run.repository.is_shallow)
        run.repository.forget_absent()


def read_history(run: Run, targets: Iterable[Oid] = ()) -> None:
    """Read the history of every branch that counts, and of these commits, with one walk."""
    world, prefix, repository = run.world, run.config.branches.prefix, run.repository
    names = branches_to_see(world, run.config)
    tips = {name: tip for name in names if (tip := target_tip(world, name)) is not None and has_object(repository, tip)}
    lines = [tip for name, tip in tips.items() if not name.startswith(prefix)]
    local = (tip for name in names if (tip := world.local_tip(name)) is not None)
    repository.graph = CommitGraph(repository, (*tips.values(), *local), (*lines, *targets))


def observed(run: Run, known: Iterable[Known]) -> Iterator[tuple[Known, Facts | tuple[Problem, ...]]]:
    """Return the facts about hotfixes; what is broken about one stops no other."""
    for each in known:
        try:
            yield each, facts_about(run, each)
        except HotfixError as error:
            yield each, error.problems


def facts_about(run: Run, known: Known, *, is_brief: bool = True) -> Facts:
    """Return the facts about a hotfix, also about one that other hands have made, by the name of its branch."""
    facts = run.facts_of(known.hotfix)
    facts.is_brief = is_brief
    if known.merged is None or facts.publications or facts.lost is not None:
        return facts
    if known.branch is None and facts.branch_tip is not None:
        return facts  # what is on the branch decides
    published = publication_by_name(facts, known.merged)
    return facts.having(publications=(published,)) if published is not None else facts
