"""Changes of a report that wait for the next commit of documents: made again on the report as it is then.

Each kind of ``memory.Edit`` has its texts: ``follow-up`` (id, text, kind, owner, due, trigger; of newer ones priority,
ticket), ``follow-up-done`` (id, text), ``answer`` (question, before, after), ``earlier`` (markdown), ``adr`` (title,
day, number, text). Making one twice is the same as once.
"""

from __future__ import annotations

import posixpath
from datetime import date
from typing import TYPE_CHECKING

from git_hotfix.memory import Edit
from git_hotfix.record.followups import FollowUp, add_follow_up, finish_follow_up
from git_hotfix.record.frontmatter import read_front_matter, set_values
from git_hotfix.record.markdown import way_to
from git_hotfix.record.retrospective import Answer, with_answers, with_earlier
from git_hotfix.record.words import language_of, words_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from git_hotfix.record.adr import Names, Read

BESIDE = frozenset({"adr"})
"""The kinds that make a file beside the report."""


def follow_up_edit(new: FollowUp) -> Edit:
    """Return the edit that adds a follow-up (plain texts)."""
    told = {**new._asdict(), "due": new.due.isoformat() if new.due else ""}
    del told["is_done"]
    return Edit("follow-up", {name: text or "" for name, text in told.items()})


def edit_report(content: bytes, edits: Iterable[Edit], name: str) -> bytes:
    """Make edits in a report; those of another version that are not known are left out."""
    for edit in edits:
        values = edit.values
        match edit.kind:
            case "follow-up":
                due = date.fromisoformat(values["due"]) if values["due"] else None
                new = FollowUp(values["id"], values["text"], values["kind"], values["owner"], due, values["trigger"])
                new = new._replace(priority=values.get("priority"), ticket=values.get("ticket"))
                content = add_follow_up(content, new, name)
            case "follow-up-done":
                content = finish_follow_up(content, values["id"], values["text"], name)
            case "answer":
                content = with_answers(content, [Answer(values["question"], values["before"], values["after"])])
            case "earlier":
                content = with_earlier(content, values["markdown"])
                content = _said(content, words_in(language_of(content)).postmortem.anchor, name)
            case _:
                continue
    return content


def edit_record(content: bytes, edits: Iterable[Edit], name: str, read: Read, names: Names) -> dict[str, bytes]:
    """Make edits in a report and in what lies beside it; return the files as they should be, by path.

    ``read`` and ``names`` look where the files go: a decision record gets the number that is
    free there, and is not written again where the report names one.
    """
    from git_hotfix.record.adr import find_style, next_place, renumbered  # noqa: PLC0415  # on no command's way

    edits = tuple(edits)
    content = edit_report(content, edits, name)
    files: dict[str, bytes] = {}
    for edit in edits:
        if edit.kind != "adr":
            continue
        values = edit.values
        written = read_front_matter(content, name).get("postmortem")
        if isinstance(written, str) and is_beside(written):
            continue
        style = find_style(read, names)
        place = next_place(style, values["title"], names, day=date.fromisoformat(values["day"]))
        number = int(values["number"]) if values["number"] else None
        files[place.path] = renumbered(values["text"], number, place.number).encode("utf-8", "surrogateescape")
        way = way_to(place.path, posixpath.dirname(name))
        words = words_in(language_of(content)).postmortem
        content = with_earlier(content, f"{words.written_as} [{posixpath.basename(place.path)}]({way})")
        content = _said(content, place.path, name)
    return {name: content, **files}


def is_beside(where: str) -> bool:
    """Return whether a report's ``postmortem`` names a file beside it, not its own section."""
    return not where.startswith("#")


def _said(content: bytes, where: str, name: str) -> bytes:
    """Say in the front matter where the post-mortem is; a file that is named there stays so."""
    there = read_front_matter(content, name).get("postmortem")
    if isinstance(there, str) and there and (is_beside(there) or not is_beside(where)):
        return content
    return set_values(content, {"postmortem": where}, name)
