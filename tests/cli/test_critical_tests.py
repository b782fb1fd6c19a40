"""The critical tests in ``finish`` and ``test``: found, kept, run once for a fix, never through a shell."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import fixed
from tests.support.hooks import during_first_push
from tests.support.lab import CRITICAL_TEST, LOGIN
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.stages import Stage
    from tests.support.lab import Clone
    from tests.support.processes import Run

PROGRAM = """\
import json, os, sys
with open(os.environ["RECORD"], "a") as record:
    record.write(json.dumps({"arguments": sys.argv[1:], "head": os.popen("git rev-parse HEAD").read().strip(),
                             "version": open("VERSION").read()}) + "\\n")
print("checking", len(sys.argv) - 1, "places")
print(os.environ.get("SAY", "3 passed in 0.01s"))
if os.environ.get("CHANGE"):
    open(os.environ["CHANGE"], "a").write("changed by a test")
sys.exit(open("VERSION").read().strip() == os.environ.get("BROKEN") or int(os.environ.get("CODE", "0")))
"""
TEST_COMMAND = {"GIT_CONFIG_KEY_0": "hotfix.test.command", "GIT_CONFIG_VALUE_0": "true && touch owned"}
QUIET = ("-y", "--no-backport", "--stay")
"""Finish up to publication: what follows is the business of other tests."""


class Bench:
    """A fix on alice's hotfix branch, no command decided yet, and a test program that records each of its runs."""

    def __init__(self, root: Path) -> None:
        self.stage: Stage = fixed(root)
        self.alice: Clone = self.stage.alice
        self.alice.git("config", "--unset", "hotfix.test.command")
        self.program = root / "check it.py"
        self.program.write_text(PROGRAM)
        self.record = root / "runs"

    def command(self, places: str) -> None:
        """Configure the recording program as the critical tests, with these places."""
        self.alice.git("config", "hotfix.test.command", f"'{sys.executable}' '{self.program}' {places}".rstrip())

    def run(self, *arguments: str, check: int, **environment: str) -> Run:
        environment["RECORD"] = str(self.record)
        return self.alice.hotfix(*arguments, env=environment, check=check)

    @property
    def runs(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.record.read_text().splitlines()] if self.record.exists() else []

    def trailers(self, name: str) -> dict[str, str]:
        text = self.alice.git("for-each-ref", "--format=%(contents)", name) or self.alice.git(
            "log", "-1", "--format=%B", name
        )
        lines = self.alice.git("interpret-trailers", "--parse", stdin=text).splitlines()
        return dict(line.split(": ", 1) for line in lines)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_undecided_command_is_exit_2_with_the_proposal_and_asked_on_a_terminal(bench: Bench) -> None:
    before = bench.alice.snapshot()

    answer = bench.run("finish", *QUIET, "--json", check=2)

    said = answer.json()
    hotfix = bench.stage.hotfix
    assert said["problems"] == [
        {
            "code": "tests-undecided",
            "message": "No command for the critical tests is configured (--skip-tests REASON publishes without).",
            "remedy": f"git hotfix finish {hotfix} -y --no-backport --stay --json"
            " --test-command 'pytest {paths} -k \"critical\"'",
        }
    ]
    assert [each["default"] for each in said["questions"]] == ['pytest {paths} -k "critical"']
    assert said["hotfix"] == hotfix
    assert bench.alice.snapshot() == before
    shell = bench.run("finish", *QUIET, check=2, GIT_CONFIG_COUNT="1", **TEST_COMMAND)
    assert r"hint:  git config hotfix.test.command 'sh -c '\''true && touch owned'\'''" in shell.err
    assert bench.alice.snapshot() == before

    with Terminal(bench.alice, "test") as terminal:
        terminal.expect("Which command runs the critical tests? It is kept in git config.")
        terminal.answer("")
        terminal.expect('$ pytest {paths} -k "critical"')
        terminal.expect("2 passed")
        assert terminal.finish() == 0

    assert bench.alice.git("config", "--get-all", "hotfix.test.command") == 'pytest {paths} -k "critical"'
    answer = bench.run("status", "--json", check=0)
    (tests,) = (each for each in answer.json()["steps"] if each["step"] == "tests")
    assert tests["state"] == "done"
    assert tests["evidence"].startswith("passed in ")


