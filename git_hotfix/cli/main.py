"""The program: its commands, and the one boundary where every error becomes a message and an exit code."""

from __future__ import annotations

import errno
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from git_hotfix import __version__
from git_hotfix.cli.commands import COMMANDS, READING
from git_hotfix.cli.options import GIVING_UP, Group, Options, options_of
from git_hotfix.credentials import masked
from git_hotfix.errors import SAME_AGAIN, ExitCode, HotfixError, Problem, command, told_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from git_hotfix.facts.facts import Facts


@click.group(
    cls=Group,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--version", is_flag=True, help="Show the version; with -v those of git, libgit2 and Python too.")
@click.pass_context
def program(context: click.Context, *, version: bool) -> int | None:
    """Production hotfixes, from the branch to the clean-up.

    Branches from production, writes the incident report, runs the critical tests, merges, tags, publishes in one
    push, deploys, backports the fix to develop and every release line. Every command can be interrupted and repeated.
    Without a command: the status.
    """
    if version:
        from git_hotfix.cli.terminal import print_answer  # noqa: PLC0415  # not for -h

        print_answer("\n".join(_versions(is_whole=options_of(context).verbose)))
        context.exit()
    if context.invoked_subcommand is None:
        from git_hotfix.cli.status import status  # noqa: PLC0415

        result: int = context.invoke(status, hotfix=None, offline=False)
        return result
    return None


def _versions(*, is_whole: bool) -> list[str]:
    own = f"git-hotfix {__version__}"
    if not is_whole:
        return [own]
    from git_hotfix.git.program import here  # noqa: PLC0415
    from git_hotfix.git.repository import libgit2_version  # noqa: PLC0415

    return [own, here().run("version").text, libgit2_version(), f"Python {sys.version.split(' ')[0]}"]


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; whatever goes wrong, the user gets a sentence, and the caller an exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    given = ["help"] if given == ["--help"] else given  # as 'git hotfix --help' does, which git answers with man
    try:
        return _run(arguments, given)
    except KeyboardInterrupt as stop:  # one more, while an earlier one or an error was about to be told
        return _interrupted(stop, None, arguments, given)


def _interrupted(
    stop: BaseException, context: click.Context | None, arguments: Sequence[str] | None, given: list[str]
) -> int:
    if arguments is None:  # a process of its own, whose last sentence nothing may cut short: git hands a Ctrl-C
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # that we had already on to us (run-command.c)
        if sys.stderr.isatty():
            from git_hotfix.cli.terminal import print_line  # noqa: PLC0415  # not for -h and --version

            print_line("")  # the sentence begins behind what the terminal shows of the key
    name = next((word for word in given if word in COMMANDS), "")
    run = options_of(context).run if context is not None and name not in READING else None
    facts: Facts | None = getattr(run, "facts", None)
    rest, typed = " Nothing is published." if name == "start" else "", ("git", "hotfix", *given)
    if run is not None and (facts is not None or run.pushed):
        with suppress(Exception):  # whatever cannot be said, the command that goes on can
            from git_hotfix.steps.progress import last_seen, push_begun  # noqa: PLC0415  # not for -h

            rest = f" {last_seen(facts, run.pushed) if facts is not None else push_begun(run.pushed)}"
            typed = run.typed or typed
    what = "No answer was given." if isinstance(stop.__context__, EOFError) else "Interrupted."
    problem = Problem("interrupted", f"{what}{rest}", SAME_AGAIN, ExitCode.INTERRUPTED)
    problem = told_by(stop) or problem
    return _end(context, given, (problem,), problem.exit_code, hotfix=str(facts.hotfix) if facts else None, typed=typed)


def _run(arguments: Sequence[str] | None, given: list[str]) -> int:
    context: click.Context | None = None
    try:
        with program.make_context("git hotfix", list(given)) as context:
            result = program.invoke(context)
            return result if isinstance(result, int) else 0  # click hands on what the last of a chain returned
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt) as stop:
        return _interrupted(stop, context, arguments, given)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "git hotfix"
        if isinstance(error, click.NoSuchOption) and error.possibilities:
            error.possibilities[:] = [each for each in error.possibilities if each not in GIVING_UP]
        problem = Problem("usage", error.format_message(), command(*path.split(), "-h"), ExitCode.USAGE)
        return _end(context, given, (problem,), ExitCode.USAGE)
    except HotfixError as error:
        return _end(
            context, given, error.problems, error.exit_code, getattr(error, "questions", ()), error.hotfix, error.typed
        )
    except OSError as error:
        problem = _refused_by_the_system(error)
        return _end(context, given, (problem,), problem.exit_code)
    except Exception as error:  # noqa: BLE001  # the one boundary
        return _end(context, given, (_bug(error),), ExitCode.BUG)


