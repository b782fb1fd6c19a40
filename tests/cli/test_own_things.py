"""The user's own things in a whole hotfix: nothing of them is overwritten, moved, published or lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.peculiar import WAYS, fix_everything, peculiar, set_up, work

if TYPE_CHECKING:
    from pathlib import Path


def changed(before: dict[str, str], after: dict[str, str]) -> dict[str, tuple[str | None, str | None]]:
    """Return what differs between two snapshots, without the server's refs and the hotfix's own tag."""
    names = sorted(before.keys() | after.keys())
    pairs = {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}
    return {name: pairs[name] for name in pairs if not name.startswith(("server's ref", "ref refs/tags/hotfix-2"))}


@pytest.mark.parametrize("way", list(WAYS))
def test_whole_hotfix_leaves_all_of_a_peculiar_clone_as_it_was(tmp_path: Path, way: str) -> None:
    scene = peculiar(tmp_path)
    alice, remote = scene.alice, scene.remote
    set_up(alice, way)
    work(alice, way)
    before = alice.snapshot(without_tracking=True)

    alice.hotfix("start", "Login", "--slug", "auth", "-y", "--stash", check=0, inside="src")
    branch = alice.git("branch", "--show-current")
    alice.git("tag", branch, "v1.0.0")  # as production and develop, the branch has a tag of its name
    tip = fix_everything(alice, way)
    said = alice.hotfix("finish", "-y", check=0, inside="src/auth")
    alice.hotfix("cleanup", branch.removeprefix("hotfix/"), check=0)

    assert "warning" not in said.err.replace("warning: not sending a push certificate", "")  # git's, of push.gpgSign
    for name in ("main", "develop", "release/1.1"):
        tree = f"refs/heads/{name}"
        assert remote.show(f"{tree}:secret.box") == "nopq\n"
        assert remote.show(f"{tree}:names.u16") == "fix\n"
        assert remote.git("ls-tree", tree, "lib") == alice.git("ls-tree", tip, "lib")
        assert remote.git("ls-tree", "--name-only", tree, "tools/").split() == ["tools/notes", "tools/run.sh"]
        assert remote.git("ls-tree", tree, "tools/run.sh").startswith("100755")
    assert [tag for tag in remote.git("tag").split() if not tag.startswith("hotfix-2")] == ["v1.0.0"]
    alice.git("tag", "-d", branch)
    alice.git("submodule", "-q", "update")  # without submodule.recurse no checkout takes a submodule along
    main = "ref refs/heads/main"
    assert changed(before, alice.snapshot(without_tracking=True)) == {
        main: (before[main], remote.rev("refs/heads/main")),
    }
