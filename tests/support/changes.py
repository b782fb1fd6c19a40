"""Stops a run before each system call that changes a file (Linux: seccomp_unotify(2)): nothing moves meanwhile.

The run installs a filter on itself, which its children inherit. Each call on the list waits in the kernel until this
side has answered, so that between two answers all files of the run stand still.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import platform
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class _Machine(NamedTuple):
    """What the kernel calls things on a machine (linux/audit.h, asm/unistd.h)."""

    audit: int
    seccomp: int
    numbers: Mapping[str, int]


class _Where(NamedTuple):
    """Which arguments of a system call name the file: a descriptor of its folder, if any, and the rest of the path."""

    folder: int | None
    path: int


_PATHS = {
    "rename": _Where(None, 0),
    "renameat": _Where(0, 1),
    "renameat2": _Where(0, 1),
    "link": _Where(None, 1),
    "linkat": _Where(2, 3),
    "symlink": _Where(None, 1),
    "symlinkat": _Where(1, 2),
    "unlink": _Where(None, 0),
    "unlinkat": _Where(0, 1),
    "mkdir": _Where(None, 0),
    "mkdirat": _Where(0, 1),
    "rmdir": _Where(None, 0),
    "openat": _Where(0, 1),
}
_DESCRIPTORS = {"write": 0, "pwrite64": 0, "writev": 0, "ftruncate": 0, "sendfile": 0, "copy_file_range": 2}
"""Which argument of the others is the open file."""

_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        317,
        {"write": 1, "pwrite64": 18, "writev": 20, "sendfile": 40, "ftruncate": 77, "rename": 82, "mkdir": 83}
        | {"rmdir": 84, "link": 86, "unlink": 87, "symlink": 88, "openat": 257, "mkdirat": 258, "unlinkat": 263}
        | {"renameat": 264, "linkat": 265, "symlinkat": 266, "renameat2": 316, "copy_file_range": 326},
    ),
    "aarch64": _Machine(
        0xC00000B7,
        277,
        {"mkdirat": 34, "unlinkat": 35, "symlinkat": 36, "linkat": 37, "renameat": 38, "ftruncate": 46, "openat": 56}
        | {"write": 64, "writev": 66, "pwrite64": 68, "sendfile": 71, "renameat2": 276, "copy_file_range": 285},
    ),
}

# linux/seccomp.h, linux/filter.h, linux/prctl.h
_SET_MODE_FILTER, _NEW_LISTENER = 1, 8
_ALLOW, _NOTIFY = 0x7FFF0000, 0x7FC00000
_RECEIVE, _SEND, _CONTINUE = 0xC0502100, 0xC0182101, 1
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER_AT, _MACHINE_AT, _THIRD_AT = 0, 4, 32
_NO_NEW_PRIVILEGES = 38
_HERE = 0xFFFFFF9C  # AT_FDCWD, 32 bits of it
PATH_BYTES = 512


@dataclass(frozen=True, slots=True)
class Change:
    """A system call that is about to change something."""

    process: int
    name: str
    path: str
    """The file; of two, the first."""

    @property
    def program(self) -> str:
        """The command line of the process that makes the call."""
        with contextlib.suppress(OSError):
            return Path(f"/proc/{self.process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return "?"


def can_stop() -> bool:
    """Return whether this machine can: Linux since 5.5, where nobody has forbidden it."""
    try:
        actions = Path("/proc/sys/kernel/seccomp/actions_avail").read_text()
    except OSError:
        return False
    return "user_notif" in actions and platform.machine() in _MACHINES and sys.byteorder == "little"


def listen() -> int:
    """Let this process wait for an answer before each change from now on, its children too; gives where to listen."""
    machine = _MACHINES[platform.machine()]
    program = _filter(machine)
    code = ctypes.create_string_buffer(program, len(program))
    description = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    libc.syscall.restype = ctypes.c_long
    listener: int = libc.syscall(machine.seccomp, _SET_MODE_FILTER, _NEW_LISTENER, description)
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return listener


def _filter(machine: _Machine) -> bytes:
    """Write the program for the kernel: which calls wait. Opening does where it makes or empties a file."""
    others = [number for name, number in machine.numbers.items() if name != "openat"]
    steps = [(_LOAD, 0, 0, _MACHINE_AT), (_EQUAL, 1, 0, machine.audit), (_RETURN, 0, 0, _ALLOW)]
    steps += [(_LOAD, 0, 0, _NUMBER_AT)]
    for left, number in zip(range(len(others) - 1, -1, -1), others, strict=True):
        steps.append((_EQUAL, left + 4, 0, number))
    steps += [(_EQUAL, 0, 2, machine.numbers["openat"])]
    steps += [(_LOAD, 0, 0, _THIRD_AT), (_ANY_BIT, 1, 0, os.O_CREAT | os.O_TRUNC)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _NOTIFY)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


class Listener:
    """The other end: hears of every change before it is made."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._names = {number: name for name, number in _MACHINES[platform.machine()].numbers.items()}

    def fileno(self) -> int:
        """Return what can be polled: readable when a call waits, hung up when nobody is left."""
        return self._descriptor

    def close(self) -> None:
        """Hear no more: a call that would wait then fails."""
        os.close(self._descriptor)

    def hear(self) -> tuple[int, Change] | None:
        """Return the call that waits and its number for ``go_on``; None when it was given up meanwhile."""
        said = bytearray(80)
        try:
            fcntl.ioctl(self._descriptor, _RECEIVE, said)
        except OSError:
            return None
        number, process, _, call, _, _, *arguments = struct.unpack("QIIiIQ6Q", said)
        name = self._names[call]
        return number, Change(process, name, _path(process, name, arguments))

    def go_on(self, number: int) -> None:
        """Let a call happen."""
        with contextlib.suppress(OSError):  # the process was ended
            fcntl.ioctl(self._descriptor, _SEND, bytearray(struct.pack("QqiI", number, 0, 0, _CONTINUE)))


def _path(process: int, name: str, arguments: Sequence[int]) -> str:
    """Return the absolute path that a call names; "" when the process is gone."""
    here = Path(f"/proc/{process}")
    with contextlib.suppress(OSError):
        if (where := _PATHS.get(name)) is None:
            return str((here / f"fd/{arguments[_DESCRIPTORS[name]]}").readlink())
        folder = _HERE if where.folder is None else arguments[where.folder] & 0xFFFFFFFF
        top = (here / ("cwd" if folder == _HERE else f"fd/{folder}")).readlink()
        with (here / "mem").open("rb", buffering=0) as memory:
            memory.seek(arguments[where.path])
            return str(top / os.fsdecode(memory.read(PATH_BYTES).partition(b"\0")[0]))
    return ""
