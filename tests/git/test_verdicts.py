"""Is the fix in a branch? One real repository a situation, and the verdict on it: never a false "present"."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from git_hotfix.git.commit_graph import CommitGraph
from git_hotfix.git.containment import is_there_since, verdict_of
from git_hotfix.git.effects import difference_of, is_brought
from git_hotfix.git.history import fix_commits
from git_hotfix.git.program import here
from git_hotfix.git.provenance import picks_of
from git_hotfix.git.repository import open_repository
from git_hotfix.git.trees import RecordPaths
from git_hotfix.hotfix import Verdict
from tests.support.copies import copied, refresh_index
from tests.support.lab import Clone, Lab

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Oid

RECORD = RecordPaths("docs/incidents")
REPORT = "docs/incidents/HOTFIX-2026-01-17-login.md"
LOGIN, HASH = "src/login.py", "src/hash.py"

_LINES = [f"    step_{number}(request)\n" for number in range(1, 31)]
_HASHES = [f"SALT_{number} = {number * number}\n" for number in range(1, 21)]
CODE, HASHES = "".join(_LINES), "".join(_HASHES)


def edited(code: str, *edits: tuple[str, str]) -> str:
    """Return code with pieces replaced, each of which is there once."""
    for old, new in edits:
        assert code.count(old) == 1, old
        code = code.replace(old, new)
    return code


NOON = datetime(2026, 1, 17, 12, tzinfo=UTC)
CHECK = "    if not request.password:\n        raise Denied\n"
FIX = ("    step_15(request)\n", f"{CHECK}    step_15(request, checked=True)\n")
SALT = ("SALT_10 = 100\n", "SALT_10 = random()\n")
NEAR = ("    step_14(request)\n", "    step_14(request, wait=False)\n")
FAR = ("    step_3(request)\n", "    step_3(request, log=True)\n")
FIXED = edited(CODE, FIX)


def begin(root: Path) -> None:
    """Make what every story begins with: an hour between the commits, the report is the last."""
    repo = Lab.at(root).alone("repo")
    dates = (NOON + timedelta(hours=hours) for hours in (1, 2, 3))
    contents: dict[str, str | bytes | None] = {LOGIN: CODE, HASH: HASHES, "logo.png": b"\x89PNG\0" + bytes(range(200))}
    repo.commit("base", contents, when=next(dates))
    repo.git("branch", "target")
    repo.commit("release", {"VERSION": "1.1\n"}, when=next(dates))
    repo.git("checkout", "-q", "-b", "fix")
    repo.commit("report", {REPORT: "begun\n"}, when=next(dates))


class Story:
    """A repository with ``main``, the branch ``fix`` of it, and ``target``, which forked earlier and is checked out."""

    def __init__(self, root: Path) -> None:
        copied(begin, root)
        self.repo = Clone(root / "repo")
        refresh_index(self.repo.path)
        self.hours = 3
        self.fork = self.repo.rev("main")

    def git(self, *arguments: str) -> str:
        """Run git, an hour later than what came before."""
        self.hours += 1
        date = (NOON + timedelta(hours=self.hours)).isoformat()
        return self.repo.git(*arguments, env={"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date})

    def commit(self, message: str, files: dict[str, str | bytes | None] | None = None) -> Oid:
        self.hours += 1
        return self.repo.commit(message, files, when=NOON + timedelta(hours=self.hours))

    def fix(self, files: dict[str, str | bytes | None] | None = None) -> Oid:
        """Commit (one more part of) the fix, and let ``target`` be checked out."""
        if self.git("branch", "--show-current") != "fix":
            self.git("checkout", "-q", "fix")
        commit = self.commit("fix", files or {LOGIN: FIXED})
        self.git("checkout", "-q", "target")
        return commit

    def fix_in_two(self) -> tuple[Oid, Oid]:
        return self.fix(), self.fix({HASH: edited(HASHES, SALT)})

    def change(self, *edits: tuple[str, str], path: str = LOGIN, message: str = "work") -> Oid:
        """Commit a change of the target's own."""
        return self.commit(message, {path: edited(self.repo.read(path), *edits)})

    def merge(self, *options: str) -> None:
        self.git("merge", "-q", "--no-ff", "-m", "merge", *options, "fix")

    def pick(self, *commits: str, note: bool = True) -> None:
        self.git("cherry-pick", *(("-x",) if note else ()), *commits)

    def pick_by_hand(self, commit: Oid, content: str, *, note: bool = True) -> Oid:
        """Commit what a person made of a pick, with the line that ``cherry-pick -x`` writes."""
        line = f"\n\n(cherry picked from commit {commit})" if note else ""
        return self.commit(f"fix{line}\n", {LOGIN: content})


