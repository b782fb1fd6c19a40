"""The job of a CI that verifies every hotfix, for the branches and tags that the configuration names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from git_hotfix import __version__
from git_hotfix.git.world import find_develop, find_production
from git_hotfix.templates import render_bundled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from git_hotfix.engine.run import Run

PATHS = {"github": ".github/workflows/hotfix.yml", "gitlab": ".gitlab-ci.yml"}
"""Where each CI looks for its jobs."""

_NAMING = ("branches.production", "branches.develop", "branches.release", "tag.format")


def ci_job(run: Run, kind: str) -> str:
    """Return the job: it runs on pushes to production, to the branches that get its fixes, and of hotfix tags."""
    config = run.config
    names = (find_production(run.world, config)[0], find_develop(run.world, config))
    branches = [[str(name)] for name in names if name is not None]
    branches += [re.split(r"(?:\*|\?|\[[^]]+\])+", pattern) for pattern in config.branches.release]
    tags = [re.split(r"(?:%[-_0^#]?.)+", config.tag.format)]
    tags[0] += [""] * bool(tags[0][-1])  # a name that is taken gets -2 at its end
    form = _github if kind == "github" else _gitlab
    return render_bundled(f"ci/{kind}.yml.j2", {"branches": form(branches), "tags": form(tags), "version": __version__})


def only_here(run: Run) -> Iterator[str]:
    """Return the keys that the job goes by and that a CI does not have: git's configuration is not cloned."""
    return (key for key in _NAMING if run.settings.origins[key].startswith(("git config", "gitflow.")))


def _github(patterns: Iterable[list[str]]) -> str:
    """Return a list of GitHub's filter patterns, of texts with wildcards between them."""
    made = ("**".join(re.sub(r"[*?+!\[\]\\]", r"\\\g<0>", text) for text in pattern) for pattern in patterns)
    return "\n".join(f"      - '{_in_quotes(each)}'" for each in made)


def _gitlab(patterns: Iterable[list[str]]) -> str:
    """Return one regular expression, to stand between slashes and in single quotes."""
    made = (".*".join(re.sub(r"[.^$*+?()\[\]{}|\\/]", r"\\\g<0>", text) for text in pattern) for pattern in patterns)
    return _in_quotes(f"^({'|'.join(made)})$")


def _in_quotes(text: str) -> str:
    return text.replace("'", "''")
