"""How a hotfix ended, written into its report: nothing is written that is not known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from git_hotfix.clock import duration, from_rfc3339
from git_hotfix.record.blocks import read_block, replace_block
from git_hotfix.record.frontmatter import set_values
from git_hotfix.record.markdown import code, code_link, inline, unlinked
from git_hotfix.record.report import read_report
from git_hotfix.record.timeline import add_rows, first_time
from git_hotfix.record.words import Words, every_language
from git_hotfix.templates import readable_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from git_hotfix.git.forges import Part
    from git_hotfix.hotfix import Oid
    from git_hotfix.record.incident import Carried, Report, Resolution

SHORT_OID = 12

PASSED = r"passed \((.+), (\d+) s, (\S+)\)"
"""What a merge's trailer ``Tests`` and ``checks_run`` say of critical tests: command, seconds, RFC 3339 time."""


def resolve_report(content: bytes, name: str, resolution: Resolution, words: Words) -> bytes:
    """Write how a hotfix ended into its front matter, Timeline, Resolution and Verification.

    What ``resolution`` does not know stays as the report has it, in whatever language; where it has no status, when it
    was resolved stays too. What people wrote elsewhere stays byte for byte. Twice is the same as once.
    """
    content = set_values(content, _changes(read_report(content, name), resolution), name)
    after = read_report(content, name)
    deployed = inline(resolution.deployed) if resolution.deployed is not None else None
    before, merge = _said_before(content, lambda each: each.label_published), resolution.production_merge
    before = unlinked(before) if before is not None else None
    if deployed is None and before is not None and merge is not None and before.endswith(code(merge)):
        deployed = _said_before(content, lambda each: each.label_deployed)
    published = _published(resolution, before, words)
    content = add_rows(content, resolution.timeline, words)
    block = _resolution(resolution, published, after, deployed, words)
    if unlinked(read_block(content, "resolution") or "").strip("\n") != unlinked(block):
        content = replace_block(content, "resolution", block, words)
    return replace_block(content, "verification", _verification(after, words), words)


def _changes(before: Report, resolution: Resolution) -> Mapping[str, object]:
    is_checked = bool(resolution.checks_run) or resolution.checks_skipped is not None
    checks = resolution if is_checked else before
    wanted = {
        "status": resolution.status or before.status,
        "mitigated_at": mitigated_at(before, resolution),
        "resolved_at": resolution.resolved_at if resolution.status is not None else before.resolved_at,
        "tag": resolution.tag or before.tag,
        "fix_commits": tuple(commit.oid for commit in resolution.fix_commits) or before.fix_commits,
        "checks_run": checks.checks_run,
        "checks_skipped": checks.checks_skipped,
        "verified_by": resolution.verified_by or before.verified_by,
    }
    return {key: value for key, value in wanted.items() if value != getattr(before, key)}


def mitigated_at(before: Report | None, resolution: Resolution) -> datetime | None:
    """Return when users were helped: what a person told, now or in the report before, else when it was resolved."""
    told = before.mitigated_at if before is not None else None
    if before is not None and told == before.resolved_at and resolution.status is not None:
        told = None
    return resolution.mitigated_at or told or resolution.resolved_at


def _said_before(content: bytes, label: Callable[[Words], str]) -> str | None:
    """Return what a line of the Resolution already says, as Markdown, whatever the language of its label."""
    beginnings = tuple(f"- {label(each)}: " for each in every_language())
    for line in (read_block(content, "resolution") or "").split("\n"):
        for beginning in beginnings:
            if line.startswith(beginning):
                return line.removeprefix(beginning)
    return None


def _published(resolution: Resolution, before: str | None, words: Words) -> str:
    """Return when and as what it was published; a time that is not known here stays as the report has it."""
    if resolution.production_merge is None:
        return words.nothing_published
    merge = code(resolution.production_merge)
    link = code_link(resolution.production_merge, _page(resolution, "commit", resolution.production_merge))
    when = resolution.published_at
    if when is None and before is not None and before.endswith(merge):
        when = first_time(before)
    said = words.unknown_when if when is None else readable_time(when)
    return words.published_as.format(when=said, base=code(resolution.base), merge=link)


