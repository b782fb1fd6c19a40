"""Every command by name: where its module is, and what the list of commands says of it; nothing is loaded for it."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """Where a command is (module and function), and what the list of commands says of it."""

    place: str
    summary: str


COMMANDS = {
    "start": Entry("start:start", "begin a hotfix: its branch from production, its report"),
    "status": Entry("status:status", "show every step with its evidence, and the next command"),
    "list": Entry("status:list_hotfixes", "list open and past hotfixes"),
    "test": Entry("test:test", "run the critical tests of the fix"),
    "finish": Entry("finish:finish", "publish: tests, merge, tag, push, deploy, backports, record"),
    "deploy": Entry("deploy:deploy", "deploy again, or record a deployment made by hand"),
    "backport": Entry("backport:backport", "backport a published fix to the branches that lack it"),
    "document": Entry("document:document", "write what is missing of the record"),
    "note": Entry("note:note", "add a row to the report's timeline"),
    "followup": Entry("followup:followup", "register or list later work"),
    "postmortem": Entry("postmortem:postmortem", "look back: causes, and how to prevent them"),
    "rollback": Entry("rollback:rollback", "revert a published fix in production"),
    "close": Entry("close:close", "end a hotfix that ships no code"),
    "cleanup": Entry("cleanup:cleanup", "delete the branch once the fix is proven everywhere"),
    "verify": Entry("verify:verify", "show whether every fix is everywhere it has to be"),
    "report": Entry("report:report", "make a page of all incidents: gaps, times, what breaks again"),
    "init": Entry("init:init", "write a commented .hotfix.toml, the job of a CI, the workflow for agents"),
    "config": Entry("config:config", "print every effective value and where it comes from"),
    "doctor": Entry("doctor:doctor", "look whether everything is here that a hotfix will need"),
    "drill": Entry("drill:drill", "rehearse a hotfix on a throwaway clone of this repository"),
    "completion": Entry("help:completion", "print what completes commands, options and hotfixes in a shell"),
    "help": Entry("help:help_", "show the manual of a command"),
    "schema": Entry("json_object:schema", "print the JSON schema of what --json prints"),
    "demo": Entry("demo:demo", "play a whole hotfix in a throwaway repository"),
}
"""Every command, in the order of a hotfix's life."""

READING = frozenset({"status", "list", "verify", "report", "config", "doctor", "completion", "help", "schema"})
"""The commands of which nothing is wanted but what they print."""
