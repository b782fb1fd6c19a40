"""What is known of past hotfixes, and what of them is not even read where another one is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config
from git_hotfix.facts.hotfixes import begun_hotfixes, find_begun, known_hotfixes
from git_hotfix.facts.reports import claims_in
from git_hotfix.facts.tagged import tags_naming
from git_hotfix.git.program import here
from git_hotfix.git.repository import open_repository
from git_hotfix.hotfix import HotfixId, RefName, Slug, branch_ref, parse_id
from tests.support.facts import world
from tests.support.lab import Clone, Lab
from tests.support.past import add_past

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.git.repository import Repository
    from git_hotfix.git.world import World

LATE = HotfixId("20260401", Slug("late"))
DAYS = 12


@pytest.fixture
def alice(tmp_path: Path) -> Clone:
    made = Lab(tmp_path).alone("alice")
    made.git("switch", "-q", "-C", "main")
    made.commit("Begin", {"a.py": "A = 1\n"})
    made.git("branch", "develop")
    made.git("switch", "-q", "--detach")
    return made


def seen(clone: Clone) -> tuple[Repository, World]:
    at = world(with_server=False, main=clone.rev("main"), develop=clone.rev("develop"))
    refs = {RefName(ref): clone.rev(ref) for ref in clone.refs() if ref.startswith("refs/")}
    return open_repository(here().elsewhere(clone.path)), replace(at, local=refs)


def was_read(repository: Repository, oids: list[str]) -> bool:
    asked: Any = repository.past.known
    return any(arguments[:1] == (oid,) for _, arguments, *_ in asked for oid in oids)


def test_past_hotfixes_are_known_by_report_or_tag_each_with_its_tags(alice: Clone) -> None:
    past = add_past(alice, DAYS, lost=2)
    alice.git("tag", "-a", "-m", f"Late\n\nHotfix-Id: {past[0]}", "hotfix-20260401-1200", "main")
    alice.git("tag", "-a", "-m", f"Early\n\nHotfix-Id: {past[-1]}", "hotfix-20260301-0000", "main")
    alice.git("tag", "-a", "-m", "Nobody's\n\nHotfix-Id: 20260302-nobody", "hotfix-20260302-0000", "main")
    repository, at = seen(alice)
    known = {each.hotfix: each.tags for each in known_hotfixes(repository, at, Config())}
    assert list(known) == past
    assert known[past[0]] == ("hotfix-20260301-1200", "hotfix-20260401-1200")
    assert known[past[-1]] == ("hotfix-20260301-0000", "hotfix-20260312-1200")
    untouched, at_first = seen(alice)
    since = known_hotfixes(untouched, at_first, Config(), since="20260308")
    assert [each.hotfix for each in since] == past[7:]
    assert not was_read(untouched, [alice.rev("hotfix-20260302-1200")])
    again, anew = seen(alice)
    for tags in (
        {each: tags_naming(*which, Config(), each) for each in past} for which in ((again, anew), (repository, at))
    ):
        assert tags == known | {past[-1]: ("hotfix-20260312-1200",)}  # it began after the day in the other's name


def test_hotfix_that_has_a_branch_is_found_without_reading_tags_of_the_past(alice: Clone) -> None:
    add_past(alice, DAYS)
    alice.git("branch", LATE.branch("hotfix/"), "main")
    repository, at = seen(alice)
    begun = begun_hotfixes(repository, at, Config())
    assert begun is not None
    assert list(begun) == [LATE]
    for name in (None, str(LATE), LATE.branch("hotfix/"), branch_ref(LATE.branch("hotfix/"))):
        found = find_begun(name, begun, at, Config())
        assert found is not None
        assert found.hotfix == LATE
    assert find_begun("late", begun, at, Config()) is None  # it may be the name of a past one
    assert tags_naming(repository, at, Config(), LATE) == ()
    assert not was_read(repository, [at.local[ref] for ref in at.local if ref.startswith("refs/tags/")])


@pytest.mark.parametrize("branch", ["hotfix/1.0.1", "hotfix/20260301-past-0-to-develop", "hotfix/20260401-late-to-x"])
def test_where_a_name_does_not_tell_whose_branch_it_is_all_are_asked(alice: Clone, branch: str) -> None:
    alice.git("branch", branch, "main")
    assert begun_hotfixes(*seen(alice), Config()) is None


def test_report_that_was_there_before_a_hotfix_is_not_read_for_a_claim_to_it(alice: Clone) -> None:
    add_past(alice, DAYS)
    claim = f'---\nid: "{LATE}"\n---\n'
    alice.git("switch", "-q", "develop")
    alice.commit("Claim", {"docs/incidents/HOTFIX-2026-03-02-past-1.md": claim, "docs/incidents/late.md": claim})
    repository, at = seen(alice)
    tip, before = at.local[branch_ref("develop")], alice.rev("develop^:docs/incidents/HOTFIX-2026-03-03-past-2.md")
    claims = claims_in(repository, tip, Config(), LATE)
    assert claims == ("docs/incidents/HOTFIX-2026-03-02-past-1.md", "docs/incidents/late.md")
    assert not was_read(repository, [before])
    early = parse_id("20260301-past-0")
    assert early is not None
    assert claims_in(repository, tip, Config(), early) == ("docs/incidents/HOTFIX-2026-03-01-past-0.md",)


@pytest.mark.parametrize(("said", "is_hotfix"), [("20260301-past-0-to-develop", True), ("20260301-past-0", False)])
def test_hotfix_that_is_called_as_a_request_is_one_by_its_own_first_commit(
    alice: Clone, said: str, *, is_hotfix: bool
) -> None:
    add_past(alice, DAYS)
    alice.git("switch", "-q", "-c", "hotfix/20260301-past-0-to-develop", "main")
    alice.git("commit", "-q", "--allow-empty", "-m", f"Begin\n\nHotfix-Id: {said}")  # restricted: it has no report
    alice.commit("The only fix", {"a.py": "A = 2\n"})
    repository, at = seen(alice)
    known = {str(each.hotfix) for each in known_hotfixes(repository, at, Config())}
    assert ("20260301-past-0-to-develop" in known) is is_hotfix
