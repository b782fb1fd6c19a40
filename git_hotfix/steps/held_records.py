"""Records that were held because a push to production deploys: the next publication brings them along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.engine.run import LOOKED_BACK
from git_hotfix.steps.keep_report import made_record

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.hotfix import Oid
    from git_hotfix.steps.backport_commits import Made


def with_held_records(run: Run, onto: Oid, *, sign: bool) -> Oid:
    """Return the tip of the base, with the records of earlier hotfixes on top that were held till now.

    They are below the merge, so that the tag is on what is deployed. Only the ten newest hotfixes are looked at.
    """
    facts = run.facts
    if not facts.is_held:
        return onto
    pushing = run.overridden("documents.publish", "push")
    made: list[Made] = []
    for known in run.known()[-LOOKED_BACK:]:
        if known.hotfix == facts.hotfix:
            continue
        earlier = pushing.facts_of(known.hotfix)
        if earlier.base == facts.base and earlier.is_published and earlier.report_problem is None:
            record = made_record(run, earlier, made, facts.base, sign=sign)
            made = [record] if record is not None else made
    return made[0].new if made else onto