def test_passing_tests_are_streamed_and_remembered_for_this_very_fix(bench: Bench) -> None:
    bench.command("{paths}")
    alice = bench.alice

    first = bench.run("test", check=0)
    assert "checking 1 places\n3 passed in 0.01s\n" in first.err
    assert bench.runs == [
        {"arguments": ["tests/auth"], "head": alice.rev("HEAD"), "version": "1.0.0\n"},
    ]
    planned = bench.run("finish", *QUIET, "--dry-run", check=0)
    assert "critical tests" not in planned.out
    alice.git("commit", "-q", "--amend", "-m", "Say it better")
    assert "critical tests" not in bench.run("finish", *QUIET, "--dry-run", check=0).out
    alice.commit("More", {LOGIN: alice.read(LOGIN) + "\n# more\n"})
    assert "run the critical tests" in bench.run("finish", *QUIET, "--dry-run", check=0).out
    assert len(bench.runs) == 1

    bench.run("finish", *QUIET, check=0)
    assert len(bench.runs) == 2
    again = bench.run("finish", *QUIET, check=0)
    assert len(bench.runs) == 2
    assert "checking" not in again.err
    merge = bench.trailers("refs/remotes/origin/main")
    assert merge["Tests"].startswith(f"passed ({sys.executable}, ")
    assert "Tests-Skipped" not in merge


def test_tests_that_do_not_pass_publish_nothing(bench: Bench) -> None:
    bench.command("{paths}")
    bench.alice.git("config", "hotfix.test.nonePattern", "nothing selected")
    command = f"{sys.executable} '{bench.program}' tests/auth"
    cases: tuple[tuple[dict[str, str], str], ...] = (
        ({"CODE": "3"}, f"The critical tests failed ({command}, exit 3)."),
        ({"SAY": "no tests ran in 0.01s"}, f"No test ran ({command}): that is not a pass."),
        ({"SAY": "nothing selected", "CODE": "1"}, f"No test ran ({command}): that is not a pass."),
        ({"CHANGE": "VERSION"}, "The tests changed files that git tracks ('VERSION'); this run does not count."),
    )
    before = bench.alice.snapshot()
    for environment, message in cases:
        answer = bench.run("finish", *QUIET, "--json", check=6, **environment)

        (problem,) = answer.json()["problems"]
        assert (problem["code"], problem["message"]) == ("tests-failed", message)
        if "CHANGE" in environment:
            bench.alice.git("checkout", "-q", "VERSION")
        assert bench.alice.snapshot() == before
    assert len(bench.runs) == len(cases)


def test_skipping_is_told_in_merge_tag_and_report(bench: Bench) -> None:
    reason = "the runner\nis down: $(id)"

    answer = bench.run("finish", "-y", "--skip-tests", reason, "--verified-by", "Kim  Lee", check=0)

    assert bench.runs == []
    folded = "the runner is down: $(id)"
    tag = next(ref for ref in bench.stage.remote.refs() if ref.startswith("refs/tags/hotfix-"))
    hotfix, incident = bench.stage.hotfix, bench.stage.report
    expected = {"Hotfix-Id": hotfix, "Incident": incident, "Tests-Skipped": folded, "Verified-By": "Kim Lee"}
    expected["Deploy"] = "none"
    named = {"Hotfix-Tag": tag.removeprefix("refs/tags/")}
    assert bench.trailers("refs/remotes/origin/main") == expected | named
    assert bench.trailers(tag) == expected
    report = bench.stage.remote.show(f"develop:{incident}")
    assert f'\nchecks_skipped: "{folded}"\n' in report
    assert '\nverified_by: "Kim Lee"\n' in report
    assert f"skipped: {folded}" in answer.out


