from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from git_hotfix.config.messages import PLACEHOLDERS, fill_message


@given(st.text(), st.dictionaries(st.sampled_from(PLACEHOLDERS), st.text()))
def test_braces_in_values_and_patterns_are_text(title: str, values: dict[str, str]) -> None:
    values["description"] = title
    assert fill_message("HOTFIX: {description}", values) == f"HOTFIX: {title}"
    assert fill_message("{} {0} {{x y}} %s {", values) == "{} {0} {{x y}} %s {"


def test_message_is_filled_once_by_name() -> None:
    filled = fill_message("{id} {description}{issue}", {"id": "{description}", "description": "{id}!"})
    assert filled == "{description} {id}!"
