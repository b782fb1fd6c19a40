"""Words of which messages and evidence are made: what placeholders stand for, one line, how a deployment ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from git_hotfix.clock import from_rfc3339
from git_hotfix.commands.test_discovery import is_test
from git_hotfix.config.messages import fill_message
from git_hotfix.errors import Remedy, command
from git_hotfix.escapes import one_line
from git_hotfix.git import history
from git_hotfix.hotfix import HOTFIX_ID
from git_hotfix.record.words import words_in
from git_hotfix.templates import readable_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from git_hotfix.facts.facts import Facts
    from git_hotfix.memory import Deployment
    from git_hotfix.record.incident import Report
    from git_hotfix.record.words import Words

_AROUND_WORDS = (
    r"(?i)\A(?:fix|hotfix|bugfix|feat|perf|refactor|chore|revert|security|style|test|docs|build|ci)(?:\([^)]*\))?!?:\s+"
    r"|\s+\(#\d+\)\Z"
)
"""What stands around the words of a subject: a type (https://www.conventionalcommits.org), the number of a request."""
TOLD_BY = "Merged-As-Told-By"
"""The trailer of the tag on a commit of which a person has said that it is the fix, merged by others."""

LANDS_AGAIN = "Land the fix again"
"""The subject of a commit that reverts what took a fix back."""
MOST_CHARS = 150
"""A longer subject is a message without one."""
_PLACEHOLDER = r"\\{(\w+)\\}"


def message_values(facts: Facts, description: str) -> dict[str, str]:
    """Return what the placeholders of commit messages stand for."""
    report, last = None if facts.is_restricted else facts.report, facts.last_publication
    return {
        "description": description,
        "id": str(facts.hotfix),
        "slug": facts.hotfix.slug,
        "issue": (report.issue or "") if report else "",
        "severity": str(report.severity) if report else "",
        "tag": (last.tag or "") if last else "",
    }


def what_was_fixed(facts: Facts, report: Report) -> str:
    """Return what was fixed: by ``finish -m``, else by the subject of the fix, else the title, which names the problem.

    Of several commits the first that changes more than tests counts. One word ("wip") describes nothing, a paragraph is
    no entry, and what names the hotfix, or has the message of its merge, is a forge's or the program's own. Of one that
    was restricted the title counts: its messages had to say nothing.
    """
    if facts.private is not None:
        return report.title
    repository, record, pattern = facts.repository, facts.record_paths, facts.config.message.merge.split("\n")[0]
    first = facts.publications[0]
    told = re.fullmatch(_filled(pattern), history.subject(repository, first.merge))
    subjects = [*told.groups()[:1]] if told else []
    own = fill_message(pattern, message_values(facts, report.title))
    for oid in history.fix_commits(repository, first.fork, first.tip, record):
        before = history.first_parent(repository, oid) or first.fork
        if not all(is_test(each.path) for each in history.fix_changes(repository, before, oid, record)):
            subjects.append(history.subject(repository, oid))
    for subject in subjects:
        words = re.sub(_AROUND_WORDS, "", subject)
        is_own = words == report.title or any(name in subject for name in (str(facts.hotfix), own, LANDS_AGAIN))
        if (" " in words or not words.isascii()) and len(words) <= MOST_CHARS and not is_own:
            return words if subject.startswith(words) else f"{words[:1].upper()}{words[1:]}"
    return report.title


def _filled(pattern: str) -> str:
    """Return the regular expression of the messages that a pattern is filled to; its first group is the description."""
    return re.sub(_PLACEHOLDER, lambda name: "(.+)" if name[1] == "description" else ".*", re.escape(pattern))


def named(facts: Facts) -> tuple[tuple[str, str], ...]:
    """Return the trailers of every commit and tag of a hotfix: its id, its report, its issue."""
    known = (
        (HOTFIX_ID, str(facts.hotfix)),
        ("Incident", facts.incident),
        ("Issue", message_values(facts, "")["issue"]),
    )
    return tuple((key, one_line(value)) for key, value in known if value)


def to_the_commit(facts: Facts, *options: str) -> Remedy:
    """Return the command that leads to the commit of the fix: to the branch first, where another one is checked out.

    With options that say what is committed it is made then and there; without, what is changed is committed.
    """
    line = ("git", "commit", *(options or ("-a",)))
    if facts.world.head.branch == facts.branch:
        return Remedy(line)
    tree = facts.world.tree_of(facts.branch)
    way = ("cd", str(tree.path)) if tree else ("git", "switch", facts.branch)
    return Remedy(way, then=line if options else ())


def closed(facts: Facts) -> str:
    """Return that the hotfix was closed without code, and by whom."""
    record = facts.closing
    if record is None or record.commit is None or record.by is None:
        return "closed without code"
    return f"closed without code by {record.by} in {record.commit[:7]}"


def later_commits(facts: Facts) -> str | None:
    """Return that the branch has fix commits that came after its publication, and what keeps them; else None.

    Somebody else may have published and cleaned up without them.
    """
    if not facts.publications or facts.fix is None or not facts.fix.commits:
        return None
    ways = "'finish' publishes them too, 'start TITLE --pick COMMIT' makes a new hotfix of them"
    if facts.is_rolled_back:
        ways = "It was rolled back: they go out with what lands it again (start --again)"
    later = ", ".join(each[:7] for each in facts.fix.commits)
    return f"'{facts.branch}' has commits that came after its publication: {later}. {ways}."


def told_end(facts: Facts) -> str | None:
    """Return that a report says that the hotfix has ended, which nothing shows, and who claims it; else None."""
    if facts.claimed_end is None:
        return None
    status, claim = facts.claimed_end
    return f"'{claim.path}' on '{claim.branch}' says that it is {status}, claimed by {claim.source}"


def readable(when: str) -> str:
    """Write an RFC 3339 time for people; what is none stays."""
    time = from_rfc3339(when)
    return readable_time(time) if time else when


def deployment_sentence(deployment: Deployment, words: Words | None = None, show: Callable[[str], str] = str) -> str:
    """Return how a deployment ended, with its time as ``show`` writes it."""
    words = words or words_in("en")
    by = f" ({deployment.command})" if deployment.command else ""
    if deployment.by:
        by = words.told_by.format(by=deployment.by) + (f", {deployment.log}" if deployment.log else "")
    if deployment.state == "begun":
        return words.deployment_began.format(when=show(deployment.began_at or words.at_unknown_time)) + by
    when = show(deployment.ended_at) if deployment.ended_at else words.at_unknown_time
    return words.deployment_ended.format(ended=words.ended[deployment.state], when=when) + by


def tests_told(said: str) -> str:
    """Return in words how tests ended, as a merge has it: ``passed (make, 7 s, TIME)``."""
    return re.sub(r"\A([\w ]+) \((.*), (\d+ s), (\S+)\)\Z", r"\1 in \3, \4 (\2)", said)


def some(paths: Sequence[str], most: int = 5) -> str:
    """Name the first few paths."""
    shown = ", ".join(f"'{path}'" for path in paths[:most])
    return shown if len(paths) <= most else f"{shown} and {len(paths) - most} more"


def alike(facts: Facts) -> tuple[str, Remedy] | None:
    """Return that only likeness shows that the base has the fix, as a phrase, and the command that says that it has.

    What came after an earlier round nobody can say so: then it is the one that shows it.
    """
    found = facts.only_alike
    if found is None:
        return None
    commit, is_first = found.merge[:7], found == facts.publications[0]
    look, says = ("show", commit), ("hotfix", "finish", facts.hotfix, "--merged", commit)
    if is_first and facts.told_in_tag is not None:
        confirms = f"whoever may push tags can: finish --merged {commit} confirms it here"
        return f"as adapted in {commit}; {facts.told_in_tag}, as {confirms}", command("git", *says)
    ways = f"git show {commit}" + (f"; --merged {commit} of finish says that it is the fix" if is_first else "")
    return f"as adapted in {commit}, by likeness alone ({ways})", command("git", *(says if is_first else look))


def without_fix(facts: Facts) -> str:
    """Return the sentence that the base does not have the fix that was merged into it."""
    return f"'{facts.world.shown(facts.base)}' does not have the fix: {facts.undone_in_base}."
