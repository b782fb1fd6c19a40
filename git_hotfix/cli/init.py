"""``git hotfix init``: a commented ``.hotfix.toml`` with what was detected."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from git_hotfix import clock
from git_hotfix.atomic_write import write_atomically
from git_hotfix.cli.options import Command, options_of
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.wiring import looking, open_session
from git_hotfix.commands.test_discovery import propose
from git_hotfix.config import render_toml
from git_hotfix.errors import refused
from git_hotfix.git.world import find_roles

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.execution.session import Session

_FILE = ".hotfix.toml"


@click.command(cls=Command)
@click.option("--force", is_flag=True, help="Replace a .hotfix.toml that exists.")
@click.option("--dry-run", is_flag=True, help="Print the file; write nothing.")
@click.pass_context
def init(context: click.Context, *, force: bool, dry_run: bool) -> int:
    """Write a commented .hotfix.toml with what was detected in this repository."""
    session = looking(context, open_session(context), must_answer=False)
    top = session.repository.top
    if top is None:
        raise refused("no-working-tree", "This repository is bare: there is no place for the file.", "cd TREE")
    path = top / _FILE
    if path.exists() and not force and not dry_run:
        raise refused("file-exists", f"'{_FILE}' exists already.", "git hotfix init --force")
    content = render_toml(_detected(session, top))
    if dry_run:
        return emit(options_of(context), Result("init", outcome="planned", text=content.rstrip("\n").split("\n")))
    write_atomically(path, content.encode())
    return emit(options_of(context), Result("init", text=[f"Wrote '{_FILE}'."], next=f"git add {_FILE} && git commit"))


def _detected(session: Session, top: Path) -> dict[str, object]:
    roles = find_roles(session.repository, session.world, session.config, at=clock.now())
    found: dict[str, object] = {"branches.production": roles.production}
    if roles.develop:
        found["branches.develop"] = roles.develop
    if session.world.remote is not None:
        found["remote.name"] = session.world.remote.name
    if proposals := propose(top):
        found["test.command"] = proposals[0].command
    makefile = top / "Makefile"
    if makefile.is_file() and re.search(r"(?m)^deploy-prod\s*:", makefile.read_text("utf-8", "replace")):
        found["deploy.command"] = "make deploy-prod"
    return found
