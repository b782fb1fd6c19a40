"""A forge: a bare repository whose branches nobody pushes to, the tool that opens requests, and who merges them."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import pygit2
import pygit2.enums

from tests.support.hooks import _install

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Bare, Clone

PROJECTS = {
    "gh": "https://github.com/shop/shop",
    "glab": "https://gitlab.com/shop/shop",
    "tea": "https://codeberg.org/shop/shop",
}
"""Where the project is, by the tool that asks there."""

_TOOL = """\
import json, os, sys
tool, state, log = sys.argv[1], sys.argv[2], sys.argv[3]
words = sys.argv[4:]
with open(log, "a") as file:
    file.write(json.dumps([tool, *words]) + "\\n")
if os.path.exists(state + ".down"):
    sys.exit(f"{tool}: not logged in")
requests = json.load(open(state)) if os.path.exists(state) else []
names = {"head": "--head", "base": "--base"}
if tool == "glab":
    names = {"head": "--source-branch", "base": "--target-branch"}
given = dict(word.split("=", 1) for word in words if word.startswith("--") and "=" in word)
if words[1] == "list":
    if tool != "tea":
        requests = [r for r in requests if (r["head"], r["base"]) == (given[names["head"]], given[names["base"]])]
    kind = {"gh": str.upper, "glab": {"open": "opened"}.get, "tea": str}[tool]
    url = "web_url" if tool == "glab" else "url"
    print(json.dumps([{url: r["url"], "state": kind(r["state"]) or r["state"], "head": r["head"], "base": r["base"]}
                      for r in reversed(requests)]))
elif words[1] == "create":
    project = {"gh": "https://github.com/shop/shop", "glab": "https://gitlab.com/shop/shop",
               "tea": "https://codeberg.org/shop/shop"}[tool]
    way = {"gh": "pull", "glab": "-/merge_requests", "tea": "pulls"}[tool]
    body = sys.stdin.read() if tool == "gh" else given["--description"]
    made = {"url": f"{project}/{way}/{len(requests) + 1}", "state": "open", "head": given[names["head"]],
            "base": given[names["base"]], "title": given["--title"], "body": body}
    json.dump([*requests, made], open(state, "w"))
    print("Creating it for you\\n\\n" + made["url"])
else:
    sys.exit(2)
"""


class Forge:
    """A forge of one kind over a server; ``refuses`` are the branches that nobody pushes to."""

    def __init__(self, root: Path, server: Bare, *, tool: str = "gh", refuses: tuple[str, ...] = ("main",)) -> None:
        self.server, self.tool = server, tool
        self._state, self._log, self._bin = root / "requests.json", root / "tool.log", root / "bin"
        self._merged = 0
        self._bin.mkdir(parents=True)
        (self._bin / "tool.py").write_text(_TOOL)
        words = f'{sys.executable} -S "{self._bin}/tool.py" {tool} "{self._state}" "{self._log}" "$@"'
        _install(self._bin / tool, f"exec {words}\n")
        cases = "|".join(f"refs/heads/{name}" for name in refuses)
        said = 'echo "GH006: Protected branch update failed for $1." >&2; exit 1'
        if refuses:
            _install(server.path / "hooks/update", f"case $1 in {cases}) {said};; esac\n")

    @property
    def env(self) -> dict[str, str]:
        """The environment in which the tool is found."""
        return {"PATH": f"{self._bin}{os.pathsep}{os.environ['PATH']}"}

    def connect(self, clone: Clone, *by_request: str) -> None:
        """Let a clone know the server by the forge's address, and which branches are changed by request."""
        clone.git("config", "remote.origin.url", f"{PROJECTS[self.tool]}.git")
        clone.git("config", f"url.{self.server.path}.insteadOf", f"{PROJECTS[self.tool]}.git")
        for branch in by_request:
            clone.git("config", "--add", "hotfix.remote.pullRequest", branch)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The requests, oldest first."""
        found: list[dict[str, Any]] = json.loads(self._state.read_text()) if self._state.exists() else []
        return found

    @property
    def asked(self) -> list[list[str]]:
        """The words that the tool was given each time."""
        return [json.loads(line) for line in self._log.read_text().splitlines()] if self._log.exists() else []

    def log_out(self) -> None:
        """Let the tool fail from now on."""
        self._state.with_name(f"{self._state.name}.down").touch()

    def close(self, number: int, state: str = "closed") -> None:
        """Close a request, or open it again."""
        found = self.requests
        found[number - 1]["state"] = state
        self._state.write_text(json.dumps(found))

    def merge(self, number: int, how: str, *, delete: bool = False) -> None:
        """Merge a request, as the forge does: with a merge commit, squashed to one commit, or rebased."""
        request = self.requests[number - 1]
        self.bring(request["head"], request["base"], how, delete=delete)
        self.close(number, "merged")

    def bring(self, head: str, base: str, how: str, *, delete: bool = False) -> None:
        """Bring a branch into another without being asked by the tool."""
        self._merged += 1  # a test is faster than people: what two people did is never in the same second
        at = int(time.time()) + self._merged
        repository, who = self.server.opened(), pygit2.Signature("Forge", "forge@example.com", at, 0)
        tip, onto = (repository.branches[name].peel(pygit2.Commit).id for name in (head, base))

        def commit(index: pygit2.Index, message: str, *parents: pygit2.Oid) -> pygit2.Oid:
            assert index.conflicts is None
            return repository.create_commit(None, who, who, message, index.write_tree(repository), list(parents))

        if how == "merge":
            new = commit(repository.merge_commits(onto, tip), f"Merge request from {head}\n", onto, tip)
        elif how == "squash":
            new = commit(repository.merge_commits(onto, tip), "All at once (#1)\n", onto)
        else:
            new = onto
            walk = repository.walk(tip, pygit2.enums.SortMode.TOPOLOGICAL | pygit2.enums.SortMode.REVERSE)
            walk.hide(onto)
            for each in walk:
                if len(each.parents) == 1:
                    ours = repository[new].peel(pygit2.Tree)
                    new = commit(repository.merge_trees(each.parents[0].tree, ours, each.tree), each.message, new)
        repository.references[f"refs/heads/{base}"].set_target(new)
        if delete:
            repository.branches.delete(head)
