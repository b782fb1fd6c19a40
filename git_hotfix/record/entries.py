"""The words of a changelog entry, and how an entry is recognised: by the id of its hotfix."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from git_hotfix.hotfix import HotfixId

_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_IN_LINK = str.maketrans({" ": "%20", "(": "%28", ")": "%29", "<": "%3C", ">": "%3E", "\\": "%5C", "|": "%7C"})


class Entry(Struct, frozen=True, kw_only=True):
    """What a changelog says of one hotfix.

    ``description`` and ``issue`` are Markdown of one line, as ``incident.markdown.inline`` gives it;
    ``report_path`` is a path from the changelog's folder, separated by ``/``.
    """

    hotfix: HotfixId
    description: str
    tag: str | None = None
    cve: str | None = None
    issue: str | None = None
    section: Literal["Fixed", "Security"] = "Fixed"
    report_path: str | None = None


def entry_text(entry: Entry) -> str:
    """Return the entry as one line of Markdown without bullet.

    ``CVE-2026-1: Fix auth bypass (#12, `hotfix-20260117-0310`, [20260117-fix-auth-bypass](docs/…))``: the CVE leads
    (Keep a Changelog 2.0.0), the id ends it.
    """
    words = one_line(entry.description)
    if entry.cve and not words.startswith(entry.cve):
        words = f"{entry.cve}: {words}"
    known = [entry.issue and issue_link(entry.issue), entry.tag and f"`{entry.tag}`"]
    return f"{words} ({', '.join([*filter(None, known), id_link(entry.hotfix, entry.report_path)])})"


def one_line(text: str) -> str:
    """Make one line of a text: line ends, tabs and control characters become one space."""
    return _SPACE.sub(" ", text).strip()


def issue_link(issue: str) -> str:
    """Return an issue as a person named it; a URL as a link."""
    issue = one_line(issue)
    return f"<{issue}>" if re.fullmatch(r"https?://[^\s<>]+", issue) else issue


def id_link(hotfix: HotfixId, report_path: str | None) -> str:
    """Return the id of a hotfix, linked to its report when that is known."""
    return f"[{hotfix}]({report_path.translate(_IN_LINK)})" if report_path else f"`{hotfix}`"


def report_link(report_path: str | None) -> str | None:
    """Return a link to the report, where the id of the hotfix is said beside it."""
    return f"[report]({report_path.translate(_IN_LINK)})" if report_path else None


def names_hotfix(text: str, hotfix: HotfixId) -> bool:
    """Whether a text names a hotfix, by its id (in its branch, too) or by the file of its report.

    ``20260117-fix`` is not named by ``20260117-fix-2``, nor by a name with something behind ``/`` or ``#``.
    """
    text = unicodedata.normalize("NFC", text)
    return any(has_name(text, name) for name in (str(hotfix), hotfix.report_name().removesuffix(".md")))


def has_name(text: str, name: str) -> bool:
    """Whether a text has a name as a whole word; ``_`` is emphasis, no letter."""
    return re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_]|[-/#]\w)", text) is not None


def is_text(found: str, text: str) -> bool:
    """Whether the text of an entry is word for word the one that the tool writes, wrapped or not."""
    return re.sub(r"[ \t\r\n]+", " ", found).strip() == one_line(text)
