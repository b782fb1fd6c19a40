"""Makes the pages of the manual, one a command, while a wheel is built (hatchling)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Pages(BuildHookInterface[Any]):
    """Puts the pages where man finds them beside the installed program."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write them into a folder that is there until the build ends."""
        sys.path.insert(0, self.root)
        from git_hotfix.cli.manual import pages  # noqa: PLC0415  # needs nothing that is not Python's

        sys.path.remove(self.root)
        self.folder = Path(tempfile.mkdtemp())
        for name, text in pages().items():
            (self.folder / name).write_text(text, "utf-8")
            build_data["shared_data"][str(self.folder / name)] = f"share/man/man{name[-1]}/{name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the folder."""
        import shutil  # noqa: PLC0415

        shutil.rmtree(self.folder)
