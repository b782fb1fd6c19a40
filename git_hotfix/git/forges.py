"""The forge that a remote is on: what kind it is, which project, and the page that opens a request there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, urlsplit

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
    "ssh.dev.azure.com": "azure",
}
_LABELS: dict[str, ForgeKind] = {"github": "github", "gitlab": "gitlab", "gitea": "gitea", "forgejo": "gitea"}
"""What a company calls the host of its own: ``gitlab.example.com``, ``git.gitea.example.com``."""

Part = Literal["file", "commit", "tag"]
"""What of a project has a page of its own."""

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
    """A project on a forge: ``path`` is ``owner/name``, or more of it."""

    kind: ForgeKind
    host: str
    path: str

    def page_for(self, branch: str, head: str) -> str:
        """Return the address of the page on which a person opens a request to bring ``head`` into ``branch``."""
        at, to = f"https://{self.host}/{quote(self.path)}", {"base": branch, "head": head}
        whole = {name: quote(value, safe="") for name, value in to.items()}
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

    def address(self, part: Part, name: str, revision: str) -> str:
        """Return the address of a file in a revision, of a commit or of a tag."""
        way = _PARTS[self.kind][part].format(name=quote(name), revision=revision)
        return f"https://{quote(self.host)}/{quote(self.path)}{way}"


def forge_of(urls: tuple[str, ...], configured: ForgeKind | None) -> Forge | None:
    """Return the forge of the first address that names one; ``configured`` says what kind an unknown host is.

    None where no address has a host, or nobody knows its kind.
    """
    for url in urls:
        host, path = _host_and_path(url)
        kind = configured or _kind_of(host)
        if host and path and kind is not None:
            return Forge(kind, *(_of_azure(path) if kind == "azure" else (host, path)))
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
    if host in _HOSTS:
        return _HOSTS[host]
    if host.endswith(".visualstudio.com"):
        return "azure"
    return next((_LABELS[label] for label in host.split(".") if label in _LABELS), None)


def _host_and_path(url: str) -> tuple[str, str]:
    """Return host and path of a remote's address (git-push(1), GIT URLS); a local path has no host."""
    if "://" in url:
        try:
            parts = urlsplit(url)
        except ValueError:  # "https://[", which no git reaches
            return "", ""
        host, path = (parts.hostname or "") if parts.scheme != "file" else "", parts.path
    else:
        before, colon, path = url.partition(":")
        host = before.rpartition("@")[2].lower() if colon and "/" not in before else ""
    return host, path.strip("/").removesuffix(".git")


def _of_azure(path: str) -> tuple[str, str]:
    """Return host and path of a project's pages; by ssh its address is another (``v3/org/project/name``)."""
    parts = path.split("/")
    if parts[0] == "v3" and len(parts) == 4:
        path = f"{parts[1]}/{parts[2]}/_git/{parts[3]}"
    return "dev.azure.com", path
