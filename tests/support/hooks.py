"""Hooks that make a server refuse, and one that lets something happen during a push."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Bare, Clone


def protect(remote: Bare, ref: str, message: str) -> None:
    """Let the server refuse every push that contains this ref (pre-receive: the push falls as a whole)."""
    _install(
        remote.path / "hooks/pre-receive",
        f"""\
while read -r old new ref; do
    if [ "$ref" = {shlex.quote(ref)} ]; then
        printf '%s\\n' {shlex.quote(message)} >&2
        exit 1
    fi
done
""",
    )


def refuse_ref(remote: Bare, pattern: str, message: str) -> None:
    """Let the server refuse just the refs that match a shell pattern, ``refs/tags/*`` (update hook).

    An atomic push falls as a whole, any other one is accepted in part.
    """
    _install(
        remote.path / "hooks/update",
        f"""\
case "$1" in
{pattern})
    printf '%s\\n' {shlex.quote(message)} >&2
    exit 1
    ;;
esac
""",
    )


def accept_everything(remote: Bare) -> None:
    """Take back ``protect`` and ``refuse_ref``."""
    for name in ("pre-receive", "update"):
        (remote.path / "hooks" / name).unlink(missing_ok=True)


def without_atomic(remote: Bare) -> None:
    """Let the server say that it cannot do atomic pushes."""
    remote.git("config", "receive.advertiseAtomic", "false")


def during_first_push(clone: Clone, script: str) -> Path:
    """Run a shell script once, in the clone's first push: git has seen the server's refs, nothing is sent.

    A pre-push hook: what the script pushes to the same ref makes this push fail on the server. The script
    runs in the clone's folder with git tied to no repository. Gives the file that exists once it has run.
    """
    hook = clone.path / clone.git("rev-parse", "--git-path", "hooks/pre-push")
    marker = hook.with_name("pre-push.has-run")
    _install(
        hook,
        f"""\
cat >/dev/null
if [ -e {shlex.quote(str(marker))} ]; then exit 0; fi
: >{shlex.quote(str(marker))}
unset $(git rev-parse --local-env-vars)
exec sh -e -c {shlex.quote(script)} >&2
""",
    )
    return marker


def _install(hook: Path, script: str) -> None:
    hook.parent.mkdir(parents=True, exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}")
    hook.chmod(0o755)
