from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from git_hotfix.config.keys import Branches, Config, Messages, Scope
from git_hotfix.config.layers import TeamCommand, UnknownSetting
from git_hotfix.config.table import all_keys
from git_hotfix.errors import ExitCode, HotfixError, command
from git_hotfix.git.config_file import ConfigFile
from git_hotfix.git.consent import keep_consents, kept_consents
from git_hotfix.git.program import Git
from git_hotfix.git.repository import open_repository
from git_hotfix.git.settings import GitConfig, load_settings, read_git_config

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def top(tmp_path: Path) -> Path:
    subprocess.run(("git", "init", "-q", tmp_path), check=True)
    return tmp_path


def git_in(top: Path, **environment: str) -> Git:
    return Git(top, {**os.environ, **environment})


def write(top: Path, text: str) -> None:
    with (top / ".git/config").open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)


def read(top: Path, **environment: str) -> GitConfig:
    return read_git_config(git_in(top, **environment))


def own(text: str) -> ConfigFile:
    return ConfigFile(".hotfix.toml", text.encode())


def told(config: GitConfig, file: ConfigFile | None = None) -> list[str]:
    problems = load_settings(config, file).problems
    assert {problem.exit_code for problem in problems} == {ExitCode.USAGE}
    return [problem.message for problem in problems]


def changed(config: GitConfig, file: ConfigFile | None = None) -> dict[str, tuple[object, str]]:
    """Return what is not from the defaults: value and origin by key."""
    settings = load_settings(config, file)
    return {
        dotted: (getattr(getattr(settings.config, key.section), key.name), settings.origins[dotted])
        for dotted, key in all_keys().items()
        if settings.origins[dotted] != "default"
    }


def test_repository_without_configuration_has_the_defaults(top: Path) -> None:
    settings = load_settings(read(top), None)
    assert settings.config == Config()
    assert set(settings.origins.values()) == {"default"}


def test_every_key_can_be_read_from_git_config(top: Path) -> None:
    samples = {
        "start.push": "true",
        "deploy.trigger": "push",
        "documents.publish": "hold",
        "documents.create": "false",
        "incident.language": "ko",
        "tag.timezone": "UTC",
        "remote.forge": "gitea",
    }
    samples |= {"scope.mode": "refuse", "test.map": "a=b", "deploy.command": "c"}
    for dotted, key in all_keys().items():
        value = samples.get(dotted, "7" if isinstance(key.default, int) else "x")
        subprocess.run(("git", "config", key.git_name, value), cwd=top, check=True)
    assert set(load_settings(read(top), None).origins.values()) == {"git config (local)"}


def test_values_are_those_that_git_itself_reads(top: Path) -> None:
    write(
        top,
        '[hotfix "Start"]\n[Hotfix "start"]\n\tPUSH\n[x "A.b C"]\n\tkey = 1\n'
        '\tKey = "two\\nlines"\n\tempty =\n'
        "[b]\n\ton = On\n\tno = NO\n\tone = 1k\n\tzero = 0\n\tbad = maybe\n\tempty =\n",
    )
    config = read(top)
    assert config.last("x.A.b C.KEY") == "two\nlines"
    assert config.all("X.A.b C.key") == ("1", "two\nlines")
    assert config.last("x.a.b C.key") is None
    assert config.all("x.A.b C.missing") == ()
    assert [config.boolean(f"b.{key}") for key in ("on", "no", "one", "zero", "empty", "missing")] == [
        True,
        False,
        True,
        False,
        False,
        None,
    ]
    assert (config.last("hotfix.start.push"), config.boolean("hotfix.start.push")) == (None, True)
    with pytest.raises(HotfixError, match=r"^'b.bad' in git config \(local\) must be true or false, not 'maybe'\.$"):
        config.boolean("b.bad")
    assert changed(config) == {"start.push": (True, "git config (local)")}


