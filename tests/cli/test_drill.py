"""``git hotfix drill``: a hotfix rehearsed on a copy; nothing of the repository or its server is reached from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from msgspec.structs import replace

from git_hotfix.cli.drill import take_over_hooks, take_over_signing, unknown_author
from git_hotfix.cli.options import Options
from git_hotfix.cli.rehearsal import Plan, Rehearsal, _is_fit, _let_colleague_change, rehearse
from git_hotfix.cli.stage import Played, Stage
from git_hotfix.engine.run import Run
from git_hotfix.errors import HotfixError
from git_hotfix.git.program import here
from git_hotfix.git.repository import open_repository
from git_hotfix.git.settings import read_git_config
from git_hotfix.git.world import Roles
from tests.support.facts import MAIN
from tests.support.hooks import _install
from tests.support.lab import Clone, Lab, standard_lab
from tests.support.snapshot import every_byte

if TYPE_CHECKING:
    from pathlib import Path


TEAM = """\
[test]
command = "python3 tests/look.py"
[deploy]
command = "touch {deployed}"
rollback = "touch {deployed}"
"""
LOOK = """\
import os, subprocess
with open({seen!r}, "a") as seen:
    for words in ("remote -v", "config --list", "var GIT_AUTHOR_IDENT"):
        seen.write(subprocess.run(["git", *words.split()], capture_output=True, text=True).stdout)
    pushed = subprocess.run(["git", "push", "https://git.example.com/shop.git", "main"], capture_output=True, text=True)
    seen.write(pushed.stderr + " ".join(os.environ))
