"""``git hotfix config`` and ``init``: every value with where it comes from; a file that says what was detected."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from git_hotfix.config.table import all_keys
from tests.support.lab import Lab, standard_lab

if TYPE_CHECKING:
    from pathlib import Path


def set_in(content: str) -> dict[str, object]:
    """Return what a configuration file sets: its tables without the empty ones."""
    return {name: table for name, table in tomllib.loads(content).items() if table}


def test_config_shows_every_key_with_its_origin(tmp_path: Path) -> None:
    alice = standard_lab(tmp_path).alice
    alice.git("config", "hotfix.scope.maxFiles", "3")
    alice.git("config", "--global", "hotfix.tag.timezone", "UTC")
    alice.git("config", "gitflow.branch.develop", "develop")
    alice.write(".hotfix.toml", '[scope]\nmax_files = 4\nmax_lines = 50\n\n[deploy]\ncommand = "make deploy-prod"\n')
    before = alice.snapshot()

    shown = alice.hotfix("config", "--json", check=0).json()["settings"]

    assert [each["key"] for each in shown] == list(all_keys())
    special = {each["key"]: (each["value"], each["origin"]) for each in shown if each["origin"] != "default"}
    assert special == {
        "branches.develop": ("develop", "gitflow.branch.develop"),
        "tag.timezone": ("UTC", "git config (global)"),
        "scope.max_files": (3, "git config (local)"),
        "scope.max_lines": (50, ".hotfix.toml:3"),
        "deploy.command": ("make deploy-prod", ".hotfix.toml:6"),
        "branches.production": ("main", "detected"),
        "remote.name": ("origin", "detected"),
        "test.command": ('pytest {paths} -k "critical"', "detected"),
        "deploy.trigger": ("command", "detected"),
    }
    lines = [" ".join(line.split()) for line in alice.hotfix("config", check=0).out.splitlines()]
    assert len(lines) == len(all_keys())
    assert lines[0] == 'branches.production detected "main"'
    # one key, as the file or as git names it
    for key in ("scope.max_files", "hotfix.scope.maxFiles", "hotfix.scope.maxfiles"):
        one = alice.hotfix("config", key, check=0)
        assert " ".join(one.out.split()) == "scope.max_files git config (local) 3"
    unknown = alice.hotfix("config", "scope.files", check=2)
    assert unknown.err == (
        "error: Unknown key 'scope.files'. Did you mean 'scope.max_files'?\nhint:  git hotfix config scope.max_files\n"
    )
    assert alice.snapshot() == before


def test_init_writes_what_it_detects_and_replaces_nothing(tmp_path: Path) -> None:
    alice = standard_lab(tmp_path).alice
    alice.write("Makefile", "test-critical:\n\tpytest -k critical\n\ndeploy-prod:\n\t./deploy\n")
    before = alice.snapshot()
    planned = alice.hotfix("init", "--dry-run", check=0)
    assert alice.snapshot() == before

    written = alice.hotfix("init", check=0)

    assert written.out == (
        "Wrote '.hotfix.toml'.\n"
        "Runs:    make test-critical  (test.command in .hotfix.toml)\n"
        "Runs:    make deploy-prod  (deploy.command in .hotfix.toml)\n"
        "Next: git add .hotfix.toml && git commit\n"
    )
    content = alice.read(".hotfix.toml")
    assert planned.out == content
    assert set_in(content) == {
        "branches": {"production": "main", "develop": "develop"},
        "remote": {"name": "origin"},
        "test": {"command": "make test-critical"},
        "deploy": {"command": "make deploy-prod"},
    }
    # every key is there with its meaning; only what was detected is set
    settings = {each["key"]: each for each in alice.hotfix("config", "--json", check=0).json()["settings"]}
    assert {key for key, each in settings.items() if each["origin"].startswith(".hotfix.toml:")} == {
        "branches.production",
        "branches.develop",
        "remote.name",
        "test.command",
        "deploy.command",
    }
    for each in all_keys().values():
        assert each.doc in content
    changed = alice.snapshot()
    refused = alice.hotfix("init", check=1)
    assert refused.err == "error: '.hotfix.toml' exists already; --force replaces it.\nhint:  git hotfix config\n"
    assert alice.snapshot() == changed
    alice.write(".hotfix.toml", "# mine\n")
    alice.hotfix("init", "--force", check=0)
    assert alice.read(".hotfix.toml") == content


def test_init_without_anything_to_detect(tmp_path: Path) -> None:
    alice = Lab(tmp_path).alone("alice")
    alice.commit("Begin", {"README.md": "# Product\n"})
    alice.hotfix("init", check=0)
    assert set_in(alice.read(".hotfix.toml")) == {"branches": {"production": "main"}}


def test_settings_of_git_flow_are_honoured(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    alice, remote = scene.alice, scene.remote
    for old, new in (("main", "stable"), ("develop", "next"), ("release/1.1", "rel-1.1")):
        remote.git("branch", "-m", old, new)
    alice.git("fetch", "-q", "--prune")
    alice.git("switch", "-q", "--detach", "origin/stable")
    alice.git("branch", "-D", "main")
    for key, value in (
        ("branch.master", "stable"),
        ("branch.develop", "next"),
        ("prefix.hotfix", "urgent/"),
        ("prefix.release", "rel-"),
        ("prefix.support", "support/"),
    ):
        alice.git("config", f"gitflow.{key}", value)

    answer = alice.hotfix("start", "Mails are lost", "--slug", "mails", "-y", "--json", check=0).json()

    assert alice.git("branch", "--show-current") == f"urgent/{answer['hotfix']}"
    assert alice.rev("HEAD^") == remote.rev("stable")
    assert [each["branch"] for each in answer["targets"]] == ["next", "rel-1.1", "support/1.0"]
    alice.commit("Mend the mails", {"src/mails.py": "SEND = True\n"})
    done = alice.hotfix("finish", "--skip-tests", "no time", "--json", check=0).json()
    assert {each["branch"]: each["state"] for each in done["targets"]} == {
        "next": "present",
        "rel-1.1": "present",
        "support/1.0": "present",
    }
    assert remote.git("log", "-1", "--format=%s", "stable") == "HOTFIX: Mails are lost"
