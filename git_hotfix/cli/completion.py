"""What a shell offers after ``git hotfix``: commands, options, hotfixes by their titles, branches.

It runs at every press of Tab, so nothing is loaded that it does not need, and no server is asked. Commands and options
are read from the manual.
"""

from __future__ import annotations

import json
import os
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from git_hotfix.cli.commands import COMMANDS
from git_hotfix.cli.manual import arguments_of, keys, options_of
from git_hotfix.escapes import readable
from git_hotfix.git.child import NO_FETCHING, run_child
from git_hotfix.limits import MOST_BYTES, read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Candidate = tuple[str, str]
"""A word that may come next, and what it is."""

_ABOUT_PAST = {"start", "status", "document", "followup", "postmortem", "rollback", "verify", "report"}
"""The commands that also take hotfixes without a branch: for them those with only a report are offered too."""

_ID = re.compile(r"\d{8}-.+")
_DEFAULTS = {
    "branches.prefix": ["hotfix/"],
    "branches.production": ["main", "master", "production", "prod", "live"],
    "branches.develop": ["develop", "dev"],
    "branches.release": ["release/*", "support/*"],
    "incident.directory": ["docs/incidents"],
}
_OF_GITFLOW = {
    "gitflow.branch.hotfix.prefix": "branches.prefix",
    "gitflow.prefix.hotfix": "branches.prefix",
    "gitflow.branch.master": "branches.production",
    "gitflow.branch.develop": "branches.develop",
}
_RECORDS = ("develop", "main", "master")
_REPORT = re.compile(r"HOTFIX-(\d{4})-(\d{2})-(\d{2})-(.+)\.md")
_TITLE = re.compile(r"^title: (\".+\")$", re.MULTILINE)


def offered(words: Sequence[str]) -> str:
    """Return the lines for a shell: each a word, a tab, and what it is; the last of ``words`` is the one begun."""
    *before, begun = words or ("",)
    found = [each for each in _candidates(before, begun) if not re.search(r"[\s\x00-\x1f\x7f]", each[0])]
    fits = [each for each in found if each[0].startswith(begun)]
    if not fits and begun and not begun.startswith("-"):
        fits = [each for each in found if begun.casefold() in f"{each[0]} {each[1]}".casefold()]
    return "".join(f"{word}\t{' '.join(readable(text).split())}\n" for word, text in fits)


def _candidates(before: Sequence[str], begun: str) -> Iterable[Candidate]:
    name = next((word for word in before if word in COMMANDS), None)
    options = [each for each in options_of(name) if name is None or "--version" not in each.names]
    for option in options:
        for behind, kind in enumerate(option.kinds or ("",) * bool(option.choices), start=1):
            if len(before) >= behind and before[-behind] in option.names:
                return [(each, "") for each in option.choices] or _named(name, begun, kind)
    if "--" in before:
        return ()
    if begun.startswith("-"):
        return [(each, option.text) for option in options for each in option.names]
    if name is None:
        return [(each, entry.summary) for each, entry in COMMANDS.items()]
    line = arguments_of(name)
    choices = line.partition(" Cm ")[2].split(" | ") if " Cm " in line else ()
    return [(each, "") for each in choices] or _named(
        name, begun, *re.findall(r"(?<!Fl )Ar (hotfix|key|command)", line)
    )


def _named(name: str | None, begun: str, *kinds: str) -> Iterable[Candidate]:
    """Return the candidates of a kind of argument, as the manual calls it; others, such as a file, are the shell's."""
    match kinds[-1:]:
        case ("hotfix",):
            return _hotfixes(by_id=begun[:1].isdigit(), with_past=name in _ABOUT_PAST)
        case ("branch" | "line",):
            fits = [each for key in ("production", "develop", "release") for each in _settings()[f"branches.{key}"]]
            return [each for each in _branches() if any(fnmatchcase(each[0], pattern) for pattern in fits)]
        case ("rev" | "tag",):
            return [*_branches(), *((each, "tag") for each in _refs("refs/tags"))]
        case ("key",):
            return [(each, "") for each in keys()]
        case ("command",):
            return [(each, entry.summary) for each, entry in COMMANDS.items()]
        case _:
            return ()


def _hotfixes(*, by_id: bool, with_past: bool) -> Iterator[Candidate]:
    """Return the hotfixes that have a branch with their titles: by their ids, or by slugs that only one has.

    ``with_past``: those too that have only a report, newest first.
    """
    settings = _settings()
    prefix, folder = settings["branches.prefix"][-1], settings["incident.directory"][-1].rstrip("/")
    refs = dict[str, str]()
    for ref in _refs(f"refs/heads/{prefix}*", f"refs/remotes/*/{prefix}*", form="%(refname)"):
        hotfix = ref.partition(f"/{prefix}")[2]
        if _ID.fullmatch(hotfix) and not any(hotfix.startswith(f"{each}-to-") for each in refs):
            refs.setdefault(hotfix, ref)
    for hotfix, ref in _past(folder) if with_past else ():
        refs.setdefault(hotfix, ref)
    titles = _titles(refs, folder)
    slugs = [each.partition("-")[2] for each in refs]
    for hotfix, slug in zip(refs, slugs, strict=True):
        name = hotfix if by_id or slugs.count(slug) > 1 else slug
        yield name, titles.get(hotfix, "")


