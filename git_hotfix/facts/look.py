"""Looking: fetch what is missing of one hotfix, then observe it; planning starts only after that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.facts.facts import Facts
from git_hotfix.facts.publications import before_publication, tags_on_publications
from git_hotfix.facts.pull_requests import request_branches
from git_hotfix.facts.targets import record_paths_of
from git_hotfix.git.world import fetch_missing, find_production, named_roles

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from git_hotfix.config.layers import Settings
    from git_hotfix.facts.hotfixes import Known
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import Oid
    from git_hotfix.memory import Memory


def look(
    repository: Repository,
    world: World,
    settings: Settings,
    known: Known,
    memory: Memory,
    *,
    at: datetime,
    settings_at: Callable[[Oid | None], Settings],
    branches: tuple[str, ...] = (),
) -> Facts:
    """Return the facts about one hotfix in a world that was just looked at.

    Fetched by name is what this repository lacks: the hotfix branch, production, develop, the release lines and
    ``branches``, then the base that the report names, then the tags on its publications. How it is deployed is decided
    by git config and by the base without the hotfix (``settings_at``): no fix decides its own deployment, nor that it
    goes without a request. So is what the record is: a branch whose own file calls the fix a changelog would be taken
    for one without a fix.
    """
    config = settings.config
    production, _ = find_production(world, config)
    branch = known.name(config.branches.prefix)
    named = named_roles(world, config)
    requested = request_branches(world, branch).values()
    fetch_missing(repository, world, (production, branch, *named, *branches, *requested), known.tags)
    facts = Facts(repository, world, settings, known, memory, at=at)
    if fetch_missing(repository, world, (facts.base,)):
        facts = facts.having()
    if fetch_missing(repository, world, (), tags_on_publications(facts)):
        facts = facts.having()
    onto = facts.here(before_publication(facts))
    of_base = settings_at(onto)
    facts.settings = settings.deploying_as(of_base)
    paths = record_paths_of(of_base.config)
    if onto is not None and paths != facts.record_paths:
        return facts.having(record_paths=paths)
    return facts
