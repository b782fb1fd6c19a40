"""A hint is the command that goes on: typed as it stands, it does."""

from __future__ import annotations

import shlex
from pathlib import Path

from tests.cli.publication_scenes import (
    FINISH,
    SKIP,
    assert_published,
    begin_hotfix,
    hints,
    problems,
    push_to,
    ready,
    warnings,
)
from tests.support.hooks import accept_everything, during_first_push, protect, without_atomic
from tests.support.lab import LOGIN, Clone


def test_hint_after_a_refused_push_repeats_the_options_and_goes_on(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice = scene.alice
    alice.git("config", "remote.origin.mirror", "true")  # git pushes no single refs then
    protect(scene.remote, "refs/heads/main", "protected")
    refused = alice.hotfix(*FINISH, "--no-backport", "--json", check=5).json()
    line = f"git hotfix finish {scene.id} -y --skip-tests 'production is down' --no-backport --json"
    assert [each["remedy"] for each in refused["problems"]] == [line]
    accept_everything(scene.remote)

    alice.hotfix(*shlex.split(line)[2:], check=0)

    assert_published(scene)


def test_quote_that_does_not_close_is_told_before_anything_runs_with_file_and_line(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    scene.alice.commit("Configure", {".hotfix.toml": '# team\n[test]\ncommand = "pytest -k \'critical"\n'})
    scene.alice.git("config", "hotfix.deploy.command", "make | tee log")
    said = scene.refuse("finish", "--deploy", check=2)
    assert problems(said) == [
        "The command of 'test.command' in .hotfix.toml:3 has a quote ' that does not close: pytest -k 'critical.",
        (
            "The command of 'deploy.command' in git config (local) uses '|', which only a shell understands;"
            " git-hotfix starts commands without one."
        ),
    ]
    assert hints(said) == [
        "$(git var GIT_EDITOR) .hotfix.toml",
        r"git config hotfix.deploy.command 'sh -c '\''make | tee log'\'''",
    ]
    assert problems(scene.refuse(*FINISH, check=2)) == problems(said)[1:]


def test_command_without_a_name_in_the_worktree_of_a_conflict_means_its_hotfix(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice = scene.alice
    theirs = scene.remote.show(f"develop:{LOGIN}").replace("    return True\n", "    return bool(expected)\n")
    push_to(scene.bob, "develop", LOGIN, theirs)
    said = scene.finish(check=4)
    (hint,) = hints(said)
    begin_hotfix(alice, "Another")
    words = shlex.split(hint)
    assert words[0] == "cd"
    there = Clone(Path(words[1]), scene.remote)
    there.commit("Resolved", {LOGIN: theirs.replace("bool(expected)", "password == expected")})

    answer = there.hotfix("backport", "--continue", check=0)

    assert "Conflict with 'develop' resolved; " in answer.err
    assert "password == expected" in scene.remote.show(f"develop:{LOGIN}")


def test_version_tag_that_was_taken_meanwhile_is_told(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    scene.alice.git("config", "hotfix.tag.also", "v{next_patch}")
    without_atomic(scene.remote)
    during_first_push(scene.alice, f"git -C {scene.bob.path} push -q origin v1.0.0^{{}}:refs/tags/v1.0.1")

    said = scene.alice.hotfix("finish", "-y", *SKIP, "--no-backport", check=0)

    merge = scene.remote.rev("main")[:7]
    assert warnings(said) == [
        (
            f"The tag 'v1.0.1' was taken by somebody else: {merge[:7]} has no tag"
            f" (git tag -a NAME {merge} to make another)."
        )
    ]
    assert scene.remote.rev("v1.0.1") == scene.remote.rev("v1.0.0^{}")