def test_option_of_git_counts_most(top: Path) -> None:
    subprocess.run(("git", "config", "--global", "hotfix.scope.maxFiles", "1"), check=True)
    subprocess.run(("git", "config", "hotfix.scope.maxFiles", "2"), cwd=top, check=True)
    assert changed(read(top)) == {"scope.max_files": (2, "git config (local)")}
    # an alias runs as a child of 'git -c …', as 'git -c … hotfix' does
    dump = subprocess.run(
        ("git", "-c", "hotfix.scope.maxFiles=3", "-c", "alias.dump=!env -0", "dump"),
        cwd=top,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    environment = dict(line.split("=", 1) for line in dump.split("\0") if line)
    assert changed(read(top, **environment)) == {"scope.max_files": (3, "git config (command)")}


def test_configuration_of_the_environment_counts(top: Path) -> None:
    config = read(
        top,
        GIT_CONFIG_COUNT="2",
        GIT_CONFIG_KEY_0="hotfix.deploy.command",
        GIT_CONFIG_VALUE_0="make a=b",
        GIT_CONFIG_KEY_1="hotfix.scope.MaxLines",
        GIT_CONFIG_VALUE_1="1k",
    )
    assert changed(config) == {
        "deploy.command": ("make a=b", "git config (command)"),
        "scope.max_lines": (1024, "git config (command)"),
    }


def test_conditional_include_counts(top: Path) -> None:
    (top / "team.config").write_text('[hotfix "branches"]\n\tproduction = live\n')
    write(
        top,
        f'[includeIf "gitdir:{top}/"]\n\tpath = {top}/team.config\n[includeIf "gitdir:/no/"]\n\tpath = x\n',
    )
    assert changed(read(top)) == {"branches.production": ("live", "git config (local)")}


def test_worktree_configuration_counts_more_than_the_repository(top: Path) -> None:
    subprocess.run(("git", "config", "extensions.worktreeConfig", "true"), cwd=top, check=True)
    subprocess.run(("git", "config", "hotfix.scope.mode", "refuse"), cwd=top, check=True)
    subprocess.run(("git", "config", "--worktree", "hotfix.scope.mode", "warn"), cwd=top, check=True)
    assert changed(read(top)) == {"scope.mode": ("warn", "git config (worktree)")}


def test_repeated_key_is_a_list_over_all_files(top: Path) -> None:
    subprocess.run(("git", "config", "--global", "hotfix.worktree.copy", ".env"), check=True)
    write(top, '[hotfix "worktree"]\n\tcopy = a b\n\tcopy = ./c\n')
    assert changed(read(top)) == {"worktree.copy": ((".env", "a b", "c"), "git config (global, local)")}


def test_empty_value_drops_the_list_before_it(top: Path) -> None:
    write(top, '[hotfix "worktree"]\n\tcopy = a\n\tcopy =\n\tcopy = b\n[hotfix "scope"]\n\texclude =\n')
    assert changed(read(top)) == {
        "worktree.copy": (("b",), "git config (local)"),
        "scope.exclude": ((), "git config (local)"),
    }


def test_test_map_is_written_as_glob_and_path(top: Path) -> None:
    write(top, '[hotfix "test"]\n\tmap = src/a/** = tests/a\n\tmap = b=c=d\n\tmap = src/a/**=tests/x\n')
    assert changed(read(top)) == {
        "test.map": ((("src/a/**", ("tests/a", "tests/x")), ("b", ("c=d",))), "git config (local)")
    }


def test_wrong_values_in_git_config_are_told_together(top: Path) -> None:
    write(
        top,
        '[hotfix "scope"]\n\tmaxFiles = ten\n\tmode\n\texclude\n[hotfix "start"]\n\tpush = maybe\n'
        '[hotfix "test"]\n\tmap = x\n[hotfix "deploy"]\n\tcommand = caf\udce9\n',
    )
    assert told(read(top), own("[scope]\nmax_lines = 'x'\n")) == [
        "'hotfix.scope.maxFiles' in git config (local) must be a whole number, not \"ten\".",
        "'hotfix.scope.mode' in git config (local) must be 'warn' or 'refuse', not a key without a value.",
        "'hotfix.scope.exclude' in git config (local) must be a list of texts, not a key without a value.",
        "'hotfix.start.push' in git config (local) must be true or false, not \"maybe\".",
        ("'hotfix.test.map' in git config (local) must be a table of texts or lists of texts, not \"x\"."),
        "'hotfix.deploy.command' in git config (local) is not UTF-8 text.",
        "'scope.max_lines' in .hotfix.toml:2 must be a whole number, not \"x\".",
    ]


@pytest.mark.parametrize(
    ("key", "shown", "nearest"),
    [
        ("hotfix.scope.maxFile", "hotfix.scope.maxfile", "hotfix.scope.maxFiles"),
        ("hotfix.Scope.maxFiles", "hotfix.Scope.maxfiles", "hotfix.scope.maxFiles"),
        ("hotfix.scop.mode", "hotfix.scop.mode", "hotfix.scope.mode"),
        ("hotfix.branches", "hotfix.branches", "hotfix.branches.production"),
        ("hotfix.brnch.x", "hotfix.brnch.x", "hotfix.branches.prefix"),
        ("hotfix.prefix", "hotfix.prefix", "hotfix.branches.prefix"),
        ("hotfix.deploi", "hotfix.deploi", "hotfix.deploy.trigger"),
        ("hotfix.a.b.command", "hotfix.a.b.command", "hotfix.test.command"),
    ],
)
def test_unknown_key_in_git_config_names_the_nearest(top: Path, key: str, shown: str, nearest: str) -> None:
    subprocess.run(("git", "config", key, "1"), cwd=top, check=True)
    (found,) = load_settings(read(top), None).unknown
    assert found == UnknownSetting(
        "unknown-setting",
        f"Unknown key '{shown}' in git config (local). Did you mean '{nearest}'?",
        command("git", "config", "--local", "--edit"),
        ExitCode.USAGE,
        meant=found.meant,
    )


def test_order_is_git_config_then_file_then_gitflow(top: Path) -> None:
    write(
        top,
        '[gitflow "branch"]\n\tmaster = flow-main\n\tdevelop = flow-develop\n'
        '[gitflow "prefix"]\n\thotfix = fix/\n[hotfix "branches"]\n\tproduction = ours\n',
    )
    file = own('[branches]\nproduction = "file-main"\ndevelop = "file-develop"\n')
    assert changed(read(top), file) == {
        "branches.production": ("ours", "git config (local)"),
        "branches.develop": ("file-develop", ".hotfix.toml:3"),
        "branches.prefix": ("fix/", "gitflow.prefix.hotfix"),
    }


def test_gitflow_configuration_gives_branches_prefixes_and_remote(top: Path) -> None:
    write(
        top,
        '[gitflow "branch"]\n\tmaster = live\n\tdevelop = next\n[gitflow]\n\torigin = hub\n'
        '[gitflow "prefix"]\n\tfeature = f/\n\trelease = rel/\n\thotfix = fix/\n\tsupport = sup/\n'
        "\tversiontag =\n",
    )
    settings = load_settings(read(top), None)
    assert settings.config.branches == Branches("live", "next", ("rel/*", "sup/*"), 180, "fix/")
    assert settings.config.remote.name == "hub"
    assert {key: origin for key, origin in settings.origins.items() if origin != "default"} == {
        "branches.production": "gitflow.branch.master",
        "branches.develop": "gitflow.branch.develop",
        "branches.release": "gitflow.prefix.release, gitflow.prefix.support",
        "branches.prefix": "gitflow.prefix.hotfix",
        "remote.name": "gitflow.origin",
    }


def of_next(branch: str) -> str:
    """Write a branch as git-flow-next does, with its parent: what is no base is a topic."""
    name, _, parent = branch.partition(" > ")
    kind = "topic" if name in {"feature", "hotfix"} else "base"
    return f'[gitflow "branch.{name}"]\n\ttype = {kind}\n' + (f"\tparent = {parent}\n" if parent else "")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('[gitflow "prefix"]\n\tversiontag = v\n', {"tag.also": (("v{next_patch}",), "gitflow.prefix.versiontag")}),
        (
            "".join(map(of_next, ("live", "next > live", "hotfix > live"))) + "\tprefix = fix/\n\ttagprefix = v\n",
            {
                "branches.production": ("live", "gitflow.branch.hotfix.parent"),
                "branches.develop": ("next", "gitflow.branch.next.parent"),
                "branches.prefix": ("fix/", "gitflow.branch.hotfix.prefix"),
                "tag.also": (("v{next_patch}",), "gitflow.branch.hotfix.tagprefix"),
            },
        ),
        (  # GitLab's: production flows into staging, staging into main
            "".join(map(of_next, ("main > staging", "staging > live", "live", "feature > main"))),
            {
                "branches.develop": ("main", "gitflow.branch.main.parent"),
                "branches.release": (("release/*", "support/*", "staging"), "gitflow.branch.staging.parent"),
            },
        ),
    ],
)
def test_keys_of_git_flow_next_and_version_tags(top: Path, written: str, expected: dict[str, object]) -> None:
    write(top, written)
    found = {key: value for key, value in changed(read(top)).items() if key != "branches.release" or key in expected}
    assert found == expected


