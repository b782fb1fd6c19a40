"""The memory of a hotfix on this machine: one JSON file in the common git directory, always a whole one."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from msgspec import convert, to_builtins

from git_hotfix.atomic_write import write_privately
from git_hotfix.errors import HotfixError, Remedy, command, refused
from git_hotfix.limits import read_json, read_own
from git_hotfix.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from git_hotfix.hotfix import HotfixId, Once

SCHEMA = 1


class MemoryFile:
    """The file of one hotfix; ``read`` never guesses, ``change`` replaces it whole or not at all."""

    def __init__(self, common_dir: Path, hotfix: HotfixId) -> None:
        self.hotfix = hotfix
        self.path = common_dir / "hotfix" / f"{hotfix}.json"

    def read(self) -> Memory:
        """Return what is remembered; nothing is remembered where there is no file.

        A file that cannot be understood is refused with the command that sets it aside.
        """
        try:
            content = read_own(self.path)
        except FileNotFoundError:
            return Memory()
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error
        try:
            return self._decode(read_json(content))
        except (ValueError, KeyError, TypeError) as error:  # msgspec's ValidationError is a ValueError
            raise self._unusable("it is damaged") from error

    def change(self, change: Callable[[Memory], Memory]) -> Memory:
        """Read, change and write back; the file on disk is always a whole one, flushed before this returns."""
        memory = change(self.read())
        data = {"schema": SCHEMA, "hotfix": str(self.hotfix), **to_builtins(memory)}
        write_privately(self.path, json.dumps(data, ensure_ascii=False, indent=1).encode(*_ENCODING) + b"\n")
        return memory

    def forget(self) -> None:
        """Delete the file; already gone is done."""
        self.path.unlink(missing_ok=True)

    def _decode(self, data: dict[str, Any]) -> Memory:
        schema = data["schema"]
        if type(schema) is not int or schema < SCHEMA:
            raise ValueError(schema)
        if schema > SCHEMA:
            why = f"it was written by a newer version (schema {schema}, this one reads {SCHEMA})"
            raise self._unusable(why, command("pip", "install", "--upgrade", "git-hotfix"))
        if data["hotfix"] != str(self.hotfix):
            raise self._unusable(f"it belongs to '{data['hotfix']}'")
        return convert(data, Memory)

    def _unusable(self, why: str, remedy: Remedy | None = None) -> HotfixError:
        return refused(
            "memory-unusable",
            f"The saved state of '{self.hotfix}' cannot be used: {why} ('{self.path}').",
            remedy or command("mv", self.path, f"{self.path}.aside"),
        )


_ENCODING = ("utf-8", "surrogatepass")  # a path that is not UTF-8 comes back as it was (json reads it so)


def is_news(common_dir: Path, text: Once, *, keeps: bool) -> bool:
    """Return whether a clone has not been told a note yet, and keep that it has; a plan keeps nothing."""
    file, told, key = common_dir / "hotfix" / "told", "", " ".join(text.partition(" Add by hand: ")[0].split())
    with suppress(OSError, UnicodeDecodeError):
        told = read_own(file).decode()
    if key in told.split("\n"):
        return False
    if keeps:
        write_privately(file, f"{told}{key}\n".encode())
    return True
