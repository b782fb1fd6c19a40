"""``python -m git_hotfix`` and the ``git-hotfix`` executable."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from git_hotfix.cli.main import run  # noqa: PLC0415  # the executable's wrapper imports this module first

    sys.exit(run())


if __name__ == "__main__":
    main()
