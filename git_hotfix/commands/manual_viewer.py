"""A page of the manual, shown as git shows its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def show_page(name: str, folder: Path, environment: Mapping[str, str]) -> bool:
    """Let git show a page that is in ``folder`` (git-help(1), ``man.viewer``); return whether there is a ``man``."""
    if shutil.which("man", path=environment.get("PATH")) is None:
        return False
    found = {"MANPATH": f"{folder}{os.pathsep}{environment.get('MANPATH', '')}"}
    return subprocess.run(("git", "help", "-m", name), env={**environment, **found}, check=False).returncode == 0


def place_of(name: str, environment: Mapping[str, str]) -> Path | None:
    """Return the page that ``man`` would show by its name now; None where it finds none."""
    try:
        words = ("man", "-w", name)
        asked = subprocess.run(words, env={**environment}, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return Path(asked.stdout.split("\n")[0]) if asked.returncode == 0 and asked.stdout else None
