"""Landing a fix again that was rolled back: the rollback is reverted first, and both reports name each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.errors import ExitCode, HotfixError, Remedy, command, refused
from git_hotfix.facts.phrases import LANDS_AGAIN
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.messages import single
from git_hotfix.hotfix import HOTFIX_ID, parse_id
from git_hotfix.record.timeline import add_rows, row_in, rows_alone
from git_hotfix.record.words import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import BranchName, HotfixId, Oid
    from git_hotfix.record.words import Words


_SAME = ("what", "production_affected", "can_wait", "severity", "kind", "impact", "data_at_risk", "root_cause", "issue")
_ANSWERS = {"users": "affected_users", **{key: key for key in (*_SAME, "cve")}}
"""The key of the report for each answer that ``start`` takes over."""


class Relanded(Struct, frozen=True):
    """A hotfix that was rolled back: its names, its report, and what took it back, newest first."""

    hotfix: HotfixId
    title: str
    base: BranchName
    report_path: str
    rollbacks: tuple[Oid, ...]
    visibility: str | None
    """``restricted`` where the report is: what is landed again is not public by that."""
    later: tuple[Oid, ...] = ()
    """The commits of its branch that came after its publication: they come along."""
    answers: Mapping[str, object] = {}
    """What the first report answers, by the name that ``start`` has for the question."""


def relanded(facts: Facts) -> Relanded:
    """Return what ``start --again`` lands once more; only a hotfix that was rolled back can be."""
    rollbacks = tuple(dict.fromkeys(each.rollback for each in reversed(facts.publications) if each.rollback))
    if facts.lost is not None and facts.lost.code == "history-cut":
        raise HotfixError(replace(facts.lost, exit_code=ExitCode.REFUSED))
    if not rollbacks:
        message = f"'{facts.hotfix}' was not rolled back."
        raise refused("not-rolled-back", message, command("git", "hotfix", "status", facts.hotfix))
    visibility, report = "restricted" if facts.is_restricted else None, facts.report
    later = facts.fix.commits if facts.fix is not None else ()
    answers = {ours: getattr(report, key) for ours, key in _ANSWERS.items()} if report is not None else {}
    return Relanded(facts.hotfix, facts.title, facts.base, facts.report_path, rollbacks, visibility, later, answers)


def only_lands_again(facts: Facts) -> bool:
    """Return whether the branch has nothing but the fix that was rolled back, by the subjects of its commits."""
    fix = facts.fix
    return fix is not None and bool(fix.commits) and all(facts.subject(each) == LANDS_AGAIN for each in fix.commits)


def landed_again_by(facts: Facts) -> HotfixId | None:
    """Return the hotfix that lands this one again, begun or published, by what its commit says: shown, no evidence."""
    last, repository = facts.last_publication, facts.repository
    rollback = facts.here(last.rollback) if last is not None else None
    if rollback is None:
        return None
    named, said = f"{facts.hotfix.slug}-again", f"This reverts commit {rollback}."
    world = facts.world
    branches = (facts.base, *(each for each in world.branches if named in each))
    tips = (tip for each in branches for tip in dict.fromkeys((world.tip(each), world.local_tip(each))))
    for tip in filter(None, map(facts.here, tips)):
        for commit in provenance.commits_naming(repository, tip, said, since=history.commit_time(repository, rollback)):
            found = parse_id(single(history.trailers(repository, commit), HOTFIX_ID) or "")
            if found is not None:
                return found
    return None


def arrived_at(facts: Facts) -> tuple[Oid, ...]:
    """Return where later commits may be already: those of a hotfix that was rolled back in what lands it again."""
    last = tuple(each.merge for each in facts.publications[-1:])
    if not facts.is_rolled_back or (newer := facts.landed_again_by) is None:
        return last
    there = (*last, facts.base_tip, facts.world.local_tip(newer.branch(facts.config.branches.prefix)))
    return tuple(filter(None, map(facts.here, there)))  # a branch that others may delete is no place


def to_take_along(facts: Facts) -> Remedy:
    """Return the command that brings later commits of a hotfix that was rolled back into what lands it again."""
    later, newer = facts.fix.commits if facts.fix is not None else (), facts.landed_again_by
    names = [each[:12] for each in later]
    if newer is None:
        return command("git", "hotfix", "start", "--again", facts.hotfix)
    branch = newer.branch(facts.config.branches.prefix)
    if facts.world.local_tip(branch) is None and facts.world.server_tip(branch) is None:
        picks = (word for name in names for word in ("--pick", name))
        return command("git", "hotfix", "start", "TITLE", *picks)
    is_here = facts.world.local_tip(branch) is not None
    return Remedy(("git", "switch", branch), then=("git", "cherry-pick", *names) if is_here else ())


def linked_reports(
    relanded: Relanded, old: bytes | None, report: bytes, hotfix: HotfixId, words: Words, at: datetime
) -> tuple[bytes, tuple[tuple[str, bytes], ...]]:
    """Return the new report with a row that names the old hotfix, and the ``old`` one with a row that names the new."""
    relands = row_in(words, at, "git-hotfix", lambda w: w.lands_again.format(hotfix=relanded.hotfix))
    report = add_rows(report, (relands,), words)
    if old is None:
        return report, ()
    landed = row_in(words, at, "git-hotfix", lambda w: w.relanded.format(hotfix=hotfix))
    return report, ((relanded.report_path, add_rows(old, (landed,), words)),)


def earlier_reports(facts: Facts, onto: Oid) -> dict[str, bytes]:
    """Return reports of other hotfixes, with the rows this branch has for a fix that lands again."""
    files: dict[str, bytes] = {}
    ends = (facts.publications[0].fork, facts.publications[-1].tip) if facts.publications else ()
    own = {facts.report_path, facts.documented_path}
    for each in (
        trees.changes(facts.repository, *(trees.tree_of(facts.repository, end) for end in ends)) if ends else ()
    ):
        if each.path in own or not each.path.startswith(f"{facts.config.incident.directory}/"):
            continue
        before, after, there = (trees.regular_file(facts.repository, commit, each.path) for commit in (*ends, onto))
        if before is not None and after is not None and there is not None:
            rows = rows_alone(before, after, there, words_of(facts.config))
            files |= {each.path: rows} if rows is not None else {}
    return files
