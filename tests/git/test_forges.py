"""The forge of a remote by its address, the page on which a request is opened, and refusals that ask for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from git_hotfix.git.forges import Forge, forge_of, is_refused_for_a_request

if TYPE_CHECKING:
    from git_hotfix.config.keys import ForgeKind


@pytest.mark.parametrize(
    ("url", "kind", "host", "path"),
    [
        ("https://github.com/shop/web.git", "github", "github.com", "shop/web"),
        ("git@github.com:shop/web.git", "github", "github.com", "shop/web"),
        ("ssh://git@gitlab.example.com:2222/group/sub/web.git", "gitlab", "gitlab.example.com", "group/sub/web"),
        ("https://user:secret@gitea.example.com/shop/web/", "gitea", "gitea.example.com", "shop/web"),
        ("https://codeberg.org/shop/web", "gitea", "codeberg.org", "shop/web"),
        ("git@bitbucket.org:shop/web.git", "bitbucket", "bitbucket.org", "shop/web"),
        ("https://shop@dev.azure.com/shop/Web/_git/web", "azure", "dev.azure.com", "shop/Web/_git/web"),
        ("git@ssh.dev.azure.com:v3/shop/Web/web", "azure", "dev.azure.com", "shop/Web/_git/web"),
        ("shop@vs-ssh.visualstudio.com:v3/shop/Web/web", "azure", "dev.azure.com", "shop/Web/_git/web"),
        ("https://shop.visualstudio.com/Web/_git/web", "azure", "shop.visualstudio.com", "Web/_git/web"),
        ("https://dev.azure.com/shop/My%20Web/_git/web", "azure", "dev.azure.com", "shop/My Web/_git/web"),
        ("https://gitlab.example.com:8443/shop/web.git", "gitlab", "gitlab.example.com:8443", "shop/web"),
        ("ssh://git@ssh.github.com:443/shop/web.git", "github", "github.com", "shop/web"),
    ],
)
def test_forge_of_an_address(url: str, kind: str, host: str, path: str) -> None:
    assert forge_of((url,), None) == Forge(kind, host, path)  # type: ignore[arg-type]  # a table of words


@pytest.mark.parametrize(
    "url",
    [
        "/srv/git/web.git",
        "../web.git",
        "file:///srv/github.com/web.git",
        "https://git.example.com/web.git",
        "C:/web",
        "https://[::1/web.git",
        "https://github.com",
        "https://kim:pass/word@github.com/shop/web.git",
        "",
    ],
)
def test_what_is_on_no_known_forge(url: str) -> None:
    assert forge_of((url,), None) is None


def test_pages_are_where_the_server_is() -> None:
    tfs = forge_of(("https://tfs.example.com/tfs/all/shop/_git/web",), "azure")
    assert tfs is not None
    assert tfs.address("tag", "v1", "abc") == "https://tfs.example.com/tfs/all/shop/_git/web?version=GTv1"
    plain = forge_of(("http://[::1]:3000/shop/my%20web.git",), "gitea")
    assert plain is not None
    assert plain.page_for("main", "fix") == "http://[::1]:3000/shop/my%20web/compare/main...fix"


def test_configured_kind_and_the_first_address_that_has_a_host() -> None:
    found = forge_of(("/srv/mirror.git", "git@git.example.com:shop/web.git"), "gitlab")
    assert found == Forge("gitlab", "git.example.com", "shop/web")
    assert forge_of(("https://kim:pass/word@git.example.com/shop/web.git",), "gitlab") is None


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        ("github", "https://h/o/r/compare/release/1.1...hotfix/a%26b?expand=1"),
        (
            "gitlab",
            (
                "https://h/o/r/-/merge_requests/new?merge_request%5Bsource_branch%5D=hotfix%2Fa%26b"
                "&merge_request%5Btarget_branch%5D=release%2F1.1"
            ),
        ),
        ("gitea", "https://h/o/r/compare/release/1.1...hotfix/a%26b"),
        ("bitbucket", "https://h/o/r/pull-requests/new?source=hotfix%2Fa%26b&dest=release%2F1.1"),
        ("azure", "https://h/o/r/pullrequestcreate?sourceRef=hotfix%2Fa%26b&targetRef=release%2F1.1"),
    ],
)
def test_page_that_opens_a_request(kind: str, page: str) -> None:
    assert Forge(kind, "h", "o/r").page_for("release/1.1", "hotfix/a&b") == page  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    ("said", "is_one"),
    [
        ("GH006: Protected branch update failed for refs/heads/main.", True),
        ("GH013: Repository rule violations found for refs/heads/main.", True),
        ("GitLab: You are not allowed to push code to protected branches on this project.", True),
        ("Gitea: Not allowed to push to protected branch main", True),
        ("TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.", True),
        ("FATAL: W refs/heads/main web ann DENIED by refs/heads/main", True),
        ("pre-receive hook declined: the tests failed", False),
        ("", False),
    ],
)
def test_refusals_that_ask_for_a_request(said: str, is_one: bool) -> None:  # noqa: FBT001  # a table
    assert is_refused_for_a_request(said) is is_one


@pytest.mark.parametrize(
    ("kind", "file", "tag"),
    [
        ("github", "/blob/abc/docs/a%20b.md", "/tree/v1"),
        ("gitlab", "/-/blob/abc/docs/a%20b.md", "/-/tags/v1"),
        ("gitea", "/src/commit/abc/docs/a%20b.md", "/src/tag/v1"),
        ("bitbucket", "/src/abc/docs/a%20b.md", "/src/v1"),
        ("azure", "?path=/docs/a%20b.md&version=GCabc", "?version=GTv1"),
    ],
)
def test_file_and_tag_have_a_page(kind: ForgeKind, file: str, tag: str) -> None:
    forge = Forge(kind, "git.example.com", "acme/shop")
    assert forge.address("file", "docs/a b.md", "abc") == f"https://git.example.com/acme/shop{file}"
    assert forge.address("tag", "v1", "abc") == f"https://git.example.com/acme/shop{tag}"


@pytest.mark.parametrize(
    ("kind", "reference", "page"),
    [
        ("github", "12", "https://h/o/r/issues/12"),
        ("gitea", "#12", "https://h/o/r/issues/12"),
        ("gitlab", "#12", "https://h/o/r/-/issues/12"),
        ("github", "PAY-12", None),
        ("github", "012", None),
        ("azure", "12", None),
    ],
)
def test_issue_that_is_a_number_has_a_page(kind: ForgeKind, reference: str, page: str | None) -> None:
    assert Forge(kind, "h", "o/r").issue(reference) == page
