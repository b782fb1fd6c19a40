from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from git_hotfix.git.forges import Forge
from git_hotfix.hotfix import BranchName, Oid
from git_hotfix.record.blocks import read_block
from git_hotfix.record.frontmatter import set_values
from git_hotfix.record.incident import Resolution, Status
from git_hotfix.record.markdown import unlinked
from git_hotfix.record.report import read_report, render_new
from git_hotfix.record.resolution import names_carrier, resolve_report
from git_hotfix.record.timeline import Row, add_rows
from tests.record.reports import COMMIT, EN, MERGE, NAME, NEW, RESOLVED, at

REPORT = render_new(NEW, EN).content
NOTHING_KNOWN = Resolution(status=Status.RESOLVED, base=BranchName("main"), production_merge=MERGE)

PROSE = st.lists(
    st.sampled_from(["I saw it.", "", "## Mine", "- a | b", "> x", "긴급\u2028수정", "trailing  ", "\x0c", "<b>"]),
    max_size=4,
).map(lambda lines: "".join(f"{line}\n" for line in lines).encode())


def block(content: bytes, name: str) -> str:
    return (read_block(content, name) or "").strip("\n")


def test_resolved_report_has_the_facts_in_its_front_matter() -> None:
    assert read_report(resolve_report(REPORT, NAME, RESOLVED, EN), NAME) == replace(
        read_report(REPORT, NAME),
        status=Status.RESOLVED,
        tag="hotfix-20260117-0231",
        mitigated_at=at(2, 40),
        resolved_at=at(2, 40),
        fix_commits=(COMMIT,),
        checks_run=("pytest tests/auth",),
        verified_by="Lee",
    )


def test_resolved_report_says_what_was_published_deployed_and_carried_on() -> None:
    content = resolve_report(REPORT, NAME, RESOLVED, EN)
    assert block(content, "resolution") == (
        f"- Status: resolved\n- Published: 2026-01-17 02:31:00 +09:00, `main` at `{MERGE}`\n"
        "- Tag: `hotfix-20260117-0231`\n- Deployed: succeeded 02:40 (make deploy-prod)\n- Fix:\n"
        "  - `bbbbbbbbbbbb` Close the \\| hole (2026-01-17 02:20:00 +09:00)\n- Backported to:\n"
        "  - `develop`: present, by merge, `aaaaaaaaaaaa`\n  - `release/1.1`: conflict"
    )
    assert block(content, "verification") == ("- Critical tests run:\n  - pytest tests/auth\n- Verified by hand: Lee")
    assert block(content, "timeline").split("\n")[2:] == [
        "| 2026-01-17 02:10:05 +09:00 | Hotfix declared: Auth bypass | git-hotfix |",
        "| 2026-01-17 02:31:00 +09:00 | Published to main | git |",
        "| 2026-01-17 02:40:00 +09:00 | Deployed | git-hotfix |",
    ]


@pytest.mark.parametrize(
    ("kind", "commit", "tag"),
    [
        ("github", "commit/{oid}", "tree/{tag}"),
        ("gitlab", "-/commit/{oid}", "-/tags/{tag}"),
        ("gitea", "commit/{oid}", "src/tag/{tag}"),
        ("bitbucket", "commits/{oid}", "src/{tag}"),
    ],
)
def test_commits_and_tags_lead_to_the_forge_and_every_clone_knows_them_again(kind: Any, commit: str, tag: str) -> None:
    known = replace(RESOLVED, forge=Forge(kind, "forge.example", "shop/web"))
    linked, plain = (resolve_report(REPORT, NAME, each, EN) for each in (known, RESOLVED))
    web = "https://forge.example/shop/web/"
    told = block(linked, "resolution")
    assert f"`main` at [`{MERGE}`]({web}{commit.format(oid=MERGE)})\n" in told
    assert f"- Tag: [`{RESOLVED.tag}`]({web}{tag.format(tag=RESOLVED.tag)})\n" in told
    assert f"  - [`{COMMIT[:12]}`]({web}{commit.format(oid=COMMIT)}) Close the" in told
    assert told.count("](") == 4
    assert unlinked(told) == block(plain, "resolution")
    # a clone that knows no forge, or learns of one, has nothing to write
    assert resolve_report(linked, NAME, RESOLVED, EN) == linked
    assert resolve_report(plain, NAME, known, EN) == plain
    again = replace(NOTHING_KNOWN, published_at=None, targets=RESOLVED.targets)
    assert block(resolve_report(linked, NAME, again, EN), "resolution") == block(
        resolve_report(plain, NAME, again, EN), "resolution"
    )
    (line,) = (each for each in told.split("\n") if "`develop`" in each)
    assert names_carrier(line, "develop", "present", MERGE)


