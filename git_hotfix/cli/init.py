"""``git hotfix init``: a commented ``.hotfix.toml`` with what was detected."""

from __future__ import annotations

import re

import click

from git_hotfix.atomic_write import write_atomically
from git_hotfix.cli.config import detected
from git_hotfix.cli.options import Command, options_of
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.session import looking, open_run
from git_hotfix.config.layers import TeamCommand
from git_hotfix.config.toml import render_toml
from git_hotfix.engine.consent import lines
from git_hotfix.errors import Remedy, command, refused
from git_hotfix.git.consent import keep_consents

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
        message = f"'{_FILE}' exists already; --force replaces it."
        raise refused("file-exists", message, command("git", "hotfix", "config"))
    found, makefile = detected(run), top / "Makefile"
    if makefile.is_file() and re.search(r"(?m)^deploy-prod\s*:", makefile.read_text("utf-8", "replace")):
        found["deploy.command"] = "make deploy-prod"
    content = render_toml(found)
    if dry_run:
        return emit(options_of(context), Result("init", outcome="planned", text=content.rstrip("\n").split("\n")))
    write_atomically(path, content.encode())
    commands = [TeamCommand(key, str(found[key]), _FILE) for key in ("test.command", "deploy.command") if key in found]
    keep_consents(run.repository.git, [each.fingerprint for each in commands])
    text = [f"Wrote '{_FILE}'.", *lines(commands, ())]
    return emit(
        options_of(context), Result("init", text=text, next=Remedy(("git", "add", _FILE), then=("git", "commit")))
    )
