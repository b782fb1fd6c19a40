"""Jinja2, and only here: our own templates, and the repository's in a sandbox.

What a template prints is meant for people: None is ``unknown``, a truth value ``yes`` or ``no`` (in the
language of the document), a time has its offset. Text is printed as it is given: who fills a template
escapes it for the place first.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.bounded import Overrun, bounded
from git_hotfix.errors import command, refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment, Template

OUTPUT_CHARS = 1_000_000
"""A rendered document is never longer: a report has some thousand characters."""


class Answers(Struct, frozen=True, forbid_unknown_fields=True):
    """What None, True and False are called in a language."""

    unknown: str = "unknown"
    yes: str = "yes"
    no: str = "no"


ENGLISH = Answers()


class TemplateBroken(Exception):  # what is the case, like the other names here
    """The repository's own template cannot be rendered; the caller warns and takes ours.

    ``line`` is the line of the template, None where Jinja2 does not know it.
    """

    def __init__(self, name: str, line: int | None, reason: str) -> None:
        place = f"'{name}'" if line is None else f"'{name}' line {line}"
        super().__init__(f"{place}: {reason}")
        self.name = name
        self.line = line
        self.reason = reason


def render_bundled(
    name: str, values: Mapping[str, object], answers: Answers = ENGLISH, *, escapes: bool = False
) -> str:
    """Render one of our templates, named as below ``share/templates``: ``en/incident_report.md.j2``.

    With ``escapes`` every value is escaped for HTML, but what the template itself says is HTML already.
    """
    source = read_shared(f"templates/{name}")
    filled = _filled(source, values, answers) if not escapes else None
    if filled is not None:
        return filled
    return _environment(source, answers, escapes=escapes).from_string(source).render(values)


_CHOICE = re.compile(r"^{% if (\w+) %}\n(.*?)^{% endif %}\n", re.DOTALL | re.MULTILINE)
_VALUE = re.compile(r"{{ (\w+) }}")


def _filled(source: str, values: Mapping[str, object], answers: Answers) -> str | None:
    """Return what Jinja2 would make of a template that has only names, and conditions of one name on their own lines.

    None: it has more than that. Loading Jinja2 would be a sixth of what ``start`` computes.
    """
    if "{" in _VALUE.sub("", _CHOICE.sub(r"\2", source)):
        return None
    chosen = _CHOICE.sub(lambda found: found[2] if values[found[1]] else "", source)
    return _VALUE.sub(lambda found: str(_for_people(answers, values[found[1]])), chosen)


def render_own(source: str, name: str, values: Mapping[str, object], answers: Answers = ENGLISH) -> str:
    """Render the repository's own template; whatever goes wrong is a ``TemplateBroken``.

    Nothing of Python, no file and no other template can be reached (``{% include %}`` fails), the values
    cannot be changed, an unknown name is an error. What is printed ends at 1,000,000 characters, ``range`` at
    100,000 items, ``"x" * n`` at 1,000,000 characters, ``**`` is refused. All of it happens in a process that
    has limits of time and memory; one that overran them is not tried again in this run.
    """
    import jinja2  # noqa: F401, PLC0415  # once, for the child too

    if source in _OVERRUN:
        raise TemplateBroken(name, None, _OVERRUN[source])
    try:
        answer = bounded(lambda: json.dumps(_rendered(source, values, answers)).encode())
    except Overrun as error:
        _OVERRUN[source] = str(error)
        raise TemplateBroken(name, None, str(error)) from error
    text, line, reason = json.loads(answer)
    if text is None:
        raise TemplateBroken(name, line, reason)
    return str(text)


_OVERRUN: dict[str, str] = {}
"""The templates that did not end, and why: a plan is made several times in a run."""


def _rendered(source: str, values: Mapping[str, object], answers: Answers) -> tuple[str | None, int | None, str]:
    """Return the text; else None with the line and the reason."""
    template: Template | None = None
    try:
        template = _environment(source, answers).from_string(source)
        return _limited(template, values), None, ""
    except MemoryError:
        return None, None, "it needs too much memory"
    except Exception as error:  # noqa: BLE001  # a template is data: it may raise anything
        return None, _line_of(error, template), str(error) or type(error).__name__


def read_shared(path: str) -> str:
    """Read a file below ``share`` of the installed package, else (editable install) beside the package."""
    for root in (Path(__file__).parent / "share", Path(__file__).parent.parent / "share"):
        file = root / path
        if file.is_file():
            return file.read_text(encoding="utf-8")
    raise refused(
        "installation-incomplete",
        f"The file '{path}' of git-hotfix is missing: the installation is incomplete.",
        command("pip", "install", "--force-reinstall", "git-hotfix"),
    )


def _environment(source: str, answers: Answers, *, escapes: bool = False) -> Environment:
    import jinja2  # noqa: PLC0415  # 60 ms: only when something is rendered
    from jinja2.exceptions import SecurityError  # noqa: PLC0415
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    class Sandbox(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset({"*", "**"})

        def call_binop(self, context: object, operator: str, left: object, right: object) -> object:
            if operator == "**":
                raise SecurityError("powers are not allowed in a template")
            if isinstance(left, int) and not isinstance(right, int):
                left, right = right, left
            if isinstance(left, str | list | tuple) and isinstance(right, int):
                if len(left) * right > OUTPUT_CHARS:
                    raise SecurityError(f"it repeats a text to more than {OUTPUT_CHARS} characters")
                return left * right
            return super().call_binop(context, operator, left, right)  # type: ignore[arg-type]

    sandbox = Sandbox(
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        newline_sequence="\r\n" if "\r\n" in source else "\n",
        finalize=partial(_for_people, answers),
        autoescape=escapes,
    )
    del sandbox.globals["lipsum"]  # prints as many paragraphs as it is asked for, at once
    return sandbox


def _for_people(answers: Answers, value: object) -> object:
    match value:
        case None:
            return answers.unknown
        case bool():
            return answers.yes if value else answers.no
        case datetime():
            return readable_time(value)
        case _:
            return value


def readable_time(when: datetime) -> str:
    """Write a time for people, with its offset: ``2026-01-17 02:10:05 +09:00``."""
    text = when.isoformat(sep=" ", timespec="seconds")
    return f"{text[:19]} {text[19:]}".rstrip()


def _limited(template: Template, values: Mapping[str, object]) -> str:
    """Collect what the template prints until it is too long."""
    pieces: list[str] = []
    length = 0
    for piece in template.generate(values):
        pieces.append(piece)
        length += len(piece)
        if length > OUTPUT_CHARS:
            raise ValueError(f"it prints more than {OUTPUT_CHARS} characters")
    return "".join(pieces)


def _line_of(error: Exception, template: Template | None) -> int | None:
    """Return the template's line: a syntax error knows it, else Jinja2 has put it into the traceback."""
    if template is None:
        line = getattr(error, "lineno", None)
        return line if isinstance(line, int) else None
    found = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            found = trace.tb_lineno
        trace = trace.tb_next
    return found
