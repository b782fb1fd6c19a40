from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from git_hotfix.record.fragments import Fragments, changelog_keeper, is_fragment
from git_hotfix.record.splice import LeftAlone
from tests.record.examples import ENTRY, SECURITY

if TYPE_CHECKING:
    from collections.abc import Callable

ID = "20260117-fix-auth-bypass"
MARKDOWN = f"Fix auth bypass (#12, `hotfix-20260117-0310`, [{ID}](docs/incidents/HOTFIX-2026-01-17-fix-auth-bypass.md))"
RST = f"Fix auth bypass (#12, ``hotfix-20260117-0310``, ``{ID}``)"
SECURITY_RST = f"CVE-2026-1234: Fix auth bypass (``hotfix-20260117-0310``, ``{ID}``)"


def keeper(files: dict[str, str]) -> Fragments | LeftAlone | None:
    """Find the keeper of the changelog in a repository with these files."""
    return changelog_keeper(*reading(files))


def reading(files: dict[str, str]) -> tuple[Callable[[str], bytes | None], Callable[[str], tuple[str, ...]]]:
    """Return how files are read and folders are listed."""

    def read(path: str) -> bytes | None:
        return files[path].encode() if path in files else None

    def names(folder: str) -> tuple[str, ...]:
        inside = [path.removeprefix(f"{folder}/") for path in files if path.startswith(f"{folder}/")]
        return tuple(dict.fromkeys(path.split("/")[0] for path in inside))

    return read, names


TOWNCRIER = '[tool.towncrier]\ndirectory = "./changes/"\nfilename = "CHANGELOG.md"\n'
TYPES = '[[tool.towncrier.type]]\ndirectory = "{}"\nname = "{}"\n'
CHANGIE = "changesDir: .changes\nunreleasedDir: next # here\nkinds:\n  - label: Added\n  - label: 'Fixed'\n"
PACKAGE = '{"name": "@scope/x"}'


@pytest.mark.parametrize(
    ("files", "tool", "path", "content"),
    [
        (
            {"pyproject.toml": "[tool.towncrier]\n"},
            "towncrier",
            f"newsfragments/+{ID}.bugfix.rst",
            f"{RST}\n",
        ),
        (
            {"towncrier.toml": TOWNCRIER, "pyproject.toml": "[tool.towncrier]\n"},
            "towncrier",
            f"changes/+{ID}.bugfix.md",
            f"{MARKDOWN}\n",
        ),
        (
            {"pyproject.toml": '[tool.towncrier]\npackage = "shop"\npackage_dir = "src"\n'},
            "towncrier",
            f"src/shop/newsfragments/+{ID}.bugfix.rst",
            f"{RST}\n",
        ),
        (
            {"pyproject.toml": TOWNCRIER + TYPES.format("added", "Added") + TYPES.format("fixed", "Bug Fixes")},
            "towncrier",
            f"changes/+{ID}.fixed.md",
            f"{MARKDOWN}\n",
        ),
        (
            {"pyproject.toml": TOWNCRIER + '[tool.towncrier.fragment.repair]\nname = "Fixes"\n'},
            "towncrier",
            f"changes/+{ID}.repair.md",
            f"{MARKDOWN}\n",
        ),
        (
            {"pyproject.toml": TOWNCRIER + '[[tool.towncrier.section]]\npath = "core"\n'},
            "towncrier",
            f"changes/core/+{ID}.bugfix.md",
            f"{MARKDOWN}\n",
        ),
        (
            {"pyproject.toml": '[tool.towncrier]\npackage = "shop"\n[[tool.towncrier.section]]\npath = "core"\n'},
            "towncrier",
            f"shop/core/newsfragments/+{ID}.bugfix.rst",
            f"{RST}\n",
        ),
        (
            {"setup.cfg": "[scriv]\nformat = md\n"},
            "scriv",
            f"changelog.d/{ID}.md",
            f"### Fixed\n\n- {MARKDOWN}\n",
        ),
        (
            {"pyproject.toml": '[tool.scriv]\nfragment_directory = "news"\ncategories = ["Features", "Bug Fixes"]\n'},
            "scriv",
            f"news/{ID}.rst",
            f"Bug Fixes\n---------\n\n- {RST}\n",
        ),
        (
            {".changie.yaml": CHANGIE},
            "changie",
            f".changes/next/{ID}.yaml",
            f'kind: "Fixed"\nbody: "{MARKDOWN}"\n',
        ),
        (
            {".changeset/config.json": "{}", "package.json": PACKAGE},
            "changesets",
            f".changeset/{ID}.md",
            f'---\n"@scope/x": patch\n---\n\n{MARKDOWN}\n',
        ),
        (
            {"releasenotes/notes/x-0123456789abcdef.yaml": ""},
            "reno",
            f"releasenotes/notes/{ID}-eb1bfa01e7f1d4a1.yaml",
            f"---\nfixes:\n  - |\n    {RST}\n",
        ),
    ],
)
def test_tool_with_fragments_gets_one(files: dict[str, str], tool: str, path: str, content: str) -> None:
    found = keeper(files)
    assert isinstance(found, Fragments)
    assert (found.tool, found.file(ENTRY)) == (tool, (path, content.encode()))
    assert is_fragment(path, found)


def test_security_fix_gets_a_type_of_its_own_where_there_is_one() -> None:
    types = TYPES.format("fixed", "Fixed") + TYPES.format("security", "Security")
    found = keeper({"pyproject.toml": "[tool.towncrier]\n" + types})
    assert isinstance(found, Fragments)
    assert found.file(SECURITY) == (f"newsfragments/+{ID}.security.rst", f"{SECURITY_RST}\n".encode())
    scriv = keeper({"changelog.d/scriv.ini": "[scriv]\n"})
    assert isinstance(scriv, Fragments)
    assert scriv.file(SECURITY)[1].decode() == f"Security\n--------\n\n- {SECURITY_RST}\n"


