"""Hotfixes of the past, as this program leaves them: published, tagged, in develop, written down, cleaned up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from git_hotfix.hotfix import HotfixId, Slug

if TYPE_CHECKING:
    from tests.support.lab import Bare

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def add_past(server: Bare, count: int, *, lost: int = 0, then: int = 0) -> list[HotfixId]:
    """Add past hotfixes to main and develop of a server, one a day, with one ``git fast-import``; return their ids.

    The last ``lost`` of them are only tagged: no branch has them any more. So many other commits ``then`` come to main.
    """
    found, stream = [], list[str]()
    for branch in ("main", "develop"):
        stream.append(f"reset refs/heads/{branch}\nfrom refs/heads/{branch}^0\n\n")
    for number in range(count):
        day = BEGAN + timedelta(days=number)
        hotfix = HotfixId(f"{day:%Y%m%d}", Slug(f"past-{number}"))
        found.append(hotfix)
        stream += _hotfix(hotfix, day, number, is_lost=number >= count - lost)
    later = int((BEGAN + timedelta(days=count)).timestamp())
    stream += [f"commit refs/heads/main\ncommitter Kim <k@x> {later} +0000\ndata 0\n\n"] * then
    server.git("fast-import", "--quiet", "--force", stdin="".join(stream))
    return found


def _hotfix(hotfix: HotfixId, day: datetime, number: int, *, is_lost: bool) -> list[str]:
    seconds, said = int(day.timestamp()), f"Hotfix-Id: {hotfix}\n"
    path, tag = f"docs/incidents/{hotfix.report_name()}", f"hotfix-{day:%Y%m%d-%H%M}"
    report = f'schema: 1\nid: "{hotfix}"\nbase: "main"\nbranch: "hotfix/{hotfix}"\ntitle: "Past {number}"\n'
    report += 'severity: "high"\nkind: "outage"\nproduction_affected: true\ncan_wait: false\nwhat: "x"\n'
    report += f'reporter: "Kim"\ndeclared_at: "{day.isoformat()}"\nvisibility: "public"\n'
    begun, done = (f'---\n{report}status: "{status}"\n---\n' for status in ("open", "resolved"))
    fix = (f"src/past{number}.py", "fixed\n")
    main, branch = "refs/heads/lost" if is_lost else "refs/heads/main", "refs/heads/begun"
    at = "refs/heads/main^0"

    def commit(ref: str, message: str, *files: tuple[str, str], onto: str = "", other: str = "") -> str:
        lines = [f"commit {ref}\ncommitter Kim <kim@example.com> {seconds} +0000\ndata {len(message)}\n{message}\n"]
        lines += [f"from {onto}\n" if onto else "", f"merge {other}\n" if other else ""]
        lines += [f"M 100644 inline {name}\ndata {len(text)}\n{text}\n" for name, text in files]
        return "".join(lines)

    message = f"Hotfix {hotfix}\n\n{said}"
    made = [
        commit(branch, f"Incident report: Past {number}\n\n{said}", (path, begun), onto=at),
        commit(branch, f"Mend it {number}\n", fix),
        commit(main, f"HOTFIX: Past {number}\n\n{said}Hotfix-Tag: {tag}\n", (path, begun), fix, onto=at, other=branch),
        f"tag {tag}\nfrom {main}\ntagger Kim <kim@example.com> {seconds} +0000\ndata {len(message)}\n{message}\n",
    ]
    if not is_lost:
        text = f"Backport HOTFIX: Past {number}\n"
        made.append(commit("refs/heads/develop", text, (path, begun), fix, other=branch))
        made.append(commit("refs/heads/develop", f"Record HOTFIX: Past {number}\n\n{said}", (path, done)))
    return [*made, f"reset {branch}\nfrom {'0' * 40}\n\n", *([f"reset {main}\nfrom {'0' * 40}\n\n"] * is_lost)]
