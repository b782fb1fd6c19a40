"""``git hotfix schema``: what the JSON object of every command is, for programs that read it."""

from __future__ import annotations

import click

from git_hotfix.cli.json_object import Answer
from git_hotfix.cli.options import Command
from git_hotfix.cli.terminal import print_json


@click.command(cls=Command)
def schema() -> int:
    """Print the JSON schema of what every command prints with --json."""
    from msgspec.json import schema as schema_of  # noqa: PLC0415  # only here

    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema_of(Answer)}
    print_json(described)
    return 0
