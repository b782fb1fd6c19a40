"""The server: what refs it has, fetching what is missing, pushing with leases."""

from __future__ import annotations

import re
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct, field

from git_hotfix.errors import command, server_failed
from git_hotfix.git.child import TimedOut
from git_hotfix.git.network import over_network, passwords
from git_hotfix.git.settings import git_config_of
from git_hotfix.git.silence import HELD_SECONDS
from git_hotfix.hotfix import Oid, RefName, branch_ref, branches_in, is_tag, tag_ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from git_hotfix.errors import HotfixError
    from git_hotfix.git.program import Answer, Git
    from git_hotfix.git.remote_names import Remote
    from git_hotfix.git.settings import GitConfig
    from git_hotfix.hotfix import BranchName

_LIST = ("ls-remote", "--symref", "-q")
PUSH_PATIENCE = 3.0
"""A push may be met with so many times the usual silence: the server looks at what it was sent, and runs its hooks."""


class Server(Struct, frozen=True, dict=True):
    """The refs of the server at one moment. ``peeled`` gives the commit an annotated tag stands on."""

    refs: Mapping[RefName, Oid]
    peeled: Mapping[RefName, Oid] = field(default_factory=lambda: MappingProxyType({}))
    head: RefName | None = None
    showed_none: bool = False
    """Whether it showed no tags when it was asked, or was not asked; what it said since that it took is in ``refs``."""

    @cached_property
    def shows_tags(self) -> bool:
        """Whether it shows tags: one that hides them (``hideRefs``) shows none."""
        return not self.showed_none and bool(self.tags)

    def why_ambiguous(self, ref: RefName) -> str | None:
        """Return what makes the full name of a ref mean two here: git pushes to neither (its ``remote.c``)."""
        other = next((each for each in (branch_ref(ref), tag_ref(ref)) if each in self.refs), None)
        return f"The server has '{other}' beside '{ref}': git pushes to neither of that name." if other else None

    @cached_property
    def tags(self) -> Mapping[RefName, Oid]:
        """Its tags."""
        return {ref: oid for ref, oid in self.refs.items() if is_tag(ref)}

    @cached_property
    def tags_on(self) -> Mapping[Oid, Sequence[RefName]]:
        """Its tags by what they stand on, sorted: a server says it of every annotated one."""
        found: dict[Oid, list[RefName]] = {}
        for ref, oid in sorted(self.tags.items()):
            found.setdefault(self.peeled.get(ref, oid), []).append(ref)
        return found

    @cached_property
    def branches(self) -> tuple[BranchName, ...]:
        """The names of its branches, sorted."""
        return tuple(sorted(branches_in(self.refs)))

    def branch(self, name: str) -> Oid | None:
        """Return the tip of a branch there, None when it has none of that name."""
        return self.refs.get(branch_ref(name))


class Update(Struct, frozen=True):
    """One ref to move, here or on the server, only if it still is ``old`` (None: must not exist; new None: delete)."""

    ref: RefName
    old: Oid | None
    new: Oid | None


class PushAnswer(Struct, frozen=True):
    """What a push said: but for ``accepted`` only reasons to show. ``refusals`` maps refs to git's words."""

    accepted: bool
    """Whether the server told of every ref that it took it: that is its answer. Anything else proves nothing."""
    refusals: Mapping[RefName, str]
    reason: str
    lacks_atomic: bool = False
    heard_server: bool = False
    """Whether the server said anything: else a hook here may have ended the push."""
    fell_silent: bool = False
    """Whether the push was ended because the server said nothing any more: it may still take it."""
    words: tuple[str, ...] = ()
    """What hooks here and the server said, as git shows it."""


def begin_to_ask(git: Git, remote: Remote) -> None:
    """Begin what ``ask_server`` is certainly asked soon: the server answers while something else is done."""
    git.begin(*passwords(git, remote), *_LIST, remote.address)


def ask_server(git: Git, remote: Remote) -> Server:
    """Read all refs of the server with one ``git ls-remote``; exit 5 when it is silent for longer than it may be."""
    try:
        answer = over_network(git, remote, "Asking", *_LIST, remote.address)
    except TimedOut as ended:
        raise _silent(remote, ended) from None
    if answer.code != 0:
        message = f"'{remote.name}' could not be read: {answer.why}"
        raise server_failed("server-unreachable", message, command("git", "ls-remote", remote.name))
    refs: dict[RefName, Oid] = {}
    peeled: dict[RefName, Oid] = {}
    head: RefName | None = None
    for line in answer.text.split("\n"):
        value, _, name = line.partition("\t")
        if value.startswith("ref: "):
            head = RefName(value[5:]) if name == "HEAD" else head
        elif name.endswith("^{}"):
            peeled[RefName(name[:-3])] = Oid(value)
        elif name.startswith("refs/"):
            refs[RefName(name)] = Oid(value)
    return Server(MappingProxyType(refs), MappingProxyType(peeled), head)


