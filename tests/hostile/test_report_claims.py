"""What a report may not decide: which branch is the base, which file is the report of a hotfix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import Stage, finished, fixed, published, started
from tests.hostile.scenes import assert_no_bug, has_fix, report_text, said, saying
from tests.support.lab import BUG, FIXED, LOGIN, standard_lab

if TYPE_CHECKING:
    from pathlib import Path

FINISH = ("finish", "-y", "--skip-tests", "no time")


def test_base_that_the_report_is_given_later_is_not_believed(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    stage.alice.commit("Edit", {stage.report: saying(report_text(stage), base='"support/1.0"')})

    answer = stage.alice.hotfix(*FINISH, "--no-backport", check=0)

    assert has_fix(stage.remote, "main"), said(answer)
    assert not has_fix(stage.remote, "support/1.0"), said(answer)


def test_base_that_is_no_release_line_is_refused_and_nothing_is_published(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice = stage.alice
    alice.write(stage.report, saying(report_text(stage), base='"develop"'))
    alice.git("commit", "-q", "-a", "--amend", "--no-edit")
    alice.commit("Check the password", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})
    before = stage.remote.refs()

    answer = alice.hotfix(*FINISH, check=1)
    begun = alice.hotfix("start", "x", "-y", "--on", "develop", check=2)

    assert f"error: '{stage.hotfix}' was begun for 'develop', which is neither production nor a" in answer.err
    assert "'develop' is neither production nor a release line" in begun.err
    assert stage.remote.refs() == before


@pytest.mark.parametrize("name", ["20290101-tax", "tax"])
def test_base_is_known_where_dates_and_names_are_not_as_usual(tmp_path: Path, name: str) -> None:
    alice = standard_lab(tmp_path).alice
    alice.git("config", "hotfix.branches.production", "main")
    alice.hotfix("start", name, "--on", "support/1.0", "-y", check=0)
    if name == "tax":  # renamed in the very commit that began it
        (report,) = alice.git("diff", "--name-only", "HEAD^").split("\n")
        alice.git("mv", report, "docs/incidents/wrong-tax.md")
        alice.git("commit", "-q", "--amend", "--no-edit")
    shown = alice.hotfix("status", "--json", check=0).json()
    assert {each["step"]: each["evidence"] for each in shown["steps"]}["merge"] == "into origin/support/1.0"


def test_base_that_a_stranger_changes_after_publication_takes_nothing_back(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    edited = saying(stage.on_server("develop"), base='"support/1.0"')
    stage.bob_pushes("develop", "Edit", {stage.report: edited})
    stage.bob_pushes(stage.branch, "Edit", {stage.report: saying(report_text(stage), base='"support/1.0"')})

    answer = stage.alice.hotfix("rollback", "auth", "-y")

    assert_no_bug(answer)
    assert not has_fix(stage.remote, "main"), said(answer)
    assert has_fix(stage.remote, "support/1.0")


def push_two(stage: Stage, **values: str) -> str:
    """Let develop have a second report of the same id, under another name; return its path."""
    path = "docs/incidents/HOTFIX-2020-01-01-copy.md"
    stage.bob_pushes("develop", "Another report", {path: saying(report_text(stage), **values)})
    return path


def test_two_reports_of_one_id_are_told_and_neither_is_changed_by_guess(tmp_path: Path) -> None:
    stage = published(tmp_path)
    path = push_two(stage, title='"Another story"')
    before = stage.on_server("develop", path)

    answer = stage.alice.hotfix("finish", "auth", "-y", check=0)

    assert has_fix(stage.remote, "develop"), said(answer)
    assert f"note: '{path}' on 'origin/develop' claims to be the report of '{stage.hotfix}' (" in answer.err
    assert stage.on_server("develop", path) == before
    assert "- Status: resolved" in stage.on_server("develop")


def test_copy_of_the_report_is_not_closed_in_its_place(tmp_path: Path) -> None:
    stage = started(tmp_path)
    path = push_two(stage)
    before = stage.on_server("develop", path)

    stage.alice.hotfix("close", "auth", "--as", "cancelled", "--reason", "a false alarm", check=0)

    assert stage.on_server("develop", path) == before
    assert '\nstatus: "cancelled"\n' in stage.on_server("develop")


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
    answer = alice.hotfix(*FINISH, check=4)
    assert has_fix(stage.remote, "main")
    assert has_fix(stage.remote, "develop")
    assert stage.on_server("develop") == report
    assert f"error: '{stage.report}' on 'origin/develop' claims to be the report of" in answer.err


def test_names_that_differ_in_case_only_are_two_files_and_no_bug(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    upper = stage.report.replace("HOTFIX-", "hotfix-")
    report = saying(report_text(stage), status='"resolved"')
    stage.bob_pushes("develop", "Case", {upper: report, "changelog.md": "# Changelog\n", "CHANGELOG.md": "# Log\n"})

    answer = stage.alice.hotfix(*FINISH)

    assert_no_bug(answer)
    assert has_fix(stage.remote, "main"), said(answer)
    assert has_fix(stage.remote, "develop"), said(answer)
