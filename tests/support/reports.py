"""Reports as people change them."""

from __future__ import annotations

from git_hotfix.record.frontmatter import set_values


def with_keys(report: str, **values: object) -> str:
    """Return a report with keys of its front matter set, as a person would type them there."""
    return set_values(report.encode(), values).decode()
