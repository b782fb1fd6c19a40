"""The report of a restricted hotfix: it stays in the git directory until it is disclosed (SPEC section 7).

The file itself decides what is still secret: there, with ``visibility: "restricted"`` in it. Once that is
``"public"``, the next commit of documents publishes it, and the file goes when it was seen there.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from git_hotfix.atomic_write import write_privately
from git_hotfix.errors import command, refused
from git_hotfix.hotfix import parse_report_name
from git_hotfix.limits import read_own

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.hotfix import HotfixId


class PrivateReport:
    """The file of one hotfix in the common git directory, readable by its owner only."""

    def __init__(self, common_dir: Path, hotfix: HotfixId) -> None:
        self.path = common_dir / "hotfix" / hotfix.report_name()

    def read(self) -> bytes | None:
        """Return the report as it stands; None where there is none."""
        try:
            return read_own(self.path)
        except FileNotFoundError:
            return None
        except OSError as error:
            message = f"The restricted report '{self.path}' cannot be read: {error.strerror}."
            words = ("chmod", "u+r") if error.errno == errno.EACCES else ("ls", "-l")
            raise refused("report-unreadable", message, command(*words, self.path)) from error

    def write(self, content: bytes) -> None:
        """Replace the report whole or not at all."""
        write_privately(self.path, content)

    def forget(self) -> None:
        """Delete the file; already gone is done."""
        self.path.unlink(missing_ok=True)


def postmortem_draft(common_dir: Path, hotfix: HotfixId) -> Path:
    """Return the file in which a post-mortem is edited; it is kept only while what was typed is nowhere else."""
    return common_dir / "hotfix" / f"POSTMORTEM-{hotfix}.md"


def restricted_hotfixes(common_dir: Path) -> tuple[HotfixId, ...]:
    """Return the hotfixes whose report is kept here: also those whose branch is gone."""
    found = (parse_report_name(path.name) for path in sorted((common_dir / "hotfix").glob("HOTFIX-*.md")))
    return tuple(sorted(hotfix for hotfix in found if hotfix is not None))
