"""``git hotfix config``: every effective value and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from git_hotfix.cli.json_object import SettingRow
from git_hotfix.cli.options import Command, options_of
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.session import open_run
from git_hotfix.cli.terminal import table
from git_hotfix.commands.test_discovery import propose
from git_hotfix.config.layers import unknown_setting, value_of
from git_hotfix.config.table import all_keys
from git_hotfix.config.toml import toml_value
from git_hotfix.errors import HotfixError
from git_hotfix.facts.deployments import trigger_in
from git_hotfix.git.checkout import tracked_files
from git_hotfix.git.config_file import working_tree_file
from git_hotfix.git.world import find_develop, find_production

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run


@click.command(cls=Command)
@click.argument("key", required=False)
@click.pass_context
def config(context: click.Context, key: str | None) -> int:
    """Print every effective value of the configuration and where it comes from (or of one KEY)."""
    run = open_run(context, offline=True)
    keys = all_keys()
    if key is not None and key not in keys:
        by_git_name = {each.git_name.lower(): name for name, each in keys.items()}
        found = by_git_name.get(key.lower())
        if found is None:
            raise HotfixError(unknown_setting(key))
        key = found
    chosen = [each for name, each in keys.items() if key in {None, name}]
    values = {each.dotted: value_of(run.config, each) for each in chosen}
    origins = {each.dotted: run.settings.origins[each.dotted] for each in chosen}
    unset = {name for name, value in values.items() if value is None}
    for name, value in _counting(run).items() if unset else ():
        if name in unset:
            values[name], origins[name] = value, "detected"
    shown = {e.dotted: "(not set)" if values[e.dotted] is None else toml_value(e, values[e.dotted]) for e in chosen}
    rows = [(name, origins[name], text) for name, text in shown.items()]
    text = table(rows, indent="")
    if run.repository.top is not None:
        file = working_tree_file(run.repository.top)
        if file is not None and file.overshadowed:
            run.warn(f"The settings in '{file.overshadowed}' do not count, because there is '{file.name}'.")
    if any(name.startswith("deploy.") and not origins[name].startswith(("git config", "default")) for name in origins):
        run.note("[deploy] of a file counts for a hotfix as its base has it on the server, not as it is here.")
    settings = tuple(SettingRow(name, values[name], origins[name]) for name in values)
    return emit(options_of(context), Result("config", text=text, more={"settings": settings}))


def _counting(run: Run) -> dict[str, object]:
    """Return what counts where nothing is set, by key: what is found in this repository as it was last fetched."""
    try:
        run.look_at_server(must_answer=False)
        found = detected(run)
    except HotfixError:
        return {}  # no commit yet, or several branches may be production: that is asked when it matters
    tip = run.world.tip(str(found["branches.production"]))
    return {**found, "deploy.trigger": trigger_in(run.repository, run.config.deploy, tip)}


def detected(run: Run) -> dict[str, object]:
    """Return what is found in a repository that could be configured, by key."""
    top, remote = run.repository.top, run.world.remote
    proposals = propose(top, tracked_files(run.repository.git), has_paths=True) if top is not None else ()
    found = {
        "branches.production": find_production(run.world, run.config)[0],
        "branches.develop": find_develop(run.world, run.config),
        "remote.name": remote.name if remote is not None else None,
        "test.command": next(iter(proposals), None),
    }
    return {name: value for name, value in found.items() if value is not None}
