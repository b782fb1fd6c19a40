"""Make ``docs/demo.svg`` from what ``git hotfix demo`` prints: run it in this folder's parent after a change.

The words and the colours are the program's own. Left out, each time marked by a dotted line: what stands before the
first command, the tables of ``start`` and ``cleanup``. The throwaway folder is shown as ``/tmp/demo``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from html import escape
from itertools import pairwise
from pathlib import Path

PICTURE = Path(__file__).with_name("demo.svg")
CHARACTER_PX, LINE_PX, MARGIN_PX, BAR_PX = 8.0, 19, 18, 34
CUT = "⋮"
DESCRIPTION = (
    "What git hotfix demo prints: start, a commit, finish with tests, publication, deployment and backports, "
    "cleanup, and the graph of the repository."
)

COLORS = {"31": "#ff7b72", "32": "#56d364", "33": "#e3b341", "36": "#76e3ea", "90": "#8b949e"}
PLAIN, BOLD, GROUND, BAR = "#c9d1d9", "#f0f6fc", "#0d1117", "#161b22"

_SGR = re.compile(r"\x1b\[([\d;]*)m")


def run_demo() -> list[str]:
    """Run the installed program's demo and give its lines, with their colours."""
    if shutil.which("git-hotfix") is None:
        message = "'git-hotfix' is not on PATH: pip install ."
        raise SystemExit(message)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "demo"
        environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        environment |= {"FORCE_COLOR": "1", "TERM": "xterm-256color", "TZ": "UTC"}
        ran = subprocess.run(
            ("git-hotfix", "demo", "--keep", str(root)),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=True,
        )
        return ran.stdout.decode().replace(str(root), "/tmp/demo").split("\n")  # noqa: S108  # a name to show


def without_colors(line: str) -> str:
    """Return the words of a line."""
    return _SGR.sub("", line)


def chosen(lines: list[str]) -> list[str]:
    """Leave out what a reader of a picture does not miss."""
    kept: list[str] = []
    command = ""
    for line in lines:
        words = without_colors(line)
        command = words if words.startswith("$ git ") else command
        is_table = command.startswith(("$ git hotfix start", "$ git hotfix cleanup")) and (
            words.startswith(("  ", "Next:")) or re.match(r"\d{8}-", words)
        )
        if not command or words.startswith("It is all in"):
            continue
        kept.append(CUT if is_table else line)
    while not kept[-1].strip():
        kept.pop()
    return [line for before, line in pairwise(["", *kept]) if not (line == before == CUT)]


def spans(line: str) -> str:
    """Return one line as SVG text spans: bold and the foreground colours of a terminal."""
    color, weight, made = PLAIN, "", []
    if line == CUT:
        return f'<tspan fill="{COLORS["90"]}">{CUT}</tspan>'
    for at, piece in enumerate(_SGR.split(line)):
        if at % 2:
            for code in piece.split(";"):
                match code:
                    case "" | "0":
                        color, weight = PLAIN, ""
                    case "1":
                        color, weight = BOLD if color == PLAIN else color, ' font-weight="bold"'
                    case _:
                        color = COLORS.get(code, color)
        elif piece:
            made.append(f'<tspan fill="{color}"{weight}>{escape(piece, quote=False)}</tspan>')
    return "".join(made)


def picture(lines: list[str]) -> str:
    """Draw a terminal with these lines."""
    columns = max(len(without_colors(line)) for line in lines)
    width = round(columns * CHARACTER_PX + 2 * MARGIN_PX)
    height = BAR_PX + len(lines) * LINE_PX + 2 * MARGIN_PX
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title description">',
        '<title id="title">A hotfix from start to clean-up</title>',
        f'<desc id="description">{DESCRIPTION}</desc>',
        f'<rect width="{width}" height="{height}" rx="8" fill="{GROUND}"/>',
        f'<path d="M0 {BAR_PX}V8a8 8 0 0 1 8-8h{width - 16}a8 8 0 0 1 8 8v{BAR_PX - 8}z" fill="{BAR}"/>',
    ]
    drawn += [
        f'<circle cx="{20 + 20 * at}" cy="{BAR_PX // 2}" r="6" fill="{color}"/>'
        for at, color in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    ]
    drawn.append(
        '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13" xml:space="preserve">'
    )
    for at, line in enumerate(lines):
        if content := spans(line):
            long = len(without_colors(line)) * CHARACTER_PX
            y = BAR_PX + MARGIN_PX + (at + 1) * LINE_PX - 6
            drawn.append(f'<text x="{MARGIN_PX}" y="{y}" textLength="{long:g}">{content}</text>')
    return "\n".join([*drawn, "</g>", "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(picture(chosen(run_demo())), "utf-8")
    print(f"made {PICTURE}")
