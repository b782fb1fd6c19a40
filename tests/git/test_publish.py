"""What is told about a push is what the server shows, whatever the push said."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from git_hotfix.errors import SAME_AGAIN, HotfixError, command, server_failed
from git_hotfix.git.program import here
from git_hotfix.git.publish import (
    Arrived,
    Denied,
    Destination,
    Moved,
    Pushed,
    Unknown,
    push_and_observe,
    push_while_moving,
)
from git_hotfix.git.remote import Server, Update, ask_server
from git_hotfix.git.remote_names import Remote
from git_hotfix.git.repository import open_repository
from git_hotfix.hotfix import Oid, RefName
from tests.support import hooks
from tests.support.lab import Clone, introduce, run_git, standard_lab
from tests.support.servers import ConnectionLost, Moment, smart_http

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.support.lab import Scene

MAIN, TAG, NEW = RefName("refs/heads/main"), RefName("refs/tags/hotfix-1"), RefName("refs/heads/new")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is tried again be tried at once."""
    monkeypatch.setattr("git_hotfix.git.publish.PAUSE_SECONDS", 0.05)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return standard_lab(tmp_path)


def destination(scene: Scene, *, look: Callable[[], Server] | None = None, **options: float) -> Destination:
    """Return alice's server, asked after every push, however it ended."""
    repository, remote = open_repository(here().elsewhere(scene.alice.path)), Remote("origin", "origin")
    asks = look or (lambda: ask_server(repository.git, remote))
    patience, hooks_run = options.get("patience", 20.0), bool(options.get("hooks", 1))
    return Destination(repository, remote, lambda _: asks(), patience, hooks=hooks_run)


def test_name_that_means_two_refs_there_holds_nothing_else_and_an_atomic_push_altogether(scene: Scene) -> None:
    other = RefName(f"refs/heads/{MAIN}")
    scene.remote.git("update-ref", other, "main")
    to, made = destination(scene), scene.alice.commit("More", {"more": ""})
    to = replace(to, seen=to.look(()))
    updates = (Update(MAIN, scene.remote.rev("main"), made), Update(NEW, None, made))
    said = Denied(f"The server has '{other}' beside '{MAIN}': git pushes to neither of that name.")

    assert push_and_observe(to, updates, atomic=True).fates == {MAIN: said, NEW: said}
    pushed = push_and_observe(to, updates, atomic=False)
    assert pushed.fates == {MAIN: said, NEW: Arrived(made)}
    assert scene.remote.rev("main") != made


def with_looks(scene: Scene) -> tuple[Destination, list[tuple[Update, ...]]]:
    """Return alice's server, and a list of what it had just said it took at each look."""
    to, looks = destination(scene), list[tuple[Update, ...]]()

    def look(taken: Sequence[Update]) -> Server:
        looks.append(tuple(taken))
        return to.look(taken)

    return replace(to, look=look), looks


def main_and_tag(scene: Scene) -> tuple[Update, Update]:
    """Make a commit and a tag object to publish."""
    alice = scene.alice
    old = alice.rev("main")
    new = alice.commit("Fix")
    alice.git("tag", "-a", "-m", "Fix", "hotfix-1")
    return Update(MAIN, old, new), Update(TAG, None, alice.rev("hotfix-1"))


def somebody_commits(scene: Scene, *, branch: str = "main") -> str:
    """Return a script with which bob, who has what the server has, puts a commit on a branch there."""
    bob = scene.bob.path
    return (
        f"git -C '{bob}' fetch -q origin && git -C '{bob}' checkout -q --detach origin/{branch}"
        f" && git -C '{bob}' commit -q --allow-empty -m Faster"
        f" && git -C '{bob}' push -q origin HEAD:refs/heads/{branch}"
    )


