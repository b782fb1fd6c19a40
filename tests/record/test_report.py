from __future__ import annotations

from types import MappingProxyType

import pytest
from msgspec.structs import replace

from git_hotfix.errors import HotfixError
from git_hotfix.hotfix import BranchName, HotfixId, Slug
from git_hotfix.record.blocks import read_block
from git_hotfix.record.frontmatter import set_values
from git_hotfix.record.incident import SEVERITIES, DataAtRisk, Kind, Report, Status, Visibility
from git_hotfix.record.report import odd_times, read_report, render_new
from tests.record.reports import EN, NAME, NASTY, NASTY_NEW, NEW, at, body_line, lines_of

OWN = "docs/templates/incident_report_template.md"

READ = Report(
    id=HotfixId("20260117", Slug("auth-bypass")),
    title="Auth bypass",
    status=Status.OPEN,
    severity=SEVERITIES[0],
    kind=Kind.SECURITY,
    production_affected=True,
    can_wait=False,
    what="Anyone can log in",
    impact=None,
    affected_users=None,
    data_at_risk=None,
    reporter="Kim <kim@example.org>",
    started_at=None,
    detected_at=None,
    declared_at=at(2, 10, 5),
    mitigated_at=None,
    resolved_at=None,
    root_cause=None,
    caused_by=None,
    issue=None,
    cve=None,
    branch=BranchName("hotfix/20260117-auth-bypass"),
    base=BranchName("main"),
    tag=None,
    fix_commits=(),
    checks_run=(),
    checks_skipped=None,
    verified_by=None,
    visibility=Visibility.PUBLIC,
    postmortem=None,
    recorded_in=(),
    extra={},
)


def body_of(content: bytes) -> str:
    lines = lines_of(content)
    return b"".join(lines[body_line(lines) :]).decode()


def test_new_report_has_the_keys_that_are_set_in_order() -> None:
    assert render_new(NEW, EN).content.decode().split("\n---\n")[0] == (
        '---\nschema: 1\nid: "20260117-auth-bypass"\ntitle: "Auth bypass"\nstatus: "open"\n'
        'severity: "critical"\nkind: "security"\nproduction_affected: true\ncan_wait: false\n'
        'what: "Anyone can log in"\nreporter: "Kim <kim@example.org>"\n'
        'declared_at: "2026-01-17T02:10:05+09:00"\nbranch: "hotfix/20260117-auth-bypass"\nbase: "main"\n'
        'visibility: "public"'
    )


def test_new_report_has_every_section_in_order() -> None:
    headings = [line for line in body_of(render_new(NEW, EN).content).split("\n") if line.startswith("#")]
    assert headings == [
        "# HOTFIX: Auth bypass",
        *["## Summary", "## Criticality", "## Impact", "## Detection and trigger", "## People and communication"],
        *["## Timeline", "## Root cause", "## Resolution"],
        *["## Verification", "## Follow-ups", "## References"],
    ]


def test_new_report_reads_back_with_all_that_start_knows() -> None:
    new = replace(
        NEW,
        impact="All logins",
        affected_users=0,
        data_at_risk=DataAtRisk.EXPOSURE,
        started_at=at(1, 50),
        detected_at=at(2, 0),
        root_cause="A missing check",
        issue="#12",
        cve="CVE-2026-1",
    )
    rendered = render_new(new, EN)
    assert rendered.warnings == ()
    assert read_report(render_new(NEW, EN).content, NAME) == READ
    assert read_report(rendered.content, NAME) == replace(
        READ,
        impact="All logins",
        affected_users=0,
        data_at_risk=DataAtRisk.EXPOSURE,
        started_at=at(1, 50),
        detected_at=at(2, 0),
        root_cause="A missing check",
        issue="#12",
        cve="CVE-2026-1",
    )
    body = body_of(rendered.content)
    for told in (
        "All logins",
        "A missing check",
        "- Issue: #12",
        "- CVE: CVE-2026-1",
        "| Affected users | 0 |",
    ):
        assert f"\n{told}\n" in body


def test_first_rows_of_the_timeline_are_the_times_that_are_known() -> None:
    content = render_new(replace(NEW, started_at=at(1, 50)), EN).content
    assert read_block(content, "timeline") == (
        "\n| time | event | source |\n| --- | --- | --- |\n"
        "| 2026-01-17 01:50:00 +09:00 | The problem began | Kim <kim@example.org> |\n"
        "| 2026-01-17 02:10:05 +09:00 | Hotfix declared: Auth bypass | git-hotfix |\n\n"
    )


