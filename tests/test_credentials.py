"""What is secret in an address is masked; what is none stays."""

from __future__ import annotations

import json
import time

import pytest

from git_hotfix.cli.terminal import json_text
from git_hotfix.credentials import masked

TOKEN = "s3cr3t"  # noqa: S105  # what must not be shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"https://alice:{TOKEN}@example.org/x.git", "https://***@example.org/x.git"),
        (f"http://{TOKEN}@127.0.0.1:9/x.git", "http://***@127.0.0.1:9/x.git"),
        (f"http://alice:{TOKEN}@x@example.org/", "http://***@example.org/"),
        (f"ssh://alice:{TOKEN}@example.org/x", "ssh://***@example.org/x"),
        (f"fatal: '{TOKEN}' https://{TOKEN}:@a, https://{TOKEN}@b!", f"fatal: '{TOKEN}' https://***@a, https://***@b!"),
        (f"https://a/x?private_token={TOKEN}&b=1", "https://a/x?private_token=***&b=1"),
        (f"https://a/x?b=1;sig={TOKEN}#access_token={TOKEN}", "https://a/x?b=1;sig=***#access_token=***"),
        (f"'https://a/x?API-Key={TOKEN}'", "'https://a/x?API-Key=***'"),
        (f"https://alice:{TOKEN}/x?y#z@example.org/x.git", "https://***@example.org/x.git"),
        (f"'https://alice:a/{TOKEN}@@example.org/': no", "'https://***@example.org/': no"),
        (f"https://a.b:80/x,https://c:#{TOKEN}@d", "https://a.b:80/x,https://***@d"),
        ("https://example.org:8443/npm/@kim", "https://example.org:8443/npm/@kim"),
        ("http://localhost:80/@kim http://[::1]:80/@kim", "http://localhost:80/@kim http://[::1]:80/@kim"),
        ("ssh://git@example.org/x", "ssh://git@example.org/x"),
        ("git@example.org:x.git", "git@example.org:x.git"),
        ("https://example.org/new?template=hotfix", "https://example.org/new?template=hotfix"),
        ("https://example.org/@kim", "https://example.org/@kim"),
        ("mail kim@example.org or lee@example.org?", "mail kim@example.org or lee@example.org?"),
    ],
)
def test_secrets_are_masked_and_the_rest_stays(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_json_stays_json() -> None:
    value = {"hint": f'https://a:{TOKEN}"@b', "more": [f'https://a?token={TOKEN}"x', f"https://{TOKEN}\\@b"]}
    text = json_text(value)
    assert TOKEN not in text
    assert json.loads(text) == {"hint": "https://***@b", "more": ['https://a?token=***"x', "https://***@b"]}


@pytest.mark.parametrize(
    "piece", ["a", "://", "?token", "@", "://@", "?a=", "://a?token=", "://a:", "a:", "a.", "://a:/"]
)
def test_masking_takes_no_time(piece: str) -> None:
    begun = time.process_time()
    masked("://" + piece * 200_000)
    assert time.process_time() - begun < 2
