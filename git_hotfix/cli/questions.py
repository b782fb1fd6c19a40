"""Asking a person: on the terminal, on standard error, each question once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from git_hotfix.cli.terminal import plain, print_line
from git_hotfix.escapes import stripped

if TYPE_CHECKING:
    from git_hotfix.engine.step import Question, Questions


def answers_to(questions: Questions) -> dict[str, Any]:
    """Ask all questions and return the answers by the request's field: text, or a bool for yes/no."""
    for line in questions.screen:
        print_line(line)
    if questions.screen:
        print_line("")
    return _answers(questions.questions)


def choose(text: str, choices: tuple[str, ...], default: str | None = None) -> str:
    """Ask for one of several names."""
    shown = {plain(each): each for each in choices}
    answer: str = click.prompt(
        plain(text), type=click.Choice(list(shown)), default=None if default is None else plain(default), err=True
    )
    return shown[answer]


def _answers(questions: tuple[Question, ...]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for question in questions:
        answers[question.field] = _ask(question)
        if question.then and answers[question.field] is True:
            answers |= _answers(question.then)
    return answers


def _confirmed(text: str, otherwise: bool) -> bool:  # noqa: FBT001  # the answer of an empty line
    """Ask until the answer is yes or no."""
    while True:
        said = click.prompt(text, default="", show_default=False, err=True).strip().lower()
        if said in {"", "y", "yes", "n", "no"}:
            return said.startswith("y") if said else otherwise
        print_line("Please answer y or n.")


def _ask(question: Question) -> Any:
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
            end = " " if asked.endswith((".", "?")) else ": "
            said: str = click.prompt(asked, default=default, show_default=False, prompt_suffix=end, err=True)
            return stripped(said)
