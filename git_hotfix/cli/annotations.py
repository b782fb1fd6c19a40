"""What is missing, in the forms that the pages of a CI show beside the files."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from git_hotfix.cli.terminal import json_text, plain_line

if TYPE_CHECKING:
    from git_hotfix.cli.output import Result
    from git_hotfix.errors import Problem

Form = Literal["text", "github", "gitlab"]

_PLACE = re.compile(r"'([^']+)' line (\d+)")
_FOLDER = "docs/incidents"


def annotated(result: Result, form: Form) -> Result:
    """Return a result whose problems are annotations on standard output, and nothing else.

    They are workflow commands of GitHub's runner, or the report of a "codequality" artifact of GitLab's.
    """
    if form == "text":
        return result
    paths = {each.hotfix: str(each.more.get("path", _FOLDER)) for each in result.hotfixes or ()}
    placed = [(problem, *_place(problem, paths)) for problem in result.problems]
    if form == "github":
        text = [_command(*each, remedy=each[0].remedy.line(result.typed)) for each in placed]
        text = [*map(_as_data, result.text[:1]), *text]
    else:
        text = [json_text([_finding(*each) for each in placed])]
    return replace(result, text=text, problems=())


def _place(problem: Problem, paths: dict[str | None, str]) -> tuple[str, int]:
    """Return the file that a problem is about, and the line."""
    named = _PLACE.search(problem.message)
    if named is not None:
        return named[1], int(named[2])
    return paths.get(problem.message.partition(":")[0], _FOLDER), 1


def _command(problem: Problem, path: str, line: int, *, remedy: str) -> str:
    properties = f"file={_as_property(path)},line={line},title={_as_property(f'git hotfix: {problem.code}')}"
    return f"::error {properties}::{_as_data(f'{problem.message} ({remedy})' if remedy else problem.message)}"


def _as_data(text: str) -> str:
    return plain_line(text).replace("%", "%25")


def _as_property(text: str) -> str:
    return _as_data(text).replace(":", "%3A").replace(",", "%2C")


def _finding(problem: Problem, path: str, line: int) -> dict[str, object]:
    fingerprint = hashlib.sha256(f"{problem.code}\0{path}\0{problem.message}".encode("utf-8", "replace")).hexdigest()
    return {
        "description": problem.message,
        "check_name": f"git-hotfix/{problem.code}",
        "fingerprint": fingerprint,
        "severity": "major",
        "location": {"path": path, "lines": {"begin": line}},
    }
