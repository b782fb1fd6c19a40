"""From a command line to a run: the repository opened, the settings read, the world looked at; and what it came to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.cli.options import options_of
from git_hotfix.cli.output import Result, listener, show_git
from git_hotfix.engine.events import Noted, Waiting
from git_hotfix.engine.run import Run
from git_hotfix.errors import HotfixError, Unclear
from git_hotfix.git.conflict_state import conflict_places
from git_hotfix.git.program import Git, GitFailed, here
from git_hotfix.git.remote import begin_to_ask
from git_hotfix.git.remote_names import certain_remote
from git_hotfix.git.repository import Habits, check_git_version, open_repository
from git_hotfix.git.settings import keep_setting, read_git_config
from git_hotfix.git.worktrees import worktrees
from git_hotfix.git.world import find_production
from git_hotfix.hotfix import parse_id
from git_hotfix.steps.progress import next_command, rows_of
from git_hotfix.steps.request import Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import IO

    import click

    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import HotfixId

R = TypeVar("R", bound=Request)


def open_run(
    context: click.Context,
    *,
    offline: bool = False,
    without_settings: bool = False,
    begins: bool = False,
    folder: Path | None = None,
) -> Run:
    """Open the repository the user stands in, or another one, and read its settings; the world is not looked at yet.

    Broken settings are refused, unless the command may do without (``without_settings``); a key that nobody knows is
    ignored with a warning, unless the command ``begins`` a hotfix.
    """
    options = options_of(context)
    tell = listener(options)
    shows = (lambda text: tell(Waiting(text))) if options.shows_waiting else None
    place = here() if folder is None else here().elsewhere(folder.absolute())
    git = replace(place, tells=lambda text: tell(Noted(text)), shows=shows)
    if options.verbose:
        git = _watched(context, git)
    check_git_version(git)
    repository = open_repository(git)
    waits_here = conflict_places(repository.common_dir).get(str(repository.top))
    if waits_here is not None:
        # the user stands in a conflict's worktree, which --continue removes: act from the main one
        repository = open_repository(git.elsewhere(worktrees(repository)[0].path))
    meant = parse_id(waits_here) if waits_here is not None else None
    run = Run(repository, read_git_config(repository.git), tell=tell, offline=offline, meant=meant)
    options.ui = {"always": "always", "never": "never", "false": "never"}.get(
        run.git_config.last("color.ui") or "", "auto"
    )
    options.personal, options.run = run.settings.personal_commands, run
    run.goes_on_without_settings = without_settings
    if not without_settings:
        if wrong := run.settings.wrong if begins else run.settings.problems:
            raise HotfixError(*wrong)
        run.go_on_without(run.settings.unknown)
    return run


def _watched(context: click.Context, git: Git) -> Git:
    """Return git that shows each command before it runs, and the hooks that the ones before have run.

    git itself writes them into a file (``GIT_TRACE2_EVENT``); those that a server runs here are not ours.
    """
    import tempfile  # noqa: PLC0415  # 3 ms

    trace = tempfile.NamedTemporaryFile(prefix="git-hotfix-", suffix=".trace")  # noqa: SIM115  # the context closes it
    options = options_of(context)

    def show(arguments: Sequence[str] = ()) -> None:
        show_git(options, _hooks_in(trace), arguments)

    context.call_on_close(trace.close)
    context.call_on_close(show)
    environment = {**git.environment, "GIT_TRACE2_EVENT": trace.name}
    environment.pop("GIT_TRACE2_PARENT_SID", None)
    return replace(git, watches=show, environment=environment)


def _hooks_in(trace: IO[bytes]) -> Iterator[str]:
    for line in trace:
        event = json.loads(line) if b'"hook_name"' in line else {}
        if "hook_name" in event and "/" not in event["sid"]:
            yield event["hook_name"]


def looking(context: click.Context, run: Run, *, must_answer: bool, fetches: bool = True) -> Run:
    """Look at the world; where remote or production are not clear, ask which it is once and keep the answer."""
    _ask_ahead(run)
    try:
        _ = run.repository.handle  # libgit2 is loaded: a format that it cannot read is refused before anything else
        return _looking(context, run, must_answer=must_answer, fetches=fetches)
    finally:
        run.repository.git.end_begun("ls-remote")


def _ask_ahead(run: Run) -> None:
    """Begin to ask the server, where it is certain that it will be asked, and which one: it answers meanwhile."""
    remote = certain_remote(run.repository.git, run.config.remote.name) if not run.offline else None
    if remote is not None:
        begin_to_ask(run.repository.git, remote)


def _looking(context: click.Context, run: Run, *, must_answer: bool, fetches: bool) -> Run:
    while True:
        try:
            try:
                run.look_at_server(must_answer=must_answer, fetches=fetches)
            except GitFailed:  # a worktree that is half built stops every 'git worktree list'
                from git_hotfix.cli.execution import clear_leftovers_of_killed_run  # noqa: PLC0415  # not for 'status'

                clear_leftovers_of_killed_run(run, context.info_name or "")
                run.look_at_server(must_answer=must_answer, fetches=fetches)
            find_production(run.world, run.config)
        except Unclear as unclear:
            if not _can_ask(context):
                raise
            from git_hotfix.cli.questions import choose  # noqa: PLC0415  # seldom

            keep_setting(run.repository.git, unclear.setting, choose(unclear.question, unclear.candidates))
            run.reload_settings()
        else:
            return run


def looking_for(context: click.Context, name: str | None, *, or_newest: bool = False) -> tuple[Run, HotfixId]:
    """Find the hotfix whose report is to be changed; the server is asked only for one that has no branch.

    Of those a closed one's report is changed on the server; of all others it is written here, and published later.
    """
    run = looking(context, open_run(context, offline=True), must_answer=False)
    found = run.find(name, or_newest=or_newest)
    known = run.known_of(found)
    if not known.is_open and not known.tags:
        run = looking(context, open_run(context), must_answer=True)
    return run, found


def request_of(context: click.Context, run: Run, kind: type[R], **more: Any) -> R:
    """Return what is asked for: the options that were given by the name of their field, and ``more``.

    Terminal, environment and git's configuration decide the rest.
    """
    given = context.params
    fields = {name: given[name] for name in kind.__struct_fields__ if given.get(name) is not None}
    usual, signs = run.repository.habits, bool(given.get("sign"))
    hooks = given.get("hooks", True)
    run.repository.habits = Habits(usual.signs_commits or signs, usual.signs_tags or signs, runs_hooks=hooks)
    fields["interactive"] = _can_ask(context)
    fields["is_brief"] = options_of(context).is_brief
    fields["trusts_once"] = run.repository.git.environment.get("HOTFIX_TRUST_CONFIG") == "1"
    return kind(**fields | more)


def _can_ask(context: click.Context) -> bool:
    """Return whether a person is asked: never for a plan, which says what would be asked."""
    return options_of(context).interactive and not context.params.get("dry_run")


def show(name: str, facts: Facts) -> Result:
    """Return facts as a result: every step with its state and evidence, and the next command."""
    rows = rows_of(facts)
    next_one = next_command(facts, rows)
    report = facts.documented or facts.report
    known = (report.severity, f"declared {clock.rfc3339(report.declared_at)}", report.reporter) if report else ()
    result = Result(name, str(facts.hotfix), steps=rows, targets=facts.targets, next=next_one, title=facts.title)
    result.about = ", ".join(map(str, filter(None, known)))
    if name in {"finish", "rollback"} and (facts.is_published or facts.is_rolled_back):
        done, begun = ("IS ROLLED BACK", "ROLLED BACK") if facts.is_rolled_back else ("HAS THE FIX", "PUBLISHED")
        done += f", AS ADAPTED IN {alike.merge[:7]}: LOOK AT IT" if (alike := facts.only_alike) is not None else ""
        is_unknown = facts.deployed.state in {"begun", "claimed"}
        so_far = f"{begun}. WHETHER IT IS DEPLOYED IS NOT KNOWN." if is_unknown else f"{begun}, NOT DEPLOYED YET."
        result.headline = f"PRODUCTION {done}." if (is_done := facts.deployed.is_done) else so_far
        result.is_reached = is_done
    return result
