"""Commits and tags signed by real keys, as git's configuration of this folder says, and verified by git."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from git_hotfix.errors import HotfixError
from git_hotfix.git import commits
from git_hotfix.git.commits import make_commit, make_tag, why_not_signed
from git_hotfix.git.objects import EMPTY_TREE
from git_hotfix.git.program import Git
from git_hotfix.git.repository import Habits, open_repository
from tests.support.hooks import _install
from tests.support.lab import Lab
from tests.support.processes import run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.lab import Clone

gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not here (Debian: gnupg)")
gpgsm = pytest.mark.skipif(shutil.which("gpgsm") is None, reason="gpgsm is not here (Debian: gpgsm)")
ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not here (Debian: openssh-client)")


def configure(clone: Clone, **settings: str) -> None:
    for key, value in settings.items():
        clone.git("config", key.replace("_", "."), value)


@pytest.fixture
def gpg_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    home = tmp_path.with_name(f"{tmp_path.name}-gpg")
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    yield home
    run("gpgconf", "--kill", "all", directory=tmp_path)


@pytest.mark.parametrize(
    ("settings", "commits", "tags"),
    [
        ({}, False, False),
        ({"commit_gpgSign": "true"}, True, True),
        ({"tag_gpgSign": "true"}, False, True),
        ({"commit_gpgSign": "true", "tag_gpgSign": "false"}, True, False),
        ({"tag_forceSignAnnotated": "true", "tag_gpgSign": "false"}, False, True),
    ],
)
def test_what_is_signed(tmp_path: Path, settings: dict[str, str], commits: bool, tags: bool) -> None:  # noqa: FBT001  # cases
    alice = Lab(tmp_path).alone("alice")
    configure(alice, **settings)
    assert open_repository(here_in(alice)).habits == Habits(commits, tags)


@pytest.mark.parametrize("form", ["openpgp", "x509", "ssh"])
def test_signer_that_cannot_sign_is_found_by_trying(tmp_path: Path, form: str) -> None:
    alice = Lab(tmp_path).alone("alice")
    configure(alice, tag_gpgSign="true", gpg_format=form, user_signingKey="nobody@example.com")
    alice.git("config", f"gpg.{form}.program", "false")
    before = alice.snapshot()
    assert why_not_signed(open_repository(here_in(alice)))
    assert alice.snapshot() == before


@pytest.mark.parametrize(
    ("signer", "why"),
    [
        (
            "echo >&2; echo '[GNUPG:] FAILURE' >&2; echo The token is not plugged in. >&2; exit 1",
            "The token is not plugged in.",
        ),
        ("exit 1", "git gave no reason"),
        ("exec sleep 60", "'sleep' has done nothing for 0.3 s"),
    ],
)
def test_why_nothing_is_signed_is_told_and_a_signer_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: str, why: str
) -> None:
    alice = Lab(tmp_path).alone("alice")
    (tmp_path / "key").write_text("")
    _install(tmp_path / "signer", signer)
    configure(alice, tag_gpgSign="true", gpg_format="ssh", user_signingKey=str(tmp_path / "key"))
    alice.git("config", "gpg.ssh.program", str(tmp_path / "signer"))
    monkeypatch.setattr(commits, "SIGNER_SECONDS", 0.3)
    assert why_not_signed(open_repository(here_in(alice))) == why


@ssh
def test_key_and_identity_of_an_included_file_sign_the_tag_alone(tmp_path: Path) -> None:
    alice, key, signers = Lab(tmp_path).alone("alice"), tmp_path / "work-key", tmp_path / "signers"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key), directory=tmp_path)
    signers.write_text(f"alice@work.example {key.with_suffix('.pub').read_text()}")
    work = tmp_path / "work.gitconfig"
    work.write_text(
        f"[user]\n\tname = Alice at Work\n\temail = alice@work.example\n\tsigningKey = {key}\n"
        f'[gpg]\n\tformat = ssh\n[gpg "ssh"]\n\tallowedSignersFile = {signers}\n[tag]\n\tgpgSign = true\n'
    )
    with Path(os.environ["GIT_CONFIG_GLOBAL"]).open("a") as file:
        file.write(f'[includeIf "gitdir:{alice.path}/"]\n\tpath = {work}\n')
    for each in ("user.name", "user.email"):
        alice.git("config", "--unset", each)
    commit = made(alice)
    assert 'Good "git" signature for alice@work.example' in alice.try_git("verify-tag", "v1").err
    assert alice.git("for-each-ref", "--format=%(taggername)", "refs/tags/v1") == "Alice at Work"
    assert alice.git("cat-file", "tag", "v1").split("\n")[5:7] == ["#7 is mended", ""]
    assert alice.try_git("verify-commit", commit).code != 0


def test_tag_that_git_leaves_unsigned_is_refused(tmp_path: Path) -> None:
    alice, signer = Lab(tmp_path).alone("alice"), tmp_path / "signer"
    _install(signer, "echo 'the card was pulled out' >&2\nexit 1\n")
    configure(alice, tag_gpgSign="true", gpg_format="ssh", user_signingKey=str(tmp_path / "key"))
    alice.git("config", "gpg.ssh.program", str(signer))
    repository = open_repository(here_in(alice))
    commit = make_commit(repository, EMPTY_TREE, (), "Begin\n")
    with pytest.raises(HotfixError) as caught:
        make_tag(repository, "v1", commit, "-----BEGIN SSH SIGNATURE-----\n\nTests: passed")
    (problem,) = caught.value.problems
    assert problem.code == "signing-failed"
    assert "the card was pulled out" in problem.message


CERTIFICATE = """\
Key-Type: RSA
Key-Length: 2048
Key-Usage: sign
Serial: random
Name-DN: CN=Alice
Name-Email: alice@example.com
"""


@gpgsm
def test_self_signed_certificate_signs_commit_and_tag(tmp_path: Path, gpg_home: Path) -> None:
    alice = Lab(tmp_path).alone("alice")
    (gpg_home / "wanted").write_text(CERTIFICATE)
    (gpg_home / "gpgsm.conf").write_text("disable-crl-checks\ndisable-dirmngr\n")
    make = "gpgsm --batch --pinentry-mode loopback --passphrase-fd 3 --gen-key <wanted 3</dev/null >made"
    listed = run(
        *("sh", "-c", f"{make} && gpgsm -q --batch --import made && gpgsm --with-colons --list-secret-keys"),
        directory=gpg_home,
    ).out
    key = next(line.split(":")[9] for line in listed.split("\n") if line.startswith("fpr:"))
    (gpg_home / "trustlist.txt").write_text(f"{key} S relax\n")
    configure(alice, commit_gpgSign="true", gpg_format="x509", user_signingKey=key)
    commit = made(alice)
    assert "Good signature from" in alice.try_git("verify-tag", "v1").err
    assert "-----BEGIN SIGNED MESSAGE-----" in alice.git("cat-file", "commit", commit)


@gpg
@pytest.mark.usefixtures("gpg_home")
def test_key_of_one_worktree_signs_commit_and_tag_and_no_hook_sees_a_ref(tmp_path: Path) -> None:
    words = ("--batch", "-q", "--passphrase", "", "--quick-gen-key", "Alice <alice@example.com>", "ed25519", "sign")
    assert run("gpg", *words, directory=tmp_path).code == 0
    alice = Lab(tmp_path).alone("alice")
    configure(alice, extensions_worktreeConfig="true", commit_gpgSign="true", user_signingKey="nobody")
    alice.git("config", "--worktree", "user.signingKey", "alice@example.com")
    alice.git("config", "--global", "core.hooksPath", str(alice.path))
    _install(alice.path / "reference-transaction", f"touch {alice.path}/ran\n")
    commit = made(alice, is_hooked=True)
    assert alice.try_git("verify-commit", commit).code == 0
    assert alice.try_git("verify-tag", "v1").code == 0


def made(clone: Clone, *, is_hooked: bool = False) -> str:
    """Make a commit and a tag on it as objects, and let the refs come later."""
    repository = open_repository(here_in(clone))
    commit = make_commit(repository, EMPTY_TREE, (), "Begin\n")
    tag = make_tag(repository, "v1", commit, "#7 is mended\n\nTests: passed")
    assert clone.refs() == {}
    assert not is_hooked or not (clone.path / "ran").exists()
    clone.git("update-ref", "refs/tags/v1", tag)
    return commit


def here_in(clone: Clone) -> Git:
    return Git(clone.path, dict(os.environ))
