"""A server behind ``ssh`` that is no network: a script that waits, then runs the server's side of git here."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPT = """\
#!/bin/sh
for command; do :; done  # git-upload-pack '/path' or git-receive-pack '/path': the last argument
[ -z "$BENCH_CONNECTIONS" ] || echo "$command" >>"$BENCH_CONNECTIONS"
sleep "${BENCH_DELAY:-0}"
unset GIT_TRACE2_EVENT
exec git shell -c "$command"
"""


class DelayedServer:
    """How git reaches a bare repository through the script."""

    def __init__(self, repository: Path) -> None:
        self.url = f"ssh://server{repository}"
        self.script = repository.with_name("ssh")
        self.script.write_text(_SCRIPT)
        self.script.chmod(0o755)

    def environment(self, delay_ms: int, connections: Path | None = None) -> dict[str, str]:
        """Return the variables that make git use the script; it adds a line to ``connections`` each time."""
        counted = {"BENCH_CONNECTIONS": str(connections)} if connections else {}
        ssh = {"GIT_SSH_COMMAND": shlex.quote(str(self.script)), "GIT_SSH_VARIANT": "ssh"}
        return {**ssh, "BENCH_DELAY": f"{delay_ms / 1000:g}", **counted}
