"""How a hotfix ended, written into its report: nothing is said that is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.incident.blocks import read_block, replace_block
from git_hotfix.incident.frontmatter import set_values
from git_hotfix.incident.markdown import code, inline
from git_hotfix.incident.report import read_report
from git_hotfix.incident.timeline import add_rows
from git_hotfix.templates import readable_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from git_hotfix.incident.record import Carried, Report, Resolution

SHORT_OID = 12
_DEPLOYED = "- Deployed: "
_PUBLISHED = "- Published: "


def resolve_report(content: bytes, name: str, resolution: Resolution) -> bytes:
    """Write how a hotfix ended into its front matter, Timeline, Resolution and Verification.

    What ``resolution`` does not know stays as the report has it: another machine that does not know of the
    deployment must not erase it. What people wrote elsewhere stays byte for byte. Twice is the same as once.
    """
    content = set_values(content, _changes(read_report(content, name), resolution), name)
    after = read_report(content, name)
    deployed = _said_before(content, _DEPLOYED) if resolution.deployed is None else inline(resolution.deployed)
    published = _published(resolution, _said_before(content, _PUBLISHED))
    content = add_rows(content, resolution.timeline)
    content = replace_block(content, "resolution", _resolution(resolution, published, after.tag, deployed))
    return replace_block(content, "verification", _verification(after))


def _changes(before: Report, resolution: Resolution) -> Mapping[str, object]:
    is_checked = bool(resolution.checks_run) or resolution.checks_skipped is not None
    checks = resolution if is_checked else before
    resolved_at = resolution.resolved_at or before.resolved_at
    wanted = {
        "status": resolution.status,
        "mitigated_at": resolution.mitigated_at or before.mitigated_at or resolved_at,
        "resolved_at": resolved_at,
        "tag": resolution.tag or before.tag,
        "fix_commits": tuple(commit.oid for commit in resolution.fix_commits) or before.fix_commits,
        "checks_run": checks.checks_run,
        "checks_skipped": checks.checks_skipped,
        "verified_by": resolution.verified_by or before.verified_by,
    }
    return {key: value for key, value in wanted.items() if value != getattr(before, key)}


def _said_before(content: bytes, beginning: str) -> str | None:
    """Give what a line of the Resolution already says, as Markdown; None when there is no such line."""
    inside = (read_block(content, "resolution") or b"").decode("utf-8", "surrogateescape")
    said = [line.strip("\r") for line in inside.split("\n") if line.startswith(beginning)]
    return said[0].removeprefix(beginning) if said else None


def _published(resolution: Resolution, before: str | None) -> str:
    """Say when and as what it was published; a time that is not known here stays as the report has it."""
    if resolution.production_merge is None:
        return "nothing"
    where = f", {code(resolution.base)} at {code(resolution.production_merge)}"
    if resolution.published_at is not None:
        return readable_time(resolution.published_at) + where
    return before if before is not None and before.endswith(where) else "unknown when" + where


def _resolution(resolution: Resolution, published: str, tag: str | None, deployed: str | None) -> str:
    lines = [f"- Status: {resolution.status}"]
    if resolution.reason is not None:
        lines.append(f"- Reason: {inline(resolution.reason)}")
    lines.append(_PUBLISHED + published)
    if resolution.production_merge is not None:
        lines.append("- Tag: " + ("none" if tag is None else code(tag)))
        lines.append(_DEPLOYED + (deployed or "unknown"))
    lines += _listed(
        "Fix",
        [
            f"{code(commit.oid[:SHORT_OID])} {inline(commit.subject)} ({readable_time(commit.when)})"
            for commit in resolution.fix_commits
        ],
    )
    lines += _listed("Carried to", [_carried(target) for target in resolution.targets])
    return "\n".join(lines)


def _carried(target: Carried) -> str:
    how = f", by {target.method}" if target.method else ""
    where = f", {code(target.commit[:SHORT_OID])}" if target.commit else ""
    return f"{code(target.branch)}: {inline(target.state)}{how}{where}"


def _verification(report: Report) -> str:
    lines = _listed("Critical tests run", [inline(check) for check in report.checks_run])
    if report.checks_skipped is not None:
        lines.append(f"- Critical tests skipped: {inline(report.checks_skipped)}")
    if not lines:
        lines.append("- Critical tests: unknown")
    who = "unknown" if report.verified_by is None else inline(report.verified_by)
    return "\n".join([*lines, f"- Verified by hand: {who}"])


def _listed(title: str, items: Sequence[str]) -> list[str]:
    return [f"- {title}:", *(f"  - {item}" for item in items)] if items else []
