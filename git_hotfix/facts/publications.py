"""The publications of a hotfix, read from its base: which merge brought it, where it had forked, which tag it has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.errors import ExitCode, Problem, command
from git_hotfix.escapes import one_line
from git_hotfix.facts.evidence import asked_commit, claimed_by, said_to_undo, says_to_undo, undone_by
from git_hotfix.facts.merged_requests import tagged_commits
from git_hotfix.facts.reports import claim_of
from git_hotfix.facts.rounds import beginning_in, find_rounds, lost_tip, named_commits
from git_hotfix.facts.tagged import tags_on
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.containment import verdict_of
from git_hotfix.git.effects import Difference, difference_of, is_undone
from git_hotfix.git.messages import single
from git_hotfix.git.objects import peeled
from git_hotfix.git.remote import Update
from git_hotfix.git.resolutions import Brought, take_back
from git_hotfix.hotfix import HOTFIX_ID, Oid, Publication, Verdict, branch_ref, tag_ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.merging import Merged
    from git_hotfix.git.resolutions import StuckBack
    from git_hotfix.hotfix import BranchName
    from git_hotfix.record.incident import Report

_CHOOSES_TAGS = re.compile(r"--match|describe_command|tag_prefix\s*=\s*[\"']?[^\s\"']")
"""What tells such a tool which tags are versions."""

TAG = "Hotfix-Tag"
"""The trailer of a merge that names its tag: the one made with it, whoever puts another there."""

NO_TAG = (TAG, "none")
"""What a merge says that was published with ``--no-tag``."""


def version_tool(facts: Facts) -> str | None:
    """Return the tool of the base that takes its version from the nearest tag, of whatever name; None without one."""
    if facts.base_tip is None or not facts.has(facts.base_tip):
        return None
    files = ("pyproject.toml", "setup.py", "setup.cfg")
    read = (trees.read_file(facts.repository, facts.base_tip, name) or b"" for name in files)
    text = b"\n".join(read).decode("utf-8", "replace")
    tool = next(
        (name for name in ("setuptools_scm", "setuptools-scm", "hatch-vcs", "versioneer") if name in text), None
    )
    return None if tool is None or _CHOOSES_TAGS.search(text) else tool


def find_publications(facts: Facts, rounds: tuple[Publication, ...] = ()) -> tuple[Publication, ...]:
    """Return the publications of a hotfix, oldest first, each with its tag and with what took it back.

    ``rounds`` are how it came to its base, where that is known otherwise than by what its commits say.

    A round that was taken back while one before it stands is undone there, and the hotfix is not rolled back by that.
    Where they were taken back one by one, the newest commit that did it is that of the newest round.
    """
    base_tip = facts.here(facts.base_tip)
    rounds = rounds or (find_rounds(facts, base_tip) if base_tip is not None else ())
    found: list[Publication] = []
    for each in rounds:
        assert base_tip is not None  # noqa: S101  # rounds are of a base that is here
        if found and found[-1].rollback is not None and _is_of_another(facts, each.merge):
            break  # what lands the fix again has taken later commits along: that takes nothing of the rollback back
        found.append(_publication(facts, each, rounds, base_tip))
    standing = [at for at, each in enumerate(found) if each.rollback is None]
    if standing:
        undone = (replace(each, rollback=None, rollback_tags=()) for each in found[standing[-1] :])
        return (*found[: standing[-1]], *undone)
    backs = [(each.rollback, each.rollback_tags) for each in found if each.rollback is not None]
    in_order = sorted(backs, key=lambda back: sum(facts.is_ancestor(other, back[0]) for other, _ in backs))
    pairs = zip(found, in_order, strict=True)
    return tuple(replace(each, rollback=back, rollback_tags=tags) for each, (back, tags) in pairs)


def _is_of_another(facts: Facts, merge: Oid) -> bool:
    """Return whether a commit names another hotfix, and only that."""
    return single(history.trailers(facts.repository, merge), HOTFIX_ID) not in {None, str(facts.hotfix)}


def claims(facts: Facts) -> tuple[str, ...]:
    """Return what commits of the base say of the hotfix and do not do, as sentences that name who committed them."""
    base_tip, repository = facts.here(facts.base_tip), facts.repository
    if base_tip is None:
        return ()
    known = {commit for each in facts.publications for commit in (each.merge, each.rollback)}
    known |= {oid for each in facts.publications for oid in provenance.parents(repository, each.merge)}  # a request's
    merges = (oid for oid in named_commits(facts, base_tip) if len(provenance.parents(repository, oid)) > 1)
    found = [("a publication", oid) for oid in merges]
    for each in facts.publications if not facts.is_rolled_back else ():
        said = said_to_undo(repository, each.merge, base_tip, each.merge)
        found += [("that it was reverted", oid) for oid, _ in said]
    return tuple(claimed_by(facts, what, oid) for what, oid in dict.fromkeys(found) if oid not in known)


def lost(facts: Facts) -> Problem | None:
    """Return that a fix is no longer in its base, or in a part that nobody knows, and the command that leads on.

    A tag that has the id, on a commit that has the branch, shows that it was there (somebody pushed with force), and so
    does the report in the git directory. What another report says of tag or fix commits is a claim: it keeps a branch
    from being deleted, no more.
    """
    base_tip = facts.base_tip
    attempt = facts.memory.attempt
    if facts.publications or base_tip is None or not facts.has(base_tip) or (attempt is not None and attempt.here):
        return None  # what is merged here only was never there
    shown = facts.world.shown(facts.base)
    if facts.repository.is_shallow and (facts.branch_tip is None or facts.is_cut_off):
        message = f"This clone is shallow: what '{shown}' has of '{facts.hotfix}' is not known."
        return Problem("history-cut", message, command("git", "fetch", "--unshallow"), ExitCode.GAP)
    said, tags = tuple(_said(facts)), [name for name, _ in tagged_commits(facts)]
    begun = beginning_in(facts, base_tip) if facts.branch_tip is None else None
    if begun is not None:
        message = (
            f"'{shown}' has the report of '{facts.hotfix}' since {begun[:7]}, and which commits after it are the fix"
            f" is unknown (set it with: git branch {facts.branch} COMMIT)."
        )
        return Problem("not-published", message, command("git", "log", f"{begun}..{shown}"), ExitCode.GAP)
    there = (oid for _, report in said for oid in report.fix_commits if facts.commit_of(oid) is not None)
    if not (tags or said) or any(facts.is_ancestor(oid, base_tip) for oid in there):
        return None
    tag = next(iter((*tags, *(report.tag for _, report in said if report.tag))), None)
    published = "t was published" + (f" as {tag}" if tag else "")
    message = f"I{published}, and is no longer in '{shown}'."
    if not tags and not facts.is_kept:
        claim = one_line(claim_of(facts, *said[0][0]).source)
        message = f"That i{published} is claimed by {claim}; it is not, or no longer in '{shown}'."
    remedy = command("git", "hotfix", "finish", facts.hotfix)
    if facts.branch_tip is None:
        tip = lost_tip(facts, base_tip)
        remedy = command("git", "branch", facts.branch, tip) if tip is not None else command("git", "hotfix", "list")
    return Problem("not-published", message, remedy, ExitCode.GAP)


def _said(facts: Facts) -> Iterator[tuple[tuple[BranchName, Oid, str], Report]]:
    """Return the reports that say that the hotfix was published, each with its branch, the tip of that and its path."""
    documented = (facts.record_branch, facts.record_tip, facts.documented_path, facts.documented)
    for branch, tip, path, report in (documented, (facts.branch, facts.tip, facts.report_path, facts.report)):
        if report is not None and (report.tag or report.fix_commits):
            yield (branch, tip or Oid(""), path), report


def before_publication(facts: Facts) -> Oid | None:
    """Return the commit of the base that has nothing of what the hotfix brings: its tip, or what was published onto.

    By it is decided how the hotfix is deployed, before and after it is published and taken back.
    """
    found = facts.publications
    if not found:
        return facts.base_tip
    standing = [each for each in found if each.rollback is None]
    first = standing[0] if standing else next(each for each in found if each.rollback == found[-1].rollback)
    return first.fork if first.merge == first.tip else history.first_parent(facts.repository, first.merge)


def lacking_tags(facts: Facts) -> tuple[str, ...]:
    """Return the tags of a published attempt that did not arrive with it (a server without ``atomic``)."""
    attempt, there = facts.memory.attempt, facts.world.tags
    if attempt is None or all(attempt.merge not in {each.merge, each.rollback} for each in facts.publications):
        return ()
    return tuple(name for name, _ in attempt.tags if tag_ref(name) not in there)


def tags_on_publications(facts: Facts) -> tuple[str, ...]:
    """Return the tags that the server has on the commits of the publications, whatever they are called."""
    if facts.world.server is None:
        return ()
    commits = dict.fromkeys(
        oid for each in facts.publications for oid in (each.merge, each.rollback) if oid is not None
    )
    there = facts.world.server.tags_on
    return tuple(ref.removeprefix("refs/tags/") for commit in commits for ref in there.get(commit, ()))


def _publication(facts: Facts, own: Publication, rounds: tuple[Publication, ...], base_tip: Oid) -> Publication:
    """Return a round with its tags and what took it back."""

    def brought(message: str, _: Oid) -> tuple[Brought, ...]:
        meant = (each for each in reversed(rounds) if says_to_undo(message, each.merge))
        return tuple(Brought(each.merge, *difference_brought(facts, each)) for each in meant)

    rollback = undone_by(facts, facts.base, own.merge, base_tip, own.merge, brought)
    rollback = rollback or _undone_by_request(facts, own, rounds, base_tip)
    tags, rollback_tags = (_tags_on(facts, each) if each is not None else () for each in (own.merge, rollback))
    return replace(own, tags=tags, rollback=rollback, rollback_tags=rollback_tags)


def _undone_by_request(facts: Facts, own: Publication, rounds: tuple[Publication, ...], base_tip: Oid) -> Oid | None:
    """Return the commit of the base that took a round back and does not say so: a forge has made it of a request.

    Its tag names it, or that request was opened from here; that it does so is seen.
    """
    world, repository = facts.world, facts.repository
    brings = [each.tip for each in rounds]

    def line() -> tuple[Oid, ...]:
        return provenance.newer_on_line(repository, own.merge, base_tip)

    if (asked := asked_commit(facts, facts.base, line, brings, is_rollback=True)) is not None:
        return asked
    named = {peeled(repository, world.tags[ref]) for name in facts.known.tags if (ref := tag_ref(name)) in world.tags}
    is_asked = facts.memory.pending_rollback is not None and facts.memory.pull_request_to(facts.base) is not None
    if not is_asked and not named - {own.merge, None}:
        return None
    found = verdict_of(repository, own.fork, own.tip, base_tip, facts.record_paths, arrival=own.merge)
    if found.verdict is Verdict.REVERTED and (is_asked or found.commit in named):
        return found.commit
    did = ((oid, difference_of(repository, oid)) for oid in line() if oid in named)
    brought = [difference_brought(facts, own)]
    return next((oid for oid, each in did if is_undone(repository, brought, each, facts.record_paths)), None)


def _tags_on(facts: Facts, merge: Oid) -> tuple[tuple[str, Oid | None], ...]:
    """Return the hotfix's tags on a merge, the hotfix tag first: those it names, whatever else others put there.

    On a merge that names none (somebody else's), the one that is called as hotfix tags are comes first; git-flow calls
    it after the branch.
    """
    world, tags = facts.world, facts.world.tags
    on_merge = [ref for ref in tags_on(facts.repository, world, merge) if tags[ref] != merge]
    ours = [ref for ref in on_merge if _is_ours(facts, tags[ref])]
    ours = ours or [ref for ref in on_merge if ref.endswith(facts.branch.removeprefix(facts.config.branches.prefix))]
    said = history.trailers(facts.repository, merge)
    named = [tag_ref(name) for key, name in said if key == TAG and (key, name) != NO_TAG]
    if named and not ours and world.server is not None and not world.server.shows_tags:
        return tuple((ref.removeprefix("refs/tags/"), None) for ref in named)  # nobody here can see what is there
    beginning = "refs/tags/" + facts.config.tag.format.partition("%")[0]
    ours.sort(key=lambda ref: (not ref.startswith(beginning), ref))
    made = [ref for ref in named if ref in ours] or ours
    return tuple((ref.removeprefix("refs/tags/"), tags[ref]) for ref in made)


def _is_ours(facts: Facts, oid: Oid) -> bool:
    return facts.has(oid) and (HOTFIX_ID, str(facts.hotfix)) in history.trailers(facts.repository, oid)


def fast_forwards(facts: Facts) -> tuple[Update, ...]:
    """Return the local branches and tags that lag behind what was published and can follow without losing anything."""
    world = facts.world
    if not facts.publications:
        return ()
    tags = dict.fromkeys(tag for each in facts.publications for tag in (*each.tags, *each.rollback_tags))
    missing = ((tag_ref(name), oid) for name, oid in tags if tag_ref(name) not in world.local)
    updates = [Update(ref, None, oid) for ref, oid in missing if oid is not None]
    arrived = [target.branch for target in facts.targets if target.verdict.is_there or target.verdict.is_refused]
    for branch in (facts.base, *arrived):
        local, there = world.local_tip(branch), world.tip(branch)
        if local is not None and there is not None and local != there and facts.is_ancestor(local, there):
            updates.append(Update(branch_ref(branch), local, there))
    return tuple(updates)


def diverged(facts: Facts) -> tuple[str, ...]:
    """Name the local branches that have parted from what was published, as sentences."""
    found = []
    settled = [target.branch for target in facts.targets if target not in facts.pending]
    for branch in (facts.base, *settled):
        local, there = facts.world.local_tip(branch), facts.world.tip(branch)
        if local is None or there is None or facts.is_ancestor(local, there):
            continue
        if not facts.is_ancestor(there, local):
            shown = facts.world.shown(branch)
            found.append(f"Local '{branch}' not updated: it has commits that '{shown}' does not have.")
    return tuple(found)


def rolled_back_on(facts: Facts, onto: Oid, merges: tuple[Oid, ...]) -> Merged | StuckBack:
    """Return the tree of a commit of the base without the change that merges brought, newest first."""
    published = {each.merge: each for each in facts.publications}
    brought = [Brought(merge, *difference_brought(facts, published[merge])) for merge in merges]
    return take_back(facts.repository, facts.resolutions, facts.base, onto, brought, facts.record_paths)


def difference_brought(facts: Facts, published: Publication) -> Difference:
    """Return what a publication brought to its base: what ``git revert -m 1`` takes back.

    For a fast-forward that is all its commits; if other people's work came with it, or the fix had been picked there
    before, only the fix.
    """
    repository, tip = facts.repository, published.tip
    did = difference_of(repository, published.merge)
    is_own = tip in provenance.parents(repository, published.merge)[1:]
    if is_own and facts.changed(*did):
        return did
    return Difference(trees.tree_of(repository, published.fork), trees.tree_of(repository, tip))
