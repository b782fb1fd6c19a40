"""A publication in a file: prepared by one who may not push, published as it is by one who may."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.publication_scenes import SKIP, Ready, begin_hotfix, hints, problems, ready, tags, trailers
from tests.support.hooks import _install
from tests.support.lab import LOGIN
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path


def bundled(root: Path) -> tuple[Ready, Path]:
    """Return a hotfix whose publication is in a file, written by one whom the server lets push nothing."""
    scene, file = ready(root), root / "fix.bundle"
    hook = scene.remote.path / "hooks/pre-receive"
    _install(hook, "echo you may not push >&2; exit 1\n")
    answer = scene.alice.hotfix("finish", *SKIP, "--bundle", str(file), check=3)
    assert problems(answer) == [f"'{file}' has what is to be published to 'origin/main', for somebody who may push."]
    assert hints(answer) == [f"git hotfix finish --from-bundle {file}"]
    assert answer.out.endswith(f"Next: git hotfix finish --from-bundle {file}\n")
    hook.unlink()
    return scene, file


def heads(scene: Ready, file: Path) -> dict[str, str]:
    lines = (line.split(" ") for line in scene.bob.git("bundle", "list-heads", str(file)).split("\n"))
    return {name.removeprefix(f"refs/hotfix/bundle/{scene.id}/"): oid for oid, name in lines}


def test_who_may_push_publishes_these_very_commits(tmp_path: Path) -> None:
    scene, file = bundled(tmp_path)
    written = heads(scene, file)
    refused = scene.bob.hotfix("finish", "--from-bundle", str(file), "--verified-by", "Kim", check=2)
    assert hints(refused) == [f"git hotfix finish --from-bundle {file}"]
    assert {name for name in written if name.startswith("to/")} == {"to/develop", "to/release/1.1", "to/support/1.0"}

    scene.bob.hotfix("finish", "--from-bundle", str(file), check=0)

    (tag,) = tags(scene.remote)
    assert scene.remote.rev("main") == written["base/main"]
    assert scene.remote.rev(f"refs/tags/{tag}") == written[f"tags/{tag}"]
    assert scene.remote.rev("release/1.1") == written["to/release/1.1"]
    assert scene.remote.rev("develop^") == written["to/develop"]  # the record is on top
    assert dict(trailers(scene.remote, "main"))["Tests-Skipped"] == SKIP[1]
    scene.bob.hotfix("finish", "--from-bundle", str(file), check=0)  # already so
    assert not [ref for ref in scene.bob.refs() if ref.startswith("refs/hotfix/")]
    scene.bob.hotfix("cleanup", check=0)
    scene.alice.hotfix("finish", check=0)
    assert len(tags(scene.remote)) == 1


def test_who_publishes_is_shown_what_was_prepared_and_a_no_leaves_nothing(tmp_path: Path) -> None:
    scene, file = bundled(tmp_path)
    refs = scene.bob.refs()
    (tag,) = (name.removeprefix("tags/") for name in heads(scene, file) if name.startswith("tags/"))
    main = scene.remote.rev("main")
    with Terminal(scene.bob, "finish", "--from-bundle", str(file)) as terminal:
        terminal.expect(f"Tests-Skipped: {SKIP[1]}")
        terminal.expect(f"Publish: origin/main, tag {tag}")
        terminal.expect("Publish to 'origin/main'?")
        terminal.answer("n")
        terminal.expect("Nothing was published")
        assert terminal.finish() == 1
    assert scene.remote.rev("main") == main
    assert scene.bob.refs() == refs
    assert not [*(scene.bob.path / ".git/hotfix").glob("*.json")]


def rewritten(scene: Ready, file: Path, refs: dict[str, str], *more: str) -> None:
    """Write the bundle anew, with other objects under its names, and other refs."""
    beginning, alice = f"refs/hotfix/bundle/{scene.id}/", scene.alice
    for ref in [ref for ref in alice.refs() if ref.startswith(beginning)]:
        alice.git("update-ref", "-d", ref)
    for name, oid in refs.items():
        alice.git("update-ref", beginning + name, oid)
    names = [ref for ref in alice.refs() if ref.startswith(beginning)]
    alice.git("bundle", "create", "-q", str(file), *names, *more, "--not", "--remotes")


def tag_of(scene: Ready, merge: str, name: str, hotfix: str) -> str:
    said = f"object {merge}\ntype commit\ntag {name}\ntagger Kim <kim@example.com> 1700000000 +0000\n\nHotfix"
    return scene.alice.git("mktag", stdin=f"{said}\n\nHotfix-Id: {hotfix}\n")


def test_tags_that_are_not_those_of_the_merge_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    scene, file = bundled(tmp_path)
    written = heads(scene, file)
    (tag,) = (name for name in written if name.startswith("tags/"))
    name, merge, before = tag.removeprefix("tags/"), written["base/main"], scene.bob.refs()
    forged = {
        tag: tag_of(scene, merge, name, "20200101-other"),
        f"{tag} ": tag_of(scene, merge, "v9.9.9", scene.id),
        f"{tag}  ": merge,
        "tags/v9.9.9": written[tag],
        "tags/latest": tag_of(scene, merge, "latest", scene.id),
    }
    for each, oid in forged.items():
        rewritten(scene, file, {**{n: o for n, o in written.items() if n != tag}, each.strip(): oid})
        answer = scene.bob.hotfix("finish", "--from-bundle", str(file), check=2)
        assert "has no merge of" in problems(answer)[0]
    rewritten(scene, file, {**{n: o for n, o in written.items() if n != "base/main"}, "base/develop": merge})
    answer = scene.bob.hotfix("finish", "--from-bundle", str(file), check=2)
    assert "'develop' is no branch that a hotfix is published to" in problems(answer)[0]
    assert scene.bob.refs() == before
    assert tags(scene.remote) == []


def test_of_a_bundle_only_what_comes_to_the_same_goes_to_a_target(tmp_path: Path) -> None:
    scene, file = bundled(tmp_path)
    written, alice = heads(scene, file), scene.alice
    alice.git("switch", "-q", "--detach", scene.remote.rev("develop"))
    alice.git("fetch", "-q", "origin")
    alice.git("reset", "-q", "--hard", "origin/develop")
    alice.commit("Something secret", {"secret.txt": "1\n"})
    alice.commit("And away", {"secret.txt": None})
    alice.git("merge", "-q", "--no-ff", "-m", "Backport", written["tip"])
    rewritten(scene, file, {**written, "to/develop": alice.rev("HEAD")}, "HEAD")
    scene.bob.hotfix("finish", "--from-bundle", str(file), check=0)
    assert "secret" not in scene.remote.git("log", "--format=%s", "develop")


def test_bundle_for_a_server_that_has_moved_is_refused(tmp_path: Path) -> None:
    scene, file = bundled(tmp_path)
    scene.remote.commit_on("main", "Something else", {"other.txt": "1\n"})
    main, before = scene.remote.rev("main"), set(scene.bob.refs())
    answer = scene.bob.hotfix("finish", "--from-bundle", str(file), check=1)
    assert "has moved since" in problems(answer)[0]
    assert scene.remote.rev("main") == main
    assert {*scene.bob.refs()} == before


def test_merge_that_does_more_than_the_fix_is_refused(tmp_path: Path) -> None:
    scene, file = bundled(tmp_path)
    written = heads(scene, file)
    alice = scene.alice
    alice.git("switch", "-q", "--detach", written["base/main"])
    alice.write(LOGIN, "everybody = True\n")
    alice.git("commit", "-q", "-a", "--amend", "--no-edit")
    evil = alice.rev("HEAD")
    (tag,) = (name for name in written if name.startswith("tags/"))
    forged = tag_of(scene, evil, tag.removeprefix("tags/"), scene.id)
    rewritten(scene, file, {**written, "base/main": evil, tag: forged})
    answer = scene.bob.hotfix("finish", "--from-bundle", str(file), check=2)
    assert "does not do what merging" in problems(answer)[0]
    assert "everybody" not in scene.remote.show(f"main:{LOGIN}")


def test_conflict_that_was_resolved_for_a_bundle_is_shown_and_published_so(tmp_path: Path) -> None:
    scene, file = ready(tmp_path), tmp_path / "fix.bundle"
    scene.remote.commit_on("main", "Another way", {LOGIN: "OTHER = 1\n"})
    alice, bob, words = scene.alice, scene.bob, ("finish", *SKIP, "--bundle", str(file))
    alice.hotfix(*words, check=3)
    place = alice.path / f".git/hotfix/conflicts/{scene.id}/main"
    (place / LOGIN).write_text("OTHER = 'resolved'\n")
    alice.git("-C", str(place), "add", "--all")
    alice.hotfix(*words, "--continue", check=3)
    honest, written = file.read_bytes(), heads(scene, file)

    alice.git("switch", "-q", "--detach", written["base/main"])
    alice.write("backdoor.py", "OPEN = True\n")
    alice.git("add", "backdoor.py")
    alice.git("commit", "-q", "--amend", "--no-edit")
    (tag,) = (name for name in written if name.startswith("tags/"))
    forged = tag_of(scene, alice.rev("HEAD"), tag.removeprefix("tags/"), scene.id)
    rewritten(scene, file, {**written, "base/main": alice.rev("HEAD"), tag: forged})
    before = set(bob.refs())
    answer = bob.hotfix("finish", "--from-bundle", str(file), check=2)
    assert "resolves a conflict, and also changes 'backdoor.py'" in problems(answer)[0]
    assert {*bob.refs()} == before

    file.write_bytes(honest)
    answer = bob.hotfix("finish", "--from-bundle", str(file), check=0)
    assert "\n  +OTHER = 'resolved'\n" in answer.err
    assert scene.remote.rev("main") == written["base/main"]


def test_version_tag_and_a_changelog_that_is_written_again_come_with_a_bundle(tmp_path: Path) -> None:
    scene, file = ready(tmp_path), tmp_path / "fix.bundle"
    team, old = '[tag]\nalso = ["v{next_patch}"]\n', "# Changelog\n\n## [Unreleased]\n\n### Fixed\n\n- One\n"
    scene.remote.commit_on("main", "Our way", {".hotfix.toml": team, "CHANGELOG.md": old})
    begin_hotfix(scene.alice, "Another one")
    scene.alice.commit(
        "Fix it", {"src/new.py": "FIXED = 1\n", "CHANGELOG.md": f"{old}- Login takes no more any password\n"}
    )
    scene.remote.commit_on("main", "Release", {"CHANGELOG.md": old.replace("### Fixed", "## [1.1.0]\n\n### Fixed")})
    scene.alice.hotfix("finish", *SKIP, "--bundle", str(file), check=3)
    written = heads(scene, file)
    answer = scene.bob.hotfix("finish", "--from-bundle", str(file), "--no-backport", check=0)
    (merge,) = (oid for name, oid in written.items() if name.endswith("base/main"))
    assert scene.remote.rev("main") == merge
    assert scene.remote.git("tag", "--points-at", merge).split("\n")[1:] == ["v1.0.1"]
    assert "resolves a conflict" not in answer.err


def test_tag_of_a_bundle_that_is_taken_is_named(tmp_path: Path) -> None:
    scene, file = bundled(tmp_path)
    (tag,) = (name.removeprefix("tags/") for name in heads(scene, file) if name.startswith("tags/"))
    scene.remote.git("tag", tag, "main")
    before = set(scene.bob.refs())
    answer = scene.bob.hotfix("finish", "--from-bundle", str(file), check=1)
    assert f"is taken by something else ('{tag}')" in problems(answer)[0]
    assert {*scene.bob.refs()} <= {*before, f"refs/tags/{tag}"}


@pytest.mark.parametrize("content", [None, b"", b"no bundle", b"# v2 git bundle\n"])
def test_what_is_no_bundle_is_refused(tmp_path: Path, content: bytes | None) -> None:
    scene, file = ready(tmp_path), tmp_path / "x.bundle"
    if content is not None:
        file.write_bytes(content)
    scene.refuse("finish", "--from-bundle", str(file), check=2)


def test_bundle_of_another_kind_and_options_that_do_not_go_together(tmp_path: Path) -> None:
    scene, file = ready(tmp_path), tmp_path / "x.bundle"
    scene.bob.git("bundle", "create", "-q", str(file), "main")
    scene.refuse("finish", "--from-bundle", str(file), check=2)
    for words in ((scene.id, "--from-bundle"), ("--abort", "--from-bundle"), ("--no-push", "--bundle")):
        scene.refuse("finish", *words, str(file), check=2)
    main = scene.remote.rev("main")
    answer = scene.alice.hotfix("finish", *SKIP, "--bundle", str(tmp_path / "nowhere" / "x.bundle"), check=2)
    assert "could not be written" in problems(answer)[0]
    assert scene.remote.rev("main") == main
    assert begin_hotfix(scene.bob, "Another one")
