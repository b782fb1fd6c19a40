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
    ("then", "by", "expected"),
    [
        ({}, {"login": FIX, "salt": "SALT = 'x'\n"}, True),
        ({}, {"login": ADAPTED, "salt": "SALT = 'x'\n"}, True),
        ({}, {"login": BUG.replace("True", "salted and word == expected"), "salt": "SALT = 'x'\n"}, True),
        ({"salt": "SALT = 'x'\n"}, {"login": ADAPTED}, True),  # it had the rest
        ({"login": BUG.replace("True", "bool(word)")}, {"login": FIX, "salt": "SALT = 'x'\n"}, True),
        ({}, {"login": FIX}, False),  # half of it
        ({}, {"other": "A = 2\n"}, False),
        ({}, {"login": f"# see the incident\n{BUG}", "salt": "SALT = 'x'\n"}, False),
        ({}, {"login": f"{FIX}    return True\n", "salt": "SALT = 'x'\n"}, False),  # the fault is still there
        ({}, {"login": BUG.replace("True", "word"), "salt": "SALT = 'x'\n"}, False),  # one word of the line
        ({"login": FIX, "salt": "SALT = 'x'\n"}, {"other": "A = 2\n"}, False),  # it was there before
    ],
)
def test_pick_brings_most_lines_of_the_fix_to_each_of_its_files(
    history: History, then: dict[str, str], by: dict[str, str], *, expected: bool
) -> None:
    change = history.change(login=FIX, salt="SALT = 'x'\n")
    history.commit(login=BUG, salt=None)
    if then:
        history.commit(**then)
    assert is_brought(history.repo, change, history.change(**by), RECORD) is expected


@pytest.mark.parametrize("line", ["}", "    return", "else:"])
def test_line_that_every_file_has_brings_nothing_and_takes_nothing_back(history: History, line: str) -> None:
    change = history.change(login=f"{FIX}{line}\n")
    history.commit(login=f"{BUG}# mine\n")
    assert not is_brought(history.repo, change, history.change(login=f"{BUG}# mine\n{line}\n"), RECORD)
    assert not is_undone(history.repo, (change,), history.change(login=f"{BUG}# mine\n"), RECORD)


def test_file_that_is_no_text_is_brought_or_taken_back_byte_for_byte(history: History) -> None:
    change = history.change(logo=b"\0\2")
    assert not is_undone(history.repo, (change,), history.change(logo=b"\0\3"), RECORD)
    assert is_undone(history.repo, (change,), history.change(logo=b"\0\1"), RECORD)
    assert not is_brought(history.repo, change, history.change(logo=b"\0\3"), RECORD)
    assert is_brought(history.repo, change, history.change(logo=b"\0\2"), RECORD)


def test_change_that_deletes_is_undone_only_when_all_of_it_is_back(history: History) -> None:
    two = "[web]\nALLOW_ANY\n[api]\nALLOW_ANY\n"
    history.commit(login=two)
    brought = history.change(login=two.replace("ALLOW_ANY\n", ""))
    assert not is_undone(history.repo, (brought,), history.change(login="[web]\nALLOW_ANY\n[api]\n"), RECORD)
    history.commit(login="[web]\n# mine\n[api]\n")
    assert is_undone(history.repo, (brought,), history.change(login=f"{two}# mine\n"), RECORD)
    again = history.change(login=None)
    assert not is_undone(history.repo, (again,), history.change(other="A = 2\n"), RECORD)


def test_change_of_a_line_in_the_form_that_it_has_since_takes_nothing_back(history: History) -> None:
    brought = history.change(login=FIX)
    history.commit(login=LATER)
    assert not is_undone(history.repo, (brought,), history.change(login=LATER.replace("locked", "is_locked")), RECORD)


def test_later_commit_of_a_fix_on_lines_of_an_earlier_one_is_undone_with_it(history: History) -> None:
    first, second = history.change(login=FIX), history.change(login=ADAPTED)
    history.commit(login=f"# mine\n{ADAPTED}")
    assert is_undone(history.repo, (second, first), history.change(login=f"# mine\n{BUG}"), RECORD)


@pytest.mark.parametrize(("count", "expected"), [(3, True), (400, False)])
def test_claim_that_takes_too_long_to_compare_has_no_effect(history: History, count: int, *, expected: bool) -> None:
    def lines(word: str) -> str:
        return "".join(f"{n} {'abcdefghij' * 15} {word}\n" for n in range(count))

    history.commit(login="\n")
    change = history.change(login=lines("one"))
    history.commit(login="\n")
    assert is_brought(history.repo, change, history.change(login=lines("two")), RECORD) is expected
