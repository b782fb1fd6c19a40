"""What is advised can be typed: no name of a branch, file or folder makes a command of its own out of a remedy."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.stages import finished, fixed, published
from tests.hostile.scenes import assert_no_bug, canary
from tests.support.hooks import protect, refuse_ref
from tests.support.lab import BUG, LOGIN, Clone, Lab, standard_lab
from tests.support.processes import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.stages import Stage
    from tests.hostile.scenes import Canary
    from tests.support.processes import Run

NAMES = {
    "separator": "1;touch${IFS}%s;#",
    "substitution": "1$(touch${IFS}%s)",
    "single quote": "1';touch${IFS}%s;'",
    "double quote": '1";touch${IFS}%s;"',
    "redirection": "1>%s",
}
"""Beginnings of branch names that git accepts; the canary's name stands for ``%s``: a file of the current folder."""
BIRD = "canary"
FINISH = ("finish", "-y", "--skip-tests", "no time")

names = pytest.mark.parametrize("name", [name % BIRD for name in NAMES.values()], ids=NAMES)


def advice(answer: Run) -> Iterator[str]:
    """Return every command that a JSON answer advises."""

    def walk(data: Any) -> Iterator[str]:
        if isinstance(data, dict):
            for key, value in data.items():
                if key in {"remedy", "next"} and isinstance(value, str) and value:
                    yield value
                else:
                    yield from walk(value)
        elif isinstance(data, list):
            for item in data:
                yield from walk(item)

    yield from dict.fromkeys(walk(answer.json()))


def assert_harmless(clone: Clone, answer: Run, name: str) -> int:
    """Type every piece of advice into a shell in which only ``touch`` does anything; gives how many there were."""
    assert_no_bug(answer)
    bird = clone.path / BIRD
    tools = clone.path.parent / "tools"
    tools.mkdir(exist_ok=True)
    for tool in ("git", "cd", "mv", "rm", "cp", "chmod", "df", "ls", "pip", "touch", "vi", "unset", "kill", "file"):
        file = tools / tool
        file.write_text(f"#!/bin/sh\n: >{shlex.quote(str(bird))}\n" if tool == "touch" else "#!/bin/sh\n")
        file.chmod(0o755)
    given = list(advice(answer))
    for line in given:
        parsed = run("/bin/sh", "-n", "-c", line, directory=clone.path)
        assert parsed.code == 0, f"no command: {line!r}\n{parsed.err}"
        words = shlex.split(line)  # a quote that is not closed is an error here
        assert "canary" not in line or any(name in word for word in words), f"the name is broken up: {line!r}"
        run("/bin/sh", "-c", f"cd() {{ :; }}; kill() {{ :; }}\n{line}", directory=clone.path, env={"PATH": str(tools)})
        assert not bird.exists(), f"it ran a command of its own: {line!r}"
    return len(given)


def push_line(stage: Stage, branch: str, files: dict[str, str]) -> None:
    """Let bob go on with a branch of this name on the server; a new one begins at the oldest line."""
    bob = stage.bob
    bob.git("fetch", "-q")
    there = f"refs/heads/{branch}" in stage.remote.refs()
    bob.git("switch", "-q", "--detach", f"origin/{branch if there else 'support/1.0'}")
    bob.commit("A line with an odd name", dict(files))
    bob.git("push", "-q", "origin", f"HEAD:refs/heads/{branch}")


@names
def test_release_line_with_a_hostile_name_that_conflicts(tmp_path: Path, name: str) -> None:
    stage = published(tmp_path)
    branch = f"release/{name}"
    changed = stage.on_server("support/1.0", LOGIN).replace(BUG, BUG.replace("True", "bool(password)"))
    push_line(stage, branch, {LOGIN: changed})
    alice = stage.alice

    answers = [
        alice.hotfix("cleanup", "auth", "--json"),
        alice.hotfix("finish", "auth", "-y", "--json"),
        alice.hotfix("status", "auth", "--json"),
        alice.hotfix("backport", "auth", "--json"),
        alice.hotfix("backport", "auth", "--continue", "--json"),
        alice.hotfix("backport", "auth", "--skip", branch, "--json"),
        alice.hotfix("backport", "auth", "--to", f"{branch}x", "--json"),
        alice.hotfix("cleanup", "auth", "--json"),
    ]

    assert sum([assert_harmless(alice, answer, name) for answer in answers]) > 0


