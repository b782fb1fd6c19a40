"""The announcement of ``git hotfix status --format markdown``: the few lines that go into the incident channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.engine.step import State
from git_hotfix.errors import command, wrong_input
from git_hotfix.facts.pull_requests import forge
from git_hotfix.facts.written_record import resolution_of
from git_hotfix.git import provenance
from git_hotfix.limits import read_file
from git_hotfix.record.incident import Status
from git_hotfix.record.markdown import code_link, in_code, inline
from git_hotfix.record.resolution import mitigated_at
from git_hotfix.record.words import words_of
from git_hotfix.steps.progress import current_row, next_command, rows_of
from git_hotfix.templates import TemplateBroken, render_bundled, render_own

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.errors import Remedy
    from git_hotfix.facts.facts import Facts

BUNDLED = "{language}/announcement.md.j2"


def announcement(facts: Facts, own_template: Path | None) -> list[str]:
    """Return the lines of the announcement, by the bundled template of the configured language or by one's own.

    One's own runs in the sandbox of report templates; broken, missing or no UTF-8 it is wrong input, because
    someone asked for it.
    """
    words = words_of(facts.config)
    values = announced(facts)
    if own_template is None:
        text = render_bundled(BUNDLED.format(language=words.language), values, words.answers)
        return text.rstrip("\n").split("\n")
    name = str(own_template)
    try:
        source = read_file(own_template).decode("utf-8-sig")
        text = render_own(source, name, values, words.answers)
    except TemplateBroken as broken:
        message = f"The template {broken}."
        remedy = command("git", "hotfix", "status", facts.hotfix, "--format", "markdown")
        raise wrong_input("template-broken", message, remedy) from broken
    except UnicodeDecodeError as error:
        message = f"The template '{name}' is not UTF-8."
        raise wrong_input("template-broken", message, command("file", name)) from error
    except OSError as error:
        message = f"The template '{name}' cannot be read: {error.strerror}."
        raise wrong_input("template-unreadable", message, command("ls", "-l", name)) from error
    return text.rstrip("\r\n").replace("\r\n", "\n").split("\n")


def announced(facts: Facts) -> dict[str, object]:
    """Return the values of a template (git-hotfix(1), status): texts are escaped for Markdown, None is unknown."""
    report = facts.documented or facts.report
    steps = rows_of(facts)
    current = current_row(steps)
    known = resolution_of(facts) if facts.publications else None
    status = report.status if report is not None and facts.is_ended else Status.OPEN
    if known is not None and facts.is_published:
        status = known.status or (report.status if report is not None else Status.OPEN)
    texts = {
        "title": facts.title,
        "what": report.what if report else facts.title,
        "who": _who(facts),
        "evidence": current.evidence if current else None,
        "because": facts.rolled_back_because,
        **{key: getattr(report, key, None) for key in ("impact", "reporter", "root_cause", "issue", "cve")},
    }
    at, issue = None if facts.is_restricted else forge(facts), texts["issue"]
    page, tags = at.issue(issue) if at and issue else None, [each.tag for each in facts.publications if each.tag]
    choices = ("severity", "kind", "data_at_risk")
    times = ("started_at", "detected_at", "declared_at")
    return {
        **{name: None if text is None else inline(text) for name, text in texts.items()},
        **{key: None if (word := getattr(report, key, None)) is None else str(word) for key in choices},
        **{key: getattr(report, key, None) for key in (*times, "affected_users")},
        "mitigated_at": mitigated_at(report, known) if known else report and report.mitigated_at,
        "published_at": known.published_at if known else None,
        "resolved_at": known.resolved_at if known and known.status else report and report.resolved_at,
        "id": str(facts.hotfix),
        "status": str(status),
        "step": current.step.partition(" ")[0] if current else "",
        "state": str(current.state) if current else str(State.DONE),
        "steps": [{"step": each.step, "state": str(each.state), "evidence": inline(each.evidence)} for each in steps],
        "next": _in_code(facts, remedy) if (remedy := next_command(facts, steps)) else None,
        "missing": [in_code(each.branch) for each in facts.pending] if facts.is_published else [],
        "branch": in_code(facts.branch),
        "base": in_code(facts.base),
        "tag": in_code(tag) if (tag := facts.last_publication and facts.last_publication.tag) else None,
        "rounds": sum(each.rollback is None for each in facts.publications),
        "tags": [in_code(each) for each in tags],
        "tag_links": [code_link(each, at.address("tag", each) if at else None) for each in tags],
        "issue_link": issue and (f"[{issue.strip()}]({page})" if page else inline(issue)),
        "rollback_tag": in_code(back)
        if (back := facts.last_publication and facts.last_publication.rollback_tag)
        else None,
        "deployment": facts.deployed.state if facts.is_published else None,
        "report": in_code(facts.documented_path) if report else None,
        "report_url": _report_url(facts) if report else None,
    }


def _report_url(facts: Facts) -> str | None:
    """Return the address of the report, where the remote's host is known and has it."""
    at, branch = forge(facts), facts.record_branch if facts.recorded is not None else facts.branch
    is_there = facts.recorded is not None or facts.server_tip is not None
    return at.address("file", facts.documented_path, branch) if at and is_there and not facts.is_restricted else None


def _in_code(facts: Facts, remedy: Remedy) -> str:
    """Return a command for a place between single backticks; one that Markdown would change is not to be pasted."""
    line = remedy.line()
    return line if in_code(line) == line else in_code(command("git", "hotfix", "status", facts.hotfix).line())


def _who(facts: Facts) -> str | None:
    """Return who committed last on the branch: who is at it, as far as git knows."""
    if facts.tip is not None and facts.has(facts.tip):
        return provenance.author_name(facts.repository, facts.tip)
    return facts.documented.reporter if facts.documented else None
