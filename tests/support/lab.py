"""Real repositories on disk: a bare server, clones of it, and the scene that most tests play in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pygit2
from pygit2.enums import FileMode, ReferenceType

from git_hotfix.hotfix import Oid
from tests.support import product
from tests.support.commits import commit_files
from tests.support.copies import copied, refresh_index
from tests.support.inside import run_inside
from tests.support.preloaded import START, as_git_sets, can_fork, preloaded
from tests.support.processes import Run, require_installed, run, text
from tests.support.snapshot import facts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

LOGIN = product.LOGIN
CRITICAL_TEST = product.CRITICAL_TEST

BUG = '    """Return whether the password is right."""\n    return True\n'
FIXED = '    """Return whether the password is right."""\n    return password == expected\n'

NO_SAMPLES = ("--template=",)
"""Without git's examples of hooks there is half as much to copy for every test."""


@dataclass(frozen=True, slots=True)
class Bare:
    """A repository at ``path``; on its own, the server."""

    path: Path

    def try_git(self, *arguments: str, stdin: str | bytes | None = None, env: Mapping[str, str] | None = None) -> Run:
        """Run git here and give what came back, whatever the exit code."""
        if len(arguments) == 3 and arguments[0] == "config" and not env and self._configure(*arguments[1:]):
            return Run(0, "", "")
        return run("git", *arguments, directory=self.path, stdin=stdin, env=env)

    def _configure(self, key: str, value: str) -> bool:
        """Set one value as ``git config`` does, without a process; False where git itself has to."""
        if key.startswith("-") or "GIT_DIR" in os.environ:
            return False
        try:
            pygit2.Config(str(self.common_dir / "config"))[key] = value
        except (OSError, ValueError, KeyError, pygit2.GitError):
            return False
        return True

    def git(
        self,
        *arguments: str,
        ok: bool = True,
        stdin: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
    ) -> str:
        """Run git here and give its output without the last newline; a failure fails the test (if ``ok``)."""
        answer = self.try_git(*arguments, stdin=stdin, env=env)
        if ok and answer.code != 0:
            raise AssertionError(f"git {' '.join(arguments)} in {self.path}: exit {answer.code}\n{answer.err}")
        return answer.out.removesuffix("\n")

    def rev(self, name: str) -> Oid:
        """Return the object id of a revision."""
        if not self.is_readable:
            return Oid(self.git("rev-parse", "--verify", "--end-of-options", name))
        return Oid(str(self._find(name).id))

    def refs(self) -> dict[str, str]:
        """Return every ref with its object id; a symbolic one with the name it points to as well."""
        if not self.is_readable:
            form = "%(refname)%00%(objectname)%(if)%(symref)%(then) -> %(symref)%(end)"
            lines = self.git("for-each-ref", f"--format={form}").split("\n")
            return dict(line.split("\0") for line in lines if line)
        found = {}
        for ref in self.opened().references.iterator():
            oid = str(ref.resolve().target)
            found[ref.name] = oid if ref.type == ReferenceType.DIRECT else f"{oid} -> {ref.target}"
        return dict(sorted(found.items()))

    def show(self, name: str) -> str:
        """Return the text of ``REV:path``, with its last newline."""
        blob = self._find(name)
        assert isinstance(blob, pygit2.Blob), name
        return text(blob.data)

    def commit_on(self, branch: str, message: str, files: Mapping[str, str], by: str = "Bob") -> Oid:
        """Commit these files on a branch of a server, as if a person had pushed that: no hook sees it."""
        repository = self.opened()
        tip = repository.revparse_single(f"refs/heads/{branch}").peel(pygit2.Commit)
        index = pygit2.Index()
        index.read_tree(tip.tree)
        for path, content in files.items():
            mode = index[path].mode if path in index else FileMode.BLOB
            index.add(pygit2.IndexEntry(path, repository.create_blob(content.encode()), mode))
        tree, who = index.write_tree(repository), pygit2.Signature(by, f"{by.lower()}@example.com")
        return Oid(str(repository.create_commit(f"refs/heads/{branch}", who, who, message, tree, [tip.id])))

    @property
    def is_readable(self) -> bool:
        """Whether libgit2 can read it: not where objects are named by SHA-256, or refs are stored as reftables."""
        return "[extensions]" not in (self.common_dir / "config").read_text()

    @property
    def git_dir(self) -> Path:
        """The folder with HEAD and index."""
        link = self.path / ".git"
        if link.is_file():
            return self.path / link.read_text().removeprefix("gitdir: ").strip()
        return link if link.is_dir() else self.path

    @property
    def common_dir(self) -> Path:
        """The folder with refs and objects, which linked worktrees share."""
        link = self.git_dir / "commondir"
        return (self.git_dir / link.read_text().strip()).resolve() if link.exists() else self.git_dir

    def opened(self) -> pygit2.Repository:
        """Return what answers as git does, without a process."""
        return pygit2.Repository(str(self.path))

    def _find(self, name: str) -> pygit2.Object:
        try:
            return self.opened().revparse_single(name)
        except KeyError:
            raise AssertionError(f"there is no {name} in {self.path}") from None


