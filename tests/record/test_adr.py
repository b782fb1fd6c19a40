"""Decision records in the style that a repository has."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from git_hotfix.memory import Edit
from git_hotfix.record.adr import Place, Style, find_style, next_place, renumbered, write_record
from git_hotfix.record.frontmatter import read_front_matter
from git_hotfix.record.report import render_new
from git_hotfix.record.report_edits import edit_record
from tests.record.reports import EN, NAME, NEW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from git_hotfix.record.adr import Names, Read

DAY = date(2026, 1, 18)
TITLE = "Prevent a repeat: Auth bypass"
NYGARD = "# 12. Use a queue\n\nDate: 2025-01-01\n\n## Status\n\nAccepted\n\n## Context\n"
MADR = "---\nstatus: accepted\n---\n\n# Use a queue\n\n## Context and Problem Statement\n"


def repository(files: Mapping[str, str]) -> tuple[Read, Names]:
    """Return the questions about a repository with these files."""

    def read(path: str) -> bytes | None:
        return files[path].encode() if path in files else None

    def names(folder: str) -> tuple[str, ...]:
        below = (path.removeprefix(f"{folder}/") for path in files if path.startswith(f"{folder}/"))
        return tuple(dict.fromkeys(path.split("/")[0] for path in below))

    return read, names


@pytest.mark.parametrize(
    ("files", "form", "path"),
    [
        ({}, "nygard", "docs/adr/0001-prevent-a-repeat-auth-bypass.md"),
        ({"docs/adr/README.md": "x"}, "nygard", "docs/adr/0001-prevent-a-repeat-auth-bypass.md"),
        ({"doc/adr/0012-use-a-queue.md": NYGARD}, "nygard", "doc/adr/0013-prevent-a-repeat-auth-bypass.md"),
        (
            {".adr-dir": "arch/log\n", "arch/log/0001-record-architecture-decisions.md": NYGARD, "doc/adr/7-x.md": "x"},
            "nygard",
            "arch/log/0002-prevent-a-repeat-auth-bypass.md",
        ),
        ({".adr-dir": "../outside\n"}, "nygard", "docs/adr/0001-prevent-a-repeat-auth-bypass.md"),
        ({"docs/decisions/0003-use-a-queue.md": MADR}, "madr", "docs/decisions/0004-prevent-a-repeat-auth-bypass.md"),
        (
            {"docs/decisions/adr-template.md": MADR},
            "madr",
            "docs/decisions/0001-prevent-a-repeat-auth-bypass.md",
        ),
        (
            {"docs/adr/9999-a.md": MADR, "docs/adr/0002-b.md": NYGARD},
            "madr",
            "docs/adr/10000-prevent-a-repeat-auth-bypass.md",
        ),
        ({"docs/adr/ADR-007-a.md": "# ADR-007: A\n"}, "nygard", "docs/adr/ADR-008-prevent-a-repeat-auth-bypass.md"),
        ({"adr/01_use_a_queue.md": "# Use\n"}, "nygard", "adr/02_prevent_a_repeat_auth_bypass.md"),
        ({"docs/adr/20250101-a.md": MADR}, "madr", "docs/adr/20260118-prevent-a-repeat-auth-bypass.md"),
    ],
)
def test_folder_form_and_number_are_those_of_the_repository(files: dict[str, str], form: str, path: str) -> None:
    read, names = repository(files)
    style = find_style(read, names)
    assert style.form == form
    assert next_place(style, TITLE, names, day=DAY).path == path


def test_record_in_the_form_of_adr_tools() -> None:
    style = Style("doc/adr", "nygard", "", 4, "-", numbers_titles=True)
    answers = {"cause": "A race.", "not_caught": "", "prevent": "A lock.", "in_backlog": "No.", "before": "- [a](b)"}
    told = {"day": "2026-01-18", "incident": str(NEW.id), "report": "../../docs/incidents/x.md"}
    text = write_record(style, Place("doc/adr/0013-x.md", 13), TITLE, answers, "en", **told)
    assert text == (
        "# 13. Prevent a repeat: Auth bypass\n\nDate: 2026-01-18\n\n## Status\n\nProposed\n\n## Context\n\n"
        "This follows from the incident [20260117-auth-bypass](../../docs/incidents/x.md).\n\n"
        "### What caused it?\n\nA race.\n\n### Was it in the backlog?\n\nNo.\n\n"
        "### Has it happened before?\n\n- [a](b)\n\n## Decision\n\nA lock.\n\n## Consequences\n"
    )
    assert renumbered(text, 13, 14) == text.replace("# 13. ", "# 14. ")
    assert renumbered(text, None, 14) == text == renumbered(text, 13, 13)
    korean = write_record(style._replace(numbers_titles=False), Place("x", 13), "잠금", {}, "ko", **told)
    assert korean.startswith("# 잠금\n\n날짜: 2026-01-18\n\n## 상태\n\n제안됨\n")
    assert "\n## 결정\n\n아직 결정되지 않음.\n" in korean
    madr = write_record(style._replace(form="madr"), Place("x", 13), TITLE, answers, "en", **told)
    assert madr.startswith("---\nstatus: proposed\ndate: 2026-01-18\n---\n\n# 13. Prevent a repeat: Auth bypass\n")
    assert madr.endswith("## Decision Outcome\n\nA lock.\n")


def test_record_gets_the_number_that_is_free_where_it_is_written_and_only_once() -> None:
    report = render_new(NEW, EN).content
    values = {"title": TITLE, "day": "2026-01-18", "number": "1", "text": f"# 1. {TITLE}\n\nA lock.\n"}
    edits = [Edit("adr", values)]
    files = {"docs/adr/0001-somebody-elses.md": "# 1. X\n"}

    written = edit_record(report, edits, NAME, *repository(files))

    path = "docs/adr/0002-prevent-a-repeat-auth-bypass.md"
    assert written.keys() == {NAME, path}
    assert written[path] == f"# 2. {TITLE}\n\nA lock.\n".encode()
    assert read_front_matter(written[NAME], NAME)["postmortem"] == path
    link = f"It is written as a decision record: [0002-prevent-a-repeat-auth-bypass.md](../adr/{path[9:]})"
    assert f"<!-- git-hotfix:postmortem -->\n\n{link}\n\n<!-- /git" in written[NAME].decode()
    files[path] = "edited by people"
    assert edit_record(written[NAME], edits, NAME, *repository(files)) == {NAME: written[NAME]}
