"""A page on which every text is an attack."""

from __future__ import annotations

from git_hotfix.hotfix import Verdict
from git_hotfix.page.html import page, page_words
from git_hotfix.page.incidents import Event, brief
from tests.support.incidents import MINUTE, NOON, chronicle, incident, place

NASTY = (
    "<script>alert(1)</script>",
    '<svg onload="alert(1)">',
    '"><img src=x onerror=alert(1)>',
    "</title></svg></style><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
    "&lt;script&gt;",
    "x" * 10_000,
    "\u202egnp.exe\u2066\u200f",
)


def hostile() -> str:
    """Return a page on which every text is hostile."""
    made = [
        incident(
            NOON + number * MINUTE,
            f"n{number}",
            repository=brief(NASTY[3]),
            title=brief(words),
            root_cause=words,
            issue=words,
            impact=words,
            tag=words,
            path=f"docs/{words}",
            lines=((words, 3), ("src/x/y.py", 400)),
            gaps=(brief(words),),
            places=(place(brief(words), Verdict.PENDING),),
            events=(Event(NOON, brief(words), brief(words)), Event(None, brief(words), "")),
            rolled_back_at=NOON,
            rolled_back_because=brief(words),
        )
        for number, words in enumerate(NASTY)
    ]
    return page([chronicle(*made, branch=NASTY[0], name=brief(NASTY[3]))], page_words("en"))