def _end(
    context: click.Context | None,
    given: list[str],
    problems: tuple[Problem, ...],
    code: ExitCode,
    questions: tuple[object, ...] = (),
    hotfix: str | None = None,
    typed: tuple[str, ...] | None = None,
) -> int:
    from git_hotfix.cli.output import Result, emit  # noqa: PLC0415  # not for -h and --version

    options = options_of(context) if context is not None else Options(json="--json" in given)
    if "--json" in given:
        options.json = True
    names = [word for word in given if word in COMMANDS]
    name = names[0] if names else "status"
    result = Result(name, hotfix, exit_code=code, problems=problems, questions=questions)  # type: ignore[arg-type]  # an error carries its questions untyped
    result.typed = typed or ("git", "hotfix", *given)
    if options.json:  # a person reads it as a hint
        result.next = next((each.remedy for each in problems if each.exit_code is ExitCode.WAITING), None)
    return emit(options, result)


_SYSTEM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EIO, errno.EMFILE, errno.ENFILE}
_SYSTEM |= {errno.ELOOP, errno.EISDIR, errno.ENOTDIR}
"""The errors of a full, damaged or forbidden disk, and of links in the place of files: no fault of ours."""


def _refused_by_the_system(error: OSError) -> Problem:
    if error.errno not in _SYSTEM:
        return _bug(error)
    where = f" ('{error.filename}')" if error.filename else ""
    message = f"Cannot read or write{where}: {error.strerror}. Run the same command again to continue."
    return Problem("cannot-write", message, command("df", "-h", "."))


def _bug(error: Exception) -> Problem:
    """Keep the traceback in a file: a user gets one sentence and the path of it."""
    import traceback  # noqa: PLC0415  # only when there is one

    from git_hotfix.atomic_write import write_privately  # noqa: PLC0415

    lines = [f"git-hotfix {__version__}\n", f"{sys.argv}\n", *traceback.format_exception(error)]
    log = Path(os.devnull)
    with suppress(OSError, HotfixError):
        log = _own_folder() / "traceback.log"
        write_privately(log, masked("".join(lines)).encode("utf-8", "replace"))
    what = f"{type(error).__name__}: {error}".split("\n")[0]
    message = f"This is a bug in git-hotfix: {what} (log: '{log}')."
    return Problem("bug", message, command("git", "hotfix", "status"), ExitCode.BUG)


def _own_folder() -> Path:
    """Return our folder in the git directory, else, outside a repository, a new one that only its owner may enter."""
    import tempfile  # noqa: PLC0415

    from git_hotfix.atomic_write import private_folder  # noqa: PLC0415
    from git_hotfix.git.program import here  # noqa: PLC0415  # not for -h and --version
    from git_hotfix.git.worktrees import common_dir_of  # noqa: PLC0415

    with suppress(Exception):  # whatever it is that goes wrong may do so here too
        return private_folder(common_dir_of(here()) / "hotfix")
    return Path(tempfile.mkdtemp(prefix="git-hotfix-"))