@pytest.mark.parametrize("atomic", [False, True])
def test_everything_that_arrives_is_told_as_arrived(scene: Scene, *, atomic: bool) -> None:
    base, tag = main_and_tag(scene)
    pushed = push_and_observe(destination(scene), [base, tag], atomic=atomic)
    assert pushed == Pushed({MAIN: Arrived(base.new), TAG: Arrived(tag.new)})
    assert (pushed.has_arrived, pushed.moved, pushed.denied, pushed.unknown) == (True, (), {}, None)
    assert (scene.remote.rev("main"), scene.remote.rev("hotfix-1")) == (base.new, tag.new)


@pytest.mark.parametrize("is_refused", [False, True])
def test_server_is_asked_only_where_it_has_not_taken_everything(scene: Scene, *, is_refused: bool) -> None:
    updates, (to, looks) = main_and_tag(scene), with_looks(scene)
    if is_refused:
        hooks.refuse_ref(scene.remote, "refs/tags/*", "closed")
    assert push_and_observe(to, updates, atomic=False).has_arrived is not is_refused
    assert looks == [() if is_refused else updates]


def test_server_that_makes_another_commit_of_a_push_is_asked(scene: Scene) -> None:
    """As servers do that rebase what they get (githooks(5), proc-receive); the words of the push name it."""
    (base, _), (to, looks) = main_and_tag(scene), with_looks(scene)
    other = scene.bob.commit("Rebased")
    scene.bob.git("push", "-q", "origin", "main:refs/heads/rebased")
    scene.remote.git("config", "receive.procReceiveRefs", "refs/heads/main")
    hook = scene.remote.path / "hooks/proc-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(PROC_RECEIVE.format(python=sys.executable, old=base.old, new=other))
    hook.chmod(0o755)
    assert push_and_observe(to, [base], atomic=False).fates == {MAIN: Moved(other)}
    assert looks == [()]


PROC_RECEIVE = """\
#!{python}
import os, subprocess
def line():
    length = int(os.read(0, 4), 16)
    return os.read(0, length - 4) if length else None
def say(*lines):
    for each in lines:
        os.write(1, b"%04x" % (len(each) + 4) + each)
    os.write(1, b"0000")
while line(): pass
say(b"version=1\\n")
while line(): pass
subprocess.run(["git", "update-ref", "refs/heads/main", "{new}"], check=True)
say(b"ok refs/heads/main\\n", b"option old-oid {old}\\n", b"option new-oid {new}\\n")
"""


def test_one_denied_ref_keeps_all_back_in_an_atomic_push(scene: Scene) -> None:
    hooks.refuse_ref(scene.remote, "refs/tags/*", "tags are made by the release team")
    updates = main_and_tag(scene)
    pushed = push_and_observe(destination(scene), updates, atomic=True)
    said = "tags are made by the release team; hook declined to update refs/tags/hotfix-1"
    assert pushed.denied == {MAIN: Denied(said), TAG: Denied(said, "[remote rejected] (hook declined)")}
    assert pushed.denied[TAG].reason == f"{said}; [remote rejected] (hook declined)"
    assert pushed.reason == f"{said}; hotfix-1: [remote rejected] (hook declined)"
    assert scene.remote.rev("main") == updates[0].old


def test_each_ref_is_judged_alone_in_a_push_that_is_not_atomic(scene: Scene) -> None:
    hooks.refuse_ref(scene.remote, "refs/tags/*", "tags are made by the release team")
    base, tag = main_and_tag(scene)
    pushed = push_and_observe(destination(scene), [base, tag], atomic=False)
    assert pushed.fates[MAIN] == Arrived(base.new)
    assert list(pushed.denied) == [TAG]


def test_server_without_atomic_takes_them_together_and_that_is_told(scene: Scene) -> None:
    hooks.without_atomic(scene.remote)
    hooks.refuse_ref(scene.remote, "refs/heads/*", "protected")
    base, tag = main_and_tag(scene)
    pushed = push_and_observe(destination(scene), [base, tag], atomic=True)
    assert (pushed.was_split, pushed.fates[TAG], list(pushed.denied)) == (True, Arrived(tag.new), [MAIN])
    hooks.accept_everything(scene.remote)
    assert push_and_observe(destination(scene), [base], atomic=True).has_arrived