SITUATIONS: dict[str, tuple[Verdict, Callable[[Story], object]]] = {}


def situation(verdict: Verdict) -> Callable[[Callable[[Story], object]], Callable[[Story], object]]:
    def add(play: Callable[[Story], object]) -> Callable[[Story], object]:
        SITUATIONS[play.__name__.replace("_", " ")] = (verdict, play)
        return play

    return add


@situation(Verdict.PENDING)
def not_backported(story: Story) -> None:
    story.fix()
    story.change(FAR)


@situation(Verdict.PRESENT)
def merged(story: Story) -> None:
    story.fix()
    story.merge()
    story.change(FAR)


@situation(Verdict.PRESENT)
def production_merged_into_it(story: Story) -> None:
    story.fix()
    story.git("checkout", "-q", "main")
    story.merge()
    story.commit("next release", {"VERSION": "1.2\n"})
    story.git("checkout", "-q", "target")
    story.git("merge", "-q", "-m", "merge main", "main")


@situation(Verdict.PRESENT)
def dragged_in_by_another_merge(story: Story) -> None:
    story.fix()
    story.git("checkout", "-q", "-b", "topic", "fix")
    story.commit("topic", {"topic.py": "1\n"})
    story.git("checkout", "-q", "target")
    story.git("merge", "-q", "--no-ff", "-m", "merge topic", "topic")


@situation(Verdict.PRESENT)
def picked_with_x(story: Story) -> None:
    story.pick(story.fix())
    story.change(FAR)


@situation(Verdict.PRESENT)
def picked_without_x(story: Story) -> None:
    story.pick(story.fix(), note=False)
    story.change(FAR)


@situation(Verdict.MODIFIED)
def picked_with_changed_context(story: Story) -> None:
    commit = story.fix()
    story.change(NEAR)
    story.pick_by_hand(commit, edited(CODE, NEAR, FIX))


@situation(Verdict.MODIFIED)
def picked_with_a_resolved_conflict(story: Story) -> None:
    commit = story.fix()
    story.change((FIX[0], "    step_15(request, quick=True)\n"))
    adapted = FIX[1].replace("checked=True", "quick=True, checked=True")
    story.pick_by_hand(commit, edited(CODE, (FIX[0], adapted)))


@situation(Verdict.PRESENT)
def squash_of_two(story: Story) -> None:
    story.fix_in_two()
    story.git("merge", "-q", "--squash", "fix")
    story.commit("squashed")


@situation(Verdict.PRESENT)
def rebase_of_two(story: Story) -> None:
    story.pick(*story.fix_in_two(), note=False)


@situation(Verdict.PARTIAL)
def one_of_two(story: Story) -> None:
    story.pick(story.fix_in_two()[0])


@situation(Verdict.PARTIAL)
def one_of_two_without_x(story: Story) -> None:
    story.pick(story.fix_in_two()[1], note=False)


@situation(Verdict.REVERTED)
def picked_then_reverted(story: Story) -> None:
    story.pick(story.fix())
    story.change(FAR)
    story.git("revert", "--no-edit", "HEAD^")


@situation(Verdict.REVERTED)
def picked_without_x_then_reverted(story: Story) -> None:
    story.pick(story.fix(), note=False)
    story.git("revert", "--no-edit", "HEAD")
    story.change(FAR)


