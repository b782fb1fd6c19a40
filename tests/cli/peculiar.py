"""A clone with everything that git lets a person have in it: filters, encodings, links, submodules, sparse checkout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.lab import BUG, FIXED, LOGIN, Clone, Scene, introduce, run_git, standard_lab

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.hotfix import Oid

ATTRIBUTES = """\
*.bat text eol=crlf
*.u16 text working-tree-encoding=UTF-16LE-BOM
*.box filter=box
docs/incidents/*.md text eol=crlf
"""
ROT13 = "tr A-Za-z N-ZA-Mn-za-m"
BOTH_WAYS = ("clean", "smudge")

WAYS = {
    "cone": {
        "core.autocrlf": "input",
        "core.untrackedCache": "true",
        "core.fsmonitor": "false",
        "submodule.recurse": "true",
        "push.default": "nothing",
        "fetch.prune": "true",
        "fetch.pruneTags": "true",
    },
    "pattern": {
        "core.autocrlf": "true",
        "core.splitIndex": "true",
        "core.fileMode": "false",
        "core.ignoreCase": "true",
        "push.default": "matching",
        "branch.main.mergeOptions": "--squash",
    },
}
SHARED = {
    "push.followTags": "true",
    "push.gpgSign": "if-asked",
    "remote.pushDefault": "elsewhere",
    "branch.main.pushRemote": "elsewhere",
    "core.commentChar": "H",
    "core.editor": "false",
    "core.pager": "false",
    "commit.cleanup": "strip",
    "status.showUntrackedFiles": "no",
    "diff.ignoreSubmodules": "all",
}
ENDS = {"cone": "\n", "pattern": "\r\n"}
"""What git itself writes with the core.autocrlf of a way."""


def u16(text: str) -> bytes:
    """Write a text as the working tree has it where git is told UTF-16LE-BOM."""
    return b"\xff\xfe" + text.encode("utf-16-le")


def peculiar(root: Path) -> Scene:
    """Return the standard scene with all of it in main, develop and the release line; alice has a filter driver."""
    scene = standard_lab(root)
    alice, bob = scene.alice, scene.bob
    library = root / "library"
    run_git(root, "init", "-q", str(library))
    lib = Clone(library)
    introduce(lib, "lib")
    lib.commit("Begin", {"lib.txt": "one\n"})
    for clone in (alice, bob):
        for way in BOTH_WAYS:
            clone.git("config", f"filter.box.{way}", ROT13)
        clone.git("config", "filter.box.required", "true")
    bob.git("submodule", "-q", "add", str(library), "lib")
    (bob.path / "link").symlink_to("src/auth")
    bob.git("add", "link")
    files: dict[str, str | bytes | None] = {
        ".gitattributes": ATTRIBUTES,
        "run.bat": "first\r\nsecond\r\n",
        "names.u16": u16("eins\nzwei\n"),
        "secret.box": "nopq\n",
        "tools/run.sh": "#!/bin/sh\n",
        "tools/Notes": "notes\n",
        "local.cfg": "shared\n",
        "far/away.txt": "far\n",
        "plain.txt": "one\ntwo\n",
    }
    bob.commit("Everything git can do", files)
    bob.git("push", "-q", "origin", "main", ":refs/heads/support/1.0")
    for line in ("develop", "release/1.1"):
        bob.git("checkout", "-q", "-B", line, f"origin/{line}")
        bob.git("merge", "-q", "--no-edit", "main")
        bob.git("push", "-q", "origin", line)
    bob.git("checkout", "-q", "main")
    alice.git("pull", "-q", "-p")
    alice.git("submodule", "-q", "update", "--init")
    introduce(Clone(alice.path / "lib"), "alice")
    alice.git("remote", "add", "elsewhere", str(root / "nowhere.git"))
    alice.git("config", "hotfix.branches.production", "main")
    alice.git("config", "hotfix.test.command", "true")
    return scene


def set_up(alice: Clone, way: str) -> None:
    """Return a clone the settings of a way, its sparse checkout, and the place the user is at: branch or detached."""
    for name, value in {**SHARED, **WAYS[way]}.items():
        alice.git("config", name, value)
    alice.git("rm", "-rq", "--cached", ".")
    alice.git("reset", "-q", "--hard")  # the files as they are with this core.autocrlf
    if way == "cone":
        alice.git("sparse-checkout", "set", "--cone", "--sparse-index", "src", "tools", "docs")
        alice.git("switch", "-q", "-c", "topic")
    else:
        alice.git("sparse-checkout", "set", "--no-cone", "/*", "!/far/")
        alice.git("switch", "-q", "--detach")
    assert not (alice.path / "far").exists()


def work(alice: Clone, way: str) -> None:
    """Let alice have what only she has: tags, a stash, work in every peculiar file, files that git does not see."""
    alice.git("tag", "-am", "mine", "private", "refs/heads/main")
    for name in ("main", "develop"):
        alice.git("tag", name, "v1.0.0")
    alice.write("VERSION", "a stash of mine\n")
    alice.git("stash", "-q")
    end = ENDS[way]
    alice.write("run.bat", "first\r\nchanged\r\n")
    alice.git("add", "run.bat")
    alice.write("names.u16", u16(f"drei{end}"))
    alice.write("secret.box", f"mine{end}")
    alice.write("tools/new.txt", f"new{end}")
    alice.git("add", "tools/new.txt")
    alice.git("update-index", "--assume-unchanged", "local.cfg")
    alice.write("local.cfg", "assumed\n")
    alice.git("update-index", "--skip-worktree", "README.md")
    alice.write("README.md", f"skipped{end}")
    alice.write(".env", "SECRET=1\n")
    alice.write("notes.txt", "untracked\n")
    alice.write("lib/build.log", "untracked in the submodule\n")


def fix_everything(alice: Clone, way: str) -> Oid:
    """Commit a fix that moves the submodule, renames by case, makes executable, uses filter and encoding."""
    Clone(alice.path.parent / "library").commit("More", {"lib.txt": "two\n"})
    alice.git("-C", "lib", "pull", "-q", "origin", "main")
    alice.git("add", "lib")
    alice.git("mv", "tools/Notes", "tools/notes")
    alice.git("update-index", "--chmod=+x", "tools/run.sh")
    if way == "cone":  # else core.fileMode is off, and the file may stay as it is
        (alice.path / "tools/run.sh").chmod(0o755)
    end = ENDS[way]
    login = alice.read(LOGIN).replace("\r\n", "\n").replace(BUG, FIXED)
    files: dict[str, str | bytes | None] = {
        LOGIN: login.replace("\n", end),
        "secret.box": f"abcd{end}",
        "names.u16": u16(f"fix{end}"),
    }
    return alice.commit("Fix it", files)
