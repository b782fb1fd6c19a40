"""What is remembered comes back as it was, or is refused; the file is always a whole one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import to_builtins
from msgspec.structs import replace

from git_hotfix.atomic_write import write_atomically, write_privately
from git_hotfix.errors import HotfixError, shell_word
from git_hotfix.hotfix import HotfixId, Method, Oid, Slug
from git_hotfix.memory import (
    Attempt,
    Conflict,
    Deployment,
    Edit,
    Memory,
    PendingRollback,
    Place,
    PullRequest,
    TestResult,
    TimelineRow,
    ToldMerged,
    Waiver,
)
from git_hotfix.memory_file import MemoryFile

HOTFIX = HotfixId("20260117", Slug("긴급-수정"))
OID = Oid("1" * 40)
FULL = Memory(
    attempt=Attempt("main", OID, Oid("2" * 40), Oid("3" * 40), (("hotfix-20260117-0210", Oid("4" * 40)),), here=True),
    place=Place("/home/kim/shop 'x'", None, OID, Oid("5" * 40)),
    detour=Place("/srv", "main", None),
    tests=(TestResult("abc", "passed", 'pytest -k "critical"', "2026-01-17T02:10:00+09:00", 1.25),),
    deployments=(Deployment(OID, "begun", "2026-01-17T02:10:00+09:00", None, "make deploy", by="Kim", log="/l"),),
    rows=(TimelineRow("2026-01-17T02:10:00+09:00", "rolled | back\n", "김"),),
    edits=(Edit("follow-up", {"id": "20260117-x/1", "text": "김 | x"}),),
    published_at={OID: "2026-01-17T02:10:00+09:00"},
    starting=True,
    worktree="/home/kim/shop-x",
    mitigated_at="2026-01-17T02:09:00+09:00",
    why_pending={"release/1.1": "conflict in 'a'"},
    conflicts=(Conflict("main", "/home/kim/\udcff 'x'/main-rollback", OID, OID, Method.REVERT, "0" * 64),),
    waivers=(Waiver("20260117-x", "support/1.0", "too old", "Kim", "2026-01-17T02:10:00+09:00"),),
    pull_requests=(PullRequest("main", "hotfix/20260117-x", OID, "https://git/1", (("Deploy", "none"),)),),
    told_merged=ToldMerged(OID, OID, "Kim"),
    by_request=True,
    wants_report=True,
    pending_rollback=PendingRollback("search is broken", deploy=None, targets=True),
)
WRONG: tuple[object, ...] = (None, True, 3, -0.5, "x", "", "a\0b", "\ud800", "2026-01-17", [], [1], [[]], {}, {"a": 1})
FITTING = {
    "bool": {
        "here",
        "is_bundled",
        "is_tested",
        "made_branch",
        "starting",
        "by_request",
        "wants_report",
        "deploy",
        "targets",
    },
    "int": {"seconds"},
    "float": set(),
    "list": {"tags", "tests", "deployments", "rows", "conflicts", "waivers", "edits", "files", "pull_requests", "said"},
    "dict": {"published_at", "why_pending", "values"},
}
"""The fields that may have a value of a type; text and null, which many may have, are not in it."""
in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
maybe = st.none() | words
oids = st.text("0123456789abcdef", min_size=40, max_size=40)
times = st.datetimes(timezones=st.timezones()).map(lambda when: when.replace(microsecond=0).isoformat())
maybe_times = st.none() | times
memories = st.builds(
    Memory,
    attempt=st.none()
    | st.builds(
        Attempt,
        base=words,
        old=oids,
        merge=oids,
        tip=oids,
        tags=st.lists(st.tuples(words, oids), max_size=2).map(tuple),
        here=st.booleans(),
        is_bundled=st.booleans(),
        made_branch=st.booleans(),
    ),
    place=st.none() | st.builds(Place, tree=words, branch=maybe, commit=st.none() | oids, stash=st.none() | oids),
    detour=st.none() | st.builds(Place, tree=words, branch=maybe, commit=st.none() | oids),
    tests=st.lists(
        st.builds(
            TestResult,
            fix=words,
            outcome=st.sampled_from(["passed", "failed", "none"]),
            command=words,
            at=times,
            seconds=st.floats(0, 1e6),
        ),
        max_size=2,
    ).map(tuple),
    deployments=st.lists(
        st.builds(
            Deployment,
            merge=oids,
            state=st.sampled_from(["begun", "succeeded", "failed"]),
            began_at=maybe_times,
            ended_at=maybe_times,
            command=maybe,
            by=maybe,
            log=maybe,
        ),
        max_size=2,
    ).map(tuple),
    rows=st.lists(st.builds(TimelineRow, when=times, event=words, source=words), max_size=2).map(tuple),
    edits=st.lists(st.builds(Edit, kind=words, values=st.dictionaries(words, words, max_size=2)), max_size=2).map(
        tuple
    ),
    published_at=st.dictionaries(oids, times, max_size=2),
    starting=st.booleans(),
    by_request=st.booleans(),
    wants_report=st.none() | st.booleans(),
    told_merged=st.none() | st.builds(ToldMerged, commit=oids, tip=oids, by=words),
    worktree=maybe,
    mitigated_at=maybe_times,
    why_pending=st.dictionaries(words, words, max_size=2),
    conflicts=st.lists(
        st.builds(Conflict, branch=words, path=words, onto=oids, source=oids, method=st.sampled_from(sorted(Method))),
        max_size=2,
    ).map(tuple),
    waivers=st.lists(st.builds(Waiver, hotfix=words, branch=words, reason=words, by=words, at=words), max_size=2).map(
        tuple
    ),
)


def paths_in(data: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the way to every value inside a JSON value."""
    inside: list[tuple[str | int, object]] = []
    if isinstance(data, dict):
        inside = list(data.items())
    elif isinstance(data, list):
        inside = list(enumerate(data))
    return [way for name, each in inside for way in ((*path, name), *paths_in(each, (*path, name)))]


