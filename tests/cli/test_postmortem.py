"""``git hotfix postmortem``: the look back, in the report or beside it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.cli.stages import Stage, finished, fixed
from tests.support.lab import LOGIN
from tests.support.reports import with_keys
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

EARLIER = "docs/incidents/HOTFIX-2020-05-06-old-login.md"
NEIGHBOUR = "docs/incidents/HOTFIX-2020-01-02-tokens.md"


def section(report: str) -> str:
    """Return the section of the post-mortem."""
    return report.partition("## Post-mortem\n")[2].partition("\n## ")[0]


def earlier_incident(stage: Stage, path: str, title: str, changed: str) -> None:
    """Let develop have an earlier incident whose fix changed one file."""
    before = stage.on_server("develop", changed) if changed == LOGIN else ""
    commit = stage.bob_pushes("develop", title, {changed: f"# {title}\n{before}"})
    report = stage.on_server(stage.branch)
    hotfix = path.removeprefix("docs/incidents/HOTFIX-").removesuffix(".md")
    report = report.replace(stage.hotfix, hotfix.replace("-", "", 2)).replace("Login takes any password", title)
    declared = next(line for line in report.splitlines() if line.startswith("declared_at:"))
    report = report.replace(declared, f'declared_at: "{hotfix[:10]}T03:04:05+00:00"')
    report = with_keys(report, fix_commits=[commit])
    stage.bob_pushes("develop", f"Report: {title}", {path: report})


def test_post_mortem_before_publication_links_earlier_incidents_and_arrives_with_the_record(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("push", "-q", "origin", stage.branch)
    earlier_incident(stage, NEIGHBOUR, "Tokens | never [expire]", "src/auth/tokens.py")
    earlier_incident(stage, EARLIER, "Login is slow", LOGIN)
    earlier_incident(stage, "docs/incidents/HOTFIX-2020-01-03-other.md", "Other", "elsewhere.py")
    stage.bob_pushes("develop", "Nonsense", {"docs/incidents/HOTFIX-2020-01-04-x.md": "nonsense"})
    alice.git("fetch", "-q")
    before = alice.rev(stage.branch)

    dry = alice.hotfix("postmortem", "--cause", "A", "--dry-run", check=0)
    assert dry.out == f"{stage.hotfix}: would\n  write into the report: post-mortem\n"
    assert alice.rev(stage.branch) == before
    alice.hotfix("postmortem", "--cause", "A `==`\nthat <was> missing", "--in-backlog", "no", check=0)

    report = alice.read(stage.report)
    assert alice.git("rev-parse", "HEAD^") == before
    assert section(report) == (
        "\n### What caused it?\n\nA \\`==\\` that &lt;was> missing\n\n### Why was it not caught earlier?\n\n"
        "### How do we prevent it from happening again?\n\n"
        "### What went well, what went wrong, where were we lucky?\n\n### Was it in the backlog?\n\nNo.\n\n"
        "### Has it happened before?\n\n<!-- git-hotfix:postmortem -->\n\n"
        "- [Login is slow](HOTFIX-2020-05-06-old-login.md) (2020-05-06): the same files, `src/auth/login.py`\n"
        "- [Tokens \\| never \\[expire\\]](HOTFIX-2020-01-02-tokens.md) (2020-01-02): the same component, `src/auth`\n"
        "\n<!-- /git-hotfix:postmortem -->\n"
    )
    assert '\npostmortem: "#post-mortem"\n' in report
    # somebody writes below a question; later answers change only their own
    by_people = report.replace("not caught earlier?\n", "not caught earlier?\n\nNo test had a wrong password.\n")
    alice.commit("Why", {stage.report: by_people})
    alice.hotfix("postmortem", "--not-caught", "Nobody tried", "--prevent", "Test it", check=0)
    assert alice.read(stage.report) == by_people.replace(
        "a wrong password.\n", "a wrong password.\n\nNobody tried\n"
    ).replace("happening again?\n", "happening again?\n\nTest it\n")
    # nothing new is nothing to do
    tip = alice.rev("HEAD")
    said = alice.hotfix("postmortem", "--prevent", "Test it", check=0)
    assert said.err == "note: It stands there already.\n"
    assert alice.rev("HEAD") == tip
    alice.hotfix("finish", "--skip-tests", "no time", check=0)
    assert section(stage.on_server("develop")) == section(alice.show(f"{stage.branch}:{stage.report}"))


def test_post_mortem_in_the_editor_and_as_a_decision_record_after_publication(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    assert (
        "No question of the post-mortem is answered."
        in stage.alice.hotfix("postmortem", "--dry-run", stage.hotfix, check=2).err
    )
    alice = stage.alice
    record = "# 3. Use a queue\n\nDate: 2020-01-01\n\n## Status\n\nAccepted\n"
    stage.bob_pushes("develop", "Decide", {"doc/adr/0003-use-a-queue.md": record, ".adr-dir": "doc/adr\n"})
    alice.git("fetch", "-q")
    fails = alice.hotfix("postmortem", "auth", "--edit", check=1, env={"GIT_EDITOR": "false"})
    assert fails.err.startswith("error: The editor 'false' ended with 1; nothing was written.\n")
    editor = tmp_path / "the editor.sh"
    editor.write_text('sed -i "s/^### What caused it?$/&\\n\\nNo *comparison*.\\n\\n- at all/" "$1"\n')
    with_editor = {"GIT_EDITOR": f"sh '{editor}'"}

    alice.hotfix("postmortem", "auth", "--edit", "--prevent", "Test it", check=0, env=with_editor)
    alice.hotfix("finish", "auth", "-y", check=0)

    report = stage.on_server("develop")
    assert section(report).startswith("\n### What caused it?\n\nNo *comparison*.\n\n- at all\n\n### Why was it not")
    assert "No earlier report is about the same files or component.\n" in section(report)
    # the same again as a decision record, from a person who edits its title
    editor.write_text('sed -i "s/^# 4. Prevent.*/# 4. Test passwords/" "$1"\n')
    answer = alice.hotfix("postmortem", "auth", "--adr", "--edit", check=0, env=with_editor)
    assert "post-mortem as a decision record, 'Test passwords'" in answer.err
    stage.bob_pushes("develop", "Decide more", {"doc/adr/0004-other.md": record.replace("3", "4")})
    alice.hotfix("finish", "auth", "-y", check=0)
    text = stage.on_server("develop", "doc/adr/0005-test-passwords.md")
    assert text.startswith("# 5. Test passwords\n\nDate: ")
    assert f"[{stage.hotfix}](../../{stage.report})" in text
    assert "\n### What caused it?\n\nNo *comparison*.\n\n- at all\n" in text
    assert "\n## Decision\n\nTest it\n" in text
    report = stage.on_server("develop")
    assert '\npostmortem: "doc/adr/0005-test-passwords.md"\n' in report
    assert "[0005-test-passwords.md](../../doc/adr/0005-test-passwords.md)\n" in section(report)
    done = stage.remote.refs()
    alice.hotfix("finish", "auth", "-y", check=0)
    assert stage.remote.refs() == done
    second = alice.hotfix("postmortem", "auth", "--cause", "x", check=1)
    assert second.err.startswith(f"error: The post-mortem of '{stage.hotfix}' is written already: 'doc/adr/0005-")


def test_questions_on_a_terminal_without_an_editor(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    with Terminal(stage.alice, "postmortem", "--no-edit") as terminal:
        terminal.expect("What caused it? (empty: skip)")
        terminal.answer("A typo")
        for question in (
            "Why was it not",
            "How do we prevent it",
            "What went well",
            "Was it in the backlog?",
            "Has it happened before?",
        ):
            terminal.expect(question)
            terminal.answer("yes" if "backlog" in question else "")
        assert terminal.finish() == 0
    with Terminal(stage.alice, "followup", "Spell check") as terminal:
        terminal.expect("What kind of work is it?")
        terminal.answer("process")
        terminal.expect("By when is it due, or what triggers it?")
        terminal.answer("2999-01-01")
        assert terminal.finish() == 0
    report = stage.alice.read(stage.report)
    assert section(report).startswith("\n### What caused it?\n\nA typo\n")
    assert "### Was it in the backlog?\n\nYes.\n" in section(report)
    assert f"| {stage.hotfix}/1 | Spell check | process |  |  | 2999-01-01 |  | open |\n" in report


def test_editor_has_the_terminal_and_its_ctrl_c(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import os, pathlib, signal, sys\n"
        "assert all(map(os.isatty, (0, 1, 2))) and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN\n"
        "signal.signal(signal.SIGINT, lambda *_: print('caught', flush=True))\n"
        "print('An editor.', flush=True)\n"
        "file, answer = pathlib.Path(sys.argv[1]), input()\n"
        "file.write_text(file.read_text().replace('What caused it?\\n', f'What caused it?\\n\\n{answer}\\n'))\n"
    )
    with Terminal(stage.alice, "postmortem", env={"GIT_EDITOR": f"{sys.executable} {editor}"}) as terminal:
        terminal.expect("An editor.")
        terminal.interrupt()
        terminal.expect("caught")
        terminal.answer("A typo")
        assert terminal.finish() == 0, terminal.transcript
    assert section(stage.alice.read(stage.report)).startswith("\n### What caused it?\n\nA typo\n")
