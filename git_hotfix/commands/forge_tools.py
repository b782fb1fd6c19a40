"""The forge's own command line: gh for GitHub, glab for GitLab, tea for Gitea; it opens and finds requests.

A tool that is not installed, or not logged in, is no failure: the request is then opened in another way. The options
are those of gh 2.4, glab 1.36 and tea 0.10, and of those since.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar
from urllib.parse import quote

from msgspec import Struct

from git_hotfix.limits import read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from git_hotfix.git.forges import Forge

PATIENCE_SECONDS = 60
"""How long a tool may take, which talks to its server."""
_FROM_STDIN = "--body-file=-"


class _Tool(NamedTuple):
    """The words that list requests, and those that open one; then the options for reviewers and labels."""

    lists: str
    opens: str
    asks: str = ""
    """What prints a branch with whether it is protected; empty: the tool cannot be asked."""
    reviewers: str = "--reviewer"
    labels: str = "--label"


TOOLS = {
    "github": _Tool(
        "gh pr list --repo {host}/{path} --state all --json url,state,isCrossRepository --head={head} --base={branch}",
        "gh pr create --repo {host}/{path} --head={head} --base={branch} --title={title} " + _FROM_STDIN,
        "gh api --hostname {host} repos/{path}/branches/{quoted}",
    ),
    "gitlab": _Tool(
        "glab mr list --repo https://{host}/{path} --all --output json --source-branch={head} --target-branch={branch}",
        "glab mr create --repo https://{host}/{path} --source-branch={head} --target-branch={branch}"
        " --title={title} --yes --description={body}",
        "glab api --hostname {host} projects/{project}/repository/branches/{quoted}",
    ),
    "gitea": _Tool(
        "tea pulls list --remote {remote} --state all --limit 50 --fields url,state,head,base --output json",
        "tea pulls create --remote {remote} --head={head} --base={branch} --title={title} --description={body}",
        reviewers="--assignees",
        labels="--labels",
    ),
}
"""What is typed for each forge that has a tool; each place in braces is a part of one word."""

_Read = TypeVar("_Read")
_ADDRESS = re.compile(r"https?://[\x21-\x7e]{1,2000}")


class ToolFailed(Exception):  # what is the case, like the other names here
    """The tool cannot be asked: it is not here, not logged in, or its server does not do what is asked."""


class Found(Struct, frozen=True):
    """A request that the forge has."""

    url: str
    state: Literal["open", "closed", "merged"]


class ForgeTool:
    """The tool of a forge that has one, run in a folder of the repository; its methods raise ``ToolFailed``."""

    def __init__(self, forge: Forge, remote: str, directory: Path, environment: Mapping[str, str]) -> None:
        self.known = {"host": forge.host, "path": forge.path, "remote": remote}
        self.directory, self.tool = directory, TOOLS[forge.kind]
        quiet = {"GH_PROMPT_DISABLED": "1", "NO_PROMPT": "1", "GH_NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1"}
        self.environment = {**environment, **quiet}

    def find(self, branch: str, head: str) -> Found | None:
        """Return the newest request from ``head`` into ``branch``, an open one first; None where there is none."""

        def read(said: Any) -> list[Found]:
            listed = (dict(each) for each in said or ())
            return [_found(each) for each in listed if self._is_ours(each, head, branch)]

        found = self._answer(self._words(self.tool.lists, head=head, branch=branch), "a list of requests", read)
        return next((each for each in found if each.state == "open"), next(iter(found), None))

    def is_protected(self, branch: str) -> bool:
        """Return whether the forge says that it lets not everybody push to a branch."""
        if not self.tool.asks:
            raise ToolFailed("the forge's tool does not say")
        words = self._words(self.tool.asks, quoted=quote(branch, safe=""), project=quote(self.known["path"], safe=""))
        return self._answer(words, "a branch", lambda said: said["protected"] is True)

    def _is_ours(self, said: Mapping[str, Any], head: str, branch: str) -> bool:
        """Return whether a request is from the project's own branch: anybody's copy can have one of that name.

        tea lists those of other branches too, and says which.
        """
        owner, heads = self.known["path"].partition("/")[0], said.get("head", head)
        is_of_copy = said.get("isCrossRepository") or said.get("source_project_id") != said.get("target_project_id")
        return not is_of_copy and heads in {head, f"{owner}:{head}"} and said.get("base", branch) == branch

    def open(
        self, branch: str, head: str, title: str, body: str, *, reviewers: Sequence[str], labels: Sequence[str]
    ) -> str:
        """Open a request to bring ``head`` into ``branch`` and return its address."""
        tool = self.tool
        words = self._words(tool.opens, head=head, branch=branch, title=title, body=body)
        lists = ((tool.reviewers, ",".join(reviewers)), (tool.labels, ",".join(labels)))
        words += [f"{option}={names}" for option, names in lists if names]
        said = self._run(words, body if _FROM_STDIN in words else "")
        addresses = _ADDRESS.findall(said)
        if not addresses:
            raise ToolFailed(f"{words[0]} did not say where the request is")
        return str(addresses[-1])

    def _words(self, typed: str, **values: str) -> list[str]:
        return [word.format(**self.known, **values) for word in typed.split(" ")]

    def _answer(self, words: Sequence[str], what: str, read: Callable[[Any], _Read]) -> _Read:
        """Return what is ``read`` in the JSON that a tool prints; what others wrote into it may be anything."""
        said = self._run(words)
        try:
            return read(read_json(said or "null"))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ToolFailed(f"{words[0]} answered with something else than {what}") from error

    def _run(self, words: Sequence[str], text: str = "") -> str:
        if shutil.which(words[0], path=self.environment.get("PATH")) is None:
            raise ToolFailed(f"'{words[0]}' is not installed")
        try:
            ended = subprocess.run(
                words,
                cwd=self.directory,
                env=self.environment,
                input=text.encode("utf-8", "surrogateescape"),
                capture_output=True,
                timeout=PATIENCE_SECONDS,
                check=False,
            )
        except OSError as error:
            raise ToolFailed(f"'{words[0]}' could not be started: {error.strerror}") from error
        except subprocess.TimeoutExpired as error:
            raise ToolFailed(f"'{words[0]}' did not answer for {PATIENCE_SECONDS} s") from error
        if ended.returncode != 0:
            said = ended.stderr.decode("utf-8", "replace").strip().split("\n")
            raise ToolFailed(f"{words[0]}: {said[-1] or f'exit {ended.returncode}'}")
        return ended.stdout.decode("utf-8", "replace")


def _found(said: Mapping[str, Any]) -> Found:
    """Return what a tool says of a request; ``ValueError`` where its address is none."""
    address = said.get("web_url") or said["url"]
    if not _ADDRESS.fullmatch(address):
        raise ValueError(address)
    return Found(address, _state(said["state"]))


def _state(word: str) -> Literal["open", "closed", "merged"]:
    """Return what a forge's word for the state of a request means."""
    state = word.casefold()
    return "merged" if state == "merged" else "closed" if state in {"closed", "locked"} else "open"
