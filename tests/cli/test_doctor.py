"""``git hotfix doctor``: what a hotfix will need, looked at without a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from git_hotfix.git.commits import signer_remedy
from git_hotfix.git.settings import Entry, GitConfig
from tests.support.lab import Clone, standard_lab
from tests.support.snapshot import every_byte

if TYPE_CHECKING:
    from pathlib import Path

ASKING = {"HOTFIX_TRUST_CONFIG": "0"}
"""As on a person's machine: what a repository's file runs is asked about."""


def states(answer: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    return {row["step"]: row["state"] for row in answer["steps"]}


def test_all_is_well_and_every_byte_here_and_on_the_server_stays(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    alice = scene.alice
    alice.write(".hotfix.toml", '[test]\ncommand = "sh tests"\n')
    alice.git("add", ".hotfix.toml")
    alice.git("commit", "-q", "-m", "Settings")
    alice.git("push", "-q", "origin", "main")
    scene.remote.commit_on("main", "Not fetched yet", {".hotfix.toml": ""})
    ran = tmp_path.with_name("ran")
    for name in ("pre-push", "post-checkout", "reference-transaction"):
        alice.write(f".git/hooks/{name}", f'#!/bin/sh\ntouch "{ran}"\nexit 1\n').chmod(0o755)
    before = every_byte(tmp_path)

    told = alice.hotfix("doctor", "--json", check=0)

    assert every_byte(tmp_path) == before
    assert not ran.exists()
    seen = states(told.json())
    assert (seen.pop("manual"), seen.pop("protection")) == (seen.get("manual", "done"), "unknown")
    assert set(seen.values()) == {"done"}
    assert [*seen][-8:] == [
        *("signing", "server", "branches", "right to push", "tests", "deployment", "consent", "leftovers"),
    ]


def test_everything_that_is_wrong_comes_with_what_mends_it(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    alice = scene.alice
    team = '[test]\ncommand = "no-such-tests"\n[deploy]\ncommand = "no-such-deployment now"\n'
    scene.remote.commit_on("main", "Settings", {".hotfix.toml": team})
    alice.git("pull", "-q", "--ff-only")
    for key, value in (("commit.gpgSign", "true"), ("gpg.program", "false"), ("user.signingKey", "none")):
        alice.git("config", key, value)
    scene.remote.path.rename(tmp_path / "moved.git")
    alice.write(".git/hotfix/doing.json", '{"what": "removal", "tree": "/nowhere"}')

    told = alice.hotfix("doctor", "--json", env=ASKING, check=8).json()

    assert {each["code"]: each["remedy"].split(" hotfix.consent")[0] for each in told["problems"]} == {
        "signing-failed": "git config gpg.program gpg",
        "server-unreachable": "git ls-remote origin",
        "command-not-started": "git config hotfix.deploy.command COMMAND",
        "consent-missing": "git config --local --add",
    }
    assert states(told)["leftovers"] == "unknown"
    consents = [each["remedy"] for each in told["problems"] if each["code"] == "consent-missing"]
    for remedy in consents:  # each is for exactly the text that was shown
        alice.git(*remedy.split(" ")[1:])
    assert states(alice.hotfix("doctor", "--json", env=ASKING, check=8).json())["consent"] == "done"


def test_broken_configuration_is_told_and_the_rest_is_looked_at_with_what_is_valid(tmp_path: Path) -> None:
    alice = standard_lab(tmp_path).alice
    alice.write(".hotfix.toml", "[test]\ncomand = 1\n[scpe]\n")
    alice.write(".git/index.lock", "")
    alice.git("config", "hotfix.brnch.x", "1")
    told = alice.hotfix("doctor", check=8)
    rows = {line.split()[1]: line.split()[0] for line in told.out.splitlines()}
    assert rows["configuration"] == rows["leftovers"] == "wrong"
    assert rows["server"] == "ok"
    assert "production's" not in rows, "what is wrong is told once"
    assert told.err.count("hint:  $(git var GIT_EDITOR) .hotfix.toml\n") == 2
    assert told.err.endswith(f"hint:  rm {alice.path}/.git/index.lock\n")
    assert "error: Unknown key 'test.comand' in .hotfix.toml:2. Did you mean 'test.command'?" in told.err
    (alice.path / ".hotfix.toml").unlink()
    (alice.path / ".git/index.lock").unlink()
    alice.git("config", "--remove-section", "hotfix.brnch")
    for url in ("one", "two"):
        alice.git("remote", "set-url", "--add", "--push", "origin", url)
    told = alice.hotfix("doctor", check=8)
    assert told.out.split("\n")[-2] == "  wrong  server         see below"
    assert told.err.startswith("error: The remote 'origin' has 2 push URLs")


def test_broken_configuration_of_production_is_wrong_where_the_working_tree_has_none(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    scene.remote.commit_on("main", "Settings", {".hotfix.toml": "[test]\ncomand = 1\n"})
    scene.alice.git("fetch", "-q")
    told = scene.alice.hotfix("doctor", "--json", check=8).json()
    assert [each["code"] for each in told["problems"]] == ["unknown-setting"]
    assert states(told)["production's settings"] == "not done"


def test_server_that_lets_nobody_push_says_so(tmp_path: Path) -> None:
    alice = standard_lab(tmp_path).alice
    alice.git("config", "remote.origin.receivepack", "sh -c 'echo read only >&2; exit 1'")
    told = alice.hotfix("doctor", check=8)
    assert told.err.startswith("error: 'origin' lets nobody push from here: ")
    assert "read only" in told.err
    assert told.err.endswith("hint:  git push --dry-run\n")


def test_outside_a_repository_the_program_itself_is_looked_at(tmp_path: Path) -> None:
    told = Clone(tmp_path).hotfix("doctor", check=8)
    assert [line.split()[1] for line in told.out.splitlines()] == ["git", "program", "manual", "repository"]


@pytest.mark.parametrize(
    ("settings", "reason", "mend"),
    [
        ((), "gpg: skipped: No secret key gpg failed to sign the data", "git config user.signingKey KEY"),
        ((), "gpg failed to sign the data", "git config user.signingKey KEY"),
        ((), "cannot run gpg: No such file or directory", "git config gpg.program PATH"),
        ((("gpg.program", "/no"),), "cannot run /no: No such file or directory", "git config gpg.program gpg"),
        ((("gpg.program", "false"),), "gpg failed to sign the data", "git config gpg.program gpg"),
        ((), "gpg: signing failed: Inappropriate ioctl for device", "export GPG_TTY=$(tty)"),
        ((("gpg.format", "ssh"),), "Couldn't load public key /no", "git config user.signingKey KEY"),
        ((("gpg.format", "ssh"),), "Couldn't find key in agent?", "ssh-add"),
        ((("gpg.format", "gpgg"),), "invalid value for 'gpg.format': 'gpgg'", "git config gpg.format openpgp"),
    ],
)
def test_broken_signer_is_mended_by_its_cause(settings: tuple[tuple[str, str], ...], reason: str, mend: str) -> None:
    config = GitConfig(tuple(Entry("local", key, value) for key, value in settings))
    assert signer_remedy(reason, config).line() == mend
