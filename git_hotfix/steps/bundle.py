"""A publication in a file: prepared by one who may not push, reviewed and published as it is by one who may."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from git_hotfix.engine.step import Done, Refusal, Step
from git_hotfix.errors import ExitCode, HotfixError, Problem, command, refused, wrong_input
from git_hotfix.facts.phrases import some
from git_hotfix.facts.publications import NO_TAG, TAG
from git_hotfix.facts.reports import is_base
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.bundles import BUNDLED, refs_in_bundle, take_bundle, write_bundle
from git_hotfix.git.merging import Conflicted, Merged, left_in_conflict, merge_commits
from git_hotfix.git.messages import single
from git_hotfix.git.objects import has_object
from git_hotfix.git.refs import drop_refs, move_refs, put_ref
from git_hotfix.git.remote import Update
from git_hotfix.git.resolutions import resolution_ref
from git_hotfix.git.world import fetch_missing
from git_hotfix.hotfix import HOTFIX_ID, BranchName, HotfixId, Oid, RefName, branch_ref, parse_id, tag_ref
from git_hotfix.memory import Attempt, Memory
from git_hotfix.steps.attempts import drop_taken_resolution, keep_ref
from git_hotfix.steps.backport_commits import Made, carry
from git_hotfix.steps.backport_targets import lacking
from git_hotfix.steps.publication import Wanted, attempt_for
from git_hotfix.steps.publish import last_word, merged_onto, wanted_publication

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.merging import MergeResult
    from git_hotfix.git.world import World
    from git_hotfix.steps.request import FinishRequest


_MOST_SHOWN = 60
_WIDEST = 200
"""How many lines of a resolution are shown, and how much of each."""


class WriteBundle(Step, frozen=True):
    """Prepare merge, tags and backports, and write them into a file."""

    ends_on_error = True
    ends_on_problem = True

    file: Path
    wanted: Wanted
    request: FinishRequest

    @staticmethod
    def due(facts: Facts, request: FinishRequest) -> Due:
        """Where it is asked for, after the same questions as a publication."""
        if request.bundle is None or not (facts.is_published or facts.tip):
            return None
        if facts.is_published:
            message = f"'{facts.hotfix}' is published already: a bundle is for what is not."
            return Refusal((Problem("published", message, command("git", "hotfix", "status", facts.hotfix)),))
        if facts.world.remote is None:
            message = "There is no server that somebody else could push to."
            return Refusal((Problem("no-remote", message, command("git", "hotfix", "finish", facts.hotfix)),))
        if (undecided := last_word(facts, request, undone="Nothing was written.")) is not None:
            return undecided
        return WriteBundle(request.bundle, wanted_publication(facts, request), request)

    def describe(self, world: World) -> str:
        """Return what the step does."""
        return f"write what would be published to {world.shown(self.wanted.base)} into '{self.file}'"

    def perform(self, run: Run) -> Done:
        """Make it as objects, write it, and end with exit 3: somebody else has to publish it."""
        facts = run.facts
        attempt = attempt_for(run, self.wanted, lambda onto: merged_onto(run, self.wanted.base, onto))
        beginning = f"{BUNDLED}{facts.hotfix}/"
        refs = {f"base/{attempt.base}": attempt.merge, "tip": attempt.tip, **{f"tags/{n}": o for n, o in attempt.tags}}
        without = [attempt.old]
        then = _as_published(facts, attempt)
        for each in lacking(then, self.request):
            made = carry(then, each)
            if isinstance(made, Made):
                refs[f"to/{each.branch}"] = made.new
                without += [made.old] if made.old is not None else []
            elif made is not None:
                run.note(f"'{run.world.shown(each.branch)}' conflicts and is left to whoever publishes it.")
        named = {RefName(beginning + name): oid for name, oid in refs.items()}
        write_bundle(run.repository.git, self.file, named, without)
        shown = run.world.shown(attempt.base)
        message = f"'{self.file}' has what is to be published to '{shown}', for somebody who may push."
        remedy = command("git", "hotfix", "finish", "--from-bundle", self.file)
        return Done((Problem("bundle-waits", message, remedy, ExitCode.WAITING, about="publication"),))


def _as_published(facts: Facts, attempt: Attempt) -> Facts:
    """Return the facts as they will be once an attempt is published: by them the backports are made."""
    server = facts.world.server
    assert server is not None  # noqa: S101  # there is a remote
    tags = {tag_ref(name): oid for name, oid in attempt.tags}
    refs = MappingProxyType({**server.refs, branch_ref(attempt.base): attempt.merge, **tags})
    peeled = MappingProxyType({**server.peeled, **dict.fromkeys(tags, attempt.merge)})
    return facts.having(world=replace(facts.world, server=replace(server, refs=refs, peeled=peeled)))


class Taken(NamedTuple):
    """What came in a bundle: an attempt at publishing a hotfix."""

    hotfix: HotfixId
    attempt: Attempt


def take_publication(run: Run, file: Path) -> Taken:
    """Take a bundle as an attempt at publication; one that is refused leaves nothing here.

    It is taken whole, only for the server as it is now, and only if its merge is what merging the fix gives: what is
    shown to whoever publishes it is what goes out.
    """
    git = run.repository.git
    refs = refs_in_bundle(git, file)
    hotfix = parse_id(next(iter(refs), "").removeprefix(BUNDLED).partition("/")[0])
    parts = _below(f"{BUNDLED}{hotfix}/", refs)
    bases = _below("base/", parts)
    if hotfix is None or len(parts) != len(refs) or len(bases) != 1 or "tip" not in parts:
        raise _bad(file, "it is not one of 'git hotfix finish --bundle'")
    ((base, merge),) = bases.items()
    fetch_missing(run.repository, run.world, tuple(map(BranchName, (base, *_below("to/", parts)))))
    take_bundle(git, file, refs)
    run.repository.forget_absent()
    brought, tip = _below("tags/", parts), run.world.tip(base)
    said = [value for key, value in history.trailers(run.repository, merge) if key == TAG and (key, value) != NO_TAG]
    tags = tuple(sorted(brought.items(), key=lambda each: said.index(each[0]) if each[0] in said else len(said)))
    first = next(iter(provenance.parents(run.repository, merge)), merge)
    attempt = Attempt(base, first, merge, parts["tip"], tags, is_bundled=True)
    if tip is not None and history.is_ancestor(run.repository, merge, tip):
        return Taken(hotfix, attempt)  # it was published already: what is left is done
    try:
        is_resolved = _check(run, hotfix, attempt, file)
    except HotfixError:
        leave_nothing(run, Taken(hotfix, attempt))
        raise
    before, branch = run.memory_file(hotfix).read().attempt, hotfix.branch(run.config.branches.prefix)
    is_new = run.world.local_tip(branch) is None
    attempt = replace(attempt, made_branch=is_new or (before is not None and before.made_branch))
    put_ref(git, keep_ref(hotfix), tags[0][1] if tags else merge)
    resolved = resolution_ref(hotfix, base, attempt.tip)
    if is_resolved and resolved not in run.world.local:
        put_ref(git, resolved, merge)  # who has written it resolved it: that goes out, and what goes on from it
    run.remember(lambda memory: replace(memory, attempt=attempt), hotfix)
    if is_new:
        move_refs(git, [Update(branch_ref(branch), None, attempt.tip)], reason="git hotfix finish --from-bundle")
    run.look_here()
    return Taken(hotfix, attempt)


def leave_nothing(run: Run, taken: Taken) -> None:
    """Remove what a bundle has left here: all of it where it was not published, by a no or the server's."""
    hotfix, attempt = taken
    run.look_here()
    git, world, tip = run.repository.git, run.world, run.world.tip(attempt.base)
    drop_refs(git, [ref for ref in world.local if ref.startswith(f"{BUNDLED}{hotfix}/")])
    if tip is not None and has_object(run.repository, tip) and history.is_ancestor(run.repository, attempt.merge, tip):
        return
    drop_refs(git, [ref for ref in (keep_ref(hotfix),) if ref in world.local])
    drop_taken_resolution(run, hotfix, attempt)
    branch, file = hotfix.branch(run.config.branches.prefix), run.memory_file(hotfix)
    if attempt.made_branch and world.local_tip(branch) == attempt.tip and world.tree_of(branch) is None:
        move_refs(git, [Update(branch_ref(branch), attempt.tip, None)], reason="git hotfix finish --from-bundle")
    if (memory := replace(file.read(), attempt=None)) == Memory():
        file.forget()
    else:
        file.change(lambda _: memory)
    run.look_here()


