"""The team's commands that a plan runs: whether each can be started, and whether somebody has agreed to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from msgspec.structs import replace

from git_hotfix.commands.split import split_command
from git_hotfix.config.layers import edit_remedy
from git_hotfix.config.table import all_keys
from git_hotfix.engine.step import Question, Questions, Refusal
from git_hotfix.errors import ExitCode, HotfixError, Problem, again, command
from git_hotfix.escapes import visible
from git_hotfix.git.consent import keep_consents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from git_hotfix.config.layers import TeamCommand
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Step

R = TypeVar("R")

TRUST = "--trust-config"
"""The option that agrees to the commands of the repository's files."""


_QUESTION = "Run this command now, and again as long as its text is unchanged?"


class Known(Protocol):
    """Facts that know which commands somebody has agreed to."""

    @property
    def consents(self) -> frozenset[str]:
        """The fingerprints of those commands."""


def commands_of(kinds: Iterable[type[Step]], facts: Any, request: Any) -> tuple[TeamCommand, ...]:
    """Return every command that these steps run, now or later in the same run, each once."""
    return tuple(dict.fromkeys(each for kind in kinds for each in kind.commands(facts, request)))


def unconsented(commands: Iterable[TeamCommand], facts: Known, request: Any) -> tuple[TeamCommand, ...]:
    """Return those that come from the repository's files and that nobody here has agreed to."""
    foreign = tuple(each for each in commands if not each.is_personal and each.fingerprint not in request.agreed)
    if not foreign or request.trusts_once:
        return ()
    return tuple(each for each in foreign if each.fingerprint not in facts.consents)


def why_not_startable(commands: Iterable[TeamCommand]) -> Refusal | None:
    """Refuse commands that cannot be started now, rather than when they are about to run or after the publication."""
    problems = tuple(problem for each in commands for problem in _why_not_started(each))
    return Refusal(problems) if problems else None


def asked(new: Sequence[TeamCommand], request: Any) -> Refusal | Questions | None:
    """Ask whether new commands may run, or name the option that agrees; None when there is nothing to decide."""
    if not new or request.trust is True:
        return None
    if request.trust is False:
        return Refusal((not_consented(new),))
    question = Question("trust", TRUST, _QUESTION, "confirm", default="no")
    if request.interactive:
        return Questions((question,), tuple(lines(new, new)))
    return Refusal((not_consented(new),), (question,))


def not_consented(new: Sequence[TeamCommand], exit_code: ExitCode = ExitCode.USAGE) -> Problem:
    """Return the one problem that nobody has agreed to these commands of the repository's files."""
    listed = ", ".join(f"'{visible(each.line)}' ({each.key} in {each.origin})" for each in new)
    message = f"These commands of the repository's files are not approved yet: {listed}."
    return Problem("consent-missing", message, again(TRUST), exit_code)


def held_back(new: Sequence[TeamCommand], *, after_publication: bool) -> Problem:
    """Return the problem of a step whose commands have changed since a person agreed; only ``[deploy]`` deploys."""
    deploys = any(each.key.startswith("deploy.") for each in new)
    after = ExitCode.DEPLOYMENT if deploys else ExitCode.UNFINISHED
    return not_consented(new, after if after_publication else ExitCode.USAGE)


def lines(commands: Iterable[TeamCommand], new: Sequence[TeamCommand]) -> Iterator[str]:
    """Return a line of the screen for each command, in full; a yes to the question below is consent to a new one."""
    for each in commands:
        mark = "; new: your yes approves it" if each in new else ""
        yield f"Runs:    {visible(each.line)}  ({each.key} in {each.origin}{mark})"


def agree(run: Run, request: R, commands: Sequence[TeamCommand], *, is_told: bool = False) -> R:
    """Keep a person's consent to these commands before anything runs; return the request that knows it."""
    if not commands:
        return request
    fingerprints = frozenset(each.fingerprint for each in commands)
    keep_consents(run.repository.git, sorted(fingerprints))
    for each in commands if is_told else ():
        run.note(f"Approved from now on: {visible(each.line)}  ({each.key} in {each.origin})")
    known: Any = request
    agreed: R = replace(known, trust=None, agreed=known.agreed | fingerprints)
    return agreed


def _why_not_started(wanted: TeamCommand) -> Iterator[Problem]:
    try:
        split_command(wanted.line, key=f"'{wanted.key}' in {wanted.origin}")
    except HotfixError as error:
        for each in error.problems:  # what needs a shell has the same command through one as its remedy
            kept = command("git", "config", all_keys()[wanted.key].git_name, each.remedy.line())
            yield replace(each, remedy=kept if each.code == "needs-shell" else edit_remedy(wanted.origin))
