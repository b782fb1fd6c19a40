"""What a commit or tag message says: subject, trailers. Pure; read as git reads them."""

from __future__ import annotations

import re
from codecs import lookup
from contextlib import suppress
from typing import TYPE_CHECKING

from git_hotfix.hotfix import Oid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PICKED_FROM = "(cherry picked from commit "
"""How a line begins that says what a commit was picked from."""

_GENERATED = ("Signed-off-by: ", PICKED_FROM)
"""Lines git itself writes; with one of them the last paragraph may hold other text too."""

_PICKED = re.compile(rf"{re.escape(PICKED_FROM)}([0-9a-f]{{40}})\)\s*")

_OF_PYTHON = frozenset({"idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape"})
"""Codecs that are no encoding of a message: slow for long ones, or with halves of characters as their result."""

_SPACE = " \t\r\n"
_SPACES = tuple(_SPACE)

_TRAILER = re.compile(r"([A-Za-z0-9-]+)[ \t]*:(.*)", re.DOTALL)

_SIGNATURES = (
    "-----BEGIN PGP SIGNATURE-----",
    "-----BEGIN PGP MESSAGE-----",
    "-----BEGIN SIGNED MESSAGE-----",
    "-----BEGIN SSH SIGNATURE-----",
)


def with_trailers(text: str, trailers: Iterable[tuple[str, object]]) -> str:
    """Return a message of ``text`` that ends with these trailers, each on one line whatever its value has."""
    lines = "".join(f"{key}: {' '.join(str(value).splitlines())}\n" for key, value in trailers)
    return f"{text}\n\n{lines}" if lines else f"{text}\n"


def keeping_trailers(message: str, before: str) -> str:
    """Return a message with the trailers that it had before, whatever was written behind them or over them since."""
    block, own = _trailer_block(message), "\n".join(_trailer_block(before))
    lost = [line for line in own.split("\n") if line and line not in block]
    if lost:  # they stand in a paragraph that is not the last any more
        message = message.replace(f"\n\n{own}\n", "\n", 1)
    lines, joint = "\n".join(lost), "\n" if block else "\n\n"
    return f"{message.rstrip()}{joint}{lines}\n" if lost else f"{message.rstrip()}\n"


def decode_message(raw: bytes, encoding: str | None, *, errors: str = "surrogateescape") -> str:
    """Return a commit's message as text, from the encoding that it names (None: UTF-8).

    What it cannot be decoded from is taken for UTF-8, as ``git log`` does (``reencode_string`` fails); there ``errors``
    says what becomes of other bytes.
    """
    if encoding is not None:
        with suppress(LookupError, ValueError):
            if lookup(encoding).name not in _OF_PYTHON:
                return raw.decode(encoding)
    return raw.decode("utf-8", errors)


def subject_of(message: str) -> str:
    """Return the first paragraph on one line, as ``git log --format=%s`` does."""
    paragraph: list[str] = []
    for line in message.split("\n"):
        if line.strip(_SPACE):
            paragraph.append(line.rstrip(_SPACE))
        elif paragraph:
            break
    return " ".join(paragraph)


def trailers_of(message: str) -> tuple[tuple[str, str], ...]:
    """Return the trailers of a message, in order, as (key, value).

    They are what ``git interpret-trailers --parse --no-divider`` prints: of the last paragraph, unless that
    is also the first, when all its lines are ``Key: value``, or a quarter of them and git wrote one itself
    (git-interpret-trailers(1)). A value that goes on in indented lines becomes one line.
    """
    found: list[tuple[str, list[str]]] = []
    continues = False
    for line in _trailer_block(message):
        if continues and line[:1] in _SPACES:
            found[-1][1].append(line.lstrip(_SPACE))
        elif match := _TRAILER.match(line):
            found.append((match[1], [match[2]]))
            continues = True
        else:
            continues = False
    return tuple((key, " ".join(lines).strip(_SPACE)) for key, lines in found)


def single(trailers: Iterable[tuple[str, str]], key: str) -> str | None:
    """Return the value of a trailer; None where there is none, and where they contradict each other."""
    values = {value for name, value in trailers if name == key}
    return values.pop() if len(values) == 1 else None


def singles(trailers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the values of trailers by key, without those that contradict each other."""
    return {key: value for key, _ in trailers if (value := single(trailers, key)) is not None}


def picked_from(message: str) -> tuple[Oid, ...]:
    """Return the commits that a message says it was picked from, where git's ``-x`` writes it: among the trailers."""
    found = (_PICKED.fullmatch(line) for line in _trailer_block(message))
    return tuple(Oid(match[1]) for match in found if match)


def without_signature(message: str) -> str:
    """Drop the signature that ends a signed tag's message (``parse_signed_buffer`` in gpg-interface.c)."""
    lines = message.split("\n")
    for number in range(len(lines) - 1, -1, -1):
        if lines[number].startswith(_SIGNATURES):
            return "".join(f"{line}\n" for line in lines[:number])
    return message


def _trailer_block(message: str) -> list[str]:
    """Return the lines of the paragraph that holds trailers (``find_trailer_start`` in git's trailer.c)."""
    lines = message.removesuffix("\n").split("\n")
    title_ends = next((at for at, line in enumerate(lines) if not line.strip(_SPACE)), len(lines))
    by_git = False
    trailers = others = may_continue = 0
    for at in range(len(lines) - 1, title_ends - 1, -1):
        line = lines[at]
        if line.startswith("#"):
            others += may_continue
            may_continue = 0
        elif not line.strip(_SPACE):
            if not (trailers or others or may_continue):
                continue  # empty lines at the end
            others += may_continue
            is_block = (by_git and trailers * 3 >= others) or (trailers and not others)
            return lines[at + 1 :] if is_block else []
        elif line.startswith(_GENERATED) or _TRAILER.match(line):
            by_git = by_git or line.startswith(_GENERATED)
            trailers += 1
            may_continue = 0
        elif line[0] in _SPACES:
            may_continue += 1
        else:
            others += 1 + may_continue
            may_continue = 0
    return []