"""


def test_whole_hotfix_is_rehearsed_and_every_byte_here_and_on_the_server_stays(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    alice, outside = scene.alice, tmp_path.with_name(f"{tmp_path.name}-outside")
    outside.mkdir()
    deployed, seen = outside / "deployed", outside / "seen"
    scene.remote.commit_on("main", "Team", {".hotfix.toml": TEAM.format(deployed=deployed)})
    for branch in ("main", "develop"):
        scene.remote.commit_on(branch, "Tests", {"tests/look.py": LOOK.format(seen=str(seen))})
    alice.git("pull", "-q", "--ff-only")
    _lead_back(alice, scene.remote.path, deployed)
    (alice.path / "README.md").write_text("uncommitted\n")
    before = every_byte(tmp_path)

    env = {"TMPDIR": str(outside), "GH_TOKEN": "secret", "SSH_AUTH_SOCK": "/agent"}
    told = alice.hotfix("drill", "--json", env=env, check=0)

    assert every_byte(tmp_path) == before
    assert not deployed.exists()
    assert [path.name for path in outside.iterdir()] == ["seen"]
    steps = [(row["step"], row["state"]) for row in told.json()["steps"]]
    played = (
        "start",
        "fix",
        "finish",
        "finish, merged",
        "resolved conflict",
        "rollback",
        "rollback, merged",
        "cleanup",
    )
    assert steps == [(name, "done") for name in played]
    hooks = "commit-msg, post-checkout, post-merge, pre-push, reference-transaction"
    why = "(--hooks runs them, and they may reach a real server)"
    assert told.json()["notes"] == [f"Not rehearsed: the hooks {hooks} {why}."]
    assert f"not run in a drill: touch {deployed}" in told.err
    assert "has a conflict to resolve" in told.err
    reached = seen.read_text()
    assert "transport 'https' not allowed" in reached
    for trace in (f"{tmp_path}/", "hookspath", "pushurl", "credential", "consent", "GH_TOKEN", "SSH_AUTH_SOCK"):
        assert trace not in reached
    assert "hotfix.scope.maxfiles=7" in reached
    assert "Alice" in reached


def test_hooks_run_where_they_are_and_signing_is_tried_first(tmp_path: Path) -> None:
    alice = Lab(tmp_path / "real").alone("alice")
    _install(alice.path / "team/commit-msg", "")
    _install(alice.path / "team/helper.sh", "")
    _install(alice.path / ".git/hooks/pre-push", "")
    _install(alice.path / "flow/pre-flow-hotfix-finish", "")
    alice.git("config", "core.hooksPath", "team")
    alice.git("config", "gitflow.path.hooks", "flow")
    alice.git("config", "tag.gpgSign", "true")
    alice.git("config", "gpg.program", "false")
    repository = open_repository(here().elsewhere(alice.path))
    run = Run(repository, read_git_config(repository.git), tell=lambda _: None, offline=True)
    root = tmp_path / "stage"
    root.mkdir()
    there = Stage(root, Options(json=True), "clone")
    there.quiet("git", "init", "-q", "clone", directory=root)
    plan = Plan(Roles(MAIN, guessed=False, develop=None, lines=()), run.settings, "none", None, hooks=False, issue=None)
    assert [*take_over_hooks(there, run, plan)] == [
        "the hooks commit-msg, pre-flow-hotfix-finish (--hooks runs them, and they may reach a real server)"
    ]
    assert [*take_over_hooks(there, run, replace(plan, hooks=True))] == []
    assert there.quiet("git", "config", "core.hooksPath").strip() == str(alice.path / "team")
    assert there.quiet("git", "config", "gitflow.path.hooks").strip() == str(alice.path / "flow")

    rehearsal = Rehearsal(there, plan)
    (why,) = take_over_signing(there, run, rehearsal)
    assert why == "signing, which fails here without a terminal (error: gpg failed to sign the data)"
    assert [each.message for each in rehearsal.found] == ["Nothing can be signed: gpg failed to sign the data"]
    assert there.quiet("git", "config", "tag.gpgSign").strip() == "false"
    _install(tmp_path / "signer", "cat >/dev/null; echo '[GNUPG:] SIG_CREATED ' >&2; echo signature\n")
    alice.git("config", "gpg.program", str(tmp_path / "signer"))
    run = Run(repository, read_git_config(repository.git), tell=lambda _: None, offline=True)
    assert [*take_over_signing(there, run, rehearsal)] == []
    assert unknown_author(run) == ()
    alice.git("config", "user.name", "")
    run = Run(open_repository(here().elsewhere(alice.path)), run.git_config, tell=lambda _: None, offline=True)
    assert [each.code for each in unknown_author(run)] == ["no-identity"]
    assert there.quiet("git", "config", "--get-all", "tag.gpgSign").split()[-1] == "true"


def _lead_back(alice: Clone, server: Path, deployed: Path) -> None:
    """Set all that would lead from a copy to the repository, its server or production."""
    hook = alice.write("hooks/pre-push", f'#!/bin/sh\\ntouch "{deployed}"\\n'.replace("\\n", "\n"))
    for name in ("pre-push", "post-checkout", "commit-msg", "reference-transaction", "post-merge"):
        (hook.parent / name).write_bytes(hook.read_bytes())
        (hook.parent / name).chmod(0o755)
    others = alice.path.parent / "bob/.git/objects"
    (alice.git_dir / "objects/info").mkdir(exist_ok=True)
    (alice.git_dir / "objects/info/alternates").write_text(f"{others}\n")
    for key, value in (
        ("core.hooksPath", str(hook.parent)),
        ("gitflow.path.hooks", str(hook.parent)),
        ("remote.origin.pushurl", str(server)),
        ("url.https://git.example.com/.insteadOf", str(server.parent)),
        ("credential.helper", f"!touch {deployed}; :"),
        ("submodule.recurse", "true"),
        ("filter.lfs.process", f"touch {deployed}"),
        ("filter.lfs.smudge", f"touch {deployed}"),
        ("hotfix.consent.command", "0" * 64),
        ("hotfix.deploy.command", f"touch {deployed}"),
        ("hotfix.deploy.check", f"touch {deployed}"),
        ("hotfix.remote.pullRequest", "main"),
        ("hotfix.scope.maxFiles", "7"),
    ):
        alice.git("config", key, value)


def test_tests_that_fail_are_found_and_the_rehearsal_goes_on_without_them() -> None:
    played: list[tuple[str, ...]] = []

    class Told:
        """A stage on which the tests fail."""

        def play(self, *words: str) -> Played:
            played.append(words)
            code = 4 if "--skip-tests" in words else 6
            return Played(code, 1.25, "\x1b[31merror:\x1b[0m The critical tests failed.\nhint:  x\n")

    rehearsal = Rehearsal(cast("Stage", Told()))
    assert rehearsal.publish("finish", "git", "hotfix", "finish", "drill", expected=4) == 4
    assert len(played) == 2
    rows: Any = [(row.step, str(row.state), row.evidence) for row in rehearsal.rows]
    assert rows == [("finish", "not done", "1.2 s, exit 6"), ("finish without tests", "done", "1.2 s")]
    assert [each.message for each in rehearsal.found] == [
        "'git hotfix finish' ended with exit 6: The critical tests failed."
    ]


def test_rehearsal_follows_the_name_that_a_filter_gives(tmp_path: Path) -> None:
    played: list[tuple[str, ...]] = []

    class Told(Stage):
        """A stage on which everything ends as it should, and git-flow's filter names the hotfix."""

        def play(self, *words: str) -> Played:
            played.append(words)
            if "start" in words:
                self.quiet("git", "checkout", "-q", "-b", "hotfix/20260117-1-2-1")
            return Played(3 if "finish" in words and "--continue" not in words else 0, 1.0, "")

    there = Told(tmp_path, Options(json=True), "clone")
    there.make_server()
    there.commit("One", {"app.py": "A = 1\n"})
    there.quiet("git", "push", "-q", "origin", "main")
    repository = open_repository(here().elsewhere(there.clone))
    run = Run(repository, read_git_config(repository.git), tell=lambda _: None, offline=True)
    run.look_at_server(must_answer=False, fetches=False)
    plan = Plan(Roles(MAIN, guessed=False, develop=None, lines=()), run.settings, "none", None, hooks=True, issue=None)
    rehearse(Rehearsal(there, plan), run, plan)
    assert {words[3] for words in played if words[2] in {"finish", "rollback", "cleanup"}} == {"20260117-1-2-1"}
    assert played[-1][2] == "cleanup"


