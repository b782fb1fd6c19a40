"""Make ``docs/report.png`` from the page that ``git hotfix report`` makes of ``git hotfix demo --history``.

Run it in this folder's parent after a change of the page; a folder with such a history may be named. It needs Chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURE = Path(__file__).with_name("report.png")
WIDTH_PX, HEIGHT_PX = 1280, 1560


def main() -> None:
    """Play the history, make the page, and take its picture."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None or shutil.which("git-hotfix") is None:
        message = "'chromium' and 'git-hotfix' have to be on PATH."
        raise SystemExit(message)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root, page = Path(folder), Path(folder) / "page.html"
        played = Path(sys.argv[1]) if len(sys.argv) > 1 else root / "played"
        if not played.exists():
            subprocess.run(["git", "hotfix", "demo", "--history", played], check=True)
        subprocess.run(["git", "hotfix", "report", "--output", page], cwd=played / "shop", check=True)
        options = (
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={root}/browser",
        )
        size = (f"--window-size={WIDTH_PX},{HEIGHT_PX}", f"--screenshot={PICTURE}")
        subprocess.run([browser, *options, *size, page.as_uri()], check=True, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
