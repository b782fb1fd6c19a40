"""The values everyone shares: names of a hotfix, its fix, its targets and the verdict on each."""

from __future__ import annotations

import functools
import re
import unicodedata
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, NewType, Self

from msgspec import Struct

from git_hotfix.errors import command, wrong_input

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Oid = NewType("Oid", str)
"""An object id, 40 lower-case hexadecimal digits."""

RefName = NewType("RefName", str)
"""A full reference name, ``refs/heads/main``."""

BranchName = NewType("BranchName", str)
"""A branch without ``refs/heads/``."""

Slug = NewType("Slug", str)
"""The part of a hotfix's names that a person chose, as ``slugify`` writes it."""

NULL_OID = Oid("0" * 40)
"""What git writes for "no such ref"."""

SLUG_BYTES = 60
_FIRST_DAY = date(1970, 1, 4)
"""git's dates begin with 1970; what is asked about a hotfix begins two days and a time zone before its own day."""

_DATED = re.compile(r"(\d{8})-(.+)\Z", re.DOTALL)


def branch_ref(branch: str) -> RefName:
    """Return the full name of a branch."""
    return RefName(f"refs/heads/{branch}")


def tag_ref(tag: str) -> RefName:
    """Return the full name of a tag."""
    return RefName(f"refs/tags/{tag}")


def branches_in(refs: Iterable[RefName]) -> Iterator[BranchName]:
    """Return the names of the branches among refs."""
    return (BranchName(ref.removeprefix("refs/heads/")) for ref in refs if ref.startswith("refs/heads/"))


def is_tag(ref: RefName) -> bool:
    """Return whether a ref is a tag."""
    return ref.startswith("refs/tags/")


class HotfixId(Struct, frozen=True, order=True):
    """``20260117-fix-auth-bypass``: the day a hotfix was declared and its slug.

    It names the branch, the report and the trailers.
    """

    day: str
    slug: Slug

    def __str__(self) -> str:
        return f"{self.day}-{self.slug}"

    @property
    def day_before(self) -> datetime:
        """A time that is before anything of the hotfix; two days allow for clocks and zones."""
        return datetime(int(self.day[:4]), int(self.day[4:6]), int(self.day[6:])).astimezone() - timedelta(days=2)

    @property
    def earliest(self) -> str:
        """The day of that time, as ids and tags have it."""
        return earliest_day(self.day)

    def branch(self, prefix: str) -> BranchName:
        """Return the branch, ``hotfix/20260117-fix-auth-bypass``."""
        return BranchName(f"{prefix}{self}")

    def report_name(self) -> str:
        """Return the file name of the report, ``HOTFIX-2026-01-17-fix-auth-bypass.md``."""
        return f"HOTFIX-{self.day[:4]}-{self.day[4:6]}-{self.day[6:]}-{self.slug}.md"


@functools.cache
def earliest_day(day: str) -> str:
    """Return a day that is before anything of a hotfix that was declared on a day."""
    return f"{HotfixId(day, Slug('')).day_before:%Y%m%d}"


@functools.cache
def parse_id(text: str) -> HotfixId | None:
    """Read ``YYYYMMDD-slug``; None when it is not one (a day since 1970, and a slug as ``slugify`` writes it)."""
    match = _DATED.match(text)
    if match is None or not match[1].isascii():
        return None
    try:
        day = date(int(match[1][:4]), int(match[1][4:6]), int(match[1][6:]))
    except ValueError:
        return None
    if day < _FIRST_DAY or slugify(match[2]) != match[2]:
        return None
    return HotfixId(match[1], Slug(match[2]))


@functools.cache
def parse_report_name(name: str) -> HotfixId | None:
    """Read ``HOTFIX-2026-01-17-slug.md``; None when it is not the name of a report."""
    match = re.fullmatch(r"HOTFIX-(\d{4})-(\d\d)-(\d\d)-(.+)\.md", name, re.DOTALL)
    return parse_id(f"{match[1]}{match[2]}{match[3]}-{match[4]}") if match else None


def slugify(title: str) -> str:
    """Write a title as a slug: NFC, lower case, letters and digits of any script, everything else one ``-``.

    Format characters (category Cf: zero-width space, right-to-left override) are dropped, because git accepts
    them in names and nobody sees them. Cut at a word or letter boundary to 60 bytes of UTF-8, which leaves room
    in a file name (255 bytes). Empty when nothing is left. ``slugify(slugify(x)) == slugify(x)``.
    """
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", title).lower())
    letters: list[str] = []
    for char in text:
        category = unicodedata.category(char)
        if category == "Cf":
            continue
        keeps = category[0] in "LN" or (category[0] == "M" and bool(letters) and letters[-1] != "-")
        letters.append(char if keeps else "-")
    slug = re.sub("-+", "-", unicodedata.normalize("NFC", "".join(letters))).strip("-")
    return _cut(slug)


