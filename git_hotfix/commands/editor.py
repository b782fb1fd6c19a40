"""A text in the person's own editor, opened as git opens it."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

from git_hotfix.errors import command, refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def edit_text(text: str, editor: str, *, file: Path, directory: Path, environment: Mapping[str, str]) -> str:
    """Open ``text`` as ``file`` in an editor and give what was saved; the file stays, for the caller to remove.

    As in git's editor.c: the shell runs the editor's command line with the path as an argument of its own, and
    Ctrl-C belongs to the editor. A failing editor is refused, with the place of the text.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    words = ("sh", "-c", f'{editor} "$@"', editor, str(file))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = subprocess.run(words, cwd=directory, env=dict(environment), check=False).returncode
    except OSError as error:
        raise refused(
            "editor-failed", f"'{editor}' could not be started: {error.strerror}.", command("git", "var", "GIT_EDITOR")
        ) from error
    finally:
        signal.signal(signal.SIGINT, before)
    if code != 0:
        message = f"The editor '{editor}' ended with {code}; nothing was written. Your text is in '{file}'."
        raise refused("editor-failed", message, command("git", "config", "core.editor", "EDITOR"))
    saved = file.read_bytes().decode("utf-8", "surrogateescape")
    return saved.replace("\r\n", "\n").removeprefix("\ufeff")
