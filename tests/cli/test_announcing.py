"""``git hotfix status --format markdown`` and reports in Korean: what a team reads while it happens."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from git_hotfix.cli.announcing import _in_code
from git_hotfix.errors import command
from tests.cli.stages import Stage, finished, started
from tests.support.facts import facts as facts_of
from tests.support.hooks import accept_everything, refuse_ref
from tests.support.lab import BUG, FIXED, LOGIN, standard_lab

if TYPE_CHECKING:
    from pathlib import Path


def korean(root: Path) -> Stage:
    """Let alice start a hotfix of a Korean team."""
    scene = standard_lab(root)
    alice = scene.alice
    for key, value in (
        ("branches.production", "main"),
        ("test.command", "true"),
        ("deploy.command", "true"),
        ("incident.language", "ko"),
    ):
        alice.git("config", f"hotfix.{key}", value)
    facts = ("--impact", "전체 로그인 | 결제", "--users", "120", "--since", "2h ago", "--kind", "outage")
    alice.hotfix("start", "로그인 장애", "--slug", "auth", "-y", *facts, check=0)
    hotfix = alice.git("branch", "--show-current").removeprefix("hotfix/")
    return Stage(root, scene.remote, alice, scene.bob, hotfix)


def announced(stage: Stage, *arguments: str) -> list[str]:
    """Return the announcement, times and ids frozen."""
    return stage.frozen(stage.alice.hotfix("status", "auth", *arguments, check=0).out).split("\n")[:-1]


def part(stage: Stage, name: str) -> list[str]:
    """Return an owned block of the report on develop, without its blank lines."""
    report = re.sub(r"\d+초", "N초", stage.frozen(stage.on_server("develop")))
    inside = report.partition(f"<!-- git-hotfix:{name} -->")[2].partition(f"<!-- /git-hotfix:{name} -->")[0]
    return [line for line in inside.split("\n") if line]


ROWS = [
    "| TIME | 장애 발생 | Alice |",
    "| TIME | 핫픽스 시작: 로그인 장애 | git-hotfix |",
    "| TIME | 수정 커밋: Check the password | git |",
    "| TIME | 핵심 테스트 통과 (true, N초) | git-hotfix |",
    "| TIME | main 브랜치에 머지 | git |",
    "| TIME | 태그 생성: TAG | git |",
    "| TIME | main 브랜치에 푸시 완료 | git-hotfix |",
    "| TIME | 배포 성공 | git-hotfix |",
    "| TIME | support/1.0 브랜치에 백포트 (체리픽) | git |",
    "| TIME | develop 브랜치에 백포트 (머지) | git |",
]
RESOLUTION = [
    "- 상태: 해결",
    "- 운영 반영: TIME, `main` `COMMIT`",
    "- 태그: `TAG`",
    "- 배포: 성공 TIME (true)",
    "- 소요 시간: 완화까지 N s, 해결까지 N s",
    "- 수정 커밋:",
    "  - `COMMIT` Check the password (TIME)",
    "- 백포트:",
    "  - `develop`: 반영됨, 머지, `COMMIT`",
]


def test_korean_team_reads_korean_and_may_change_its_mind(tmp_path: Path) -> None:
    stage = korean(tmp_path)
    alice, remote = stage.alice, stage.remote
    head = ["**[핫픽스] 로그인 장애** (심각도 critical, 유형 outage)"]
    head += ["장애 영향: 전체 로그인 \\| 결제, 사용자 120명 / 발생: TIME"]
    assert announced(stage, "--format", "markdown") == [
        *head,
        "현황: 핫픽스 작성 중 (조치 중)",
        "다음 조치: `git commit -a` (담당: Alice)",
        f"링크: 보고서 `{stage.frozen(stage.report)}`, 브랜치 `hotfix/ID`",
    ]
    alice.commit("Check the password", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})
    early = alice.hotfix("note", "완화", "--mitigated", "--at", "3h ago", check=2)
    assert "Users were no longer affected (" in early.err
    refuse_ref(remote, "refs/heads/release/1.1", "frozen")
    alice.hotfix("finish", "-y", check=4)
    assert announced(stage, "--format", "markdown") == [
        *head,
        "현황: 운영 반영 완료, 백포트 남음: release/1.1 (해결)",
        "다음 조치: `git hotfix backport ID` (담당: Alice)",
        f"링크: 보고서 `{stage.frozen(stage.report)}`, 태그 `TAG`",
    ]
    assert part(stage, "timeline")[2:] == ROWS
    assert part(stage, "resolution") == [
        *RESOLUTION,
        "  - `release/1.1`: 미반영",
        "  - `support/1.0`: 반영됨, 체리픽, `COMMIT`",
    ]

    accept_everything(remote)
    alice.git("config", "hotfix.incident.language", "en")
    alice.hotfix("backport", check=0)

    assert part(stage, "timeline") == [
        *("| time | event | source |", "| --- | --- | --- |"),
        *ROWS,
        "| TIME | Arrived on release/1.1 by merge | git |",
    ]
    assert part(stage, "resolution")[:4] == [
        "- Status: resolved",
        "- Published: TIME, `main` at `COMMIT`",
        "- Tag: `TAG`",
        "- Deployed: succeeded TIME (true)",
    ]
    report = stage.on_server("develop")
    assert report.count("\n## 타임라인\n") == 1
    assert "## Timeline" not in report
    # a machine that knows nothing of the deployment, in Korean again: what was said stays
    stage.bob.git("config", "hotfix.incident.language", "ko")
    stage.bob.git("fetch", "-q", "--tags")
    stage.bob.hotfix("document", "auth", check=0)
    assert part(stage, "timeline")[2:] == [*ROWS, "| TIME | Arrived on release/1.1 by merge | git |"]
    assert part(stage, "resolution")[3] == "- 배포: succeeded TIME (true)"


def test_announcement_says_where_it_is_in_five_lines(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    assert announced(stage, "--format", "markdown") == [
        "**[HOTFIX] Login takes any password** (critical, critical-bug)",
        "Impact: unknown; declared TIME",
        "Status: done; only the branch is left to delete (resolved)",
        "Next: `git hotfix cleanup ID`, Alice",
        f"Links: report `{stage.frozen(stage.report)}`, tag `TAG`",
    ]
    stage.alice.git("switch", "-q", stage.branch)
    stage.alice.commit("Check it twice", {"src/auth/twice.py": "twice = True\n"})
    begun = announced(stage, "--format", "markdown")
    assert begun[2] == (
        "Status: the fix is written; the critical tests have not passed; an earlier part of it is in production (open)"
    )
    assert begun[4].endswith(", tag `TAG`")
    stage.alice.git("reset", "-q", "--hard", "HEAD~1")
    stage.alice.git("switch", "-q", "main")
    stage.alice.hotfix("rollback", "-y", check=0)
    assert announced(stage, "--format", "markdown")[2] == "Status: rolled back on main, tag `TAG-rollback`"
    # one's own template: in the sandbox, with every name of the manual
    own = stage.root / "own.j2"
    names = "id title what severity kind status impact affected_users data_at_risk root_cause issue cve reporter who "
    names += "started_at detected_at declared_at mitigated_at published_at resolved_at step state evidence next "
    names += "missing branch base tag tags rounds rollback_tag because deployment report"
    own.write_bytes("\r\n".join(f"{name}: {{{{ {name} }}}}" for name in names.split()).encode())
    lines = announced(stage, "--template", str(own))
    assert [line.partition(": ")[0] for line in lines] == names.split()
    assert {"severity: critical", "status: rolled-back", "impact: unknown", "who: Alice", "base: main"} <= set(lines)
    own.write_text("{% for each in steps %}{{ each.step }}={{ each.state }} {% endfor %}")
    assert announced(stage, "--template", str(own))[0].startswith(
        "report=done fix=done tests=done merge=done tag=done "
    )


def test_forms_that_cannot_be_are_wrong_input(tmp_path: Path) -> None:
    stage = started(tmp_path)
    own = stage.root / "own.j2"
    own.write_text("{{ title }}\n{{ ''.__class__.__mro__ }}\n")
    other = stage.root / "latin.j2"
    other.write_bytes(b"\xe9")
    for arguments, said in (
        (("--format", "markdown", "--json"), "'--json' is one form of status, '--format' and '--template' are others."),
        (("--format", "text", "--template", "x"), "'--template' writes Markdown, not the form 'text'."),
        (("--template", str(own)), "The template '/lab/own.j2' line 2: "),
        (("--template", str(other)), "The template '/lab/latin.j2' is not UTF-8."),
        (("--template", str(stage.root)), "The template '/lab' cannot be read: Is a directory."),
        (("--template", "none"), "The template 'none' cannot be read: No such file or directory."),
    ):
        answer = stage.alice.hotfix("status", *arguments, check=2)
        assert said in stage.frozen(answer.out + answer.err)


@pytest.mark.parametrize(
    "branch", ["release/1.0", "release/';touch${IFS}X;'", "release/a`b", "release/<b>", "release/a_b_"]
)
def test_command_in_the_announcement_is_the_one_that_is_meant_or_a_harmless_one(branch: str) -> None:
    remedy, given = command("git", "hotfix", "backport", "--to", branch), facts_of()
    meant, harmless = ["git", "hotfix", "backport", "--to", branch], ["git", "hotfix", "status", str(given.hotfix)]
    assert shlex.split(_in_code(given, remedy)) in (meant, harmless)
    assert "`" not in _in_code(given, remedy)


def test_announcement_links_to_the_forge_whose_host_is_known(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice, url = stage.alice, "https://github.com/shop/shop.git"
    alice.git("push", "-q", "origin", stage.branch)
    alice.git("config", f"url.{stage.remote.path}.insteadOf", url)
    alice.git("config", "remote.origin.url", url)
    said = alice.hotfix("status", "--format", "markdown", check=0).out
    link = f"https://github.com/shop/shop/blob/{stage.branch}/{stage.report}"
    assert f"report [`{stage.report}`]({link})" in said
