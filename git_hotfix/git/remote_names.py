"""Which remote a hotfix is published to: the one that has production."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.credentials import masked
from git_hotfix.errors import HotfixError, Remedy, Unclear, command, refused, wrong_input
from git_hotfix.git.settings import GitConfig, git_config_of
from git_hotfix.hotfix import RefName

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from git_hotfix.git.program import Git


class Remote(Struct, frozen=True):
    """The one remote a hotfix is published to; ``address`` is what git is asked with (its name, or its push URL).

    A server may be silent for ``patience_seconds``.
    """

    name: str
    address: str
    url: str = ""
    patience_seconds: float = 10.0

    def tracking(self, branch: str) -> RefName:
        """Return the remote-tracking ref of one of its branches."""
        return RefName(f"refs/remotes/{self.name}/{branch}")


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
                ("git", "remote", "add", "production", pushes[0] if masked(pushes[0]) == pushes[0] else "URL"),
                then=("git", "config", "hotfix.remote.name", "production"),
            ),
        )
    return Remote(name, name if fetches == pushes[0] else pushes[0], pushes[0])


def push_remote(git: Git, branch: str, remote: Remote | None) -> Remote | None:
    """Return the remote that a person's own branch is pushed to (git-push(1)), where it is another than production's.

    One that is set (``branch.NAME.pushRemote``, ``remote.pushDefault``) and is none is wrong input.
    """
    config = git_config_of(git)
    name = config.last(f"branch.{branch}.pushRemote") or config.last("remote.pushDefault")
    if remote is None or name is None or name == remote.name:
        return remote
    if name not in remote_names(config):
        message = f"'{name}' is no remote (branch.{branch}.pushRemote, remote.pushDefault)."
        raise wrong_input("unknown-remote", message, command("git", "remote", "-v"))
    found = find_remote(git, name)
    return replace(found, patience_seconds=remote.patience_seconds) if found is not None else None


def certain_remote(git: Git, configured: str | None) -> Remote | None:
    """Return the remote that is certainly asked, whatever refs are here: the configured one, or the only one.

    None where refs decide, where there is none or it is wrong, and where libgit2 may not read the repository
    (``extensions`` in git-config(1)): what is refused then asks no server.
    """
    config = git_config_of(git)
    is_read = not any(entry.key.startswith("extensions.") for entry in config.entries)
    with suppress(HotfixError):
        if is_read and (configured is not None or len(remote_names(config)) == 1):
            return find_remote(git, configured)
    return None


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


def remote_of(config: GitConfig, refs: Container[str], branches: Sequence[str]) -> str | None:
    """Return the remote that has a branch of these names: the one it tracks here, else the only one that has it.

    None where no remote is known to have it; ``Unclear`` where several could be meant: a fork has production too.
    """
    names = remote_names(config)
    tracked = [config.last(f"branch.{branch}.remote") for branch in branches]
    found = [name for name in names if name in tracked]
    found = found or [name for name in names if any(f"refs/remotes/{name}/{each}" in refs for each in branches)]
    if len(found) < 2:
        return found[0] if found else None
    first = sorted(found, key=lambda name: name != "upstream")  # as the company's is called beside a fork
    raise Unclear(
        "remote-unclear",
        "Several remotes have a branch that could be production",
        question="Which remote is production published to?",
        setting="remote.name",
        candidates=tuple(first),
    )
