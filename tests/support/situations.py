"""The situations that a hotfix comes through, as facts made by hand: in a team with tests and a deployment command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from git_hotfix.config.keys import Config, CriticalTests, Deploy
from git_hotfix.git.merging import Conflicted, Merged
from git_hotfix.hotfix import Method, Verdict
from git_hotfix.memory import Deployment, Memory, Place, TestResult
from tests.support.facts import (
    BASE_TIP,
    FIX,
    HOTFIX,
    LINE,
    MERGE,
    NOON,
    ROLLBACK,
    TAKEN_BACK,
    ended,
    facts,
    published,
    report,
    report_with,
    target,
)

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts

CONFIG = Config(test=CriticalTests(command="make test-critical"), deploy=Deploy(command="make deploy-prod"))
PATH = f"docs/incidents/{HOTFIX.report_name()}"
NOW = NOON.isoformat()
PLACE = Place("/shop", "main", None)
WAIT = (target(method=Method.MERGE), target(LINE, method=Method.PICK))
HAVE = (target(verdict=Verdict.PRESENT), target(LINE, Verdict.PRESENT))
PASSED = (TestResult(FIX.identity, "passed", "make test-critical", NOW, 7),)
WITH_DEVELOP = "it is written to 'develop' together with the fix"


def deployed(state: Any, commit: Any = MERGE) -> Memory:
    """Return a memory of where the user was, and of a deployment that ended so."""
    return Memory(place=PLACE, deployments=(Deployment(commit, state, NOW, NOW, "make deploy-prod"),))


def situations() -> dict[str, Facts]:
    """Return every situation by its name, in the order of a life."""
    known: dict[str, Any] = {
        "config": CONFIG,
        "memory": Memory(place=PLACE),
        "report": report(),
        "report_now": report_with(),
        "earlier_incidents": (),
        "rolled_back_on": lambda _onto, _merges: Merged(BASE_TIP),
    }
    before = known | {"targets": WAIT}
    after = known | {"targets": WAIT, "why_record_waits": WITH_DEVELOP, "merge_trailers": {"Tests": "passed"}}
    written = (PATH, report(resolved_at=NOON, tag="hotfix-20260117-1200"), None)
    settled = after | {"targets": HAVE, "why_record_waits": None, "record_is_due": False, "_documented": written}
    return {
        "begun": facts(**before | {"fix": replace(FIX, paths=(), commits=())}),
        "fixed": facts(**before),
        "tested": facts(**before | {"memory": Memory(place=PLACE, tests=PASSED)}),
        "in conflict": facts(**before | {"predicted_merge": Conflicted(("src/login.py",))}),
        "published": published(**after),
        "deployment failed": published(**after | {"memory": deployed("failed")}),
        "deployed": published(**after | {"memory": deployed("succeeded")}),
        "everywhere": published(**settled | {"memory": replace(deployed("succeeded"), place=None)}),
        "more to publish": published(**settled | {"fix": FIX, "targets": WAIT}),
        "taken back": published(
            **settled | {"publications": (TAKEN_BACK,), "memory": replace(deployed("succeeded", ROLLBACK), place=None)}
        ),
        "closed": ended(**known | {"report": report(), "memory": Memory()}),
    }
