"""Whole files compared, byte for byte, with files that are kept in ``tests/cli/lives``.

What differs from run to run stands there as ``<name>``: ids, tags and times, which the test takes from git and from
the report. To write the files anew run the tests with ``HOTFIX_GOLDEN=write``, and read what changed (``git diff``).
"""

from __future__ import annotations

import difflib
import os
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from git_hotfix.clock import duration
from git_hotfix.record.words import every_language
from git_hotfix.templates import readable_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.lab import Bare

LIVES = Path(__file__).parent / "lives"
_NAME = re.compile(r"<([^<>\n]+)>")
_TIMES = re.compile(r'^(\w+_at): "(.+)"$', re.MULTILINE)
_PUBLISHED = re.compile(r"^- (?:Published|운영 반영): (\S+ \S+ \S+),", re.MULTILINE)
_TESTED = re.compile(r"^Tests: passed \(.+, (\d+) s, (\S+)\)$", re.MULTILINE)


def check_files(life: str, files: Mapping[str, str], known: Mapping[str, str]) -> None:
    """Compare files by name with those that are kept of a life; names and texts are kept with ``known`` put back."""
    kept = {path.name: path.read_bytes().decode() for path in (LIVES / life).glob("*")}
    if os.environ.get("HOTFIX_GOLDEN") == "write":
        for name, text in files.items():
            (LIVES / life).mkdir(parents=True, exist_ok=True)
            kept[name] = _with_names(text, kept.get(name, ""), known)
            (LIVES / life / name).write_bytes(kept[name].encode())
    for name, text in files.items():
        wanted = _filled(kept[name], known)
        differs = "\n".join(difflib.unified_diff(wanted.split("\n"), text.split("\n"), lineterm="", n=1))
        assert text == wanted, f"{life}/{name}\n{differs}"


def check_none_is_left(life: str, names: set[str]) -> None:
    """Check that every file that is kept of a life was compared."""
    assert {path.name for path in (LIVES / life).glob("*")} == names


def known_commits(repository: Bare, commits: Mapping[str, str]) -> dict[str, str]:
    """Return id (also short) and time (also as RFC 3339) of commits, by the name that each is given."""
    known: dict[str, str] = {}
    for name, revision in commits.items():
        oid, when = repository.git("log", "-1", "--format=%H %cI", revision).split(" ")
        known |= {name: oid, f"{name}, short": oid[:12]} | _time(f"time of {name}", when)
    return known


def known_tag(repository: Bare, name: str, tag: str) -> dict[str, str]:
    """Return a tag and its time, its commit (``<tag merge>``), and what that says of the tests."""
    known = {name: tag} | known_commits(repository, {f"{name} merge": f"{tag}^{{commit}}"})
    known |= _time(
        f"time of {name}", repository.git("for-each-ref", "--format=%(taggerdate:iso-strict)", f"refs/tags/{tag}")
    )
    if said := _TESTED.search(repository.git("log", "-1", "--format=%B", tag)):
        known |= {f"{name} test seconds": said[1]} | _time(f"time of {name} tests", said[2])
    return known


def known_of_report(report: str, hotfix: str) -> dict[str, str]:
    """Return the day of a hotfix in both forms, and the times that its report says."""
    day = hotfix[:8]
    known = {"yyyymmdd": day, "day": f"{day[:4]}-{day[4:6]}-{day[6:]}"}
    for key, when in _TIMES.findall(report):
        known |= _time(key, when)
    times = {key: datetime.fromisoformat(when) for key, when in _TIMES.findall(report)}
    since = times.get("started_at") or times.get("detected_at")
    for key in ("detect", "mitigate", "resolve") if since is not None else ():
        for words in every_language():
            end = times.get({"detect": "detected_at", "mitigate": "mitigated_at", "resolve": "resolved_at"}[key])
            said = getattr(words, f"to_{key}").format(span=duration(end - since)) if end and since else ""
            known |= {f"time to {key}": said} if said and said in report else {}
    if resolved := known.get("resolved_at"):
        known |= {"day of resolution": resolved[:10], "month of resolution": resolved[:7]}
    if said := _PUBLISHED.search(report):
        known["published"] = said[1]
    return known


def _time(name: str, when: str) -> dict[str, str]:
    return {name: readable_time(datetime.fromisoformat(when)), f"{name}, RFC": when}


def _filled(text: str, known: Mapping[str, str]) -> str:
    """Put what is known in the place of its names; what looks like a name and is none stays."""
    return _NAME.sub(lambda match: known.get(match[1], match[0]), text)


def _with_names(text: str, before: str, known: Mapping[str, str]) -> str:
    """Put names in the place of what is known; a line that is as before keeps its names."""
    same = {_filled(line, known): line for line in before.split("\n")}
    lines = []
    for line in text.split("\n"):
        named = same.get(line)
        if named is None:
            named = line
            for name, value in sorted(known.items(), key=lambda each: -len(each[1])):
                if len(value) > 2:
                    named = named.replace(value, f"<{name}>")
        lines.append(named)
    return "\n".join(lines)
