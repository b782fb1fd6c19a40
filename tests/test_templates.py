from __future__ import annotations

import os
import time
from datetime import datetime, timedelta, timezone

import pytest

from git_hotfix.errors import HotfixError
from git_hotfix.templates import (
    ENGLISH,
    TemplateBroken,
    _environment,
    _filled,
    read_shared,
    readable_time,
    render_bundled,
    render_own,
)


def broken(source: str, **values: object) -> tuple[str, int | None, str]:
    with pytest.raises(TemplateBroken) as raised:
        render_own(source, "docs/templates/own.md", values)
    return raised.value.name, raised.value.line, raised.value.reason


def test_bundled_template_that_does_not_exist_is_a_broken_installation() -> None:
    with pytest.raises(HotfixError, match=r"The file 'templates/en/none.j2' of git-hotfix is missing"):
        render_bundled("en/none.j2", {})


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("known", [None, "{{ base }} {% if x %}"])
def test_report_without_jinja_is_what_jinja_makes_of_it(language: str, known: str | None) -> None:
    source = read_shared(f"templates/{language}/incident_report.md.j2")
    values = dict.fromkeys(("title", "what", "impact", "root_cause", "branch", "base", "issue", "cve"), known)
    filled = _filled(source, values, ENGLISH)
    assert filled is not None
    assert filled == _environment(source, ENGLISH).from_string(source).render(values)


@pytest.mark.parametrize(
    "source", ["{{ a.b }}", "{% for x in y %}", "{# no #}", "{% if a %}x{% endif %}", "{%- if a %}\n"]
)
def test_template_with_more_than_names_is_left_to_jinja(source: str) -> None:
    assert _filled(source, {}, ENGLISH) is None


def test_own_template_prints_values_for_people() -> None:
    when = datetime(2026, 1, 17, 2, 10, 5, tzinfo=timezone(timedelta(hours=9)))
    source = "{{ none }} {{ yes }} {{ no }} {{ when }} {{ number }}\n"
    values = {"none": None, "yes": True, "no": False, "when": when, "number": 0}
    assert render_own(source, "t", values) == "unknown yes no 2026-01-17 02:10:05 +09:00 0\n"


def test_values_that_look_like_templates_are_not_rendered_again() -> None:
    assert render_own("{{ title }}", "t", {"title": "{{ 7*7 }}"}) == "{{ 7*7 }}"


def test_statements_leave_no_empty_lines_and_the_last_line_end_stays() -> None:
    assert render_own("a\n  {% if x %}\nb\n  {% endif %}\n", "t", {"x": 1}) == "a\nb\n"


def test_own_template_with_windows_line_ends_keeps_them() -> None:
    assert render_own("a\r\n{% if x %}\r\nb\r\n{% endif %}\r\nc\r\n", "t", {"x": 1}) == "a\r\nb\r\nc\r\n"


def test_syntax_error_names_file_line_and_reason() -> None:
    name, line, reason = broken("a\nb\n{% if x %}\n")
    assert (name, line) == ("docs/templates/own.md", 3)
    assert "end of template" in reason


def test_unknown_name_names_its_line() -> None:
    assert broken("a\n{{ titel }}\n", title="x") == ("docs/templates/own.md", 2, "'titel' is undefined")


def test_error_while_rendering_names_its_line() -> None:
    assert broken("a\n\n\n{{ 1 / 0 }}\n") == ("docs/templates/own.md", 4, "division by zero")


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ self.__init__.__globals__ }}",
        "{{ values.append(1) }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ lipsum(1) }}",
        "{% for i in range(10 ** 9) %}x{% endfor %}",
        "{% for i in range(200000) %}x{% endfor %}",
        "{% for i in range(90000) %}{% for j in range(90000) %}xxxxxxxxxx{% endfor %}{% endfor %}",
        "{{ 'x' * 1000000000 }}",
        "{{ 1000000000 * 'x' }}",
        "{{ [0] * 1000000000 }}",
        "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
    ],
)
def test_template_that_reaches_out_or_never_ends_is_broken(attack: str) -> None:
    broken(attack, values=[])


def test_repeating_a_short_text_is_allowed() -> None:
    assert render_own("{{ '-' * 5 }}{{ 3 * 4 }}", "t", {}) == "-----12"


def test_readable_time_keeps_an_odd_offset() -> None:
    zone = timezone(timedelta(hours=-3, minutes=-30))
    assert readable_time(datetime(2026, 1, 17, 2, 10, 5, 999, tzinfo=zone)) == "2026-01-17 02:10:05 -03:30"


LOOP = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
TEMPLATES = {
    "padding": "{{ 'x'|center(2000000000) }}",
    "format": "{{ '%2000000000d'|format(1) }}",
    "join": "{{ (range(99999)|list)|join('x' * 99000) }}",
    "recursion": "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}",
    "filters": "{{ 'a'" + "|upper" * 30_000 + " }}",
    "brackets": "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "replace": "{{ ('a' * 90000)|replace('a', 'b' * 90000) }}",
}


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_template_has_limits_of_time_and_memory(template: str) -> None:
    broken(template)


def test_template_that_does_not_end_is_tried_once() -> None:
    begun = time.process_time() + sum(os.times()[2:4])
    reasons = {broken(LOOP)[2] for _ in range(3)}
    assert reasons == {"it takes longer than 1 s"}
    assert time.process_time() + sum(os.times()[2:4]) - begun < 2.9
