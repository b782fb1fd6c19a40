"""The forge's own command line: gh for GitHub, glab for GitLab, tea for Gitea; it opens and finds requests.

A tool that is not installed, or not logged in, is no failure: the request is then opened in another way. The options
are those of gh 2.4, glab 1.36 and tea 0.10, and of those since.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from git_hotfix.git.forges import Forge

PATIENCE_SECONDS = 60
"""How long a tool may take, which talks to its server."""


class ToolFailed(Exception):  # what is the case, like the other names here
    """The tool cannot be asked: it is not here, not logged in, or its server does not do what is asked."""


class Wanted(Struct, frozen=True, kw_only=True):
    """A request to bring a branch (``head``) into another."""

    branch: str
    head: str
    title: str
    body: str
    reviewers: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


class Found(Struct, frozen=True):
    """A request that the forge has."""

    url: str
    state: Literal["open", "closed", "merged"]


class ForgeTool:
    """The tool of one forge, run in a folder of the repository; every method raises ``ToolFailed``."""

    def __init__(self, forge: Forge, remote: str, directory: Path, environment: Mapping[str, str]) -> None:
        self.forge, self.remote, self.directory = forge, remote, directory
        quiet = {"GH_PROMPT_DISABLED": "1", "NO_PROMPT": "1", "GH_NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1"}
        self.environment = {**environment, **quiet}

    def find(self, branch: str, head: str) -> Found | None:
        """Return the newest request from ``head`` into ``branch``, an open one first; None where there is none."""
        project = f"{self.forge.host}/{self.forge.path}"
        match self.forge.kind:
            case "github":
                said = self._listed(
                    *("gh", "pr", "list", "--repo", project, "--state", "all", "--json", "url,state"),
                    *(f"--head={head}", f"--base={branch}"),
                )
                found = [Found(each["url"], _state(each["state"])) for each in said]
            case "gitlab":
                said = self._listed(
                    *("glab", "mr", "list", "--repo", f"https://{project}", "--all", "--output", "json"),
                    *(f"--source-branch={head}", f"--target-branch={branch}"),
                )
                found = [Found(each["web_url"], _state(each["state"])) for each in said]
            case "gitea":
                said = self._listed(
                    *("tea", "pulls", "list", "--remote", self.remote, "--state", "all", "--limit", "50"),
                    *("--fields", "url,state,head,base", "--output", "json"),
                )
                ours = [each for each in said if (each["head"].rpartition(":")[2], each["base"]) == (head, branch)]
                found = [Found(each["url"], _state(each["state"])) for each in ours]
            case _:
                raise ToolFailed("no tool is known for it")
        return next((each for each in found if each.state == "open"), next(iter(found), None))

    def open(self, wanted: Wanted) -> str:
        """Open a request and return its address."""
        project, reviewers, labels = self.forge.path, ",".join(wanted.reviewers), ",".join(wanted.labels)
        own = f"{self.forge.host}/{project}"
        match self.forge.kind:
            case "github":
                words = ["gh", "pr", "create", "--repo", own, f"--head={wanted.head}", f"--base={wanted.branch}"]
                words += [f"--title={wanted.title}", "--body-file=-"]
                words += [f"--reviewer={reviewers}"] * bool(reviewers) + [f"--label={labels}"] * bool(labels)
                said = self._run(words, wanted.body)
            case "gitlab":
                words = ["glab", "mr", "create", "--repo", f"https://{own}", f"--source-branch={wanted.head}"]
                words += [f"--target-branch={wanted.branch}", f"--title={wanted.title}", "--yes"]
                words += [f"--description={wanted.body}"]
                words += [f"--reviewer={reviewers}"] * bool(reviewers) + [f"--label={labels}"] * bool(labels)
                said = self._run(words)
            case "gitea":
                words = ["tea", "pulls", "create", "--remote", self.remote, f"--head={wanted.head}"]
                words += [f"--base={wanted.branch}", f"--title={wanted.title}", f"--description={wanted.body}"]
                words += [f"--assignees={reviewers}"] * bool(reviewers) + [f"--labels={labels}"] * bool(labels)
                said = self._run(words)
            case _:
                raise ToolFailed("no tool is known for it")
        addresses = re.findall(r"https?://[^\s\x00-\x1f\x7f]+", said)
        if not addresses:
            raise ToolFailed(f"{words[0]} did not say where the request is")
        return str(addresses[-1])

    def _listed(self, *words: str) -> list[dict[str, Any]]:
        try:
            said = json.loads(self._run(words) or "[]")
            return [dict(each) for each in said or ()]
        except (ValueError, TypeError) as error:
            raise ToolFailed(f"{words[0]} answered with something else than a list") from error

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


def _state(word: str) -> Literal["open", "closed", "merged"]:
    """Return what a forge's word for the state of a request means."""
    match word.casefold():
        case "merged":
            return "merged"
        case "closed" | "locked":
            return "closed"
        case _:
            return "open"
