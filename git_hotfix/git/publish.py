"""Push, look at the server, push again: what has become of each ref is what the server shows.

A push that the server took as a whole is its answer. After any other end it is asked, and the words are only shown as
its reason: of 28 lost races 22 said ``[remote rejected] (atomic transaction failed)``, and a push whose answer was lost
may have arrived.
"""

from __future__ import annotations

import itertools
import time
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from git_hotfix.errors import HotfixError, server_failed
from git_hotfix.git.history import is_ancestor
from git_hotfix.git.hooks import has_hook
from git_hotfix.git.objects import has_object
from git_hotfix.git.remote import PushAnswer, Update, ask_server, fetch, joined, push

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from git_hotfix.errors import Remedy
    from git_hotfix.git.remote import Server
    from git_hotfix.git.remote_names import Remote
    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Oid, RefName

RACE_SECONDS = 60.0
"""How long refs are followed that others keep moving: with 8 clones racing, the last one needs 8 tries."""
PAUSE_SECONDS = 1.0
"""The longest pause before a push is made again; half of it before a server that is silent is asked again."""


class Arrived(Struct, frozen=True):
    """The server has it: the ref is what was pushed, or a branch that contains it by now (``at``); None: deleted."""

    at: Oid | None


class Moved(Struct, frozen=True):
    """Others have moved the ref: it is neither what the push expected nor what it brought. None: deleted."""

    at: Oid | None


class Denied(Struct, frozen=True):
    """The ref is what it was: the server, or a hook here, did not let it move.

    ``said`` is what they said of the whole push, ``own`` what git says of this ref.
    """

    said: str
    own: str = ""
    is_held_here: bool = False
    """Whether a hook here may have ended the push before the server heard of it."""

    @property
    def reason(self) -> str:
        """Why, in their words."""
        return joined((self.said, self.own))


class Unknown(Struct, frozen=True):
    """The server did not answer after the push, or not fully: the next run sees what has become of it."""

    reason: str


Fate = Arrived | Moved | Denied | Unknown


class Destination(Struct, frozen=True):
    """Where refs are published to.

    ``look`` gives the server's refs: after what it has just said it took, without asking; after nothing it asks afresh
    and raises ``HotfixError`` where it does not answer. Then it is asked again for ``patience_seconds``. ``hooks`` says
    whether pre-push hooks run.
    """

    repository: Repository
    remote: Remote
    look: Callable[[Sequence[Update]], Server]
    patience_seconds: float
    hooks: bool = True
    hears: Callable[[str], None] = lambda _: None
    """Gets each line that the server, or a hook here, said of a push that was taken."""
    begins: Callable[[Sequence[Update]], None] = lambda _: None
    """Gets what is pushed, just before."""
    seen: Server | None = None
    """The server as it was last looked at: a name that means two refs there would hold all that is pushed with it."""
    tells: tuple[str, ...] = ()
    """What the server is told with a push (``--push-option``)."""


def elsewhere(to: Destination, other: Remote) -> Destination:
    """Return another remote as where refs are published to; it is asked what it has only after a push."""
    if other == to.remote:
        return to
    return replace(to, remote=other, look=lambda _: ask_server(to.repository.git, other), seen=None)


class Pushed(Struct, frozen=True):
    """What has become of every ref that was pushed, as the server showed it afterwards.

    ``was_split`` tells that the server cannot push atomically: a part of what belongs together may have arrived.
    """

    fates: Mapping[RefName, Fate] = field(default_factory=lambda: MappingProxyType({}))
    was_split: bool = False

    @property
    def has_arrived(self) -> bool:
        """Whether the server has everything."""
        return all(isinstance(fate, Arrived) for fate in self.fates.values())

    @property
    def moved(self) -> tuple[RefName, ...]:
        """The refs that others have moved: what was made for them is to be made anew."""
        return tuple(ref for ref, fate in self.fates.items() if isinstance(fate, Moved))

    @property
    def denied(self) -> Mapping[RefName, Denied]:
        """The refs that were not let move."""
        return {ref: fate for ref, fate in self.fates.items() if isinstance(fate, Denied)}

    @property
    def reason(self) -> str:
        """What was said of all that did not arrive, each sentence once."""
        words = [fate.said for fate in self.denied.values()]
        words += [f"{ref.split('/', 2)[-1]}: {fate.own}" for ref, fate in self.denied.items() if fate.own]
        return joined(words)

    @property
    def is_held_here(self) -> bool:
        """Whether a hook here may have ended the push."""
        return any(fate.is_held_here for fate in self.denied.values())

    @property
    def unknown(self) -> str | None:
        """Why it is not known what has become of some ref; None when all is known."""
        return next((fate.reason for fate in self.fates.values() if isinstance(fate, Unknown)), None)

    def known(self, remedy: Remedy) -> Pushed:
        """Return this; where it is not known what has become of some ref, exit 5: ``remedy`` looks later."""
        if self.unknown is not None:
            message = f"It is not known whether the server took it: {self.unknown}"
            raise server_failed("outcome-unknown", message, remedy)
        return self


