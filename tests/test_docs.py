"""README, manual, help and program say the same: each is read, and held against the program itself."""

from __future__ import annotations

import json
import re
import shutil
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import click
import pytest

from git_hotfix import __version__
from git_hotfix.cli.commands import COMMANDS, screen
from git_hotfix.cli.json_object import OUTCOMES, Answer
from git_hotfix.cli.main import program
from git_hotfix.cli.manual import options_of, pages
from git_hotfix.cli.options import shared_parameters
from git_hotfix.config.keys import Config
from git_hotfix.config.layers import read_layer, resolve
from git_hotfix.config.table import Key, all_keys
from git_hotfix.config.toml import parse_toml, toml_value
from git_hotfix.errors import ExitCode
from git_hotfix.git.consent import CONSENT_KEY
from git_hotfix.hotfix import Verdict
from tests.support.lab import standard_lab
from tests.support.processes import run
from tests.support.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

README = (ROOT / "README.md").read_text("utf-8")
MANUAL = (ROOT / "man/git-hotfix.1").read_text("utf-8")
WRITTEN = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
KEYS = list(all_keys().values())


def section(title: str) -> str:
    """Return a section of the manual."""
    return MANUAL.partition(f".Sh {title}\n")[2].partition("\n.Sh ")[0]


def subsection(title: str, within: str) -> str:
    """Return a subsection of a section of the manual."""
    return f"{section(within)}\n.Ss ".partition(f".Ss {title}\n")[2].partition("\n.Ss ")[0]


def chapter(title: str) -> str:
    """Return a chapter of the README."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def block(language: str, text: str) -> str:
    """Return the first fenced block of a language."""
    return text.partition(f"```{language}\n")[2].partition("\n```")[0]


def rows(text: str) -> dict[str, str]:
    """Return the rows of the first table: first cell to last cell."""
    table = re.findall(r"^\|(.+)\|$", text, re.MULTILINE)[2:]
    cells = [[cell.strip() for cell in row.replace(r"\|", "\0").split("|")] for row in table]
    return {row[0].replace("\0", "|"): row[-1] for row in cells}


def items(text: str) -> list[str]:
    """Return what the manual's tags list: the words of each ``.It``."""
    return [line.removeprefix(".It ") for line in text.split("\n") if line.startswith(".It ")]


def flags(text: str) -> set[str]:
    """Return the options that a text of the manual lists: ``.It Fl m , Fl -message Ar text``."""
    return {f"-{flag}" for item in items(text) for flag in re.findall(r"Fl (-?[\w-]+)", item)}


def options(command: click.Command) -> set[str]:
    """Return the options of a command as a user may type them, but those that all commands share."""
    shared = {name for each in shared_parameters() for name in each.opts}
    return {
        name
        for each in command.params
        if isinstance(each, click.Option) and not each.hidden
        for name in (*each.opts, *each.secondary_opts)
    } - shared


def command_of(name: str) -> click.Command:
    """Return a command of the program."""
    found = program.get_command(click.Context(program), name)
    assert found is not None
    return found


@cache
# Commands and options.


def test_manual_has_every_command_and_no_other() -> None:
    assert re.findall(r"^\.Ss (.+)$", section("COMMANDS"), re.MULTILINE) == list(COMMANDS)
    named = re.findall(r"^\.(?:Nm|D1 Nm) git hotfix ([a-z]+)", MANUAL, re.MULTILINE)
    assert named == [*COMMANDS] * 2  # SYNOPSIS and COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_manual_has_every_option_of_a_command_and_no_other(name: str) -> None:
    assert flags(subsection(name, "COMMANDS")) == options(command_of(name))
    completed = {each for option in options_of(name) for each in option.names}
    assert completed == options(command_of(name)) | {each for option in options_of(None) for each in option.names}


@pytest.mark.parametrize("name", COMMANDS)
def test_manual_has_the_choices_of_every_option(name: str) -> None:
    text = subsection(name, "COMMANDS")
    for each in command_of(name).params:
        if isinstance(each, click.Option) and isinstance(each.type, click.Choice) and each.expose_value:
            assert f".It Fl {each.opts[0][1:]} Cm {' | '.join(each.type.choices)}" in text


def test_manual_has_the_options_of_every_command() -> None:
    shared = {name for each in shared_parameters() for name in each.opts}
    listed = flags(subsection("Options of every command", "DESCRIPTION"))
    assert listed == shared | {"-h", "--help", "--version"}


def test_readme_lists_every_command_with_its_argument() -> None:
    listed = [cell.strip("`").removeprefix("git hotfix").strip() for cell in rows(chapter("Commands"))]
    assert [words.split(" ")[0] for words in listed] == ["", *COMMANDS]
    for words in listed[1:]:
        name, _, rest = words.partition(" ")
        takes_hotfix = any(
            each.name == "hotfix" for each in command_of(name).params if isinstance(each, click.Argument)
        )
        assert takes_hotfix == ("[HOTFIX]" in rest), name


@pytest.mark.parametrize("path", WRITTEN)
def test_prose_names_no_command_or_option_that_does_not_exist(path: str) -> None:
    check_commands_named_in((ROOT / path).read_text("utf-8").partition("### Not there yet")[0])


