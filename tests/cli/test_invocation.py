"""Every way git has to start the program, every shared option, and what a program that reads us can rely on."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click import Context
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from git_hotfix.cli.main import program
from git_hotfix.cli.main import run as run_program
from tests.cli.stages import fixed
from tests.support.lab import Clone, Lab
from tests.support.processes import Run, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.stages import Stage

KEYS = ["schema", "command", "hotfix", "outcome", "exit_code", "steps", "targets", "problems", "questions", "next"]
ESCAPE = "\x1b["


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return fixed(tmp_path)


def git(*arguments: str, directory: Path, check: int = 0) -> Run:
    answer = run("git", *arguments, directory=directory)
    assert answer.code == check, answer.err
    return answer


def test_what_documents_nothing_loads_no_template_engine_and_no_parser(stage: Stage) -> None:
    code = """import sys
from git_hotfix.cli.main import run
ran = [run(words) for words in (["start", "Taxes", "-y"], ["note", "restarted"], ["status"], ["list"])]
print(ran, {"jinja2", "markdown_it", "hashlib"} & sys.modules.keys())"""
    answer = run(sys.executable, "-c", code, directory=stage.alice.path)
    assert answer.out.splitlines()[-1:] == ["[0, 0, 0, 0] set()"], answer.err


def test_alias_subfolder_worktree_and_git_s_own_options_find_the_same_hotfix(stage: Stage, tmp_path: Path) -> None:
    alice = stage.alice
    alice.git("config", "alias.hf", "hotfix")
    alice.git("config", "alias.hs", "!git hotfix")
    elsewhere = tmp_path / "elsewhere"
    alice.git("worktree", "add", "-q", "--detach", str(elsewhere), "main")
    top, inside = alice.path, alice.path / "src/auth"

    ways = (
        (("hf", "status", "--json"), top),
        (("hs", "--json"), inside),
        (("hotfix", "--json", "status"), inside),
        (("hotfix", "--json"), elsewhere),
        (("-C", "alice/src", "hotfix", "status", "--json"), tmp_path),
        (("--git-dir=alice/.git", "--work-tree=alice", "hotfix", "--json"), tmp_path),
        (("--git-dir=../.git", "--work-tree=..", "hotfix", "--json"), top / "src"),
    )
    told = [git(*arguments, directory=directory).json() for arguments, directory in ways]

    assert told[0]["hotfix"] == stage.hotfix
    assert all(each == told[0] for each in told)


def test_identity_and_settings_of_git_c_reach_the_commits(stage: Stage) -> None:
    words = ("-c", "user.name=Otto", "-c", "hotfix.message.merge=FIX {slug}", "-c", "hotfix.test.command=true")

    git("-C", "alice/src", *words, "hotfix", "finish", "-y", "--no-backport", "-q", directory=stage.root)

    assert stage.remote.git("log", "-1", "--format=%an|%cn|%ae|%s", "main") == "Otto|Otto|alice@example.com|FIX auth"
    assert "tagger Otto <alice@example.com>" in stage.remote.git("cat-file", "tag", stage.tag)


def test_hotfix_begun_in_a_linked_worktree_with_git_dir_given_leaves_the_main_tree_alone(tmp_path: Path) -> None:
    alice = Lab(tmp_path).alone("alice")
    alice.commit("Begin", {"a.txt": "a\n"})
    alice.git("worktree", "add", "-q", "-b", "other", "../linked")
    linked = Clone(tmp_path / "linked")
    git_dir = linked.git("rev-parse", "--absolute-git-dir")

    git(f"--git-dir={git_dir}", "--work-tree=linked", "hotfix", "start", "x", "-y", directory=tmp_path)
    linked.commit("Fix", {"a.txt": "b\n"})
    linked.hotfix("finish", "-y", "--skip-tests", "none", check=0)

    assert linked.git("branch", "--show-current") == "other"
    assert alice.git("branch", "--show-current") == "main"
    assert alice.read("a.txt") == "b\n"
    assert alice.git("status", "--porcelain") == ""
    assert [path.suffix for path in (alice.path / ".git/hotfix").glob("*.json")] == [".json"]


def test_json_is_one_object_with_the_same_keys_at_every_exit(stage: Stage) -> None:
    alice = stage.alice
    begun = {
        ("status", "--json"): 0,
        ("--json", "list"): 0,
        ("--json", "start"): 2,
        ("start", "x", "--can-wait", "--json"): 9,
        ("finish", "--json", "--dry-run"): 0,
        ("finish", "--json", "nothing-such"): 2,
        ("--json", "deploy"): 1,
        ("--json", "nonsense"): 2,
        ("status", "--json", "--nonsense"): 2,
    }
    for arguments, code in begun.items():
        answer = alice.hotfix(*arguments, check=code)
        said = answer.json()
        assert list(said)[: len(KEYS)] == KEYS, arguments
        assert (said["schema"], said["exit_code"], type(said["outcome"])) == (1, code, str)
        assert all(list(each) == ["step", "state", "evidence"] for each in said["steps"])
        assert all(list(each) == ["branch", "state", "method", "commit", "evidence"] for each in said["targets"])
        assert all(list(each) == ["code", "message", "remedy"] for each in said["problems"])
        assert all(list(each) == ["option", "text", "choices", "required", "default"] for each in said["questions"])
        assert bool(said["problems"]) == (code != 0)
        if "list" in arguments:
            assert [list(each)[:4] for each in said["hotfixes"]] == [["hotfix", "steps", "targets", "problems"]]
    alice.git("config", "hotfix.test.command", "false")
    said = alice.hotfix("finish", "--json", check=6).json()
    assert (said["command"], said["hotfix"], said["outcome"]) == ("finish", stage.hotfix, "tests-failed")


def test_shared_options_count_before_and_after_the_command(stage: Stage) -> None:
    alice = stage.alice
    plain = alice.hotfix("status", check=0)
    assert ESCAPE not in plain.out + plain.err
    assert plain.err == ""

    assert ESCAPE in alice.hotfix("--color", "always", "status", check=0).out
    assert alice.hotfix("status", "--color=never", check=0) == plain
    verbose = alice.hotfix("status", "-v", check=0)
    assert verbose.out == plain.out
    assert "+ git ls-remote --symref -q origin\n" in verbose.err
    quiet = alice.hotfix("-q", "finish", "--no-backport", check=0)
    assert quiet.err == ""
    assert alice.hotfix("--version", check=0).out.startswith("git-hotfix ")
    assert alice.hotfix("-h", check=0).out == run("git-hotfix", "-h", directory=alice.path).out


def test_reader_that_has_gone_is_no_error(stage: Stage) -> None:
    read, write = os.pipe()
    os.close(read)
    process = subprocess.run(
        ("git-hotfix", "status"), cwd=stage.alice.path, stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)

    assert (process.returncode, process.stderr) == (141, b"")
    piped = run("sh", "-c", "git hotfix -v status | head -1", directory=stage.alice.path)
    assert piped.out == f"{stage.hotfix}: Login takes any password\n"
    assert "Traceback" not in piped.err
    assert "Exception ignored" not in piped.err


words = st.one_of(
    st.sampled_from([*program.list_commands(Context(program)), "nonsense"]),
    st.sampled_from(["--json", "-q", "-v", "--color", "--color=x", "-y", "--dry-run", "--", "-", "--to", "-m", "-n"]),
    st.sampled_from(["--users", "-1", "--severity", "--as", "--pick", "--worktree", "--tag", "--help", "--version"]),
    st.text(st.characters(exclude_characters="\0"), max_size=8),
).filter(lambda word: word != "demo")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(arguments=st.lists(words, max_size=5))
def test_garbage_on_the_command_line_gets_a_sentence(arguments: list[str], tmp_path: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run_program(arguments)

    gap = {8} if {"doctor", "drill"} & {*arguments} else set()  # no repository
    assert code in {0, 1, 2, 9} | gap, err.getvalue()
    assert "Traceback" not in err.getvalue()
    if code != 0:
        assert ("error: " in err.getvalue()) != ("--json" in arguments)
        if "--json" in arguments:
            assert json.loads(out.getvalue())["exit_code"] == code
    assert list(tmp_path.iterdir()) == []


def test_schema_describes_the_object_and_needs_no_repository(tmp_path: Path) -> None:
    answer = run("git-hotfix", "schema", directory=tmp_path)
    described = json.loads(answer.out)["$defs"]["Answer"]
    assert described["required"] == KEYS
    assert {"plan", "hotfixes", "settings"} <= described["properties"].keys()


@pytest.mark.parametrize("name", ["finish", "backport", "rollback"])
def test_going_on_and_giving_up_exclude_each_other(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_program([name, "--continue", "--abort"]) == 2
    said = "error: --continue and --abort exclude each other.\nhint:  git hotfix {} --continue\n"
    assert capsys.readouterr().err == said.format(name)


def test_option_without_its_value_is_explained_by_its_own_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_program(["verify", "--target"]) == 2
    said = "error: Option '--target' requires an argument.\nhint:  git hotfix verify -h\n"
    assert capsys.readouterr().err == said
