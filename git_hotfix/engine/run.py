"""One run of the program in one repository: settings, the world as last seen, the facts in hand, who listens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.config.layers import UnknownSetting
from git_hotfix.engine.configuration import Configured
from git_hotfix.engine.events import Telling, Warned
from git_hotfix.errors import HotfixError, command, wrong_input
from git_hotfix.facts.hotfixes import (
    Known,
    begun_hotfixes,
    find_begun,
    find_hotfix,
    is_foreign,
    known_hotfixes,
    lines_of,
)
from git_hotfix.facts.look import look
from git_hotfix.facts.phrases import some
from git_hotfix.facts.publications import find_publications
from git_hotfix.facts.tagged import tags_naming, tags_to_fetch
from git_hotfix.git.history import bringing_merge
from git_hotfix.git.publish import Destination
from git_hotfix.git.world import fetch_missing, look_at_world, look_here_again, world_after_push
from git_hotfix.hotfix import BranchName
from git_hotfix.memory_file import MemoryFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from git_hotfix.config.layers import Settings
    from git_hotfix.engine.events import Tell
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.remote import Server, Update
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.settings import GitConfig
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import HotfixId, RefName
    from git_hotfix.memory import Memory

LOOKED_BACK = 10
"""How many past hotfixes are looked at for one that is not finished."""


class Run(Configured, Telling):
    """What the steps of one run work with.

    ``world`` is replaced whenever something was looked at again, ``facts`` by ``look``. ``meant`` is the hotfix of the
    conflict in whose worktree the user stands: what a command without a name is about.
    """

    world: World
    facts: Facts

    def __init__(
        self,
        repository: Repository,
        git_config: GitConfig,
        *,
        tell: Tell,
        offline: bool,
        meant: HotfixId | None = None,
    ) -> None:
        super().__init__(repository, git_config)
        Telling.__init__(self, tell)
        self.offline = offline
        self.meant = meant
        self.tried_updates: set[Update] = set()
        """The local refs that this run has tried to move: one that stays is reported once."""
        self.seen: dict[str, Any] = {}
        """What a step has just found out, by the name the facts have for it: the next look need not ask again."""
        self.typed: tuple[str, ...] = ()
        """The command line, with the hotfix named."""
        self._pushed: tuple[Facts | None, tuple[RefName, ...]] = (None, ())
        self._known: tuple[World, dict[HotfixId, Known]] | None = None
        self._with_branches: tuple[World, dict[HotfixId, Known] | None] | None = None
        self._named: set[BranchName] = set()
        """The branches that a person named."""
        self.goes_on_without_settings = False
        """Whether a broken configuration holds nothing that was published: to carry it on, or to take it back."""

    # looking

    def look_at_server(self, *, must_answer: bool, fetches: bool = True) -> None:
        """Look at everything afresh, the server included; what is missing here is fetched then and later, or is not."""
        how: dict[str, bool] = {"offline": self.offline, "must_answer": must_answer, "fetches": fetches}
        self.world = look_at_world(self.repository, self.config, **how)
        fetch_missing(self.repository, self.world, (), tags_to_fetch(self.world, self.config))
        if self.world.unanswered is not None and not self.offline:
            self.tell(Warned(f"{self.world.unanswered.message} What follows is as of the last fetch."))

    def look_here(self) -> None:
        """Look at the refs, trees and HEAD here again; the server is as it was last seen."""
        self.world = look_here_again(self.repository, self.world)

    def look_after_push(self, taken: Sequence[Update]) -> Server:
        """Look at the server once more (the ``look`` of a ``Destination``); it must answer, unless it just has."""
        if taken:
            self.world = world_after_push(self.repository, self.world, taken)
        else:
            self.look_at_server(must_answer=True)
        assert self.world.server is not None  # noqa: S101  # it was pushed to
        return self.world.server

    def destination(self, *, hooks: bool = True) -> Destination:
        """Return the server as what refs are pushed to; one that is silent then is asked for two of its time limits."""
        remote, server, patience = self.world.remote, self.world.server, 2 * self.config.remote.timeout
        assert remote is not None  # noqa: S101  # asked by the caller
        look, hooks = self.look_after_push, hooks and self.repository.habits.runs_hooks
        return Destination(self.repository, remote, look, patience, hooks, self.hear, self._begin, server)

    @property
    def pushed(self) -> tuple[RefName, ...]:
        """The refs that were pushed since the facts in hand: what the server has of them is not known."""
        on, refs = self._pushed
        return refs if on is getattr(self, "facts", None) else ()

    def _begin(self, updates: Sequence[Update]) -> None:
        self._pushed = getattr(self, "facts", None), (*self.pushed, *(each.ref for each in updates))

    def look(self, hotfix: HotfixId | None = None, *, branches: tuple[str, ...] = ()) -> Facts:
        """Observe a hotfix (the one in hand) in the world as last seen; ``branches`` are fetched too."""
        self.facts = self.facts_of(hotfix or self.facts.hotfix, branches=branches)
        if self.seen:
            self.facts = self.facts.having(**self.seen)
            self.seen.clear()
        self._check_settings()
        return self.facts

    def _check_settings(self) -> None:
        """Refuse to act on a broken configuration; what was published is brought everywhere, or taken back, without.

        An unknown key holds only what is not published yet.
        """
        wrong = tuple(dict.fromkeys((*self.settings.wrong, *self.facts.settings.wrong)))
        held = wrong if self.goes_on_without_settings else [e for e in wrong if not isinstance(e, UnknownSetting)]
        if held and not (self.goes_on_without_settings and self.facts.publications):
            raise HotfixError(*held)
        self.go_on_without(wrong)

    def facts_of(self, hotfix: HotfixId, *, branches: tuple[str, ...] = (), settings: Settings | None = None) -> Facts:
        """Return the facts about any hotfix, with the configuration that counts for it, or another one."""
        known = self.known_of(hotfix)
        memory, own = self.memory_file(hotfix).read(), settings or self._settings_of(known)
        facts = look(
            *(self.repository, self.world, own, known, memory),
            at=clock.now(),
            settings_at=self.settings_at,
            branches=branches,
        )
        if self._are_merges_to_be_read(facts):
            self._read_history()
            return self.facts_of(hotfix, branches=branches, settings=settings)
        if known.merged is None or facts.publications:
            return facts
        if known.branch is None and (facts.branch_tip is not None or facts.lost is not None):
            return facts  # what is on the branch, or was, decides
        from git_hotfix.facts.merged_branches import rounds_by_name  # noqa: PLC0415  # where a merge names it

        rounds = rounds_by_name(facts, known.merged)
        return facts.having(publications=find_publications(facts, rounds)) if rounds else facts

    def _are_merges_to_be_read(self, facts: Facts) -> bool:
        """Return whether a branch of others is in its base by a merge that is not known yet, or was and is gone."""
        tip, base = facts.known_tip, facts.here(facts.base_tip)
        if facts.publications or self.repository.graph is not None or base is None:
            return False
        if facts.known.branch is None:
            report = facts.documented if tip is None else None
            return report is not None and is_foreign(report.branch, self.config.branches.prefix)
        if tip is None:
            return False
        return bringing_merge(self.repository, base, tip) not in {None, tip}

    def known(self) -> tuple[Known, ...]:
        """Return all hotfixes that branches, tags and reports name, oldest first."""
        return tuple(self._known_by_id().values())

    def known_since(self, day: str) -> tuple[Known, ...]:
        """Return those that have a branch, or a tag or report that is not called after an earlier day."""
        return known_hotfixes(self.repository, self.world, self.config, self._named, since=day)

    def known_of(self, hotfix: HotfixId) -> Known:
        """Return a hotfix by its names; others are asked about only where they decide which branch is its own."""
        begun = self._begun()
        known = (self._known_by_id() if begun is None else begun).get(hotfix, Known(hotfix))
        return replace(known, tags=tags_naming(self.repository, self.world, self.config, hotfix))

    def _begun(self) -> dict[HotfixId, Known] | None:
        """Return the hotfixes that have a branch, where no others have to be known for that; None where they have."""
        known = self._known
        if known is not None and (known[0] is self.world or any(each.branch for each in known[1].values())):
            return None
        if self._with_branches is None or self._with_branches[0] is not self.world:
            self._with_branches = self.world, begun_hotfixes(self.repository, self.world, self.config)
        return self._with_branches[1] if self.repository.graph is None else None

    def _known_by_id(self) -> dict[HotfixId, Known]:
        if self._known is None or self._known[0] is not self.world:
            before = self._known[1] if self._known is not None and self.repository.graph is None else {}
            found = known_hotfixes(self.repository, self.world, self.config, self._named)
            self._known = self.world, {each.hotfix: each for each in found}
            if any(each.branch is not None and each.hotfix not in self._known[1] for each in before.values()):
                self._read_history()  # of a branch that git-flow had begun, and that is deleted, only merges tell
                return self._known_by_id()
        return self._known[1]

    def find(self, name: str | None, *, or_newest: bool = False) -> HotfixId:
        """Return the hotfix a person means; ``or_newest``: the one that was published last, where none is open."""
        self._take_named(name)
        try:
            return self._find(name, or_newest=or_newest)
        except HotfixError as error:
            if error.problems[0].code not in {"no-hotfix", "unknown-hotfix"}:
                raise
            has_moved = self.fetch_lines()
            if name is not None and self.repository.graph is None:  # a merge may name it
                self._read_history()
            elif not has_moved:
                raise
            return self._find(name, or_newest=or_newest)

    def _read_history(self) -> None:
        from git_hotfix.engine.observation import read_history  # noqa: PLC0415  # slow, and seldom

        read_history(self)
        self._known = None

    def _take_named(self, name: str | None) -> None:
        """Let a branch that a person names, as others have made it on the server, be that of a hotfix."""
        given, prefix = (name or "").removeprefix("refs/heads/"), self.config.branches.prefix
        branch = BranchName(given if given.startswith(prefix) else prefix + given)
        if given and branch in self.world.branches and is_foreign(branch, prefix):
            fetch_missing(self.repository, self.world, (branch,))
            self._named.add(branch)
            self._known = None

    def fetch_lines(self) -> bool:
        """Fetch production and develop where the server has moved them: hotfixes may be named there. Return whether."""
        is_news = fetch_missing(self.repository, self.world, lines_of(self.config))
        self._known = None if is_news else self._known
        return is_news

    def _find(self, name: str | None, *, or_newest: bool) -> HotfixId:
        if (begun := find_begun(name, self._begun() or {}, self.world, self.config)) is not None and self.meant is None:
            return begun.hotfix
        known = self.known()
        if name is None and self.meant is not None and self.meant in {each.hotfix for each in known}:
            return self.meant
        if name is None and not any(self._is_open(each) for each in known):
            left = self.open()
            if len(left) == 1:
                return left[0]
            if left:
                message = f"Several hotfixes are not finished yet: {some([str(each) for each in left])}."
                raise wrong_input("ambiguous-hotfix", message, command("git", "hotfix", "list"))
            if or_newest:
                from git_hotfix.engine.observation import published  # noqa: PLC0415  # seldom

                for newest in published(self)[:1]:
                    return newest.hotfix
        return find_hotfix(name, known, self.world, self.config).hotfix

    def open(self) -> tuple[HotfixId, ...]:
        """Return the hotfixes that have a branch; where none has, the unfinished ones of the past, newest first.

        A colleague who never had the branch takes over by them. Only the ten newest are looked at.
        """
        begun = tuple(each.hotfix for each in (self._begun() or {}).values() if each.is_open)
        if branches := begun or tuple(each.hotfix for each in self.known() if self._is_open(each)):
            return branches
        from git_hotfix.engine.observation import unfinished  # noqa: PLC0415  # seldom

        left = unfinished(self, reversed(self.known()[-LOOKED_BACK:]))
        return left or tuple(each.hotfix for each in self.known() if each.is_open)

    def _is_open(self, known: Known) -> bool:
        """Return whether it has a branch; one that others have made may be a leftover, unless it is checked out."""
        return known.is_open and known.branch in {None, self.world.head.branch}

    def overridden(self, key: str, value: str) -> Run:
        """Return a run like this one in which a setting has another value."""
        other = Run(self.repository, self.git_config, tell=self.tell, offline=self.offline, meant=self.meant)
        other.world = self.world
        other.override(key, value)
        return other

    def memory_file(self, hotfix: HotfixId) -> MemoryFile:
        """Return the memory of a hotfix."""
        return MemoryFile(self.repository.common_dir, hotfix)

    def remember(self, change: Callable[[Memory], Memory], hotfix: HotfixId | None = None) -> None:
        """Change what is remembered of a hotfix (the one in hand); the facts show it at the next look."""
        self.memory_file(hotfix or self.facts.hotfix).change(change)
