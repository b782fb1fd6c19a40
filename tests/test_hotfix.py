"""Names: whatever a person types, git, the file system and the program itself can live with them."""

from __future__ import annotations

import subprocess
import time
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_hotfix.errors import ExitCode, HotfixError, Problem, command, shell_word
from git_hotfix.hotfix import SLUG_BYTES, HotfixId, Slug, new_id, parse_id, slugify, tag_name

TODAY = date(2026, 1, 17)
TITLES = (
    "auth-bypass",
    "Fix auth bypass!",
    "긴급 로그인 수정",
    unicodedata.normalize("NFD", "긴급 로그인 수정"),
    "Ünïcödé & Co.",
    "a..b//c@{d}~^:?*[\\",
    "x.lock",
    "-x-",
    "zero\u200bwidth\u202eright to left",
    "İSTANBUL ẞTRASSE ŉ",
    "हिन्दी में शीर्षक",
    "𝕄𝕒𝕥𝕙 ① ⑵",
    "@",
    "HEAD",
)
any_text = st.text(st.characters(exclude_categories=()), max_size=80)
"""Lone surrogates too: arguments that are not UTF-8 arrive so."""


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("auth-bypass", "auth-bypass"),
        ("Fix auth bypass!", "fix-auth-bypass"),
        ("긴급 로그인 수정", "긴급-로그인-수정"),
        (unicodedata.normalize("NFD", "긴급 로그인 수정"), "긴급-로그인-수정"),
        ("log\u200bin \u202efails", "login-fails"),
        ("v1.2.1: a/b\\c", "v1-2-1-a-b-c"),
        ("  --- ", ""),
        ("🔥🚒", ""),
        ("🔥 login", "login"),
        ("\u0301accent", "accent"),
        ("cafe\u0301", "café"),
        ("word " * 20, "word-" * 11 + "word"),
        ("a" * 70, "a" * 60),
        ("수" * 30, "수" * 20),
    ],
)
def test_title_becomes_slug(title: str, slug: str) -> None:
    assert slugify(title) == slug


@given(any_text)
def test_slug_of_any_text_is_short_plain_and_its_own_slug(title: str) -> None:
    slug = slugify(title)

    assert slugify(slug) == slug
    assert len(slug.encode()) <= SLUG_BYTES
    assert unicodedata.is_normalized("NFC", slug)
    assert "--" not in slug
    assert slug == slug.strip("-")
    assert all(char == "-" or unicodedata.category(char)[0] in "LNM" for char in slug)


@given(any_text)
def test_title_that_leaves_something_names_a_hotfix_that_reads_back(title: str) -> None:
    try:
        hotfix = new_id(title, TODAY, prefix="hotfix/")
    except HotfixError as error:
        (problem,) = error.problems
        assert problem.code == "empty-slug"
        assert slugify(title.strip().removeprefix("hotfix/")) == ""
    else:
        assert parse_id(str(hotfix)) == hotfix
        assert new_id(str(hotfix), TODAY, prefix="hotfix/") == hotfix
        assert new_id(f"hotfix/{hotfix}", TODAY, prefix="hotfix/") == hotfix
        assert len(hotfix.report_name().encode()) <= 255


@given(st.lists(any_text, min_size=20, max_size=40))
def _accumulate(titles: list[str]) -> None:
    _SLUGS.update(slug for slug in map(slugify, titles) if slug)


_SLUGS: set[str] = set()


def test_slug_of_any_title_is_a_branch_name_to_git() -> None:
    _accumulate()
    slugs = sorted(_SLUGS | {slugify(title) for title in TITLES} - {""})
    refs = [f"refs/heads/hotfix/20260117-{slug}" for slug in slugs]
    oid = "1" * 40

    # git-check-ref-format(1) takes one name a process; one script asks for all of them
    script = 'while IFS= read -r ref; do git check-ref-format "$ref" || echo "$ref"; done'
    answer = subprocess.run(("sh", "-c", script), input="\n".join(refs[:150]).encode(), capture_output=True, check=True)
    assert answer.stdout == b""
    # and for-each-ref's own reader, the packed-refs file, takes every one
    subprocess.run(("git", "init", "-q", "--bare", "r"), check=True)
    lines = "".join(f"create {ref}\0{oid}\0" for ref in refs).encode()
    told = subprocess.run(
        ("git", "-C", "r", "update-ref", "-z", "--stdin"), input=lines, capture_output=True, check=False
    )
    assert b"nonexistent object" in told.stderr  # the names were understood; only the commit is invented
    assert b"invalid ref" not in told.stderr