@situation(Verdict.REVERTED)
def merged_then_reverted(story: Story) -> None:
    story.fix()
    story.merge()
    story.change(FAR)
    story.git("revert", "--no-edit", "-m", "1", "HEAD^")


@situation(Verdict.REVERTED)
def one_of_two_reverted(story: Story) -> None:
    story.pick(*story.fix_in_two())
    story.git("revert", "--no-edit", "HEAD^")


@situation(Verdict.PRESENT)
def reverted_and_landed_again(story: Story) -> None:
    story.fix()
    story.merge()
    story.git("revert", "--no-edit", "-m", "1", "HEAD")
    story.git("revert", "--no-edit", "HEAD")


@situation(Verdict.REVERTED)
def landed_again_and_reverted_again(story: Story) -> None:
    reverted_and_landed_again(story)
    story.git("revert", "--no-edit", "HEAD")


@situation(Verdict.DROPPED)
def merged_with_ours(story: Story) -> None:
    story.fix()
    story.git("merge", "-q", "-s", "ours", "-m", "merge", "fix")


@situation(Verdict.DROPPED)
def merged_with_ours_where_it_conflicts(story: Story) -> None:
    story.fix()
    story.change((FIX[0], "    other(request)\n"))
    story.git("merge", "-q", "-s", "ours", "-m", "merge", "fix")
    story.change(FAR)


@situation(Verdict.MODIFIED)
def refactored_since(story: Story) -> None:
    story.fix()
    story.merge()
    story.change((FIX[1], "    authenticate(request.user, strictly=True)\n"), message="one place for it")


@situation(Verdict.REVERTED)
def undone_with_another_edit_of_the_same_lines(story: Story) -> None:
    story.pick(story.fix())
    story.change((FIX[1], "    step_15(request, slow=True)\n"))


@situation(Verdict.MODIFIED)
def version_that_it_named_is_a_later_one(story: Story) -> None:
    story.git("checkout", "-q", "main")
    story.fork = story.commit("a version", {"plugin.xml": "<version>1.2.3</version>\n"})
    story.git("checkout", "-q", "-B", "fix", "main")
    story.git("branch", "-q", "-f", "target", "main")
    story.fix({"plugin.xml": "<version>1.2.4</version>\n"})
    story.merge()
    story.commit("the next one", {"plugin.xml": "<version>1.3.0</version>\n"})


@situation(Verdict.PRESENT)
def the_same_edit_made_independently(story: Story) -> None:
    story.fix()
    story.change(FIX, message="I saw this too")


@situation(Verdict.PENDING)
def file_renamed_there(story: Story) -> None:
    story.fix()
    story.git("mv", LOGIN, "src/signin.py")
    story.commit("rename")


@situation(Verdict.PRESENT)
def picked_where_the_file_was_renamed(story: Story) -> None:
    file_renamed_there(story)
    story.pick("fix")


@situation(Verdict.PRESENT)
def binary_picked(story: Story) -> None:
    story.pick(story.fix({"logo.png": b"\x89PNG\0" + bytes(range(100))}))


@situation(Verdict.CONFLICT)
def other_binary_content(story: Story) -> None:
    story.fix({"logo.png": b"\x89PNG\0" + bytes(range(100))})
    story.commit("own logo", {"logo.png": b"\x89PNG\0" + bytes(range(50))})


def _mode(story: Story) -> Oid:
    story.git("checkout", "-q", "fix")
    (story.repo.path / LOGIN).chmod(0o755)
    story.git("add", LOGIN)
    return story.fix({"README": "run it\n"})


@situation(Verdict.PENDING)
def mode_not_there(story: Story) -> None:
    _mode(story)
    story.commit("only the words", {"README": "run it\n"})


@situation(Verdict.PRESENT)
def mode_picked(story: Story) -> None:
    story.pick(_mode(story))


@situation(Verdict.PENDING)
def whitespace_not_there(story: Story) -> None:
    story.fix({LOGIN: edited(CODE, (FIX[0], "        step_15(request)\n"))})


@situation(Verdict.PRESENT)
def whitespace_picked(story: Story) -> None:
    whitespace_not_there(story)
    story.pick("fix", note=False)


