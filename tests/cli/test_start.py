"""``git hotfix start``: where the branch begins, what it is called, what is on it, where the user ends up."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from git_hotfix.clock import now
from tests.cli.starting import day, problems, problems_with_open, push_to_main, report_of, report_path
from tests.support.hooks import refuse_ref
from tests.support.lab import LOGIN, standard_lab
from tests.support.servers import silent_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Scene

TEMPLATE = "docs/templates/incident_report_template.md"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return standard_lab(tmp_path)


def test_local_main_behind_the_branch_begins_at_the_servers_tip(scene: Scene) -> None:
    alice = scene.alice
    behind = alice.rev("main")
    tip = push_to_main(scene.bob, {"VERSION": "1.0.1\n"})
    began = now()

    answer = alice.hotfix(
        *("start", "긴급 로그인 수정", "-y", "--severity", "high", "--kind", "security", "--public"),
        *("--what", "any password", "--impact", "all | users", "--users", "12", "--data-at-risk", "exposure"),
        *("--since", "2h ago", "--detected", "10m ago", "--root-cause", "unknown yet", "--issue", "#7"),
        *("--cve", "CVE-2026-1234", "--push"),
        check=0,
    )

    slug = "긴급-로그인-수정"
    branch = f"hotfix/{day()}-{slug}"
    head = alice.rev(branch)
    assert answer.out.splitlines()[0] == f"{day()}-{slug}: 긴급 로그인 수정"
    assert answer.out.splitlines()[-1] == "Next: git commit -a"
    assert answer.err == (
        "note: Production is taken to be 'main' (git config hotfix.branches.production).\n"
        f"Created '{branch}' from {tip[:7]} with '{report_path(slug)}'.\n"
        f"Switched to '{branch}'.\n"
        f"Published '{branch}' to 'origin'.\n"
    )
    assert alice.git("symbolic-ref", "HEAD") == f"refs/heads/{branch}"
    assert (alice.rev("main"), alice.rev("origin/main")) == (behind, tip)
    assert scene.remote.rev(branch) == head
    assert alice.git("rev-parse", "--abbrev-ref", f"{branch}@{{upstream}}") == f"origin/{branch}"
    assert alice.git("status", "--porcelain") == ""
    assert alice.git("rev-list", "--parents", "-1", head) == f"{head} {tip}"
    assert alice.git("-c", "core.quotePath=false", "diff", "--name-status", tip, head) == f"A\t{report_path(slug)}"
    assert alice.git("log", "-1", "--format=%an <%ae>%n%(trailers:only)", head) == (
        f"Alice <alice@example.com>\nHotfix-Id: {day()}-{slug}\nIncident: {report_path(slug)}\nIssue: #7\n"
    )
    report = report_of(alice, head, slug)
    assert (report.id, report.title, report.what) == (report.id, "긴급 로그인 수정", "any password")
    assert str(report.id) == f"{day()}-{slug}"
    assert (report.severity, report.kind, report.data_at_risk) == ("high", "security", "exposure")
    assert (report.affected_users, report.issue, report.cve) == (12, "#7", "CVE-2026-1234")
    assert (report.base, report.branch, report.reporter, report.status) == ("main", branch, "Alice", "open")
    assert report.started_at is not None
    assert report.detected_at is not None
    assert report.declared_at is not None
    assert began <= report.declared_at <= began + timedelta(minutes=1)
    assert report.declared_at - report.started_at == timedelta(hours=2)
    assert report.declared_at - report.detected_at == timedelta(minutes=10)
    assert report.resolved_at is None
    text = alice.read(report_path(slug))
    assert "all \\| users" in text
    assert "unknown yet" in text


def test_name_typed_with_prefix_or_date_is_kept_and_a_slug_chosen(scene: Scene) -> None:
    alice = scene.alice

    alice.hotfix("start", "hotfix/20251224-Auth", "-y", check=0)
    alice.git("checkout", "-q", "main")
    dated = alice.hotfix("start", "Login is open!", "--slug", "My Login", "-y", check=0)

    assert alice.git("branch", "--format=%(refname:short)").split("\n") == [
        "hotfix/20251224-auth",
        f"hotfix/{day()}-my-login",
        "main",
    ]
    assert dated.out.startswith(f"{day()}-my-login: Login is open!\n")
    assert "note: Open already: 20251224-auth.\n" in dated.err
    assert alice.show(f"hotfix/20251224-auth:{report_path('auth', '20251224')}").startswith("---\n")
    code, said = problems_with_open(alice, "20251224-auth", "-y")
    assert (code, said) == (
        1,
        [
            (
                "name-taken",
                "The hotfix '20251224-auth' exists already.",
                "git hotfix start 20251224-auth -y --slug 20251224-auth-2",
            )
        ],
    )


def test_line_is_the_base_and_is_recorded(scene: Scene) -> None:
    alice = scene.alice

    alice.hotfix("start", "tax", "-y", "--on", "support/1.0", check=0)

    branch = f"hotfix/{day()}-tax"
    assert alice.rev(f"{branch}^") == scene.remote.rev("support/1.0")
    assert report_of(alice, branch, "tax").base == "support/1.0"
    targets = [each["branch"] for each in alice.hotfix("status", "--json", check=0).json()["targets"]]
    assert targets == ["develop", "main", "release/1.1"]
    assert "support/1.0" not in alice.git("branch", "--format=%(refname:short)")


def test_branch_begins_at_a_commit_that_the_base_contains(scene: Scene) -> None:
    alice = scene.alice
    push_to_main(scene.bob, {"VERSION": "1.0.1\n"})

    answer = alice.hotfix("start", "x", "-y", "--from", "v1.0.0", "--no-push", check=0)

    assert alice.rev("HEAD^") == alice.rev("v1.0.0^{}")
    assert f"from {alice.rev('v1.0.0^{}')[:7]}" in answer.err


def test_commits_are_picked_after_the_report_with_their_authors(scene: Scene) -> None:
    alice = scene.alice
    d1, d2, d3 = (alice.rev(f"origin/develop~{back}") for back in (2, 1, 0))

    alice.hotfix("start", "reports", "-y", "--pick", f"{d1}..origin/develop", "--pick", d1, "--pick", "v1.0.0", check=0)

    branch = f"hotfix/{day()}-reports"
    told = alice.git("log", "--reverse", "--format=%an|%s|%b", f"origin/main..{branch}").split("\n")
    lines = [line for line in told if line]
    assert lines[0].startswith("Alice|")
    assert lines[-3:] == [
        f"Test Person|Begin reports|(cherry picked from commit {d2})",
        f"Test Person|Report months too|(cherry picked from commit {d3})",
        f"Test Person|Put the name first in the title|(cherry picked from commit {d1})",
    ]
    assert alice.git("diff", "--name-only", "origin/develop", branch) == report_path("reports")
    assert alice.git("log", "-1", "--format=%ad", branch) == alice.git("log", "-1", "--format=%ad", d1)


def test_pick_that_conflicts_leaves_nothing_behind(scene: Scene) -> None:
    alice = scene.alice
    alice.git("checkout", "-q", "-b", "topic")
    own = alice.commit("Title", {LOGIN: alice.replace(LOGIN, 'f"Account of {user}"', 'f"Mine: {user}"')})
    push_to_main(scene.bob, {LOGIN: scene.bob.replace(LOGIN, 'f"Account of {user}"', 'f"Theirs: {user}"')})
    alice.write("VERSION", "changed here\n")

    assert problems(alice, "title", "-y", "--stash", "--pick", own) == (
        1,
        [
            (
                "pick-conflict",
                f"Commit {own[:7]} conflicts with the base in '{LOGIN}'; nothing was made.",
                f"git hotfix start title -y --stash --pick {own} --by-hand && git cherry-pick -x -m1 {own[:7]}",
            )
        ],
    )


def test_everything_wrong_is_told_at_once_and_nothing_is_touched(scene: Scene) -> None:
    alice = scene.alice
    alice.write("README.md", "staged\n")
    alice.git("add", "README.md")
    alice.write(LOGIN, "worked on\n")
    alice.write("notes.txt", "mine\n")
    no_such = "' is not a commit here."
    typed = "git hotfix start x -y --from origin/develop --pick nope --since 25:00"

    assert problems(alice, "x", "-y", "--from", "origin/develop", "--pick", "nope", "--since", "25:00") == (
        2,
        [
            (
                "uncommitted",
                f"There are uncommitted changes: 'README.md', '{LOGIN}'.",
                f"{typed} --carry",
            ),
            ("not-in-base", "'origin/develop' is not contained in 'origin/main'.", "git log --oneline origin/main"),
            ("unknown-revision", f"'nope{no_such}", "git log --oneline --all"),
            (
                "bad-time",
                "'25:00' is not a time (14:05, '2h ago', 'yesterday 14:05' or 2026-01-17T02:10:00+09:00).",
                "date -Iseconds",
            ),
        ],
    )
    assert problems(alice, "x", "-y", "--on", "support/9") == (
        2,
        [("unknown-branch", "There is no branch 'origin/support/9'.", "git branch -a")],
    )
    before = alice.snapshot()
    answer = alice.hotfix("start", "x", "-y", "--stash", "--push", "--dry-run", check=0)
    assert answer.out == (
        f"{day()}-x: would\n"
        "  stash the uncommitted changes\n"
        f"  make 'hotfix/{day()}-x' at {alice.rev('origin/main')[:7]} with '{report_path('x')}'\n"
        f"  check 'hotfix/{day()}-x' out\n"
        f"  push 'hotfix/{day()}-x'\n"
    )
    assert alice.snapshot() == before


def test_own_template_is_used(scene: Scene) -> None:
    text = "# {{ title }} ({{ severity }})\r\n\r\n## What\r\n\r\n{{ what }}\r\n\r\n## Timeline\r\n\r\nOurs.\r\n"
    push_to_main(scene.bob, {TEMPLATE: text})

    answer = scene.alice.hotfix("start", "x", "--what", "all <b>of</b> | it", "-y", check=0)

    report = scene.alice.show(f"HEAD:{report_path('x')}")
    assert "The template" not in answer.err
    assert "# x (critical)\r\n\r\n## What\r\n\r\nall &lt;b>of&lt;/b> \\| it\r\n\r\n## Timeline\r\n" in report
    assert "\n" not in report.replace("\r\n", "")
    assert [report.count(f"<!-- git-hotfix:{name} -->") for name in ("timeline", "resolution")] == [1, 1]
    assert report_of(scene.alice, "HEAD", "x").title == "x"


def test_broken_template_is_told_with_its_line_and_ours_is_used(scene: Scene) -> None:
    push_to_main(scene.bob, {TEMPLATE: "# {{ title }}\n\n{{ ''.__class__.__mro__ }}\n"})

    answer = scene.alice.hotfix("start", "x", "-y", check=0)

    assert f"The template '{TEMPLATE}' (line 3) is broken: " in answer.err
    assert "The report has the bundled form." in answer.err
    assert "# HOTFIX: x\n" in scene.alice.show(f"HEAD:{report_path('x')}")


def test_branch_refused_by_the_server_is_kept_and_told(scene: Scene) -> None:
    refuse_ref(scene.remote, "refs/heads/hotfix/*", "no hotfixes here")

    answer = scene.alice.hotfix("start", "x", "-y", "--push", check=5)

    assert "error: The branch is here, but 'origin' did not take it: no hotfixes here" in answer.err
    assert scene.alice.git("branch", "--show-current") == f"hotfix/{day()}-x"
    assert f"refs/heads/hotfix/{day()}-x" not in scene.remote.refs()


def test_silent_server_is_exit_5_and_offline_begins_from_what_was_fetched(scene: Scene) -> None:
    alice = scene.alice
    alice.git("config", "hotfix.remote.timeout", "1")
    with silent_server() as url:
        alice.git("remote", "set-url", "origin", url)
        before = alice.snapshot()
        # not inside: the pipes of a git that is given up are left to the end of the program
        answer = alice.hotfix("start", "x", "-y", check=5)
        assert alice.snapshot() == before
        alice.hotfix("start", "x", "-y", "--offline", check=0)
    assert answer.err.splitlines()[-2:] == [
        "error: 'origin' did not answer within 1 s.",
        "hint:  git hotfix start x -y --offline",
    ]

    assert alice.rev("HEAD^") == alice.rev("origin/main")


def test_start_that_was_interrupted_goes_on_with_the_same_command(scene: Scene) -> None:
    alice = scene.alice
    alice.hotfix("start", "x", "-y", check=0)
    made = alice.rev("HEAD")
    alice.git("checkout", "-q", "main")
    memory = alice.path / f".git/hotfix/{day()}-x.json"
    data = json.loads(memory.read_text())
    memory.write_text(json.dumps({**data, "starting": True, "place": None}))

    alice.hotfix("start", "x", "-y", check=0)

    assert alice.rev("HEAD") == made
    assert alice.git("branch", "--show-current") == f"hotfix/{day()}-x"
    assert json.loads(memory.read_text())["starting"] is False