def replaced(data: Any, path: tuple[str | int, ...], value: object) -> Any:
    """Return a copy of a JSON value with one value inside it replaced."""
    copy = json.loads(json.dumps(data))
    inner = copy
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return copy


def read_or_none(file: MemoryFile) -> Memory | None:
    """Read a memory; None when it is refused as unusable, and nothing but that may happen."""
    try:
        return file.read()
    except HotfixError as error:
        if error.problems[0].code != "memory-unusable":
            raise
        return None


def said(file: MemoryFile) -> tuple[str, str, str]:
    with pytest.raises(HotfixError) as caught:
        file.read()
    (problem,) = caught.value.problems
    return problem.code, problem.message, problem.remedy.line()


def test_nothing_written_is_nothing_remembered(tmp_path: Path) -> None:
    file = MemoryFile(tmp_path, HOTFIX)

    assert file.read() == Memory()
    file.forget()
    assert list(tmp_path.iterdir()) == []


@in_one_folder
@given(memory=memories)
def test_whatever_is_remembered_comes_back(tmp_path: Path, memory: Memory) -> None:
    file = MemoryFile(tmp_path, HOTFIX)
    file.forget()

    assert file.change(lambda _: memory) == memory
    assert file.read() == memory
    assert file.change(lambda known: known) == memory


def test_full_memory_is_one_readable_file(tmp_path: Path) -> None:
    file = MemoryFile(tmp_path, HOTFIX)

    file.change(lambda _: FULL)

    assert file.read() == FULL
    assert [path.name for path in (tmp_path / "hotfix").iterdir()] == ["20260117-긴급-수정.json"]
    data = json.loads(file.path.read_bytes())
    assert (data["schema"], data["hotfix"], data["place"]["tree"]) == (1, "20260117-긴급-수정", "/home/kim/shop 'x'")
    file.forget()
    assert file.read() == Memory()


def test_every_beginning_of_the_file_is_refused_or_is_the_whole(tmp_path: Path) -> None:
    file = MemoryFile(tmp_path, HOTFIX)
    file.change(lambda _: FULL)
    whole = file.path.read_bytes()
    damaged = (
        "memory-unusable",
        f"The saved state of '{HOTFIX}' cannot be used: it is damaged ('{file.path}').",
        f"mv {shell_word(str(file.path))} {shell_word(str(file.path))}.aside",
    )

    for length in range(len(whole) - 1):
        file.path.write_bytes(whole[:length])
        assert said(file) == damaged, length
        assert file.path.read_bytes() == whole[:length]
    file.path.write_bytes(whole[:-1])  # only the last newline is missing
    assert file.read() == FULL


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"null", "it is damaged"),
        (b"[]", "it is damaged"),
        (b'"schema"', "it is damaged"),
        (b"{}", "it is damaged"),
        (b"\xff\xfe", "it is damaged"),
        (b"[" * 100_000, "it is damaged"),
        ('{"schema": 1, "hotfix": "20260117-긴급-수정", "place": 3}'.encode(), "it is damaged"),
        (b'{"schema": 2, "hotfix": "20260117-x"}', "it was written by a newer version (schema 2, this one reads 1)"),
        (b'{"schema": true, "hotfix": "20260117-x"}', "it is damaged"),
        (b'{"schema": 0, "hotfix": "20260117-x"}', "it is damaged"),
        (b'{"schema": 1, "hotfix": "20260117-x"}', "it belongs to '20260117-x'"),
    ],
)
def test_file_that_is_not_ours_is_refused_and_left(tmp_path: Path, content: bytes, why: str) -> None:
    file = MemoryFile(tmp_path, HOTFIX)
    file.path.parent.mkdir()
    file.path.write_bytes(content)

    code, message, _ = said(file)

    assert (code, message) == (
        "memory-unusable",
        f"The saved state of '{HOTFIX}' cannot be used: {why} ('{file.path}').",
    )
    with pytest.raises(HotfixError):
        file.change(lambda known: replace(known, starting=True))
    assert file.path.read_bytes() == content


