"""Everything that ``finish`` refuses: nothing changes here or on the server, one message and one hint each."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.cli.publication_scenes import (
    FINISH,
    SKIP,
    Ready,
    assert_at_rest,
    assert_published,
    hints,
    problems,
    push_to,
    ready,
    tags,
    trailers,
)
from tests.support.hooks import _install, accept_everything, protect, refuse_ref
from tests.support.lab import LOGIN
from tests.support.servers import silent_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def commit_report_only(scene: Ready) -> None:
    scene.alice.git("reset", "-q", "--hard", "HEAD^")
    scene.alice.commit("Tell more", {scene.report: scene.alice.read(scene.report) + "\nMore is known.\n"})


def cancel_the_fix(scene: Ready) -> None:
    scene.alice.git("revert", "--no-edit", "HEAD")


def stop_in_a_rebase(scene: Ready) -> None:
    todo = 'sh -c \'printf "break\\n" >"$1"\' -'
    scene.alice.git("-c", f"sequence.editor={todo}", "rebase", "-q", "-i", "HEAD^", ok=False)
    assert (scene.alice.path / ".git/rebase-merge").exists()


def change_a_file(scene: Ready) -> None:
    scene.alice.write(LOGIN, "unfinished\n")


def grow(scene: Ready) -> None:
    scene.alice.git("config", "hotfix.scope.mode", "refuse")
    scene.alice.git("config", "hotfix.scope.maxLines", "1")


def refuse_to_push(scene: Ready) -> None:
    _install(scene.alice.path / ".git/hooks/pre-push", 'echo "no pushes on Sundays" >&2; exit 1\n')


@pytest.mark.parametrize(
    ("prepare", "options", "message", "hint"),
    [
        (
            cancel_the_fix,
            (),
            "There is no fix on '{branch}' yet: only the report is committed.",
            "git commit -a",
        ),
        (stop_in_a_rebase, ("{id}",), "A rebase is unfinished in '{alice}'.", "git rebase --continue"),
    ],
)
def test_what_is_not_ready_is_refused_with_one_message(
    tmp_path: Path, prepare: Callable[[Ready], None], options: tuple[str, ...], message: str, hint: str
) -> None:
    """What else is refused is in tests/steps/test_preflight.py: these are hard to see."""
    scene = ready(tmp_path)
    prepare(scene)
    names = {"branch": scene.branch, "id": scene.id, "alice": scene.alice.path}
    said = scene.refuse(*FINISH, *(option.format(**names) for option in options), check=1)
    assert problems(said) == [message.format(**names)]
    assert hints(said) == [hint.format(**names)]


def test_every_problem_is_told_in_one_answer(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice = scene.alice
    commit_report_only(scene)
    alice.git("tag", "taken", "main")
    change_a_file(scene)
    for key in ("user.name", "user.email"):
        alice.git("config", "--unset", key)
    home = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_COUNT": "1"}
    home |= {"GIT_CONFIG_KEY_0": "user.useConfigOnly", "GIT_CONFIG_VALUE_0": "true"}
    before = alice.snapshot(without_tracking=True)
    said = alice.hotfix("finish", "--tag", "taken", "--json", env=home, check=2)
    assert alice.snapshot(without_tracking=True) == before
    told = said.json()
    assert [each["code"] for each in told["problems"]] == [
        "no-identity",
        "uncommitted",
        "no-fix",
        "tag-taken",
    ]
    assert all(each["message"].endswith(".") and each["remedy"] for each in told["problems"])
    assert (told["exit_code"], told["outcome"]) == (2, "input-needed")


def test_conflict_with_production_names_the_files_and_a_merge_by_hand_resolves_it(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice = scene.alice
    theirs = push_to(scene.bob, "main", LOGIN, scene.bob.replace(LOGIN, "    return True\n", "    return 0\n"))
    before = scene.remote.refs()
    said = scene.alice.hotfix(*FINISH, check=3)
    assert scene.remote.refs() == before
    (problem,) = problems(said)
    assert problem.startswith(f"The fix conflicts with 'origin/main' in '{LOGIN}' (changed there by ")
    (hint,) = hints(said)
    assert hint == f"cd {alice.path}/.git/hotfix/conflicts/{scene.id}/main"
    alice.git("merge", "-q", "origin/main", ok=False)
    alice.git("checkout", "--ours", "--", LOGIN)
    alice.git("commit", "-qam", "Merge production")
    resolved = alice.read(LOGIN)
    said = scene.finish(check=4)  # the targets lack what production had: each of them conflicts too
    merge = assert_published(scene, on=theirs)
    assert scene.remote.show(f"{merge}:{LOGIN}") == resolved
    assert sorted(line.partition("' in")[0] for line in problems(said)) == [
        f"The fix conflicts with 'origin/{branch}" for branch in ("develop", "release/1.1", "support/1.0")
    ]


def test_large_fix_is_noted_or_published_with_its_reason(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    scene.alice.git("config", "hotfix.scope.maxFiles", "0")
    told = "The fix changes 1 files and 2 lines; a hotfix should stay within 0 files and 200 lines."
    planned = scene.alice.hotfix(*FINISH, "--dry-run", "--json", check=0)
    assert planned.json()["notes"] == [told]
    grow(scene)
    scene.finish("--large", "the whole\nmodule", "--no-backport")
    assert ("Large-Because", "the whole module") in trailers(scene.remote, "main")


def test_no_verify_runs_no_pre_push_hook(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    refuse_to_push(scene)
    scene.finish("--no-verify")
    assert_published(scene)
    assert_at_rest(scene)


def test_protected_production_refuses_until_it_is_opened(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    protect(scene.remote, "refs/heads/main", "GH006: Protected branch update failed.")
    said = scene.refuse(*FINISH, check=5)
    (told,) = problems(said)
    assert told == (
        "'origin' did not take the push; nothing was published: GH006: Protected branch update failed."
        " main: [remote rejected] (pre-receive hook declined);"
        f" {tag_in(said.err)}: [remote rejected] (pre-receive hook declined)"
    )
    assert hints(said) == [f"git hotfix finish {scene.id} -y --skip-tests 'production is down' --pr"]
    accept_everything(scene.remote)
    scene.finish("--no-backport")
    assert_published(scene)
    assert_at_rest(scene)


def tag_in(text: str) -> str:
    found = re.search(r"hotfix-\d{8}-\d{4}", text)
    assert found
    return found[0]


def test_refused_tag_leaves_production_unpublished(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    refuse_ref(scene.remote, "refs/tags/*", "tags are made by CI")
    said = scene.refuse(*FINISH, check=5)
    (told,) = problems(said)
    assert told.startswith("'origin' did not take the push; nothing was published: tags are made by CI")
    assert tags(scene.remote) == []


def test_server_that_is_gone_or_silent_is_told_in_time(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice = scene.alice
    with silent_server() as url:
        alice.git("remote", "set-url", "origin", url)
        alice.git("config", "hotfix.remote.timeout", "1")
        said = scene.refuse(*FINISH, check=5)
    assert problems(said) == ["'origin' did not answer within 1 s."]
    assert hints(said) == ["git ls-remote origin"]
    gone = scene.remote.path.with_name("gone.git")
    shutil.move(scene.remote.path, gone)
    alice.git("remote", "set-url", "origin", str(scene.remote.path))
    facts = (alice.refs(), alice.git("status", "--porcelain"))
    said = alice.hotfix("finish", *SKIP, check=5)
    assert (alice.refs(), alice.git("status", "--porcelain")) == facts
    (told,) = problems(said)
    assert told.startswith("'origin' could not be read: '")
    assert "does not appear to be a git repository" in told
    assert hints(said) == ["git ls-remote origin"]
