"""The page: one file that may do nothing, the same for the same incidents; what others wrote is text on it."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from datetime import timedelta
from html.parser import HTMLParser
from string import Formatter

import pytest
from msgspec.structs import replace

from git_hotfix.hotfix import Verdict
from git_hotfix.page.chronicle import MOST_ROWS
from git_hotfix.page.html import Page, page, page_words
from git_hotfix.page.incidents import MOST_CHARS, Event
from git_hotfix.record.followups import FollowUp
from tests.page.hostile import hostile
from tests.support.incidents import NOON, chronicle, incident, place, two_years

ENGLISH, KOREAN = page_words("en"), page_words("ko")


class Parsed(HTMLParser):
    """All elements of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_severities_of_a_team_and_those_of_earlier_reports_are_counted_by_month() -> None:
    words = ("SEV2", "outage", "outage", "SEV1", *("critical",) * 3, *"abcdefg")
    told = tuple(incident(NOON, str(at), severity=word) for at, word in enumerate(words))
    _, severities, kinds = Page(
        [chronicle(*told, severities=("SEV1", "SEV2", "SEV3"))], ENGLISH.say, is_one=False
    ).months
    assert list(severities)[:5] == ["SEV1", "SEV2", "SEV3", "critical", "outage"]
    assert [sum(row) for row in severities.values()] == [1, 1, 0, 3, 2, 1, 1, 1]
    assert kinds["outage"] == [0]
    assert kinds["security"] == [len(words)]
    text = page([chronicle(*told, severities=("SEV1",))], ENGLISH)
    assert ">SEV1: 1<" in text
    assert ">critical: 3<" in text


@pytest.mark.parametrize("words", [ENGLISH, KOREAN], ids=["en", "ko"])
def test_page_is_one_file_that_may_do_nothing(words: object) -> None:
    text = page([two_years()], words)  # type: ignore[arg-type]
    parsed = Parsed(text)
    policy = next(each["content"] for tag, each in parsed.elements if each.get("http-equiv"))
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style
    names = {tag for tag, _ in parsed.elements}
    assert not names & {"script", "link", "img", "iframe", "object", "form", "base", "foreignobject"}
    attributes = {name for _, each in parsed.elements for name in each}
    assert not {name for name in attributes if name.startswith("on")} | attributes & {"style", "src", "srcset"}
    links = {str(each[name]) for _, each in parsed.elements for name in ("href", "xlink:href") if name in each}
    assert {link[:1] if link.startswith("#") else link[:19] for link in links} == {"#", "https://github.com/"}
    anchors = {str(each["id"]) for _, each in parsed.elements if "id" in each}
    assert {link.removeprefix("#") for link in links if link.startswith("#")} <= anchors
    assert len(anchors) == sum("id" in each for _, each in parsed.elements)


def test_what_others_wrote_is_text() -> None:
    kinds = {tag for tag, _ in Parsed(page([two_years()], ENGLISH)).elements}
    text = hostile()
    parsed = Parsed(text)
    assert {tag for tag, _ in parsed.elements} <= kinds
    links = {str(each["href"]) for _, each in parsed.elements if "href" in each}
    assert {link for link in links if not link.startswith(("#", "https://github.com/acme/shop/"))} == set()
    assert "javascript:alert(1)" in parsed.text
    assert "{{ 7*7 }}" in parsed.text
    assert "&lt;script&gt;" in parsed.text
    assert re.search("[\u200f\u202a-\u202e\u2066-\u2069]", text) is None
    assert "\\u202egnp.exe" in parsed.text
    assert max(map(len, re.findall(r"\S+", parsed.text.rpartition("}}")[2]))) < 400


def test_page_is_the_same_for_the_same_incidents() -> None:
    assert page([two_years(9)], ENGLISH) == page([two_years(9)], ENGLISH)


def test_page_of_one_incident_has_its_timeline_and_what_broke_before() -> None:
    before = incident(NOON - timedelta(days=100), "before", title="An earlier one")
    made = incident(places=(place(), place("release/1.1", Verdict.PENDING)), root_cause="a typo")
    every = (made, before)
    parsed = Parsed(page([replace(chronicle(made), every=every)], ENGLISH, is_one=True))
    for said in (
        "a typo",
        "2 times",
        "src/auth/login.py",
        "An earlier one",
        "missing 9 d",
        "30 min",
        "What happened when",
    ):
        assert said in parsed.text, said
    assert "Durations" not in parsed.text


def test_timelines_of_megabytes_are_told_in_part() -> None:
    events = tuple(Event(None, "<" * MOST_CHARS, "&" * MOST_CHARS) for _ in range(MOST_ROWS))
    made = [incident(NOON - timedelta(days=at), events=events, earlier_events=59_800) for at in range(20)]
    one = page([chronicle(made[0])], ENGLISH, is_one=True)
    every = page([chronicle(*made)], ENGLISH)
    assert "59800 earlier events are in the report." in one
    assert one.count("59800 earlier events are in the report.") == 1
    assert (every.count("59800 earlier"), every.count("Its timeline is in the report.")) == (1, 19)
    assert max(len(one), len(every)) < 2_000_000


def test_priority_and_ticket_of_later_work_are_told() -> None:
    work = FollowUp("20260117-auth/1", "Hash it", "rfc", priority="P1", ticket="<https://x.example/7>")
    parsed = Parsed(page([chronicle(incident(follow_ups=(work,)))], ENGLISH))
    assert "P1Hash ithttps://x.example/7" in parsed.text


def test_open_follow_ups_are_a_picture_by_age() -> None:
    text = page([two_years(40)], ENGLISH)
    assert '<title id="c-age-t">By age</title>' in text
    assert page([chronicle(incident())], ENGLISH).count("c-age") == 0


def test_several_repositories_are_compared() -> None:
    other = chronicle(incident(repository="pay", slug="pay"), name="pay")
    parsed = Parsed(page([chronicle(incident()), other], ENGLISH))
    assert {"0-20260117-auth", "1-20260117-pay"} <= {each.get("id") for _, each in parsed.elements}
    assert "1 h (n=1)" in parsed.text


def test_without_an_incident_there_is_a_page() -> None:
    assert Parsed(page([chronicle()], ENGLISH)).text.count("None.") == 8


def test_every_language_has_every_word_with_the_same_values() -> None:
    def filled(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}

    assert {key: filled(text) for key, text in ENGLISH.say.items()} == {
        key: filled(text) for key, text in KOREAN.say.items()
    }
    assert all(text.strip() for words in (ENGLISH, KOREAN) for text in words.say.values())


def test_a_thousand_incidents_are_small_and_quick() -> None:
    made = two_years(1000, branches=tuple(f"release/{number}" for number in range(9)), years=10)
    begun = time.process_time()
    text = page([made], ENGLISH)
    assert time.process_time() - begun < 6  # 0.9 on the machine on which it was measured
    assert len(text.encode()) < 2_000_000