def test_one_gitflow_prefix_keeps_the_other_pattern_and_empty_ones_say_nothing(top: Path) -> None:
    write(top, '[gitflow "prefix"]\n\trelease =\n\tsupport = sup/\n\thotfix =\n')
    assert changed(read(top)) == {"branches.release": (("release/*", "sup/*"), "gitflow.prefix.support")}


def test_broken_git_configuration_is_told_in_words_of_git(top: Path) -> None:
    write(top, "[broken\n")
    with pytest.raises(HotfixError) as caught:
        read(top)
    assert [(problem.code, problem.exit_code) for problem in caught.value.problems] == [
        ("git-config-broken", ExitCode.USAGE)
    ]
    assert "bad config line" in caught.value.problems[0].message


def test_table_of_pyproject_counts_like_the_own_file(top: Path) -> None:
    file = ConfigFile(
        "pyproject.toml", b'[tool.git-hotfix.scope]\nmax_files = 1\n[tool.git-hotfix.message]\nmerge = "M"\n'
    )
    settings = load_settings(read(top), file)
    assert (settings.config.scope, settings.config.message) == (Scope(max_files=1), Messages(merge="M"))
    assert settings.origins["scope.max_files"] == "pyproject.toml:2"


INCLUDED = """\
[hotfix "test"]
\tcommand = make test
[hotfix "deploy"]
\tcommand = make deploy
[hotfix "consent"]
\tcommand = {fingerprint}
"""


