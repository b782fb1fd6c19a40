"""Every remedy is one command that can be typed: checked where it is written."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import git_hotfix

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(git_hotfix.__file__).parent
MAKERS = {"Problem", "refused", "wrong_input", "server_failed"}
NAMES = {"remedy", "by_hand"}
BEGINNINGS = re.compile(r"(git(VALUE)?|cd|mv|rm|ls|df|pip|kill|file|chmod|date|touch|unset|\$\(git var GIT_EDITOR\)) ")
PROSE = re.compile(r", or |, then|\(or |resolve,| instead | add .*, ")


def remedies(tree: ast.AST) -> Iterator[ast.expr]:
    """Return what is written as a remedy: the third argument of a problem, and what is assigned to a remedy."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
            yield node.args[2]
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id in NAMES for to in node.targets):
            yield node.value


def texts(remedy: ast.expr) -> Iterator[str]:
    """Return the texts that a remedy can be, as far as they are written there; VALUE stands for the rest."""
    match remedy:
        case ast.Constant(str(text)):
            yield text
        case ast.JoinedStr(parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "VALUE" for part in parts)
        case ast.IfExp(_, one, other):
            yield from texts(one)
            yield from texts(other)
        case _:
            return


def test_every_remedy_is_one_command() -> None:
    written = [
        (f"{file.relative_to(PACKAGE)}:{remedy.lineno}", text)
        for file in sorted(PACKAGE.rglob("*.py"))
        for remedy in remedies(ast.parse(file.read_text("utf-8")))
        for text in texts(remedy)
    ]
    assert len(written) > 100
    wrong = [
        (where, text)
        for where, text in written
        if not (BEGINNINGS.match(text) or text.startswith("VALUE")) or PROSE.search(text)
    ]
    assert wrong == []
