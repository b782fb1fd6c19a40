"""What people and programs read: progress on standard error, what was asked for on standard output."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field, to_builtins
from msgspec.structs import replace

from git_hotfix.cli.commands import READING
from git_hotfix.cli.terminal import (
    WaitingLine,
    ago,
    columns_of,
    on_screen,
    pass_on,
    plain_line,
    print_answer,
    print_json,
    print_line,
    print_table,
)
from git_hotfix.engine.events import Event, Noted, Output, Running, Said, Stepped, Waiting, Warned
from git_hotfix.engine.step import State
from git_hotfix.errors import ExitCode, Problem, Remedy, command

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from git_hotfix.cli.json_object import Outcome
    from git_hotfix.cli.options import Options
    from git_hotfix.engine.events import Tell
    from git_hotfix.engine.step import Progress, Question
    from git_hotfix.facts.targets import Target

_COLORS = {State.DONE: "green", State.NEXT: "yellow", State.UNKNOWN: "yellow"}
"""Grey is what is not due yet, every other state; red is what is wrong."""


_DECLINED = {"not-confirmed", "not-started"}
"""The codes of what a person has said no to: no error."""

_MARKS: dict[type, tuple[str, dict[str, Any]]] = {
    Said: ("", {}),
    Stepped: ("+", {"bold": True}),
    Noted: ("note:", {"fg": "cyan"}),
    Warned: ("warning:", {"fg": "yellow"}),
}


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
    about: str = ""
    """How severe it is, since when, and whose, beside the title."""
    headline: str = ""
    """What matters most once something was done."""
    is_reached: bool = True
    """Whether that is what was wanted."""
    hotfixes: Sequence[Result] | None = None
    text: Sequence[str] = field(default_factory=list)
    """Lines for people that have no place in the JSON object."""
    typed: tuple[str, ...] = ()
    """The words of the present command, for a remedy that is the same command again."""
    tree: Path | None = None
    """Where a person is sent whose own folder was removed."""
    row: dict[str, Any] = field(default_factory=dict)
    """Keys that it has as one of several in ``list``."""
    more: dict[str, Any] = field(default_factory=dict)
    """Keys of the JSON object that only this command has."""


def listener(options: Options) -> Tell:
    """Return the listener to events while steps run: all of it goes to standard error."""
    waits = WaitingLine()

    def tell(event: Event) -> None:
        color = options.colors(sys.stderr)
        waits.show(event.text if isinstance(event, Waiting) else None)
        match event:
            case Running(command, directory) if not options.quiet:
                print_line(f"{command}  ({directory})", mark="$", style={"bold": True}, color=color)
            case Output(piece):
                pass_on(piece, sys.stderr)
            case Warned() | Noted() | Said() | Stepped():
                hides = not options.shows_waiting if isinstance(event, Stepped) else options.quiet
                if isinstance(event, Warned) or not hides:
                    mark, style = _MARKS[event.__class__]
                    print_line(event.text, mark=mark, style=style, color=color)
            case Waiting() | Running():
                pass

    return tell


def show_git(options: Options, hooks: Iterable[str], arguments: Sequence[str]) -> None:
    """Show the hooks that have run, and a git command that is about to run (``-v``)."""
    for name in hooks:
        print_line(name, mark="+ hook", color=options.colors(sys.stderr))
    if arguments:
        print_line(" ".join(arguments), mark="+ git", color=options.colors(sys.stderr))


def emit(options: Options, result: Result) -> int:
    """Print a result and give its exit code."""
    color = options.colors(sys.stdout)
    hints = [_from_here(_unasked(each.remedy, result.command), result) for each in result.problems]
    result.problems = [replace(each, remedy=hint) for each, hint in zip(result.problems, hints, strict=True)]
    following = _from_here(result.next or Remedy(), result)
    result.next = following if following != Remedy() else None
    if options.json:
        from git_hotfix.cli.json_object import answer_of  # noqa: PLC0415

        print_json(_by_first_words(to_builtins(answer_of(result)), options.personal))
        return int(result.exit_code)
    for line in result.text:
        print_answer(line, color=color)
    is_wanted = not options.quiet or result.command in READING
    if result.hotfix and result.steps and is_wanted:
        title = f": {plain_line(result.title)}" if result.title else ""
        about = f" ({ago(result.about)})" if result.about and columns_of(sys.stdout) else ""
        print_answer(on_screen(f"{result.hotfix}{title}{about}"), style={"bold": True}, color=color)
        wrong = {problem.about for problem in result.problems}
        rows = [(str(step.state), step.step, step.evidence) for step in result.steps]
        print_table(rows, [{"fg": _color(step, wrong)} for step in result.steps], color=color)
        if result.headline:
            style = {"bold": True, "fg": "green" if result.is_reached else "yellow"}
            print_answer(result.headline, style=style, color=color)
        if columns_of(sys.stdout) and columns_of(sys.stderr):
            result.problems = _beside(result)
    emit_problems(options, result)
    if result.next and not result.hotfixes and is_wanted:
        print_answer(f"Next: {result.next.line(result.typed)}", color=color)
    return int(result.exit_code)


def _color(row: Progress, wrong: set[str | None]) -> str:
    """Return the colour of a row's state: red for what is wrong, by itself or because this run could not do it."""
    is_left = row.state in {State.NEXT, State.NOT_DONE}
    return "red" if row.is_wrong or (is_left and row.step in wrong) else _COLORS.get(row.state, "bright_black")


