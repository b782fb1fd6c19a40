"""``git hotfix report``: what is read of a repository, where it goes, and what is never told."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from tests.cli.stages import TITLE, Stage, finished
from tests.support.lab import BUG, FIXED, LOGIN, Clone, run_git, standard_lab

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "docs/incidents"


def told(stage: Stage, *words: str, check: int = 0) -> dict[str, Any]:
    """Return the data of a report."""
    data: dict[str, Any] = stage.alice.hotfix("report", "--json", *words, check=check).json()["report"]
    return data


def test_report_reads_the_revision_and_changes_nothing(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    stage.alice.write(stage.report, "what is not committed is not told")
    before = stage.alice.snapshot()
    answer = stage.alice.hotfix("report", "--json", check=0).json()
    (row,) = answer["report"]["incidents"]
    (audited,) = answer["hotfixes"]
    assert audited == stage.alice.hotfix("verify", "--json", check=8).json()["hotfixes"][0]
    assert (row["hotfix"], row["title"], row["status"], row["path"]) == (stage.hotfix, TITLE, "resolved", stage.report)
    assert (row["tag"], row["files"], row["lines"]) == (stage.tag, 1, 2)
    assert {each["branch"]: each["state"] for each in row["places"]} == dict.fromkeys(
        ("develop", "release/1.1", "support/1.0"), "present"
    )
    assert None not in {each["exposed_seconds"] for each in row["places"]}
    assert None not in {row["published_at"], row["backported_at"], row["resolved_at"]}
    assert row["gaps"] == [f"The branch '{stage.branch}' is not deleted yet (on the server)."]
    first = stage.alice.hotfix("report", check=0)
    assert first.out.startswith("<!DOCTYPE html>")
    assert first.err == ""
    again = stage.alice.hotfix("report", "--output", "page.html", env={"PYTHONHASHSEED": "1"}, check=0)
    page = stage.alice.path / "page.html"
    assert (again.out, again.err) == ("", f"Written to '{page}'.\n")
    assert page.read_bytes().decode() == first.out
    page.unlink()
    assert stage.alice.snapshot() == before
    assert told(stage, "--revision", "origin/main")["incidents"][0]["status"] == "open"
    assert told(stage, "--revision", "v1.0.0")["incidents"] == []
    assert told(stage, "--since", "2000-01-01")["incidents"] == [row]


def test_page_is_opened_in_the_browser_and_written_through_no_link(tmp_path: Path) -> None:
    alice, browser = finished(tmp_path).alice, tmp_path / "bin" / "xdg-open"
    browser.parent.mkdir()
    browser.write_text('#!/bin/sh\nprintf %s "$1" >"$0.tmp" && mv "$0.tmp" "$0.asked"\n')
    browser.chmod(0o755)
    asked, page = browser.with_name("xdg-open.asked"), alice.path / ".git/hotfix/report.html"
    path = {"PATH": f"{browser.parent}:{os.environ['PATH']}"}
    (tmp_path / "mine").write_text("mine")
    page.symlink_to(tmp_path / "mine")
    answer = alice.hotfix("report", "--open", env=path, check=0, apart=True)  # the browser outlives it
    assert (answer.out, answer.err) == ("", f"Written to '{page}'.\n")
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert (tmp_path / "mine").read_text() == "mine"
    until = time.monotonic() + 10
    while not asked.exists() and time.monotonic() < until:
        time.sleep(0.01)
    assert asked.read_text() == str(page)


def test_broken_and_foreign_reports_are_rows_and_restricted_ones_are_not_told(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    good = stage.remote.show(f"develop:{stage.report}")
    secret = good.replace('visibility: "public"', 'visibility: "restricted"').replace(stage.hotfix, "20260101-secret")
    assert secret.count("restricted") == 1
    files = {
        f"{FOLDER}/HOTFIX-2026-01-02-broken.md": "---\nid: nonsense\n---\n",
        f"{FOLDER}/HOTFIX-2026-01-01-secret.md": secret,
        f"{FOLDER}/copy.md": good,
        f"{FOLDER}/README.md": "How we write reports.\n",
        f"{FOLDER}/waivers.jsonl": "nonsense\n",
    }
    stage.remote.commit_on("develop", "Reports", files)
    assert [each["hotfix"] for each in told(stage)["incidents"]] == [stage.hotfix]  # as of the last fetch
    data = told(stage, "--fetch")
    assert [each["hotfix"] for each in data["incidents"]] == [stage.hotfix]
    why = {each["path"].rpartition("/")[2]: each["why"] for each in data["broken"]}
    assert [*why] == ["HOTFIX-2026-01-02-broken.md", "copy.md", "waivers.jsonl"]
    assert "line 2" in why["HOTFIX-2026-01-02-broken.md"]
    assert (
        why["copy.md"] == f"'{FOLDER}/copy.md' claims to be the report of '{stage.hotfix}', which is '{stage.report}'."
    )
    for form in ("html", "csv", "markdown", "openmetrics", "json"):
        assert "secret" not in stage.alice.hotfix("report", "--format", form, check=0).out


def test_one_hotfix_and_several_repositories(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    one = stage.alice.hotfix("report", "auth", check=0).out
    assert f"<h1>{TITLE}</h1>" in one
    outside = Clone(tmp_path)
    stage.bob.git("fetch", "-q")
    both = outside.hotfix("report", "alice", "./alice", "bob", "--format", "csv", check=0).out
    assert [line.partition(",")[0] for line in both.splitlines()] == ["repository", "alice", "bob"]
    empty = tmp_path / "empty"
    (empty / ".git").mkdir(parents=True)
    half = outside.hotfix("report", "alice", "empty", "--format", "markdown", check=1)
    assert "alice: Reports as of" in half.out
    assert "empty: " in half.err
    nothing = stage.alice.hotfix("report", "nobody", check=2)
    assert nothing.err.startswith("error: There is no hotfix 'nobody'.")
    for words in (
        ("a", "b"),
        (".", "auth"),
        ("--open", "--format", "csv"),
        ("--json", "--format", "csv"),
        ("auth", "--since", "today"),
    ):
        assert stage.alice.hotfix("report", *words).code == 2, words


def test_clone_that_lacks_history_says_so_everywhere(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    shallow = Clone(tmp_path / "shallow", stage.remote)
    run_git(tmp_path, "clone", "-q", "--depth", "1", f"file://{stage.remote.path}", str(shallow.path))
    for form in ("html", "markdown", "json"):
        answer = shallow.hotfix("report", "--format", form, check=0)
        assert "This clone is shallow" in answer.out
        assert "This clone is shallow" in answer.err
    assert 'git_hotfix_unseen{repository="shallow"} 0' not in shallow.hotfix("report", "--format", "openmetrics").out


def test_restricted_hotfix_is_in_no_form_here_and_elsewhere(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    scene.alice.git("config", "hotfix.branches.production", "main")
    words = ("start", TITLE, "--kind", "security", "--restricted", "-y", "--impact", "anybody")
    hotfix = scene.alice.hotfix(*words, "--json", check=0).json()["hotfix"]
    scene.alice.commit("Stricter check", {LOGIN: scene.alice.replace(LOGIN, BUG, FIXED)})
    scene.alice.hotfix("finish", "-y", "--skip-tests", "no time", check=0)
    scene.bob.git("fetch", "-q", "--tags")
    for clone in (scene.alice, scene.bob):
        for form in ("html", "json"):
            text = clone.hotfix("report", "--format", form, check=0).out
            assert not [word for word in (hotfix, TITLE, "anybody", "maintenance") if word in text]
    scene.alice.hotfix("document", "--disclose", check=0)
    assert TITLE in scene.alice.hotfix("report", check=0).out