@pytest.mark.parametrize("place", [".gitconfig", "deep/down/.gitconfig", "../beside/.gitconfig"])
@pytest.mark.parametrize("start", [".", "deep"])
def test_configuration_included_from_a_working_tree_is_nobodys_own(tmp_path: Path, place: str, start: str) -> None:
    top = tmp_path / "top"
    subprocess.run(("git", "init", "-q", top), check=True)
    subprocess.run(("git", "commit", "-q", "--allow-empty", "-m", "x"), cwd=top, check=True)
    subprocess.run(("git", "worktree", "add", "-q", "../beside"), cwd=top, check=True)
    (top / "deep/down").mkdir(parents=True)
    command = TeamCommand("test.command", "make test", "wherever")
    (top / place).write_text(INCLUDED.format(fingerprint=command.fingerprint))
    write(top, f"[include]\n\tpath = ../{place}\n")
    git = open_repository(git_in(top / start)).git

    settings = load_settings(read_git_config(git), None)

    assert settings.command("test.command") is not None
    assert "test.command" not in settings.personal
    assert settings.command("deploy.command") is None
    assert kept_consents(git) == frozenset()
    keep_consents(git, (command.fingerprint, command.fingerprint))
    assert kept_consents(git) == {command.fingerprint}
    assert load_settings(read_git_config(git), None) == settings


def test_configuration_of_a_person_is_their_own(tmp_path: Path) -> None:
    top = tmp_path / "top"
    subprocess.run(("git", "init", "-q", top), check=True)
    (tmp_path / "mine").write_text(INCLUDED.format(fingerprint="x"))
    write(top, "[include]\n\tpath = ../../mine\n")
    settings = load_settings(read_git_config(open_repository(git_in(top)).git), None)
    assert settings.personal == {"test.command", "deploy.command"}


@pytest.mark.parametrize("is_relative", [False, True])
def test_command_of_a_file_in_another_worktree_is_not_personal(top: Path, is_relative: bool) -> None:  # noqa: FBT001  # git's setting
    tree = top.parent / f"{top.name}-tree"
    subprocess.run(("git", "commit", "-q", "--allow-empty", "-m", "Begin"), cwd=top, check=True)
    subprocess.run(("git", "worktree", "add", "-q", "--detach", tree), cwd=top, check=True)
    link = next((top / ".git/worktrees").iterdir()) / "gitdir"
    if is_relative:  # as git 2.48 writes it with worktree.useRelativePaths
        link.write_text(os.path.relpath(tree / ".git", link.parent) + "\n")
    (tree / "team.cfg").write_text('[hotfix "test"]\n\tcommand = make test\n')
    write(top, f"[include]\n\tpath = {tree}/team.cfg\n")
    repository = open_repository(git_in(top))
    assert "test.command" not in load_settings(read_git_config(repository.git), None).personal
