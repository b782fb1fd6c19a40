"""What is advised can be typed: no name of a branch, file or folder makes a command of its own out of a remedy."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import pytest

from git_hotfix.errors import Remedy
from tests.cli.stages import fixed, published
from tests.hostile.scenes import assert_no_bug
from tests.support.hooks import protect
from tests.support.lab import BUG, LOGIN, standard_lab
from tests.support.processes import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.stages import Stage
    from tests.support.lab import Clone
    from tests.support.processes import Run

NAMES = {
    "separator": "1;touch${IFS}%s;#",
    "substitution": "1$(touch${IFS}%s)",
    "all at once": "1';touch${IFS}%s;\"$(touch${IFS}%s)`touch${IFS}%s`;#",
    "single quote": "1';touch${IFS}%s;'",
    "double quote": '1";touch${IFS}%s;"',
    "redirection": "1>%s",
}
"""Beginnings of branch names that git accepts; the canary's name stands for ``%s``: a file of the current folder."""
FINISH = ("finish", "-y", "--skip-tests", "no time")
BIRD = "canary"
FINISH = ("finish", "-y", "--skip-tests", "no time")
NAME = NAMES["all at once"].replace("%s", BIRD)
"""The worst of them, for the scenes."""


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


@pytest.mark.parametrize("name", [name.replace("%s", BIRD) for name in NAMES.values()], ids=NAMES)
@pytest.mark.parametrize("is_again", [False, True])
def test_remedy_is_its_words_and_no_other_command(tmp_path: Path, name: str, is_again: bool) -> None:  # noqa: FBT001
    words = ("git", "switch", name, f"--to={name}", "", "a\nb", "-h")
    remedy = Remedy(words, then=("cd", name), is_again=is_again)

    line = remedy.line(("git", "hotfix"))

    typed = ("git", "hotfix") if is_again else ()
    assert shlex.split(line) == [*typed, *words, "&&", "cd", name]
    assert run("/bin/sh", "-n", "-c", line, directory=tmp_path).code == 0


def test_release_line_with_a_hostile_name_that_conflicts(tmp_path: Path) -> None:
    name = NAME
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


def test_production_with_a_hostile_name(tmp_path: Path) -> None:
    name = NAME
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


def test_file_of_the_fix_with_a_hostile_name(tmp_path: Path) -> None:
    name = NAME
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


def test_words_of_the_person_with_quotes(tmp_path: Path) -> None:
    name = NAME
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("config", "hotfix.deploy.command", "true")

    answers = [
        alice.hotfix("finish", "--skip-tests", name, "--json"),
        alice.hotfix("start", name, "--json"),
        alice.hotfix("close", "--as", "cancelled", "--reason", name, "--json"),
        alice.hotfix("finish", "--skip-tests", "a\nb", "--json"),
    ]

    assert sum([assert_harmless(alice, answer, name) for answer in answers]) > 0
    assert not (alice.path / BIRD).exists()
