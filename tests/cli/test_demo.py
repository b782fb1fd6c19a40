"""``git hotfix demo``: a whole hotfix to look at; nothing of the user's is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.lab import Clone
from tests.support.picture import drawn, to_be_drawn

if TYPE_CHECKING:
    from pathlib import Path


def test_demo_plays_a_whole_hotfix_and_leaves_nothing(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    answer = Clone(tmp_path).hotfix("demo", env={"TMPDIR": str(temporary)})

    assert (answer.code, answer.err) == (0, "")
    assert [line for line in answer.out.splitlines() if line.startswith("$ git")] == [
        "$ git hotfix start 'Login takes any password' --slug auth-bypass -y",
        "$ git commit -qam 'Check the password'",
        "$ git hotfix finish -y --verified-by Kim",
        "$ git hotfix cleanup auth-bypass",
        "$ git log --graph --oneline --decorate --all --color=never",
    ]
    for said in ("2 critical checks passed\n", "deploying hotfix-", "record written", "Back on 'develop'.\n"):
        assert said in answer.out
    graph = answer.out.rpartition("--color=never\n")[2].rstrip().splitlines()
    assert graph[0].startswith("* ")
    assert graph[-1].endswith(" Shop 1.0")
    assert sum("HOTFIX: Login takes any password" in line for line in graph) == 4
    assert list(tmp_path.rglob("*")) == [temporary]


def test_kept_demo_is_as_drawn_can_be_explored_and_nothing_is_overwritten(tmp_path: Path) -> None:
    kept = tmp_path / "deep" / "kept"

    answer = Clone(tmp_path).hotfix("demo", "--keep", str(kept), env={"TZ": "UTC"}, check=0)

    assert drawn() == to_be_drawn(answer.out.replace(str(kept), "/tmp/demo").splitlines())
    assert answer.out.endswith(f"It is all in '{kept}': shop is the clone, origin.git the server.\n")
    shop = Clone(kept / "shop")
    assert shop.git("branch", "--list", "hotfix/*") == ""
    assert shop.git("status", "--porcelain") == ""
    # the clone is usable: it knows who commits there
    listed = shop.hotfix("list", check=0)
    assert listed.out.startswith("past  ")
    again = Clone(tmp_path).hotfix("demo", "--keep", str(kept))
    assert (again.code, again.out) == (1, "")
    assert again.err == f"error: '{kept}' is not empty.\nhint:  git hotfix demo --keep NEW-FOLDER\n"