def _cut(slug: str) -> str:
    if len(slug.encode()) <= SLUG_BYTES:
        return slug
    kept = slug.encode()[:SLUG_BYTES].decode(errors="ignore")
    rest = slug[len(kept) :]
    if not rest.startswith("-") and "-" in kept:
        return kept.rpartition("-")[0].strip("-")
    while kept and rest and unicodedata.category(rest[0])[0] == "M":
        kept, rest = kept[:-1], kept[-1] + rest
    return kept.strip("-")


def new_id(title: str, today: date, *, prefix: str, slug: str | None = None) -> HotfixId:
    """Name a new hotfix after its title, or after ``slug`` when one was chosen.

    A branch prefix or a date that the user typed is kept, not doubled. A title of which nothing is left is
    wrong input.
    """
    text = (slug if slug is not None else title).strip()
    text = text.removeprefix(prefix)
    if dated := parse_id(text):
        return dated
    chosen = slugify(text)
    if not chosen:
        raise wrong_input(
            "empty-slug",
            f"'{text}' has no letters or digits for a branch name.",
            command("git", "hotfix", "start", title, "--slug", "NAME"),
        )
    if dated := parse_id(chosen):
        return dated
    return HotfixId(today.strftime("%Y%m%d"), Slug(chosen))


def tag_name(pattern: str, when: datetime, zone: tzinfo | None) -> str:
    """Name the tag of a publication: ``hotfix-%Y%m%d-%H%M`` filled with ``when`` in ``zone`` (None: local)."""
    return when.astimezone(zone).strftime(pattern)


HOTFIX_ID = "Hotfix-Id"
"""The trailer that names the hotfix in every commit and tag of it."""


class Once(str):
    """A note that a clone is told once: what was done about it, or not, is known from then on."""

    __slots__ = ()


class Method(StrEnum):
    """How a fix is carried to a target, or taken back there; ``chosen`` says what ``backport`` does with its option."""

    chosen: str | None

    def __new__(cls, word: str, chosen: str | None = None) -> Self:
        """Make a word with what the help says of it; None where nobody can choose it."""
        made = str.__new__(cls, word)
        made._value_, made.chosen = word, chosen
        return made

    MERGE = "merge", "Merge the hotfix branch, whatever else that brings."
    PICK = "pick", "Pick the fix commits."
    REVERT = "revert"


class Verdict(StrEnum):
    """Whether a fix is in a branch."""

    PRESENT = "present"
    MODIFIED = "modified"
    """It came there, and was adapted on the way or built on since."""
    PARTIAL = "partial"
    """Some of its commits are there."""
    PENDING = "pending"
    REVERTED = "reverted"
    """It was there and is undone."""
    DROPPED = "dropped"
    """What should have brought it left it out, as ``git merge -s ours`` does."""
    NOT_APPLICABLE = "not-applicable"
    """What it changes never existed there."""
    WAIVED = "waived"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"

    @property
    def is_there(self) -> bool:
        """Whether the branch has the fix."""
        return self in {Verdict.PRESENT, Verdict.MODIFIED}

    @property
    def is_refused(self) -> bool:
        """Whether people have taken the fix out of the branch, or left it out: it is not brought again unasked."""
        return self in {Verdict.REVERTED, Verdict.DROPPED}

    @property
    def is_settled(self) -> bool:
        """Whether nothing has to be brought to the branch any more."""
        match self:
            case Verdict.PRESENT | Verdict.MODIFIED | Verdict.NOT_APPLICABLE | Verdict.WAIVED:
                return True
            case Verdict.PARTIAL | Verdict.PENDING | Verdict.REVERTED | Verdict.DROPPED:
                return False
            case Verdict.CONFLICT | Verdict.UNKNOWN:
                return False


class Fix(Struct, frozen=True):
    """The change from ``fork`` to ``tip`` without record paths.

    ``commits`` are the fix commits, oldest first; ``paths`` the changed files; ``identity`` is equal for two
    fixes with the same content, whatever their commits are called: what a test result belongs to.
    """

    fork: Oid
    tip: Oid
    commits: tuple[Oid, ...]
    paths: tuple[str, ...]
    added_lines: int
    deleted_lines: int
    identity: str


class Publication(Struct, frozen=True):
    """A round of a hotfix that is in its base: ``merge`` brought ``tip``; ``fork`` is where the two had parted.

    ``merge`` equals ``tip`` where the base was fast-forwarded to it. ``tags`` are those made with it, the hotfix tag
    first; one without an object is only named by the commit, and the server shows no tags.
    """

    merge: Oid
    tip: Oid
    fork: Oid
    tags: tuple[tuple[str, Oid | None], ...] = ()
    rollback: Oid | None = None
    """The commit on the base that took this publication back, and its tags."""
    rollback_tags: tuple[tuple[str, Oid | None], ...] = ()
    source: Oid | None = None
    """The commit of the branch up to which it was brought, where that came as other commits: squashed, or rebased."""

    @property
    def end(self) -> Oid:
        """The commit of the branch up to which it was brought."""
        return self.source or self.tip

    @property
    def tag(self) -> str | None:
        """The name of the hotfix tag."""
        return self.tags[0][0] if self.tags else None

    @property
    def rollback_tag(self) -> str | None:
        """The name of the tag on what took it back."""
        return self.rollback_tags[0][0] if self.rollback_tags else None
