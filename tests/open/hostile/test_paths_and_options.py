"""Reports that name another base or another hotfix."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import Stage, finished, fixed, published
from tests.hostile.scenes import assert_no_bug, has_fix, report_text, said, saying

if TYPE_CHECKING:
    from pathlib import Path

FINISH = ("finish", "-y", "--skip-tests", "no time")


@pytest.mark.parametrize("base", ["develop", "release/9.9", "hotfix/x", "-x", "refs/heads/main", "v1.0.0", "HEAD"])
def test_base_that_is_no_configured_line_is_not_believed(tmp_path: Path, base: str) -> None:
    stage = fixed(tmp_path)
    stage.remote.git("branch", "release/9.9", "support/1.0")
    stage.alice.git("config", "hotfix.branches.release", "release/1.*")
    stage.alice.git("config", "--add", "hotfix.branches.release", "support/*")
    stage.alice.commit("Edit", {stage.report: saying(report_text(stage), base=json.dumps(base))})
    before = stage.remote.refs()

    answer = stage.alice.hotfix(*FINISH)

    # either it is refused and says so, or production is still what was recorded when it began
    assert_no_bug(answer)
    if has_fix(stage.remote, "main"):
        assert answer.code == 0, said(answer)
        published = str(stage.remote.rev(f"refs/tags/{stage.tag}^{{commit}}"))
        assert published in stage.remote.git("rev-list", "--first-parent", "main"), (
            f"published elsewhere\n{said(answer)}"
        )
    else:
        assert answer.code in {1, 2}, said(answer)
        assert base in said(answer)
        assert stage.remote.refs() == before


def test_base_that_a_stranger_changes_after_publication_takes_nothing_back(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    stage.bob_pushes(stage.branch, "Edit", {stage.report: saying(report_text(stage), base='"support/1.0"')})

    answer = stage.alice.hotfix("rollback", "auth", "-y")

    assert_no_bug(answer)
    assert not has_fix(stage.remote, "main"), said(answer)
    assert has_fix(stage.remote, "support/1.0")


def push_two(stage: Stage, **values: str) -> None:
    """Let develop have a second report of the same id, under another name."""
    report = saying(report_text(stage), **values)
    stage.bob_pushes("develop", "Another report", {"docs/incidents/HOTFIX-2020-01-01-copy.md": report})


def test_two_reports_of_one_id_are_told_and_neither_is_changed_by_guess(tmp_path: Path) -> None:
    stage = published(tmp_path)
    push_two(stage, title='"Another story"')
    before = stage.on_server("develop", "docs/incidents/HOTFIX-2020-01-01-copy.md")

    answer = stage.alice.hotfix("finish", "auth", "-y")

    assert_no_bug(answer)
    assert has_fix(stage.remote, "develop"), said(answer)
    assert "HOTFIX-2020-01-01-copy.md" in said(answer)
    assert stage.on_server("develop", "docs/incidents/HOTFIX-2020-01-01-copy.md") == before


def test_report_whose_id_is_not_its_names_tells_nothing_of_either(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("push", "-q", "origin", stage.branch)
    # the file is named for auth, and says that it is about another one, and resolved
    report = saying(report_text(stage), id=f'"{stage.hotfix[:8]}-other"', status='"resolved"', base='"support/1.0"')
    stage.bob_pushes("develop", "Odd", {stage.report: report})

    cleaned = alice.hotfix("cleanup", "auth")
    shown = alice.hotfix("list", "--json", check=0)

    assert cleaned.code == 8, said(cleaned)
    assert f"refs/heads/{stage.branch}" in alice.refs()
    assert stage.hotfix in {each["hotfix"] for each in shown.json()["hotfixes"]}
    alice.hotfix(*FINISH)
    assert has_fix(stage.remote, "main")


def test_names_that_differ_in_case_only_are_two_files_and_no_bug(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    upper = stage.report.replace("HOTFIX-", "hotfix-")
    report = saying(report_text(stage), status='"resolved"')
    stage.bob_pushes("develop", "Case", {upper: report, "changelog.md": "# Changelog\n", "CHANGELOG.md": "# Log\n"})

    answer = stage.alice.hotfix(*FINISH)

    assert_no_bug(answer)
    assert has_fix(stage.remote, "main"), said(answer)
    assert has_fix(stage.remote, "develop"), said(answer)
