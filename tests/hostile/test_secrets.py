"""What is secret in a URL or a personal command is shown to nobody, and published nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import Stage, fixed
from tests.hostile.scenes import assert_no_bug, said
from tests.support.processes import text
from tests.support.servers import smart_http

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Bare

TOKEN = "s3cr3t-t0ken"  # noqa: S105  # what must not be shown
URL = f"http://alice:{TOKEN}@127.0.0.1:9/x.git?private_token={TOKEN}"
FINISH = ("finish", "-y", "--skip-tests", "no time")


def everything_on(remote: Bare) -> str:
    """Return all that the server has: every object, every name."""
    objects = remote.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    everything = remote.git("for-each-ref") + remote.git("cat-file", "--batch", stdin=objects + "\n")
    return everything.encode("utf-8", "replace").decode()


@pytest.mark.parametrize("option", ["-v", "--json"])
@pytest.mark.parametrize("kind", [(), ("--push",)], ids=["fetch", "push"])
def test_token_in_a_url_is_shown_nowhere(tmp_path: Path, option: str, kind: tuple[str, ...]) -> None:
    stage = fixed(tmp_path)
    stage.alice.git("remote", "set-url", *kind, "origin", URL)

    answer = stage.alice.hotfix(*FINISH, option)

    assert_no_bug(answer)
    assert answer.code != 0
    assert TOKEN not in said(answer)


def test_token_in_one_of_several_push_urls_is_masked(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    stage.alice.git("remote", "set-url", "--push", "origin", URL)
    stage.alice.git("remote", "set-url", "--push", "--add", "origin", f"{URL}&x")

    answer = stage.alice.hotfix(*FINISH, "-v")

    assert answer.code != 0
    assert TOKEN not in said(answer)
    assert "git remote add production URL" in answer.err


def test_token_of_a_server_that_answers_is_neither_shown_nor_remembered(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    with smart_http(stage.remote.path) as server:
        url = server.url.replace("http://", f"http://alice:{TOKEN}@")
        stage.alice.git("remote", "set-url", "origin", url)
        log = ("--log", f"https://ci:{TOKEN}@ci.example.org/1")
        answers = [stage.alice.hotfix(*FINISH, "-v"), stage.alice.hotfix("deploy", "auth", "--done", *log, "--json")]

    for answer in answers:
        assert_no_bug(answer)
        assert TOKEN not in said(answer)
    kept = [file for file in (stage.alice.path / ".git/hotfix").rglob("*") if file.is_file()]
    assert [file.name for file in kept if TOKEN in text(file.read_bytes())] == []
    assert TOKEN not in everything_on(stage.remote)


def test_token_in_the_settings_is_masked_by_config(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    stage.alice.git("config", "hotfix.tracker.redirect", f"https://alice:{TOKEN}@tracker.example.org/new")

    for more in ((), ("--json",)):
        assert TOKEN not in said(stage.alice.hotfix("config", *more))
    assert TOKEN not in said(stage.alice.hotfix("start", "x", "-y", "--can-wait"))


def with_personal_commands(stage: Stage) -> None:
    personal = f"sh -c 'true {TOKEN}'"
    stage.alice.git("config", "hotfix.test.command", personal)
    stage.alice.git("config", "hotfix.deploy.command", personal)
    stage.alice.git("config", "hotfix.deploy.rollback", personal)


def test_personal_command_is_published_by_its_first_word_only(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    with_personal_commands(stage)

    # nor is it in JSON, which programs paste elsewhere: the plan, and the question whether it runs
    assert '"run deploy.command: sh"' in (
        planned := stage.alice.hotfix("finish", "-y", "--dry-run", "--json", check=0).out
    )
    assert TOKEN not in planned + stage.alice.hotfix("finish", "--json", check=2).out
    stage.alice.hotfix("finish", "-y", check=0)

    assert TOKEN not in everything_on(stage.remote)
    message = stage.remote.git("log", "-1", "--format=%(trailers:key=Tests,valueonly)", "main")
    assert "passed" in message
    assert "sh" in message
    assert "Deployed: succeeded" in stage.on_server("develop")


def test_command_of_the_committed_file_is_published_whole(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    stage.alice.git("config", "--unset", "hotfix.test.command")
    stage.alice.git("switch", "-q", "main")
    stage.bob_pushes("main", "Settings", {".hotfix.toml": '[test]\ncommand = "echo known to all"\n'})
    stage.alice.git("pull", "-q")
    stage.alice.git("switch", "-q", stage.branch)
    stage.alice.git("merge", "-q", "main")

    stage.alice.hotfix("finish", "-y", check=0, env={"HOTFIX_TRUST_CONFIG": "1"})

    message = stage.remote.git("log", "-1", "--format=%(trailers:key=Tests,valueonly)", "main")
    assert "echo known to all" in message
