"""What the forge's own command line answers: it talks to a server, where others write."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from git_hotfix.commands.forge_tools import ForgeTool, Found, ToolFailed
from git_hotfix.git.forges import Forge
from tests.support.hooks import _install

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://github.com/shop/shop/pull/1"
OPEN: dict[str, object] = {"url": URL, "state": "OPEN"}


def tool(root: Path, answer: str, name: str = "gh") -> ForgeTool:
    (root / "answer").write_text(answer)
    _install(root / name, f'cat "{root}/answer"\n')
    forge = {"gh": Forge("github", "github.com", "shop/shop"), "tea": Forge("gitea", "codeberg.org", "shop/shop")}[name]
    return ForgeTool(forge, "origin", root, {"PATH": f"{root}{os.pathsep}{os.environ['PATH']}"})


@pytest.mark.parametrize(
    "answer",
    [
        "no JSON",
        "[" * 100_000,
        "{}1",
        '"text"',
        "[1]",
        "[{}]",
        json.dumps([OPEN | {"url": 7}]),
        json.dumps([OPEN | {"url": "https://x/\0"}]),
        json.dumps([OPEN | {"url": "https://x/\x1b[31m"}]),
        json.dumps([OPEN | {"url": "--upload-pack=x"}]),
        json.dumps([OPEN | {"state": None}]),
    ],
)
def test_answer_that_is_no_list_of_requests_is_a_tool_that_failed(tmp_path: Path, answer: str) -> None:
    with pytest.raises(ToolFailed, match="gh answered with something else than a list of requests"):
        tool(tmp_path, answer).find("main", "hotfix/x")


def test_request_from_anybodys_copy_is_not_ours(tmp_path: Path) -> None:
    theirs = OPEN | {"url": "https://github.com/shop/shop/pull/2", "isCrossRepository": True}
    assert tool(tmp_path, json.dumps([theirs])).find("main", "hotfix/x") is None
    assert tool(tmp_path, json.dumps([theirs, OPEN])).find("main", "hotfix/x") == Found(URL, "open")
    theirs, ours = ({**OPEN, "head": f"{owner}hotfix/x", "base": "main"} for owner in ("mallory:", "shop:"))
    assert tool(tmp_path, json.dumps([theirs]), "tea").find("main", "hotfix/x") is None
    assert tool(tmp_path, json.dumps([theirs, ours]), "tea").find("main", "hotfix/x") == Found(URL, "open")


def test_forge_says_whether_a_branch_is_protected(tmp_path: Path) -> None:
    assert tool(tmp_path, '{"name": "main", "protected": true}').is_protected("main")
    assert not tool(tmp_path, '{"name": "main", "protected": false}').is_protected("main")
    assert not tool(tmp_path, '{"name": "main", "protected": "yes"}').is_protected("main")
    for nonsense in ("[]", "[" * 100_000, ""):
        with pytest.raises(ToolFailed, match="gh answered with something else than a branch"):
            tool(tmp_path, nonsense).is_protected("main")
    with pytest.raises(ToolFailed, match="does not say"):
        tool(tmp_path, "{}", "tea").is_protected("main")
