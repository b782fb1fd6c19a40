"""What a commit does, whatever it says: whether it takes a change back, or brings one that a person has adapted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from git_hotfix.git.effects import difference_of, is_brought, is_undone
from git_hotfix.git.program import here
from git_hotfix.git.repository import open_repository
from git_hotfix.git.trees import RecordPaths
from tests.support.lab import Lab

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.git.effects import Difference
    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Oid
    from tests.support.lab import Clone

RECORD = RecordPaths("docs/incidents")
BUG, FIX = "def check(word):\n    return True\n", "def check(word):\n    return word == expected\n"
LATER = "def check(word):\n    return word == expected and not locked(word)\n"
ADAPTED = "def check(word, salt):\n    return word == expected[salt]\n"


class History:
    """One line of commits, each given as the files that it writes."""

    def __init__(self, root: Path) -> None:
        self._alice: Clone = Lab(root).alone("alice")
        self.repo: Repository = open_repository(here().elsewhere(self._alice.path))

    def commit(self, **files: str | bytes | None) -> Oid:
        """Commit files by their names without the ending ``.py``; None deletes one."""
        return self._alice.commit("x", {f"{name}.py": content for name, content in files.items()})

    def change(self, **files: str | bytes | None) -> Difference:
        """Commit files, and return what that changes."""
        return difference_of(self.repo, self.commit(**files))


@pytest.fixture
def history(tmp_path: Path) -> History:
    made = History(tmp_path)
    made.commit(login=BUG, other="A = 1\n", logo=b"\0\1")
    return made


@pytest.mark.parametrize(
    ("then", "by", "expected"),
    [
        ({}, {"login": BUG, "salt": None}, True),
        ({}, {"login": BUG}, False),  # half of it
        ({}, {"other": "A = 2\n"}, False),
        ({}, {"login": f"# see the incident\n{FIX}", "salt": None}, False),
        ({"login": LATER}, {"login": "def check(word):\n    return not locked(word)\n", "salt": None}, True),
        ({"login": LATER}, {"login": BUG, "salt": None}, True),
        ({"login": LATER}, {"other": "A = 2\n"}, False),
        ({"login": LATER}, {"login": f"# see the incident\n{LATER}"}, False),
        ({"login": LATER}, {"login": LATER.replace("locked", "is_locked")}, False),  # the salt is still there
        ({"login": BUG, "salt": None}, {"other": "A = 2\n"}, False),  # it was gone before
    ],
)
def test_change_is_undone_when_no_line_of_it_is_left(
    history: History, then: dict[str, str], by: dict[str, str], *, expected: bool
) -> None:
    brought = history.change(login=FIX, salt="SALT = 'x'\n")
    if then:
        history.commit(**then)
    assert is_undone(history.repo, (brought,), history.change(**by), RECORD) is expected


def test_change_that_only_deletes_is_undone_when_what_it_deleted_is_back(history: History) -> None:
    brought = history.change(login="def check(word):\n")
    history.commit(login="def check(word):\n    pass\n")
    assert not is_undone(history.repo, (brought,), history.change(other="A = 2\n"), RECORD)
    assert is_undone(history.repo, (brought,), history.change(login=BUG), RECORD)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ({"login": FIX}, True),
        ({"login": ADAPTED}, True),
        ({"other": "A = 2\n"}, False),
        ({"login": f"# see the incident\n{BUG}"}, False),
        ({"salt": "SALT = 'x'\n"}, False),
        ({"logo": b"\0\3"}, True),  # two changes of what is no text: nothing speaks against it
    ],
)
def test_pick_touches_the_files_of_the_fix_with_lines_like_its_own(
    history: History, by: dict[str, str], *, expected: bool
) -> None:
    change = history.change(login=FIX, logo=b"\0\2")
    history.commit(login=BUG, logo=b"\0\1")
    assert is_brought(history.repo, change, history.change(**by), RECORD) is expected
