"""From a command as it is configured to the arguments of a process, without a shell in between."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from git_hotfix.errors import HotfixError, Remedy, command, shell_word, wrong_input

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PATHS = "paths"
FILES = "files"
BASE = "base"
PLACES = (PATHS, FILES, BASE)
"""What a test command may name in braces: the tests to run, the changed files, the base."""

# shlex is not used: it keeps the backslash of "\$x" and makes a newline of a continued line, unlike a shell.
_PIECE = r"""(?xs)(?P<joined>\\\n)
      | \\(?P<escaped>.)
      | '(?P<single>[^']*)'
      | "(?P<double>(?:[^"\\]|\\.)*)"
      | (?P<blank>[ \t]+)
      | (?P<plain>[^\\'"\ \t\n|&;<>()$`]+)"""
_EXPANSION = r"(?s)(?:[^\\$`]|\\.)*([$`])"
_ESCAPED_IN_DOUBLE = r'\\(?:\n|([$`"\\]))'
_BLANKS = " \t\n"
_ASSIGNMENT = r"[A-Za-z_][A-Za-z0-9_]*="
_PLACE = r"\{(" + "|".join(PLACES) + r")\}"
_OPTION_TEXT = r"[\w@%+=:,./-]*\Z"
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash", "fish"})


def split_command(command: str, *, key: str) -> tuple[str, ...]:
    """Split ``command`` into words as a POSIX shell would (sh(1), 2.2 Quoting), without running one.

    ``key`` is where the command comes from (``test.command``). What only a shell can do (pipes, lists,
    redirection, variables, ``~``, comments, ``NAME=value`` in front) is wrong input whose remedy is the same
    command through ``sh -c``; so are quotes that do not close and an empty command. Patterns such as ``*.py``
    stay as they are.
    """
    if "\0" in command:
        raise _bad("contains a NUL character", key)
    text = command.lstrip(_BLANKS)
    words: list[str] = []
    word: str | None = None  # None between words; '' is a word of its own
    position = 0
    while text[position:].strip(_BLANKS):  # not stripped before: the space of a last "\ " counts
        if not words and word is None and (match := re.compile(_ASSIGNMENT).match(text, position)):
            raise _needs_shell(text, match[0], key)
        piece = re.compile(_PIECE).match(text, position)
        if piece is None:
            raise _not_a_word(text, position, key)
        if piece.lastgroup == "blank":
            if word is not None:
                words.append(word)
            word = None
        elif piece.lastgroup != "joined":
            word = (word or "") + _letters(piece, text, key, begins=word is None)
        position = piece.end()
    if word is not None:
        words.append(word)
    if not words:
        raise _bad("is empty", key)
    return tuple(words)


def fill_words(words: Sequence[str], places: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Put the values of ``places`` where ``{paths}``, ``{files}``, ``{base}`` stand, each value one argument.

    A word that is exactly ``{paths}`` becomes all values, each a single argument whatever letters it has; a
    name that a program could take for an option or for a file of options (``-x``, ``@x``) is written
    ``./-x``. Inside a larger word (``--base={base}``) the one value is put in place. Wrong input: several or
    no values inside a larger word, a place inside a text that looks like a program (``sh -c 'test {paths}'``:
    a file name would be run), an unusual name in a variable (``make BASE={base}``: make pastes it into a
    shell), and a place that has no meaning here (not in ``places``). Other braces are left alone.
    """
    filled: list[str] = []
    for index, word in enumerate(words):
        found = re.findall(_PLACE, word)
        for name in found:
            if name not in places:
                raise wrong_input(
                    "no-such-place",
                    f"'{{{name}}}' has no meaning in '{shown(words)}'.",
                    command("git", "hotfix", "config"),
                )
        if not found:
            filled.append(word)
        elif _is_program_text(words, index):
            raise wrong_input(
                "name-in-shell",
                f"'{{{found[0]}}}' inside '{word}' would let a shell run what a name contains.",
                Remedy(text=through_shell(word))
                if _is_after_shell(words, index)
                else command("git", "hotfix", "config"),
            )
        elif word == f"{{{found[0]}}}":
            filled += [_as_argument(found[0], value) for value in places[found[0]]]
        else:
            filled.append(_fill_inside(word, places))
    return tuple(filled)


def first_word(line: str) -> str:
    """Return what of a person's own command may be published: what follows may be a password."""
    try:
        return shell_word(split_command(line, key="")[0])
    except HotfixError:  # it cannot be run
        return line.split(maxsplit=1)[0]


def shown(words: Sequence[str]) -> str:
    """Write words as a person would type them."""
    return " ".join(shell_word(word) for word in words)


def through_shell(line: str) -> str:
    """Write a command as one for a shell; places become the shell's arguments, never part of its text."""
    script, lead, arguments = line, "", []
    if f"{{{BASE}}}" in script:
        script, lead = script.replace(f"{{{BASE}}}", "${base}"), "base=$1; shift; "
        arguments.append(f"{{{BASE}}}")
    for place in (f"{{{PATHS}}}", f"{{{FILES}}}"):
        script, count = re.subn(rf"(?<!\S){re.escape(place)}(?!\S)", '"$@"', script)
        if count:
            arguments.append(place)
            break  # "$@" is one list
    return " ".join(["sh -c", shell_word(lead + script), *(["sh", *arguments] if arguments else [])])


def _letters(piece: re.Match[str], text: str, key: str, *, begins: bool) -> str:
    """Return what a quoted or plain piece contributes to its word."""
    if (double := piece["double"]) is not None:
        if expansion := re.match(_EXPANSION, double):
            raise _needs_shell(text, expansion[1], key)
        return re.sub(_ESCAPED_IN_DOUBLE, lambda match: match[1] or "", double)
    if (plain := piece["plain"]) is not None:
        if begins and plain[0] in "~#":
            raise _needs_shell(text, plain[0], key)
        return plain
    return piece["escaped"] if piece["single"] is None else piece["single"]


def _not_a_word(text: str, position: int, key: str) -> HotfixError:
    char = text[position]
    if char in "'\"\\":
        what = "ends in a backslash" if char == "\\" else f"has a quote {char} that does not close"
        return _bad(f"{what}: {text.rstrip()}", key)
    operator = text[position : position + 2]
    return _needs_shell(text, operator if operator in {"&&", "||", "$(", "${", ">>", "<<"} else char, key)


def _bad(what: str, key: str) -> HotfixError:
    return wrong_input("bad-command", f"The command of {key} {what}.", command("git", "hotfix", "config"))


def _needs_shell(text: str, what: str, key: str) -> HotfixError:
    shown_as = "a line break" if what == "\n" else f"'{what}'"
    return wrong_input(
        "needs-shell",
        f"The command of {key} uses {shown_as}, which only a shell understands; "
        "git-hotfix starts commands without one.",
        Remedy(text=through_shell(text.rstrip(_BLANKS))),
    )


def _is_program_text(words: Sequence[str], index: int) -> bool:
    """Whether the word is, or looks like, something to be run: a name put into it could say anything."""
    around = re.sub(_PLACE, "", words[index])
    return re.match(_OPTION_TEXT, around) is None or _is_after_shell(words, index)


def _is_after_shell(words: Sequence[str], index: int) -> bool:
    """Whether the word is what ``sh -c`` runs, however the shell itself is started."""
    before = words[:index]
    is_after_c = bool(before) and re.fullmatch(r"-[a-z]*c", before[-1]) is not None
    return is_after_c and any(PurePosixPath(word).name in _SHELLS for word in before)


def _as_argument(name: str, value: str) -> str:
    return f"./{value}" if name != BASE and value.startswith(("-", "@")) else value


def _fill_inside(word: str, places: Mapping[str, Sequence[str]]) -> str:
    for name in re.findall(_PLACE, word):
        values = places[name]
        if len(values) != 1:
            raise wrong_input(
                "place-in-word",
                f"'{{{name}}}' in '{word}' stands for {len(values)} names; it must be a word of its own.",
                command("git", "hotfix", "config"),
            )
        if re.match(_ASSIGNMENT, word) and re.match(_OPTION_TEXT, values[0]) is None:
            raise wrong_input(
                "name-in-shell",
                f"'{word}' would hand the name '{values[0]}' to a program as a variable, "
                "and make pastes those into a shell.",
                command("git", "hotfix", "config"),
            )
    return re.sub(_PLACE, lambda match: places[match[1]][0], word)
