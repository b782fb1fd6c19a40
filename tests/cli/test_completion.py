"""``git hotfix <TAB>``: what is offered, and that bash, zsh and fish offer it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pexpect
import pytest

from git_hotfix.cli import completion
from git_hotfix.cli.commands import COMMANDS
from git_hotfix.config.keys import Config
from git_hotfix.git.world import DEVELOP_NAMES, PRODUCTION_NAMES
from git_hotfix.hotfix import HotfixId, Slug
from tests.support.lab import Clone, standard_lab
from tests.support.processes import TIME_LIMIT_SECONDS, run
from tests.support.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

GIT_FOR_BASH = "/usr/share/bash-completion/completions/git"


@pytest.fixture
def shop(tmp_path: Path) -> Clone:
    """Give a clone with two open hotfixes, one of them pushed by a colleague, and names that are made to be run."""
    lab = standard_lab(tmp_path)
    report = 'docs/incidents/HOTFIX-2026-01-17-auth-bypass.md:---\ntitle: "Login takes \\u001b[2J any password"\n---\n'
    path, _, text = report.partition(":")
    lab.remote.git("branch", "hotfix/20260117-auth-bypass", "main")
    lab.remote.git("branch", "hotfix/20260117-auth-bypass-to-develop", "main")
    lab.remote.git("branch", "hotfix/$(touch${IFS}owned)", "main")
    lab.remote.git("branch", "hotfix/20260118-$(touch${IFS}owned)", "main")
    lab.remote.commit_on("hotfix/20260117-auth-bypass", "Incident report", {path: text})
    lab.alice.git("fetch", "-q")
    lab.alice.hotfix("start", "긴급 로그인 수정", "-y", check=0)
    return lab.alice


def offered(*words: str) -> dict[str, str]:
    return dict(line.split("\t") for line in completion.offered(words).splitlines())


def test_commands_come_first_and_say_what_they_do() -> None:
    assert offered("") == {name: entry.summary for name, entry in COMMANDS.items()}
    assert list(offered("-q", "fini")) == ["finish"]
    assert list(offered("help", "fini")) == ["finish"]
    assert set(offered("--ver")) == {"--verbose", "--version"}


def test_options_have_the_first_sentence_of_the_manual() -> None:
    assert offered("backport", "--sk") == {"--skip": "This target will not get the fix; needs --reason."}
    assert list(offered("start", "--severity", "")) == ["critical", "high"]
    assert list(offered("completion", "")) == ["bash", "zsh", "fish"]
    assert list(offered("config", "scope.max_f")) == ["scope.max_files"]
    assert offered("test", "--", "--") == {}
    assert offered("finish", "--bundle", "") == {}  # a file: the shell's own


def test_hotfixes_are_offered_by_slug_by_id_and_by_a_word_of_the_title(
    shop: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.path)
    title = r"Login takes \x1b[2J any password"
    shown = offered("finish", "")
    assert shown["auth-bypass"] == title
    assert shown["긴급-로그인-수정"] == "긴급 로그인 수정"
    assert sorted(shown) == sorted(["auth-bypass", "긴급-로그인-수정", "$(touch${IFS}owned)"])
    assert offered("verify", "--waive", "20260117") == {"20260117-auth-bypass": title}
    assert offered("finish", "Password") == {"auth-bypass": title}
    assert "develop" in offered("verify", "--waive", "auth-bypass", "")
    assert sorted(offered("backport", "--to", "")) == ["develop", "main", "release/1.1", "support/1.0"]
    assert offered("start", "--on", "hotfix") == {}

    shop.write(".hotfix.toml", '[branches]\nprefix = "fix-"\n')
    shop.git("branch", "fix-20260101-tax", "main")
    assert list(offered("status", "")) == ["tax"]
    nothing = '[branches]\nprefix = "\\u0000"\n[incident]\ndirectory = "\\u0000"\n'
    for nonsense in ("[branches\n", "branches = 3", "[branches]\nprefix = 3\n[incident]\ndirectory = []\n", nothing):
        shop.write(".hotfix.toml", nonsense)  # every other command refuses it
        assert "auth-bypass" in offered("status", "")
    (shop.path / ".hotfix.toml").unlink()
    shop.write("pyproject.toml", "[tool]\ngit-hotfix = 3\n")
    assert "auth-bypass" in offered("status", "")
    shop.git("config", "gitflow.branch.hotfix.prefix", "fix-")
    assert list(offered("status", "")) == ["tax"]


def test_hotfixes_of_which_only_the_report_is_left_are_offered_where_they_are_meant(
    shop: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.path)
    shop.git("push", "-q", "origin", "+origin/hotfix/20260117-auth-bypass:refs/heads/develop")
    shop.git("push", "-q", "origin", ":hotfix/20260117-auth-bypass")
    shop.git("fetch", "-q", "--prune")
    for past in (("rollback", ""), ("start", "--again", ""), ("verify", "--waive", "")):
        assert offered(*past)["auth-bypass"].startswith("Login takes")
    assert "auth-bypass" not in offered("finish", "")


def test_nothing_that_a_clone_has_left_out_is_fetched_for_them(
    shop: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    partial = tmp_path / "partial"
    shop.git("config", "uploadpack.allowFilter", "true")
    shop.git("clone", "-q", "--filter=blob:none", "--no-checkout", shop.path.as_uri(), str(partial))
    packs = {each.name for each in (partial / ".git/objects/pack").iterdir()}
    monkeypatch.chdir(partial)
    assert offered("finish", "") == {"긴급-로그인-수정": ""}  # its title is in the report
    assert {each.name for each in (partial / ".git/objects/pack").iterdir()} == packs


@pytest.mark.skipif(not os.path.exists(GIT_FOR_BASH), reason="needs git's completion for bash")  # noqa: PTH110
def test_bash_offers_them_and_runs_nothing_of_their_names(shop: Clone) -> None:
    script = """