@situation(Verdict.MODIFIED)
def other_indentation_there(story: Story) -> None:
    commit = story.fix()
    story.commit("tabs", {LOGIN: CODE.replace("    ", "\t")})
    story.pick_by_hand(commit, FIXED.replace("    ", "\t"))


@situation(Verdict.MODIFIED)
def line_endings_changed_there(story: Story) -> None:
    commit = story.fix()
    story.commit("crlf", {LOGIN: CODE.replace("\n", "\r\n")})
    story.pick_by_hand(commit, FIXED.replace("\n", "\r\n"))


@situation(Verdict.PENDING)
def new_file_not_there(story: Story) -> None:
    story.fix({"src/limit.py": "LIMIT = 3\n"})


@situation(Verdict.PRESENT)
def new_file_picked(story: Story) -> None:
    new_file_not_there(story)
    story.pick("fix")


@situation(Verdict.NOT_APPLICABLE)
def code_that_never_existed_there(story: Story) -> None:
    story.git("checkout", "-q", "main")
    story.fork = story.commit("new feature", {"src/feature.py": CODE.replace("step", "feature")})
    story.git("checkout", "-q", "-B", "fix", "main")
    story.fix({"src/feature.py": FIXED.replace("step", "feature")})


@situation(Verdict.CONFLICT)
def code_that_has_another_name_there(story: Story) -> None:
    code_that_never_existed_there(story)
    other = ("    feature_15(request)\n", "    other(request)\n")
    story.commit("the same feature, early", {"src/early.py": edited(CODE.replace("step", "feature"), other)})


@situation(Verdict.NOT_APPLICABLE)
def other_code_came_there(story: Story) -> None:
    code_that_never_existed_there(story)
    story.commit("another feature", {"src/early.py": "".join(f"other{each}\n" for each in range(30))})


@situation(Verdict.CONFLICT)
def code_renamed_in_production_and_deleted_there(story: Story) -> None:
    story.git("checkout", "-q", "main")
    story.git("mv", LOGIN, "src/signin.py")
    story.fork = story.commit("rename")
    story.git("checkout", "-q", "-B", "fix", "main")
    story.fix({"src/signin.py": FIXED})
    story.commit("no login here", {LOGIN: None})


@situation(Verdict.CONFLICT)
def code_deleted_there(story: Story) -> None:
    story.fix()
    story.commit("no login here", {LOGIN: None})


@situation(Verdict.REVERTED)
def lines_put_back_by_hand(story: Story) -> None:
    story.fix()
    story.merge()
    story.change(FAR)
    story.change((FIX[1], FIX[0]), message="tidy up")


@situation(Verdict.REVERTED)
def its_lines_deleted_and_nothing_else(story: Story) -> None:
    story.fix()
    story.merge()
    story.change(FAR)
    story.change((FIX[1], ""), message="tidy up")


@situation(Verdict.MODIFIED)
def its_lines_deleted_with_the_code_around_them(story: Story) -> None:
    story.fix()
    story.merge()
    story.change((f"{NEAR[0]}{FIX[1]}", ""), message="no longer needed")


@situation(Verdict.REVERTED)
def one_file_is_as_before_and_another_was_changed_since(story: Story) -> None:
    story.fix({LOGIN: FIXED, HASH: edited(HASHES, SALT)})
    story.merge()
    story.commit("a merge that git made so", {HASH: HASHES, LOGIN: FIXED.replace("checked=True", "checked=2")})


@situation(Verdict.MODIFIED)
def code_removed_since_with_what_the_fix_had_added(story: Story) -> None:
    story.fix({LOGIN: FIXED, "src/check.py": "def check(): ...\n"})
    story.merge()
    story.commit("no login any more", {LOGIN: None, "src/check.py": None})


@situation(Verdict.CONFLICT)
def adapted_by_hand_without_a_word(story: Story) -> None:
    commit = story.fix()
    story.change((FIX[0], "    step_15(request, quick=True)\n"))
    adapted = FIX[1].replace("checked=True", "quick=True, checked=True")
    story.pick_by_hand(commit, edited(CODE, (FIX[0], adapted)), note=False)


