"""The server: what refs it has, fetching what is missing, pushing with leases."""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct, field

from git_hotfix.errors import Remedy, command, refused, server_failed, wrong_input
from git_hotfix.git.child import TimedOut
from git_hotfix.git.program import Git
from git_hotfix.git.settings import GitConfig, git_config_of
from git_hotfix.hotfix import Oid, RefName, branch_ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from git_hotfix.git.program import Git


class Remote(Struct, frozen=True):
    """The one remote a hotfix is published to; ``address`` is what git is asked with (its name, or its push URL)."""

    name: str
    address: str

    def tracking(self, branch: str) -> RefName:
        """Return the remote-tracking ref of one of its branches."""
        return RefName(f"refs/remotes/{self.name}/{branch}")


class Server(Struct, frozen=True):
    """The refs of the server at one moment. ``peeled`` gives the commit an annotated tag stands on."""

    refs: Mapping[RefName, Oid]
    peeled: Mapping[RefName, Oid] = field(default_factory=lambda: MappingProxyType({}))
    head: RefName | None = None

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
    lacks_atomic: bool
    heard_server: bool
    """Whether the server said anything: else a hook here may have ended the push."""


def find_remote(git: Git, configured: str | None) -> Remote | None:
    """Return the remote to publish to: the configured one, ``origin``, else the only one; None without remotes.

    Several of which none is ``origin``, and several push URLs, are wrong input: a hotfix goes to one place.
    """
    config = git_config_of(git)
    names = remote_names(config)
    if configured is not None and configured not in names:
        if not names:
            return None
        raise wrong_input(
            "unknown-remote",
            f"There is no remote '{configured}'.",
            command("git", "config", "hotfix.remote.name", names[0]),
        )
    if not names:
        return None
    name = configured or ("origin" if "origin" in names else names[0] if len(names) == 1 else None)
    if name is None:
        listed = ", ".join(f"'{each}'" for each in names)
        raise wrong_input(
            "several-remotes",
            f"There are several remotes ({listed}) and none is called 'origin'.",
            command("git", "config", "hotfix.remote.name", names[0]),
        )
    config.boolean(f"remote.{name}.mirror")  # a value that is none is told now, not when it comes to pushing
    fetches, pushes = _urls(git, config, name)
    if len(pushes) > 1:
        raise refused(
            "several-push-urls",
            f"The remote '{name}' has {len(pushes)} push URLs; a hotfix is published to one place, all or nothing.",
            Remedy(
                ("git", "remote", "add", "production", pushes[0]),
                then=("git", "config", "hotfix.remote.name", "production"),
            ),
        )
    return Remote(name, name if fetches == pushes[0] else pushes[0])


def remote_names(config: GitConfig) -> tuple[str, ...]:
    """Return the names of all remotes, sorted, as ``git remote`` lists them."""
    parts = (entry.key.split(".", 1) for entry in config.entries if entry.key.startswith("remote."))
    found = {rest.rpartition(".")[0] for _, rest in parts if "." in rest}
    return tuple(sorted(name for name in found if not name.startswith("/")))


def _urls(git: Git, config: GitConfig, name: str) -> tuple[str, tuple[str, ...]]:
    """Return the URL to fetch from and those to push to, as ``git remote get-url`` gives them (git-config(1))."""
    urls, pushes = (
        tuple(entry.value for entry in config.entries_of(f"remote.{name}.{key}")) for key in ("url", "pushurl")
    )
    is_rewritten = any(
        entry.key.startswith("url.") and entry.key.endswith((".insteadof", ".pushinsteadof"))
        for entry in config.entries
    )
    given = [url for url in (*urls, *pushes) if url]
    if (
        is_rewritten or not urls or len(given) < len(urls) + len(pushes)
    ):  # an empty one means something from git 2.46 on
        fetches = git.run("remote", "get-url", name).text
        return fetches, tuple(git.run("remote", "get-url", "--push", "--all", name).text.split("\n"))
    return given[0], tuple(given[len(urls) :] or given)


def ask_server(git: Git, remote: Remote, *, seconds: float) -> Server:
    """Read all refs of the server with one ``git ls-remote``; exit 5 when it does not answer in ``seconds``."""
    try:
        answer = git.ask("ls-remote", "--symref", "-q", remote.address, seconds=seconds)
    except TimedOut:
        raise server_failed(
            "server-silent",
            f"'{remote.name}' did not answer within {seconds:g} s.",
            command("git", "ls-remote", remote.name),
        ) from None
    if answer.code != 0:
        said = _one_line(answer.reason)
        raise server_failed(
            "server-unreachable", f"'{remote.name}' could not be read: {said}", command("git", "ls-remote", remote.name)
        )
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
    answer = git.ask("fetch", *nothing_more, "--no-write-fetch-head", "-q", remote.address, *specs)
    if answer.code != 0:
        raise server_failed(
            "fetch-failed",
            f"Fetching from '{remote.name}' failed: {_one_line(answer.reason)}",
            command("git", "fetch", remote.name),
        )