def test_ref_that_others_win_is_moved_and_nothing_of_theirs_is_lost(scene: Scene) -> None:
    hooks.during_first_push(scene.alice, somebody_commits(scene))
    base, tag = main_and_tag(scene)
    pushed = push_and_observe(destination(scene), [base, tag], atomic=True, tries=3)
    theirs = scene.remote.rev("main")
    assert pushed.moved == (MAIN,)
    assert (pushed.fates[MAIN], list(pushed.denied)) == (Moved(theirs), [TAG])
    assert scene.bob.rev("HEAD") == theirs


def test_branch_with_a_commit_of_others_on_top_has_arrived(scene: Scene) -> None:
    """The commit on top is not here: it takes a fetch to see that it contains ours."""
    base, _ = main_and_tag(scene)
    to = destination(scene)

    def look() -> Server:
        scene.bob.git("-c", "core.hooksPath=/dev/null", "pull", "-q", "--ff-only")
        scene.bob.commit("On top")
        scene.bob.git("push", "-q", "origin", "main")
        return ask_server(to.repository.git, to.remote)

    pushed = push_and_observe(destination(scene, look=look), [base], atomic=False)
    assert pushed.fates == {MAIN: Arrived(scene.bob.rev("main"))}
    assert pushed.fates[MAIN] != Arrived(base.new)


def test_push_that_was_accepted_before_is_refused_by_git_and_has_arrived(scene: Scene) -> None:
    """As after a push whose answer was lost: the lease is on the old value."""
    base, tag = main_and_tag(scene)
    scene.alice.git("push", "-q", "origin", "main", "hotfix-1")
    assert push_and_observe(destination(scene), [base, tag], atomic=True).has_arrived


def test_taken_tag_and_deleted_branch_are_moved(scene: Scene) -> None:
    base, tag = main_and_tag(scene)
    scene.bob.git("push", "-q", "origin", "main:refs/tags/hotfix-1", ":refs/heads/develop")
    develop = Update(RefName("refs/heads/develop"), scene.alice.rev("origin/develop"), base.new)
    pushed = push_and_observe(destination(scene), [tag, develop], atomic=False)
    assert pushed.fates == {TAG: Moved(scene.bob.rev("main")), develop.ref: Moved(None)}


def test_deletion_arrives_also_where_it_is_done_already_and_leaves_new_commits(scene: Scene) -> None:
    alice, new = scene.alice, scene.alice.rev("main")
    deletion = Update(NEW, new, None)
    for name in ("new", "other"):
        alice.git("push", "-q", "origin", f"main:refs/heads/{name}")
    assert push_and_observe(destination(scene), [deletion], atomic=False).fates == {NEW: Arrived(None)}
    assert push_and_observe(destination(scene), [deletion], atomic=False).fates == {NEW: Arrived(None)}
    theirs = scene.bob.commit("More")
    scene.bob.git("push", "-q", "origin", "main:refs/heads/other")
    pushed = push_and_observe(destination(scene), [Update(RefName("refs/heads/other"), new, None)], atomic=False)
    assert pushed.fates == {"refs/heads/other": Moved(theirs)}
    hooks.refuse_ref(scene.remote, "refs/heads/other", "stays")
    pushed = push_and_observe(destination(scene), [Update(RefName("refs/heads/other"), theirs, None)], atomic=False)
    assert list(pushed.denied) == ["refs/heads/other"]