def test_strange_names_reach_the_tests_as_they_are(bench: Bench) -> None:
    bench.command("{files} {base} 'a b' '$HOME'")
    names = ["$(touch owned)", "it's; `id`", "new\nline", "-n", 'q"uote', "스페이스 바"]
    bench.alice.commit("Strange", {f"src/auth/{name}": "x\n" for name in names})

    answer = bench.run("test", "--", "--extra", "$(id)", check=0)

    (run,) = bench.runs
    expected = sorted([LOGIN, *(f"src/auth/{name}" for name in names)])
    assert sorted(run["arguments"][: len(expected)]) == expected  # type: ignore[index]
    assert run["arguments"][len(expected) :] == ["main", "a b", "$HOME", "--extra", "$(id)"]  # type: ignore[index]
    assert bench.alice.git("status", "--porcelain", "-uall") == ""
    assert "\x1b" not in answer.err


def test_changed_files_without_tests_are_tested_by_the_map(bench: Bench) -> None:
    bench.command("{paths}")
    alice = bench.alice
    alice.git("reset", "-q", "--hard", "HEAD~1")
    alice.commit("Tax", {"src/billing/invoice.py": "TAX_PERCENT = 11\n"})

    alice.git("config", "hotfix.test.map", f"src/billing/**={CRITICAL_TEST}")
    bench.run("test", check=0)
    assert bench.runs[0]["arguments"] == [CRITICAL_TEST]


def test_merged_tree_is_tested_where_production_has_moved(bench: Bench) -> None:
    bench.command("{paths}")
    alice, bob = bench.alice, bench.stage.bob
    bench.run("test", check=0)
    bob.commit("Meanwhile", {"VERSION": "2.0.0\n", "src/auth/token.py": "LENGTH = 8\n"})
    bob.git("push", "-q", "origin", "main")
    alice.git("config", "hotfix.test.merged", "true")
    tip, before = alice.rev("HEAD"), alice.snapshot(without_tracking=True)

    bench.run("finish", *QUIET, check=6, CODE="1")
    assert alice.snapshot(without_tracking=True) == before
    answer = bench.run("finish", *QUIET, check=0)

    assert [run["version"] for run in bench.runs] == ["1.0.0\n", "2.0.0\n", "2.0.0\n"]
    assert bench.runs[0]["head"] == tip
    tested, published = str(bench.runs[2]["head"]), bench.stage.remote.rev("main")
    assert alice.rev(f"{tested}^{{tree}}") == bench.stage.remote.rev("main^{tree}")
    assert alice.git("rev-list", "--parents", "-1", published) == f"{published} {bob.rev('main')} {tip}"
    assert alice.git("symbolic-ref", "--short", "HEAD") == bench.stage.branch
    assert bench.trailers("refs/remotes/origin/main")["Production-Moved"] == "src/auth"
    assert "'origin/main' has new commits in 'src/auth' since the branch was made." in answer.err


def test_merged_tree_is_tested_again_where_production_moves_between_test_and_push(bench: Bench) -> None:
    bench.command("")
    alice, bob, remote = bench.alice, bench.stage.bob, bench.stage.remote
    alice.git("config", "hotfix.test.merged", "true")
    bob.commit("Meanwhile", {"VERSION": "2.0.0\n"})
    bob.git("push", "-q", "origin", "main")
    bob.commit("And again", {"VERSION": "3.0.0\n"})
    marker = during_first_push(alice, f"git -C {bob.path} push -q origin main")
    tip = alice.rev("HEAD")

    bench.run("finish", *QUIET, check=6, BROKEN="3.0.0")

    assert [run["version"] for run in bench.runs] == ["2.0.0\n", "3.0.0\n"]
    assert remote.rev("main") == bob.rev("main")
    assert remote.git("tag", "--list", "hotfix-*") == ""
    bob.commit("Mended", {"VERSION": "3.0.1\n"})
    marker.unlink()  # the race once more
    answer = bench.run("finish", *QUIET, check=0, BROKEN="")
    assert [run["version"] for run in bench.runs[2:]] == ["3.0.0\n", "3.0.1\n"]
    published = remote.rev("main")
    assert alice.rev(f"{bench.runs[-1]['head']}^{{tree}}") == remote.rev(f"{published}^{{tree}}")
    assert alice.git("rev-list", "--parents", "-1", published) == f"{published} {bob.rev('main')} {tip}"
    assert "'origin/main' has moved: preparing the merge again." in answer.err
    assert alice.git("for-each-ref", "refs/hotfix") == ""
