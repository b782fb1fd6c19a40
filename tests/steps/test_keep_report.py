"""The report in the git directory: when it is brought up to date, made public, and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.errors import Problem, command
from git_hotfix.hotfix import BranchName
from git_hotfix.memory import Memory
from git_hotfix.record.incident import Visibility
from git_hotfix.steps.keep_report import BeginReport, Disclose, KeepReport
from git_hotfix.steps.request import DocumentRequest, FinishRequest, Request
from tests.support.facts import FIX, asked_anew, ended, facts, published, report, report_with

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts

OLD, NEW = b'---\nid: "20260117-auth"\nvisibility: "restricted"\n---\n\n# Login\n', b"as it should be\n"
PATH = "docs/incidents/HOTFIX-2026-01-17-auth.md"
BROKEN = Problem("report-broken", "Nonsense.", command("git", "status"))
SEEN = report_with(visibility="public")
RESTRICTED, PUBLIC = report(visibility=Visibility.RESTRICTED), report(visibility=Visibility.PUBLIC)


def kept(**answers: Any) -> Facts:
    """Return facts of a published hotfix whose report is in the git directory, restricted."""
    known = {"private": OLD, "report": RESTRICTED, "private_report_now": OLD}
    return published(**known | answers)


def disclosed(**answers: Any) -> Facts:
    """Return the same once it is public, and its bytes were seen in the record."""
    known = {"private": SEEN, "is_disclosed": True, "_documented": (PATH, PUBLIC, None), "report": PUBLIC}
    return kept(**{**known, "private_report_now": None} | answers)


@pytest.mark.parametrize(
    ("given", "seen_as", "expected"),
    [
        (published(), "open", None),
        (kept(), "restricted", None),
        (kept(private_report_now=NEW), "restricted", KeepReport(NEW)),
        (kept(private=b"nonsense", private_report_now=None), "restricted", None),  # nobody can say that it may be seen
        (disclosed(is_disclosed=False), "open", None),  # not seen on the server yet
        (kept(_documented=(PATH, PUBLIC, None), report=PUBLIC), "restricted", None),  # a stranger's word
        (disclosed(), "disclosed", KeepReport(None)),
        (disclosed(fix=FIX), "disclosed", None),
        (disclosed(private=None, private_report_now=None, is_disclosed=False), "open", None),
    ],
)
def test_what_becomes_of_the_kept_report(given: Facts, seen_as: str, expected: KeepReport | None) -> None:
    assert (given.is_restricted, given.is_disclosed) == (seen_as == "restricted", seen_as == "disclosed")
    assert KeepReport.due(given, Request()) == expected


def of_others(given: Facts, **memory: Any) -> Facts:
    """Return the facts of a hotfix that git-flow has begun."""
    given.known, given.memory = replace(given.known, branch=BranchName("hotfix/1.2.1")), Memory(**memory)
    return given


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (facts(), FinishRequest(), None),
        (of_others(facts()), FinishRequest(), True),
        (of_others(published()), FinishRequest(), True),
        (of_others(published()), DocumentRequest(), True),
        (of_others(published(), wants_report=True), FinishRequest(), None),
        (of_others(published(), wants_report=True), FinishRequest(report=False), False),
        (of_others(published(), wants_report=False), FinishRequest(), None),
        (of_others(published(), wants_report=False), DocumentRequest(), True),
        (of_others(published(report=PUBLIC)), FinishRequest(), None),
        (of_others(published(_own=(PATH, None, BROKEN))), FinishRequest(), None),
        (of_others(published(deleted_report="It was deleted.")), DocumentRequest(), None),
        (of_others(ended(report=None)), DocumentRequest(), None),
    ],
)
def test_what_others_have_begun_gets_a_report(
    given: Facts, request_: FinishRequest | DocumentRequest, *, expected: bool | None
) -> None:
    assert BeginReport.due(given, request_) == (None if expected is None else BeginReport(expected))


def test_no_report_is_kept_before_the_publication() -> None:
    for given in (facts(private=OLD, report=RESTRICTED), kept(fix=FIX), kept(_own=(PATH, None, BROKEN)), published()):
        assert asked_anew(given, "private_report_now").private_report_now is None


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (kept(), DocumentRequest(), None),
        (kept(), DocumentRequest(disclose=True), 'visibility: "public"'),
        (kept(), DocumentRequest(disclose=True, cve="CVE-2026-1"), 'visibility: "public"\ncve: "CVE-2026-1"'),
        (disclosed(), DocumentRequest(disclose=True), None),
        (published(), DocumentRequest(disclose=True), None),
    ],
)
def test_when_a_report_is_made_public(given: Facts, request_: DocumentRequest, expected: str | None) -> None:
    due = Disclose.due(given, request_)
    if expected is None:
        assert due is None
        return
    assert isinstance(due, Disclose)
    head = due.report.decode().partition("\n---\n")[0]
    assert {"---", 'id: "20260117-auth"', *expected.split("\n")} == set(head.split("\n"))