def test_denied_ref_is_pushed_again_as_often_as_asked(scene: Scene) -> None:
    hook = scene.remote.path / "hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\n[ -e once ] || { : >once; echo "locked" >&2; exit 1; }\n')
    hook.chmod(0o755)
    base, _ = main_and_tag(scene)
    once = push_and_observe(destination(scene), [base], atomic=True, tries=1)
    (scene.remote.path / "once").unlink()
    twice = push_and_observe(destination(scene), [base], atomic=True, tries=2)
    assert (list(once.denied), twice.has_arrived) == ([MAIN], True)


def test_hook_here_that_ends_the_push_is_named(scene: Scene) -> None:
    hook = scene.alice.write(".git/hooks/pre-push", "#!/bin/sh\necho 'not on Fridays' >&2\nexit 1\n")
    hook.chmod(0o755)
    base, _ = main_and_tag(scene)
    pushed = push_and_observe(destination(scene), [base], atomic=True)
    assert pushed.fates == {
        MAIN: Denied("not on Fridays (a pre-push hook runs here)", is_held_here=True),
    }
    assert push_and_observe(destination(scene, hooks=0), [base], atomic=True).has_arrived


def test_server_that_falls_silent_is_asked_until_patience_ends(scene: Scene) -> None:
    gone = Update(NEW, scene.alice.rev("main"), None)
    to = destination(scene)
    silences = 2

    def look() -> Server:
        nonlocal silences
        silences -= 1
        if silences >= 0:
            remedy = command("git", "ls-remote", "origin")
            raise server_failed("server-silent", "'origin' did not answer within 1 s.", remedy)
        return ask_server(to.repository.git, to.remote)

    assert push_and_observe(destination(scene, look=look), [gone], atomic=False).has_arrived
    silences = 1000
    pushed = push_and_observe(destination(scene, look=look, patience=0.1), [gone], atomic=False, tries=3)
    assert pushed.fates == {NEW: Unknown("'origin' did not answer within 1 s.")}
    assert (pushed.has_arrived, pushed.unknown) == (False, "'origin' did not answer within 1 s.")
    with pytest.raises(HotfixError, match=r"^It is not known whether the server took it: 'origin' did not answer"):
        pushed.known(SAME_AGAIN)


def test_refs_that_others_move_are_made_anew_until_they_arrive(scene: Scene) -> None:
    hooks.during_first_push(scene.alice, somebody_commits(scene))
    alice, ends = scene.alice, []

    def make(last: Pushed) -> list[Update]:
        ends.append(last)
        if last.fates and not last.moved:
            return []
        alice.git("fetch", "-q")
        alice.git("checkout", "-q", "--detach", "origin/main")
        return [Update(MAIN, alice.rev("origin/main"), alice.commit("Fix"))]

    pushed = push_while_moving(destination(scene), make, atomic=True)
    assert (pushed.has_arrived, [bool(end.moved) for end in ends]) == (True, [False, True])
    assert scene.remote.git("log", "-2", "--format=%s", "main").split("\n") == ["Fix", "Faster"]


def test_refs_that_keep_moving_are_given_up_in_time(scene: Scene) -> None:
    tip = scene.alice.commit("Fix")
    made = []

    def make(_: Pushed) -> list[Update]:
        made.append(scene.alice.rev("origin/main~"))  # never what the server has
        return [Update(MAIN, Oid(made[-1]), tip)]

    pushed = push_while_moving(destination(scene), make, atomic=False, seconds=0.0)
    assert (pushed.moved, len(made)) == ((MAIN,), 2)


def test_nothing_to_push_asks_nobody(scene: Scene) -> None:
    def look() -> Server:
        raise HotfixError

    assert push_and_observe(destination(scene, look=look), [], atomic=True) == Pushed()
    assert push_while_moving(destination(scene, look=look), lambda _: [], atomic=True) == Pushed()


