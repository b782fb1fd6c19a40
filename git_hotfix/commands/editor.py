"""A text in the person's own editor, opened as git opens it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from git_hotfix.atomic_write import write_privately
from git_hotfix.commands.process import ignoring_interrupts
from git_hotfix.errors import command, refused
from git_hotfix.limits import read_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def edit_text(text: str, editor: str, *, file: Path, directory: Path, environment: Mapping[str, str]) -> str:
    """Open ``text`` as ``file`` in an editor and give what was saved; the file stays, for the caller to remove.

    As in git's editor.c: the shell runs the editor's command line with the path as an argument of its own, and
    Ctrl-C belongs to the editor. A failing editor is refused, with the place of the text.
    """
    offered = text.encode("utf-8", "surrogateescape")
    write_privately(file, offered)
    words = ("sh", "-c", f'trap : INT; {editor} "$@"', editor, str(file))  # with a trap it outlives a Ctrl-C
    try:
        process = subprocess.Popen(words, cwd=directory, env=dict(environment))
        with ignoring_interrupts():  # only now: what is ignored at its start an editor would have to ignore too
            code = process.wait()
    except OSError as error:
        raise refused(
            "editor-failed", f"'{editor}' could not be started: {error.strerror}.", command("git", "var", "GIT_EDITOR")
        ) from error
    if code != 0:
        kept = _read(file) != offered
        if not kept:
            file.unlink(missing_ok=True)
        where = f" Your text is in '{file}'." if kept else ""
        message = f"The editor '{editor}' ended with {code}; nothing was written.{where}"
        raise refused("editor-failed", message, command("git", "config", "core.editor", "EDITOR"))
    saved = _read(file).decode("utf-8", "surrogateescape")
    return saved.replace("\r\n", "\n").removeprefix("\ufeff")


def _read(file: Path) -> bytes:
    try:
        return read_file(file)
    except OSError as error:
        message = f"What was edited, '{file}', cannot be read: {error.strerror}."
        raise refused("editor-failed", message, command("ls", "-l", file)) from error
