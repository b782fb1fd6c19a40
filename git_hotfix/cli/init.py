"""``git hotfix init``: the team's configuration with what was detected, the job of a CI, the workflow for agents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from git_hotfix.atomic_write import write_atomically
from git_hotfix.cli import agent_workflow, ci_job
from git_hotfix.cli.config import detected
from git_hotfix.cli.json_object import FileRow
from git_hotfix.cli.options import Command, misused, options_of
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.questions import choose
from git_hotfix.cli.session import looking, open_run
from git_hotfix.config.layers import TeamCommand
from git_hotfix.config.toml import render_toml
from git_hotfix.engine.consent import lines
from git_hotfix.engine.step import Question, Undecided
from git_hotfix.errors import ExitCode, Problem, Remedy, command, refused
from git_hotfix.git.config_file import OWN_NAME, read_in_tree
from git_hotfix.git.consent import keep_consents
from git_hotfix.record.blocks import insert_section, read_block
from git_hotfix.record.markdown_reader import document_of

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.engine.run import Run

_SECTION = "agent"
"""The name of the sentinels of the section of AGENTS.md."""
_WHICH = "Which coding agent is the workflow for?"


class Part(Struct, frozen=True):
    """What belongs into a file, and the whole file with it; None where that is there and nobody may replace it."""

    path: str
    text: str
    content: bytes | None
    is_there: bool = False
    """Whether the file has it already."""


@click.command(cls=Command)
@click.option("--force", is_flag=True, help="Replace a .hotfix.toml that exists.")
@click.option(
    "--ci", type=click.Choice([*ci_job.PATHS]), help="Write a CI job that verifies every hotfix, not the settings."
)
@click.option(
    "--agent",
    type=click.Choice([agent_workflow.DETECT, *agent_workflow.PATHS]),
    is_flag=False,
    flag_value=agent_workflow.DETECT,
    help="Write the workflow for coding agents where they look for it (detect), not the settings.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be written; write nothing.")
@click.pass_context
def init(context: click.Context, *, force: bool, ci: str | None, agent: str | None, dry_run: bool) -> int:
    """Write a commented .hotfix.toml with what was detected here; or a CI job (--ci), a workflow (--agent)."""
    if force and (ci or agent):
        raise misused("--force replaces '.hotfix.toml' alone: nothing replaces other files.", "init", "-h")
    run = looking(context, open_run(context), must_answer=False)
    top = run.repository.top
    if top is None:
        raise refused(
            "no-working-tree", "This repository is bare: there is no place for the file.", command("cd", "TREE")
        )
    found: dict[str, object] = {}
    parts = [_whole(top, ci_job.PATHS[ci], ci_job.ci_job(run, ci))] if ci else []
    for key in ci_job.only_here(run) if ci else ():
        run.note(f"The job uses {key} of this clone's git configuration; a CI reads it from '{OWN_NAME}' only.")
    if agent:
        kinds = _chosen(context, top, agent, ci)
        parts += [_of_agent(top, kind, run.config.incident.language) for kind in kinds]
    if not parts:
        found = _detected(run, top)
        parts = [_whole(top, OWN_NAME, render_toml(found), replaces=force)]
    return _put(context, run, top, parts, found, dry_run=dry_run)


def _put(
    context: click.Context, run: Run, top: Path, parts: list[Part], found: dict[str, object], *, dry_run: bool
) -> int:
    """Write all parts, or none: what can be added by hand only is printed, and so is a plan."""
    held = [each for each in parts if each.content is None and not each.is_there]
    new = [each for each in parts if each.content is not None]
    result = Result("init", outcome="planned" if dry_run else "done", problems=list(map(_in_the_way, held)))
    state: Any = "planned" if dry_run else "not-written" if held else "written"
    result.more["files"] = tuple(
        FileRow(each.path, each.text, "there" if each.is_there else "to-add" if each in held else state)
        for each in parts
    )
    if held or dry_run:
        result.text = [line for each in held or new for line in each.text.rstrip("\n").split("\n")]
        result.exit_code = ExitCode.REFUSED if held and not dry_run else ExitCode.DONE
        return emit(options_of(context), result)
    for each in new:
        write_atomically(top / each.path, each.content or b"")
    commands = [
        TeamCommand(key, str(found[key]), OWN_NAME) for key in ("test.command", "deploy.command") if key in found
    ]
    keep_consents(run.repository.git, [each.fingerprint for each in commands])
    result.text = [f"'{each.path}' has it already." if each.is_there else f"Wrote '{each.path}'." for each in parts]
    result.text += lines(commands, ())
    if new:
        result.next = Remedy(("git", "add", *(each.path for each in new)), then=("git", "commit"))
    return emit(options_of(context), result)


def _detected(run: Run, top: Path) -> dict[str, object]:
    found, makefile = detected(run), top / "Makefile"
    if makefile.is_file() and re.search(r"(?m)^deploy-prod\s*:", makefile.read_text("utf-8", "replace")):
        found["deploy.command"] = "make deploy-prod"
    return found


def _whole(top: Path, path: str, text: str, *, replaces: bool = False) -> Part:
    """Return a file of its own, where there is none."""
    before = read_in_tree(top, path)
    is_there = before is not None and text.encode() in before and path != OWN_NAME
    return Part(path, text, text.encode() if before is None or replaces else None, is_there=is_there)


def _of_agent(top: Path, kind: str, language: str) -> Part:
    """Return the workflow of one kind; in AGENTS.md, which has other things too, it is a section at the end."""
    path, text = agent_workflow.PATHS[kind], agent_workflow.agent_workflow(kind, language)
    if kind != "agents-md":
        return _whole(top, path, text)
    before = read_in_tree(top, path) or b""
    said, block = read_block(before, _SECTION), f"<!-- git-hotfix:{_SECTION} -->\n{text}<!-- /git-hotfix:{_SECTION} -->"
    if said is not None:
        return Part(path, f"{block}\n", None, is_there=said.strip() == text.strip())
    if not before:
        return Part(path, f"{block}\n", f"{block}\n".encode())
    document = document_of(before)
    return Part(path, f"{block}\n", insert_section(document, len(document.lines), block.split("\n")))


def _chosen(context: click.Context, top: Path, agent: str, ci: str | None) -> tuple[str, ...]:
    """Return the kinds that are wanted: those that were detected; where none was, a person is asked."""
    kinds = agent_workflow.kinds_in(top) if agent == agent_workflow.DETECT else (agent,)
    choices = tuple(agent_workflow.PATHS)
    if not kinds and options_of(context).interactive:
        return (choose(_WHICH, choices, "agents-md"),)
    if not kinds:
        listed = ", ".join(f"'{path}'" for path in agent_workflow.PATHS.values())
        message = f"Nothing here shows where coding agents look for a workflow: it could be {listed}."
        remedy = command("git", "hotfix", "init", *(("--ci", ci) if ci else ()), "--agent", "agents-md")
        question = Question("agent", "--agent KIND", _WHICH, "choice", choices)
        raise Undecided((Problem("decision-missing", message, remedy, ExitCode.USAGE),), (question,))
    return kinds


def _in_the_way(part: Part) -> Problem:
    """Return that a file is there, and what can be done about it."""
    if part.path == OWN_NAME:
        message = f"'{part.path}' exists already; --force replaces it."
        return Problem("file-exists", message, command("git", "hotfix", "config"))
    has = "has a section of git-hotfix already, with another text" if part.text.startswith("<!--") else "exists already"
    message = f"'{part.path}' {has}, and nothing was written: what belongs there is on standard output, to add by hand."
    return Problem("file-exists", message, Remedy((part.path,), in_editor=True))
