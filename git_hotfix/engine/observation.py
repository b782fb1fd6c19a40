"""All hotfixes of a repository in one observation: history is read once, then each hotfix is looked at as ever."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.config.layers import value_of
from git_hotfix.config.table import all_keys
from git_hotfix.errors import ExitCode, HotfixError, Problem, Unclear, command
from git_hotfix.facts.coverage import branches_to_see
from git_hotfix.facts.deployments import is_unfinished
from git_hotfix.git.commit_graph import CommitGraph
from git_hotfix.git.history import commit_time, common_past
from git_hotfix.git.objects import has_object
from git_hotfix.git.program import without_fetching
from git_hotfix.git.remote import fetch_all
from git_hotfix.git.world import find_production, find_roles, target_tip
from git_hotfix.hotfix import BranchName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from git_hotfix.config.keys import Config
    from git_hotfix.config.layers import Settings
    from git_hotfix.engine.run import Run
    from git_hotfix.errors import Remedy
    from git_hotfix.facts.facts import Facts
    from git_hotfix.facts.hotfixes import Known
    from git_hotfix.hotfix import HotfixId, Oid, Publication

MANY = 10
"""Of more hotfixes than these history is read at once."""
AUDITED = ("branches.", "tag.format", "incident.directory", "remote.name")
"""The settings, or their sections, that say what an audit looks at."""


@contextmanager
def as_fetched(run: Run, fetching: Remedy, exit_code: ExitCode, *, fetches: bool) -> Iterator[None]:
    """Let all be seen as it was last fetched; ``fetches``: first all is, as ``coverage`` names the command.

    What a partial clone has left out, and of which nothing can be said, is told with the command that fetches it.
    """
    repository = run.repository
    if fetches and run.world.remote is not None:
        fetch_all(repository.git, run.world.remote, is_shallow=repository.is_shallow)
        repository.forget_absent()
        run.look_at_server(must_answer=False, fetches=False)
    elif repository.is_partial and not fetches:
        repository.git = without_fetching(repository.git)
    try:
        yield
    except HotfixError as error:
        if error.problems[0].code != "object-missing":
            raise
        told = (replace(each, remedy=fetching, exit_code=exit_code, about=None) for each in error.problems)
        raise HotfixError(*told) from error


def read_history(run: Run, targets: Iterable[Oid] = ()) -> None:
    """Read the history of every branch that counts, and of these commits, with one walk."""
    world, prefix, repository = run.world, run.config.branches.prefix, run.repository
    names = branches_to_see(world, run.config)
    tips = {name: tip for name in names if (tip := target_tip(world, name)) is not None and has_object(repository, tip)}
    lines = [tip for name, tip in tips.items() if not name.startswith(prefix)]
    local = (tip for name in names if (tip := world.local_tip(name)) is not None)
    repository.graph = CommitGraph(repository, (*tips.values(), *local), (*lines, *targets))


def take_settings_of_production(run: Run) -> tuple[Problem, ...]:
    """Let git config and production's own file say what is audited; return where the file here says otherwise.

    Who may push to another branch may write its file: not that one says which branches have to get a fix. Where it
    comes to the same, as that of a team whose file is not in production yet, the difference is only told.
    """
    here, production = run.settings, _production(run)
    tip = target_tip(run.world, production)
    if tip is None or not has_object(run.repository, tip):
        return ()  # that it was not seen is told
    run.settings = run.settings_at(tip)
    shown, keys = run.world.shown(production), (each for each in all_keys().values() if each.dotted.startswith(AUDITED))
    values = ((each.dotted, value_of(here.config, each), value_of(run.config, each)) for each in keys)
    way = command("git", "hotfix", "config")
    run.go_on_without(run.settings.unknown)
    gaps = (*(replace(each, exit_code=ExitCode.GAP) for each in run.settings.problems), *_doubts(run.settings))
    differing = (
        f"'{key}' is {_named(own)} here ({here.origins[key]}) and {_named(there)} on '{shown}', which counts."
        for key, own, there in values
        if own != there
    )
    if _looked_at(run, here.config) == _looked_at(run, run.config):
        for sentence in differing:
            run.warn_once(f"{sentence} What is looked at is the same.")
        return gaps
    differences = (Problem("settings-differ", sentence, way, ExitCode.GAP) for sentence in differing)
    return (*gaps, *differences)


def _doubts(settings: Settings) -> Iterator[Problem]:
    """Give the unknown keys that may be meant for what an audit looks at: what is not seen is never green."""
    for each in settings.unknown:
        if each.is_meant_for(*AUDITED):
            message = f"Whether everything was looked at is not known: '{each.meant[0][:-1]}' is ignored."
            yield Problem("settings-doubtful", message, each.remedy, ExitCode.GAP)


def _looked_at(run: Run, config: Config) -> tuple[object, ...]:
    """Return what a configuration lets an audit look at."""
    roles = find_roles(run.repository, run.world, config, at=clock.now())
    named = (config.branches.prefix, config.tag.format, config.incident.directory, config.remote.name)
    return (roles.production, roles.develop, roles.lines, *named)


def _named(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_named, value))}]"
    return "not set" if value is None else f"'{value}'"


def _production(run: Run) -> BranchName:
    """Return production by git config and what is there; of several that could be it the one whose own file says so."""
    try:
        named, _ = find_production(run.world, run.settings_at(None).config)
    except Unclear as unclear:
        tips = ((BranchName(name), target_tip(run.world, name)) for name in unclear.candidates)
        seen = ((name, tip) for name, tip in tips if tip is not None and has_object(run.repository, tip))
        own = [name for name, tip in seen if run.settings_at(tip).config.branches.production == name]
        if len(own) != 1:
            raise
        return own[0]
    tip = target_tip(run.world, named)
    if tip is None or not has_object(run.repository, tip):
        return named
    return find_production(run.world, run.settings_at(tip).config)[0]


def observed(
    run: Run, known: Iterable[Known], settings: Settings | None = None
) -> Iterator[tuple[Known, Facts | tuple[Problem, ...]]]:
    """Return the facts about hotfixes, all by one configuration if that is given; what is broken stops no other."""
    for each in known:
        try:
            yield each, facts_about(run, each, settings=settings)
        except HotfixError as error:
            yield each, error.problems


def facts_about(run: Run, known: Known, *, is_brief: bool = True, settings: Settings | None = None) -> Facts:
    """Return the facts about a hotfix of many, all by one configuration if that is given."""
    facts = run.facts_of(known.hotfix, settings=settings)
    facts.is_brief = is_brief
    return facts


def published(run: Run) -> tuple[Facts, ...]:
    """Return the facts of all that is published, the last publication first, also after its clean-up."""
    known, repository, is_read = run.known(), run.repository, run.repository.graph is not None
    if len(known) > MANY and not is_read:
        read_history(run)  # each question about each is a process otherwise
    found = [run.facts_of(each.hotfix) for each in known]
    there = [(commit_time(repository, last.merge), each) for each in found if (last := each.last_publication)]
    repository.graph = repository.graph if is_read else None
    return tuple(each for _, each in sorted(there, key=lambda pair: pair[0], reverse=True))


def unfinished(run: Run, among: Iterable[Known]) -> tuple[HotfixId, ...]:
    """Return which of these hotfixes, the newest first, are not finished; what is broken about one is told."""
    found: list[tuple[Facts, Publication | None]] = []
    left: list[HotfixId] = []
    repository = run.repository
    for known in among:
        with _told(run):
            facts = facts_about(run, known)
            found.append((facts, facts.last_publication))
    repository.common_past = common_past(repository, [last.merge for _, last in found if last is not None])
    for facts, _ in found:
        with _told(run):
            left += [facts.hotfix] if is_unfinished(facts) else []
    repository.common_past = None
    return tuple(left)


@contextmanager
def _told(run: Run) -> Iterator[None]:
    """Tell what is broken about one hotfix: it stops no other."""
    try:
        yield
    except HotfixError as error:
        run.warn_once(error.problems[0].message)
