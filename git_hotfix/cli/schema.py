"""``git hotfix schema``: what the JSON object of every command is, for programs that read it."""

from __future__ import annotations

import json

import click

from git_hotfix.cli.json_object import Answer
from git_hotfix.cli.options import Command


@click.command(cls=Command)
def schema() -> int:
    """Print the JSON schema of what every command prints with --json."""
    from msgspec.json import schema as schema_of  # noqa: PLC0415  # only here

    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema_of(Answer)}
    click.echo(json.dumps(described, ensure_ascii=False, indent=2))
    return 0