def test_push_to_a_server_that_says_nothing_is_ended_and_not_known(scene: Scene) -> None:
    """The server has all of it when it falls silent, and takes it later."""
    base, _ = main_and_tag(scene)
    gate = threading.Event()
    with smart_http(scene.remote.path) as site:
        scene.alice.git("remote", "set-url", "origin", site.url)
        site.once(Moment.SENT, lambda: gate.wait(60))
        to = destination(scene)
        began = time.monotonic()
        pushed = push_and_observe(replace(to, remote=replace(to.remote, patience_seconds=0.3)), [base], atomic=True)
        gate.set()
        assert time.monotonic() - began < 30
        assert pushed.fates == {MAIN: Unknown("'origin' has not answered the push for 0.9 s.")}
        while scene.remote.rev("main") != base.new and time.monotonic() - began < 30:
            time.sleep(0.05)
    assert scene.remote.rev("main") == base.new


def test_connection_that_drops_is_no_server_that_moved(scene: Scene) -> None:
    def drop() -> None:
        raise ConnectionLost

    base, _ = main_and_tag(scene)
    with smart_http(scene.remote.path) as site:
        scene.alice.git("remote", "set-url", "origin", site.url)
        site.once(Moment.SENT, drop)
        dropped = push_and_observe(destination(scene), [base], atomic=True)
        assert (list(dropped.denied), dropped.moved) == ([MAIN], ())
        assert push_and_observe(destination(scene), [base], atomic=True).has_arrived


def test_words_of_server_and_hook_are_heard_of_a_push_that_is_taken(scene: Scene) -> None:
    hooks._install(scene.remote.path / "hooks/post-receive", "cat >/dev/null\necho 'visit https://example.com' >&2\n")
    hooks._install(scene.alice.path / ".git/hooks/pre-push", "cat >/dev/null\nprintf '1%%\\r100%%\\n' >&2\n")
    heard: list[str] = []
    push_and_observe(replace(destination(scene), hears=heard.append), main_and_tag(scene), atomic=True)
    assert heard == ["100%", "remote: visit https://example.com"]


def test_push_is_signed_where_the_user_signs_pushes(scene: Scene, tmp_path: Path) -> None:
    signer = tmp_path / "gpg"
    signer.write_text(GPG)
    signer.chmod(0o755)
    for key, value in (("gpg.program", str(signer)), ("user.signingKey", "alice"), ("push.gpgSign", "true")):
        scene.alice.git("config", key, value)
    scene.remote.git("config", "receive.certNonceSeed", "seed")
    hooks._install(scene.remote.path / "hooks/pre-receive", '[ -n "$GIT_PUSH_CERT" ] || exit 1\n')
    assert push_and_observe(destination(scene), main_and_tag(scene), atomic=True).has_arrived


GPG = """\
#!/bin/sh
cat >/dev/null
printf '\\n[GNUPG:] SIG_CREATED D 1 8 00 0 0\\n' >&2
printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nsigned\\n-----END PGP SIGNATURE-----\\n'
"""


@pytest.mark.parametrize("setting", ["check", "on-demand"])
def test_commit_of_a_submodule_that_no_server_has_keeps_the_push_back(
    scene: Scene, tmp_path: Path, setting: str
) -> None:
    alice, library = scene.alice, Clone(scene.alice.path / "lib")
    run_git(tmp_path, "clone", "-q", "--bare", str(scene.remote.path), "lib.git")
    alice.git("submodule", "--quiet", "add", str(tmp_path / "lib.git"), "lib")
    introduce(library, "alice")
    alice.commit("Use the library")
    alice.git("push", "-q", "origin", "main")
    library.commit("Only here")
    alice.git("add", "lib")
    base, _ = main_and_tag(scene)
    alice.git("config", "push.recurseSubmodules", setting)
    (denied,) = push_and_observe(destination(scene), [base], atomic=True).denied.values()
    assert "can not be found on any remote: lib" in denied.reason
    library.git("push", "-q", "origin", "HEAD:refs/heads/new")
    assert push_and_observe(destination(scene), [base], atomic=True).has_arrived
