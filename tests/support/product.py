"""The product in the standard scene: its source, its critical tests, its history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LOGIN = "src/auth/login.py"
CRITICAL_TEST = "tests/auth/test_critical_login.py"

LOGIN_SOURCE = '''\
"""Signing in."""

ATTEMPTS = 3


def is_known(user, users):
    """Return whether there is such a user."""
    return user in users


def is_allowed(password, expected):
    """Return whether the password is right."""
    return True


def greeting(user):
    """Greet a user."""
    return f"Hello {user}"


def farewell(user):
    """Say good-bye to a user."""
    return f"Bye {user}"


def attempts_left(failed):
    """Count the attempts a user has left."""
    return max(0, ATTEMPTS - failed)


def page_title(user):
    """Return the title of the page."""
    return f"Account of {user}"
'''

CRITICAL_TEST_SOURCE = """\
from auth.login import attempts_left, is_allowed


def test_critical_attempts():
    assert attempts_left(1) == 2


def test_critical_right_password():
    assert is_allowed("a", "a")
"""

BEGINNING = {
    ".gitignore": ".env\n.pytest_cache/\n__pycache__/\n",
    "README.md": "# Product\n",
    "VERSION": "1.0.0-rc\n",
    "pytest.ini": "[pytest]\npythonpath = src\n",
    LOGIN: LOGIN_SOURCE,
    "src/billing/invoice.py": "TAX_PERCENT = 10\n",
    CRITICAL_TEST: CRITICAL_TEST_SOURCE,
}


def history() -> str:
    """Return the history of ``standard_lab`` for git-fast-import(1)."""
    title = LOGIN_SOURCE.replace('f"Account of {user}"', 'f"{user}: account"')
    return "".join(
        (
            _commit(1, 0, "main", "Begin the product", BEGINNING),
            _commit(2, 1, "main", "Release 1.0.0", {"VERSION": "1.0.0\n"}),
            _commit(3, 1, "support/1.0", "Keep the old tax", {"src/billing/invoice.py": "TAX_PERCENT = 8\n"}),
            _commit(4, 2, "develop", "Put the name first in the title", {LOGIN: title}),
            _commit(5, 4, "develop", "Begin reports", {"src/reports/weekly.py": "DAYS = 7\n"}),
            _commit(6, 5, "release/1.1", "Prepare 1.1.0", {"VERSION": "1.1.0-rc\n"}),
            _commit(7, 5, "develop", "Report months too", {"src/reports/monthly.py": "DAYS = 30\n"}),
            f"tag v1.0.0\nfrom :2\ntagger {_author(2)}\n{_data('Release 1.0.0')}",
        )
    )


def _commit(number: int, parent: int, branch: str, message: str, files: Mapping[str, str]) -> str:
    """Write one commit for git-fast-import(1); parent 0 is none."""
    changes = "".join(f"M 100644 inline {path}\n{_data(text)}" for path, text in files.items())
    origin = f"from :{parent}\n" if parent else ""
    return f"commit refs/heads/{branch}\nmark :{number}\ncommitter {_author(number)}\n{_data(message)}{origin}{changes}"


def _author(number: int) -> str:
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    when = noon - timedelta(days=31 - number)
    return f"Test Person <person@example.com> {int(when.timestamp())} +0000"


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"
