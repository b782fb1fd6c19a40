"""What the changelog says of a hotfix: what was fixed, in whose words, and that its own entry is known again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config, Documents
from git_hotfix.facts.changelog_backlog import written_documents
from git_hotfix.facts.phrases import what_was_fixed
from git_hotfix.facts.written_record import resolution_of
from git_hotfix.git.remote_names import Remote
from git_hotfix.hotfix import Publication
from tests.facts.test_in_repository import facts
from tests.support.facts import HOTFIX, report, report_with, settings, world
from tests.support.lab import Clone, Lab

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import Oid

TITLE = report().title
TAG = "hotfix-20260117-1200"


def landed(path: Path, merge: str, *subjects: str) -> tuple[Clone, Publication]:
    """Return a repository in which commits with these subjects were merged; "test: " ones change tests alone."""
    alice = Lab(path).alone("alice")
    alice.git("switch", "-q", "-c", "main")
    fork = alice.commit("Begin", {"login.py": "", "tests/test_login.py": ""})
    alice.git("switch", "-q", "-c", "fix")
    for number, subject in enumerate(subjects):
        alice.commit(subject, {"tests/test_login.py" if subject.startswith("test: ") else "login.py": f"{number}\n"})
    tip = alice.rev("HEAD")
    alice.git("switch", "-q", "main")
    alice.git("merge", "-q", "--no-ff", "-m", merge, "fix")
    return alice, Publication(alice.rev("HEAD"), tip, fork, ((TAG, alice.rev("HEAD")),))


@pytest.mark.parametrize(
    ("merge", "subjects", "expected"),
    [
        (f"HOTFIX: {TITLE}", ("Check the password again",), "Check the password again"),
        (f"HOTFIX: {TITLE}", ("fix(auth)!: check the password (#12)",), "Check the password"),
        (f"HOTFIX: {TITLE}", ("auth: check the password",), "auth: check the password"),
        (f"HOTFIX: {TITLE}", ("비밀번호검사",), "비밀번호검사"),
        (f"HOTFIX: {TITLE}", ("test: a wrong password", "wip", "Check it", "Log it"), "Check it"),
        (f"HOTFIX: {TITLE}", ("wip", "fix: typo", "x " * 80), TITLE),
        (f"HOTFIX: {TITLE}", (f"Merged PR 7: HOTFIX: {TITLE}",), TITLE),
        (f"HOTFIX: {TITLE} (#7)", (f"Merge branch 'hotfix/{HOTFIX}' into 'main'",), TITLE),
        ("HOTFIX: Login checks the password again", ("Check it",), "Login checks the password again"),
        (f"Merge pull request #7 from shop/hotfix/{HOTFIX}", (f"Fix {TITLE.lower()}",), f"Fix {TITLE.lower()}"),
    ],
)
def test_what_was_fixed_is_said_by_finish_else_by_the_fix_else_by_the_title(
    tmp_path: Path, merge: str, subjects: tuple[str, ...], expected: str
) -> None:
    alice, publication = landed(tmp_path, merge, *subjects)
    assert what_was_fixed(facts(alice, publications=(publication,)), report()) == expected


def test_hotfix_that_was_restricted_has_its_title_in_the_changelog(tmp_path: Path) -> None:
    alice, publication = landed(tmp_path, "HOTFIX: maintenance", "Tidy up")
    assert what_was_fixed(facts(alice, publications=(publication,), private=b""), report()) == TITLE


def written(alice: Clone, made: Facts, changelog: str, recorded: tuple[str, ...] = ()) -> tuple[str | None, list[str]]:
    """Return the changelog as it is to be (None: as it is), and what the report lists of it."""
    onto: Oid = alice.commit("Others", {"CHANGELOG.md": changelog})
    documents = written_documents(made, onto, report(recorded_in=recorded), report_with())
    assert documents.problems == []
    content = documents.files.get("CHANGELOG.md")
    return content.decode() if content is not None else None, documents.recorded


@pytest.mark.parametrize(("visibility", "is_linked"), [("restricted", False), ("public", True)])
def test_report_leads_to_the_forge_while_it_is_no_secret(
    tmp_path: Path,
    visibility: str,
    is_linked: bool,  # noqa: FBT001  # what is expected
) -> None:
    alice, publication = landed(tmp_path, "HOTFIX: maintenance", "Tidy up")
    at = replace(world(with_server=False), remote=Remote("origin", "", "https://github.com/shop/web.git"))
    private = report_with(visibility=visibility)
    made = facts(alice, publications=(publication,), targets=(), tip=publication.tip, private=private, world=at)
    assert (resolution_of(made).forge is not None) is is_linked


HEAD = "## Unreleased\n\n### Fixed\n\n- Search works.\n"
LINKED = f"[`{TAG}`](https://github.com/shop/web/tree/{TAG})"


@pytest.mark.parametrize("url", [None, "https://kim:secret@github.com/shop/web.git"])
@pytest.mark.parametrize("said", ["Check the password", TITLE])
@pytest.mark.parametrize("tag", [LINKED, f"`{TAG}`"])
def test_entry_is_written_once_and_taken_out_again_whoever_wrote_it(
    tmp_path: Path, url: str | None, said: str, tag: str
) -> None:
    alice, publication = landed(tmp_path, f"HOTFIX: {TITLE}", "Check the password")
    at = replace(world(with_server=False), remote=Remote("origin", url, url) if url else None)
    known = settings(Config(documents=Documents(changelog="CHANGELOG.md")))
    made = facts(alice, publications=(publication,), targets=(), settings=known, world=at)
    wanted = f"{HEAD}- Check the password ({LINKED if url else f'`{TAG}`'}, `{HOTFIX}`)\n"
    assert written(alice, made, HEAD) == (wanted, ["CHANGELOG.md"])
    there = f"{HEAD}- {said} ({tag}, `{HOTFIX}`)\n"
    assert written(alice, made, there) == (None, ["CHANGELOG.md"])
    made = made.having(publications=(replace(publication, rollback=publication.fork),))
    assert written(alice, made, there, ("CHANGELOG.md",)) == (HEAD, [])
