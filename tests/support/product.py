"""The product in the standard scene: its source and its critical tests."""

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
