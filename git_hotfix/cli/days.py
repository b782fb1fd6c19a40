"""Days that a person gives on the command line."""

from __future__ import annotations

from typing import Any

import click

from git_hotfix import clock
from git_hotfix.errors import command, wrong_input


class _LastDay(click.ParamType[str]):
    """A day as in 2026-02-01 that is not past."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        day, today = clock.day(str(value).strip()), clock.now().date()
        if day is None or day < today:
            raise wrong_input("bad-date", f"'{value}' is no day such as {today}, or later.", command("date", "-I"))
        return day.isoformat()


LAST_DAY = _LastDay()
