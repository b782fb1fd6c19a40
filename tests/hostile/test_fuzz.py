"""Random nonsense in everything that is read: no bug, no hang, no edit but an insertion, no command of a stranger.

``HOTFIX_FUZZ=500 pytest tests/hostile/test_fuzz.py`` tries 500 cases; ``HOTFIX_FUZZ_SEED`` begins elsewhere.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import random
import re
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from git_hotfix.config.layers import read_layer, resolve
from git_hotfix.config.toml import key_lines, parse_toml
from git_hotfix.errors import HotfixError
from git_hotfix.memory_file import MemoryFile
from git_hotfix.record.backlog import add_done
from git_hotfix.record.changelog import add_entry
from git_hotfix.record.report import read_report, render_new
from git_hotfix.record.resolution import resolve_report
from git_hotfix.record.splice import Inserted
from git_hotfix.record.waivers import add_waivers, broken_lines, read_waivers
from tests.cli.stages import Stage, finished, fixed, published
from tests.hostile.scenes import bounded, canary, said
from tests.record.examples import DONE, ENTRY, HOTFIX
from tests.record.reports import EN, NEW, RESOLVED
from tests.support.lab import standard_lab
from tests.support.processes import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Tried
    from tests.hostile.scenes import Canary
    from tests.support.processes import Run

CASES = int(os.environ.get("HOTFIX_FUZZ", "1"))
FIRST = int(os.environ.get("HOTFIX_FUZZ_SEED", "0"))
EACH = 60
HANG_SECONDS = 2.0
MOST_SECONDS = 30.0

CHANGELOG = """\
# Changelog

## [Unreleased]

### Fixed