def _below(beginning: str, names: Mapping[RefName, Oid] | Mapping[str, Oid]) -> dict[str, Oid]:
    """Return the objects whose names begin so, by the rest of their names."""
    return {name.removeprefix(beginning): oid for name, oid in names.items() if name.startswith(beginning)}


def _check(run: Run, hotfix: HotfixId, attempt: Attempt, file: Path) -> bool:
    """Refuse an attempt where the server has moved, or where its merge is not what merging the fix gives.

    Returned is whether it resolves a conflict, which is shown.
    """
    repository, merge, tip = run.repository, attempt.merge, attempt.tip
    base, said = BranchName(attempt.base), history.trailers(repository, merge)
    parents = provenance.parents(repository, merge)
    names = [name for name, _ in attempt.tags]
    has_tags = [value for key, value in said if key == TAG] == (names or [NO_TAG[1]])
    are_own = all(_is_own_tag(run, hotfix, merge, name, oid) for name, oid in attempt.tags)
    if parents[1:] != (tip,) or single(said, HOTFIX_ID) != str(hotfix) or not (has_tags and are_own):
        raise _bad(file, f"it has no merge of '{hotfix}' with its tags")
    if not is_base(run.world, run.config, base):
        raise _bad(file, f"'{base}' is no branch that a hotfix is published to")
    if len(names) > 1 + len(run.settings_at(parents[0]).config.tag.also):
        shown = run.world.shown(base)
        raise _bad(file, f"it has the tags {some(names)}: more than tag.also makes, as '{shown}' has it")
    if parents[0] != run.world.tip(base):
        message = f"'{run.world.shown(base)}' has moved since '{file}' was written: whoever wrote it writes it again."
        raise refused("bundle-outdated", message, command("git", "hotfix", "finish", hotfix, "--bundle", file))
    if any(run.world.tags.get(tag_ref(name), oid) != oid for name, oid in attempt.tags):
        message = f"A tag of '{file}' is taken by something else ({some(names)}): whoever wrote it writes it again."
        raise refused("tag-taken", message, command("git", "hotfix", "finish", hotfix, "--bundle", file))
    branch = hotfix.branch(run.config.branches.prefix)
    if {run.world.local_tip(branch), run.world.server_tip(branch)} - {None, tip}:
        message = f"'{branch}' is not at {tip[:7]}, which '{file}' publishes."
        raise refused("bundle-outdated", message, command("git", "log", "--oneline", branch, tip))
    match _merged(run, hotfix, attempt):
        case Merged(tree) if tree != trees.tree_of(repository, merge):
            raise _bad(file, f"{merge[:7]} does not do what merging '{branch}' into '{base}' does")
        case Merged():
            return False
        case Conflicted(paths):
            _show_resolution(run, attempt, paths, file)
            return True


