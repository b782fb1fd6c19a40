"""What is read of a report, and of the commits of a fix."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.git.history import lines_by_path
from git_hotfix.git.program import Git
from git_hotfix.git.repository import open_repository
from git_hotfix.hotfix import Oid
from git_hotfix.page.chronicle import MOST_ROWS, incident_of
from git_hotfix.page.incidents import MOST_CHARS
from git_hotfix.record.followups import FollowUp, add_follow_up
from git_hotfix.record.report import render_new
from git_hotfix.record.resolution import resolve_report
from git_hotfix.record.timeline import Row, add_rows
from tests.record.reports import EN, KO, NAME, NASTY, NASTY_NEW, NEW, RESOLVED, at
from tests.support.lab import Lab

if TYPE_CHECKING:
    from pathlib import Path


def test_report_of_any_language_is_told_as_a_reader_sees_it() -> None:
    for words in (EN, KO):
        content = resolve_report(render_new(NASTY_NEW, words).content, NAME, RESOLVED, words)
        content = add_follow_up(content, FollowUp("20260117-auth-bypass/1", "Test | it", "process"))
        read = incident_of("shop", NAME, content)
        assert (read.hotfix, read.title, read.status, read.tag) == (
            "20260117-auth-bypass",
            NASTY,
            "resolved",
            "hotfix-20260117-0231",
        )
        assert [(each.when, each.text) for each in read.events] == [
            (at(2, 10, 5), words.declared.format(title=NASTY)),
            (at(2, 31), "Published to main"),
            (at(2, 40), "Deployed"),
        ]
        assert [each.text for each in read.follow_ups] == ["Test \\| it"]


def test_report_of_megabytes_is_told_in_part() -> None:
    rows = [Row(at(3, 0) + timedelta(minutes=number), f"event {number}", "Kim") for number in range(3 * MOST_ROWS)]
    content = add_rows(render_new(replace(NEW, title="x" * 5000), EN).content, rows, EN)
    read = incident_of("shop", NAME, content)
    assert (len(read.events), read.events[-1].text) == (MOST_ROWS, f"event {len(rows) - 1}")
    assert len(read.events) + read.earlier_events == len(rows) + 1  # that it was declared is a row as well
    assert len(read.title) == MOST_CHARS + 1


def test_lines_of_many_commits_are_counted_at_once(tmp_path: Path) -> None:
    clone = Lab(tmp_path).alone("alice")
    lines = "".join(f"{number}\n" for number in range(20))
    root = clone.commit("Begin", {"a.py": lines, "b c.py": "1\n"})
    clone.git("mv", "a.py", "é\t.py")
    clone.write("é\t.py", lines + "20\n")
    clone.git("add", "-A")
    renamed = clone.commit("Rename")
    clone.git("switch", "-q", "-c", "side", root)
    side = clone.commit("Side", {"b c.py": "2\n3\n", "image.png": b"\0\1"})
    clone.git("merge", "-q", "--no-edit", renamed)
    merged = clone.rev("HEAD")
    repository = open_repository(Git(clone.path, {}))
    blob, absent = clone.rev("HEAD:b c.py"), Oid("1" * 40)
    assert lines_by_path(repository, (root, renamed, side, merged, blob, absent)) == {
        root: {"a.py": 20, "b c.py": 1},
        renamed: {"é\t.py": 1},
        side: {"b c.py": 3, "image.png": 0},
        merged: {"é\t.py": 1},
    }
    assert lines_by_path(repository, ()) == {}