def check_commands_named_in(text: str) -> None:
    """Fail where a text of Markdown names a command or an option that does not exist."""
    spans = re.findall(r"`([^`\n]+)`", text) + re.findall(r"^\$ (.+?)(?:  +#.*)?$", text, re.MULTILINE)
    for span in spans:
        for words in re.findall(r"(?<!-)\bgit hotfix ([a-z].*)", span):
            name, *rest = words.split(" ")
            assert name in COMMANDS, span
            known = options(command_of(name)) | {"-h", "--help", "--json", "-q", "-v", "--color"}
            assert {word for word in rest if re.fullmatch(r"--?[a-z][\w-]*", word)} <= known, span


def test_examples_of_the_manual_use_only_options_that_exist() -> None:
    examples = re.findall(r"^git hotfix (\w+)(.*)$", section("EXAMPLES"), re.MULTILINE)
    assert len(examples) > 8
    for name, rest in examples:
        assert {word for word in rest.split() if word.startswith("-")} <= options(command_of(name)) | {"--json"}


# Configuration.


@pytest.mark.parametrize("key", KEYS, ids=[key.dotted for key in KEYS])
def test_manual_has_a_key_with_its_name_in_git_and_its_default(key: Key) -> None:
    default = "Unset by default." if key.default is None else f"Default: {toml_value(key, key.default)}"
    entry = f".It Ic {key.dotted} Pq Cm {key.git_name}\n{key.doc}\n{default}\n"
    assert entry in subsection(f"[{key.section}]", "CONFIGURATION") + "\n"


def test_manual_has_no_other_key() -> None:
    listed = [item.split(" ")[1] for item in items(section("CONFIGURATION"))]
    assert listed == [key.dotted for key in KEYS]
    sections = re.findall(r"^\.Ss \[(.+)\]$", section("CONFIGURATION"), re.MULTILINE)
    assert sections == list(dict.fromkeys(key.section for key in KEYS))
    named = re.findall(r"\bCm ([a-z]+\.[a-z_]+)\b", MANUAL)
    settings = {name for name in named if name.split(".")[0] in sections}
    assert settings <= {key.dotted for key in KEYS}


def test_readme_shows_every_key_with_its_default() -> None:
    shown = block("toml", chapter("Configuration"))
    listed = re.findall(r"^(?:\[(\w+)\]|(?:# )?(\w+) = .+?# (.+))$", shown, re.MULTILINE)
    part, found = "", []
    for head, name, doc in listed:
        part = head or part
        if name:
            found.append((f"{part}.{name}", doc))
    assert found == [(key.dotted, key.doc) for key in KEYS]
    content = parse_toml(shown.encode(), "README.md")
    assert resolve([read_layer(content, "README.md")]).config == Config()
    live = [f"{part}.{name}" for part, names in content.items() if isinstance(names, dict) for name in names]
    assert live == [key.dotted for key in KEYS if key.default is not None]


def test_keys_named_in_prose_exist() -> None:
    sections = {key.section for key in KEYS}
    for path in WRITTEN:
        text = (ROOT / path).read_text("utf-8")
        named = [name for name in re.findall(r"`([a-z]+\.[a-z_]+)`", text) if name.split(".")[0] in sections]
        named = [name for name in named if not name.endswith(".py")]  # a module may be called like a section
        assert set(named) <= all_keys().keys(), path
    in_git = set(re.findall(r"hotfix\.[a-z]+\.[A-Za-z]+", README + MANUAL))
    assert in_git <= {key.git_name for key in KEYS} | {CONSENT_KEY}


# Exit codes, JSON.


def test_exit_codes_are_in_readme_and_manual() -> None:
    codes = [str(int(code)) for code in ExitCode]
    assert list(rows(chapter("Exit codes"))) == codes
    assert items(section("EXIT STATUS")) == codes


def test_outcomes_are_in_the_manual() -> None:
    listed = section("JSON").partition(".It Cm outcome , exit_code")[2].partition(".Pc")[0]
    assert set(re.findall(r"\.Cm ([\w-]+)", listed)) == {*map(OUTCOMES.get, ExitCode), "planned"}


def test_example_of_json_is_what_the_program_prints(tmp_path: Path) -> None:
    shown = block("console", chapter("For scripts and agents"))
    command, _, answer = shown.partition("\n")
    assert command == '$ git hotfix start "Orders are charged twice" --json'
    alice = standard_lab(tmp_path).alice
    told = alice.hotfix("start", "Orders are charged twice", "--json", check=2)
    assert json.loads(answer) == told.json()
    keys = {word for item in items(section("JSON")) for word in re.findall(r"\w+", item.removeprefix("Cm "))}
    assert keys == set(Answer.__struct_fields__)
    members = {
        word for quoted in re.findall(r"Ql \{(.+)\}", section("JSON")) for word in re.findall(r'"(\w+)"', quoted)
    }
    alice.hotfix("start", "x", "-y", check=0)
    alice.hotfix("followup", "x", "--kind", "refactoring", check=0)
    commands = (("status",), ("list",), ("verify",), ("report",), ("config",), ("followup",), ("init", "--dry-run"))
    answers = [told, *(alice.hotfix(*words, "--json", check=0) for words in commands)]
    assert members == {key for each in answers for key in _members(each.json())}


