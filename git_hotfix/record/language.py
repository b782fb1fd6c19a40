"""Which language a report is written in: its headings tell, whatever is configured by now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from git_hotfix.record.blocks import plain_lines
from git_hotfix.record.frontmatter import lines_of

if TYPE_CHECKING:
    from git_hotfix.record.words import Language

_HEADING = re.compile(rb" {0,3}#{1,6}[ \t]")
_HANGUL = re.compile("[\uac00-\ud7a3]")


def language_of(content: bytes) -> Language:
    """Return the language of a report: Korean when most of its headings have Korean letters, else English.

    Below the title only: it is in the language of whoever typed it.
    """
    lines = lines_of(content)
    headings = [lines[at].decode("utf-8", "replace") for at in plain_lines(lines) if _HEADING.match(lines[at])][1:]
    korean = sum(1 for heading in headings if _HANGUL.search(heading))
    return "ko" if korean * 2 > len(headings) else "en"
