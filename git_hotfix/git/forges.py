"""The forge that a remote is on: what kind it is, which project, and the page that opens a request there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct

from git_hotfix.git.settings import git_config_of

if TYPE_CHECKING:
    from git_hotfix.config.keys import ForgeKind
    from git_hotfix.git.program import Git
    from git_hotfix.git.remote_names import Remote

_HOSTS: dict[str, ForgeKind] = {
    "github.com": "github",
    "gitlab.com": "gitlab",
    "gitea.com": "gitea",
    "codeberg.org": "gitea",
    "bitbucket.org": "bitbucket",
    "dev.azure.com": "azure",
}
_PAGES = {
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
    "ssh.dev.azure.com": "dev.azure.com",
    "vs-ssh.visualstudio.com": "dev.azure.com",
}
"""Hosts for ssh whose pages are on another one."""
_LABELS: dict[str, ForgeKind] = {"github": "github", "gitlab": "gitlab", "gitea": "gitea", "forgejo": "gitea"}
"""What a company calls the host of its own: ``gitlab.example.com``, ``git.gitea.example.com``."""

Part = Literal["file", "commit", "tag"]
"""The objects of a project that have a page."""

_PARTS: dict[ForgeKind, dict[Part, str]] = {
    "github": {"file": "/blob/{revision}/{name}", "commit": "/commit/{name}", "tag": "/tree/{name}"},
    "gitlab": {"file": "/-/blob/{revision}/{name}", "commit": "/-/commit/{name}", "tag": "/-/tags/{name}"},
    "gitea": {"file": "/src/commit/{revision}/{name}", "commit": "/commit/{name}", "tag": "/src/tag/{name}"},
    "bitbucket": {"file": "/src/{revision}/{name}", "commit": "/commits/{name}", "tag": "/src/{name}"},
    "azure": {"file": "?path=/{name}&version=GC{revision}", "commit": "/commit/{name}", "tag": "?version=GT{name}"},
}

REFUSALS = (
    "GH006",  # GitHub: protected branch update failed
    "GH013",  # GitHub: repository rule violations
    "not allowed to push",  # GitLab, Gitea, Forgejo
    "protected branch",
    "pull request",  # Bitbucket, Azure (TF402455)
    "merge request",
    "branch permission",  # Bitbucket Data Center
    "branch restriction",  # Bitbucket
    "DENIED by",  # gitolite
)
"""What servers say of a push to a branch that is changed by request only: they suggest a way, and prove nothing."""


class Forge(Struct, frozen=True):
    """A project on a forge: ``path`` is ``owner/name``, or more of it; ``host`` has the port of its pages, if any."""

    kind: ForgeKind
    host: str
    path: str
    scheme: str = "https"

    @property
    def project(self) -> str:
        """The address of its page."""
        return f"{self.scheme}://{quote(self.host, safe=':[]')}/{quote(self.path)}"

    def page_for(self, branch: str, head: str) -> str:
        """Return the address of the page on which a person opens a request to bring ``head`` into ``branch``."""
        at, whole = self.project, {"base": quote(branch, safe=""), "head": quote(head, safe="")}
        match self.kind:
            case "github":
                return f"{at}/compare/{quote(branch)}...{quote(head)}?expand=1"
            case "gitlab":
                source, target = "merge_request%5Bsource_branch%5D", "merge_request%5Btarget_branch%5D"
                return f"{at}/-/merge_requests/new?{source}={whole['head']}&{target}={whole['base']}"
            case "gitea":
                return f"{at}/compare/{quote(branch)}...{quote(head)}"
            case "bitbucket":
                return f"{at}/pull-requests/new?source={whole['head']}&dest={whole['base']}"
            case "azure":
                return f"{at}/pullrequestcreate?sourceRef={whole['head']}&targetRef={whole['base']}"

    def address(self, part: Part, name: str, revision: str = "") -> str:
        """Return the address of a file in a revision, of a commit or of a tag."""
        return self.project + _PARTS[self.kind][part].format(name=quote(name), revision=revision)

    def issue(self, reference: str) -> str | None:
        """Return the address of an issue of this project, named by its number (``12``, ``#12``); None: nobody knows."""
        number = re.fullmatch(r"#?([1-9][0-9]{0,8})", reference.strip(), re.ASCII)
        way = {"github": "/issues/", "gitlab": "/-/issues/", "gitea": "/issues/"}.get(self.kind)
        return f"{self.project}{way}{number[1]}" if number and way else None


def forge_of(urls: tuple[str, ...], configured: ForgeKind | None) -> Forge | None:
    """Return the forge of the first address that names one; ``configured`` says what kind an unknown host is.

    None where no address has a host, or nobody knows its kind. A path with ``@`` or ``:`` is none of a project: it has
    the rest of a password that was pasted with ``/`` in it.
    """
    for url in urls:
        scheme, host, path = _place_of(url)
        kind = configured or _kind_of(host)
        if host and path and kind is not None and not {"@", ":"} & {*path}:
            return Forge(kind, host, path, scheme)
    return None


def forge_at(git: Git, remote: Remote | None, configured: ForgeKind | None) -> Forge | None:
    """Return the forge that a remote is on, by its address or by how git's configuration has it; None: nobody knows."""
    if remote is None:
        return None
    own = git_config_of(git).last(f"remote.{remote.name}.url")
    return forge_of(tuple(filter(None, (remote.url, own))), configured)


def is_refused_for_a_request(reason: str) -> bool:
    """Return whether a server's words mean that a branch is changed by request."""
    said = reason.casefold()
    return any(each.casefold() in said for each in REFUSALS)


def _kind_of(host: str) -> ForgeKind | None:
    name = host.partition(":")[0]
    if name.endswith(".visualstudio.com"):
        return "azure"
    return _HOSTS.get(name) or next((_LABELS[label] for label in name.split(".") if label in _LABELS), None)


def _place_of(url: str) -> tuple[str, str, str]:
    """Return scheme, host and path of the pages behind a remote's address (git-push(1), GIT URLS).

    A local path has no host. The port of ssh is not that of the pages; Azure's paths differ by ssh.
    """
    scheme = "https"
    if "://" in url:
        try:
            parts = urlsplit(url)
        except ValueError:  # "https://[", which no git reaches
            return scheme, "", ""
        scheme = "http" if parts.scheme == "http" else scheme
        with_port = parts.netloc.rpartition("@")[2].lower()
        host = with_port if parts.scheme in {"http", "https"} else (parts.hostname or "") * (parts.scheme != "file")
        path = unquote(parts.path)
    else:
        before, colon, path = url.partition(":")
        host = before.rpartition("@")[2].lower() if colon and "/" not in before else ""
    host, path = _PAGES.get(host, host), path.strip("/").removesuffix(".git")
    if host == "dev.azure.com":
        path = re.sub(r"^v3/([^/]+)/([^/]+)/([^/]+)$", r"\1/\2/_git/\3", path)
    return scheme, host, path