def test_newer_version_asks_for_an_upgrade(tmp_path: Path) -> None:
    file = MemoryFile(tmp_path, HOTFIX)
    file.path.parent.mkdir()
    file.path.write_bytes(b'{"schema": 2}')

    assert said(file)[2] == "pip install --upgrade git-hotfix"


def test_every_field_of_another_type_is_refused_or_kept_as_it_is(tmp_path: Path) -> None:
    file = MemoryFile(tmp_path, HOTFIX)
    file.change(lambda _: FULL)
    whole = json.loads(file.path.read_bytes())
    assert set(whole) == {"schema", "hotfix", *Memory.__struct_fields__}
    accepted = set()

    for path in paths_in(whole):
        for wrong in WRONG:
            changed = replaced(whole, path, wrong)
            file.path.write_bytes(json.dumps(changed).encode())
            memory = read_or_none(file)
            if memory is None:
                continue
            again = json.loads(json.dumps({"schema": 1, "hotfix": str(HOTFIX), **to_builtins(memory)}))
            assert again == changed, (path, wrong)  # what is read is what was written, in every letter
            names = [name for name in path if isinstance(name, str)]
            accepted.add((type(wrong).__name__, names[-1]))
    assert {(kind, name) for kind, name in accepted if name not in FITTING.get(kind, {name})} == set()
    assert len(accepted) > 30


def test_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    file = MemoryFile(tmp_path, HOTFIX)
    file.path.mkdir(parents=True)

    assert said(file)[1] == f"The saved state of '{HOTFIX}' cannot be used: Is a directory ('{file.path}')."


def test_change_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = MemoryFile(tmp_path, HOTFIX)
    file.change(lambda _: FULL)

    def fail(_: Memory) -> Memory:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        file.change(fail)
    assert file.read() == FULL


def test_file_that_cannot_be_written_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "taken"
    target.mkdir()

    with pytest.raises(HotfixError) as caught:
        write_atomically(target, b"x")

    assert [(each.code, each.message) for each in caught.value.problems] == [
        ("cannot-write", f"'{target}' cannot be written: Is a directory.")
    ]
    assert list(tmp_path.iterdir()) == [target]


def test_file_beside_it_its_mode_and_what_a_link_leads_to_stay(tmp_path: Path) -> None:
    page, beside, link, private = (tmp_path / name for name in ("page", "page.new", "link", "private"))
    page.write_text("old")
    page.chmod(0o640)
    beside.write_text("a person's")
    link.symlink_to("page")
    private.symlink_to("page")

    write_atomically(link, b"new")
    write_privately(private, b"ours")

    assert (link.readlink(), page.read_text(), beside.read_text()) == (Path("page"), "new", "a person's")
    assert page.stat().st_mode & 0o777 == 0o640
    assert (private.is_symlink(), private.read_text(), private.stat().st_mode & 0o777) == (False, "ours", 0o600)
    assert len(list(tmp_path.iterdir())) == 4


def test_pipe_is_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_atomically(pipe, b"page")
        assert (os.read(reading, 10), pipe.is_fifo()) == (b"page", True)
    finally:
        os.close(reading)


def test_newest_result_counts() -> None:
    first = TestResult("abc", "failed", "make", "2026-01-17T02:10:00+09:00", 1.0)
    second = replace(first, outcome="passed")
    memory = Memory(tests=(first, second))

    assert memory.tests_of("abc") == second
    assert memory.tests_of("other") is None


def test_deployment_of_a_merge_is_known_once() -> None:
    other = Deployment(Oid("9" * 40), "failed", None, "2026-01-17T02:10:00+09:00", None)
    begun = Deployment(OID, "begun", "2026-01-17T02:10:00+09:00", None, "make deploy")
    ended = replace(begun, state="succeeded", ended_at="2026-01-17T02:11:00+09:00")

    memory = Memory().with_deployment(other).with_deployment(begun).with_deployment(ended)

    assert memory.deployments == (other, ended)
    assert memory.deployment_of(OID) == ended
    assert memory.deployment_of(Oid("0" * 40)) is None
