"""Asking a person: on the terminal, on standard error; a wrong answer is asked for again, with what is possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from git_hotfix.cli.terminal import on_screen, plain, print_line
from git_hotfix.escapes import stripped

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_hotfix.engine.step import Question, Questions

    Check = Callable[[str, str], str | None]
    """Returns what is wrong with the answer to a question, by its field; None where nothing is."""


def answers_to(questions: Questions, check: Check = lambda _field, _said: None) -> dict[str, Any]:
    """Ask all questions and return the answers by the request's field: text, or a bool for yes/no."""
    for line in questions.screen:
        print_line(line)
    if questions.screen:
        print_line("")
    return _answers(questions.questions, check)


def choose(text: str, choices: tuple[str, ...], default: str | None = None) -> str:
    """Ask for one of several names until one is named, or what only one begins with."""
    shown = {plain(each): each for each in choices}
    *others, last = shown
    while True:
        asked = f"{plain(text)} ({', '.join(shown)})" + (f" [{plain(default)}]" if default is not None else "")
        said = stripped(_prompt(asked, default or ""))
        begun = [each for each in shown if said and each.startswith(said)]
        if said in shown or len(begun) == 1:
            return shown[said if said in shown else begun[0]]
        print_line(f"Please answer {', '.join(others)} or {last}.")


def _answers(questions: tuple[Question, ...], check: Check) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for question in questions:
        said = _ask(question, check)
        if question.instead is not None and said == "none":
            return answers | _answers((question.instead,), check)  # the others are asked by what is so then
        answers[question.field] = said
        if question.then and said is True:
            answers |= _answers(question.then, check)
    return answers


def _confirmed(text: str, otherwise: bool) -> bool:  # noqa: FBT001  # the answer of an empty line
    """Ask until the answer is yes or no."""
    while True:
        said = _prompt(text, "").strip().lower()
        if said in {"", "y", "yes", "n", "no"}:
            return said.startswith("y") if said else otherwise
        print_line("Please answer y or n.")


def _ask(question: Question, check: Check) -> Any:
    text = plain(question.text)
    match question.kind:
        case "confirm":
            return _confirmed(f"{text} [{'Y/n' if question.default == 'yes' else 'y/N'}]", question.default == "yes")
        case "choice":
            return choose(text, question.choices, question.default)
        case _:
            for choice in question.choices:
                print_line(f"  {choice}")
            default = question.default or ""
            asked = f"{text} [{plain(default)}]" if default else text
            what = "a command" if question.option.endswith(" COMMAND") else "an answer"
            none = ", or 'none'" if question.instead is not None else ""
            while True:
                said = stripped(_prompt(asked, default))
                is_missing = said == "?" or (not said and question.required and question.default is None)
                is_none = question.instead is not None and said == "none"
                why = f"Please type {what}{none}; Ctrl-C ends." if is_missing else None
                why = why or (check(question.field, said) if said and not is_none else None)
                if why is None:
                    return said
                print_line(why)


def _prompt(text: str, default: str) -> str:
    end = " " if text.endswith((".", "?")) else ": "
    said: str = click.prompt(on_screen(text), default=default, show_default=False, prompt_suffix=end, err=True)
    return said
