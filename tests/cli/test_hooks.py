"""The hooks of a person's repository see what this program does there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.publication_scenes import problems
from tests.support.hooks import _install
from tests.support.lab import Lab

if TYPE_CHECKING:
    from pathlib import Path


def test_rule_for_messages_is_met_by_the_issue_from_the_first_commit(tmp_path: Path) -> None:
    alice = Lab(tmp_path).alone("alice")
    alice.commit("JIRA-1 Begin", {"a": "1\n"})
    _install(alice.path / ".git/hooks/commit-msg", 'grep -q "JIRA-[0-9]" "$1" || { echo no ticket >&2; exit 1; }\n')
    _install(alice.path / ".git/hooks/post-checkout", "exit 0\n")
    before = alice.snapshot()
    said = alice.hotfix("start", "Login", "-y", check=1)
    assert problems(said) == ["The hook 'commit-msg' refuses the commit 'Incident report: Login': no ticket"]
    assert alice.snapshot() == before
    said = alice.hotfix("start", "Login", "-y", "--issue", "JIRA-7", "-v", check=0)
    assert [line for line in said.err.split("\n") if line.startswith("+ hook ")] == [
        "+ hook commit-msg",
        "+ hook post-checkout",
    ]
    alice.commit("JIRA-7 Fix", {"a": "2\n"})
    alice.hotfix("finish", "-y", "--skip-tests", "none", check=0)
    alice.hotfix("rollback", "-y", check=0)
    assert alice.git("log", "--invert-grep", "--grep=JIRA-", "--format=%s", "--all", "--", "a", "docs") == ""
    assert alice.git("for-each-ref", "--format=%(contents:trailers:key=Issue,valueonly)", "refs/tags").split() == [
        "JIRA-7",
        "JIRA-7",
    ]
