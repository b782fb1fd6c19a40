"""The written record: true, complete, the same wherever and however often it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.stages import Stage, finished, fix, fixed, published, started
from tests.support.hooks import accept_everything, refuse_ref
from tests.support.reports import with_keys

if TYPE_CHECKING:
    from pathlib import Path

FRONT = """\
---
schema: 1
id: "ID"
title: "Login takes any password"
status: "resolved"
severity: "critical"
kind: "critical-bug"
production_affected: true
can_wait: false
what: "Login takes any password"
reporter: "Alice"
declared_at: "TIME"
mitigated_at: "TIME"
resolved_at: "TIME"
branch: "hotfix/ID"
base: "main"
tag: "TAG"
fix_commits: ["COMMIT"]
checks_run: ["passed (true, N s, TIME)"]
verified_by: "Kim"
visibility: "public"
recorded_in: ["CHANGELOG.md"]
---
"""

BODY = """
# HOTFIX: Login takes any password

## Summary

Login takes any password

## Criticality

<!-- git-hotfix:criticality -->

| question | answer |
| --- | --- |
| What is broken? | Login takes any password |
| Is production affected? | yes |
| Can it wait for the next release? | no |
| Severity | critical |
| Kind | critical-bug |
| Data at risk | unknown |
| Affected users | unknown |

<!-- /git-hotfix:criticality -->

## Impact

Everybody, since noon.

## Detection and trigger

## People and communication

## Timeline

<!-- git-hotfix:timeline -->

| time | event | source |
| --- | --- | --- |
| TIME | Hotfix declared: Login takes any password | git-hotfix |
| TIME | Fix committed: Check the password | git |
| TIME | Critical tests passed (true, N s) | git-hotfix |
| TIME | Merged into main | git |
| TIME | Tagged TAG | git |
| TIME | Published to main | git-hotfix |
| TIME | Deployment succeeded | git-hotfix |
| TIME | Arrived on release/1.1 by merge | git |
| TIME | Arrived on support/1.0 by pick | git |
| TIME | Arrived on develop by merge | git |

<!-- /git-hotfix:timeline -->

## Root cause

## Resolution

<!-- git-hotfix:resolution -->

- Status: resolved
- Published: TIME, `main` at `COMMIT`
- Tag: `TAG`
- Deployed: succeeded TIME (true)
- Fix:
  - `COMMIT` Check the password (TIME)
- Backported to:
  - `develop`: present, by merge, `COMMIT`
  - `release/1.1`: present, by merge, `COMMIT`
  - `support/1.0`: present, by pick, `COMMIT`

<!-- /git-hotfix:resolution -->

## Verification

<!-- git-hotfix:verification -->

- Critical tests run:
  - passed (true, N s, TIME)
- Verified by hand: Kim

<!-- /git-hotfix:verification -->

## Follow-ups

<!-- git-hotfix:followups -->

| id | what | kind | priority | owner | due or trigger | ticket | state |
| --- | --- | --- | --- | --- | --- | --- | --- |

<!-- /git-hotfix:followups -->

## References

