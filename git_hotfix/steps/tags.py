"""The tags of a publication: their names, free here and on the server; the one that a published merge lacks."""

from __future__ import annotations

import re
from itertools import chain, count
from typing import TYPE_CHECKING

from git_hotfix import clock
from git_hotfix.engine import gitflow_hooks
from git_hotfix.engine.step import Done, Step
from git_hotfix.errors import ExitCode, Problem, again
from git_hotfix.escapes import one_line
from git_hotfix.facts.evidence import BECAUSE, ROLLBACK_OF
from git_hotfix.facts.phrases import TOLD_BY, named
from git_hotfix.facts.publications import TAG, lacking_tags
from git_hotfix.git.commits import make_tag
from git_hotfix.git.history import trailers as trailers_of
from git_hotfix.git.hooks import filtered
from git_hotfix.git.messages import keeping_trailers, singles, with_trailers
from git_hotfix.git.publish import push_and_observe
from git_hotfix.git.refs import is_ref_name, move_refs
from git_hotfix.git.remote import Update
from git_hotfix.hotfix import Oid, tag_name, tag_ref
from git_hotfix.steps.attempts import are_free, missing_tags, withdraw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.steps.request import FinishRequest, Request

_UNSEEN = ", as its message says; no tag is to be seen on the server"
_VERSION = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})\Z")
"""Anybody may have pushed a tag: a number that is longer than a date is no version that counts."""
_FROM_MERGE = ("Tests", "Tests-Skipped", "Production-Moved", "Verified-By", "Large-Because")
"""The trailers of a merge that its tag has too, unless they contradict each other."""


class CompleteTag(Step, frozen=True):
    """Make and publish the tag that a published merge, or the commit that takes it back, lacks."""

    does = "tag {0.commit:.7}, which is published without one"

    commit: Oid
    tag: str | None
    is_rollback: bool = False

    @staticmethod
    def due(facts: Facts, request: Request) -> Due:
        """Where a tag was wanted and did not arrive."""
        last = facts.last_publication
        if last is None or not facts.is_published:
            return None
        if facts.is_rolled_back:
            commit = facts.in_production
            has_all = not lacking_tags(facts) if last.rollback_tag is not None else not is_tagged(facts)
            if commit is None or has_all:
                return None
            return CompleteTag(commit, rollback_tag(facts), is_rollback=True)
        if not facts.lacks_tag or (last.tag is None and not request.wants_tag):
            return None
        return CompleteTag(last.merge, request.tag)

    def perform(self, run: Run) -> Done:
        """Make and publish it; nothing else moves."""
        facts, remote = run.facts, run.world.remote
        attempt = facts.memory.attempt
        if attempt is not None and attempt.merge == self.commit and attempt.tags and are_free(run, attempt):
            tags = attempt.tags
        else:
            names = choose_tags(
                facts, self.tag or _named(facts, self.commit), self.commit, is_rollback=self.is_rollback
            )
            tags = make_tags(run, names, self.commit, _trailers(facts, self.commit))
        if remote is None:
            made = [Update(tag_ref(name), None, oid) for name, oid in tags]
            move_refs(run.repository.git, made, reason="git hotfix: tag")
        else:
            updates = missing_tags(run.world, tags)
            pushed = push_and_observe(run.destination(), updates, atomic=False).known(again())
            if not pushed.has_arrived:
                name = (*pushed.denied, *pushed.moved)[0].removeprefix("refs/tags/")
                why = pushed.reason or "somebody has made one of that name meanwhile"
                message = f"The fix is published, but the server did not take the tag '{name}': {why}"
                run.remember(lambda memory: memory.with_refusal(self.commit, f"The tag '{name}' was not pushed: {why}"))
                return Done((Problem("tag-refused", message, again(), ExitCode.UNFINISHED, about="tag"),))
        run.say(f"Tagged {', '.join(name for name, _ in tags)}.")
        if attempt is not None:
            withdraw(run, attempt)
        if facts.own_request is not None:  # others have merged what was asked for from here
            gitflow_hooks.after(run, "finish", facts.branch, facts.base, tags[-1][0])
        return Done()


def shown_tags(tags: Sequence[tuple[str, Oid | None]]) -> str:
    """Return the names of tags, with all that is known of those that a server hides from us (``hideRefs``)."""
    is_seen = all(oid is not None for _, oid in tags)
    return ", ".join(name for name, _ in tags) + ("" if is_seen else _UNSEEN)


def is_tagged(facts: Facts) -> bool:
    """Return whether a rollback gets a tag: none where what it takes back was published without one."""
    last = facts.last_publication
    return last is not None and any(each.tag for each in facts.publications if each.rollback == last.rollback)


def rollback_tag(facts: Facts) -> str:
    """Return the name of the tag on what takes the newest publication back."""
    last = facts.last_publication
    return f"{last.tag}-rollback" if last is not None and last.tag else f"{facts.hotfix}-rollback"


