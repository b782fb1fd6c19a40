"""A memory that cannot be used: every command says so, takes no step, and names the way on."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from tests.cli.stages import fixed

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = (
    ("status",),
    ("test",),
    ("finish", "-y"),
    ("backport",),
    ("rollback", "-y"),
    ("close", "--as", "cancelled", "--reason", "r", "--discard"),
    ("cleanup", "--force"),
)


def test_memory_that_cannot_be_used_stops_every_command_and_its_hint_goes_on(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    whole = stage.memory.read_bytes()
    data = json.loads(whole)
    broken = {
        "it is damaged": (whole[: len(whole) // 2], json.dumps({**data, "published_at": 3}).encode()),
        "it belongs to '20200101-other'": (json.dumps({**data, "hotfix": "20200101-other"}).encode(),),
        "it was written by a newer version (schema 2, this one reads 1)": (json.dumps({**data, "schema": 2}).encode(),),
    }
    for why, contents in broken.items():
        for content in contents:
            stage.memory.write_bytes(content)
            before = stage.alice.snapshot()
            for command in COMMANDS:
                said = stage.alice.hotfix(*command, "--json", check=1).json()
                message = f"The saved state of '{stage.hotfix}' cannot be used: {why} ('{stage.memory}')."
                assert [each["message"] for each in said["problems"]] == [message]
            assert stage.alice.snapshot() == before
            assert stage.memory.read_bytes() == content
    stage.memory.unlink()
    stage.memory.mkdir()
    said = stage.alice.hotfix("finish", "-y", "--json", check=1).json()

    subprocess.run(said["problems"][0]["remedy"], shell=True, check=True)  # noqa: S602  # as it is typed
    stage.alice.hotfix("finish", "-y", check=0)

    assert stage.on_server("develop", "src/auth/login.py").count("password == expected") == 1
