"""Who is compared: what each types to start a hotfix, to look at it and to publish it."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

START, STATUS, FINISH, CLEANUP, ROLLBACK, STARTUP = "start", "status", "finish", "cleanup", "rollback", "start-up"
HOTFIX, GIT_FLOW, COMMANDS, PLUMBING = "git hotfix", "git-flow AVH", "git commands", "git plumbing"
FLOOR = "git alone"
PYTHON = "python -c pass"


class Tool(NamedTuple):
    """A tool and the command of each task. ``switches``: whether its start leaves the user on the hotfix branch."""

    name: str
    tasks: Mapping[str, tuple[str, ...]]
    switches: bool = True


def _script(text: str) -> tuple[str, ...]:
    return "sh", "-e", "-u", "-c", text


_HOTFIX = Tool(
    HOTFIX,
    {
        START: ("git", "hotfix", "start", "fix", "-y"),
        STATUS: ("git", "hotfix", "status"),
        FINISH: ("git", "hotfix", "finish", "-y", "--skip-tests", "none"),
    },
)

_GIT_FLOW = Tool(
    GIT_FLOW,
    {
        START: ("git", "flow", "hotfix", "start", "fix"),
        FINISH: ("git", "flow", "hotfix", "finish", "-p", "-m", "HOTFIX", "fix"),
    },
)

_COMMANDS = Tool(
    COMMANDS,
    {
        START: _script("""
            git fetch -q origin
            git checkout -q --no-track -b hotfix/fix origin/main
        """),
        STATUS: ("git", "status"),
        FINISH: _script("""
            git fetch -q origin
            git checkout -q main
            git merge -q --ff-only origin/main
            git merge -q --no-ff -m HOTFIX hotfix/fix
            git tag -a -m HOTFIX hotfix-1
            git push -q --atomic origin main hotfix-1
            git checkout -q develop
            git merge -q --ff-only origin/develop
            git merge -q --no-ff -m Backport hotfix/fix
            git push -q origin develop
        """),
    },
)

_PUBLISH = """
            merge() {
                tree=$(git merge-tree --write-tree "origin/$1" hotfix/fix)
                git commit-tree -p "origin/$1" -p hotfix/fix -m "$2" "$tree"
            }
            main=$(merge main HOTFIX)
            git tag -a -m HOTFIX hotfix-1 "$main"
            git push -q --atomic origin "$main:refs/heads/main" hotfix-1
            develop=$(merge develop Backport)
            git push -q origin "$develop:refs/heads/develop"
            printf 'update refs/heads/%s\\n' "main $main" "develop $develop" | git update-ref --stdin
"""

_PLUMBING = Tool(
    PLUMBING,
    {
        START: _script("""
            git fetch -q origin main
            git update-ref refs/heads/hotfix/fix FETCH_HEAD 0000000000000000000000000000000000000000
        """),
        FINISH: _script(f"git fetch -q origin\n{_PUBLISH}"),
    },
    switches=False,
)

_LOOK = "git ls-remote -q origin >/dev/null\nGIT_OPTIONAL_LOCKS=0 git status --porcelain -z"
_FLOOR = Tool(
    FLOOR,
    {
        START: _script(f"""
            {_LOOK} --untracked-files=no
            git update-ref refs/heads/hotfix/fix origin/main 0000000000000000000000000000000000000000
            git checkout -q --no-overwrite-ignore hotfix/fix --
        """),
        FINISH: _script(f"{_LOOK}\n{_PUBLISH}\ngit checkout -q --no-overwrite-ignore develop --"),
    },
)
"""What ``git hotfix`` has git do, where nothing is missing here, without itself, a report and a changelog."""

ENDINGS = (
    Tool(HOTFIX, {**_HOTFIX.tasks, CLEANUP: ("git", "hotfix", "cleanup")}),
    Tool(HOTFIX, {**_HOTFIX.tasks, ROLLBACK: ("git", "hotfix", "rollback", "-y", "--targets", "--reason", "Worse")}),
)
"""What comes after a finish, counted and not timed."""

STARTUPS: Mapping[str, tuple[str, ...]] = {
    PYTHON: (sys.executable, "-c", "pass"),
    "git-hotfix --version": ("git-hotfix", "--version"),
    "git-hotfix -h": ("git-hotfix", "-h"),
}
"""What a shell waits for; bare Python is the measure."""


def found_tools() -> tuple[Tool, ...]:
    """Return the tools that are installed here."""
    if shutil.which("git-hotfix") is None:
        raise SystemExit("'git-hotfix' is not on PATH: pip install .")
    if shutil.which("git-flow") is None:
        print("git-flow is not installed: left out", file=sys.stderr)
        return _HOTFIX, _COMMANDS, _PLUMBING, _FLOOR
    return _HOTFIX, _GIT_FLOW, _COMMANDS, _PLUMBING, _FLOOR
