"""A picture of everything that a refused command must leave as it is."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.lab import Clone

IN_PROGRESS = (
    "MERGE_HEAD",
    "MERGE_MSG",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "BISECT_LOG",
    "rebase-merge",
    "rebase-apply",
    "sequencer",
    "index.lock",
)
"""What git leaves in its folder while a merge, pick, revert, rebase or bisect is under way."""


OF_WORKTREE = ("HEAD", "gitdir", "locked", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD")
"""What git knows of a linked worktree: where it is, what is checked out there, whether something is under way."""


def facts(clone: Clone, *, without_tracking: bool) -> Iterator[tuple[str, str]]:
    for name, value in clone.refs().items():
        if not (without_tracking and name.startswith("refs/remotes/")):
            yield f"ref {name}", value
    if clone.server is not None:
        for name, value in clone.server.refs().items():
            yield f"server's ref {name}", value
        yield "server's HEAD", (clone.server.path / "HEAD").read_text()
        yield "server's configuration", (clone.server.path / "config").read_text()
    git_dir, common_dir = clone.git_dir, clone.common_dir
    yield "HEAD", (git_dir / "HEAD").read_text()
    yield from _index_and_status(clone)
    yield from _files(clone.path)
    for what, file in (
        ("configuration", common_dir / "config"),
        ("worktree's configuration", git_dir / "config.worktree"),
        ("user's configuration", Path(os.environ.get("GIT_CONFIG_GLOBAL", os.devnull))),
    ):
        yield what, file.read_text() if file.exists() else "none"
    stashes = common_dir / "logs/refs/stash"
    for number, line in enumerate(stashes.read_text().splitlines() if stashes.exists() else ()):
        yield f"stash {number}", line
    for file in sorted(path for name in OF_WORKTREE for path in (common_dir / "worktrees").glob(f"*/{name}")):
        yield f"worktree {file.parent.name} {file.name}", file.read_text()
    yield "in progress", " ".join(name for name in IN_PROGRESS if (git_dir / name).exists())


def _index_and_status(clone: Clone) -> Iterator[tuple[str, str]]:
    quiet = {"GIT_OPTIONAL_LOCKS": "0"}  # status would write fresh times into the index
    for line in clone.git("ls-files", "-s", "-v", "-z", env=quiet).split("\0"):
        if line:
            about, path = line.split("\t", 1)
            yield f"index {path} {about.split()[3]}", about
    status = clone.git("status", "--porcelain=v2", "-z", "-uall", "--ignored", env=quiet)
    yield "status", status.replace("\0", "\n")


def _files(top: Path) -> Iterator[tuple[str, str]]:
    for folder, folders, files in os.walk(top):
        here = Path(folder)
        if ".git" in folders and here == top:
            folders.remove(".git")
        links = [name for name in folders if (here / name).is_symlink()]
        for name in (*files, *links):
            path = here / name
            yield f"file {path.relative_to(top)}", _content(path)
        if not folders and not files:
            yield f"folder {here.relative_to(top)}", "empty"


def _content(path: Path) -> str:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return f"link to {path.readlink()}"
    if not stat.S_ISREG(mode):
        return f"special {mode:o}"
    content = path.read_bytes()
    return f"mode {mode:o}, {len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()[:16]}"


def every_byte(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return mode and content of every file, link and folder below a folder, git's own too."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        content = bytes(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(folder))] = (mode, content)
    return found
