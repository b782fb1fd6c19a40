"""Who may import whom, who may touch what, and how long things may get: read from the source itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.source import PACKAGE, ROOT, Source, sources

if TYPE_CHECKING:
    from collections.abc import Iterable

LAYERS = (
    ("", "errors", "hotfix", "config", "clock", "memory", "private_report", "atomic_write"),
    ("templates",),
    ("git",),
    ("record", "commands"),
    ("workflow",),
    ("execution",),
    ("cli",),
    ("__main__",),
)
"""From the ground up ("": the package itself). A part imports from lower rows, and from itself."""

GROUND = LAYERS[0]
"""Only here may neighbours import each other: a configuration knows errors, a hotfix knows errors."""

QUESTIONS = (
    "world",
    "merging",
    "containment",
    "history",
    "provenance",
    "trees",
    "resolutions",
    "objects",
    "identity",
)
"""What workflow may import of repository: it moves nothing."""

VALUES = (
    ("repository", "Repository"),
    ("remote", "Update"),
    ("checkout", "changes"),
    ("checkout", "in_progress"),
    ("checkout", "submodules_in"),
)
"""What it may import beside them: types that plans and questions are made of, and the questions among movers."""

ONE_DOOR = {
    "pygit2": ("git/",),
    "jinja2": ("templates.py",),
    "click": ("cli/",),
    "rich": ("cli/",),
    "markdown_it": ("record/markdown_reader.py",),
    "subprocess": ("git/program.py", "commands/"),
    "pexpect": (),
    "pty": (),
}
"""The only files that may import a library, also in a function or for types."""

STARTS_A_PROGRAM = ("system", "popen", "fork", "forkpty", "posix_spawn", "posix_spawnp", "startfile")
VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "manager", "core", "misc"}
FILE_LINES = 300
FUNCTION_LINES = 60


def row_of(part: str) -> int:
    """Return the layer of a part; -1 when it has none."""
    return next((row for row, parts in enumerate(LAYERS) if part in parts), -1)


def upward_imports(files: Iterable[Source]) -> list[str]:
    """Name the imports that go up, or to a neighbour above the ground."""
    wrong = []
    for source in files:
        for part, _, _, line in source.own_imports():
            if part == source.part or (part in GROUND and source.part in GROUND):
                continue
            if row_of(part) >= row_of(source.part):
                wrong.append(f"{source.path}:{line} imports {part or PACKAGE}")
    return wrong


def moving_imports(files: Iterable[Source]) -> list[str]:
    """Name what workflow imports of repository beside the questions and the values."""
    return [
        f"{source.path}:{line} imports git.{module} {name}".rstrip()
        for source in files
        if source.part == "workflow"
        for part, module, name, line in source.own_imports()
        if part == "git" and module not in QUESTIONS and (module, name) not in VALUES
    ]


def imports_past_the_door(files: Iterable[Source]) -> list[str]:
    """Name the imports of a library outside the files that may have it."""
    wrong = []
    for source in files:
        for found in source.imports():
            library = found.module.split(".")[0]
            if not source.path.startswith(ONE_DOOR.get(library, ("",))):
                wrong.append(f"{source.path}:{found.line} imports {library}")
    return wrong


def calls_past_the_door(files: Iterable[Source]) -> list[str]:
    """Name the calls that print, start a program by ``os``, or import by a name that only the run knows."""
    wrong = []
    for source in files:
        for node in ast.walk(source.tree):
            match node:
                case ast.Call(func=ast.Name(id="print" | "__import__" | "eval" | "exec" as name)):
                    wrong.append(f"{source.path}:{node.lineno} calls {name}")
                case ast.Attribute(value=ast.Name(id="os"), attr=name) if name in STARTS_A_PROGRAM or name.startswith(
                    ("exec", "spawn")
                ):
                    wrong.append(f"{source.path}:{node.lineno} uses os.{name}")
                case ast.Attribute(attr="import_module") | ast.Name(id="import_module") if source.part != "cli":
                    wrong.append(f"{source.path}:{node.lineno} uses import_module")
    return wrong


def long_functions(files: Iterable[Source]) -> list[str]:
    """Name the functions that are not under the limit, from ``def`` to the last line."""
    return [
        f"{source.path}:{node.lineno} {node.name} has {lines} lines"
        for source in files
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) >= FUNCTION_LINES
    ]


def test_package_is_found() -> None:
    assert "errors.py" in [source.path for source in sources()]


def test_every_part_has_a_layer() -> None:
    assert [source.path for source in sources() if row_of(source.part) < 0] == []


def test_imports_go_down_only() -> None:
    assert upward_imports(sources()) == []


def test_workflow_asks_the_repository_and_moves_nothing() -> None:
    assert moving_imports(sources()) == []


def test_every_library_has_one_door() -> None:
    assert imports_past_the_door(sources()) == []


def test_nothing_prints_or_starts_programs_past_the_door() -> None:
    assert calls_past_the_door(sources()) == []


def test_no_module_has_a_vague_name() -> None:
    assert [source.path for source in sources() if VAGUE & {*source.path.removesuffix(".py").split("/")}] == []


def test_every_file_is_short() -> None:
    lengths = {source.path: source.text.count("\n") for source in sources()}
    assert {path: lines for path, lines in lengths.items() if lines >= FILE_LINES} == {}


def test_every_function_is_short() -> None:
    assert long_functions(sources()) == []


@pytest.mark.skipif(
    not (ROOT / PACKAGE / "cli/main.py").exists(),
    reason="the command line (git_hotfix/cli/main.py) is not there yet",
)
def test_command_line_starts_without_the_slow_libraries() -> None:
    """pygit2 costs 75 ms and jinja2 60 ms; ``--help``, ``--version`` and completion need neither."""
    code = "import sys, git_hotfix.cli.main; print(sorted({'pygit2', 'jinja2'} & sys.modules.keys()))"
    answer = subprocess.run((sys.executable, "-c", code), cwd=ROOT, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "[]\n", "")


# The rules themselves, tried on files that break them.


@pytest.mark.parametrize(
    ("path", "text", "wrong"),
    [
        ("errors.py", "from git_hotfix import hotfix", []),
        ("errors.py", "from git_hotfix.git import refs", ["errors.py:1 imports git"]),
        ("errors.py", "from git_hotfix import git", ["errors.py:1 imports git"]),
        ("hotfix.py", "def f():\n    import git_hotfix.cli.main", ["hotfix.py:2 imports cli"]),
        ("git/refs.py", "from .program import Git", []),
        ("git/refs.py", "from ..workflow.plan import Plan", ["git/refs.py:1 imports workflow"]),
        ("git/refs.py", "from .. import templates", []),
        (
            "commands/deploy.py",
            "from git_hotfix.record import report",
            ["commands/deploy.py:1 imports record"],
        ),
        ("execution/steps.py", "from git_hotfix.workflow.plan import Plan", []),
        ("__main__.py", "from git_hotfix.cli.main import main", []),
        ("cli/main.py", "from git_hotfix import __version__", []),
    ],
)
def test_upward_import_is_found(path: str, text: str, wrong: list[str]) -> None:
    assert upward_imports([Source(path, text)]) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("from git_hotfix.git.world import tips", []),
        ("from git_hotfix.git import merging", []),
        ("from git_hotfix.git.repository import Repository", []),
        (
            "from git_hotfix.git.repository import open_repository",
            ["workflow/finish.py:1 imports git.repository open_repository"],
        ),
        ("from git_hotfix.git import refs", ["workflow/finish.py:1 imports git.refs"]),
        ("import git_hotfix.git.refs", ["workflow/finish.py:1 imports git.refs"]),
    ],
)
def test_workflow_that_could_move_something_is_found(text: str, wrong: list[str]) -> None:
    assert moving_imports([Source("workflow/finish.py", text)]) == wrong


@pytest.mark.parametrize(
    ("path", "text", "wrong"),
    [
        ("git/refs.py", "import pygit2", []),
        ("hotfix.py", "if TYPE_CHECKING:\n    from pygit2.enums import X", ["hotfix.py:2 imports pygit2"]),
        ("git/refs.py", "from subprocess import run", ["git/refs.py:1 imports subprocess"]),
        ("commands/running.py", "import subprocess", []),
        ("cli/main.py", "import click, jinja2", ["cli/main.py:1 imports jinja2"]),
    ],
)
def test_import_past_the_door_is_found(path: str, text: str, wrong: list[str]) -> None:
    assert imports_past_the_door([Source(path, text)]) == wrong


def test_call_past_the_door_is_found() -> None:
    text = "print(1)\nos.execvp('git', [])\nimportlib.import_module('pygit2')\nos.path.exists('x')\n"
    assert calls_past_the_door([Source("clock.py", text)]) == [
        "clock.py:1 calls print",
        "clock.py:2 uses os.execvp",
        "clock.py:3 uses import_module",
    ]


def test_long_function_is_found() -> None:
    text = "def f():\n" + "    x = 1\n" * 59
    assert long_functions([Source("clock.py", text)]) == ["clock.py:1 f has 60 lines"]
