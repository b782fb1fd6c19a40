"""What people and programs read: progress on standard error, what was asked for on standard output."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct, field, to_builtins

from git_hotfix.cli.json_object import answer_of
from git_hotfix.engine.events import Event, Noted, Output, Running, Said, Warned
from git_hotfix.errors import ExitCode, Problem, Remedy
from git_hotfix.record.markdown import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from git_hotfix.cli.json_object import Outcome
    from git_hotfix.cli.options import Options
    from git_hotfix.engine.events import Tell
    from git_hotfix.engine.step import Progress, Question
    from git_hotfix.facts.targets import Target

_COLORS = {"done": "green", "next": "yellow", "unknown": "red", "not done": "red", "waiting": "bright_black"}


class Result(Struct):
    """What a command ends with; the JSON object of every exit (git-hotfix(1), JSON)."""

    command: str
    hotfix: str | None = None
    exit_code: ExitCode = ExitCode.DONE
    outcome: Outcome = "done"
    """What is reported where nothing went wrong; else the exit code has its own word."""
    steps: Sequence[Progress] = ()
    targets: Sequence[Target] = ()
    problems: Sequence[Problem] = ()
    questions: Sequence[Question] = ()
    next: Remedy | None = None
    title: str | None = None
    hotfixes: Sequence[Result] | None = None
    text: Sequence[str] = field(default_factory=list)
    """Lines for people that have no place in the JSON object."""
    typed: tuple[str, ...] = ()
    """The words of the present command, for a remedy that is the same command again."""
    more: dict[str, Any] = field(default_factory=dict)
    """Keys of the JSON object that only this command has."""


def plain(text: str) -> str:
    """Escape what a terminal would obey: control characters of names, messages and server words."""
    return "".join(
        char if char in "\n\t" or (char.isprintable() or char == " ") else f"\\x{ord(char):02x}" for char in text
    )


def listener(options: Options) -> Tell:
    """Return the listener to events while steps run: all of it goes to standard error."""

    def tell(event: Event) -> None:
        match event:
            case Said(text):
                if not options.quiet:
                    _error_line(options, text)
            case Warned(text):
                _error_line(options, f"{click.style('warning:', fg='yellow')} {plain(text)}", raw=True)
            case Noted(text):
                _error_line(options, f"{click.style('note:', fg='cyan')} {plain(text)}", raw=True)
            case Running(command, directory):
                _error_line(options, f"{click.style('$', bold=True)} {plain(command)}  ({plain(directory)})", raw=True)
            case Output(piece):
                sys.stderr.buffer.write(piece)
                sys.stderr.buffer.flush()

    return tell


def show_git(options: Options, arguments: Sequence[str]) -> None:
    """Show a git command that is about to run (``-v``)."""
    _error_line(options, "+ git " + " ".join(arguments))


def emit(options: Options, result: Result) -> int:
    """Print a result and give its exit code."""
    if options.json:
        click.echo(json.dumps(to_builtins(answer_of(result)), ensure_ascii=False, indent=2))
    else:
        for line in _text(result):
            click.echo(line, color=options.colors(sys.stdout))
        emit_problems(options, result)
        if result.next and not result.hotfixes:
            click.echo(f"Next: {plain(result.next.line(result.typed))}")
    return int(result.exit_code)


def emit_problems(options: Options, result: Result) -> None:
    """Print problems for people: what is the case, and the one command that helps."""
    shown: str | None = None
    for problem in result.problems:
        word, color = ("error", "red") if problem.exit_code is not ExitCode.NOT_A_HOTFIX else ("stop", "yellow")
        _error_line(options, f"{click.style(f'{word}:', fg=color, bold=True)} {plain(problem.message)}", raw=True)
        line = problem.remedy.line(result.typed)
        if line and line != shown:
            _error_line(options, f"{click.style('hint:', fg='cyan')}  {plain(line)}", raw=True)
            shown = line


def table(rows: Sequence[Sequence[str]], indent: str = "  ") -> list[str]:
    """Lay rows out in columns; the last column is as long as it is."""
    if not rows:
        return []
    widths = [max(_width(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    return [
        indent
        + "  ".join([cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=False)] + [row[-1]])
        for row in rows
    ]


def _text(result: Result) -> list[str]:
    lines = list(map(plain, result.text))
    if result.hotfix and result.steps:
        title = f": {plain(one_line(result.title))}" if result.title else ""
        lines.append(click.style(f"{result.hotfix}{title}", bold=True))
        rows = [(_colored(step.state), step.step, plain(step.evidence)) for step in result.steps]
        lines += table(rows)
    return lines


def _colored(state: str) -> str:
    return click.style(str(state), fg=_COLORS[state])


def _width(text: str) -> int:
    """Return the columns a text takes: East Asian wide characters take two, colour codes none."""
    from unicodedata import category, east_asian_width  # noqa: PLC0415

    shown = click.unstyle(text)
    return sum(0 if category(c) in {"Mn", "Me"} else 2 if east_asian_width(c) in "WF" else 1 for c in shown)


def _error_line(options: Options, text: str, *, raw: bool = False) -> None:
    click.echo(text if raw else plain(text), err=True, color=options.colors(sys.stderr))
