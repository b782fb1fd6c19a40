"""Every command by name: where its module is, and what the list of commands says of it; nothing is loaded for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Entry(NamedTuple):
    """Where a command is (module and function), and what the list of commands says of it."""

    place: str
    summary: str
    """At most 27 letters, so that two commands stand side by side in 80 columns."""


COMMANDS = {
    "start": Entry("start:start", "begin: branch and report"),
    "status": Entry("status:status", "every step, and the next"),
    "list": Entry("status:list_hotfixes", "open and past hotfixes"),
    "test": Entry("test:test", "run the critical tests"),
    "finish": Entry("finish:finish", "publish, deploy, backport"),
    "deploy": Entry("deploy:deploy", "deploy again, or record it"),
    "backport": Entry("backport:backport", "bring the fix to branches"),
    "document": Entry("document:document", "complete the record"),
    "note": Entry("note:note", "add a row to the timeline"),
    "followup": Entry("followup:followup", "register or list later work"),
    "postmortem": Entry("postmortem:postmortem", "causes, and prevention"),
    "rollback": Entry("rollback:rollback", "revert it in production"),
    "close": Entry("close:close", "end it without code"),
    "cleanup": Entry("cleanup:cleanup", "delete a finished branch"),
    "verify": Entry("verify:verify", "is every fix everywhere?"),
    "report": Entry("report:report", "a page of all incidents"),
    "init": Entry("init:init", "write settings, or a CI job"),
    "config": Entry("config:config", "settings and their origin"),
    "doctor": Entry("doctor:doctor", "is all here for a hotfix?"),
    "drill": Entry("drill:drill", "rehearse on a copy"),
    "completion": Entry("help:completion", "complete words in a shell"),
    "help": Entry("help:help_", "show the manual"),
    "schema": Entry("json_object:schema", "the JSON schema of --json"),
    "demo": Entry("demo:demo", "play one in a sandbox"),
}
"""Every command, in the order of a hotfix's life."""

PARTS = {
    "Fix": ("start", "status", "test", "finish", "backport", "cleanup"),
    "When it goes wrong": ("rollback", "deploy", "close"),
    "The record": ("list", "verify", "note", "document", "followup", "postmortem", "report"),
}
"""The groups that ``-h`` shows; every other command is for setting up."""

READING = frozenset({"status", "list", "verify", "report", "config", "doctor", "completion", "help", "schema"})
"""The commands of which nothing is wanted but what they print."""


def screen(environment: Mapping[str, str]) -> str:
    """Return what ``-h`` says before the commands; where man finds no page of the manual, what to do about it."""
    manual = "man git-hotfix" if is_page_in_path(environment) else "git hotfix help"
    lines = (
        "Options: --json  -q (quiet)  -v (shows git)  --color WHEN  --version  -h",
        "Without a command: the status. 'git hotfix COMMAND -h' lists options,",
        f"'{manual}' is the manual, 'git hotfix demo' shows a whole hotfix.",
        "No page is where man looks: 'git hotfix help --link' lets --help find it.",
    )
    return "\n".join(lines[: 3 + (manual != "man git-hotfix")])


def is_page_in_path(environment: Mapping[str, str]) -> bool:
    """Return whether a page is where man looks: in MANPATH, or beside a folder of PATH (manpath(5))."""
    path, own = (environment.get(name, "").split(os.pathsep) for name in ("PATH", "MANPATH"))
    folders = [*(Path(each, os.pardir, "share/man") for each in path if each), *(Path(each) for each in own if each)]
    return any((each / "man1/git-hotfix.1").exists() for each in folders)