def _members(answer: dict[str, Any]) -> set[str]:
    """Return the keys of the objects in an answer."""
    rows = [row for each in answer.values() for row in (each if isinstance(each, list) else [each])]
    return {key for row in rows if isinstance(row, dict) for key in row}


# Links, pictures, words.


@pytest.mark.parametrize("path", WRITTEN)
def test_links_lead_to_files_that_exist(path: str) -> None:
    text = (ROOT / path).read_text("utf-8")
    targets = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith("https://")]
    assert targets or path == "CHANGELOG.md"
    assert [link for link in targets if not (ROOT / link.partition("#")[0]).exists()] == []


def test_paths_of_the_package_named_in_architecture_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    named = [name for name in re.findall(r"`([a-z_]+/(?:[\w/]+\.py)?)`", text) if not name.startswith("share/")]
    assert [name for name in named if not (ROOT / "git_hotfix" / name).exists()] == []


def test_states_of_targets_are_in_the_manual() -> None:
    listed = section("JSON").partition(".It Cm targets")[2].partition(".It ")[0]
    assert set(re.findall(r"\.Cm ([\w-]+)", listed)) == {*map(str, Verdict)}


def test_changelog_begins_with_what_is_not_released_of_this_version() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = re.findall(r"^## \[(.+?)\]", changes, re.MULTILINE)
    assert headings[0] == "Unreleased" or headings[0] == __version__
    if headings == ["Unreleased"]:
        assert __version__ in changes.partition("## [Unreleased]")[2].partition("###")[0]


def test_no_text_names_private_infrastructure() -> None:
    """A reader has none of it: hosts, accounts, folders of the machine it was written on."""
    files = [ROOT / path for path in (*WRITTEN, "LICENSE", "pyproject.toml", "docs/demo.svg", ".ci/run")]
    files += [
        *ROOT.glob("man/*"),
        *ROOT.glob("docs/*.py"),
        *ROOT.glob("benchmarks/*.py"),
        *ROOT.glob("git_hotfix/**/*.py"),
    ]
    private = re.compile(
        r"/(?:home|root|Users|work)/|localhost:\d|\b(?:10|192\.168|127)\.\d+\.\d+\b|\.internal\b|\.lan\b"
    )
    found = {str(file.relative_to(ROOT)): private.findall(file.read_text("utf-8")) for file in files}
    assert {path: words for path, words in found.items() if words} == {}
    hosts = {host for file in files for host in re.findall(r"https?://([\w.-]+)", file.read_text("utf-8"))}
    assert hosts <= PUBLIC_HOSTS


PUBLIC_HOSTS = {
    "changie.dev",
    "dora.dev",
    "docs.openstack.org",
    "docs.python.org",
    "force-color.org",
    "git-scm.com",
    "github.com",
    "json-schema.org",
    "keepachangelog.com",
    "no-color.org",
    "owasp.org",
    "prometheus.io",
    "www.conventionalcommits.org",
    "scriv.readthedocs.io",
    "semver.org",
    "towncrier.readthedocs.io",
    "www.w3.org",
}


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="needs the package 'mandoc'")
def test_manual_is_clean(tmp_path: Path) -> None:
    for name, text in pages().items():
        (tmp_path / name).write_text(text, "utf-8")
    files = map(str, (*ROOT.glob("man/*"), *tmp_path.iterdir()))
    checked = run("mandoc", "-T", "lint", "-W", "warning", *files, directory=ROOT)
    assert (checked.code, checked.out, checked.err) == (0, "", "")


@pytest.mark.parametrize(
    ("variable", "value", "manual"),
    [
        ("PATH", "/nowhere:{0}/bin", "man git-hotfix"),
        ("MANPATH", ":{0}/share/man", "man git-hotfix"),
        ("PATH", "{0}", "git hotfix help"),
    ],
)
def test_help_names_the_manual_that_can_be_opened(tmp_path: Path, variable: str, value: str, manual: str) -> None:
    (tmp_path / "bin").mkdir()
    page = tmp_path / "share/man/man1/git-hotfix.1"
    page.parent.mkdir(parents=True)
    page.touch()
    lines = screen({variable: value.format(tmp_path)}).split("\n")
    assert f"'{manual}' is the manual" in lines[2]
    assert max(map(len, lines)) <= 80
    assert ["help --link" in line for line in lines[3:]] == ([True] if "help" in manual else [])


def test_help_names_every_command_on_one_screen() -> None:
    shown = run(sys.executable, "-m", "git_hotfix", "-h", directory=ROOT).out
    lines = shown.splitlines()
    assert (len(lines) <= 24, max(map(len, lines)) <= 80) == (True, True)
    for name, entry in COMMANDS.items():
        assert re.search(rf"  {name} +{re.escape(entry.summary)}(  |\n)", shown), name