def _page(resolution: Resolution, part: Part, name: str) -> str | None:
    return resolution.forge.address(part, name) if resolution.forge is not None else None


def _commit(resolution: Resolution, commit: Oid) -> str:
    return code_link(commit[:SHORT_OID], _page(resolution, "commit", commit))


def _resolution(resolution: Resolution, published: str, report: Report, deployed: str | None, words: Words) -> str:
    lines = [f"- {words.label_status}: {words.statuses[report.status]}"]
    if resolution.reason is not None:
        lines.append(f"- {words.label_reason}: {inline(resolution.reason)}")
    lines.append(f"- {words.label_published}: {published}")
    if resolution.production_merge is not None:
        named = (each for each in (report.tag, *resolution.other_tags) if each is not None)
        tags = ", ".join(code_link(each, _page(resolution, "tag", each)) for each in named)
        lines.append(f"- {words.label_tag}: " + (tags or words.no_tag))
        lines.append(f"- {words.label_deployed}: " + (deployed or words.answers.unknown))
    if times := _times(report, words):
        lines.append(f"- {words.label_times}: {', '.join(times)}")
    lines += _listed(
        words.label_fix,
        [
            f"{_commit(resolution, commit.oid)} {inline(commit.subject)} ({readable_time(commit.when)})"
            for commit in resolution.fix_commits
        ],
    )
    lines += _listed(words.label_carried, [_carried(resolution, target, words) for target in resolution.targets])
    return "\n".join(lines)


def _times(report: Report, words: Words) -> list[str]:
    """Return how long it took from its beginning, else from when it was noticed; what is not known is left out."""
    since = report.started_at or report.detected_at
    ends = [
        (words.to_detect, report.detected_at if report.started_at else None),
        (words.to_mitigate, report.mitigated_at),
        (words.to_resolve, report.resolved_at),
    ]
    return [said.format(span=duration(end - since)) for said, end in ends if since and end and since <= end]


def _carried(resolution: Resolution, target: Carried, words: Words) -> str:
    state = words.verdicts[target.state]
    if target.waiver is not None:
        until = f" (→ {target.waiver.until})" if target.waiver.until is not None else ""
        state += words.skipped.format(by=target.waiver.by, reason=target.waiver.reason + until)
    how = words.carried_by.format(method=words.methods[target.method]) if target.method else ""
    where = f", {_commit(resolution, target.commit)}" if target.commit else ""
    return f"{code(target.branch)}: {inline(state)}{how}{where}"


def names_carrier(line: str, branch: str, state: str, commit: str) -> bool:
    """Return whether a line of the Resolution tells that a branch is in this state by a commit, in any language."""
    if commit[:SHORT_OID] not in line:
        return False
    beginnings = tuple(f"  - {code(branch)}: {inline(words.verdicts[state])}" for words in every_language())
    return line.startswith(beginnings) and unlinked(line).endswith(f", {code(commit[:SHORT_OID])}")


def _verification(report: Report, words: Words) -> str:
    lines = _listed(words.label_tests_run, [inline(_check(each, words)) for each in report.checks_run])
    if report.checks_skipped is not None:
        lines.append(f"- {words.label_tests_skipped}: {inline(report.checks_skipped)}")
    if not lines:
        lines.append(f"- {words.label_tests}: {words.answers.unknown}")
    who = words.answers.unknown if report.verified_by is None else inline(report.verified_by)
    return "\n".join([*lines, f"- {words.label_verified}: {who}"])


def _check(said: str, words: Words) -> str:
    """Return for people how tests ended; what the tool did not write stays as it is."""
    match = re.fullmatch(PASSED, said)
    when = from_rfc3339(match[3]) if match else None
    if match is None or when is None:
        return said
    return words.check_passed.format(command=match[1], seconds=match[2], when=readable_time(when))


def _listed(title: str, items: Sequence[str]) -> list[str]:
    return [f"- {title}:", *(f"  - {item}" for item in items)] if items else []
