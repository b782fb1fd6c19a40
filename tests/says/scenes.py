"""What the program says, tried out: a hint, a Next line or a remedy is typed into a shell as it stands."""

from __future__ import annotations

import json
import re
import shlex
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tests.cli.stages import TITLE, Stage, fix, played_once
from tests.cli.teams import team
from tests.support.processes import Run, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.support.lab import Clone

GUIDE = "docs/governance/deployment_strategy.md"
GUIDED = {GUIDE: "# How to deploy\n\nCall the night shift.\n"}
"""A team that deploys by hand: ``deploy.trigger`` is "manual" where this guide is (SPEC, finish 6)."""

TARGETS = ("develop", "release/1.1", "support/1.0")
DESTRUCTIVE = re.compile(
    r"hotfix (?:rollback|close|cleanup)\b|--discard|--force\b|--no-verify|reset --hard|push\b.*(?:-f\b|\+)"
    r"|branch -D|update-ref -d|clean -"
)
"""What deletes, takes back or gives work up (SPEC section 6: no hint names it unless it was asked for)."""

_PLACEHOLDER = re.compile(r"(?<![\w'\"./:=-])(?:[A-Z]{3,})(?![\w./:-])")
_WORDS = re.compile(r"(?:[\w./:@,+-]|=(?=\S)| |'[^']*')+", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


def type_in(clone: Clone, line: str, *, given: Mapping[str, str] | None = None, check: int | None = None) -> Run:
    """Type a line that was printed into a shell that stands in a clone, exactly as it was printed.

    A word that a person has to fill in (``TEXT``) must be given here; one that is not fails the test: such a line
    cannot be typed as it stands.
    """
    for word, value in (given or {}).items():
        assert word in line, f"{word} is not asked for: {line}"
        line = line.replace(word, shlex.quote(value))
    left = _PLACEHOLDER.findall(line)
    assert not left, f"the line cannot be typed as it stands ({', '.join(left)}): {line}"
    plain = line.startswith("git hotfix ") and _WORDS.fullmatch(line)  # no shell makes anything else of it
    answer = clone.hotfix(*shlex.split(line)[2:]) if plain else run("sh", "-e", "-c", line, directory=clone.path)
    if check is not None and answer.code != check:
        said = f"--- stdout\n{answer.out}\n--- stderr\n{answer.err}"
        raise AssertionError(f"typed: {line}\nexit {answer.code}, not {check}\n{said}")
    return answer


def hints(answer: Run) -> list[str]:
    """Return the lines that are offered as help, from text or from JSON, each once and in order."""
    if answer.out.startswith("{"):
        return list(dict.fromkeys(each["remedy"] for each in answer.json()["problems"]))
    lines = [line.removeprefix("hint:").strip() for line in answer.err.splitlines() if line.startswith("hint:")]
    return list(dict.fromkeys(lines))


def next_line(answer: Run) -> str | None:
    """Return the one command that is said to come next, from text or from JSON."""
    if answer.out.startswith("{"):
        said: str | None = answer.json()["next"]
        return said
    lines = re.findall(r"(?m)^Next: (.+)$", answer.out)
    assert len(lines) <= 1, f"more than one Next:\n{answer.out}"
    return lines[0] if lines else None


def commands_in(*texts: str | None) -> list[str]:
    """Return every command of ours that texts name, without what follows its first words."""
    return re.findall(r"git hotfix [a-z]+", "\n".join(text for text in texts if text))


def step(answer: Any, name: str) -> tuple[str, str]:
    """Return state and evidence of a step of a JSON object (or of one hotfix in it)."""
    found = [(each["state"], each["evidence"]) for each in answer["steps"] if each["step"] == name]
    assert found, f"no step '{name}' in {[each['step'] for each in answer['steps']]}"
    return found[0]


def state_of(answer: Any, name: str) -> str:
    """Return the state of a step of a JSON object."""
    return step(answer, name)[0]


def targets_of(answer: Any) -> dict[str, dict[str, Any]]:
    """Return the targets of a JSON object by branch."""
    return {each["branch"]: each for each in answer["targets"]}


def status_of(clone: Clone, name: str | None = None) -> Any:
    """Return what status says, as JSON."""
    return clone.hotfix("status", *([name] if name else []), "--json", check=0).json()


def problems_of(answer: Run) -> list[str]:
    """Return the messages of the problems, from text or from JSON."""
    if answer.out.startswith("{"):
        return [each["message"] for each in answer.json()["problems"]]
    return [line.removeprefix("error: ") for line in answer.err.splitlines() if line.startswith("error: ")]


def is_dated(text: str) -> bool:
    """Return whether a text has a time in it, as JSON or people write it."""
    return bool(_TIME.search(text))


def front_matter(report: str) -> dict[str, Any]:
    """Return the keys of a report (SPEC section 7: flat ``key: value``, values are JSON); None: it does not have it."""
    inside = report.split("---\n")[1]
    pairs = (line.partition(": ") for line in inside.splitlines() if ": " in line)
    return defaultdict(lambda: None, ((key, json.loads(value)) for key, _, value in pairs))


@played_once
def begun_by(root: Path, files: Mapping[str, str | bytes], *options: str) -> Stage:
    """Return the standard lab with files on every branch, in which alice has begun the hotfix "auth"."""
    scene = team(
        root, {name: content if isinstance(content, str) else content.decode() for name, content in files.items()}
    )
    alice = scene.alice
    alice.git("config", "hotfix.branches.production", "main")
    alice.git("config", "hotfix.test.command", "true")
    scene.bob.git("config", "hotfix.branches.production", "main")
    alice.hotfix("start", TITLE, "--slug", "auth", "-y", *options, check=0)
    hotfix = alice.git("branch", "--show-current").removeprefix("hotfix/")
    return Stage(root, scene.remote, alice, scene.bob, hotfix)


@played_once
def fixed_by(root: Path, files: Mapping[str, str | bytes], *options: str) -> Stage:
    """Return the same with the fix committed."""
    stage = begun_by(root, files, *options)
    fix(stage)
    return stage


@played_once
def guided(root: Path) -> Stage:
    """Return the same where the team deploys by hand, with the fix everywhere and nothing deployed."""
    stage = fixed_by(root, GUIDED)
    stage.alice.hotfix("finish", "-y", check=0)
    return stage


def harmless(lines: Iterable[str | None]) -> bool:
    """Return whether none of these lines deletes, takes back or gives work up."""
    return not any(line and DESTRUCTIVE.search(line) for line in lines)
