"""A restricted hotfix: what somebody else pushes under its guessable name publishes nothing and deletes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.hostile.scenes import assert_no_bug, has_fix, said
from tests.support.lab import BUG, FIXED, LOGIN, standard_lab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone, Scene

SECRET = "any visitor is let in"  # noqa: S105  # what must not become known
FINISH = ("finish", "-y", "--skip-tests", "no time")


@dataclass(frozen=True, slots=True)
class Embargo:
    """Alice has a restricted hotfix with its fix committed; nothing of it is on the server."""

    scene: Scene
    hotfix: str
    foreign: str
    """A report by bob that has the same id by guess or by bad luck, and is public."""

    @property
    def report_name(self) -> str:
        day, _, slug = self.hotfix.partition("-")
        return f"HOTFIX-{day[:4]}-{day[4:6]}-{day[6:]}-{slug}.md"

    @property
    def kept(self) -> Path:
        """The only report there is."""
        return self.scene.alice.path / ".git/hotfix" / self.report_name

    def is_leaked(self) -> bool:
        """Return whether the secret is anywhere on the server, in a file, message or tag."""
        objects = self.scene.remote.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split("\n")
        told = self.scene.remote.git("cat-file", "--batch", stdin="\n".join(objects))
        return SECRET in told


def embargo(root: Path) -> Embargo:
    scene = standard_lab(root)
    alice = scene.alice
    answer = alice.hotfix("start", f"Login: {SECRET}", "--kind", "security", "--restricted", "-y", "--json", check=0)
    alice.commit("Stricter check", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})
    hotfix = str(answer.json()["hotfix"])
    return Embargo(scene, hotfix, foreign_report(scene.bob, hotfix))


def foreign_report(bob: Clone, hotfix: str) -> str:
    """Let bob, who sees nothing of alice's, begin a hotfix of the same name, and take its report."""
    bob.hotfix("start", "The server room is cleaned", "--slug", hotfix.partition("-")[2], "-y", check=0)
    (path,) = bob.git("diff", "--name-only", "HEAD^").split("\n")
    report = bob.show(f"HEAD:{path}")
    assert f'id: "{hotfix}"' in report
    assert 'visibility: "public"' in report
    return report


def push_foreign_report(embargo: Embargo, branch: str, name: str) -> str:
    """Let bob push such a report; gives the id of his commit."""
    bob = embargo.scene.bob
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "-C", branch, f"origin/{branch}")
    commit = bob.commit("Announce the cleaning", {f"docs/incidents/{name}": embargo.foreign})
    bob.git("push", "-q", "origin", branch)
    return str(commit)


def assert_embargo_holds(embargo: Embargo, kept: bytes) -> None:
    assert embargo.kept.exists(), "the only private report was deleted"
    assert SECRET.encode() in embargo.kept.read_bytes()
    assert len(embargo.kept.read_bytes()) >= len(kept)  # it may be brought up to date
    assert b'visibility: "restricted"' in embargo.kept.read_bytes()
    assert not embargo.is_leaked()


@pytest.mark.parametrize("name", ["its own name", "HOTFIX-2020-01-02-cleaning.md"])
def test_foreign_public_report_before_publication_is_a_refusal_that_names_who_pushed_it(
    tmp_path: Path, name: str
) -> None:
    held = embargo(tmp_path)
    alice = held.scene.alice
    kept = held.kept.read_bytes()
    commit = push_foreign_report(held, "develop", held.report_name if name == "its own name" else name)
    before = held.scene.remote.refs()

    refused = alice.hotfix(*FINISH)

    assert held.scene.remote.refs() == before
    assert_embargo_holds(held, kept)
    assert refused.code == 1, said(refused)
    assert "Bob" in refused.err
    assert commit[:7] in refused.err


def test_foreign_public_report_in_a_trunk_is_refused_too(tmp_path: Path) -> None:
    held = embargo(tmp_path)
    alice, remote = held.scene.alice, held.scene.remote
    for branch in ("develop", "release/1.1", "support/1.0"):
        remote.git("branch", "-D", branch)
    kept = held.kept.read_bytes()
    push_foreign_report(held, "main", held.report_name)
    before = remote.refs()

    refused = alice.hotfix(*FINISH)

    assert remote.refs() == before
    assert_embargo_holds(held, kept)
    assert refused.code == 1, said(refused)
    assert "Bob" in refused.err


@pytest.mark.parametrize("command", [("finish", "-y"), ("backport",), ("document",), ("cleanup",)], ids=" ".join)
def test_foreign_public_report_after_publication_holds_no_target_and_ends_no_embargo(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    held = embargo(tmp_path)
    alice, remote = held.scene.alice, held.scene.remote
    alice.hotfix(*FINISH, *(("--no-backport",) if command[0] in {"finish", "backport"} else ()), check=0)
    kept = held.kept.read_bytes()
    push_foreign_report(held, "develop", held.report_name)

    answer = alice.hotfix(command[0], held.hotfix, *command[1:])

    assert_no_bug(answer)
    assert_embargo_holds(held, kept)
    assert has_fix(remote, "develop")
    assert "Bob" in answer.err


def test_disclosing_deletes_the_private_report_only_when_its_own_bytes_arrived(tmp_path: Path) -> None:
    held = embargo(tmp_path)
    alice, remote = held.scene.alice, held.scene.remote
    alice.hotfix(*FINISH, check=0)
    push_foreign_report(held, "develop", held.report_name)

    # somebody else's report is there under this name: disclosing would have to overwrite or to mix
    answer = alice.hotfix("document", "--disclose", held.hotfix)

    published = remote.show(f"develop:docs/incidents/{held.report_name}")
    if SECRET not in published:
        assert held.kept.exists(), "deleted, and disclosed nowhere"
        assert answer.code != 0
        assert "Bob" in answer.err
    assert_no_bug(answer)


def test_public_word_in_the_private_report_of_another_clone_discloses_nothing(tmp_path: Path) -> None:
    held = embargo(tmp_path)
    alice = held.scene.alice
    kept = held.kept.read_bytes()
    # a branch of this name on the server, with a public report: the private file alone decides
    held.scene.bob.git("push", "-q", "origin", f"hotfix/{held.hotfix}")

    answers = [alice.hotfix(*FINISH), alice.hotfix("status", held.hotfix), alice.hotfix("cleanup", held.hotfix)]

    for answer in answers:
        assert_no_bug(answer)
    assert_embargo_holds(held, kept)
