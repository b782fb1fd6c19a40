"""Options that every command takes, before its name and after it, and the classes that make it so."""

from __future__ import annotations

import os
import sys
from functools import partial, reduce, wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from git_hotfix.cli.commands import COMMANDS, PARTS, screen
from git_hotfix.errors import command, wrong_input
from git_hotfix.escapes import stripped

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_hotfix.engine.run import Run
    from git_hotfix.errors import HotfixError

_META = "git_hotfix.options"
_TYPED = "git_hotfix.typed"


class Options(Struct):
    """The values of the shared options."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    color: str = "auto"
    ui: str = "auto"
    """What git's ``color.ui`` says, where no option does."""
    personal: tuple[str, ...] = ()
    """The commands that the person's own git configuration has: JSON, which goes elsewhere, has their first word."""
    run: Run | None = None
    """What the command works with: an interruption is told by it."""

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked: a terminal to read from and one to ask on, and no ``--json``."""
        return not self.json and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def is_brief(self) -> bool:
        """Whether only what is needed is asked: ``-q``, or a CI, whose terminal nobody sits at."""
        return self.quiet or bool(os.environ.get("CI"))

    @property
    def shows_waiting(self) -> bool:
        """Whether a person who waits sees what for: on a terminal on which a line can be written over."""
        return not self.quiet and sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"

    def colors(self, stream: Any) -> bool:
        """Return whether a stream gets colours (``auto``: https://no-color.org, then https://force-color.org).

        The pager that git has started (``git -p``, ``pager.hotfix``) is a terminal, as it is for git.
        """
        color = self.ui if self.color == "auto" else self.color
        if color == "auto":
            if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
                return False
            return bool(stream.isatty() or os.environ.get("FORCE_COLOR") or os.environ.get("GIT_PAGER_IN_USE"))
        return color == "always"


def options_of(context: click.Context) -> Options:
    """Return the shared options as given so far."""
    options: Options = context.meta.setdefault(_META, Options())
    return options


def typed_words(context: click.Context) -> tuple[str, ...]:
    """Return the words after the command's name, as they were typed."""
    words: tuple[str, ...] = context.meta[_TYPED]
    return words


def repeated_words(context: click.Context, *, is_refused: bool = False) -> tuple[str, ...]:
    """Return them without what was meant for one run only: a plan stays one, and a program goes on reading."""
    kinds = [each for each in context.command.params if isinstance(each, Once)]
    once = [each for each in kinds if not (is_refused and isinstance(each, UntilDone))]
    names = {name: not each.is_flag for each in once for name in each.opts}  # whether a value follows
    kept, has_value = list[str](), False
    for word in typed_words(context):
        name, is_joined, _ = word.partition("=")
        if not has_value and name not in names:
            kept.append(word)
        has_value = not has_value and names.get(name, False) and not is_joined
    return tuple(kept)


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value not in (None, False) and parameter.name is not None:
        setattr(options_of(context), parameter.name, value)


def shared_parameters() -> list[click.Parameter]:
    """Make the shared options for one command (click wants objects of its own for each)."""

    def option(*names: str, **settings: Any) -> click.Option:
        kind = Once if settings.get("is_flag") and "--json" not in names else click.Option
        return kind(list(names), expose_value=False, callback=_keep, is_eager=True, **settings)

    return [
        option("--json", is_flag=True, help="Print one JSON object to standard output."),
        option("-q", "--quiet", is_flag=True, help="Say only what is asked for, warnings and errors."),
        option("-v", "--verbose", is_flag=True, help="Show every git command and hook that is run."),
        option("--color", type=click.Choice(["auto", "always", "never"]), help="When to use colours (color.ui)."),
    ]


class Once(click.Option):
    """An option that is meant for one run, and is not repeated in a remedy."""


class UntilDone(Once):
    """One that says where a fix goes, or what may run: a refused command keeps it, for nothing was begun."""


_DRY_RUN = "Show the plan with its predicted outcome; change nothing."


class Command(click.Command):
    """A command that takes the shared options, and ``--dry-run`` where it ``plans``."""

    def __init__(self, *arguments: Any, plans: bool = False, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        for each in self.params:
            if each.metavar in _SAID:
                each.type = _Said()
        self.params += [click.Option(["--dry-run"], is_flag=True, help=_DRY_RUN)] * plans
        self.params += shared_parameters()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words as they were typed: a remedy repeats them."""
        ctx.meta[_TYPED] = tuple(args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click names none where an option lacks its value
            raise


class Group(click.Group):
    """The program: takes the shared options before the command too."""

    command_class = Command

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params += shared_parameters()

    def list_commands(self, ctx: click.Context) -> list[str]:  # click's signature
        """Return the commands in the order of a hotfix's life, not of the alphabet."""
        return list(COMMANDS)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # click's
        """Write one screen of 24 lines and 80 columns, without loading any command: what is typed, by its purpose."""
        formatter.write(f"Usage: git hotfix [OPTIONS] [COMMAND] [ARGS]...\n{screen(os.environ)}\n")
        grouped = {name for names in PARTS.values() for name in names}
        for part, names in (*PARTS.items(), ("Setting up", tuple(each for each in COMMANDS if each not in grouped))):
            formatter.write(f"{part}\n")
            for pair in (names[at : at + 2] for at in range(0, len(names), 2)):
                line = "".join(f"  {name:<11}{COMMANDS[name].summary:<27}" for name in pair)
                formatter.write(f"{line.rstrip()}\n")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a word of git or git-flow is answered by what it means, a mistyped one by the nearest.

        Of what publishes, deletes or takes back only the help is offered.
        """
        name, *rest = args
        if name in COMMANDS or name.startswith("-"):
            return super().resolve_command(ctx, args)
        from git_hotfix.cli.foreign_words import FOREIGN, HARMLESS, meaning_of  # noqa: PLC0415  # for what is no command

        sentence, words = meaning_of(name)
        if name not in FOREIGN:
            words = (*words, *rest) if HARMLESS.issuperset(words) and words else (*words, "-h")
        raise wrong_input("usage", sentence, command("git", "hotfix", *words))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the module of a command when it is wanted: ``--version`` and a usage error need none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].place.partition(":")
        command: click.Command = getattr(import_module(f"git_hotfix.cli.{module}"), name)
        return command


GIVING_UP = {"--discard", "--drop-report", "--force", "--no-verify", "--targets"}
GIVING_UP |= {"--push", "--abort", "--older", "--yes"}
"""The options that a mistyped one is not completed to: they delete, publish, take back, or go past a check."""

_SAID = {"COMMAND", "NAME", "PATH", "REASON", "TEXT"}


class _Said(click.ParamType[str]):
    """A name, a reason or another text that a person gives: an empty one is none, however it is empty."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = stripped(str(value))
        if param is None or ctx is None or text not in {"", param.metavar}:
            return text
        if text and param.name == "verified_by":
            return ""  # a line that was typed as it stands names nobody
        option, what = param.opts[-1], "reason" if param.name == "reason" else str(param.metavar).lower()
        is_empty = f"{option} is empty: an empty {what} is no {what}."
        message = f"'{text}' of {option} stands for the {what} that is meant." if text else is_empty
        words = (*ctx.command_path.split(), option, param.metavar)
        raise wrong_input(f"empty-{what}", message, command(*words))


once = partial(click.option, cls=Once)


def misused(message: str, *words: object) -> HotfixError:
    """Exit 2: options that do not go together; ``words`` after ``git hotfix`` are how it is meant."""
    return wrong_input("usage", message, command("git", "hotfix", *words))


def conflict_options(given_up: str) -> Callable[[Any], Any]:
    """Return the options of a command whose conflicts wait for a person: go on, give them up, and where they lie."""
    options = (
        once(
            "--continue",
            "continues",
            cls=UntilDone,
            is_flag=True,
            help="Continue with the conflicts that you have resolved.",
        ),
        once("--abort", is_flag=True, help=f"Give up {given_up}."),
        click.option(
            "--worktree",
            "place",
            metavar="DIR",
            type=click.Path(path_type=Path, resolve_path=True),
            help="Check conflicts out below DIR.",
        ),
    )

    def add(function: Any) -> Any:
        @wraps(function)
        def either(context: click.Context, *arguments: Any, continues: bool, abort: bool, **others: Any) -> int:
            if continues and abort:
                raise misused("--continue and --abort exclude each other.", context.info_name, "--continue")
            result: int = function(context, *arguments, continues=continues, abort=abort, **others)
            return result

        return reduce(lambda made, option: option(made), reversed(options), either)

    return add


sign = click.option("-s", "--sign", is_flag=True, help="Sign commits and tags (or commit.gpgSign, tag.gpgSign).")
no_verify = click.option("--no-verify", "hooks", flag_value=False, default=True, help="Run no hook that may refuse.")
by_request = click.option(
    *("--pr", "by_request"),
    cls=UntilDone,
    is_flag=True,
    default=None,
    help="Open pull requests instead of pushing to branches.",
)
yes = click.option("-y", "--yes", is_flag=True, help="Answer confirmations with yes.")
trust_config = click.option(
    "--trust-config",
    "trust",
    cls=UntilDone,
    is_flag=True,
    default=None,
    help="Let the commands of the repository's files run here.",
)
test_command = click.option("--test-command", metavar="COMMAND", help="The critical tests; kept in git config.")
test_path = click.option("--test-path", "test_paths", metavar="PATH", multiple=True, help="Their {paths}. Repeatable.")
hotfix_argument = click.argument("hotfix", required=False)


def acting(function: Callable[..., int]) -> click.Command:
    """Make a command that does something about one hotfix: it takes its name and ``--dry-run``."""
    return click.command(cls=Command, plans=True)(hotfix_argument(click.pass_context(function)))
