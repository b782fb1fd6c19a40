"""Records that were held because a push to production deploys: the next publication brings them along."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from git_hotfix.execution.making import Made, with_record
from git_hotfix.execution.session import LOOKED_BACK, Session

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import Oid


def with_held_records(session: Session, facts: Facts, onto: Oid, *, sign: bool) -> Oid:
    """Return the tip of the base, with the records of earlier hotfixes on top that were held till now.

    They are below the merge, so that the tag is on what is deployed. Only the ten newest hotfixes are looked at.
    """
    if not facts.is_held:
        return onto
    openly = copy(session)
    openly.override("documents.publish", "push")
    made: list[Made] = []
    for known in session.known()[-LOOKED_BACK:]:
        if known.hotfix == facts.hotfix:
            continue
        earlier = openly.facts(known.hotfix)
        if earlier.base == facts.base and earlier.is_published and earlier.report_problem is None:
            record = with_record(openly, earlier, made, facts.base, sign=sign)
            made = [record] if record is not None else made
    return made[0].new if made else onto
