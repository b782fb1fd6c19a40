"""The manual, ``man/git-hotfix.1``: the source of its pages, one per command, and of what a shell completes.

It needs no library: it runs when a wheel is built, and at every press of Tab.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.cli.commands import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterable

MAIN = "git-hotfix.1"
_PLACES = (Path(__file__).parent.parent / "share/man", Path(__file__).parent.parent.parent / "man")
"""Where the sources are in an installed package, and in the project."""
_SHARED = "Options of every command"
_CHAPTER = re.compile(r"^\.Sx ([A-Z ]+?)(?= [.,)]|$)|(?<= )Sx ([A-Z ]+?)(?= [.,)]|$)", re.MULTILINE)


class Option(NamedTuple):
    """An option as the manual has it: its names, what follows it (kinds, or choices), and its first sentence."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    choices: tuple[str, ...]
    text: str


@cache
def source(name: str = MAIN) -> str:
    """Return the source of one file of the manual."""
    return next(folder / name for folder in _PLACES if (folder / name).is_file()).read_text("utf-8")


@cache
def bodies() -> dict[str, str]:
    """Return what the manual says of each command, by its name."""
    _, *parts = re.split(r"^\.Ss (.+)\n", _chapter("COMMANDS"), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def options_of(command: str | None) -> tuple[Option, ...]:
    """Return the options of a command, with those of every command; None: only the latter."""
    shared = f".Ss {_SHARED}\n{_chapter('DESCRIPTION').partition(f'.Ss {_SHARED}')[2]}"
    own = bodies()[command] if command is not None else ""
    items = (item for text in (own, shared) for item in re.split(r"^\.It (?=Fl)", text, flags=re.MULTILINE)[1:])
    return tuple(map(_option, items))


def arguments_of(command: str) -> str:
    """Return the line of a command's synopsis, as it is written."""
    return bodies()[command].partition("\n")[0].partition(f"git hotfix {command}")[2]


def keys() -> tuple[str, ...]:
    """Return the keys of the configuration."""
    return tuple(re.findall(r"^\.It Ic (\S+) Pq", _chapter("CONFIGURATION"), re.MULTILINE))


def pages() -> dict[str, str]:
    """Return every page of the manual by the name of its file."""
    before, _, after = source().partition(".Sh COMMANDS\n")
    intro = _chapter("COMMANDS").partition(".Ss ")[0]
    listed = "".join(f".It Xr git-hotfix-{name} 1\n{each.summary}\n" for name, each in COMMANDS.items())
    rest = after.partition("\n.Sh ")[2]
    main = f"{before}.Sh COMMANDS\n{intro}.Bl -tag -width git-hotfix-postmortem(1)\n{listed}.El\n.Sh {rest}"
    others = {each.name: source(each.name) for each in next(filter(Path.is_dir, _PLACES)).glob("*.7")}
    return {MAIN: main, **others, **{f"git-hotfix-{name}.1": _page(name) for name in COMMANDS}}


def _page(name: str) -> str:
    """Return the page of one command."""
    _, _, body = bodies()[name].partition(".Pp\n")
    title = f"git-hotfix-{name}"
    lines = (
        source().partition("\n")[0],
        f".Dt {title.upper()} 1\n.Os\n.Sh NAME\n.Nm {title}\n.Nd {COMMANDS[name].summary}",
        f".Sh SYNOPSIS\n.Nm git hotfix {name}{arguments_of(name)}",
        f".Sh DESCRIPTION\n{_CHAPTER.sub(_elsewhere, body).rstrip()}",
        ".Pp\nThe options of every command, configuration, environment and exit codes are in\n.Xr git-hotfix 1 .",
        ".Sh SEE ALSO\n.Xr git-hotfix 1 ,\n.Xr git-hotfix 7\n",
    )
    return re.sub(r"^\.Nm(?= [,.;:]|$)", ".Nm git-hotfix", "\n".join(lines), flags=re.MULTILINE)


def _elsewhere(found: re.Match[str]) -> str:
    """Return a reference to a chapter as it is on another page."""
    return f"{'.' if found[1] else ''}Sx {found[1] or found[2]} No in Xr git-hotfix 1"


def _chapter(title: str) -> str:
    return source().partition(f"\n.Sh {title}\n")[2].partition("\n.Sh ")[0] + "\n"


def _option(item: str) -> Option:
    head, _, text = item.partition("\n")
    names = tuple(f"-{name}" for name in re.findall(r"Fl (-?[\w-]+)", head))
    values = re.sub(r"Op .*|Ns .*", "", head.rpartition("Fl ")[2])
    kinds = tuple(re.findall(r"Ar (\w+)", values))
    choices = tuple(values.partition(" Cm ")[2].split(" | ")) if " Cm " in values else ()
    return Option(names, kinds, choices, _first_sentence(text))


def _first_sentence(text: str) -> str:
    ends = (".Pp", ".It", ".El", ".Bl", ".Ss", ".Sh")
    lines = list[str]()
    for line in takewhile(lambda line: not line.startswith(ends), text.split("\n")):
        lines.append(line)
        if line.endswith("."):
            break
    return plain("\n".join(lines))


def plain(text: str) -> str:
    """Return mdoc(7) as plain text, one line a paragraph."""
    return re.sub(r"\n{3,}", "\n\n", "".join(_lines(text.split("\n")))).strip()


def _lines(lines: Iterable[str]) -> Iterable[str]:
    is_literal, between = False, ""
    for line in lines:
        macro, _, rest = line.partition(" ") if line.startswith(".") else ("", "", line)
        match macro:
            case ".Bd" | ".Ed":
                is_literal, between = macro == ".Bd", ""
                yield "\n\n" if is_literal else "\n"
            case ".Pp" | ".Bl" | ".El":
                yield "\n\n"
                between = ""
            case ".Sh" | ".Ss" | ".It" | ".D1":
                yield f"\n\n{_inline(rest)}\n"
                between = "" if macro != ".It" else "    "
            case ".Dd" | ".Dt" | ".Os" | ".Po" | '.\\"':
                pass
            case "" if is_literal:
                yield f"    {line}\n"
            case _:
                said = _inline(line[1:]) if macro else line
                yield said if said[:1] in ".,;:)" else between + said
                between = " "


def _inline(line: str) -> str:
    """Return a line of macros as a reader sees it; arguments are in capitals."""
    line = re.sub(r"Xr (\S+) (\d)", r"No \1(\2)", line.replace("\\&", "").replace("Nd ", "- "))
    found = re.fullmatch(r"(.*?)((?: [.,;:)])*)", line)
    words, end = (found[1].split(), found[2].replace(" ", "")) if found else ([], "")
    shown, closing, kind, is_glued = "", "", "", True
    for word in words:
        between = "" if is_glued else " "
        is_glued = word in {"Op", "Oo", "Pq", "Po", "Ns"} or (is_glued and word in _MACROS)
        match word:
            case "Op" | "Oo" | "Pq" | "Po":
                shown += between + _OPENS[word[0]]
                closing += _CLOSES[word[0]] * (word[1] in "pq")
            case "Oc" | "Pc":
                shown += _CLOSES[word[0]]
            case "Ns":
                pass
            case _ if word in _MACROS:
                kind = word
            case "." | "," | ";" | ":" | ")":
                shown += word
            case _:
                shown += between + (word.upper() if kind == "Ar" else f"-{word}" if kind == "Fl" else word)
    return shown + closing + end


_MACROS = {"Ar", "Fl", "Cm", "Ic", "Nm", "Pa", "Li", "Em", "Ev", "Sx", "No", "Ql", "Sq", "Dq"}
_OPENS, _CLOSES = {"O": "[", "P": "("}, {"O": "]", "P": ")"}
