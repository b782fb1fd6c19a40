"""What a user installs: built from the sources, installed elsewhere, run without the sources."""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
import venv
import zipfile
from importlib import metadata
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

from git_hotfix import __version__
from git_hotfix.cli.manual import pages
from tests.support.processes import Run, run
from tests.support.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

OUTSIDE = dict(os.environ)
"""The environment before the seal: pip has to find its index, its cache and its way through a proxy."""

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", "*.egg-info", ".*_cache", ".hypothesis", "dist", "build"
)


def build(source: Path, into: Path, *kinds: str) -> None:
    """Let the backend build as pip and build let it (PEP 517): it is in the test extra."""
    into.mkdir(exist_ok=True)
    calls = [f"backend.build_{kind}({str(into)!r})" for kind in kinds]
    code = f"import hatchling.build as backend; {'; '.join(calls)}"
    built = run(sys.executable, "-c", code, directory=source, env=OUTSIDE)
    assert built.code == 0, built.out + built.err


def give_what_it_needs(site_packages: Path) -> None:
    """Put there, of what is installed here, what the package there says it needs, what that needs, and nothing else."""
    (about,) = metadata.distributions(path=[str(site_packages)])
    waiting, given = [about], {about.name}
    while waiting:
        for requirement in map(Requirement, waiting.pop().requires or ()):
            if requirement.name in given or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
                continue
            given.add(requirement.name)
            needed = metadata.distribution(requirement.name)
            waiting.append(needed)
            for top in {file.parts[0] for file in needed.files or () if file.parts[0] not in {"..", "__pycache__"}}:
                (site_packages / top).symlink_to(str(needed.locate_file(top)))


def git_and_tools() -> tuple[str, ...]:
    """Return the folders of git and of the system, without the one of the program under test."""
    return (os.path.dirname(shutil.which("git") or ""), "/usr/bin", "/bin")  # noqa: PTH120  # folders of PATH are text


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the project to a place where nobody edits it, without its history and without what is made."""
    copy = tmp_path_factory.mktemp("sources") / "project"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    return copy


@pytest.fixture(scope="module")
def built(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build sdist and wheel from the sources, and give the folder they are in."""
    into = tmp_path_factory.mktemp("dist")
    build(sources, into, "sdist", "wheel")
    return into


def names_of(folder: Path) -> tuple[Path, Path]:
    """Return the sdist and the wheel of a folder, which has nothing else."""
    sdist, wheel = sorted(folder.iterdir(), key=lambda path: path.suffix)
    return sdist, wheel


def test_packages_are_named_after_the_version(built: Path) -> None:
    names = sorted(path.name for path in built.iterdir())
    assert names == [f"git_hotfix-{__version__}-py3-none-any.whl", f"git_hotfix-{__version__}.tar.gz"]


def test_wheel_has_the_package_data_manual_completion_and_nothing_else(built: Path, sources: Path) -> None:
    _, wheel = names_of(built)
    with zipfile.ZipFile(wheel) as archive:
        found = set(archive.namelist())
        about = archive.read(f"git_hotfix-{__version__}.dist-info/METADATA").decode()
    modules = {str(path.relative_to(sources)) for path in (sources / "git_hotfix").rglob("*.py")}
    data = f"git_hotfix-{__version__}.data/data/share"
    shared = {f"git_hotfix/{path.relative_to(sources)}" for path in (sources / "share").rglob("*.*")}
    shared |= {f"git_hotfix/share/{path.relative_to(sources)}" for path in (sources / "man").iterdir()}
    info = f"git_hotfix-{__version__}.dist-info"
    of_wheel = {f"{info}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")}
    beside = {f"{data}/man/man{name[-1]}/{name}" for name in pages()}
    beside |= {f"{data}/bash-completion/completions/git-hotfix", f"{data}/zsh/site-functions/_git-hotfix"}
    beside |= {f"{data}/fish/vendor_conf.d/git-hotfix.fish"}
    assert found == modules | shared | of_wheel | beside
    assert {path.rpartition(".")[2] for path in shared} == {"css", "j2", "toml", "1", "7", "bash", "zsh", "fish"}
    needs = {
        line.split(" ")[1].split(">")[0]
        for line in about.split("\n")
        if line.startswith("Requires-Dist") and "extra" not in line
    }
    assert {need.split("<")[0].lower() for need in needs} == {
        "pygit2",
        "msgspec",
        "click",
        "jinja2",
        "tomli",
        "markdown-it-py",
    }