def _merged(run: Run, hotfix: HotfixId, attempt: Attempt) -> MergeResult:
    """Return what merging the fix comes to; what it wrote into the changelog is put in again where that has moved."""
    from git_hotfix.facts.merged_changelog import merged_documents  # noqa: PLC0415  # slow, and seldom

    onto, tip = attempt.old, attempt.tip
    found = merge_commits(run.repository, onto, tip)
    if found == Merged(trees.tree_of(run.repository, attempt.merge)):
        return found
    facts = run.facts_of(hotfix, settings=run.settings_at(onto)).having(branch_tip=tip, tip=tip)
    return merged_documents(facts, onto, tip, found)[0]


def _show_resolution(run: Run, attempt: Attempt, conflicts: tuple[str, ...], file: Path) -> None:
    """Show what a merge makes of the files in conflict; one that changes others than these, or a changelog, is refused.

    A changelog is not merged, but written again: its own conflict does not tell.
    """
    from git_hotfix.facts.changelog_backlog import changelogs_in  # noqa: PLC0415  # slow, and seldom

    repository, first, merge = run.repository, attempt.old, attempt.merge
    left, config = left_in_conflict(repository, first, attempt.tip), run.settings_at(first).config
    changed = {*trees.changed_paths(repository, left, trees.tree_of(repository, merge))}
    known = {*conflicts, *(changed & {*changelogs_in(repository, first, config.documents)})}
    if beyond := sorted(changed - known):
        raise _bad(file, f"{merge[:7]} resolves a conflict, and also changes {some(beyond)}")
    run.note(f"The merge resolves a conflict in {some(conflicts)}. What it publishes there:")
    paths = (f":(top,literal){path}" for path in sorted(known))
    shown = repository.git.ask("diff", "--no-ext-diff", "--no-textconv", "--no-color", first, merge, "--", *paths).text
    lines = shown.rstrip("\n").split("\n")
    for line in lines[:_MOST_SHOWN]:
        run.say(f"  {line[:_WIDEST]}")
    if len(lines) > _MOST_SHOWN:
        run.say(f"  and {len(lines) - _MOST_SHOWN} more lines")


def _is_own_tag(run: Run, hotfix: HotfixId, merge: Oid, name: str, tag: Oid) -> bool:
    """Return whether an object is the annotated tag of this name on the merge, and names the hotfix."""
    answer = run.repository.git.ask("cat-file", "tag", tag)
    is_it = answer.code == 0 and answer.text.split("\n")[:3] == [f"object {merge}", "type commit", f"tag {name}"]
    return is_it and single(history.trailers(run.repository, tag), HOTFIX_ID) == str(hotfix)


def _bad(file: Path, why: str) -> HotfixError:
    look = command("git", "bundle", "list-heads", file)
    return wrong_input("bad-bundle", f"'{file}' cannot be published: {why}.", look)
