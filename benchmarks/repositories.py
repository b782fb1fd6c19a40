"""A server and a clone of any size, made by ``git fast-import`` and brought back to their first state for each turn."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRODUCTION, DEVELOP = "main", "develop"
MOST_AHEAD = 2000
COMMITS_AHEAD = 20
_CONFIGURATION = f"""\
[user]
	name = Bench
	email = bench@example.org
[init]
	defaultBranch = {PRODUCTION}
[gc]
	auto = 0
[maintenance]
	auto = false
[fastimport]
	unpackLimit = 1
[gitflow "branch"]
	master = {PRODUCTION}
	develop = {DEVELOP}
[gitflow "prefix"]
	feature = feature/
	bugfix = bugfix/
	release = release/
	hotfix = hotfix/
	support = support/
	versiontag =
"""


def path_of(number: int) -> str:
    """Return where the file of this number is: 50 in a folder, 50 folders in a part."""
    return f"src/part{number // 2500:03}/unit{number // 50 % 50:02}/file{number}.txt"


def files_ahead(files: int) -> int:
    """Return how many files develop has changed: 2,000, of a small tree a fifth."""
    return min(MOST_AHEAD, files // 5)


def fixed_paths(files: int) -> tuple[str, str]:
    """Return the two files of the fix, none of which develop has changed."""
    step = files // files_ahead(files)
    return path_of(0), path_of(files // 2 // step * step)


def _stream(files: int) -> Iterator[bytes]:
    """Give git-fast-import(1) production in one commit, and develop in some more."""

    def commit(branch: str, message: str) -> bytes:
        who = "Bench <bench@example.org> 1767225600 +0000"
        return f"commit refs/heads/{branch}\ncommitter {who}\ndata {len(message)}\n{message}\n".encode()

    def file(number: int, line: str) -> bytes:
        text = line * 20
        return f"M 100644 inline {path_of(number)}\ndata {len(text)}\n{text}\n".encode()

    yield commit(PRODUCTION, "Begin")
    yield from (file(number, f"file {number}\n") for number in range(files))
    ahead = files_ahead(files)
    changed = [number * (files // ahead) + 1 for number in range(ahead)]
    for at in range(COMMITS_AHEAD):
        yield commit(DEVELOP, f"Next {at}")
        yield b"" if at else f"from refs/heads/{PRODUCTION}\n".encode()
        yield from (file(number, f"next {number}\n") for number in changed[at::COMMITS_AHEAD])


class GitDirectory:
    """A git directory that goes back to what it was: all but the index, and but for the objects it had then."""

    def __init__(self, path: Path, aside: Path) -> None:
        self.path, self.aside = path, aside
        shutil.copytree(path, self.aside, ignore=shutil.ignore_patterns("objects", "index"))
        self.packs = set((path / "objects/pack").iterdir())

    def forget_refs(self) -> None:
        """Bring back everything but objects and index."""
        for each in self.path.iterdir():
            if each.name in {"objects", "index"}:
                continue
            if each.is_dir():
                shutil.rmtree(each)
            else:
                each.unlink()
        shutil.copytree(self.aside, self.path, dirs_exist_ok=True)

    def forget_objects(self) -> None:
        """Delete the objects that came since."""
        for pack in set((self.path / "objects/pack").iterdir()) - self.packs:
            pack.unlink()
        for loose in (self.path / "objects").glob("[0-9a-f][0-9a-f]"):
            shutil.rmtree(loose)


class Repositories:
    """A bare server and one clone of it, in ``root``: at develop, clean, with a production branch of its own."""

    def __init__(self, root: Path, files: int) -> None:
        self.files = files
        self.server, self.clone = root / "server", root / "clone"
        config = root / "gitconfig"
        config.write_text(_CONFIGURATION)
        sealed = {"GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(root)}
        self.environment = {**os.environ, **sealed, "GIT_EDITOR": "true", "GIT_MERGE_AUTOEDIT": "no"}
        self._make()
        self._server = GitDirectory(self.server, root / "server.aside")
        self._clone = GitDirectory(self.clone / ".git", root / "clone.aside")

    def _make(self) -> None:
        root = self.server.parent
        self.git("init", "-q", "--bare", str(self.server), where=root)
        importer = ("git", "fast-import", "--quiet", "--done")
        with subprocess.Popen(importer, cwd=self.server, env=self.environment, stdin=subprocess.PIPE) as importing:
            assert importing.stdin is not None
            importing.stdin.writelines(_stream(self.files))
            importing.stdin.write(b"done\n")
        if importing.returncode != 0:
            raise SystemExit("'git fast-import' failed")
        self.git("clone", "-q", "-b", DEVELOP, str(self.server), str(self.clone), where=root)
        self.git("branch", "-q", PRODUCTION, f"origin/{PRODUCTION}")

    def git(self, *arguments: str, where: Path | None = None) -> str:
        """Run git in the clone, or elsewhere, and return what it printed."""
        ran = subprocess.run(
            ("git", *arguments),
            cwd=where or self.clone,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if ran.returncode != 0:
            raise SystemExit(f"'git {' '.join(arguments)}' failed:\n{ran.stdout.decode()}{ran.stderr.decode()}")
        return ran.stdout.decode().strip()

    def restore(self, url: str) -> None:
        """Bring server and clone back to the beginning; the clone's server has this URL from now on."""
        self._clone.forget_refs()
        self.git("reset", "-q", "--hard")
        self.git("clean", "-q", "-f", "-d")
        self._clone.forget_objects()
        self._server.forget_refs()
        self._server.forget_objects()
        self.git("remote", "set-url", "origin", url)

    def fix(self, text: str) -> None:
        """Commit the fix on the branch that is checked out."""
        for path in fixed_paths(self.files):
            (self.clone / path).write_text(text)
        self.git("commit", "-q", "-a", "-m", "Fix")

    def check_published(self, text: str, tool: str) -> None:
        """See that the server has the fix in production, under a tag, and in develop."""
        tagged = self.git("tag", "--points-at", PRODUCTION, where=self.server)
        got = {
            self.git("show", f"{branch}:{path}", where=self.server)
            for branch in (PRODUCTION, DEVELOP)
            for path in fixed_paths(self.files)
        }
        if not tagged or got != {text.strip()}:
            raise SystemExit(f"'{tool}' did not bring the fix to all of the server")
