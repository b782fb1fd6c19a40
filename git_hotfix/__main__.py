"""``python -m git_hotfix`` and the ``git-hotfix`` executable."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from git_hotfix.cli.main import run  # noqa: PLC0415  # the executable's wrapper imports this module first
    from git_hotfix.cli.streams import run_to_its_end  # noqa: PLC0415

    sys.exit(run_to_its_end(run, sys.argv[1:]))


if __name__ == "__main__":
    main()
