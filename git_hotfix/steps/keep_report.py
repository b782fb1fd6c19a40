"""A report that is not on the branch: of a restricted hotfix in the git directory, or of one begun by other hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.engine.step import Done, Step
from git_hotfix.private_report import PrivateReport, postmortem_draft
from git_hotfix.record.frontmatter import set_values
from git_hotfix.record.incident import Visibility

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.world import World
    from git_hotfix.steps.request import DocumentRequest, FinishRequest, Request


class BeginReport(Step, frozen=True):
    """Decide that a hotfix that git-flow, or a person, has begun gets a report with the record, or that it does not."""

    wanted: bool

    @staticmethod
    def due(facts: Facts, request: FinishRequest | DocumentRequest) -> Due:
        """Where it has none; what was decided before holds until an option says otherwise."""
        known = facts.memory.wants_report
        wanted = request.report if request.report is not None else known is not False
        has_one = facts.report is not None or facts.report_problem is not None or facts.deleted_report is not None
        if facts.known.branch is None or has_one or facts.is_ended or wanted == known:
            return None
        return BeginReport(wanted)

    def describe(self, world: World) -> str:
        """Return what the step does."""
        return "begin its incident report, with what git knows" if self.wanted else "write no incident report of it"

    def perform(self, run: Run) -> Done:
        """Remember it: the record is written of it."""
        run.remember(lambda memory: replace(memory, wants_report=self.wanted))
        return Done()


class KeepReport(Step, frozen=True):
    """Bring the report in the git directory up to date; None deletes it, once the server was seen to have it."""

    report: bytes | None

    @staticmethod
    def due(facts: Facts, request: Request) -> Due:
        """After publication, or the end without one, while a report is kept there."""
        if (facts.is_published or facts.is_ended) and facts.is_disclosed:
            return KeepReport(None)
        now = facts.private_report_now
        return KeepReport(now) if now is not None and now != facts.private else None

    def describe(self, world: World) -> str:
        """Return what the step does."""
        if self.report is None:
            return "delete the report in the git directory, which is public now"
        return "write the report in the git directory"

    def perform(self, run: Run) -> Done:
        """Replace it whole, or delete it."""
        file = PrivateReport(run.repository.common_dir, run.facts.hotfix)
        if self.report is None:
            file.forget()
            postmortem_draft(run.repository.common_dir, run.facts.hotfix).unlink(missing_ok=True)
            run.say(f"Deleted '{file.path}': '{run.facts.report_path}' has it.")
        else:
            file.write(self.report)
        return Done()


class Disclose(Step, frozen=True):
    """Mark the restricted report as public: from then on it is written like any other."""

    does = "make the restricted report public"

    report: bytes

    @staticmethod
    def due(facts: Facts, request: DocumentRequest) -> Due:
        """With ``document --disclose``, while the report is restricted."""
        if not request.disclose or not facts.is_restricted or facts.private is None:
            return None
        return Disclose(disclosed(facts, request))

    def perform(self, run: Run) -> Done:
        """Write it into the git directory; the next record publishes it."""
        PrivateReport(run.repository.common_dir, run.facts.hotfix).write(self.report)
        return Done()


def disclosed(facts: Facts, request: DocumentRequest) -> bytes:
    """Return a restricted report with what makes it public, and the CVE where that is known by now."""
    values: dict[str, object] = {"visibility": str(Visibility.PUBLIC)}
    if request.cve is not None:
        values["cve"] = request.cve
    return set_values(facts.private or b"", values, facts.report_path)