- A thing ([#1](https://example.org/1))

## [1.0.0] - 2026-01-05

- First release

[Unreleased]: https://example.org/compare
"""
BACKLOG = """\
# Backlog

## Done

| When | Who | What |
|---|---|---|
| 2026-01-05 | @bob | Log-in page |

## Deferred Work

- [ ] Monthly report

## Tech Debt

* Split the module
"""
SETTINGS = """\
[branches]
release = ["release/*", "support/*"]
release_days = 180

[test]
command = "{command}"
map = {{ "src/auth/**" = "tests/auth" }}

[deploy]
trigger = "command"
command = "{command}"
rollback = "{command}"

[scope]
max_files = 10
exclude = ["*.lock"]

[incident]
directory = "docs/incidents"
"""
TOKENS = (
    "[" * 3000, "9" * 5000, "\\ud800", "1e999", '{"a":' * 3000, "\x00", "![" * 9000, "\x1b[2J", "\udcff", "\n",
    "\u202e",
    "\r", "\r\n", "\t", " " * 300, "\u009b", "\u2028", "\ufeff", "긴급", "0x" + "f" * 5000, "~~~ a\n" * 3000,
    "---\n", "```\n", "~~~\n", "<!--", "-->", "<!-- git-hotfix:timeline -->", "<!-- /git-hotfix:timeline -->",
    "(" * 500, "|" * 300, "`" * 50, "#" * 10, "*" * 40, "\\", '"', "'", "=", ":", "\\u0000", "null", "true", "NaN",
    "-1",
    "9999-99-99T99:99:99", "Hotfix-Id: x", "Rollback-Of: x", "(cherry picked from commit x)", "Tests: passed",
    "../" * 9, "/dev/zero", "~", "$(touch {canary})", "`touch {canary}`", ";touch {canary};", "'; touch {canary}; '",
    "{{ 7 * 7 }}", "{% raw %}",
)  # fmt: skip
"""The worst first: a short run has tried these."""


def mutated(text: str, chance: random.Random, bird: Canary, token: str = "") -> bytes:
    """Return a text with a few things inserted, replaced, dropped, doubled or moved, mostly where something begins.

    ``token`` is what a line begins with, or what stands in the place of a value, in any case.
    """
    for turn in range(chance.randint(1, 3)):
        edges = [0, len(text), *(found.end() for found in re.finditer(r"\n|[:=|] ?|[-#*] |[\"\[{(]", text))]
        if token and not turn:
            edges = [0, *(found.end() for found in re.finditer(r"\n|[^\n\"]+: |[^\n\"]+ = |\| |[-#*] ", text))]
        places = edges if chance.random() < 0.7 or not turn else range(len(text) + 1)
        at, to = sorted(chance.choice(places) for _ in range(2))
        what = token if token and not turn else chance.choice(TOKENS)
        what = what.replace("{canary}", str(bird.path))
        match chance.randint(0, 5 if turn or not token else 3):
            case 0 | 1:
                text = text[:at] + what * chance.choice((1, 1, 2, 20)) + text[at:]
            case 2 | 3:
                end = text.find("\n", at)
                text = text[:at] + what + text[end if end >= 0 else len(text) :]
            case 4:
                text = text[:to] + text[at:to][:2000] + text[to:]
            case _:
                text = text[:at] + text[to:] if to - at < 200 else text
    return text.encode("utf-8", "surrogateescape")


def commit(stage: Stage, branch: str, path: str, content: bytes) -> None:
    """Let bob push a file to a branch of the server."""
    bob = stage.bob
    bob.git("fetch", "-q")
    bob.git("checkout", "-q", "--detach", f"origin/{branch}")
    bob.commit("Change it", {path: content})
    bob.git("push", "-q", "origin", f"HEAD:refs/heads/{branch}")


def settings(stage: Stage, chance: random.Random, bird: Canary, token: str) -> None:
    stage.alice.write(".hotfix.toml", mutated(SETTINGS.format(command=bird.command), chance, bird, token))


def report(stage: Stage, chance: random.Random, bird: Canary, token: str) -> None:
    content = mutated(stage.alice.show(f"refs/heads/{stage.branch}:{stage.report}"), chance, bird, token)
    if stage.branch in stage.alice.git("branch", "--show-current"):
        stage.alice.commit("Edit", {stage.report: content})
    commit(stage, "develop", stage.report, content)


def memory(stage: Stage, chance: random.Random, bird: Canary, token: str) -> None:
    stage.memory.write_bytes(mutated(stage.memory.read_text(), chance, bird, token))


def waivers(stage: Stage, chance: random.Random, bird: Canary, token: str) -> None:
    line = f'{{"hotfix": "{stage.hotfix}", "branch": "develop", "reason": "x", "by": "Kim", "at": "2026-01-17"}}\n'
    commit(stage, "develop", "docs/incidents/waivers.jsonl", mutated(line * 3, chance, bird, token))


def changelog(stage: Stage, chance: random.Random, bird: Canary, token: str) -> None:
    commit(stage, "develop", "CHANGELOG.md", mutated(CHANGELOG, chance, bird, token))


def backlog(stage: Stage, chance: random.Random, bird: Canary, token: str) -> None:
    commit(stage, "develop", "BACKLOG.md", mutated(BACKLOG, chance, bird, token))


def messages(stage: Stage, chance: random.Random, bird: Canary, token: str) -> None:
    merge = stage.remote.rev("refs/heads/main")
    text = f"Notes\n\nBody\n\nHotfix-Id: {stage.hotfix}\nRollback-Of: {merge}\n(cherry picked from commit {merge})\n"
    for branch in ("main", "develop"):
        message = mutated(text, chance, bird, token).replace(b"\x00", b"")
        tree = stage.remote.git("rev-parse", f"refs/heads/{branch}^{{tree}}")
        who = {f"GIT_{one}_{what}": "eve" for one in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        made = stage.remote.git("commit-tree", tree, "-p", f"refs/heads/{branch}", "-F", "-", stdin=message, env=who)
        stage.remote.git("update-ref", f"refs/heads/{branch}", made)


def branches(stage: Stage, chance: random.Random, bird: Canary, token: str) -> None:
    for prefix in ("release/", f"hotfix/{stage.hotfix[:8]}-", "support/"):
        raw = mutated(f"{prefix}1.1", chance, bird, token)
        name = b"".join(bytes([byte]) for byte in raw if byte > 0x20 and byte not in b"\x7f~^:?*[\\")[:150]
        tip = str(stage.remote.rev("support/1.0")).encode()
        stage.remote.try_git("update-ref", "--stdin", stdin=b"create refs/heads/" + name + b" " + tip + b"\n")


WHERE: dict[str, Callable[[Stage, random.Random, Canary, str], None]] = {
    each.__name__: each for each in (settings, report, memory, waivers, changelog, backlog, messages, branches)
}


def read_settings(content: bytes) -> None:
    resolve([read_layer(parse_toml(content, ".hotfix.toml"), ".hotfix.toml", key_lines(content))])


def read_a_report(content: bytes) -> None:
    read_report(content, "report.md")
    resolve_report(content, "report.md", RESOLVED, EN)


def read_a_memory(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = MemoryFile(Path(folder), HOTFIX)
        file.path.parent.mkdir()
        file.path.write_bytes(content)
        file.read()


def read_the_waivers(content: bytes) -> None:
    assert add_waivers(content, read_waivers(content, HOTFIX).values()).startswith(content)
    broken_lines(content)


def write_the_changelog(content: bytes) -> None:
    edit = add_entry(content, ENTRY)
    assert not isinstance(edit, Inserted) or is_insertion(text(content), text(edit.content))


def write_the_backlog(content: bytes) -> None:
    edit = add_done(content, DONE)
    assert not isinstance(edit, Inserted) or is_insertion(text(content), text(edit.content))


LINE = f'{{"hotfix": "{HOTFIX}", "branch": "develop", "reason": "x", "by": "Kim", "at": "2026-01-17"}}\n'
FILES = (
    (SETTINGS.format(command="make"), read_settings),
    (render_new(NEW, EN).content.decode(), read_a_report),
    (json.dumps({"schema": 1, "hotfix": str(HOTFIX), "starting": True}), read_a_memory),
    (LINE * 3, read_the_waivers),
    (CHANGELOG, write_the_changelog),
    (BACKLOG, write_the_backlog),
)
"""What is read, and by what: cheap enough for a hundred cases of each for one of a whole command."""


@pytest.mark.parametrize(("content", "read"), FILES, ids=[read.__name__ for _, read in FILES])
def test_nonsense_in_a_file_is_a_value_or_a_refusal(
    tmp_path: Path, content: str, read: Callable[[bytes], None], tried: Tried
) -> None:
    bird = canary(tmp_path)
    for seed in range(FIRST, FIRST + EACH * CASES):
        raw = mutated(content, random.Random(seed), bird, TOKENS[seed % len(TOKENS)])  # noqa: S311  # as above
        began = time.process_time()
        with contextlib.suppress(HotfixError):
            read(raw)
        assert time.process_time() - began < HANG_SECONDS * max(1, len(raw) / 200_000), seed  # no worse than linear
    tried(EACH * CASES, EACH * CASES, f"cases of nonsense for {read.__name__}")


@functools.cache
def usual_seconds() -> float:
    """Measure what the slowest of these commands takes here and now, with nothing odd in the repository."""
    with tempfile.TemporaryDirectory() as folder:
        stage = published(Path(folder))
        began = time.process_time()
        bounded(stage.alice, "finish", "auth", "-y", seconds=MOST_SECONDS)
        return time.process_time() - began


def limited(stage: Stage, *command: str) -> Run:
    """Run a command and check how it ended, and when: the time over what it usually takes is what counts."""
    if "HOTFIX_FUZZ" not in os.environ:  # the few cases of every day are not measured
        answer, took = stage.alice.hotfix(*command), 0.0
    else:
        began = time.process_time()
        answer = bounded(stage.alice, *command, seconds=MOST_SECONDS)
        took = time.process_time() - began
    assert answer.code not in {70, -6, -11}, said(answer)
    assert "Traceback" not in said(answer)
    assert took == 0 or took < HANG_SECONDS + 4 * usual_seconds(), f"{' '.join(command)} took {took:.1f} s"
    return answer


def is_insertion(old: str, new: str) -> bool:
    """Return whether a text is another one with one piece put in."""
    pairs = enumerate(zip(old, new, strict=False))
    same = next((at for at, (one, other) in pairs if one != other), min(len(old), len(new)))
    return len(new) >= len(old) and new.endswith(old[same:])


@pytest.mark.parametrize("seed", range(FIRST, FIRST + CASES))
def test_nonsense_is_no_bug(tmp_path: Path, seed: int, tried: Tried) -> None:
    chance = random.Random(seed)  # noqa: S311  # repeatable, guards nothing
    where = list(WHERE)[seed % len(WHERE)]
    stage = chance.choice((fixed, published, finished))(tmp_path)
    bird = canary(tmp_path)
    WHERE[where](stage, chance, bird, TOKENS[seed // len(WHERE) % len(TOKENS)])
    paths = ("CHANGELOG.md", "BACKLOG.md")
    before = {path: stage.remote.try_git("cat-file", "blob", f"develop:{path}") for path in paths}

    limited(stage, "status", "auth")
    limited(stage, "list", "--json")
    limited(stage, "finish", "auth", "-y", "--skip-tests", "no time", "--no-deploy")
    for path, old in before.items():
        now = stage.remote.try_git("cat-file", "blob", f"develop:{path}")
        assert old.code != 0 or is_insertion(old.out, now.out), path
    limited(stage, "cleanup", "auth", "--dry-run")
    limited(stage, "rollback", "auth", "-y", "--no-deploy")

    assert not bird.has_run
    tried(CASES, CASES, "cases of nonsense")


@pytest.mark.parametrize("seed", range(FIRST, FIRST + (CASES + 5) // 6))
def test_nonsense_in_a_template_is_no_bug(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    scene = standard_lab(tmp_path)
    bird = canary(tmp_path)
    template = "# {{ title }}\n\n{% for key in [1, 2] %}{{ key }}{% endfor %}\n\n## Timeline\n\n{{ impact or 'x' }}\n"
    path = "docs/templates/incident_report_template.md"
    scene.bob.commit("A template", {path: mutated(template, chance, bird, TOKENS[seed % len(TOKENS)])})
    scene.bob.git("push", "-q", "origin", "main")

    answer = bounded(scene.alice, "start", "auth", "-y", seconds=MOST_SECONDS)

    assert answer.code == 0, said(answer)
    assert not bird.has_run
