"""``git hotfix help`` and ``git hotfix completion``: the manual's pages, and what a shell completes."""

from __future__ import annotations

import os
import shutil
import site
import sys
import sysconfig
import tempfile
from pathlib import Path

import click

from git_hotfix.cli.commands import is_page_in_path
from git_hotfix.cli.foreign_words import meaning_of
from git_hotfix.cli.manual import MAIN, pages, plain
from git_hotfix.cli.options import Command, misused, options_of
from git_hotfix.cli.output import Result, emit
from git_hotfix.commands.manual_viewer import place_of, show_page
from git_hotfix.errors import command, refused, wrong_input
from git_hotfix.templates import read_shared


@click.command(cls=Command, name="help")
@click.argument("name", metavar="[COMMAND]", required=False)
@click.option("--link", is_flag=True, help="Link the pages to where man looks for them.")
@click.pass_context
def help_(context: click.Context, name: str | None, *, link: bool) -> int:
    """Show the manual, or its page on one command (or "ci")."""
    options = options_of(context)
    if link and name is not None:
        raise misused("--link links every page: it goes with no COMMAND.", "help", "--link")
    if link:
        return emit(options, Result("help", text=[_linked()]))
    texts = {file.rpartition(".")[0]: text for file, text in pages().items() if file != "git-hotfix.7"}
    page = f"git-hotfix-{name}" if name is not None else "git-hotfix"
    if page not in texts:
        sentence, words = meaning_of(str(name))
        raise wrong_input("usage", sentence, command("git", "hotfix", "help", *words[:1]))
    if options.json:
        return emit(options, Result("help"))
    if _is_shown(page):
        note = "'git hotfix --help' finds no page here: 'git hotfix help --link' lets it."
        return emit(options, Result("help", text=[] if is_page_in_path(os.environ) else [note]))
    return emit(options, Result("help", text=[plain(texts[page])]))


def _is_shown(page: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="git-hotfix-") as folder:
        for file, text in pages().items():
            place = Path(folder, f"man{file[-1]}", file)
            place.parent.mkdir(exist_ok=True)
            place.write_text(text, "utf-8")
        return show_page(page, Path(folder), os.environ)


def manual_place() -> Path | None:
    """Return the page that ``git hotfix --help`` would show: git runs man, which looks beside each folder of PATH."""
    return place_of("git-hotfix", os.environ)


def _linked() -> str:
    """Link the installed pages to beside the program that git finds, where man looks, and return what came of it."""
    places = (Path(each, "share/man") for each in (sysconfig.get_path("data"), site.getuserbase()))
    installed = next((each for each in places if (each / "man1" / MAIN).is_file()), None)
    if installed is None:
        message = "No page of the manual was installed with this program; 'git hotfix help' shows each."
        raise refused("no-manual", message, command("git", "hotfix", "help"))
    beside = Path(shutil.which("git-hotfix") or sys.argv[0]).absolute().parent.parent / "share/man"
    for page in () if beside == installed else sorted(installed.glob("man?/git-hotfix*")):
        link = beside / page.parent.name / page.name
        link.parent.mkdir(parents=True, exist_ok=True)
        if link.is_symlink():
            link.unlink()
        if not link.exists():
            link.symlink_to(page)
    found = manual_place()
    if found is None:
        message = f"man does not look into '{beside}', where the pages are now (MANPATH='{beside}:' lets it)."
        raise refused("manual-not-found", message, command("git", "hotfix", "help"))
    return f"'git hotfix --help' shows '{found}'."


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print the script that completes commands, options, hotfixes and branches in a shell."""
    text = read_shared(f"completions/git-hotfix.{shell}").rstrip("\n")
    return emit(options_of(context), Result("completion", text=[text]))
