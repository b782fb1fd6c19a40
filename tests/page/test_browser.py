"""The page in a real browser: it loads alone and whole, at every width, in both schemes, on paper, for everybody."""

from __future__ import annotations

import os
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from git_hotfix.page.html import page, page_words
from tests.page.hostile import hostile
from tests.support.browser import Browser
from tests.support.incidents import two_years
from tests.support.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

ENGLISH, KOREAN = page_words("en"), page_words("ko")
CHARTS = """[...document.querySelectorAll('svg.chart:not(.swatch)')].map(chart => {
    const box = chart.getBoundingClientRect(), marks = [...chart.querySelectorAll('circle, rect, .over')];
    const back = getComputedStyle(document.body).backgroundColor;
    const colors = mark => [getComputedStyle(mark).fill, getComputedStyle(mark).stroke];
    const seen = marks.filter(mark => mark.getBoundingClientRect().width > 2
        && colors(mark).some(color => color !== back && color !== 'none'));
    const out = marks.filter(mark => { const at = mark.getBoundingClientRect();
        return at.left < box.left - 8 || at.right > box.right + 8 || at.top < box.top - 8
            || at.bottom > box.bottom + 8});
    return {marks: marks.length, seen: seen.length, out: out.length, width: box.width}})"""
WIDER = "document.documentElement.scrollWidth"


def axe() -> Path:
    """Return axe-core; without it the test is skipped, with the way to get it."""
    file = Path(os.environ.get("HOTFIX_AXE", ROOT / "node_modules/axe-core/axe.min.js"))
    if not file.is_file():
        pytest.skip("no axe-core here (npm install --no-save axe-core)")
    return file


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


def shown(browser: Browser, file: Path, text: str, *, width: int = 1440, scheme: str = "light") -> None:
    """Load a page, which tells no error and asks for nothing but itself."""
    file.write_text(text, "utf-8")
    browser.show(file, width=width, scheme=scheme)
    assert [each["request"]["url"] for each in browser.of("Network.requestWillBeSent")] == [file.as_uri()]
    assert (
        browser.of("Log.entryAdded") + browser.of("Runtime.consoleAPICalled") + browser.of("Runtime.exceptionThrown")
        == []
    )


def test_charts_are_seen_at_every_width_and_scheme_and_nothing_is_wider_than_the_page(
    browser: Browser, tmp_path: Path
) -> None:
    grounds = set()
    for words, width, scheme in ((ENGLISH, 1440, "light"), (KOREAN, 360, "dark"), (ENGLISH, 360, "light")):
        shown(browser, tmp_path / "page.html", page([two_years()], words), width=width, scheme=scheme)
        charts = browser.value(CHARTS)
        assert [each["marks"] >= 10 for each in charts] == [*[True] * 5, False]  # follow-ups: a bar an age
        assert [each for each in charts if each["out"] or each["seen"] != each["marks"] or not each["marks"]] == []
        assert min(each["width"] for each in charts) > 300
        assert browser.value(WIDER) == width
        grounds.add(browser.value("getComputedStyle(document.body).backgroundColor"))
    assert len(grounds) == 2
    seen = "filter(each => getComputedStyle(each).display !== 'none').length"
    rows = f"[...document.querySelectorAll('.matrix tbody tr')].{seen}"
    every = browser.value(rows)
    gaps = browser.value(f"document.querySelector('#only-gaps').click(); {rows}")
    assert 0 < gaps < every


def test_hostile_report_stays_text(browser: Browser, tmp_path: Path) -> None:
    shown(browser, tmp_path / "hostile.html", hostile(), width=360)
    assert browser.value(WIDER) == 360
    assert browser.value("document.querySelectorAll('script, img, iframe, [onload], [onerror]').length") == 0
    assert browser.of("Page.javascriptDialogOpening") == []
    assert browser.value("document.body.innerText").count("<script>alert(1)</script>") > 5


def test_page_is_printed_whole(browser: Browser, tmp_path: Path) -> None:
    text = page([two_years(9)], ENGLISH)
    shown(browser, tmp_path / "page.html", text)
    printed = browser.pdf()
    assert printed.startswith(b"%PDF-")
    assert 1 < len(re.findall(rb"/Type /Page\b", printed)) < 15
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", printed, re.DOTALL)
    assert any(b" re" in zlib.decompressobj().decompress(each) for each in streams if each[:1] == b"x")
    browser.tell("Emulation.setEmulatedMedia", media="print")
    unseen = (
        "[...document.querySelectorAll('section > details, figure > details')].filter(each => each.offsetHeight < 60)"
    )
    assert browser.value(f"{unseen}.length") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, tmp_path: Path, scheme: str) -> None:
    script = axe().read_text("utf-8")
    shown(browser, tmp_path / "page.html", page([two_years(9)], KOREAN), scheme=scheme)
    browser.tell("Runtime.evaluate", expression=f"{script}; 0")
    found = browser.value(
        "axe.run().then(found => found.violations.map(each => [each.impact, each.id, each.nodes[0].html]))"
    )
    assert [each for each in found if each[0] in {"serious", "critical", "moderate"}] == []
