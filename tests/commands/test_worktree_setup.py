from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from git_hotfix.commands.process import Runner
from git_hotfix.commands.worktree_setup import check_worktree_setup, prepare_worktree
from git_hotfix.errors import HotfixError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    return tmp_path / "source"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


def prepare(
    source: Path,
    target: Path,
    *,
    copy: Sequence[str] = (),
    link: Sequence[str] = (),
    setup: str | None = None,
) -> tuple[str, ...]:
    runner = Runner(target, {"PATH": os.environ["PATH"]}, bytearray().extend)
    return prepare_worktree(source, runner, copy=copy, link=link, setup=setup)


def content(folder: Path) -> dict[str, str]:
    """Return every path below a folder with its text, or where its link leads."""
    return {
        str(path.relative_to(folder)): f"-> {path.readlink()}" if path.is_symlink() else path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def test_files_are_copied_with_their_mode_and_folders(source: Path, target: Path) -> None:
    (source / ".env").write_text("SECRET=1")
    (source / ".env").chmod(0o600)
    (source / "bin").mkdir()
    (source / "bin" / "run it").write_text("#!/bin/sh")
    (source / "bin" / "run it").chmod(0o755)
    assert prepare(source, target, copy=[".env", "bin/run it"]) == (
        "'.env' was copied.",
        "'bin/run it' was copied.",
    )
    assert content(target) == {".env": "SECRET=1", "bin/run it": "#!/bin/sh"}
    assert stat.S_IMODE((target / ".env").stat().st_mode) == 0o600
    assert stat.S_IMODE((target / "bin" / "run it").stat().st_mode) == 0o755


def test_folder_is_copied_whole_without_links_that_lead_out(source: Path, target: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("not ours")
    conf = source / "conf"
    (conf / "deep").mkdir(parents=True)
    (conf / "deep" / "a").write_text("a")
    (conf / "inner").symlink_to("deep/a")
    (conf / "deep" / "out").symlink_to(tmp_path / "secret")
    os.mkfifo(conf / "pipe")
    assert prepare(source, target, copy=["conf"]) == (
        "'conf' was copied.",
        "'conf/pipe' was left out: it is neither a file nor a folder.",
        "'conf/deep/out' was left out: it leads out of the repository.",
    )
    assert content(target) == {"conf/deep/a": "a", "conf/inner": "-> deep/a"}


def test_links_lead_to_the_source(source: Path, target: Path) -> None:
    (source / "web" / "node_modules").mkdir(parents=True)
    assert prepare(source, target, link=["web/node_modules"]) == ("'web/node_modules' was linked.",)
    assert content(target) == {"web/node_modules": f"-> {source}/web/node_modules"}


def test_link_to_an_entry_that_itself_leads_out_is_made(source: Path, target: Path, tmp_path: Path) -> None:
    (tmp_path / "venv").mkdir()
    (source / ".venv").symlink_to(tmp_path / "venv")
    assert prepare(source, target, link=[".venv"]) == ("'.venv' was linked.",)
    assert content(target) == {".venv": f"-> {source}/.venv"}


def test_what_exists_is_never_overwritten(source: Path, target: Path) -> None:
    for name in ("a", "b", "c"):
        (source / name).write_text("new")
    (target / "a").write_text("old")
    (target / "b").symlink_to("nowhere")
    (target / "c").mkdir()
    assert prepare(source, target, copy=["a", "b"], link=["c"]) == (
        "'a' is already in the new worktree and was left as it is.",
        "'b' is already in the new worktree and was left as it is.",
        "'c' is already in the new worktree and was left as it is.",
    )
    assert content(target) == {"a": "old", "b": "-> nowhere"}


def test_what_is_missing_is_told(source: Path, target: Path) -> None:
    assert prepare(source, target, copy=[".env"], link=["node_modules"]) == (
        f"'.env' does not exist in '{source}', so it is not in the new worktree either.",
        f"'node_modules' does not exist in '{source}', so it is not in the new worktree either.",
    )


def test_symbolic_link_out_of_the_repository_is_refused(source: Path, target: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x").write_text("secret")
    (source / "out").symlink_to(tmp_path / "outside")
    (source / "file").symlink_to(tmp_path / "outside" / "x")
    with pytest.raises(HotfixError) as raised:
        prepare(source, target, copy=["out", "out/x", "file"], link=["out/x"])
    assert [(problem.code, problem.message.split("'")[1]) for problem in raised.value.problems] == [
        ("link-escapes", "out"),
        ("link-escapes", "out/x"),
        ("link-escapes", "file"),
        ("link-escapes", "out/x"),
    ]
    assert list(target.iterdir()) == []


def test_symbolic_link_within_the_repository_is_copied_as_its_file(source: Path, target: Path) -> None:
    (source / "env.local").write_text("x")
    (source / ".env").symlink_to("env.local")
    assert prepare(source, target, copy=[".env"]) == ("'.env' was copied.",)
    assert content(target) == {".env": "x"}


def test_link_in_the_new_worktree_that_leads_out_is_not_written_through(
    source: Path, target: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (source / "conf").mkdir()
    (source / "conf" / "x").write_text("x")
    (target / "conf").symlink_to(tmp_path / "outside")
    assert (
        prepare(source, target, copy=["conf/x"], link=["conf/x"])
        == ("'conf/x' was left out: a symbolic link in the new worktree leads out of it.",) * 2
    )
    assert list((tmp_path / "outside").iterdir()) == []


def test_folder_that_holds_the_new_worktree_is_left_out(source: Path) -> None:
    inner = source / "trees" / "hotfix"
    inner.mkdir(parents=True)
    assert prepare(source, inner, copy=["trees"]) == ("'trees' was left out: the new worktree lies in it.",)


def test_file_where_a_folder_is_needed_is_told(source: Path, target: Path) -> None:
    (source / "conf").mkdir()
    (source / "conf" / "{x}").write_text("x")
    (target / "conf").write_text("a file")
    assert prepare(source, target, copy=["conf/{x}"]) == (
        "'conf/{x}' could not be brought into the new worktree: File exists.",
    )


def test_setup_is_run_in_the_new_worktree_after_copying(source: Path, target: Path) -> None:
    (source / ".env").write_text("x")
    said = prepare(source, target, copy=[".env"], setup="cp .env 'copy of env'")
    assert said == (
        "'.env' was copied.",
        "worktree.setup was run in the new worktree: cp .env 'copy of env'.",
    )
    assert content(target) == {".env": "x", "copy of env": "x"}


@pytest.mark.parametrize(
    ("setup", "sentence"),
    [
        ("false", "worktree.setup failed in the new worktree: 'false' ended with exit code 1."),
        ("no-such-program", "The program 'no-such-program' of worktree.setup was not found."),
    ],
)
def test_setup_that_fails_is_told(source: Path, target: Path, setup: str, sentence: str) -> None:
    assert prepare(source, target, setup=setup) == (sentence,)


def test_setup_that_needs_a_shell_is_refused_before_anything_is_done(source: Path) -> None:
    with pytest.raises(HotfixError) as raised:
        prepare(source, source / "target", copy=[".env"], setup="npm ci && make")
    assert [problem.code for problem in raised.value.problems] == ["needs-shell"]
    assert not (source / "target").exists()


def test_settings_that_are_fine_pass_the_check(source: Path) -> None:
    check_worktree_setup(source, copy=[".env", "not/there"], link=["node_modules"])