@situation(Verdict.PENDING)
def the_same_change_undone_there_before_the_fix_was_made(story: Story) -> None:
    story.git("checkout", "-q", "target")
    story.change(FIX, message="too early")
    story.git("revert", "--no-edit", "HEAD")
    story.fix()


@situation(Verdict.PENDING)
def trailers_forged(story: Story) -> None:
    commit = story.fix()
    story.commit(f"nothing of it\n\n(cherry picked from commit {commit})\n", {"notes.txt": "1\n"})
    story.commit("nothing\n\nHotfix-Id: 20260117-login\nBackport-Of: 20260117-login\n", {"notes.txt": "2\n"})


@situation(Verdict.PENDING)
def trailers_forged_in_its_file(story: Story) -> None:
    commit = story.fix()
    story.pick_by_hand(commit, edited(CODE, FAR))


@pytest.mark.parametrize("name", SITUATIONS)
def test_verdict_on(name: str, tmp_path: Path) -> None:
    verdict, play = SITUATIONS[name]
    story = Story(tmp_path)
    play(story)
    repo = open_repository(here().elsewhere(story.repo.path))
    tip, target = story.repo.rev("fix"), story.repo.rev("target")
    found = verdict_of(repo, story.fork, tip, target, RECORD, arrival=_newest_pick(repo, story.fork, tip, target))
    assert found.verdict is verdict, found.evidence
    arrival = _newest_pick(repo, story.fork, tip, target)
    repo.graph, repo.past.known = CommitGraph(repo, (tip,), (target,)), {}  # as where all hotfixes are looked at
    assert verdict_of(repo, story.fork, tip, target, RECORD, arrival=arrival) == found


def test_too_many_renames_for_git_leave_it_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(tmp_path)
    code_that_never_existed_there(story)
    story.commit("two more", {"src/one.py": "1\n", "src/two.py": "2\n"})
    repo = open_repository(here().elsewhere(story.repo.path))
    monkeypatch.setattr("git_hotfix.git.effects._MOST_RENAMED", 1)
    found = verdict_of(repo, story.fork, story.repo.rev("fix"), story.repo.rev("target"), RECORD)
    assert (found.verdict, "cannot be determined" in found.evidence) == (Verdict.UNKNOWN, True)


@pytest.mark.parametrize("is_landed", [True, False])
def test_fix_landed_again_with_more_changes_of_its_lines_is_seen_in_what_was_merged(
    tmp_path: Path, *, is_landed: bool
) -> None:
    story = Story(tmp_path)
    story.git("checkout", "-q", "main")
    fix = story.commit("fix", {LOGIN: FIXED})
    story.git("revert", "--no-edit", "HEAD")
    back = story.repo.rev("HEAD")
    story.git("checkout", "-q", "-b", "again")
    if is_landed:
        story.git("revert", "--no-edit", back)
        story.change((FIX[1], f"{CHECK}    step_15(request, checked=twice)\n"))
    else:
        story.change((FIX[0], "    step_15(request, otherwise=True)\n"))
    story.git("checkout", "-q", "main")
    story.git("merge", "-q", "--no-ff", "-m", "again", "again")
    repo = open_repository(here().elsewhere(story.repo.path))
    assert is_there_since(repo, story.fork, fix, story.repo.rev("main"), RECORD, back) is is_landed


def _newest_pick(repo: Repository, fork: Oid, tip: Oid, target: Oid) -> Oid | None:
    """Return the newest pick when each fix commit says and shows that it was picked, as facts/arrivals.py finds it."""
    picks = [
        next((pick for pick in picks_of(repo, fork, target, commit) if _brings(repo, commit, pick)), None)
        for commit in fix_commits(repo, fork, tip, RECORD)
    ]
    return picks[-1] if all(picks) else None


def _brings(repo: Repository, commit: Oid, pick: Oid) -> bool:
    return is_brought(repo, difference_of(repo, commit), difference_of(repo, pick), RECORD)