def test_unknown_stays_unknown() -> None:
    content = resolve_report(REPORT, NAME, NOTHING_KNOWN, EN)
    assert read_report(content, NAME) == replace(read_report(REPORT, NAME), status=Status.RESOLVED)
    assert block(content, "resolution") == (
        f"- Status: resolved\n- Published: unknown when, `main` at `{MERGE}`\n- Tag: none\n- Deployed: unknown"
    )
    assert block(content, "verification") == "- Critical tests: unknown\n- Verified by hand: unknown"


def test_machine_that_knows_less_erases_nothing() -> None:
    known = resolve_report(REPORT, NAME, RESOLVED, EN)
    again = resolve_report(known, NAME, NOTHING_KNOWN, EN)
    # but whether it is deployed: that every machine can see
    unresolved = replace(read_report(known, NAME), mitigated_at=None, resolved_at=None)
    assert read_report(again, NAME) == unresolved
    assert "\n- Deployed: succeeded 02:40 (make deploy-prod)" in block(again, "resolution")
    assert block(again, "verification") == block(known, "verification")
    assert block(again, "timeline") == block(known, "timeline")


def test_next_round_is_not_deployed_by_the_first() -> None:
    known = resolve_report(REPORT, NAME, RESOLVED, EN)
    again = resolve_report(known, NAME, replace(NOTHING_KNOWN, production_merge=Oid("e" * 40)), EN)
    assert "\n- Deployed: unknown" in block(again, "resolution")


def test_skipped_tests_are_said_with_their_reason() -> None:
    content = resolve_report(REPORT, NAME, replace(RESOLVED, checks_run=(), checks_skipped="they | hang"), EN)
    assert block(content, "verification") == "- Critical tests skipped: they \\| hang\n- Verified by hand: Lee"


def test_mitigation_that_a_person_told_stays() -> None:
    told = set_values(REPORT, {"mitigated_at": "2026-01-16T17:20:00Z"})
    assert b'\nmitigated_at: "2026-01-16T17:20:00Z"\n' in resolve_report(told, NAME, RESOLVED, EN)


def test_cancelled_hotfix_published_nothing() -> None:
    closed = Resolution(status=Status.CANCELLED, base=BranchName("main"), reason="A <restart> helped")
    content = resolve_report(REPORT, NAME, closed, EN)
    assert block(content, "resolution") == (
        "- Status: cancelled\n- Reason: A &lt;restart> helped\n- Published: nothing"
    )
    assert read_report(content, NAME).resolved_at is None


def test_notes_and_rows_of_people_stay_in_the_timeline() -> None:
    noted = add_rows(REPORT, (Row(at(2, 35), "Restarted the workers", "Kim"),), EN)
    assert "| 2026-01-17 02:35:00 +09:00 | Restarted the workers | Kim |" in block(
        resolve_report(noted, NAME, RESOLVED, EN), "timeline"
    )


def test_report_with_windows_line_ends_and_byte_order_mark_keeps_them() -> None:
    windows = b"\xef\xbb\xbf" + REPORT.replace(b"\n", b"\r\n")
    expected = b"\xef\xbb\xbf" + resolve_report(REPORT, NAME, RESOLVED, EN).replace(b"\n", b"\r\n")
    assert resolve_report(windows, NAME, RESOLVED, EN) == expected


@given(PROSE, PROSE, PROSE)
def test_what_people_write_survives_and_twice_is_once(summary: bytes, cause: bytes, end: bytes) -> None:
    def edited(content: bytes) -> bytes:
        content = content.replace(b"Anyone can log in\n\n<!--", b"Anyone can log in\n" + summary + b"<!--")
        content = content.replace(b"## Root cause\n", b"## Root cause\n" + cause)
        content = content.replace(b"schema: 1\n", b'schema: 1\nteam:  "a"  \n')
        return content + end

    once = resolve_report(edited(REPORT), NAME, RESOLVED, EN)
    assert once == edited(resolve_report(REPORT, NAME, RESOLVED, EN))
    assert resolve_report(once, NAME, RESOLVED, EN) == once
