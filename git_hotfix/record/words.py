"""The words of the languages that reports are written in; they are data, in ``share/words``.

The keys of the front matter and their values are English in every language. A text in braces is filled by
``str.format``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003  # msgspec reads the annotations
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from msgspec import Struct, ValidationError, convert

from git_hotfix.config.toml import parse_toml
from git_hotfix.errors import command, refused
from git_hotfix.record.markdown_reader import document_of
from git_hotfix.templates import Answers, read_shared

if TYPE_CHECKING:
    from git_hotfix.config.keys import Config

Language = Literal["en", "ko"]
Data = TypeVar("Data", bound=Struct)

_HANGUL = "[\uac00-\ud7a3]"


class FollowUpWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The head of the table of follow-ups, and its states."""

    head: tuple[str, str, str, str, str, str, str, str]
    is_open: str
    is_done: str


class PostmortemWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The words of a post-mortem; ``questions`` are its headings, ``anchor`` leads to its section."""

    questions: Mapping[str, str]
    anchor: str
    yes: str
    no: str
    same_files: str
    same_component: str
    none_found: str
    written_as: str
    adr_title: str
    no_decision: str
    madr_context: str


class BacklogWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The words that are written into a backlog."""

    done: str
    open: str
    hotfix: str
    due: str
    trigger: str
    deferred: str
    tech_debt: str


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """One language: ``headings`` by section, the one that is written first and then others that teams use."""

    language: Language
    answers: Answers
    headings: Mapping[str, tuple[str, ...]]
    followups: FollowUpWords
    postmortem: PostmortemWords
    backlog: BacklogWords
    kinds: Mapping[str, str]
    # tables of a report
    timeline_head: tuple[str, str, str]
    criticality_head: tuple[str, str]
    what_is_broken: str
    is_production_affected: str
    can_it_wait: str
    severity: str
    kind: str
    data_at_risk: str
    affected_users: str
    # events of the timeline
    began: str
    noticed: str
    declared: str
    committed: str
    tests: Mapping[str, str]
    merged: str
    tagged: str
    published: str
    deployment: str
    deployment_of_rollback: str
    ended: Mapping[str, str]
    rolled_back: str
    arrived: str
    taken_back: str
    closed: str
    lands_again: str
    relanded: str
    # Resolution and Verification
    not_resolved: str
    not_verified: str
    statuses: Mapping[str, str]
    verdicts: Mapping[str, str]
    methods: Mapping[str, str]
    label_status: str
    label_reason: str
    label_published: str
    label_tag: str
    label_deployed: str
    label_fix: str
    label_carried: str
    label_times: str
    to_detect: str
    to_mitigate: str
    to_resolve: str
    label_tests_run: str
    label_tests_skipped: str
    label_tests: str
    label_verified: str
    published_as: str
    nothing_published: str
    unknown_when: str
    no_tag: str
    check_passed: str
    carried_by: str
    skipped: str
    deployment_ended: str
    deployment_began: str
    at_unknown_time: str
    told_by: str
    by_the_push: str
    by_the_publication: str
    reason_taken_back: str
    with_tag: str


@cache
def words_in(language: Language) -> Words:
    """Return the words of a language."""
    return read_words(f"words/{language}.toml", Words)


def every_language() -> tuple[Words, ...]:
    """Return the words of every language: a report may be in another one than is configured now."""
    return tuple(words_in(language) for language in get_args(Language))


def words_of(config: Config) -> Words:
    """Return the words of the configured language."""
    return words_in(config.incident.language)


def words_like(text: str) -> Words:
    """Return the words of the language of a text: Korean where it has Korean letters, else English."""
    return words_in("ko" if re.search(_HANGUL, text) else "en")


def language_of(report: bytes) -> Language:
    """Return the language of a report: Korean when most of its headings have Korean letters, else English.

    Below the title only: it is in the language of whoever typed it. What is configured by now does not matter.
    """
    headings = document_of(report).headings()[1:]
    korean = sum(1 for heading in headings if re.search(_HANGUL, heading.title))
    return "ko" if korean * 2 > len(headings) else "en"


def read_words(path: str, type_: type[Data]) -> Data:
    """Read a file of words below ``share``; one that lacks a key, or has one too many, says which."""
    try:
        return convert(parse_toml(read_shared(path).encode(), path), type_)
    except ValidationError as error:
        message = f"The words of git-hotfix in '{path}' are broken: {error}."
        raise refused("words-broken", message, command("pip", "install", "--force-reinstall", "git-hotfix")) from error
