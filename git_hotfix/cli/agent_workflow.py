"""The workflow for coding agents: where a repository keeps such things, and what it says there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.templates import render_bundled

if TYPE_CHECKING:
    from pathlib import Path

PATHS = {
    "claude-skill": ".claude/skills/hotfix/SKILL.md",
    "claude-command": ".claude/commands/hotfix.md",
    "workflow": ".agent/workflows/hotfix.md",
    "cursor": ".cursor/rules/hotfix.mdc",
    "agents-md": "AGENTS.md",
}
"""The file of each kind."""

DETECT = "detect"
"""The kind that stands for every kind that the repository has."""

_SIGNS = {".claude/skills": "claude-skill", ".agent/workflows": "workflow", ".cursor/rules": "cursor"}


def kinds_in(top: Path) -> tuple[str, ...]:
    """Return the kinds that a repository has folders for, or the file."""
    kinds = [kind for folder, kind in _SIGNS.items() if (top / folder).is_dir()]
    if (top / ".claude").is_dir() and "claude-skill" not in kinds:
        kinds.insert(0, "claude-command")
    return (*kinds, *(("agents-md",) if (top / PATHS["agents-md"]).is_file() else ()))


def agent_workflow(kind: str, language: str) -> str:
    """Return the text for one kind: a file of its own, or a section of AGENTS.md."""
    is_section = kind == "agents-md"
    values = {
        "mark": "##" if is_section else "#",
        "is_file": not is_section,
        "is_skill": kind == "claude-skill",
        "is_command": kind == "claude-command",
        "is_rule": kind == "cursor",
    }
    return render_bundled(f"{language}/agent.md.j2", values)
