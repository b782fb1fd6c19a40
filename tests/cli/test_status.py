"""``git hotfix status`` and ``list``: where hotfixes stand, whoever is at work, with a server or without."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING

from tests.cli.publication_scenes import ready
from tests.cli.stages import Stage, finished, fix, fixed, published, started
from tests.support.hooks import accept_everything, protect, refuse_ref
from tests.support.lab import standard_lab
from tests.support.servers import silent_server

if TYPE_CHECKING:
    from pathlib import Path


def shown(stage: Stage, *arguments: str) -> list[str]:
    """Return what status shows, runs of blanks as one, times and ids frozen; the first line is the title."""
    answer = stage.alice.hotfix("status", *arguments, check=0)
    lines = [" ".join(line.split()) for line in stage.frozen(answer.out).splitlines()]
    assert lines[0] == "ID: Login takes any password"
    return lines[1:]


def test_every_stage_is_shown_with_evidence_and_the_next_command(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice, remote = stage.alice, stage.remote
    alice.git("config", "hotfix.deploy.command", f"test -e {tmp_path}/mended")
    waiting = [
        "waiting merge into origin/main",
        "not done publication 'origin/main' does not have the fix",
        "waiting deploy after publication",
    ]
    rest = ["waiting documents after publication", "waiting cleanup branch not deleted yet (here)"]

    assert shown(stage) == [
        "done report docs/incidents/HOTFIX-DAY-auth.md",
        "next fix no fix committed yet",
        "waiting tests after the fix",
        *waiting,
        *(f"waiting backport {branch} after the fix" for branch in TARGETS),
        *rest,
        "Next: git commit -a",
    ]
    fix(stage)
    with_fix = [
        "done report docs/incidents/HOTFIX-DAY-auth.md",
        "done fix 1 commit, 1 file, +1 -1; only on this machine",
        "next tests not run for this fix",
        *waiting,
        *(
            f"waiting backport {branch} after publication, by {how}"
            for branch, how in zip(TARGETS, ("merge", "merge", "pick"), strict=True)
        ),
        *rest,
        "Next: git hotfix finish ID",
    ]
    assert shown(stage) == with_fix
    protect(remote, "refs/heads/main", "production is protected")
    refuse_ref(remote, "refs/heads/support/*", "support is frozen")
    alice.hotfix("finish", "-y", check=5)
    tested = "done tests passed in N s, TIME (true)"
    assert shown(stage) == [
        *(tested if line.startswith("next tests") else line.replace("not done pub", "next pub") for line in with_fix)
    ]
    (remote.path / "hooks/pre-receive").unlink()
    alice.hotfix("finish", "-y", "--no-backport", check=7)
    published = [
        "done report docs/incidents/HOTFIX-DAY-auth.md",
        "done fix published",
        f"{tested}, says the merge of Alice",
        "done merge COMMIT",
        "done tag TAG",
        "done publication origin/main has it, TIME",
    ]
    cleanup = "waiting cleanup branch not deleted yet (here)"
    lacking = "not backported yet"
    assert shown(stage) == [
        *published,
        "next deploy failed TIME (test)",
        *(f"not done backport {branch} {lacking}" for branch in TARGETS),
        "waiting documents it is written to 'develop' together with the fix",
        cleanup,
        "Next: git hotfix deploy ID",
    ]
    (tmp_path / "mended").touch()
    alice.hotfix("deploy", check=0)
    alice.hotfix("backport", check=4)
    declined = "hook declined to update refs/heads/support/1.0; [remote rejected] (hook declined)"
    why = f"support is frozen; {declined}"
    deployed = "done deploy succeeded TIME (test)"
    arrived = [f"done backport {branch} contains the fix (COMMIT)" for branch in TARGETS[:2]]
    documents = "done documents docs/incidents/HOTFIX-DAY-auth.md on origin/develop"
    assert shown(stage) == [
        *published,
        deployed,
        *arrived,
        f"next backport support/1.0 'origin/support/1.0' was refused: {why}",
        documents,
        cleanup,
        "Next: git hotfix backport ID",
    ]
    accept_everything(remote)
    alice.hotfix("backport", check=0)
    arrived.append("done backport support/1.0 picked as COMMIT")
    complete = [*published, deployed, *arrived, documents]
    assert shown(stage) == [*complete, "next cleanup branch not deleted yet (here)", "Next: git hotfix cleanup ID"]
    alice.hotfix("cleanup", check=0)
    assert shown(stage, "auth") == [
        *published[:-1],
        "done publication origin/main has it",
        deployed,
        *arrived,
        documents,
        "done cleanup 'hotfix/ID' is not here, not on the server",
    ]
    nothing = alice.hotfix("status", check=0)
    assert nothing.out == "There is no open hotfix.\nNext: git hotfix start TITLE\n"


TARGETS = ("develop", "release/1.1", "support/1.0")


def test_status_works_while_another_process_is_at_work(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    with (stage.alice.path / ".git/hotfix/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = stage.alice.snapshot()
        assert shown(stage)[-1] == "Next: git hotfix finish ID"
        assert stage.alice.hotfix("list", check=0).out.startswith("open *  ")
        assert stage.alice.snapshot() == before


def test_without_an_answer_of_the_server_the_last_fetch_counts_and_that_is_said(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    alice = stage.alice
    expected = shown(stage)
    asked = alice.hotfix("status", check=0)
    assert asked.err == ""
    offline = alice.hotfix("status", "--offline", check=0)
    assert offline.out == asked.out
    assert offline.err == "note: As of the last fetch (--offline).\n"
    alice.git("config", "hotfix.remote.timeout", "1")
    with silent_server() as url:
        alice.git("remote", "set-url", "origin", url)
        silent = alice.hotfix("status", check=0)
    assert silent.out == asked.out
    assert silent.err == "warning: 'origin' did not answer within 1 s. What follows is as of the last fetch.\n"
    assert expected[-1] == "Next: git hotfix cleanup ID"


def test_list_shows_open_and_past_hotfixes_of_others_too(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    alice, bob = stage.alice, stage.bob
    alice.hotfix("cleanup", check=0)
    bob.git("pull", "-q")
    bob.hotfix("start", "Mails are lost", "--slug", "mails", "-y", "--push", check=0)
    bob.commit("Not pushed", {"src/mails.py": "SEND = True\n"})

    listed = alice.hotfix("list", "--json", check=0).json()

    other = bob.git("branch", "--show-current").removeprefix("hotfix/")
    assert {each["hotfix"] for each in listed["hotfixes"]} == {stage.hotfix, other}
    for each in listed["hotfixes"]:
        is_other, times = each["hotfix"] == other, ("declared_at", "mitigated_at", "resolved_at")
        assert each["branch"] == f"hotfix/{each['hotfix']}"
        assert (each["is_open"], each["stands"]) == ((True, "fix (next)") if is_other else (False, "complete"))
        assert [each[key] is not None for key in times] == [True, not is_other, not is_other]
    text = [" ".join(line.split()) for line in stage.frozen(alice.hotfix("list", check=0).out).splitlines()]
    assert text == [
        "past ID critical complete N s Alice Login takes any password",
        f"open {other} critical fix (next) N s Bob Mails are lost",
    ]
    # the only open one is meant, on the server alone: a status for another machine
    status = alice.hotfix("status", check=0)
    assert status.out.startswith(f"{other}: Mails are lost\n")
    assert "waiting   cleanup               branch not deleted yet (on the server)\n" in status.out
    # two open ones: both are listed, nothing is guessed
    alice.hotfix("start", "Tax is wrong", "--slug", "tax", "-y", check=0)
    alice.git("switch", "-q", "main")
    both = alice.hotfix("status", check=0)
    assert [line.split()[0] for line in both.out.splitlines()] == ["open", "open"]
    before = alice.snapshot()
    guessed = alice.hotfix("finish", check=2)
    assert guessed.err.startswith("error: Several hotfixes are open: ")
    assert alice.snapshot() == before


def test_colleague_without_the_branch_sees_what_is_published_and_not_everywhere(tmp_path: Path) -> None:
    stage = published(tmp_path)
    bob = stage.bob
    before = bob.snapshot(without_tracking=True)
    shown = bob.hotfix("status", "--json", check=0).json()
    assert shown["hotfix"] == str(stage.hotfix)
    assert shown["next"] == f"git hotfix backport {stage.hotfix}"
    assert bob.snapshot(without_tracking=True) == before  # no tag came along
    bob.hotfix("backport", check=0)
    assert bob.hotfix("status", check=0).out.startswith("There is no open hotfix.")


def test_title_of_two_lines_is_one_line_of_the_list(tmp_path: Path) -> None:
    alice = standard_lab(tmp_path).alice
    alice.hotfix("start", "Login takes\nany password", "--slug", "auth", "-y", check=0)

    (line,) = alice.hotfix("list", check=0).out.splitlines()
    assert line.endswith("Login takes any password")
    assert alice.hotfix("status", check=0).out.splitlines()[0].endswith(": Login takes any password")


def test_hotfix_that_only_the_server_has_is_found_and_is_open_until_it_is_everywhere(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    scene.finish("--no-tag", "--no-backport")
    shown = scene.bob.hotfix("list", check=0).out
    assert shown.split()[:2] == ["open", scene.id]
    assert scene.bob.hotfix("status", scene.id, check=0).out.startswith(scene.id)