@dataclass(frozen=True, slots=True)
class Clone(Bare):
    """A repository with a working tree; ``server`` is the one it was cloned from."""

    server: Bare | None = None

    def write(self, path: str, content: str | bytes) -> Path:
        """Write a file of the working tree, with the folders it needs."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def read(self, path: str) -> str:
        """Return the text of a file of the working tree."""
        return (self.path / path).read_bytes().decode()

    def replace(self, path: str, old: str, new: str) -> str:
        """Return the text of a file with ``old``, which must be there once, replaced; nothing is written."""
        text = self.read(path)
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path}"
        return text.replace(old, new)

    def commit(
        self,
        message: str,
        files: Mapping[str, str | bytes | None] | None = None,
        *,
        when: datetime | None = None,
    ) -> Oid:
        """Commit these files (None deletes one) on the branch checked out, and what was staged before.

        ``when`` fixes both dates. Without files the commit is empty unless something is staged.
        """
        contents = {path: content for path, content in (files or {}).items() if content is not None}
        for path, content in contents.items():
            self.write(path, content)
        if len(contents) == len(files or {}) and (made := commit_files(self, message, contents, when)):
            return made
        if contents:
            self.git("add", "-f", "--", *contents)
        if deleted := (files or {}).keys() - contents.keys():
            self.git("rm", "-q", "--", *deleted)
        date = when.isoformat() if when else None
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} if date else {}
        self.git("commit", "-q", "--allow-empty", "--cleanup=verbatim", "-F", "-", stdin=message, env=dates)
        return self.rev("HEAD")

    def hotfix(
        self,
        *arguments: str,
        stdin: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
        check: int | None = None,
        inside: str = ".",
        apart: bool = False,
    ) -> Run:
        """Run ``git hotfix`` as installed in this tree (in its folder ``inside``), without a terminal.

        It runs inside this process, as if that were new (tests/support/inside.py). It is a process of its own, forked
        from one that has loaded the program, where it reads ``stdin``, and ``apart``: where it is killed, or what it
        starts writes to its streams or outlives it. With HOTFIX_TESTS_START=real, and where the environment needs it,
        git starts it. With ``check`` any other exit code fails the test and shows what was written.
        """
        require_installed()
        directory = self.path / inside
        answer = None
        if not can_fork(env or {}):
            answer = run("git", "hotfix", *arguments, directory=directory, stdin=stdin, env=env)
        elif not apart and stdin is None and START != "forked":
            answer = run_inside(arguments, directory, as_git_sets(env))
        if answer is None:
            answer = preloaded().hotfix(*arguments, directory=directory, stdin=stdin, env=env)
        if check is not None and answer.code != check:
            said = f"--- stdout\n{answer.out}\n--- stderr\n{answer.err}"
            raise AssertionError(f"git hotfix {' '.join(arguments)}: exit {answer.code}, not {check}\n{said}")
        return answer

    def snapshot(self, *, without_tracking: bool = False) -> dict[str, str]:
        """Return everything a refused command must leave as it is, one line a fact: compare two with ``==``.

        Refs here and on the server, HEAD, the index without its times, status with ignored files, every file
        with mode and content, empty folders, configuration (the user's too), stashes, linked worktrees, what
        is in progress. ``without_tracking`` leaves ``refs/remotes/`` out. Taking it changes nothing.
        """
        return dict(facts(self, without_tracking=without_tracking))


class Lab:
    """A folder with a bare server, ``remote.git``, and any number of clones."""

    def __init__(self, root: Path) -> None:
        self._stand_in(root)
        copied(_empty_server, self.remote.path)

    @classmethod
    def at(cls, root: Path) -> Lab:
        """Return a lab that is there already."""
        lab = cls.__new__(cls)
        lab._stand_in(root)
        return lab

    def _stand_in(self, root: Path) -> None:
        self.root = root
        self.remote = Bare(root / "remote.git")

    def clone(self, name: str, *, url: str | None = None) -> Clone:
        """Clone the server (from ``url`` when a program serves it) into a folder of a person's name."""
        clone = Clone(self.root / name, self.remote)
        run_git(self.root, "clone", "-q", *NO_SAMPLES, url or str(self.remote.path), str(clone.path))
        introduce(clone, name)
        return clone

    def alone(self, name: str) -> Clone:
        """Make a repository that has no remote."""
        clone = Clone(self.root / name)
        copied(_empty, clone.path)
        introduce(clone, name)
        return clone


def _empty_server(folder: Path) -> None:
    run_git(folder, "init", "-q", "--bare", *NO_SAMPLES)


def _empty(folder: Path) -> None:
    run_git(folder, "init", "-q", *NO_SAMPLES)


def introduce(clone: Clone, name: str) -> None:
    """Let a clone belong to a person: ``alice`` commits as Alice <alice@example.com>."""
    with (clone.common_dir / "config").open("a") as config:
        config.write(f"[user]\n\tname = {name.capitalize()}\n\temail = {name}@example.com\n")


def run_git(directory: Path, *arguments: str) -> None:
    """Run git in a folder that need not be a repository; a failure fails the test."""
    answer = run("git", *arguments, directory=directory)
    assert answer.code == 0, answer.err


@dataclass(frozen=True, slots=True)
class Scene:
    """A lab with its people; the fork points and tips are on the server."""

    lab: Lab
    alice: Clone
    bob: Clone

    @property
    def remote(self) -> Bare:
        """The server."""
        return self.lab.remote


def standard_lab(root: Path) -> Scene:
    """Build the scene in ``root``; alice and bob have main checked out.

    ::

        main          A──B (v1.0.0)
        support/1.0    \\──S                 from A: taking B there would drag production along
        develop           \\──D1──D2──D3     from B: D1 edits another end of src/auth/login.py
        release/1.1            └──R          from D2

    The dates are fixed seen from today, so that every line is younger than 180 days: A is 30 days old, each
    later commit one day younger. ``BUG`` and ``FIXED`` are text before and after a fix that merges and picks
    cleanly everywhere. Built once a process, then copied.
    """
    original = copied(_standard, root)
    lab = Lab.at(root)
    clones = [Clone(root / name, lab.remote) for name in ("alice", "bob")]
    for clone in clones:
        config = clone.path / ".git/config"
        config.write_text(config.read_text().replace(str(original), str(root)))
        refresh_index(clone.path)
    return Scene(lab, *clones)


def _standard(root: Path) -> None:
    lab = Lab(root)
    lab.remote.git("fast-import", "--quiet", stdin=product.history())
    lab.remote.git("repack", "-a", "-d", "-q")  # one file to copy instead of fifty
    lab.clone("alice")
    lab.clone("bob")