def test_tests_of_the_repository_need_consent_and_a_cut_history_is_refused(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    scene.remote.commit_on("main", "Team", {".hotfix.toml": '[test]\ncommand = "make test"\n'})
    scene.alice.git("pull", "-q", "--ff-only")
    told = scene.alice.hotfix("drill", env={"HOTFIX_TRUST_CONFIG": "0"}, check=2)
    assert told.err.endswith("hint:  git hotfix drill --trust-config\n")
    scene.alice.git("clone", "-q", "--depth=1", f"file://{scene.remote.path}", str(tmp_path / "cut"))
    scene.alice.git("config", "hotfix.scope.maxFiles", "many")
    assert "must be a whole number" in scene.alice.hotfix("drill", check=8).err
    assert "whole history" in Clone(tmp_path / "cut").hotfix("drill", check=8).err


def test_nothing_is_written_to_where_a_link_of_the_repository_leads(tmp_path: Path) -> None:
    (outside := tmp_path / "outside").mkdir()
    own = outside / "app.py"
    own.write_text("mine\n")
    there = Stage(tmp_path, Options(json=True), "clone")
    there.make_server()
    (there.clone / "src").mkdir()
    there.commit("One", {"src/app.py": "A = 1\n"})
    there.quiet("git", "push", "-q", "origin", "main")
    there.quiet("git", "rm", "-q", "-r", "src")
    (there.clone / "src").symlink_to(outside)
    there.quiet("git", "add", "-A")
    there.quiet("git", "commit", "-q", "-m", "A link")
    there.quiet("git", "push", "-q", "origin", "HEAD:develop")
    (there.clone / "loop").symlink_to("loop")
    assert not [name for name in ("src/app.py", "loop/app.py", "loop") if _is_fit(there.clone, name)]
    with pytest.raises(HotfixError):
        _let_colleague_change(there, "src/app.py", "develop")
    assert own.read_text() == "mine\n"