def push_and_observe(to: Destination, updates: Iterable[Update], *, atomic: bool, tries: int = 1) -> Pushed:
    """Push exactly these refs, each leased on its old value, and return what the server shows of each.

    With ``atomic`` all move or none, if the server can do that; else each is judged alone. Where nobody has moved a ref
    and yet it was denied, it is pushed up to ``tries`` times: a ref may be locked for a moment. A branch is fetched
    where it takes that to see whether it contains what was pushed. With nothing to push nobody is asked.
    """
    wanted = tuple(updates)
    fates: dict[RefName, Fate] = {}
    was_split = False
    reasons = {each.ref: to.seen.why_ambiguous(each.ref) for each in wanted} if to.seen is not None else {}
    held = {ref: Denied(why) for ref, why in reasons.items() if why is not None}
    if held and atomic:
        return Pushed({each.ref: next(iter(held.values())) for each in wanted})
    wanted = tuple(each for each in wanted if each.ref not in held)
    for number in range(tries):
        left = [update for update in wanted if not isinstance(fates.get(update.ref), Arrived)]
        if not left:
            break
        if number:
            pause(PAUSE_SECONDS)
        said = _push(to, left, atomic=atomic and not was_split)
        if said.lacks_atomic:
            was_split = True
            said = _push(to, left, atomic=False)
        for line in said.words if said.accepted else ():
            to.hears(line)
        fates |= _observe(to, left, said)
        is_denied = any(isinstance(fate, Denied) for fate in fates.values())
        if not is_denied or _is_hopeless(fates) or _was_ended_here(to, said):
            break
    return Pushed(MappingProxyType({**fates, **held}), was_split)


def push_while_moving(
    to: Destination,
    make: Callable[[Pushed], Sequence[Update]],
    *,
    atomic: bool,
    tries: int = 1,
    seconds: float = RACE_SECONDS,
) -> Pushed:
    """Push what ``make`` makes; as long as others move refs meanwhile let it make them anew, once and for some seconds.

    ``make`` gets how the last push ended (before the first one: no refs), and has the server as it was seen then; with
    nothing more to push it ends the loop. The fates of all refs that were pushed are returned, each the last one: with
    ``atomic`` those of the last push; one that was moved, and for which nothing was made anew, is left out.
    """
    until = time.monotonic() + seconds
    fates: dict[RefName, Fate] = {}
    last = Pushed()
    for number in itertools.count():
        updates = make(last)
        fates = {} if atomic else {ref: fate for ref, fate in fates.items() if not isinstance(fate, Moved)}
        if not updates:
            break
        last = push_and_observe(to, updates, atomic=atomic, tries=tries)
        fates |= last.fates
        if not last.moved or (number and time.monotonic() > until):
            break  # one push can take longer than all of the time, and is no sign that others keep moving refs
        pause(PAUSE_SECONDS)
    return Pushed(MappingProxyType(fates), last.was_split)


def pause(most_seconds: float) -> None:
    """Wait for a random part of a time, so that clones that race each other do not keep step."""
    import random  # noqa: PLC0415  # 3 ms

    time.sleep(random.uniform(0.2, 1.0) * most_seconds)  # noqa: S311  # spreads load, guards nothing


def _push(to: Destination, updates: Sequence[Update], *, atomic: bool) -> PushAnswer:
    to.begins(updates)
    return push(to.repository.git, to.remote, updates, atomic=atomic, hooks=to.hooks, tells=to.tells)


def _is_hopeless(fates: Mapping[RefName, Fate]) -> bool:
    """Return whether pushing the same again cannot help: a ref was moved, or the server is silent."""
    return any(isinstance(fate, Moved | Unknown) for fate in fates.values())


def _observe(to: Destination, updates: Sequence[Update], said: PushAnswer) -> dict[RefName, Fate]:
    try:
        server = to.look(updates) if said.accepted else _look_until_answered(to)
    except HotfixError as error:
        return {update.ref: Unknown(error.problems[0].message) for update in updates}
    return {update.ref: _fate(to, update, server, said) for update in updates}


def _look_until_answered(to: Destination) -> Server:
    until = time.monotonic() + to.patience_seconds
    while True:
        try:
            return to.look(())
        except HotfixError:
            if time.monotonic() > until:
                raise
            pause(PAUSE_SECONDS / 2)


def _fate(to: Destination, update: Update, server: Server, said: PushAnswer) -> Fate:
    at = server.refs.get(update.ref)
    if at == update.new:
        return Arrived(at)
    if at == update.old:
        return Unknown(said.reason) if said.fell_silent else _denied(to, update.ref, said)
    if at is None or update.new is None or not update.ref.startswith("refs/heads/"):
        return Moved(at)
    try:
        if not has_object(to.repository, at):
            fetch(to.repository.git, to.remote, [update.ref])
            to.repository.forget_absent()
        if not has_object(to.repository, at):  # moved once more since
            return Unknown(f"'{update.ref}' keeps changing.")
        return Arrived(at) if is_ancestor(to.repository, update.new, at) else Moved(at)
    except HotfixError as error:
        return Unknown(error.problems[0].message)


def _denied(to: Destination, ref: RefName, said: PushAnswer) -> Denied:
    """Return what the server's hooks say, and git about this ref: of one that fell with others that is no reason."""
    own = said.refusals.get(ref, "")
    if _was_ended_here(to, said):
        return Denied(f"{said.reason} (a pre-push hook runs here)", is_held_here=True)
    return Denied(said.reason, "" if "atomic" in own else own)


def _was_ended_here(to: Destination, said: PushAnswer) -> bool:
    """Return whether a hook here may have ended the push: nothing was heard from the server."""
    is_mute = not said.refusals and not said.heard_server
    return is_mute and to.hooks and has_hook(to.repository.git, "pre-push")
