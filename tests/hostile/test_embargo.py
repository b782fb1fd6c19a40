"""A restricted hotfix: what somebody else pushes under its guessable name publishes nothing and deletes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.hostile.scenes import assert_no_bug, has_fix, said
from tests.support.hooks import accept_everything, protect
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


def assert_refused(embargo: Embargo, commit: str) -> None:
    """Check that the publication is refused, by whose report it is."""
    before, kept = embargo.scene.remote.refs(), embargo.kept.read_bytes()
    refused = embargo.scene.alice.hotfix(*FINISH)
    assert embargo.scene.remote.refs() == before
    assert_embargo_holds(embargo, kept)
    assert refused.code == 1, said(refused)
    assert f"it was committed by Bob ({commit[:7]})" in refused.err
    shown = embargo.scene.alice.hotfix("status", "--json", check=0).json()
    assert shown["next"].startswith(f"git show {commit[:7]} -- docs/incidents/")


def test_foreign_public_report_before_publication_is_a_refusal_that_names_who_pushed_it(tmp_path: Path) -> None:
    held = embargo(tmp_path)
    commit = push_foreign_report(held, "develop", "HOTFIX-2020-01-02-cleaning.md")

    assert_refused(held, commit)
    # what the refusal says leads out, and tells nothing
    bob, alice = held.scene.bob, held.scene.alice
    line = "git rm docs/incidents/HOTFIX-2020-01-02-cleaning.md"
    assert f"once it is deleted on 'origin/develop': {line}, committed and pushed there." in alice.hotfix(*FINISH).err
    bob.git(*line.split()[1:])
    bob.git("commit", "-q", "-m", "Not a report")
    bob.git("push", "-q", "origin", "develop")
    alice.hotfix(*FINISH, "--dry-run", check=0)

    for branch in ("develop", "release/1.1", "support/1.0"):
        held.scene.remote.git("branch", "-D", branch)
    assert_refused(held, push_foreign_report(held, "main", held.report_name))


def test_foreign_public_report_after_publication_holds_no_target_and_ends_no_embargo(tmp_path: Path) -> None:
    held = embargo(tmp_path)
    alice, bob, remote = held.scene.alice, held.scene.bob, held.scene.remote
    alice.hotfix(*FINISH, "--no-backport", check=0)
    kept = held.kept.read_bytes()
    commit = push_foreign_report(held, "develop", held.report_name)

    for words in (("finish", "-y"), ("document",), ("cleanup",), ("status",)):
        answer = alice.hotfix(words[0], held.hotfix, *words[1:], check=0)
        assert f"claims to be the report of '{held.hotfix}' ({commit[:7]}, Bob)" in said(answer)
        assert_embargo_holds(held, kept)
    assert has_fix(remote, "develop")
    # disclosing would have to overwrite what is there, or to mix with it
    for more in ((), ("--dry-run",)):
        refused = alice.hotfix("document", "--disclose", *more, check=1)
        assert f"it was committed by Bob ({commit[:7]})" in refused.err
    assert_embargo_holds(held, kept)
    bob.git("pull", "-q", "--no-rebase", "origin", "develop")
    bob.commit("Elsewhere", {f"docs/incidents/{held.report_name}": None})
    bob.git("push", "-q", "origin", "develop")
    alice.hotfix("document", "--disclose", check=0)  # without a name: no other report is kept
    assert SECRET in remote.show(f"develop:docs/incidents/{held.report_name}")
    assert not held.kept.exists()


def test_private_report_goes_when_its_very_bytes_were_seen_on_the_server(tmp_path: Path) -> None:
    held = embargo(tmp_path)
    alice, remote = held.scene.alice, held.scene.remote
    alice.hotfix(*FINISH, check=0)
    protect(remote, "refs/heads/develop", "develop is frozen")
    alice.hotfix("document", "--disclose", check=4)
    disclosed = held.kept.read_bytes()
    assert b'visibility: "public"' in disclosed  # that it may be seen is said: the same command again goes on
    accept_everything(remote)
    alice.hotfix("document", held.hotfix, check=0)
    assert not held.kept.exists()
    report = remote.show(f"develop:docs/incidents/{held.report_name}")
    assert SECRET in remote.show("develop:CHANGELOG.md")  # what was refused was not taken for written
    done = remote.rev("develop")

    # killed between the push and the end, and others have edited the report since: it was there, byte for byte
    push_report(held.scene.bob, held.report_name, report + "Later.\n")
    held.kept.write_text(report)
    alice.hotfix("cleanup", held.hotfix, check=0)
    assert not held.kept.exists()

    # another report than the one that is there is kept, and who has pushed that one is told
    held.kept.write_text(report + "Never published.\n")
    answer = alice.hotfix("document", held.hotfix, check=4)
    assert "it was committed by Bob" in answer.err
    assert "Never published." in held.kept.read_text()
    assert remote.rev("develop^") == done


def push_report(bob: Clone, name: str, content: str) -> None:
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "-C", "develop", "origin/develop")
    bob.commit("Edit the report", {f"docs/incidents/{name}": content})
    bob.git("push", "-q", "origin", "develop")


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