- Branch: hotfix/ID, from main
"""


def without_advice(report: str) -> str:
    """Leave out the comments that tell people what to write."""
    kept, inside = [], False
    for line in report.splitlines():
        begins = line.startswith("<!--") and "git-hotfix:" not in line
        inside = inside or begins
        if not inside:
            kept.append(line)
        inside = inside and not line.endswith("-->")
    text = "\n".join(kept) + "\n"
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.rstrip("\n") + "\n"


def test_record_is_whole_and_the_same_wherever_it_is_written_again(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice, bob = stage.alice, stage.bob
    alice.git("config", "hotfix.deploy.command", "true")
    by_people = alice.read(stage.report).replace("## Impact\n", "## Impact\n\nEverybody, since noon.\n")
    alice.write(stage.report, by_people)
    fix(stage)
    alice.commit("Impact", {stage.report: by_people})
    alice.hotfix("finish", "-y", "--verified-by", "Kim", check=0)

    report = stage.on_server("develop")
    assert without_advice(stage.frozen(report)) == FRONT + BODY
    advice = [line for line in by_people.splitlines() if line.startswith("<!--")]
    assert [line for line in report.splitlines() if line.startswith("<!--")] == advice
    # the commit of the record is what the report says, to the id
    for commit in (stage.remote.rev("main"), stage.remote.rev("develop^"), stage.remote.rev("release/1.1")):
        assert commit[:12] in report
    # again; by another person on another machine, who knows nothing of the deployment; after the clean-up
    done = stage.remote.refs()
    alice.hotfix("finish", check=0)
    bob.git("fetch", "-q", "--tags")
    by_bob = bob.hotfix("finish", "auth", "--no-deploy", check=0)
    assert stage.frozen(by_bob.err) == "Updated local 'main' to COMMIT.\n"
    alice.hotfix("cleanup", check=0)
    alice.hotfix("finish", "auth", "-y", check=0)
    alice.hotfix("backport", "auth", check=0)
    assert stage.remote.refs() == done


def trunk_based(stage: Stage) -> None:
    """Leave production alone on the server."""
    stage.remote.git("branch", "-q", "-D", "develop", "release/1.1", "support/1.0")


def test_without_develop_the_record_is_on_production_once_it_is_deployed(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    trunk_based(stage)
    alice = stage.alice
    alice.git("config", "hotfix.deploy.command", f"test -e {tmp_path}/mended")
    alice.hotfix("finish", "-y", check=7)
    merge = stage.remote.rev(f"{stage.tag}^{{}}")
    assert '\nstatus: "open"\n' in stage.on_server("main")
    assert "\n- Deployed: failed " in stage.on_server("main")
    (tmp_path / "mended").touch()

    answer = alice.hotfix("deploy", check=0)

    assert "origin/main: record written, now at " in answer.err
    assert stage.remote.rev("main~2") == merge
    assert stage.remote.git("diff", "--name-only", merge, "main").split() == ["CHANGELOG.md", stage.report]
    report = stage.frozen(stage.on_server("main"))
    assert "\n- Status: resolved\n- Published: TIME, `main` at `COMMIT`\n" in report
    assert "Backported to" not in report
    assert alice.rev("main") == stage.remote.rev("main")
    done = stage.remote.refs()
    alice.hotfix("finish", check=0)
    assert stage.remote.refs() == done
    alice.hotfix("cleanup", check=0)


def test_record_is_held_where_its_push_would_deploy(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    trunk_based(stage)
    alice = stage.alice
    alice.git("config", "hotfix.deploy.trigger", "push")

    answer = alice.hotfix("finish", "--json", check=0).json()

    merge = stage.remote.rev("main")
    assert stage.subjects("main")[0] == "HOTFIX: Login takes any password"
    documents = next(each for each in answer["steps"] if each["step"] == "documents")
    assert documents == {
        "step": "documents",
        "state": "waiting",
        "evidence": "it is held (documents.publish): it goes out with the next publication, "
        "or by git hotfix document --push",
    }
    assert answer["next"] == f"git hotfix cleanup {stage.hotfix}"
    alice.git("config", "hotfix.documents.publish", "push")
    alice.hotfix("finish", check=0)
    assert stage.remote.rev("main^") == merge
    assert "\n- Deployed: by the push\n" in stage.on_server("main")


def test_record_waits_for_a_develop_that_refuses_and_follows_later(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    refuse_ref(stage.remote, "refs/heads/develop", "develop is frozen")
    develop = stage.remote.rev("develop")

    answer = alice.hotfix("finish", "--json", check=4).json()

    assert [(each["code"], each["remedy"]) for each in answer["problems"]] == [
        ("target-refused", f"git hotfix backport {stage.hotfix}")
    ]
    assert stage.remote.rev("develop") == develop
    documents = next(each for each in answer["steps"] if each["step"] == "documents")
    assert documents["state"] == "waiting"
    accept_everything(stage.remote)
    alice.hotfix("finish", check=0)
    report = stage.on_server("develop")
    assert stage.subjects("develop")[:2] == [
        "Record HOTFIX: Login takes any password",
        "Backport HOTFIX: Login takes any password",
    ]
    assert f"  - `develop`: present, by merge, `{stage.remote.rev('develop^')[:12]}`\n" in report


def test_edits_of_people_on_develop_survive_the_next_record(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    report = stage.on_server("develop")
    edited = report.replace("## Root cause\n", "## Root cause\n\nA condition with `or`.\n")
    edited = with_keys(edited, root_cause="a condition", team="login", detected_at="2999-01-01T00:00:00Z")
    stage.bob_pushes("develop", "Tell the cause", {stage.report: edited})
    stage.alice.hotfix("note", "told the customers", "--at", "now", check=0)

    answer = stage.alice.hotfix("finish", check=0)

    assert [line for line in stage.frozen(answer.err).splitlines() if line.startswith("note: ")] == [
        f"note: In the report '{key}' (TIME) is before 'detected_at' (TIME)." for key in ("declared_at", "resolved_at")
    ]

    after = stage.on_server("develop")
    row = [line for line in after.splitlines() if "told the customers" in line]
    assert len(row) == 1
    assert after == edited.replace("\n\n<!-- /git-hotfix:timeline -->", f"\n{row[0]}\n\n<!-- /git-hotfix:timeline -->")


def test_report_that_is_nonsense_stops_only_the_record(tmp_path: Path) -> None:
    stage = published(tmp_path)
    stage.bob_pushes("develop", "Nonsense", {stage.report: "---\nschema: [\n---\n"})

    answer = stage.alice.hotfix("backport", "--json", check=4).json()

    assert {each["branch"]: each["state"] for each in answer["targets"]}["release/1.1"] == "present"
    assert any(stage.report in each["message"] for each in answer["problems"])
