"""Which file is the report of a hotfix, which others claim to be it, and what a report may decide.

A report is text that anybody can push. Only the one in the git directory says what is secret, and only the first
commit of the branch which base it has; any other claim is shown with its commit and author.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.errors import HotfixError, Problem, command
from git_hotfix.facts.hotfixes import id_in_blob
from git_hotfix.git import provenance, trees
from git_hotfix.git.objects import blob_id, content_of, has_object, is_small
from git_hotfix.git.past import found_once
from git_hotfix.git.world import find_develop, find_production, named_roles, target_tip
from git_hotfix.record.followups import follow_ups_of
from git_hotfix.record.report import read_report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from git_hotfix.config.keys import Config
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import BranchName, HotfixId, Oid
    from git_hotfix.record.followups import FollowUp
    from git_hotfix.record.incident import Report


MOST_CLAIMS = 5
"""So many files of a branch are told to claim that they are a report: who made each is looked for in its history."""


class Claim(NamedTuple):
    """A file on a branch that says something about a hotfix, who last changed it there, and in which commit."""

    branch: str
    path: str
    commit: Oid
    by: str

    @property
    def source(self) -> str:
        """Who says it, and where."""
        return f"{self.commit[:7]}, {self.by}"


def claims_in(repository: Repository, commit: Oid, config: Config, hotfix: HotfixId) -> tuple[str, ...]:
    """Return the files of a commit that have the id of a hotfix, and the one that is named like its report."""
    folder, own = config.incident.directory, f"{config.incident.directory}/{hotfix.report_name()}"
    is_there = _blob_at(repository, commit, own) is not None
    return tuple(dict.fromkeys((*_paths_with_id(repository, commit, folder, hotfix), *([own] * is_there))))


def report_path_in(repository: Repository, commit: Oid, config: Config, hotfix: HotfixId) -> str | None:
    """Return where a commit has the report of a hotfix: under its own name, else the one file that has its id.

    A file with its name but another hotfix's id is the report of neither. Among several renamed files none is guessed.
    """
    folder, own = config.incident.directory, f"{config.incident.directory}/{hotfix.report_name()}"
    blob = _blob_at(repository, commit, own)
    if blob is not None and id_in_blob(repository, blob) in {None, str(hotfix)}:
        return own
    renamed = _paths_with_id(repository, commit, folder, hotfix)
    return renamed[0] if len(renamed) == 1 else None


def _blob_at(repository: Repository, commit: Oid, path: str) -> Oid | None:
    entry = trees.file_at(repository, commit, path)
    return entry.oid if entry is not None and entry.is_file else None


def _paths_with_id(repository: Repository, commit: Oid, folder: str, hotfix: HotfixId) -> tuple[str, ...]:
    """Return the Markdown files of a folder that have an id; where all history was read, of those that ever had it."""
    if repository.files is None or repository.files.changes_of(commit) is None:
        return _paths_since(repository, commit, folder, hotfix)
    ever = _paths_ever(repository, folder).get(str(hotfix), ())
    blobs = ((path, _blob_at(repository, commit, path)) for path in ever)
    return tuple(path for path, blob in blobs if blob is not None and id_in_blob(repository, blob) == str(hotfix))


@found_once
def _paths_ever(repository: Repository, folder: str) -> Mapping[str, tuple[str, ...]]:
    """Return the Markdown files that were ever in a folder, by each id that they had."""
    found: dict[str, tuple[str, ...]] = {}
    for path, blob in sorted(repository.files.paths_in(folder) if repository.files is not None else ()):
        known = id_in_blob(repository, blob) if path.endswith(".md") and has_object(repository, blob) else None
        if known is not None and path not in found.get(known, ()):
            found[known] = (*found.get(known, ()), path)
    return found


@found_once
def _paths_since(repository: Repository, commit: Oid, folder: str, hotfix: HotfixId) -> tuple[str, ...]:
    """Return the Markdown files of a folder that have an id; not read is what was there before anything of that."""
    before = provenance.last_before(repository, commit, hotfix.day_before)
    known = dict(trees.files_in(repository, before, folder)) if before is not None else {}
    files = ((name, blob) for name, blob in trees.files_in(repository, commit, folder) if known.get(name) != blob)
    read = ((name, id_in_blob(repository, blob)) for name, blob in files if name.endswith(".md"))
    return tuple(f"{folder}/{name}" for name, said in read if said == str(hotfix))


def report_in(repository: Repository, commit: Oid, config: Config, hotfix: HotfixId) -> bytes | None:
    """Return the report of a hotfix as a commit has it, wherever people moved it."""
    path = report_path_in(repository, commit, config, hotfix)
    return trees.regular_file(repository, commit, path) if path is not None else None


def own_report_in(facts: Facts, commit: Oid) -> str | None:
    """Return where a commit has the report of the hotfix in hand.

    A file whose name differs from that on the branch is the report only if it was there before under its own name.
    """
    repository, config = facts.repository, facts.config
    path = report_path_in(repository, commit, config, facts.hotfix)
    if path is None or path == facts.first_report_path or commit == facts.tip:
        return path
    tip = facts.here(facts.tip)
    if tip is not None and path == report_path_in(repository, tip, config, facts.hotfix):
        return path
    was_there = provenance.changes_of(repository, commit, facts.first_report_path, since=facts.hotfix.day_before)
    return path if was_there else None


def other_claims(facts: Facts) -> tuple[Claim, ...]:
    """Return the files that claim to be the report, by their id or their name, and are not.

    While the report is kept in the git directory, every such file is somebody else's.
    """
    places = ((facts.record_branch, facts.record_tip), (facts.base, facts.base_tip))
    branch = ((facts.branch, facts.local_tip), (facts.branch, facts.server_tip))
    found: dict[tuple[str, Oid], Claim] = {}
    there = ((name, facts.here(tip)) for name, tip in (*places, *branch))
    for name, tip in there:
        if tip is None:
            continue
        own = None if facts.is_kept else own_report_in(facts, tip)
        for path in claims_in(facts.repository, tip, facts.config, facts.hotfix)[:MOST_CLAIMS]:
            if path != own:
                claim = claim_of(facts, name, tip, path)
                found.setdefault((path, claim.commit), claim)
    return tuple(found.values())


def claim_of(facts: Facts, branch: BranchName, tip: Oid, path: str) -> Claim:
    """Return who last changed a file of a branch."""
    commits = provenance.changes_of(facts.repository, tip, path, since=facts.hotfix.day_before)
    commit = commits[0] if commits else tip
    return Claim(facts.world.shown(branch), path, commit, provenance.committer_name(facts.repository, commit))


def told_claims(facts: Facts) -> Iterator[str]:
    """Return a sentence about each file that claims to be the report, with who claims it."""
    for each in facts.other_claims:
        says = f"'{each.path}' on '{each.branch}' claims to be the report of '{facts.hotfix}' ({each.source})"
        if facts.is_kept:
            yield f"{says}, which is kept in the git directory: that one alone counts."
        else:
            yield f"{says}; it is treated as a different file and left unchanged."


def report_in_the_way(facts: Facts) -> Problem | None:
    """Return that a file which is not the report is where it would have to be written; None when none is.

    While the report is kept in the git directory, any file that claims to be it is in the way.
    """
    on = facts.world.shown(facts.record_branch)
    claims = facts.other_claims
    if not facts.is_kept:
        claims = tuple(each for each in claims if (each.branch, each.path) == (on, facts.report_path))
    if not claims:
        return None
    first, where = claims[0], "which is kept in the git directory" if facts.is_kept else "which it is not"
    message = (
        f"'{first.path}' on '{first.branch}' claims to be the report of '{facts.hotfix}', {where}:"
        f" it was committed by {first.by} ({first.commit[:7]}), and is left unchanged."
    )
    if facts.is_kept:
        line = command("git", "rm", first.path).line()
        message += f" It is in nobody's way once it is deleted on '{first.branch}': {line}, committed and pushed there."
    return Problem("foreign-report", message, command("git", "show", first.commit[:7], "--", first.path))


def is_seen_disclosed(facts: Facts) -> bool:
    """Return whether the branch of the record was seen to have exactly the bytes of the report that is kept here."""
    tip = facts.record_tip
    if facts.private is None or facts.is_restricted or facts.world.unanswered is not None:
        return False
    if tip is None:
        return False
    versions = provenance.versions_of(facts.repository, tip, facts.first_report_path, since=facts.hotfix.day_before)
    return blob_id(facts.private) in {blob for _, blob in versions}


def said_base(facts: Facts) -> BranchName | None:
    """Return which base the hotfix was begun for; None where no report says it.

    The report in the git directory says it, else the first one of the branch (of production or develop, where that is
    gone): what anybody writes into it later takes the fix nowhere else.
    """
    if facts.private is not None:
        private = read(facts.private, facts.first_report_path)[0]
        return private.base if private is not None else None
    tips = [facts.branch_tip]
    if facts.branch_tip is None:
        tips = [target_tip(facts.world, name) for name in (facts.roles.production, facts.roles.develop) if name]
    for tip in filter(None, map(facts.here, tips)):
        first = _first_text(facts, tip)
        if first is not None:
            report = read(first, facts.first_report_path)[0]
            return report.base if report is not None else None
    return None


def _first_text(facts: Facts, tip: Oid) -> bytes | None:
    """Return the report of a branch as it was when it came there; as it is, where that is dated before the hotfix."""
    repository, since = facts.repository, facts.hotfix.day_before
    now = report_path_in(repository, tip, facts.config, facts.hotfix)
    blobs: list[Oid | None] = []
    for path in dict.fromkeys((facts.first_report_path, now or facts.first_report_path)):
        blobs += [blob for _, blob in reversed(provenance.versions_of(repository, tip, path, since=since))]
    blobs += [_blob_at(repository, tip, now)] if now is not None else []
    first = next(filter(None, blobs), None)
    return content_of(repository, first) if first is not None and is_small(repository, first) else None


def follow_ups(facts: Facts) -> tuple[FollowUp, ...]:
    """Return the later work that the report has where the record is kept."""
    tip, path = facts.record_tip, facts.documented_path
    content = trees.regular_file(facts.repository, tip, path) if tip is not None and facts.documented else None
    return follow_ups_of(content, path) if content is not None else ()


def is_base(world: World, config: Config, branch: BranchName) -> bool:
    """Return whether a hotfix can be published to a branch: production, or a release line, however old."""
    lines = (name for name in named_roles(world, config) if name != find_develop(world, config))
    return branch in {find_production(world, config)[0], *lines}


def read(content: bytes, path: str) -> tuple[Report | None, Problem | None]:
    """Return what a report says; nonsense in it is a problem to report, not the end of looking."""
    try:
        return read_report(content, path), None
    except HotfixError as error:
        return None, error.problems[0]