@names
def test_release_line_with_a_hostile_name_that_is_refused(tmp_path: Path, name: str) -> None:
    stage = published(tmp_path)
    push_line(stage, f"release/{name}", {})
    refuse_ref(stage.remote, "refs/heads/*", "everything is frozen")
    alice = stage.alice

    answers = [alice.hotfix("finish", "auth", "-y", "--json"), alice.hotfix("status", "auth", "--json")]

    assert sum([assert_harmless(alice, answer, name) for answer in answers]) > 0


@names
def test_production_with_a_hostile_name(tmp_path: Path, name: str) -> None:
    lab = standard_lab(tmp_path).lab
    remote = lab.remote
    for branch in ("develop", "release/1.1", "support/1.0"):
        remote.git("branch", "-D", branch)
    remote.git("branch", "-m", "main", name)
    remote.git("symbolic-ref", "HEAD", f"refs/heads/{name}")
    eve = lab.clone("eve")
    start = eve.hotfix("start", "auth", "-y", "--json", check=0)
    eve.commit("Mend it", {"src/auth/more.py": "MORE = True\n"})
    protect(remote, f"refs/heads/{name}", "production is protected")

    answers = [
        start,
        eve.hotfix("start", "other", "-y", "--from", "HEAD", "--json"),
        eve.hotfix("status", "--json"),
        eve.hotfix(*FINISH, "--json"),
        eve.hotfix("close", "--as", "cancelled", "--reason", "x", "--json"),
    ]

    assert sum([assert_harmless(eve, answer, name) for answer in answers]) > 0


@names
def test_which_branch_is_production_is_not_clear(tmp_path: Path, name: str) -> None:
    lab = Lab(tmp_path)
    eve = lab.clone("eve")
    eve.commit("Begin", {"a.txt": "a\n"})
    for branch in (name, f"other-{name}"):
        eve.git("push", "-q", "origin", f"HEAD:refs/heads/{branch}")
    lab.remote.git("symbolic-ref", "HEAD", "refs/heads/nothing")
    eve.git("remote", "set-head", "origin", "-d", ok=False)

    answer = eve.hotfix("start", "auth", "-y", "--json")

    assert answer.code == 2
    assert assert_harmless(eve, answer, name) > 0


@names
def test_line_with_a_hostile_name_as_the_base(tmp_path: Path, name: str) -> None:
    stage = finished(tmp_path)
    branch = f"support/{name}"
    push_line(stage, branch, {})
    alice = stage.alice
    alice.hotfix("start", "tax", "-y", "--on", branch, check=0)
    empty = alice.hotfix("finish", "tax", "-y", "--json")
    alice.commit("Mend it", {"src/billing/invoice.py": "TAX_PERCENT = 9\n"})
    push_line(stage, branch, {"src/billing/invoice.py": "TAX_PERCENT = 7\n"})
    answers = [
        empty,
        alice.hotfix("status", "tax", "--json"),
        alice.hotfix("finish", "tax", "-y", "--skip-tests", "no time", "--json"),
        alice.hotfix("finish", "tax", "--json"),
        alice.hotfix("start", "later", "-y", "--on", branch, "--from", "develop", "--json"),
    ]

    assert sum([assert_harmless(alice, answer, name) for answer in answers]) > 0


@names
def test_hotfix_branch_that_somebody_made_by_hand(tmp_path: Path, name: str) -> None:
    stage = finished(tmp_path)
    push_line(stage, f"hotfix/{name}", {})
    alice = stage.alice

    answers = [
        alice.hotfix("status", f"hotfix/{name}", "--json"),
        alice.hotfix("finish", name, "--json"),
        alice.hotfix("start", f"hotfix/{name}", "-y", "--json"),
    ]

    assert sum([assert_harmless(alice, answer, name) for answer in answers]) > 0


