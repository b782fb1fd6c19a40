"""Options that every command takes, before its name and after it, and the classes that make it so."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Any

import click

_META = "git_hotfix.options"


@dataclass(slots=True)
class Options:
    """What the shared options said."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    color: str = "auto"

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked: a terminal to read from and one to ask on, and no ``--json``."""
        return not self.json and sys.stdin.isatty() and sys.stderr.isatty()

    def colors(self, stream: Any) -> bool:
        """Tell whether a stream gets colours (https://no-color.org for ``auto``)."""
        if self.color == "auto":
            return bool(stream.isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return self.color == "always"


def options_of(context: click.Context) -> Options:
    """Give the shared options as said so far."""
    options: Options = context.meta.setdefault(_META, Options())
    return options


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value not in (None, False) and parameter.name is not None:
        setattr(options_of(context), parameter.name, value)


def shared_parameters() -> list[click.Parameter]:
    """Make the shared options for one command (click wants objects of its own for each)."""

    def option(*names: str, **settings: Any) -> click.Option:
        return click.Option(list(names), expose_value=False, callback=_keep, is_eager=True, **settings)

    return [
        option("--json", is_flag=True, help="Print one JSON object to standard output."),
        option("-q", "--quiet", is_flag=True, help="Say only what is asked for, warnings and errors."),
        option("-v", "--verbose", is_flag=True, help="Show every git command that is run."),
        option("--color", type=click.Choice(["auto", "always", "never"]), help="When to use colours (auto)."),
    ]


class Command(click.Command):
    """A command that takes the shared options."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params += shared_parameters()


class Group(click.Group):
    """The program: takes the shared options before the command too."""

    command_class = Command

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params += shared_parameters()

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Give the commands in the order of a hotfix's life, not of the alphabet."""
        return list(self.commands)


dry_run = click.option("--dry-run", is_flag=True, help="Show the plan with its predicted outcome; change nothing.")
yes = click.option("-y", "--yes", is_flag=True, help="Answer confirmations with yes.")
hotfix_argument = click.argument("hotfix", required=False)