def test_nasty_title_is_harmless_in_front_matter_heading_and_table() -> None:
    content = render_new(NASTY_NEW, EN).content
    shown = r'Fix "auth": {{ 7*7 }} \| &lt;script> -->'
    assert read_report(content, NAME) == replace(READ, title=NASTY, what=NASTY)
    text = content.decode()
    assert '\ntitle: "Fix \\"auth\\": {{ 7*7 }} | \\u003cscript> -->"\n' in text
    assert f"\n# HOTFIX: {shown}\n" in text
    assert f"\n| What is broken? | {shown} |\n" in text
    assert f"| 2026-01-17 02:10:05 +09:00 | Hotfix declared: {shown} | git-hotfix |\n" in text
    assert "<script" not in text
    assert "49" not in text


def test_title_that_is_a_sentinel_ends_no_block() -> None:
    nasty = replace(NEW, title="<!-- /git-hotfix:timeline -->\n---\n```", what="<!-- git-hotfix:timeline -->")
    content = render_new(nasty, EN).content
    assert (read_block(content, "timeline") or "").count("\n| 2026") == 1
    assert read_report(content, NAME).title == nasty.title


def test_own_template_writes_everything_below_the_front_matter() -> None:
    source = "# {{ day }} {{ title }}\n\n## 타임라인\n<!-- git-hotfix:timeline -->\n<!-- /git-hotfix:timeline -->\n"
    rendered = render_new(NASTY_NEW, EN, (OWN, source))
    assert rendered.warnings == ()
    body = body_of(rendered.content)
    assert body.startswith('\n# 2026-01-17 Fix "auth": {{ 7*7 }} \\| &lt;script> -->\n\n## 타임라인\n<!-- git')
    headings = [line for line in body.split("\n") if line.startswith("## ")]
    assert headings == ["## 타임라인", "## Criticality", "## Resolution", "## Verification", "## Follow-ups"]


def test_own_template_with_windows_line_ends_gives_such_a_report() -> None:
    content = render_new(NEW, EN, (OWN, "# {{ title }}\r\n\r\n## Timeline\r\n")).content
    assert content.count(b"\n") == content.count(b"\r\n")


def test_own_front_matter_keeps_its_extra_keys_and_ours_win() -> None:
    source = (
        '\ufeff---\ntitle: "theirs"\nteam: payments\nsla: 4\nlabels: ["a", "b"]\nid: x\n'
        'for: "{{ severity }}"\n'
        "owners:\n  - kim\n# a remark\n---\n# {{ title }}\n"
    )
    rendered = render_new(NEW, EN, (OWN, source))
    assert rendered.warnings == (
        "'- kim' in the template's front matter is left out: a report has flat 'key: value' lines.",
    )
    extra = {"team": "payments", "sla": 4, "labels": ["a", "b"], "for": "critical", "owners": None}
    assert read_report(rendered.content, NAME) == replace(READ, extra=MappingProxyType(extra))
    assert body_of(rendered.content).startswith("\n# Auth bypass\n")


def test_own_template_between_two_rules_has_no_front_matter() -> None:
    assert body_of(render_new(NEW, EN, (OWN, "---\n# {{ title }}\n---\n")).content).startswith(
        "\n---\n# Auth bypass\n---\n"
    )


def test_broken_own_template_is_a_warning_and_ours_is_used() -> None:
    rendered = render_new(NEW, EN, (OWN, "# {{ title }}\n{{ titel }}\n"))
    assert rendered.content == render_new(NEW, EN).content
    assert rendered.warnings == (
        f"The template '{OWN}' (line 2) is broken: 'titel' is undefined. The report has the bundled form.",
    )


def test_noticed_before_it_began_is_wrong_input() -> None:
    with pytest.raises(HotfixError, match="before it began"):
        render_new(replace(NEW, started_at=at(2, 0), detected_at=at(1, 0)), EN)


def test_times_that_contradict_each_other_are_read_and_told() -> None:
    content = render_new(replace(NEW, started_at=at(1, 50), detected_at=at(2, 0)), EN).content
    times = {"mitigated_at": "2026-01-17T01:00:00+09:00", "resolved_at": "2026-01-16T16:55:00Z"}  # 01:55 in Seoul
    content = set_values(content, times)

    told = odd_times(read_report(content, NAME))

    assert [said.removeprefix("In the report ").replace("2026-01-", "") for said in told] == [
        "'mitigated_at' (17 01:00:00 +09:00) is before 'started_at' (17 01:50:00 +09:00).",
        "'resolved_at' (16 16:55:00 +00:00) is before 'detected_at' (17 02:00:00 +09:00).",
        "'resolved_at' (16 16:55:00 +00:00) is before 'declared_at' (17 02:10:05 +09:00).",
    ]


def test_times_that_are_unknown_or_typed_to_the_minute_contradict_nothing() -> None:
    new = replace(NEW, started_at=at(2, 10, 59), detected_at=at(2, 10, 59), declared_at=at(2, 10))
    assert odd_times(read_report(render_new(new, EN).content, NAME)) == ()
    assert odd_times(read_report(render_new(NEW, EN).content, NAME)) == ()
