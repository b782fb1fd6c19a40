"""Bring into a new linked worktree what git does not: ``.env``, ``node_modules``, a virtual environment."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from git_hotfix.commands.split import shown, split_command
from git_hotfix.errors import ExitCode, HotfixError, Problem, command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from git_hotfix.commands.process import Runner

COPY_KEY = "worktree.copy"
LINK_KEY = "worktree.link"
SETUP_KEY = "worktree.setup"


def check_worktree_setup(source: Path, *, copy: Sequence[str], link: Sequence[str]) -> None:
    """Raise every problem of these settings at once; nothing is changed, and no worktree is needed yet.

    Configured paths are inside the repository. Wrong input is one that a symbolic link leads out of ``source`` (for
    ``link`` only the folders above the entry count, because the link to be made is to the entry itself).
    """
    checked = [*((COPY_KEY, entry, source / entry) for entry in copy)]
    checked += [(LINK_KEY, entry, (source / entry).parent) for entry in link]
    problems = [
        Problem(
            "link-escapes",
            f"{key} names '{entry}', but a symbolic link there leads out of the repository.",
            command("ls", "-l", source / entry),
            ExitCode.USAGE,
        )
        for key, entry, path in checked
        if not path.resolve().is_relative_to(source.resolve())
    ]
    if problems:
        raise HotfixError(*problems)


def prepare_worktree(
    source: Path, runner: Runner, *, copy: Sequence[str], link: Sequence[str], setup: str | None
) -> tuple[str, ...]:
    """Copy and link entries of the working tree ``source`` to where ``setup`` runs, and run it; a sentence for each.

    Entries are paths relative to the top. Files and folders keep their modes; links in a folder stay links,
    those that lead out of ``source`` are left out. What exists there is never overwritten. What is
    missing, could not be copied or failed is a sentence, not an error: the worktree is there and the fix can
    begin. Raises only what ``check_worktree_setup`` and ``split_command`` raise, before anything is done.
    """
    check_worktree_setup(source, copy=copy, link=link)
    words = split_command(setup, key=SETUP_KEY) if setup else ()
    source, target = source.resolve(), runner.directory.resolve()
    sentences = [sentence for entry in copy for sentence in _bring(source, target, entry, _copy)]
    sentences += [sentence for entry in link for sentence in _bring(source, target, entry, _link)]
    if words:
        sentences.append(_run_setup(words, runner))
    return tuple(sentences)


def _bring(source: Path, target: Path, entry: str, place: Callable[[Path, Path, Path], list[Path]]) -> Iterator[str]:
    """Place one entry with ``place``; give the sentences about it."""
    origin, goal = source / entry, target / entry
    if not os.path.lexists(origin):
        yield f"'{entry}' does not exist in '{source}', so it is not in the new worktree either."
    elif os.path.lexists(goal):
        yield f"'{entry}' is already in the new worktree and was left as it is."
    elif not goal.parent.resolve().is_relative_to(target):
        yield f"'{entry}' was left out: a symbolic link in the new worktree leads out of it."
    elif target.is_relative_to(origin):
        yield f"'{entry}' was left out: the new worktree lies in it."
    else:
        try:
            goal.parent.mkdir(parents=True, exist_ok=True)
            left_out = place(source, origin, goal)
        except shutil.Error as error:
            yield from (f"'{name}' could not be copied: {reason}." for name, _, reason in error.args[0])
        except OSError as error:
            yield f"'{entry}' could not be brought into the new worktree: {error.strerror}."
        else:
            if origin not in left_out:
                yield f"'{entry}' was {'linked' if goal.is_symlink() else 'copied'}."
            for path in left_out:
                why = "it leads out of the repository" if path.is_symlink() else "it is neither a file nor a folder"
                yield f"'{path.relative_to(source)}' was left out: {why}."


def _copy(source: Path, origin: Path, goal: Path) -> list[Path]:
    """Copy a file or a folder; give what was left out: links out of ``source``, sockets and the like."""
    left_out: list[Path] = []

    def unfit(folder: str, names: list[str]) -> list[str]:
        found = [name for name in names if not _is_fit(source, Path(folder, name))]
        left_out.extend(Path(folder, name) for name in found)
        return found

    if origin.is_dir():
        shutil.copytree(origin, goal, symlinks=True, ignore=unfit)
    elif origin.is_file():
        with origin.open("rb") as old, goal.open("xb") as new:
            os.fchmod(new.fileno(), origin.stat().st_mode & 0o777)  # before the first byte: .env holds secrets
            shutil.copyfileobj(old, new)
    else:
        left_out.append(origin)
    return left_out


def _is_fit(source: Path, path: Path) -> bool:
    if path.is_symlink():
        return path.resolve().is_relative_to(source)
    return path.is_file() or path.is_dir()


def _link(source: Path, origin: Path, goal: Path) -> list[Path]:
    goal.symlink_to(origin)
    return []


def _run_setup(words: Sequence[str], runner: Runner) -> str:
    try:
        ended = runner.run(words, key=SETUP_KEY)
    except HotfixError as error:
        return str(error)
    if ended.code != 0:
        return f"{SETUP_KEY} failed in the new worktree: '{shown(words)}' ended with exit code {ended.code}."
    return f"{SETUP_KEY} was run in the new worktree: {shown(words)}."
