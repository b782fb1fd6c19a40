"""``git hotfix init``: a commented ``.hotfix.toml`` with what was detected."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from git_hotfix import clock
from git_hotfix.atomic_write import write_atomically
from git_hotfix.cli.options import Command, options_of
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.session import looking, open_run
from git_hotfix.commands.test_discovery import propose
from git_hotfix.config.layers import TeamCommand
from git_hotfix.config.toml import render_toml
from git_hotfix.engine.consent import lines
from git_hotfix.errors import Remedy, command, refused
from git_hotfix.git.checkout import tracked_files
from git_hotfix.git.consent import keep_consents
from git_hotfix.git.world import find_roles

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.engine.run import Run

_FILE = ".hotfix.toml"


@click.command(cls=Command)
@click.option("--force", is_flag=True, help="Replace a .hotfix.toml that exists.")
@click.option("--dry-run", is_flag=True, help="Print the file; write nothing.")
@click.pass_context
def init(context: click.Context, *, force: bool, dry_run: bool) -> int:
    """Write a commented .hotfix.toml with what was detected in this repository."""
    run = looking(context, open_run(context), must_answer=False)
    top = run.repository.top
    if top is None:
        raise refused(
            "no-working-tree", "This repository is bare: there is no place for the file.", command("cd", "TREE")
        )
    path = top / _FILE
    if path.exists() and not force and not dry_run:
        raise refused("file-exists", f"'{_FILE}' exists already.", command("git", "hotfix", "init", "--force"))
    detected = _detected(run, top)
    content = render_toml(detected)
    if dry_run:
        return emit(options_of(context), Result("init", outcome="planned", text=content.rstrip("\n").split("\n")))
    write_atomically(path, content.encode())
    commands = [
        TeamCommand(key, str(detected[key]), _FILE) for key in ("test.command", "deploy.command") if key in detected
    ]
    keep_consents(run.repository.git, [each.fingerprint for each in commands])
    text = [f"Wrote '{_FILE}'.", *lines(commands, ())]
    return emit(
        options_of(context), Result("init", text=text, next=Remedy(("git", "add", _FILE), then=("git", "commit")))
    )


def _detected(run: Run, top: Path) -> dict[str, object]:
    roles = find_roles(run.repository, run.world, run.config, at=clock.now())
    found: dict[str, object] = {"branches.production": roles.production}
    if roles.develop:
        found["branches.develop"] = roles.develop
    if run.world.remote is not None:
        found["remote.name"] = run.world.remote.name
    if proposals := propose(top, tracked_files(run.repository.git), has_paths=True):
        found["test.command"] = proposals[0]
    makefile = top / "Makefile"
    if makefile.is_file() and re.search(r"(?m)^deploy-prod\s*:", makefile.read_text("utf-8", "replace")):
        found["deploy.command"] = "make deploy-prod"
    return found
