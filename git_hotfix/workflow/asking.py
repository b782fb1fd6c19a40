"""What a person is asked before publication, and how the same is told where nobody can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.errors import ExitCode, Problem
from git_hotfix.git import history
from git_hotfix.hotfix import shell_word
from git_hotfix.workflow.decision import Question
from git_hotfix.workflow.followups import later_question

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.workflow.request import FinishRequest


def unanswerable(missing: Question, facts: Facts) -> Problem:
    """Turn a question into the problem it is where nobody can be asked: exit 2 with the options that answer it."""
    finish = f"git hotfix finish {facts.hotfix}"
    match missing.field:
        case "test_command":
            keep = f"git config hotfix.test.command {shell_word(missing.default or 'COMMAND')}"
            return Problem(
                "tests-undecided",
                "No command for the critical tests is configured (--skip-tests REASON publishes without).",
                keep,
                ExitCode.USAGE,
            )
        case "test_paths":
            return Problem(
                "tests-undecided",
                f"{missing.text.partition('?')[0]} is not known: nothing in test.map and no folder of tests matches.",
                "git config --add hotfix.test.map 'src/**=tests'",
                ExitCode.USAGE,
            )
        case _:
            return Problem("decision-missing", missing.text, f"{finish} {missing.typed}", ExitCode.USAGE)


def deploy_question(facts: Facts, request: FinishRequest) -> Question | None:
    """Ask whether the configured deployment runs, where nobody has said so and it has not begun."""
    deploy = facts.config.deploy
    if deploy.effective_trigger != "command" or not request.push or request.deploy is not None or request.yes:
        return None
    if facts.is_published and facts.deployment is not None:
        return None
    if facts.is_published and facts.documented and facts.documented.resolved_at:
        return None
    return Question(
        "deploy",
        "--deploy (or --no-deploy)",
        f"Deploy with '{deploy.command}' once it is published?",
        kind="confirm",
        default="yes",
    )


def lines_question(facts: Facts, request: FinishRequest) -> Question | None:
    """Ask which of many release lines get fixes, where nobody has chosen."""
    lines = facts.unchosen_lines
    if not lines or request.lines is not None or request.to:
        return None
    return Question(
        "lines",
        "--to BRANCH",
        f"Which of these {len(lines)} release lines get fixes? {' '.join(lines)} (names, or all, or none)",
        required=False,
        default="all",
    )


def optional_questions(facts: Facts, request: FinishRequest) -> list[Question]:
    """Return what is asked only on a terminal: who looked at the fix, which lines get it, and the last word."""
    if not request.interactive:
        return []
    asked: list[Question] = []
    if request.backport and (lines := lines_question(facts, request)):
        asked.append(lines)
    if request.yes or request.confirmed is not None:
        return asked
    if request.verified_by is None:
        text = "Who has verified the fix by hand? (empty: nobody yet)"
        asked.append(Question("verified_by", "--verified-by NAME", text, required=False, default=""))
    if request.has_later is None and not request.is_brief and facts.report is not None:
        asked.append(later_question())
    where = f"'{facts.world.shown(facts.base)}'"
    when = "" if request.skip_tests is not None or facts.passed_tests else " when the tests have passed"
    text = f"Publish to {where}{when}?" if request.push else f"Merge into '{facts.base}' here{when}?"
    asked.append(Question("confirmed", "--yes", text, kind="confirm", required=False, default="yes"))
    return asked


def screen(facts: Facts, request: FinishRequest) -> tuple[str, ...]:
    """Return the one screen that is shown before publication: commits, files, refs, tag, targets, deployment."""
    fix = facts.fix
    assert fix is not None  # noqa: S101  # asked before publication only
    lines = [f"{facts.hotfix}: {facts.title}", "", "Commits:"]
    lines += [f"  {oid[:10]} {history.subject(facts.repository, oid)}" for oid in fix.commits]
    lines.append(f"Files (+{fix.added_lines} -{fix.deleted_lines}):")
    lines += [f"  {path}" for path in fix.paths[:12]]
    if len(fix.paths) > 12:
        lines.append(f"  and {len(fix.paths) - 12} more")
    tag = request.tag or facts.config.tag.format if request.wants_tag else "none"
    lines.append(f"Publish: {facts.world.shown(facts.base)}, tag {tag}")
    for target in facts.targets:
        how = f"by {target.method}" if target.method else target.evidence
        lines.append(f"Then:    {facts.world.shown(target.branch)} {how}")
    deploy = facts.config.deploy
    told = {"command": f"'{deploy.command}'", "push": "by the push", "manual": "by hand"}
    lines.append(f"Deploy:  {told[deploy.effective_trigger]}")
    return tuple(lines)