def test_words_that_restructuredtext_would_obey_are_escaped() -> None:
    found = keeper({"pyproject.toml": "[tool.towncrier]\n"})
    assert isinstance(found, Fragments)
    odd = replace(ENTRY, description=r"Fix \`a\|b\` in *x* of name_ and C:\dir", issue=None, tag=None)
    assert found.file(odd)[1].decode() == rf"Fix \`a\|b\` in \*x\* of name\_ and C:\\dir (``{ID}``)" + "\n"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (
            {"pyproject.toml": "[tool.towncrier]\n" + TYPES.format("feature", "Features")},
            "The fragments of 'towncrier' have no type for a fix.",
        ),
        (
            {"pyproject.toml": '[tool.towncrier]\ndirectory = "../news"\n'},
            "The folder of fragments of 'towncrier' leads out of the repository.",
        ),
        (
            {"setup.cfg": "[scriv]\ncategories = A, B\n"},
            "The fragments of 'scriv' have no type for a fix.",
        ),
        (
            {".changie.yaml": CHANGIE + "components:\n  - cli\n"},
            "The fragments of 'changie' ask for more than is known here ('components').",
        ),
        (
            {".changie.yml": "kinds:\n"},
            "The fragments of 'changie' have no type for a fix.",
        ),
        (
            {".changeset/config.json": "{}", "package.json": '{"name": "x", "workspaces": ["a"]}'},
            "A fragment of 'changesets' names the packages it is about, and here are several or none.",
        ),
    ],
)
def test_tool_with_fragments_that_cannot_be_written_is_left_alone(files: dict[str, str], reason: str) -> None:
    assert keeper(files) == LeftAlone(reason)


@pytest.mark.parametrize(
    ("files", "tool"),
    [
        ({"cliff.toml": ""}, "git-cliff"),
        ({"pyproject.toml": "[tool.git-cliff.git]\n"}, "git-cliff"),
        ({"Cargo.toml": "[workspace.metadata.git-cliff.changelog]\n"}, "git-cliff"),
        ({"pyproject.toml": "[tool.commitizen]\n"}, "commitizen"),
        ({".cz.toml": ""}, "commitizen"),
        ({"release-please-config.json": "{}"}, "release-please"),
        (
            {".github/workflows/r.yml": "steps:\n  - uses: googleapis/release-please-action@v4\n"},
            "release-please",
        ),
        ({".releaserc": '{"plugins": ["@semantic-release/changelog"]}'}, "semantic-release"),
        ({"package.json": '{"release": {"plugins": [["@semantic-release/changelog", {}]]}}'}, "semantic-release"),
        ({"pyproject.toml": "[tool.semantic_release]\n"}, "semantic-release"),
        ({".versionrc.json": "{}"}, "standard-version"),
        ({"package.json": '{"devDependencies": {"commit-and-tag-version": "1"}}'}, "commit-and-tag-version"),
        ({"package.json": '{"devDependencies": {"conventional-changelog-cli": "1"}}'}, "conventional-changelog-cli"),
        ({"package.json": '{"auto-changelog": {}}'}, "auto-changelog"),
        ({".autorc": "{}"}, "auto"),
        ({"lerna.json": '{"command": {"version": {"conventionalCommits": true}}}'}, "lerna"),
    ],
)
def test_generated_changelog_is_left_alone(files: dict[str, str], tool: str) -> None:
    reason = f"The changelog is written by '{tool}' from commit messages, which would undo an entry."
    assert keeper(files) == LeftAlone(reason)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"pyproject.toml": "[tool.black]\n", "package.json": PACKAGE, "setup.cfg": "[metadata]\n"},
        {"pyproject.toml": "not toml [", "package.json": "{", "setup.cfg": "x", ".changeset/x.md": ""},
        {".releaserc": '{"plugins": ["@semantic-release/npm"]}'},
        {".github/workflows/r.yml": "# - uses: googleapis/release-please-action@v4\n"},
        {"package.json": '{"devDependencies": {"commitizen": "4"}}', "lerna.json": "{}"},
        {"package.json": "[]", "Cargo.toml": "package = 1\n"},
    ],
)
def test_changelog_that_people_keep_has_no_keeper(files: dict[str, str]) -> None:
    assert keeper(files) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("changelog.d/20260117_login.md", True),
        ("changelogs/unreleased/12-login.yml", True),
        ("src/shop/newsfragments/12.bugfix.rst", True),
        (".changeset/brave-cats-sing.md", True),
        (".changes/next/Fixed-20260117.yaml", True),
        (".changeset/README.md", False),
        ("changelog.d/scriv.ini", False),
        ("newsfragments/.gitignore", False),
        ("src/changes/views.py", False),
        ("changes/12.bugfix", False),
    ],
)
def test_fragment_of_any_tool_is_known_by_its_folder(path: str, expected: bool) -> None:  # noqa: FBT001  # a table
    assert is_fragment(path, None) is expected


def test_fragment_in_the_folder_of_the_tool_is_one_whatever_its_section() -> None:
    found = keeper({"pyproject.toml": TOWNCRIER + '[[tool.towncrier.section]]\npath = "core"\n'})
    assert is_fragment("changes/web/12.bugfix", found)
    assert not is_fragment("src/12.bugfix", found)