@pytest.mark.parametrize(
    ("typed", "slug", "expected"),
    [
        ("Fix auth bypass!", None, "20260117-fix-auth-bypass"),
        ("hotfix/auth", None, "20260117-auth"),
        ("20251224-auth", None, "20251224-auth"),
        ("hotfix/20251224-auth", None, "20251224-auth"),
        ("20251224 Auth is open", None, "20251224-auth-is-open"),
        ("20251324-auth", None, "20260117-20251324-auth"),
        ("20251224", None, "20260117-20251224"),
        ("🔥", "login", "20260117-login"),
        ("a title", "20251224-login", "20251224-login"),
    ],
)
def test_name_typed_with_prefix_or_date_is_kept_not_doubled(typed: str, slug: str | None, expected: str) -> None:
    assert str(new_id(typed, TODAY, prefix="hotfix/", slug=slug)) == expected


def test_title_of_emoji_is_refused_with_the_command_that_names_it() -> None:
    with pytest.raises(HotfixError) as caught:
        new_id("🔥 🚒", TODAY, prefix="hotfix/")

    assert caught.value.problems == (
        Problem(
            "empty-slug",
            "'🔥 🚒' has no letters or digits for a branch name.",
            command("git", "hotfix", "start", "🔥 🚒", "--slug", "NAME"),
            ExitCode.USAGE,
        ),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "auth",
        "20260117",
        "20260117-",
        "20260230-auth",
        "00010101-auth",
        "19700103-auth",
        "20260117-Auth",
        "20260117-a--b",
        "20260117-a\n",
        "2026011-auth",
        "２０２６０１１７-auth",
        f"20260117-{'a' * 61}",
        "20260117-" + unicodedata.normalize("NFD", "수정"),
    ],
)
def test_text_that_is_no_id_reads_as_none(text: str) -> None:
    assert parse_id(text) is None


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/New_York"])
@pytest.mark.parametrize("text", ["19700104-auth", "99991231-auth"])
def test_first_and_last_day_have_a_day_before_in_every_zone(
    text: str, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    hotfix = parse_id(text)
    assert hotfix is not None
    assert hotfix.day_before.timestamp() > 0
    monkeypatch.undo()
    time.tzset()


def test_id_names_branch_and_report() -> None:
    hotfix = HotfixId("20260117", Slug("긴급-수정"))

    assert parse_id("20260117-긴급-수정") == hotfix
    assert str(hotfix) == "20260117-긴급-수정"
    assert hotfix.branch("hotfix/") == "hotfix/20260117-긴급-수정"
    assert hotfix.report_name() == "HOTFIX-2026-01-17-긴급-수정.md"


@given(st.text(max_size=30))
def test_quoted_word_is_plain_or_in_single_quotes(text: str) -> None:
    word = shell_word(text)

    if word == text:
        assert text
        assert not set(text) & set(" \t\n'\"\\$`|&;<>()*?[]#~!{}")
    else:
        assert word[0] == word[-1] == "'"
        assert word[1:-1].replace("'\\''", "'") == text


def test_quoted_words_come_back_from_a_shell() -> None:
    words = ["", "plain", "two words", "it's", "$(id) `id` $HOME", "new\nline", '"', "a'b'c", "~", "-n", "수정", "\\"]
    line = "printf '%s\\0' " + " ".join(map(shell_word, words))

    said = subprocess.run(("sh", "-c", line), capture_output=True, check=True).stdout.decode()

    assert said.split("\0")[:-1] == words


def test_tag_is_named_after_the_time_in_its_zone() -> None:
    when = datetime(2026, 1, 17, 23, 59, tzinfo=timezone(timedelta(hours=9)))

    assert tag_name("hotfix-%Y%m%d-%H%M", when, UTC) == "hotfix-20260117-1459"
    assert tag_name("hotfix-%Y%m%d-%H%M", when, None) == "hotfix-20260117-2359"
