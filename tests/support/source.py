"""The source of the package as data: its files and what they import."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "git_hotfix"


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name: ``module`` is where it is looked up, ``name`` what is taken (empty: the module)."""

    module: str
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the package; ``path`` is relative to it, with ``/``."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return _parsed(self.text, self.path)

    @property
    def part(self) -> str:
        """The first part of the module's name below the package."""
        return self.path.split("/")[0].removesuffix(".py").replace("__init__", "")

    def imports(self) -> Iterator[Import]:
        """Return every import at any depth, relative ones made absolute."""
        folder = [PACKAGE, *self.path.split("/")[:-1]]
        for node in ast.walk(self.tree):
            match node:
                case ast.Import():
                    yield from (Import(alias.name, "", node.lineno) for alias in node.names)
                case ast.ImportFrom():
                    above = folder[: len(folder) + 1 - node.level] if node.level else []
                    module = ".".join([*above, *([node.module] if node.module else [])])
                    yield from (Import(module, alias.name, node.lineno) for alias in node.names)
                case _:
                    pass

    def loads(self) -> Iterator[str]:
        """Return the modules that are loaded with this one: those it imports at its top."""
        for node in self.tree.body:
            match node:
                case ast.Import():
                    yield from (alias.name for alias in node.names)
                case ast.ImportFrom(module=str(module)):
                    yield module
                    yield from (f"{module}.{alias.name}" for alias in node.names)
                case _:
                    pass

    def own_imports(self) -> Iterator[tuple[str, str, str, int]]:
        """Return the imports of this package as (part, rest of the module, name, line).

        ``from git_hotfix.git import reading`` and ``from git_hotfix.git.world import x`` both
        have the part "repository" and the rest "reading".
        """
        for found in self.imports():
            package, *names = found.module.split(".")
            if package != PACKAGE:
                continue
            pieces = [*names, found.name]
            taken = pieces[len(names)] if len(names) >= 2 else ""
            yield pieces[0], pieces[1] if len(pieces) > 1 else "", taken, found.line


@cache
def _parsed(text: str, path: str) -> ast.Module:
    return ast.parse(text, path)


@cache
def sources() -> tuple[Source, ...]:
    """Return every file of the package."""
    top = ROOT / PACKAGE
    return tuple(
        Source(path.relative_to(top).as_posix(), path.read_text(encoding="utf-8")) for path in sorted(top.rglob("*.py"))
    )