def choose_tags(facts: Facts, asked: str | None, base: Oid, *, is_rollback: bool = False) -> tuple[str, ...]:
    """Return the names of the tags of a publication on top of ``base``: the hotfix tag and ``tag.also``.

    A name that is taken here or on the server gets ``-2``, ``-3``, …; a version that is taken goes on counting. Two
    that come to the same name are one tag. What takes a publication back has one, named after the publication's.
    """
    tag = facts.config.tag
    if is_rollback and asked is not None:
        return (_first_free(facts, asked),)
    first = asked or _first_free(facts, tag_name(tag.format, clock.now(), tag.zone))
    return tuple(dict.fromkeys((first, *(_version_tag(facts, pattern, base) for pattern in tag.also))))


def tags_to_make(facts: Facts, request: FinishRequest) -> tuple[str, ...]:
    """Return the names of the tags that the publication gets, or those that were prepared for it elsewhere."""
    attempt = facts.memory.attempt
    if request.from_bundle is not None and attempt is not None:
        return tuple(name for name, _ in attempt.tags)
    return choose_tags(facts, request.tag, facts.base_tip) if request.wants_tag and facts.base_tip else ()


def make_tags(
    run: Run, names: Sequence[str], commit: Oid, trailers: Sequence[tuple[str, str]]
) -> tuple[tuple[str, Oid], ...]:
    """Make the tags of a publication as objects; nothing points to them yet."""
    facts, repository = run.facts, run.repository
    message = with_trailers(f"Hotfix {facts.hotfix}: {one_line(facts.title)}", trailers)
    made = []
    for name in names:
        text = filtered(repository, "finish-tag-message", message, name)
        if text is None:
            run.warn_once(f"git-flow's filter gives no message for the tag '{name}': it has the usual one.")
        left = keeping_trailers(text, message) if text else message
        made.append((name, make_tag(repository, name, commit, left)))
    return tuple(made)


def _trailers(facts: Facts, merge: Oid) -> list[tuple[str, str]]:
    """Return the trailers for the tag of a published merge: ours are on it too, whoever made the merge."""
    own = list(named(facts))
    if facts.is_rolled_back:
        own += [(ROLLBACK_OF, each.merge) for each in facts.publications if each.rollback == merge]
        own += [(BECAUSE, why)] if (why := facts.rolled_back_because) else []
    said = trailers_of(facts.repository, merge)
    if facts.own_request is not None and not any(key in _FROM_MERGE for key, _ in said):  # the forge has merged it
        said = facts.own_request.said
    known, told = singles(said), facts.memory.told_merged
    own += [(TOLD_BY, told.by)] if told is not None and told.commit == merge else []
    return own + [(key, known[key]) for key in _FROM_MERGE if key in known]


def _named(facts: Facts, merge: Oid) -> str | None:
    """Return the tag that a commit names as made with it, where that name is still free."""
    name = next((value for key, value in trailers_of(facts.repository, merge) if key == TAG), None)
    return name if name is not None and is_ref_name(tag_ref(name)) and _is_free(facts, name) else None


def _first_free(facts: Facts, name: str) -> str:
    numbered = (f"{name}-{number}" for number in count(2))
    return next(each for each in chain((name,), numbered) if _is_free(facts, each))


def _is_free(facts: Facts, name: str) -> bool:
    ref, world = tag_ref(name), facts.world
    is_free = world.server is None or (ref not in world.server.refs and world.server.why_ambiguous(ref) is None)
    return is_free and ref not in world.local


def _version_tag(facts: Facts, pattern: str, base: Oid) -> str:
    if "{next_patch}" not in pattern:
        return _first_free(facts, pattern)
    before, _, after = pattern.partition("{next_patch}")
    own = (facts.known.branch or "").removeprefix(facts.config.branches.prefix).removeprefix(before)
    if _VERSION.fullmatch(own):  # as git-flow names a hotfix
        return _first_free(facts, f"{before}{own}{after}")
    major, minor, patch = _newest_version(facts, before, after, base)
    while not _is_free(facts, f"{before}{major}.{minor}.{patch + 1}{after}"):
        patch += 1
    return f"{before}{major}.{minor}.{patch + 1}{after}"


def _newest_version(facts: Facts, before: str, after: str, base: Oid) -> tuple[int, int, int]:
    """Return the highest version tag that ``base`` contains; 0.0.0 when there is none."""
    world = facts.world
    found: dict[tuple[int, int, int], Oid] = {}
    there = {**world.server.refs, **world.server.peeled} if world.server else {}
    for ref, oid in {**world.local, **there}.items():
        name = ref.removeprefix("refs/tags/")
        if name == ref or not name.startswith(before) or not name.endswith(after):
            continue
        match = _VERSION.match(name[len(before) : len(name) - len(after)])
        commit = facts.commit_of(oid) if match and facts.has(oid) else None
        if match and commit:
            found[int(match[1]), int(match[2]), int(match[3])] = commit
    for version in sorted(found, reverse=True):
        if facts.is_ancestor(found[version], base):
            return version
    return (0, 0, 0)