def fetch(git: Git, remote: Remote, refs: Iterable[RefName]) -> None:
    """Fetch refs by name (branches into their remote-tracking refs, tags into tags); exit 5 when it fails.

    A ref that is missing on the server fails the whole fetch: name only what ``ask_server`` saw.
    """
    specs = [_fetch_spec(remote, ref) for ref in refs]
    if not specs:
        return
    nothing_more = ("--no-tags", "--no-prune", "--no-prune-tags", "--no-recurse-submodules", "--no-auto-maintenance")
    _fetch(git, remote, *nothing_more, remote.address, *specs)


def fetch_all(git: Git, remote: Remote, *, is_shallow: bool) -> None:
    """Fetch every branch into its remote-tracking ref, and every tag, with all of their history."""
    options = ("--unshallow",) * is_shallow
    _fetch(git, remote, *options, "--tags", remote.address, f"+refs/heads/*:{remote.tracking('*')}")


def _fetch(git: Git, remote: Remote, *arguments: str) -> None:
    try:
        how = ("--no-write-fetch-head", "-q" if git.shows is None else "--progress")
        answer = over_network(git, remote, "Fetching from", "fetch", *how, *arguments)
    except TimedOut as ended:
        raise _silent(remote, ended) from None
    if answer.code != 0:
        message = f"Fetching from '{remote.name}' failed: {answer.why}"
        raise server_failed("fetch-failed", message, command("git", "fetch", remote.name))


def push(
    git: Git,
    remote: Remote,
    updates: Sequence[Update],
    *,
    atomic: bool,
    hooks: bool,
    tells: Sequence[str] = (),
) -> PushAnswer:
    """Push exactly these refs, each leased on its old value, and nothing else (no followed tags).

    Whether the push is signed, and what is done about submodules, is as the user's git does it. ``tells`` is what the
    server is told with it (git-push(1), ``--push-option``), in addition to what the user's git tells.
    """
    config = git_config_of(git)
    options = ["--porcelain", "--no-follow-tags", *_submodules(config)]
    options += ["--atomic"] if atomic else []
    options += ["--progress"] if git.shows is not None else []
    options += [] if hooks else ["--no-verify"]
    options += [f"--push-option={each}" for each in (*config.all("push.pushOption"), *tells)] if tells else []
    leases = [f"--force-with-lease={update.ref}:{update.old or ''}" for update in updates]
    specs = [f"{update.new or ''}:{update.ref}" for update in updates]
    words = (*_one_by_one(config, remote), "push", *options, *leases, remote.name, *specs)
    try:
        answer = over_network(git, remote, "Pushing to", *words, patience=PUSH_PATIENCE)
    except TimedOut as ended:
        said = f"'{remote.name}' has not answered the push for {PUSH_PATIENCE * remote.patience_seconds:g} s."
        said = _held(ended) or said
        return PushAnswer(accepted=False, refusals=MappingProxyType({}), reason=said, fell_silent=True)
    taken: set[RefName] = set()
    refusals: dict[RefName, str] = {}
    of_hook = list[str]()
    wanted = {update.ref: update.new or "" for update in updates}
    for line in answer.out.decode("utf-8", "replace").split("\n"):
        flag, *rest = line.split("\t", 2)
        if len(rest) < 2:  # a hook here may speak to standard output, as that of git-lfs does
            of_hook += [line.strip()] if line.strip() and not line.startswith(("To ", "Done", "hint: ")) else []
            continue
        ref, summary = RefName(rest[0].rpartition(":")[2]), rest[1]
        if flag == "!":
            refusals[ref] = summary
        elif wanted.get(ref, "").startswith(_new_in(summary)):
            taken.add(ref)
    heard = _heard(answer.err)
    of_server = server_words(heard)
    return PushAnswer(
        accepted=answer.code == 0 and taken == wanted.keys(),
        refusals=MappingProxyType(refusals),
        reason=joined(of_server or (*of_hook, answer.why)),
        # git's own client refuses, before anything is sent, when the server lacks the capability: it is our word
        lacks_atomic=answer.code != 0 and atomic and "does not support --atomic" in answer.reason,
        heard_server=bool(of_server),
        words=heard,
    )


