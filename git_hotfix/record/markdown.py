"""Text of people and of git, written so that Markdown shows it and does not obey it; links to a hotfix, and back."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from typing import TYPE_CHECKING

from git_hotfix.escapes import one_line

if TYPE_CHECKING:
    from git_hotfix.hotfix import HotfixId

_SURROGATE = "[\ud800-\udfff]"
_UNSEEN = "[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
_ACTIVE = r"""(?x)(?P<backslash>\\(?=[!-/:-@\[-`{-~]|\Z))  # only here does Markdown take it as an escape
      | (?P<escaped>[`|])
      | (?P<tag><(?=[!/?]|[A-Za-z][A-Za-z0-9-]*(?:[\s/>]|\Z)))  # <kim@example.org> is none
      | (?P<entity>&(?=[\#A-Za-z]))"""
_LEADING = r"""(?x)\A(?:(\d{1,9})(?=[.)](?:\s|\Z))              # numbered list
         |(?=(?:\#{1,6}|[-+*_])(?:\s|\Z)            # heading, list, rule
            |>|~~~|=+\Z|[-_*]{3}|\[[^\]]*\]:))      # quotation, fence, underline, rule, link definition
    """
_ESCAPED = r"\\([!-/:-@\[-`{-~])"
_LETTER = r"[^\W_]"
_MORE_OF_A_NAME = r"[^\W_]|[-/#]\w"
_IN_LINK = str.maketrans({" ": "%20", "(": "%28", ")": "%29", "<": "%3C", ">": "%3E", "\\": "%5C", "|": "%7C"})
_CODE_LINK = r"\[(`[^`\n]+`)\]\(https?://[^\s()]+\)"
_CLOSING_HASHES = r"(?<=\s)(?=#+\Z)"


def encodable(text: str) -> str:
    """Replace halves of surrogate pairs (bytes of the command line that were no UTF-8) by U+FFFD."""
    return text if text.isascii() else re.sub(_SURROGATE, "\ufffd", text)


def inline(text: str) -> str:
    r"""Return text as one line that shows what was typed, in a paragraph, heading, list or table cell.

    Line ends, tabs and control characters become one space, direction overrides are dropped. Tags,
    comments, entities, code spans and ``|`` lose their meaning, and so does a beginning that would make a
    heading, a list, a quotation, a rule or a link definition. Emphasis and links inside the text stay: they
    do no harm.
    """
    text = one_line(re.sub(_UNSEEN, "", encodable(text)))
    text = re.sub(_ACTIVE, _escape, text)
    text = re.sub(_LEADING, lambda match: (match[1] or "") + "\\", text)
    return re.sub(_CLOSING_HASHES, r"\\", text)


def shown(markdown: str) -> str:
    """Return what a reader sees of text that ``inline`` wrote: its escapes undone; for terminals and JSON."""
    text = re.sub(_ESCAPED, r"\1", markdown)
    return text.replace("&lt;", "<").replace("&amp;", "&")


def code(text: str) -> str:
    """Return a name (branch, tag, commit) as a code span; for paragraphs and lists, not for table cells."""
    text = one_line(re.sub(_UNSEEN, "", encodable(text)))
    ticks = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def code_link(name: str, address: str | None) -> str:
    """Return a tag or commit as a code span, as a link where its address is known."""
    span = code(name)
    return span if address is None or "`" in name else f"[{span}]({address})"


def unlinked(markdown: str) -> str:
    """Return text with what ``code_link`` wrote as plain code spans: not every clone knows the forge."""
    return re.sub(_CODE_LINK, r"\1", markdown)


def in_code(text: str) -> str:
    """Return a name or command for a place between single backticks, or outside of code: harmless in both."""
    return inline(text.replace("`", "\ufffd"))


def way_to(path: str, folder: str) -> str:
    """Return the path of a file as a link in a folder has it; both are from the top of the repository."""
    return posixpath.relpath(f"/{path}", f"/{folder}")  # absolute: else the present folder is asked for, if it exists


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
    at = text.find(name)
    while at >= 0:
        before, behind = text[max(at - 1, 0) : at], text[at + len(name) : at + len(name) + 2]
        if not re.match(_LETTER, before) and not re.match(_MORE_OF_A_NAME, behind):
            return True
        at = text.find(name, at + 1)
    return False


def _escape(match: re.Match[str]) -> str:
    match match.lastgroup:
        case "tag":
            return "&lt;"
        case "entity":
            return "&amp;"
        case _:
            return "\\" + match[0]
