"""Text of people and of git, written so that Markdown shows it and does not obey it."""

from __future__ import annotations

import posixpath
import re

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSEEN = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_ACTIVE = re.compile(
    r"""(?P<backslash>\\(?=[!-/:-@\[-`{-~]|\Z))  # only here does Markdown take it as an escape
      | (?P<escaped>[`|])
      | (?P<tag><(?=[!/?]|[A-Za-z][A-Za-z0-9-]*(?:[\s/>]|\Z)))  # <kim@example.org> is none
      | (?P<entity>&(?=[\#A-Za-z]))""",
    re.VERBOSE,
)
_LEADING = re.compile(
    r"""\A(?:(\d{1,9})(?=[.)](?:\s|\Z))              # numbered list
         |(?=(?:\#{1,6}|[-+*_])(?:\s|\Z)            # heading, list, rule
            |>|~~~|=+\Z|[-_*]{3}|\[[^\]]*\]:))      # quotation, fence, underline, rule, link definition
    """,
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_CLOSING_HASHES = re.compile(r"(?<=\s)(?=#+\Z)")


def encodable(text: str) -> str:
    """Replace halves of surrogate pairs (bytes of the command line that were no UTF-8) by U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def inline(text: str) -> str:
    r"""Return text as one line that shows what was typed, in a paragraph, heading, list or table cell.

    Line ends, tabs and control characters become one space, direction overrides are dropped. Tags,
    comments, entities, code spans and ``|`` lose their meaning, and so does a beginning that would make a
    heading, a list, a quotation, a rule or a link definition. Emphasis and links inside the text stay: they
    do no harm.
    """
    text = _SPACE.sub(" ", _UNSEEN.sub("", encodable(text))).strip()
    text = _ACTIVE.sub(_escape, text)
    text = _LEADING.sub(lambda match: (match[1] or "") + "\\", text)
    return _CLOSING_HASHES.sub(r"\\", text)


def shown(markdown: str) -> str:
    """Return what a reader sees of text that ``inline`` wrote: its escapes undone; for terminals and JSON."""
    text = _ESCAPED.sub(r"\1", markdown)
    return text.replace("&lt;", "<").replace("&amp;", "&")


def code(text: str) -> str:
    """Return a name (branch, tag, commit) as a code span; for paragraphs and lists, not for table cells."""
    text = _SPACE.sub(" ", _UNSEEN.sub("", encodable(text)))
    ticks = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def way_to(path: str, folder: str) -> str:
    """Return the path of a file as a link in a folder has it; both are from the top of the repository."""
    return posixpath.relpath(f"/{path}", f"/{folder}")  # absolute: else the present folder is asked for, if it exists


def _escape(match: re.Match[str]) -> str:
    match match.lastgroup:
        case "tag":
            return "&lt;"
        case "entity":
            return "&amp;"
        case _:
            return "\\" + match[0]
