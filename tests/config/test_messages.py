from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_hotfix.config.messages import PLACEHOLDERS, fill_message
from git_hotfix.escapes import one_line


@given(st.text(), st.dictionaries(st.sampled_from(PLACEHOLDERS), st.text()))
def test_braces_in_values_and_patterns_are_text(title: str, values: dict[str, str]) -> None:
    values["description"] = title
    assert fill_message("HOTFIX: {description}", values) == f"HOTFIX: {one_line(title)}"
    assert fill_message("{} {0} {{x y}} %s {", values) == "{} {0} {{x y}} %s {"


def test_message_is_filled_once_by_name() -> None:
    filled = fill_message("{id} {description}{issue}", {"id": "{description}", "description": "{id}!"})
    assert filled == "{description} {id}!"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{issue} HOTFIX: {description}", "HOTFIX: Login"),
        ("HOTFIX: {issue} {description}", "HOTFIX: Login"),
        ("HOTFIX: {description} {issue}", "HOTFIX: Login"),
        ("HOTFIX {issue}: {description}", "HOTFIX: Login"),
    ],
)
def test_placeholder_without_a_value_leaves_no_blank(pattern: str, expected: str) -> None:
    assert fill_message(pattern, {"description": "Login"}) == expected


def test_no_value_puts_lines_into_a_message() -> None:
    values = {"issue": "PROJ-1\n\nReviewed-by: Kim\u2028\x1b", "description": "Login"}
    assert fill_message("HOTFIX {issue}: {description}\n\nTold.", values) == (
        "HOTFIX PROJ-1 Reviewed-by: Kim: Login\n\nTold."
    )