def server_words(heard: Iterable[str]) -> tuple[str, ...]:
    """Return what the server said of all that was heard, without the marks and rules that frame it."""
    lines = (line.removeprefix("remote:").strip() for line in heard if line.startswith("remote:"))
    return tuple(re.sub(r"\A(error: |- )", "", line) for line in lines if re.search(r"\w", line))


def joined(parts: Iterable[str]) -> str:
    """Return what was said as one text: a sentence that has ended is followed by the next, any other by ``;``."""
    return re.sub(r"([.!?:]); ", r"\1 ", "; ".join(dict.fromkeys(filter(None, parts))))


def rehearse_push(git: Git, remote: Remote, tip: Oid, ref: RefName) -> Answer:
    """Let git push a commit atomically as a dry run: nothing is sent, and no hook runs."""
    options = ("--dry-run", "--atomic", "--no-verify", "--no-follow-tags", "--recurse-submodules=no", "-q")
    words = (*_one_by_one(git_config_of(git), remote), "push", *options, remote.name, f"{tip}:{ref}")
    try:
        return over_network(git, remote, "Pushing to", *words)
    except TimedOut as ended:
        raise _silent(remote, ended) from None


def _one_by_one(config: GitConfig, remote: Remote) -> tuple[str, ...]:
    """Return what lets git push single refs to a remote that mirrors, as 'git clone --mirror' sets it."""
    mirrors = config.boolean(f"remote.{remote.name}.mirror")
    return ("-c", f"remote.{remote.name}.mirror=false") if mirrors else ()


def _submodules(config: GitConfig) -> tuple[str, ...]:
    """Return the option by which a commit of a submodule that no server has keeps a push back, as the user wants it.

    Pushing the submodules too needs refs that are called by the same names there; ours have none (git-push(1)).
    """
    wanted = config.last("push.recurseSubmodules")
    pushes = wanted in {"on-demand", "only"} or (wanted is None and config.boolean("submodule.recurse"))
    return ("--recurse-submodules=check",) if pushes else ()


def _heard(err: bytes) -> tuple[str, ...]:
    """Return the lines that were said during a push; of one that was written over again and again the last text."""
    lines = (line.rstrip().rpartition("\r")[2].rstrip() for line in err.decode("utf-8", "replace").split("\n"))
    words = (line for line in lines if line.removeprefix("remote:").strip())
    return tuple(line for line in words if line != "Everything up-to-date" and not line.startswith("hint:"))


def _silent(remote: Remote, ended: TimedOut) -> HotfixError:
    said = _held(ended) or f"'{remote.name}' did not answer within {remote.patience_seconds:g} s."
    return server_failed("server-silent", said, command("git", "ls-remote", remote.name))


def _held(ended: TimedOut) -> str | None:
    """Return what on this machine kept git from going on; None when it was the server."""
    return f"'{ended.waited_for}' did nothing for {HELD_SECONDS:g} s and was ended." if ended.waited_for else None


def tracked_server(refs: Mapping[RefName, Oid], remote: Remote) -> Server:
    """Return the server as it was last seen: from remote-tracking refs, for work without a network."""
    prefix = f"refs/remotes/{remote.name}/"
    seen = {
        branch_ref(ref.removeprefix(prefix)): oid
        for ref, oid in refs.items()
        if ref.startswith(prefix) and ref != f"{prefix}HEAD"
    }
    tags = {ref: oid for ref, oid in refs.items() if ref.startswith("refs/tags/")}
    return Server(MappingProxyType({**seen, **tags}), showed_none=True)


def _fetch_spec(remote: Remote, ref: RefName) -> str:
    if ref.startswith("refs/heads/"):
        return f"+{ref}:{remote.tracking(ref.removeprefix('refs/heads/'))}"
    return ref  # only its objects: a tag here is made when what it stands on is settled


def _new_in(summary: str) -> str:
    """Return the beginning of a ref's new id, where a push names it (``old..new``).

    A server may take a push and make another commit of it (``option new-oid``: gitprotocol-pack(5)).
    """
    return "" if summary.startswith("[") else summary.partition(" ")[0].rpartition("..")[2]