def _beside(result: Result) -> list[Problem]:
    """Return what a screen tells below the rows: the worst that they show, in short, and what they do not show."""
    rows = {row.step: row.evidence for row in result.steps}
    shown = [each for each in result.problems if each.about in rows]
    worst = next((each for each in shown if each.exit_code is result.exit_code), next(iter(shown), None))
    told = [each for each in result.problems if each.about not in rows or each is worst]
    return [replace(each, message=ago(each.summary or each.message)) if each is worst else each for each in told]


def _by_first_words(value: Any, commands: Sequence[str]) -> Any:
    """Return a JSON value with the first words of these commands; what is to be typed, and settings, stay whole."""
    match value:
        case dict():
            whole = {"remedy", "next", "settings"}
            return {key: each if key in whole else _by_first_words(each, commands) for key, each in value.items()}
        case list() | tuple():
            return [_by_first_words(each, commands) for each in value]
        case str():
            from git_hotfix.commands.split import first_word  # noqa: PLC0415

            for line in commands:
                known = rf"(?<![\w-]){re.escape(line)}(?![\w-])"
                value = first_word(line).join(re.split(known, value))
            return value
        case _:
            return value


def _unasked(hint: Remedy, typed: str) -> Remedy:
    """Return a hint that publishes only where that was asked for: else the status names what comes next."""
    is_publishing = hint.words[:3] == ("git", "hotfix", "finish") and {"--dry-run", "-h"}.isdisjoint(hint.words)
    return command("git", "hotfix", "status", *hint.words[3:4]) if is_publishing and typed != "finish" else hint


def _from_here(remedy: Remedy, result: Result) -> Remedy:
    """Return a remedy that leads on from the folder in which the user stands.

    To that very folder: git says what is left there. Where it was removed: what is typed begins with where to go.
    """
    try:
        here = Path.cwd()
    except OSError:
        there = command("cd", result.tree).line() if result.tree and remedy.words[:1] != ("cd",) else ""
        lines = " && ".join(filter(None, (there, remedy.line(result.typed))))
        return Remedy(text=lines) if lines else Remedy()
    is_here = remedy.words[:1] == ("cd",) and here.is_relative_to(remedy.words[1])
    return command("git", "status") if is_here else remedy


def emit_problems(options: Options, result: Result) -> None:
    """Print problems for people: what is the case, and the one command that helps."""
    is_one_screen = bool(columns_of(sys.stdout) and columns_of(sys.stderr))  # there it is said once, as what is next
    shown = result.next.line(result.typed) if result.next and is_one_screen and not result.hotfixes else None
    color = options.colors(sys.stderr)
    for problem in result.problems:
        is_wanted = problem.exit_code is ExitCode.NOT_A_HOTFIX or problem.code in _DECLINED
        word, style = ("stop", "yellow") if is_wanted else ("error", "red")
        print_line(problem.message, mark=f"{word}:", style={"fg": style, "bold": True}, color=color)
        line = problem.remedy.line(result.typed)
        if line and (line != shown or result.command == "doctor"):
            print_line(f" {line}", mark="hint:", style={"fg": "cyan"}, color=color)
            shown = line
