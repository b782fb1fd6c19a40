"""``python -m git_hotfix`` and the ``git-hotfix`` executable."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress

_OPTION = "git-hotfix-encoding"
_GARBAGE = 100_000
"""So many more objects than before are made before Python looks for cycles among them: a usual run never gets there."""


def main() -> None:
    """Run the command line and exit with its code; before and after that a Ctrl-C ends it without a word."""
    code = 128 + signal.SIGINT
    gc.set_threshold(_GARBAGE)
    with suppress(KeyboardInterrupt):
        code = _run()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done and told: nothing is left to interrupt
    gc.freeze()  # what is left goes with the process: to look through it costs 25 ms
    sys.exit(code)


def _run() -> int:
    """Run the command line.

    git's names and texts are UTF-8 whatever the locale is: where Python takes files and arguments for something else,
    the program starts once more in its UTF-8 mode, and keeps to the locale for what is typed and shown.
    """
    if sys.getfilesystemencoding() != "utf-8":
        encodings = f"{_OPTION}={sys.getfilesystemencoding()},{sys.stdout.encoding if sys.stdout else 'utf-8'}"
        options = ("-X", "utf8", "-X", encodings)
        os.execv(sys.executable, [sys.executable, *options, *sys.orig_argv[1:]])  # noqa: S606  # this very program
    given = sys._xoptions.get(_OPTION, "")  # noqa: SLF001  # documented, and how the first start tells the second
    typed, _, shown = str(given).partition(",")
    sys.argv = [_as_typed(word, typed) for word in sys.argv]
    if sys.argv[1:2] == ["--complete"]:
        from git_hotfix.cli.completion import offered  # noqa: PLC0415  # a shell waits: nothing else is loaded

        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]  # a pipe
        sys.stdout.write(offered(sys.argv[2:]))
        return 0
    from git_hotfix.cli.main import run  # noqa: PLC0415  # the executable's wrapper imports this module first
    from git_hotfix.cli.streams import run_to_its_end  # noqa: PLC0415

    return run_to_its_end(run, sys.argv[1:], encoding=shown or None)


def _as_typed(word: str, encoding: str) -> str:
    """Return an argument as it was typed where the terminal has another encoding than UTF-8."""
    is_text = not any("\udc80" <= each <= "\udcff" for each in word)
    try:
        return word if is_text or not encoding else os.fsencode(word).decode(encoding)
    except UnicodeDecodeError:
        return word


if __name__ == "__main__":
    main()
