"""Hotfixes that the real git-flow (AVH) begins or finishes, and its hooks: what it leaves, and what goes on here."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.publication_scenes import FINISH, hints, problems
from tests.support.hooks import _install
from tests.support.lab import Clone, Lab
from tests.support.processes import run

pytestmark = pytest.mark.skipif(shutil.which("git-flow") is None, reason="git-flow is not here (Debian: git-flow)")

SETTINGS = {
    "branch.master": "main",
    "branch.develop": "develop",
    "prefix.feature": "feature/",
    "prefix.release": "release/",
    "prefix.hotfix": "hotfix/",
    "prefix.support": "support/",
    "prefix.versiontag": "v",
}


@pytest.fixture
def alice(tmp_path: Path) -> Clone:
    lab = Lab(tmp_path)
    alice = lab.clone("alice")
    alice.commit("Begin", {"login.py": "LOGIN = 1\n"})
    alice.git("branch", "-M", "main")
    alice.git("tag", "-a", "-m", "First", "v1.2.0")
    alice.git("branch", "develop")
    alice.git("push", "-q", "origin", "main", "develop", "v1.2.0")
    for key, value in SETTINGS.items():
        alice.git("config", f"gitflow.{key}", value)
    return alice


def flow(clone: Clone, *words: str) -> None:
    answer = run("git", "flow", "hotfix", *words, directory=clone.path, env={"GIT_MERGE_AUTOEDIT": "no"})
    assert answer.code == 0, answer.err


def rows(clone: Clone, *words: str) -> dict[str, tuple[str, str]]:
    steps = clone.hotfix("status", *words, "--json", check=0).json()["steps"]
    return {each["step"]: (each["state"], each["evidence"]) for each in steps}


def test_hooks_of_a_start_here_are_told_what_git_flow_tells_them(alice: Clone) -> None:
    names = ("pre-flow-hotfix-start", "post-flow-hotfix-start", "pre-flow-hotfix-publish")
    for name in names:
        _install(alice.path / ".git/hooks" / name, 'echo "${0##*/} $*" >>"$HOME/told"\n')
    flow(alice, "start", "1.2.1")
    flow(alice, "publish", "1.2.1")
    by_git_flow = (Path.home() / "told").read_text().splitlines()
    alice.git("checkout", "-q", "main")
    (Path.home() / "told").unlink()
    alice.hotfix("start", "Logins", "-y", "--push", check=0)
    name = alice.git("branch", "--show-current").removeprefix("hotfix/")
    here = (Path.home() / "told").read_text().splitlines()
    assert sorted(here) == sorted(line.replace("1.2.1", name) for line in by_git_flow)
    assert by_git_flow[0] == "pre-flow-hotfix-start v1.2.1 origin hotfix/1.2.1 main"


def test_begun_by_git_flow_it_is_finished_here_with_its_hooks(alice: Clone) -> None:
    told = 'echo "${0##*/} $* $BRANCH_NAME $BASE_BRANCH $VERSION" >>"$HOME/told"\n'
    for name in ("pre-flow-hotfix-finish", "post-flow-hotfix-finish", "pre-flow-hotfix-delete"):
        _install(alice.path / ".git/hooks" / name, told)
    _install(alice.path / ".git/hooks/filter-flow-hotfix-finish-tag-message", 'echo "$1"; echo "Released as $2."\n')
    _install(alice.path / ".git/hooks/filter-flow-hotfix-start-version", 'test -n "$MASTER_BRANCH"; echo "1.2.1"\n')
    flow(alice, "start", "9")
    assert rows(alice)["fix"][0] == "next"
    assert rows(alice)["report"][0] == "waiting"
    alice.hotfix("note", "Logins are off", check=0)
    fix = alice.commit("Check the password", {"login.py": "LOGIN = 2\n"})
    _install(alice.path / ".git/hooks/pre-flow-hotfix-finish", "exit 3\n")
    before = alice.snapshot(without_tracking=True)
    assert problems(alice.hotfix(*FINISH, check=1)) == ["The hook 'pre-flow-hotfix-finish' ended with 3."]
    assert alice.snapshot(without_tracking=True) == before
    _install(alice.path / ".git/hooks/pre-flow-hotfix-finish", told)
    alice.hotfix(*FINISH, check=0)
    assert alice.server is not None
    assert alice.server.git("log", "-1", "--format=%s %P", "main").split(" ", 2)[:2] == ["HOTFIX:", "hotfix/1.2.1"]
    assert alice.server.rev("v1.2.1^{commit}") == alice.server.rev("main")
    assert "Released as v1.2.1." in alice.git("cat-file", "tag", "v1.2.1")
    assert fix in alice.server.git("rev-list", "develop").split()
    (report,) = [
        name for name in alice.server.git("ls-tree", "-r", "--name-only", "develop").split() if "HOTFIX" in name
    ]
    text = alice.server.show(f"develop:{report}")
    for said in ('title: "Check the password"', 'status: "resolved"', 'branch: "hotfix/1.2.1"', "Logins are off", fix):
        assert said in text
    assert "Check the password" in alice.server.show("develop:CHANGELOG.md")
    hook = alice.path / ".git/hooks/post-flow-hotfix-delete"
    _install(hook, "")
    hook.write_text("#!/nowhere/sh\n")
    assert "post-flow-hotfix-delete" in alice.hotfix("cleanup", check=0).err.split("warning: ", 1)[1]
    assert (Path.home() / "told").read_text().splitlines() == [
        "pre-flow-hotfix-finish v1.2.1 origin hotfix/1.2.1 1.2.1 main v1.2.1",
        "post-flow-hotfix-finish v1.2.1 origin hotfix/1.2.1 1.2.1 main v1.2.1",
        "pre-flow-hotfix-delete 1.2.1 origin hotfix/1.2.1 1.2.1 main 1.2.1",
    ]
    bob = Lab.at(alice.path.parent).clone("bob")  # who has never seen the branch
    assert rows(bob, "1.2.1")["publication"][0] == "done"
    assert rows(bob, "1.2.1")["documents"][0] == "done"
    assert bob.hotfix("verify", check=0).out.splitlines()[1].split()[1:3] == ["(hotfix/1.2.1)", "complete"]
    rule = bob.path / ".git/hooks/filter-flow-hotfix-finish-tag-message"
    _install(rule, "")
    rule.write_text("#!/nowhere/sh\n")
    assert "gives no message for the tag" in bob.hotfix("rollback", "1.2.1", "-y", check=0).err
    assert bob.git("show", "origin/main:login.py") == "LOGIN = 1"
    assert 'status: "rolled-back"' in bob.git("show", f"origin/develop:{report}")


def test_begun_here_or_by_git_flow_and_finished_by_git_flow_it_is_published(alice: Clone) -> None:
    rule = alice.path / ".git/hooks/filter-flow-hotfix-start-version"
    _install(rule, 'case $1 in *login*) exit 127;; esac\necho " ${1%-*}-OPS-7"; exit 3\n')
    before = alice.snapshot()
    said = alice.hotfix("start", "Login takes any password", "--slug", "login", "-y", check=1)
    assert problems(said)[0].startswith("'filter-flow-hotfix-start-version' gives no name for '")
    assert alice.snapshot() == before
    pre = alice.path / ".git/hooks/pre-flow-hotfix-publish"
    _install(pre, "exit 4\n")
    words = ("start", "Login takes any password", "--slug", "sign-in", "-y")
    refused = alice.hotfix(*words, "--push", check=1)
    assert hints(refused) == ["git hotfix start 'Login takes any password' --slug sign-in -y --push --no-verify"]
    pre.unlink()
    assert alice.snapshot() == before
    alice.hotfix(*words, check=0)
    rule.unlink()
    assert alice.git("branch", "--show-current").endswith("-sign-ops-7")
    name = alice.git("branch", "--show-current").removeprefix("hotfix/")
    alice.commit("Check the password", {"login.py": "LOGIN = 2\n"})
    flow(alice, "finish", "-m", "Login", name)
    flow(alice, "start", "1.2.1")
    alice.commit("Check the name", {"name.py": "NAME = 2\n"})
    flow(alice, "finish", "-k", "-m", "Name", "1.2.1")
    alice.git("push", "-q", "origin", "main", "develop", "--tags")
    assert rows(alice)["cleanup"][0] == "next"  # -k: the branch is still here
    alice.hotfix("cleanup", "1.2.1", check=0)
    assert rows(alice, name)["tag"] == ("done", f"v{name}")
    assert rows(alice, name)["publication"][0] == "done"
    alice.hotfix("document", name, check=0)  # what git-flow does not do
    found = rows(alice, "1.2.1")
    assert [found[each][0] for each in ("merge", "tag", "publication", "backport develop", "cleanup")] == ["done"] * 5
    assert alice.hotfix("verify", check=0).out.startswith("Looked at 2 hotfixes ")
    assert alice.hotfix("list", check=0).out.count("past ") == 2
    assert found["documents"] == ("done", "none: it was not made by git hotfix")
    planned = alice.hotfix("document", "1.2.1", "-n", check=0).out
    assert '+title: "Check the name"' in planned
    alice.hotfix("document", "1.2.1", check=0)
    assert rows(alice, "1.2.1")["documents"][0] == "done"
    assert alice.hotfix("document", "1.2.1", "-n", check=0).out.endswith("nothing is left to write.\n")
    assert 'title: "Check the name"' in planned
    assert alice.hotfix("verify", check=0).out.startswith("Looked at 2 hotfixes ")