source "$1"; source <(git hotfix completion bash)
offer () { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
    COMPREPLY=(); __git_wrap__git_main; printf '<%s>\\n' "${COMPREPLY[@]}"; }
offer git hotfix finish password
offer git -c a.b=c hotfix fini
offer git hf --vers
offer git hotfix start --from 'hotfix/20260118-'
"""
    shop.git("config", "alias.hf", "hotfix")
    told = run("bash", "-c", script, "bash", GIT_FOR_BASH, directory=shop.path)
    assert (told.out, told.err) == (
        "<auth-bypass >\n<finish >\n<--version >\n<hotfix/20260118-\\$\\(touch\\$\\{IFS\\}owned\\) >\n",
        "",
    )
    assert not (shop.path / "owned").exists()


@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs the package 'zsh'")
def test_zsh_completes_a_word_of_the_title(shop: Clone, tmp_path: Path) -> None:
    shutil.copyfile(ROOT / "share/completions/git-hotfix.zsh", tmp_path / "_git-hotfix")
    environment = {**os.environ, "TERM": "dumb", "PS1": "> "}
    shell = pexpect.spawn("zsh", ["-f", "-i"], cwd=str(shop.path), env=environment, encoding="utf-8")
    shell.timeout = TIME_LIMIT_SECONDS
    shell.sendline(f"fpath=('{tmp_path}' $fpath); autoload -U compinit; compinit -D -u; echo re''ady")
    shell.expect("ready\r")
    shell.send("git hotfix finish passw\t")
    shell.expect("auth-bypass")
    shell.send(" --verif\t")
    shell.expect("--verified-by")
    shell.close(force=True)


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs the package 'fish'")
def test_fish_offers_them_with_what_they_are_where_the_wheel_installs_them(shop: Clone, tmp_path: Path) -> None:
    script = (
        "complete -C 'git hotfix fini';"
        " complete -C 'git hotfix finish auth'; complete -C 'git-hotfix backport --to dev'"
    )
    installed = tmp_path / "data/fish/vendor_conf.d"
    installed.mkdir(parents=True)
    shutil.copyfile(ROOT / "share/completions/git-hotfix.fish", installed / "git-hotfix.fish")
    told = run("fish", "-c", script, directory=shop.path, env={"XDG_DATA_HOME": str(tmp_path / "data")})
    assert told.out == (
        f"finish\t{COMMANDS['finish'].summary}\n"
        "auth-bypass\tLogin takes \\x1b[2J any password\ndevelop\tbranch on the server\n"
    )


def test_what_is_read_without_the_program_is_what_the_program_has() -> None:
    config = Config()
    assert {
        "branches.prefix": [config.branches.prefix],
        "branches.production": [*PRODUCTION_NAMES],
        "branches.develop": [*DEVELOP_NAMES],
        "branches.release": [*config.branches.release],
        "incident.directory": [config.incident.directory],
    } == completion._DEFAULTS
    report = HotfixId("20260117", Slug("auth")).report_name()
    assert completion._REPORT.fullmatch(report)
