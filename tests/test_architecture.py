"""Who may import whom, who may touch what, and how long things may get: read from the source itself."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from git_hotfix.engine.loop import Command
from git_hotfix.engine.step import Step
from git_hotfix.steps import commands, progress
from tests.support.source import PACKAGE, ROOT, Source, sources

if TYPE_CHECKING:
    from collections.abc import Iterable

LAYERS = (
    (
        "",
        "errors",
        "hotfix",
        "config",
        "clock",
        "memory",
        "memory_file",
        "private_report",
        "atomic_write",
        "limits",
        "escapes",
    ),
    ("bounded", "credentials"),
    ("templates",),
    ("git",),
    ("record", "commands"),
    ("facts",),
    ("engine",),
    ("steps",),
    ("page",),
    ("cli",),
    ("__main__",),
)
"""From the ground up ("": the package itself). A part imports from lower rows, and from itself."""

GROUND = LAYERS[0]
"""Only here may neighbours import each other: a configuration knows errors, a hotfix knows errors."""

MOVES = {
    "checkout": {"advance", "detach_at", "follow", "make_worktree", "reset_keeping", "switch_to"},
    "conflicts": None,
    "commits": {"make_commit", "make_tag"},
    "interrupted": None,
    "journal": None,
    "program": None,
    "refs": {"drop_refs", "move_refs", "put_ref"},
    "remote": {"fetch", "push"},
    "stale_locks": None,
    "stash": None,
    "worktree_removal": None,
}
"""What facts may not import of git, because it moves, fetches or writes something (None: the whole module)."""

FETCHES = "facts/look.py"
"""Looking alone may fetch what is missing."""

ONE_DOOR = {
    "pygit2": ("git/",),
    "jinja2": ("templates.py",),
    "click": ("cli/",),
    "rich": ("cli/",),
    "markdown_it": ("record/markdown_reader.py",),
    "subprocess": ("git/child.py", "commands/"),
    "pexpect": (),
    "pty": (),
}
"""The only files that may import a library, also in a function or for types."""

PRINTS = {
    "click": {
        "cli/terminal.py": {"echo", "style"},
        "cli/questions.py": {"prompt", "confirm"},
    },
    "json": {"cli/terminal.py": {"dumps"}},
}
"""Who in cli/ may print, by library: what is shown goes through the functions of cli/terminal.py, which escape it."""
PRINTING = {
    "click": {"echo", "secho", "style", "prompt", "confirm", "echo_via_pager", "progressbar", "getchar", "edit"},
    "json": {"dump", "dumps"},
}
STARTS_A_PROGRAM = ("system", "popen", "fork", "forkpty", "posix_spawn", "posix_spawnp", "startfile")
FORKS = "bounded.py"
"""Only here this program forks, without starting another."""
VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "manager", "core", "misc"}
FILE_LINES = 300
LONGER_FILES = {"facts/facts.py": 716}
"""One value: a list of questions and their answers, none longer than ten lines."""
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
    """Name what facts import of git that moves, fetches or writes."""
    wrong = []
    for source in files:
        if source.part != "facts":
            continue
        for part, module, name, line in source.own_imports():
            moved = MOVES.get(module, set())
            fetches = (module, name) == ("world", "fetch_missing") and source.path != FETCHES
            if part == "git" and (fetches or (module in MOVES and (moved is None or name in moved))):
                wrong.append(f"{source.path}:{line} imports git.{module} {name}".rstrip())
    return wrong


def impure_dues(files: Iterable[Source]) -> list[str]:
    """Name every ``due`` that gets more than facts and request, or that hands a running session on."""
    wrong = []
    for source in files:
        acting = {
            node.name
            for node in ast.walk(source.tree)
            if isinstance(node, ast.FunctionDef) and any(argument.arg == "run" for argument in node.args.args)
        }
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.FunctionDef) or node.name not in {"due", "progress", "missing"}:
                continue
            names = [argument.arg for argument in node.args.args]
            if names not in (["facts", "request"], ["facts"]):
                wrong.append(f"{source.path}:{node.lineno} {node.name} takes {', '.join(names)}")
            called = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
            wrong += [f"{source.path}:{node.lineno} {node.name} uses {name}" for name in sorted(called & acting)]
    return wrong


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
                case ast.Attribute(value=ast.Name(id="os"), attr="execv") if source.path == "__main__.py":
                    pass  # this program once more
                case ast.Call(func=ast.Name(id="print" | "__import__" | "eval" | "exec" as name)):
                    wrong.append(f"{source.path}:{node.lineno} calls {name}")
                case ast.Attribute(value=ast.Name(id="os"), attr="fork") if source.path == FORKS:
                    pass
                case ast.Attribute(value=ast.Name(id="os"), attr=name) if name in STARTS_A_PROGRAM or name.startswith(
                    ("exec", "spawn")
                ):
                    wrong.append(f"{source.path}:{node.lineno} uses os.{name}")
                case ast.Attribute(attr="import_module") | ast.Name(id="import_module") if source.part != "cli":
                    wrong.append(f"{source.path}:{node.lineno} uses import_module")
    return wrong


def prints_past_the_door(files: Iterable[Source]) -> list[str]:
    """Name what shows something without the functions that escape it: click's and json's, and streams written to."""
    wrong = []
    for source in files:
        if source.part != "cli":
            continue
        for node in ast.walk(source.tree):
            match node:
                case ast.Attribute(value=ast.Name(id=library), attr=name) if name in PRINTING.get(library, ()):
                    if name not in PRINTS[library].get(source.path, ()):
                        wrong.append(f"{source.path}:{node.lineno} uses {library}.{name}")
                case ast.Attribute(attr="write" | "writelines" | "buffer" as name, value=into):
                    if source.path != "cli/terminal.py" and "std" in ast.unparse(into):
                        wrong.append(f"{source.path}:{node.lineno} uses {ast.unparse(node)}")
                case ast.ImportFrom(module="click" | "json" as library, names=names):
                    taken = sorted(PRINTING[library] & {each.name for each in names})
                    wrong += [f"{source.path}:{node.lineno} imports {library}.{name}" for name in taken]
                case _:
                    pass
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


def test_facts_ask_git_and_move_nothing() -> None:
    assert moving_imports(sources()) == []


def test_whether_a_step_is_due_is_decided_on_facts_and_request_alone() -> None:
    steps = [source for source in sources() if source.part == "steps"]
    assert impure_dues(steps) == []
    kinds = [node for source in steps for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef)]
    assert sum(node.name == "due" for node in kinds) > 20


def test_status_shows_every_step_that_has_rows() -> None:
    lists = [value.steps for value in vars(commands).values() if isinstance(value, Command)]
    kinds = {kind for steps in lists for kind in steps}
    assert {kind for kind in kinds if kind.progress is not Step.progress} == set(progress.SHOWN)


def test_every_step_that_runs_a_command_of_the_teams_says_which() -> None:
    """What it says is what a person is asked about: nothing else may run."""
    runners = {"Runner", "runner_in", "run_deployment", "run_critical_tests", "prepare_worktree"}
    running = [
        source for source in sources() if source.part == "steps" if runners & {each.name for each in source.imports()}
    ]
    assert [source.path for source in running if "def commands(" not in source.text] == []
    assert len(running) > 2


def test_no_basename_stands_three_times() -> None:
    names = Counter(source.path.rpartition("/")[2] for source in sources())
    assert [name for name, count in names.items() if count > 2 and name != "__init__.py"] == []


def test_every_library_has_one_door() -> None:
    assert imports_past_the_door(sources()) == []


def test_nothing_prints_or_starts_programs_past_the_door() -> None:
    assert calls_past_the_door(sources()) == []


def test_nothing_is_shown_past_the_functions_that_escape_it() -> None:
    assert prints_past_the_door(sources()) == []


def test_no_module_has_a_vague_name() -> None:
    assert [source.path for source in sources() if VAGUE & {*source.path.removesuffix(".py").split("/")}] == []


def test_every_file_is_short() -> None:
    lengths = {source.path: source.text.count("\n") for source in sources()}
    assert {path: lines for path, lines in lengths.items() if lines >= LONGER_FILES.get(path, FILE_LINES)} == {}


def test_every_function_is_short() -> None:
    assert long_functions(sources()) == []


def loaded_with(module: str) -> set[str]:
    """Return what a module of the package loads: modules of ours below the package, and names of libraries."""
    files = {source.path.removesuffix(".py").replace("/", "."): source for source in sources()}
    found, left = set[str](), [f"{PACKAGE}.{module}"]
    while left:
        package, _, name = left.pop().partition(".")
        if package != PACKAGE:
            found.add(package)
        elif name in files and name not in found:
            found.add(name)
            left += files[name].loads()
    return found


@pytest.mark.parametrize(
    ("module", "most", "without"),
    [
        ("cli.main", 8, {"engine", "facts", "git", "steps", "subprocess"}),
        ("cli.status", 128, {"cli.questions", "engine.consent", "engine.lock", "engine.loop", "steps.commands"}),
        ("cli.completion", 12, {"click", "msgspec", "engine", "facts", "record", "steps"}),
        ("cli.config", 130, {"engine.loop", "steps.commands"}),
        ("cli.start", 143, {"steps.commands", "steps.fast_forward", "steps.post_mortem", "record.adr"}),
        ("cli.finish", 149, {"commands.editor", "facts.merged_changelog", "facts.changelog_backlog"}),
        ("cli.note", 149, {"commands.editor", "facts.merged_changelog", "facts.changelog_backlog"}),
    ],
)
def test_command_loads_little_that_it_does_not_use(module: str, most: int, without: set[str]) -> None:
    """A module costs a quarter of a millisecond at each start."""
    loaded = loaded_with(module)
    slow = {"pygit2", "jinja2", "markdown_it", "tomli", "hashlib", "tempfile", "difflib", "traceback"}
    assert sorted(name for name in loaded if name in without | slow or name.split(".")[0] in without) == []
    assert len([name for name in loaded if (ROOT / PACKAGE / f"{name.replace('.', '/')}.py").is_file()]) <= most


# The rules themselves, tried on files that break them.


@pytest.mark.parametrize(
    ("path", "text", "wrong"),
    [
        ("errors.py", "from git_hotfix import hotfix", []),
        ("errors.py", "from git_hotfix.git import refs", ["errors.py:1 imports git"]),
        ("errors.py", "from git_hotfix import git", ["errors.py:1 imports git"]),
        ("hotfix.py", "def f():\n    import git_hotfix.cli.main", ["hotfix.py:2 imports cli"]),
        ("git/refs.py", "from .program import Git", []),
        ("git/refs.py", "from ..steps.publish import Publish", ["git/refs.py:1 imports steps"]),
        ("git/refs.py", "from .. import templates", []),
        (
            "commands/deploy.py",
            "from git_hotfix.record import report",
            ["commands/deploy.py:1 imports record"],
        ),
        ("steps/publish.py", "from git_hotfix.facts.facts import Facts", []),
        ("__main__.py", "from git_hotfix.cli.main import main", []),
        ("cli/main.py", "from git_hotfix import __version__", []),
    ],
)
def test_upward_import_is_found(path: str, text: str, wrong: list[str]) -> None:
    assert upward_imports([Source(path, text)]) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("from git_hotfix.git.world import target_tip", []),
        ("from git_hotfix.git import merging", []),
        ("from git_hotfix.git.refs import all_refs", []),
        ("from git_hotfix.git.refs import move_refs", ["facts/facts.py:1 imports git.refs move_refs"]),
        ("from git_hotfix.git.world import fetch_missing", ["facts/facts.py:1 imports git.world fetch_missing"]),
        ("from git_hotfix.git import stash", ["facts/facts.py:1 imports git.stash"]),
    ],
)
def test_facts_that_could_move_something_are_found(text: str, wrong: list[str]) -> None:
    assert moving_imports([Source("facts/facts.py", text)]) == wrong


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


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("def due(facts, request): ...", []),
        ("def due(run, request): ...", ["steps/deploy.py:1 due takes run, request"]),
        ("def act(run): ...\ndef due(facts, request): act(facts)", ["steps/deploy.py:2 due uses act"]),
    ],
)
def test_due_that_could_act_is_found(text: str, wrong: list[str]) -> None:
    assert impure_dues([Source("steps/deploy.py", text)]) == wrong


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


def test_print_past_the_functions_that_escape_is_found() -> None:
    text = "click.echo(x)\njson.dumps(x)\nsys.stdout.buffer.write(x)\nfrom click import secho\nclick.option('x')\n"
    assert prints_past_the_door([Source("cli/status.py", text)]) == [
        "cli/status.py:4 imports click.secho",
        "cli/status.py:1 uses click.echo",
        "cli/status.py:2 uses json.dumps",
        "cli/status.py:3 uses sys.stdout.buffer.write",
        "cli/status.py:3 uses sys.stdout.buffer",
    ]