def push(
    git: Git,
    remote: Remote,
    updates: Sequence[Update],
    *,
    atomic: bool,
    hooks: bool,
    on_output: Callable[[bytes], None] | None = None,
) -> PushAnswer:
    """Push exactly these refs, each leased on its old value, and nothing else (no followed tags, no submodules)."""
    options = ["--porcelain", "--no-follow-tags", "--recurse-submodules=no", "--no-signed"]
    options += ["--atomic"] if atomic else []
    options += [] if hooks else ["--no-verify"]
    leases = [f"--force-with-lease={update.ref}:{update.old or ''}" for update in updates]
    specs = [f"{update.new or ''}:{update.ref}" for update in updates]
    # as 'git clone --mirror' sets it, and then git pushes no single refs
    mirrors = git_config_of(git).boolean(f"remote.{remote.name}.mirror")
    one_by_one = ("-c", f"remote.{remote.name}.mirror=false") if mirrors else ()
    answer = git.ask(*one_by_one, "push", *options, *leases, remote.name, *specs, on_output=on_output)
    taken: set[RefName] = set()
    refusals: dict[RefName, str] = {}
    wanted = {update.ref: update.new or "" for update in updates}
    for line in answer.out.decode("utf-8", "replace").split("\n"):
        flag, *rest = line.split("\t", 2)
        if len(rest) < 2:
            continue
        ref, words = RefName(rest[0].rpartition(":")[2]), rest[1]
        if flag == "!":
            refusals[ref] = words
        elif wanted.get(ref, "").startswith(_new_in(words)):
            taken.add(ref)
    remote_words = [line[8:].rstrip() for line in answer.reason.split("\n") if line.startswith("remote: ")]
    said = "; ".join(word for word in remote_words if word.strip()) or _one_line(answer.reason)
    # git's own client refuses, before anything is sent, when the server lacks the capability: "--atomic" is our word
    lacks_atomic = answer.code != 0 and atomic and "does not support --atomic" in answer.reason
    is_accepted = answer.code == 0 and taken == wanted.keys()
    return PushAnswer(is_accepted, MappingProxyType(refusals), said, lacks_atomic, bool(remote_words))


def has_hook(git: Git, name: str) -> bool:
    """Return whether a hook of that name is there to run (githooks(5))."""
    if git.folders is None or git.is_tied or git_config_of(git).entries_of("core.hooksPath"):
        path = git.directory / git.run("rev-parse", "--git-path", f"hooks/{name}").text
    else:
        path = git.folders.common_dir / "hooks" / name
    return path.is_file() and os.access(path, os.X_OK)


def tracked_server(refs: Mapping[RefName, Oid], remote: Remote) -> Server:
    """Return the server as it was last seen: from remote-tracking refs, for work without a network."""
    prefix = f"refs/remotes/{remote.name}/"
    seen = {
        branch_ref(ref.removeprefix(prefix)): oid
        for ref, oid in refs.items()
        if ref.startswith(prefix) and ref != f"{prefix}HEAD"
    }
    tags = {ref: oid for ref, oid in refs.items() if ref.startswith("refs/tags/")}
    return Server(MappingProxyType({**seen, **tags}))


def _fetch_spec(remote: Remote, ref: RefName) -> str:
    if ref.startswith("refs/heads/"):
        return f"+{ref}:{remote.tracking(ref.removeprefix('refs/heads/'))}"
    return ref  # only its objects: a tag here is made when what it stands on is settled


def _new_in(summary: str) -> str:
    """Return the beginning of a ref's new id, where a push names it (``old..new``).

    A server may take a push and make another commit of it (``option new-oid``: gitprotocol-pack(5)).
    """
    return "" if summary.startswith("[") else summary.partition(" ")[0].rpartition("..")[2]


def _one_line(reason: str) -> str:
    lines = [line.strip() for line in reason.split("\n") if line.strip()]
    kept = [line for line in lines if not line.startswith(("To ", "error: failed to push"))] or lines
    return " ".join(line.removeprefix("fatal: ").removeprefix("error: ") for line in kept) or "git gave no reason"
