"""Find and open the repository the user stands in, or say in one sentence why not."""

from __future__ import annotations

import os
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.errors import HotfixError, command, refused
from git_hotfix.git.past import Past
from git_hotfix.git.program import Folders
from git_hotfix.git.settings import git_config_of

if TYPE_CHECKING:
    from types import ModuleType

    import pygit2

    from git_hotfix.git.commit_graph import CommitGraph
    from git_hotfix.git.file_history import FileHistory
    from git_hotfix.git.program import Answer, Git
    from git_hotfix.hotfix import Oid

MINIMUM_GIT = (2, 38)
"""The first git with ``merge-tree --write-tree``."""


_CERTIFICATES = {"SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.sep}
"""What pygit2 is told of the certificates of this machine while it is loaded. Without it all of them are read (10 ms),
and where there is none it is not loaded at all; it never talks to a server here.
"""
_OF_HISTORY = ("GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE")
"""Variables that make git see another history than the one that is written in the commits (git(1))."""


class Habits(Struct, frozen=True):
    """How a run makes its commits, tags and pushes: as git's configuration says, and ``-s``, ``--no-verify``."""

    signs_commits: bool
    signs_tags: bool
    runs_hooks: bool = True
    """Whether hooks run that may refuse a commit or a push."""


class Repository:
    """One repository: its folders, git run in it, and libgit2's handle on its objects.

    ``git_dir`` is this worktree's own, ``common_dir`` the one all worktrees share (what is remembered belongs
    there); ``top`` is the top of the working tree, None in a bare repository.
    """

    def __init__(self, git: Git, git_dir: Path, common_dir: Path, top: Path | None) -> None:
        self.git = git
        self.git_dir = git_dir
        self.common_dir = common_dir
        self.top = top
        self.past = Past(lambda *arguments: self.git.ask(*arguments))  # noqa: PLW0108  # leave_tree() changes it
        """What is known about commits, each answer found out once."""
        self.graph: CommitGraph | None = None
        """All of history, where so much is asked that it was read at once."""
        self.common_past: Oid | None = None
        """A commit in the past of all publications, while several are asked about: what names one of them is newer."""

    @property
    def files(self) -> FileHistory | None:
        """Which file was where in all of history, where that was read at once."""
        return self.graph.files if self.graph is not None else None

    @cached_property
    def handle(self) -> pygit2.Repository:
        """Libgit2's repository, for reading and making objects; it never moves a ref or a file for us."""
        return _open(self.git_dir)

    @cached_property
    def habits(self) -> Habits:
        """What is signed by the configuration; of ``tag.gpgSign`` nothing said, tags are signed where commits are.

        ``tag.forceSignAnnotated`` counts first, as for ``git tag -m`` (``builtin/tag.c``).
        """
        config = git_config_of(self.git)
        commits, tags = config.boolean("commit.gpgSign") or False, config.boolean("tag.gpgSign")
        tags = config.boolean("gitflow.hotfix.finish.sign") if tags is None else tags
        return Habits(commits, config.boolean("tag.forceSignAnnotated") or (commits if tags is None else tags))

    def leave_tree(self) -> None:
        """Go on from the git directory that all worktrees share, once the working tree we stood in is removed."""
        is_bare = self.git.folders is not None and self.git.folders.is_bare
        there = Folders(self.common_dir, self.common_dir, None, is_bare=is_bare)
        self.git = replace(self.git.elsewhere(self.common_dir), folders=there)
        self.git_dir, self.top = self.common_dir, None
        self.__dict__.pop("handle", None)  # libgit2's handle was on the worktree that is gone

    @cached_property
    def is_shallow(self) -> bool:
        """Whether history is cut off (``git clone --depth``)."""
        return bool(self.cut)

    @cached_property
    def cut(self) -> frozenset[str]:
        """The commits at which a shallow history ends: for git they have no parents, whatever is written in them."""
        file = self.common_dir / "shallow"
        return frozenset(file.read_text().split()) if file.exists() else frozenset()

    @cached_property
    def is_history_plain(self) -> bool:
        """Whether the parents of a commit are those written in it: nothing is cut off, replaced or grafted.

        Else git alone knows (git-replace(1), gitrepository-layout(5) on ``shallow`` and ``info/grafts``).
        """
        replaced = self.common_dir / "refs/replace"
        packed = self.common_dir / "packed-refs"
        return not (
            self.is_shallow
            or (self.common_dir / "info/grafts").exists()
            or any(name in self.git.environment for name in _OF_HISTORY)
            or (replaced.is_dir() and any(replaced.iterdir()))
            or (packed.is_file() and b" refs/replace/" in packed.read_bytes())
        )

    @cached_property
    def is_partial(self) -> bool:
        """Whether files may be left out until somebody asks for them (``git clone --filter``)."""
        return any(entry.key.endswith(".promisor") for entry in git_config_of(self.git).entries)

    def forget_absent(self) -> None:
        """Find out again what was not here: call it after a fetch."""
        was_shallow, self.graph = self.is_shallow, None
        for name in ("is_shallow", "cut", "is_history_plain"):
            self.__dict__.pop(name, None)
        self.past.forget_absent(all_answers=was_shallow or self.is_shallow)


def open_repository(git: Git) -> Repository:
    """Open the repository of ``git.directory`` as git itself finds it (``-C``, ``--git-dir``, worktrees, ownership).

    One that git does not find, or does not trust, is refused in git's words. What it says is read from one process:
    ``--show-toplevel`` comes last, because git ends there where no working tree is. A folder may have a line break in
    its name: then each is asked for alone.
    """
    questions = ("--absolute-git-dir", "--git-common-dir", "--is-bare-repository", "--show-toplevel")
    answer = git.ask("rev-parse", *questions)
    if answer.code != 0 and "must be run in a work tree" not in answer.reason:
        raise _not_opened(git, answer)
    asked = questions if answer.code == 0 else questions[:3]
    lines = _whole(answer).split("\n")
    if len(lines) != len(asked):
        lines = [_whole(git.ask("rev-parse", each)) for each in asked]
    top = Path(lines[3]) if answer.code == 0 else None
    common_dir = (git.directory / lines[1]).resolve()
    found = Folders(Path(lines[0]), common_dir, top, is_bare=lines[2] == "true")
    return Repository(replace(git, folders=found), found.git_dir, common_dir, top)


def _whole(answer: Answer) -> str:
    return answer.out.decode("utf-8", "surrogateescape").removesuffix("\n")


def git_version(git: Git) -> tuple[int, int]:
    """Return git's version as (major, minor)."""
    match = re.search(r"(\d+)\.(\d+)", git.run("version").text)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def check_git_version(git: Git) -> None:
    """Refuse a git that is older than 2.38."""
    version = git_version(git)
    if version < MINIMUM_GIT:
        raise refused(
            "git-too-old",
            f"git {version[0]}.{version[1]} is too old: git-hotfix needs git 2.38 or newer to merge in memory.",
            command("git", "version"),
        )


def _not_opened(git: Git, answer: Answer) -> HotfixError:
    if "dubious ownership" in answer.reason:
        return refused(
            "not-trusted",
            answer.reason.splitlines()[0],
            command("git", "config", "--global", "--add", "safe.directory", "PATH"),
        )
    if "not a git repository" in answer.reason:
        return refused(
            "not-a-repository", f"'{git.directory}' is not in a git repository.", command("cd", "REPOSITORY")
        )
    return refused("cannot-open", f"git cannot open this repository: {answer.reason}", command("git", "status"))


def libgit2_version() -> str:
    """Return the version of libgit2 that is loaded, and of what loads it."""
    library = _loaded()
    return f"libgit2 {library.LIBGIT2_VERSION} (pygit2 {library.__version__})"


def _open(git_dir: Path) -> pygit2.Repository:
    library = _loaded()
    try:
        opened: pygit2.Repository = library.Repository(str(git_dir), library.enums.RepositoryOpenFlag.NO_SEARCH)
    except (library.GitError, KeyError) as error:
        raise _unreadable(str(error)) from error
    return opened


def _loaded() -> ModuleType:
    """Return pygit2: 60 ms, so not for --help."""
    certificates = {name: os.environ.get(name) for name in _CERTIFICATES}
    os.environ.update(_CERTIFICATES)
    try:
        import pygit2  # noqa: PLC0415
    except Exception as error:  # ImportError, OSError, and pygit2 raises its own too
        raise refused(
            "no-libgit2",
            f"The library pygit2 cannot be loaded: {error}.",
            command("pip", "install", "--force-reinstall", "pygit2"),
        ) from error
    finally:
        for name, value in certificates.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return pygit2


def _unreadable(reason: str) -> HotfixError:
    """Name the storage format that libgit2 cannot read, and the way to one that it can."""
    lowered = reason.lower()
    migrate = command("git", "refs", "migrate", "--ref-format=files")
    make = command("git", "init", "--object-format=sha1", "NEW-FOLDER")
    clone = command("git", "clone", "URL", "NEW-FOLDER")
    known = {
        "reftable": ("refs are stored as reftables", migrate),
        "refstorage": ("refs are stored as reftables", migrate),
        "objectformat": ("objects are named by SHA-256", make),
        "object format": ("objects are named by SHA-256", make),
        "sha256": ("objects are named by SHA-256", make),
        "partialclone": ("this is a partial clone (extensions.partialClone)", clone),
    }
    for word, (what, remedy) in known.items():
        if word in lowered:
            return refused("format-unsupported", f"libgit2 cannot read this repository: {what}.", remedy)
    return refused("cannot-open", f"libgit2 cannot open this repository: {reason}.", command("git", "fsck"))