def test_sdist_builds_the_very_same_wheel(built: Path, tmp_path: Path) -> None:
    sdist, wheel = names_of(built)
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (source,) = (tmp_path / "unpacked").iterdir()
    for needed in (
        "README.md",
        "LICENSE",
        "man/git-hotfix.1",
        "tests/conftest.py",
        "docs/demo.svg",
        ".ci/run",
        "share/words/ko.toml",
    ):
        assert (source / needed).is_file(), needed
    build(source, tmp_path / "again", "wheel")
    assert (tmp_path / "again" / wheel.name).read_bytes() == wheel.read_bytes()


def test_wheel_installed_elsewhere_works_as_a_git_command(built: Path, tmp_path: Path) -> None:
    _, wheel = names_of(built)
    prefix = tmp_path / "a place with spaces"
    venv.create(prefix, with_pip=False, symlinks=True)
    pip = (sys.executable, "-m", "pip", "--python", str(prefix), "install", "-q", "--disable-pip-version-check")
    offline = ("--no-index", "--no-deps")  # .ci/run lets pip find the rest too
    installed = run(*pip, *offline, str(wheel), directory=tmp_path, env={**OUTSIDE, "PYTHONPATH": ""})
    assert installed.code == 0, installed.err
    (site_packages,) = prefix.glob("lib/python*/site-packages")
    give_what_it_needs(site_packages)
    assert (prefix / "share/man/man1/git-hotfix-start.1").read_text("utf-8") == pages()["git-hotfix-start.1"]

    elsewhere = tmp_path / "repository"
    elsewhere.mkdir()
    path = {"PATH": os.pathsep.join((str(prefix / "bin"), *git_and_tools())), "PYTHONPATH": ""}

    def git(*arguments: str, **env: str) -> Run:
        return run("git", *arguments, directory=elsewhere, env={**path, **env})

    version = run(str(prefix / "bin/git-hotfix"), "--version", directory=elsewhere, env=path)
    assert (version.code, version.out, version.err) == (0, f"git-hotfix {__version__}\n", "")
    whole = git("hotfix", "--version", "-v").out.split("\n")
    assert [line.split(" ")[0] for line in whole] == ["git-hotfix", "git", "libgit2", "Python", ""]
    assert git("hotfix", "-h").out.startswith("Usage: git hotfix [OPTIONS]")
    assert git("hotfix", "--complete", "completi").out.startswith("completion\t")
    assert git("hotfix", "completion", "zsh").out.startswith("#compdef git-hotfix\n")
    assert "-start - begin: branch and report" in git("hotfix", "help", "start", MANPAGER="cat").out.replace(
        "\N{EM DASH}", "-"
    )
    assert git("init", "-q").code == 0
    assert git("commit", "-q", "--allow-empty", "-m", "Begin").code == 0
    started = git("-c", "alias.hf=hotfix", "hf", "start", "It works", "-y")
    assert started.code == 0, started.err
    report = git("show", "--format=", "--name-only", "HEAD").out
    assert report.startswith("docs/incidents/HOTFIX-")
    assert report.endswith("-it-works.md\n")  # from template and words in the wheel


@pytest.mark.skipif(shutil.which("manpath") is None, reason="needs the package 'man-db'")
def test_help_opens_the_manual_that_lies_beside_the_program(tmp_path: Path) -> None:
    """``git hotfix --help`` never reaches the program: git runs man, which looks beside each folder of PATH."""
    program, page = tmp_path / "bin/git-hotfix", tmp_path / "share/man/man1/git-hotfix.1"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 70\n")
    program.chmod(0o755)
    page.parent.mkdir(parents=True)
    shutil.copyfile(ROOT / "man/git-hotfix.1", page)
    env = {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}", "MANPAGER": "cat", "MANWIDTH": "80"}
    manual = run("git", "hotfix", "--help", directory=tmp_path, env=env)
    assert (manual.code, manual.err) == (0, "")
    assert "production hotfixes, from the branch to the clean-up" in manual.out
