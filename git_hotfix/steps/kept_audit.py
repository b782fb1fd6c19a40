"""What an audit of all hotfixes came to, kept for the same question about the same things: it can never be stale.

The key is made of all that the answer depends on: every ref here and on the server, configuration, what is remembered,
the day, and the files of this program. A file that is missing, broken or somebody else's is none; it may be deleted.
"""

from __future__ import annotations

import hashlib
import os
import signal
import zlib
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from msgspec import MsgspecError, Struct
from msgspec.json import Decoder, encode

import git_hotfix
from git_hotfix import clock
from git_hotfix.atomic_write import write_privately
from git_hotfix.bounded import fork
from git_hotfix.engine.observation import observed, read_history
from git_hotfix.errors import HotfixError, Problem
from git_hotfix.facts.facts import Facts
from git_hotfix.facts.hotfixes import find_hotfix
from git_hotfix.git.world import find_roles
from git_hotfix.hotfix import Oid  # noqa: TC001  # msgspec reads the annotations
from git_hotfix.limits import read_own
from git_hotfix.steps.audit import Audit, audit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from socket import socket

    from git_hotfix.engine.run import Run
    from git_hotfix.facts.hotfixes import Known
    from git_hotfix.git.repository import Repository

MOST_BYTES = 100_000_000
"""No audit that is kept is larger when it is unpacked."""
MANY = 100
"""Of so many hotfixes half are audited by a second process: each takes some milliseconds."""


class Audited(Struct, frozen=True):
    """The audit of one hotfix; ``came`` is what it last brought to production, ``path`` where its report is.

    ``merge`` is its newest publication: where it was taken back, ``came`` did that, ``because`` of this reason.
    """

    hotfix: str
    name: str
    audit: Audit
    path: str | None = None
    came: Oid | None = None
    merge: Oid | None = None
    because: str | None = None
    is_silent: bool = False
    """Whether no report of it was ever seen, as of one that is restricted: nothing is told of it elsewhere."""


class _Kept(Struct, frozen=True):
    key: str
    audits: tuple[Audited, ...]


class KeptAudit:
    """The one file of a repository that keeps an audit."""

    def __init__(self, run: Run, revisions: Mapping[str, Oid]) -> None:
        self._path = run.repository.common_dir / "hotfix" / "audit.cache"
        told = hashlib.sha256()
        for part in _depends_on(run, revisions):
            told.update(repr(part).encode("utf-8", "surrogatepass") + b"\0")
        self._key = told.hexdigest()

    def read(self) -> tuple[Audited, ...] | None:
        """Return what is kept of this very question; None where nothing is."""
        with suppress(OSError, zlib.error, MsgspecError, RecursionError):
            packed = zlib.decompressobj()
            content = packed.decompress(read_own(self._path), MOST_BYTES)
            kept = Decoder(_Kept).decode(content)
            return kept.audits if kept.key == self._key else None
        return None

    def write(self, audits: tuple[Audited, ...]) -> None:
        """Keep an audit in place of the last one; where that is not possible nothing is kept."""
        with suppress(OSError, HotfixError):
            write_privately(self._path, zlib.compress(encode(_Kept(self._key, audits)), 1))


def audit_all(
    run: Run, names: tuple[str, ...], revisions: Mapping[str, Oid], is_before: Callable[[Oid], bool] | None = None
) -> tuple[Audited, ...]:
    """Return the audit of the hotfixes named; of all what is known from the last time, if nothing has changed since.

    Those whose last commit in production ``is_before`` what is asked about may be left out.
    """
    kept = KeptAudit(run, revisions) if not names and not run.repository.is_partial else None
    last = kept.read() if kept is not None else None
    if last is not None:
        return last
    read_history(run, revisions.values())
    known = run.known()
    wanted = [find_hotfix(name, known, run.world, run.config) for name in names] or known

    def audits(of: Sequence[Known]) -> tuple[Audited, ...]:
        seen = observed(run, of, run.settings)
        late = ((each, facts) for each, facts in seen if is_before is None or not _came_before(facts, is_before))
        return tuple(_audited(each, facts, revisions) for each, facts in late)

    is_shown = run.repository.git.watches is not None  # git's commands, in one order
    found = audits(wanted) if len(wanted) < MANY or is_shown else _in_two(audits, wanted, run.repository)
    if kept is not None and is_before is None:
        kept.write(found)
    return found


def _in_two(
    audits: Callable[[Sequence[Known]], tuple[Audited, ...]], known: Sequence[Known], repository: Repository
) -> tuple[Audited, ...]:
    """Return the audits of many, half of them made by a process of its own; what does not come of it is made here."""
    import socket  # noqa: PLC0415  # 3 ms

    middle, _ = len(known) // 2, repository.files  # read once, for both
    here, there = socket.socketpair()
    try:
        child = fork()
    except OSError:
        here.close()
        there.close()
        return audits(known)
    if child == 0:  # nothing of its parent's is run at its end
        try:
            here.close()
            _end_with_parent(there)
            there.sendall(encode(audits(known[middle:])))
        finally:
            os._exit(0)
    there.close()
    with here, here.makefile("rb") as answer:
        try:
            first = audits(known[:middle])
            with suppress(MsgspecError):
                return (*first, *Decoder(tuple[Audited, ...]).decode(answer.read()))
        finally:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
    return (*first, *audits(known[middle:]))


def _end_with_parent(parent: socket) -> None:
    """End this process with its parent, however that ends; nothing that others wait for stays open in it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    Thread(target=lambda: os._exit(len(parent.recv(1))), daemon=True).start()  # nothing is sent: it waits for the end


def _came_before(facts: Facts | tuple[Problem, ...], is_before: Callable[[Oid], bool]) -> bool:
    return isinstance(facts, Facts) and facts.in_production is not None and is_before(facts.in_production)


def _audited(known: Known, facts: Facts | tuple[Problem, ...], revisions: Mapping[str, Oid]) -> Audited:
    name = str(known.hotfix) if known.branch is None else f"{known.hotfix} ({known.branch})"
    if not isinstance(facts, Facts):
        return Audited(str(known.hotfix), name, Audit((), facts))
    last = facts.last_publication
    return Audited(
        str(known.hotfix),
        name,
        audit(facts, revisions),
        facts.documented_path,
        facts.in_production,
        last.merge if last is not None else None,
        facts.rolled_back_because,
        known.branch is None and facts.report is None and facts.report_problem is None and not facts.deleted_report,
    )


def _depends_on(run: Run, revisions: Mapping[str, Oid]) -> Iterator[object]:
    repository, world = run.repository, run.world
    own = Path(git_hotfix.__file__).parent
    yield sorted((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in own.rglob("*.py"))
    yield clock.now().date(), find_roles(repository, world, run.config, at=clock.now()), sorted(revisions.items())
    yield sorted(world.local.items()), world.trees, world.head, world.remote, world.unanswered
    if world.server is not None:
        yield sorted(world.server.refs.items()), sorted(world.server.peeled.items()), world.server.head
    yield run.git_config.entries, run.settings, sorted(repository.cut), repository.is_history_plain
    files = [*(repository.common_dir / "hotfix").glob("*.json"), *(repository.common_dir / "hotfix").glob("*.md")]
    files += [repository.common_dir / "info" / name for name in ("attributes", "grafts")]
    files += [repository.top / ".gitattributes"] if repository.top is not None else []
    for file in sorted(files):
        yield file, file.read_bytes() if file.is_file() else None