def _past(folder: str) -> Iterator[tuple[str, str]]:
    """Return the hotfixes that have a report on a branch of the record, with that ref."""
    for ref in _refs(*(f"refs/{at}/{name}" for at in ("remotes/*", "heads") for name in _RECORDS), form="%(refname)"):
        names = _git("ls-tree", "--name-only", "-z", ref, f"{folder}/").decode("utf-8", "surrogateescape").split("\0")
        found = (_REPORT.fullmatch(each.rpartition("/")[2]) for each in reversed(names))
        yield from ((f"{each[1]}{each[2]}{each[3]}-{each[4]}", ref) for each in found if each is not None)


def _titles(refs: dict[str, str], folder: str) -> dict[str, str]:
    """Return the titles in the reports on these refs; a report that is too large has none."""
    names = (f"{ref}:{folder}/HOTFIX-{h[:4]}-{h[4:6]}-{h[6:8]}-{h[9:]}.md" for h, ref in refs.items())
    found = _git("cat-file", "--batch-check=%(objectname) %(objectsize)", given=_lines(names)).split(b"\n")
    parts = {hotfix: line.decode("ascii", "replace").split(" ") for hotfix, line in zip(refs, found, strict=False)}
    blobs = {hotfix: each[0] for hotfix, each in parts.items() if each[-1].isdigit() and int(each[-1]) < MOST_BYTES}
    out, titles = _git("cat-file", "--batch", given=_lines(blobs.values())), {}
    for hotfix in blobs:
        head, _, out = out.partition(b"\n")
        size = int(head.rpartition(b" ")[2])
        report, out = out[:size].decode("utf-8", "replace"), out[size + 1 :]
        if (title := _TITLE.search(report)) is not None:
            titles[hotfix] = _text_of(title[1])
    return titles


def _lines(words: Iterable[str]) -> bytes:
    return "".join(f"{word}\n" for word in words).encode("utf-8", "surrogateescape")


def _text_of(value: str) -> str:
    try:
        return str(json.loads(value))
    except ValueError:
        return ""


def _branches() -> list[Candidate]:
    there = {ref.partition("/")[2]: "branch on the server" for ref in _refs("refs/remotes")}
    found = {**there, **dict.fromkeys(_refs("refs/heads"), "branch")}
    return [each for each in found.items() if each[0] not in {"", "HEAD"}]


def _refs(*patterns: str, form: str = "%(refname:strip=2)") -> list[str]:
    return _git("for-each-ref", f"--format={form}", *patterns).decode("utf-8", "surrogateescape").split("\n")[:-1]


def _settings() -> dict[str, list[str]]:
    """Return what git, the team's file or git-flow say of the keys in ``_DEFAULTS``."""
    said = _git("config", "-z", "--get-regexp", r"^(hotfix\.(branches|incident)|gitflow\.(prefix|branch))\.")
    in_git = dict[str, list[str]]()
    for key, _, value in (line.partition("\n") for line in said.decode("utf-8", "replace").split("\0") if "\n" in line):
        in_git.setdefault(key.removeprefix("hotfix."), []).append(value)
    flow, team = {each: in_git.get(key) for key, each in _OF_GITFLOW.items() if key in in_git}, _team_settings()
    found = dict[str, list[str]]()
    for key, default in _DEFAULTS.items():
        in_file = _at(team, *key.split("."))
        known = (in_git.get(key), [in_file] if isinstance(in_file, str) else in_file, flow.get(key))
        fits = (each for each in known if isinstance(each, list) and each and all(map(_is_printable, each)))
        found[key] = next(fits, default)
    return found


def _is_printable(value: object) -> bool:
    return isinstance(value, str) and value.isprintable()


def _team_settings() -> object:
    """Return the settings in the team's file; None for a broken one, which every other command refuses."""
    here = Path.cwd()
    top = next((each for each in (here, *here.parents) if (each / ".git").exists()), here)
    for name, tables in ((".hotfix.toml", ()), ("pyproject.toml", ("tool", "git-hotfix"))):
        if (top / name).is_file():
            import tomllib  # noqa: PLC0415  # 8 ms

            try:
                found = _at(tomllib.loads(read_file(top / name).decode()), *tables)
            except (OSError, ValueError, RecursionError):
                return None
            if found:
                return found
    return None


def _at(found: object, *keys: str) -> object:
    """Return the value at nested keys; None where there is none, or something on the way is no table."""
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _git(*arguments: str, given: bytes = b"") -> bytes:
    return run_child(("git", *arguments), Path.cwd(), {**os.environ, **NO_FETCHING, "LC_ALL": "C"}, given)[1]