@names
def test_file_of_the_fix_with_a_hostile_name(tmp_path: Path, name: str) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    file = f"src/{name.replace('/', '-')}.py"
    alice.commit("More", {file: "A = 1\n"})
    alice.write(file, "A = 2\n")
    answers = [alice.hotfix(*FINISH, "--json"), alice.hotfix("start", "x", "-y", "--json")]
    alice.git("checkout", "-q", "--", file)
    stage.bob_pushes("main", "The same file", {file: "A = 3\n"})
    answers += [
        alice.hotfix(*FINISH, "--json"),
        alice.hotfix("status", "--json"),
        alice.hotfix("finish", "--continue", "--json"),
    ]

    assert sum([assert_harmless(alice, answer, name) for answer in answers]) > 0


@names
def test_report_with_a_hostile_name(tmp_path: Path, name: str) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    moved = f"docs/incidents/{name}.md"
    alice.git("mv", stage.report, moved)
    broken = alice.read(moved).replace("\nstatus: ", "\nnonsense\nstatus: ", 1)
    alice.commit("Move it", {moved: broken})

    answers = [
        alice.hotfix(*FINISH, "--json"),
        alice.hotfix("status", "--json"),
        alice.hotfix("note", "x", "--json"),
        alice.hotfix("postmortem", "--cause", "x", "--json"),
    ]

    assert sum([assert_harmless(alice, answer, name) for answer in answers]) > 0


@names
def test_folder_with_a_hostile_name(tmp_path: Path, name: str) -> None:
    stage = fixed(tmp_path)
    stage.alice.git("switch", "-q", "main")
    tree = Clone(tmp_path / name / "tree")
    stage.alice.git("worktree", "add", "-q", str(tree.path), stage.branch)
    changed = stage.on_server("main", LOGIN).replace(BUG, BUG.replace("True", "bool(password)"))
    stage.bob_pushes("main", "Almost", {LOGIN: changed})
    answers = [stage.alice.hotfix("status", "--json"), tree.hotfix("start", "x", "-y", "--json")]
    tree.write("README.md", "changed\n")
    answers += [
        tree.hotfix("start", "x", "-y", "--json"),
        stage.alice.hotfix(*FINISH, "--json"),
        tree.hotfix(*FINISH, "--json"),
    ]
    tree.git("checkout", "-q", "--", "README.md")
    answers += [
        stage.alice.hotfix(*FINISH, "--worktree", str(tmp_path / name / "conflicts"), "--json"),
        stage.alice.hotfix("status", "--json"),
        stage.alice.hotfix("finish", "--continue", "--json"),
        stage.alice.hotfix("cleanup", "--force", "--json"),
    ]

    assert sum([assert_harmless(stage.alice, answer, name) for answer in answers]) > 0


@names
def test_words_of_the_person_with_quotes(tmp_path: Path, name: str) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("config", "hotfix.deploy.command", "true")
    bird: Canary = canary(alice.path, BIRD)

    answers = [
        alice.hotfix("finish", "--skip-tests", name, "--json"),
        alice.hotfix("start", name, "--json"),
        alice.hotfix("close", "--as", "cancelled", "--reason", name, "--json"),
        alice.hotfix("finish", "--skip-tests", "a\nb", "--json"),
    ]

    assert sum([assert_harmless(alice, answer, name) for answer in answers]) > 0
    assert not bird.has_run


def test_name_that_is_an_option_is_no_option_in_a_remedy(tmp_path: Path) -> None:
    assert os.sep == "/"
    stage = finished(tmp_path)
    alice = stage.alice

    for words in (("status", "--", "--upload-pack=touch canary"), ("finish", "--", "-h;touch canary")):
        answer = alice.hotfix(*words, "--json") if "--" not in words else alice.hotfix("--json", *words)
        assert_harmless(alice, answer, words[-1])
