"""``git hotfix init --ci`` and ``--agent``: what is written, and that nothing that is there is ever replaced."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from git_hotfix import __version__
from git_hotfix.cli.agent_workflow import PATHS, agent_workflow, kinds_in
from git_hotfix.cli.ci_job import _github, _gitlab
from git_hotfix.errors import ExitCode
from tests.support.lab import Lab
from tests.test_docs import check_commands_named_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone

SETTINGS = '[branches]\nproduction = "live"\nrelease = ["rel+*", "v[0-9].x"]\n\n[tag]\nformat = "fix/%Y-%m"\n'


def begun(root: Path, files: dict[str, str]) -> Clone:
    alice = Lab(root).alone("alice")
    alice.git("symbolic-ref", "HEAD", "refs/heads/live")
    alice.commit("Begin", {"README.md": "# Product\n", **files})
    return alice


def test_ci_job_is_for_the_branches_and_tags_of_the_configuration(tmp_path: Path) -> None:
    alice = begun(tmp_path, {".hotfix.toml": SETTINGS})
    alice.git("branch", "develop")

    written = alice.hotfix("init", "--ci", "github", check=0)

    path = ".github/workflows/hotfix.yml"
    assert written.out == f"Wrote '{path}'.\nNext: git add {path} && git commit\n"
    assert written.err == ""
    job = alice.read(path)
    assert re.findall(r"^      - '(.+)'$", job, re.MULTILINE) == ["live", "develop", r"rel\+**", "v**.x", "fix/**-**"]
    assert f"pip install git-hotfix=={__version__}\n" in job
    assert "fetch-depth: 0" in job
    assert all(re.search(r"@[0-9a-f]{40}  # v", line) for line in job.split("\n") if "uses:" in line)
    assert alice.hotfix("init", "--ci", "github", check=0).out == f"'{path}' has it already.\n"


def test_file_of_the_ci_that_exists_stays_and_the_part_to_add_is_printed(tmp_path: Path) -> None:
    alice = begun(tmp_path, {".gitlab-ci.yml": "test:\n  script: make test\n"})
    alice.git("config", "hotfix.branches.release", "rel/*")
    before = alice.snapshot()

    refused = alice.hotfix("init", "--ci", "gitlab", check=1)

    assert alice.snapshot() == before
    assert refused.err == (
        "note: The job uses branches.release of this clone's git configuration; a CI reads it from '.hotfix.toml'"
        " only.\n"
        "error: '.gitlab-ci.yml' exists already, and nothing was written: what belongs there is on standard output,"
        " to add by hand.\n"
        "hint:  $(git var GIT_EDITOR) .gitlab-ci.yml\n"
    )
    assert "    - if: '$CI_COMMIT_BRANCH =~ /^(live|rel\\/.*)$/'\n" in refused.out
    (told,) = alice.hotfix("init", "--ci", "gitlab", "--json", check=1).json()["files"]
    assert told == {"path": ".gitlab-ci.yml", "text": refused.out, "state": "to-add"}
    alice.write(".gitlab-ci.yml", alice.read(".gitlab-ci.yml") + refused.out)
    assert alice.hotfix("init", "--ci", "gitlab", check=0).out == "'.gitlab-ci.yml' has it already.\n"


@pytest.mark.parametrize(
    ("parts", "matching", "others"),
    [
        (["release/", ""], ("release/1.0", "release/1/2"), ("prerelease/1", "release")),
        (["it's+(odd)"], ("it's+(odd)",), ("it'ss(odd)",)),
        (["hotfix-", "-", ""], ("hotfix-20260117-1200", "hotfix-20260117-1200-2"), ("v1.0",)),
    ],
)
def test_patterns_of_a_ci_match_the_same_names(
    parts: list[str], matching: tuple[str, ...], others: tuple[str, ...]
) -> None:
    expression = re.compile(_gitlab([parts]).replace("''", "'").replace(r"\/", "/"))
    assert all(map(expression.search, matching))
    assert not any(map(expression.search, others))
    assert _github([parts]).replace("''", "'").replace("\\", "") == f"      - '{'**'.join(parts)}'"


@pytest.mark.parametrize(
    ("names", "kinds"),
    [
        ((), ()),
        ((".claude/skills/",), ("claude-skill",)),
        ((".claude/",), ("claude-command",)),
        ((".agent/workflows/", "AGENTS.md"), ("workflow", "agents-md")),
        ((".claude/", ".cursor/rules/"), ("claude-command", "cursor")),
        ((".agent/rules/", ".cursor/"), ()),
    ],
)
def test_agents_are_known_by_what_the_repository_has(
    names: tuple[str, ...], kinds: tuple[str, ...], tmp_path: Path
) -> None:
    for name in names:
        if name.endswith("/"):
            (tmp_path / name).mkdir(parents=True)
        else:
            (tmp_path / name).touch()
    assert kinds_in(tmp_path) == kinds


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("kind", PATHS)
def test_workflow_names_what_there_is(kind: str, language: str) -> None:
    text = agent_workflow(kind, language)
    check_commands_named_in(text)
    assert re.findall(r"^\| (\d+) \|", text, re.MULTILINE) == [str(int(code)) for code in ExitCode]
    assert {"긴급 수정 필요해", "프로덕션 장애 대응", "핫픽스"} <= set(re.findall('"([^"]+)"', text))
    assert text.startswith("## " if kind == "agents-md" else "---\n")
    assert ("$ARGUMENTS" in text) == (kind == "claude-command")


def test_workflow_goes_where_agents_look_for_it_once(tmp_path: Path) -> None:
    alice = begun(tmp_path, {"AGENTS.md": "# Rules\r\n\r\nBe kind.", ".hotfix.toml": '[incident]\nlanguage = "ko"\n'})
    (alice.path / ".claude").mkdir()

    told = alice.hotfix("init", "--agent", "--json", check=0).json()

    paths = [".claude/commands/hotfix.md", "AGENTS.md"]
    assert [(each["path"], each["state"]) for each in told["files"]] == [(path, "written") for path in paths]
    text = alice.read("AGENTS.md")
    assert text.startswith("# Rules\r\n\r\nBe kind.\r\n\r\n<!-- git-hotfix:agent -->\r\n## /hotfix\r\n")
    assert text.endswith("하십시오.\r\n<!-- /git-hotfix:agent -->\r\n")
    written = alice.snapshot()
    assert alice.hotfix("init", "--agent", check=0).out == "".join(f"'{path}' has it already.\n" for path in paths)
    # one that was edited holds everything
    alice.write("AGENTS.md", text.replace("## /hotfix", "## Emergencies"))
    alice.write(paths[0], "mine\n")
    edited = alice.snapshot()
    held = alice.hotfix("init", "--agent", "--ci", "github", check=1)
    assert [line.partition(",")[0] for line in held.err.split("\n") if line.startswith("error")] == [
        f"error: '{paths[0]}' exists already",
        "error: 'AGENTS.md' has a section of git-hotfix already",
    ]
    assert alice.snapshot() == edited != written


def test_workflow_without_a_place_is_refused_with_the_option_that_decides(tmp_path: Path) -> None:
    alice = begun(tmp_path, {})
    before = alice.snapshot()
    refused = alice.hotfix("init", "--agent", "--json", check=2).json()
    assert alice.snapshot() == before
    assert [each["remedy"] for each in refused["problems"]] == ["git hotfix init --agent agents-md"]
    assert [each["choices"] for each in refused["questions"]] == [list(PATHS)]
    (alice.path / ".claude").symlink_to(tmp_path)
    outside = alice.hotfix("init", "--agent", check=1)
    assert "'.claude/commands/hotfix.md' is a symbolic link that leaves the repository." in outside.err
    alice.hotfix("init", "--agent", "agents-md", check=0)
    assert alice.read("AGENTS.md").startswith("<!-- git-hotfix:agent -->\n## /hotfix\n")
