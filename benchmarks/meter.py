"""Run one command and write down what it cost: ``python -I -S meter.py RESULT COMMAND [ARGUMENT]...``.

A process of its own, and a small one: what the kernel calls the peak memory of a command is never less than that of the
process that started it. Nothing is imported that is not in use.
"""

from __future__ import annotations

import os
import sys
import time


def _written_bytes() -> int:
    """Return what this process and its ended children gave to the disk; -1 where the kernel does not say."""
    try:
        with open("/proc/self/io") as counters:  # noqa: PTH123  # pathlib would be half of this process
            return next(int(line.split()[1]) for line in counters if line.startswith("write_bytes:"))
    except OSError:
        return -1


def main(result: str, command: list[str]) -> None:
    """Run the command, and write exit code, seconds, seconds of CPU, peak memory and bytes written, in one line."""
    before = _written_bytes()
    began = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - began
    peak_bytes = usage.ru_maxrss if sys.platform == "darwin" else usage.ru_maxrss * 1024
    written_bytes = _written_bytes() - before if before >= 0 else -1
    code = os.waitstatus_to_exitcode(status)
    with open(result, "w") as file:  # noqa: PTH123
        file.write(f"{code} {seconds} {usage.ru_utime + usage.ru_stime} {peak_bytes} {written_bytes}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
