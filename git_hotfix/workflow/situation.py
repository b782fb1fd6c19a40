"""Where one hotfix stands: what git, the server and this machine's memory tell about it, frozen at one moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.errors import HotfixError, Problem, refused
from git_hotfix.git import history, trees
from git_hotfix.git.objects import has_object
from git_hotfix.git.resolutions import Resolutions
from git_hotfix.git.world import fetch_missing, find_production, find_roles, target_tip
from git_hotfix.hotfix import BranchName, Fix, HotfixId, Oid, Publication, Verdict
from git_hotfix.private_report import PrivateReport
from git_hotfix.record.frontmatter import id_in
from git_hotfix.record.incident import Status, Visibility
from git_hotfix.record.report import read_report
from git_hotfix.record.waivers import FILE_NAME, Waiver, read_waivers
from git_hotfix.workflow.publications import find_publications, fork_of
from git_hotfix.workflow.targets import Target, find_targets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from git_hotfix.config import Config, Settings
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.world import Roles, World
    from git_hotfix.memory import Deployment, Memory, Waiting
    from git_hotfix.record.incident import Report
    from git_hotfix.workflow.naming import Known

MANY_LINES = 5
"""More release lines than this, found by the default pattern, are not taken without asking (SPEC section 3)."""


class Situation(Struct, frozen=True):
    """Everything a plan for one hotfix is made from.

    ``tip`` is the hotfix branch's (here, else on the server, else as it was merged). ``publications`` are its
    publications, oldest first; ``fix`` is the part that is not published yet, None when there is none.
    """

    hotfix: HotfixId
    branch: BranchName
    world: World
    roles: Roles
    config: Config
    memory: Memory
    report: Report | None
    report_path: str
    report_problem: Problem | None
    base: BranchName
    base_tip: Oid | None
    local_tip: Oid | None
    server_tip: Oid | None
    tip: Oid | None
    fix: Fix | None
    publications: tuple[Publication, ...]
    targets: tuple[Target, ...]
    waived: Mapping[str, Waiver]
    """The targets that somebody said will not get the fix, by branch."""
    origins: Mapping[str, str]
    """Where each setting comes from, by dotted key."""
    lines_chosen: bool
    """Whether somebody configured which branches are release lines."""
    documented: Report | None
    """The report as it is on the branch that keeps the record (``record_branch``), None while it is not there."""
    documented_path: str
    """Where it is there, or will be; people may have renamed it."""
    private: bytes | None
    """The report that is kept in the git directory, because it is restricted or was until now."""

    @property
    def is_published(self) -> bool:
        """Whether all there is of this hotfix is in its base."""
        return bool(self.publications) and self.fix is None

    @property
    def resolutions(self) -> Resolutions:
        """Return how conflicts of this hotfix were resolved here."""
        return Resolutions(self.hotfix, self.world.local)

    @property
    def is_rolled_back(self) -> bool:
        """Whether every publication was taken back from the base."""
        return bool(self.publications) and all(each.rollback is not None for each in self.publications)

    @property
    def last_publication(self) -> Publication | None:
        """Return the newest publication."""
        return self.publications[-1] if self.publications else None

    @property
    def title(self) -> str:
        """Return the title from the report, else (and while that is restricted) the slug: it goes into messages."""
        return self.report.title if self.report and not self.is_restricted else self.hotfix.slug

    @property
    def recorded(self) -> Report | None:
        """Return the report where its ending is written: on the record's branch, or kept in the git directory."""
        return self.documented or (self.report if self.private is not None else None)

    @property
    def is_restricted(self) -> bool:
        """Whether the report is not to be published yet."""
        said = self.documented or self.report
        return self.private is not None and (said is None or said.visibility is Visibility.RESTRICTED)

    @property
    def incident(self) -> str | None:
        """Return the path of the report for messages and tags; None without one, or while it is restricted."""
        return None if self.report is None or self.is_restricted else self.report_path

    @property
    def record_branch(self) -> BranchName:
        """Return the branch that keeps the record after publication: develop, without one the base."""
        return self.roles.develop or self.base

    @property
    def pending(self) -> tuple[Target, ...]:
        """Return the targets that are to get the fix and do not have it; a rollback cancels them."""
        if self.is_rolled_back:
            return ()
        settled = {Verdict.PRESENT, Verdict.WAIVED}
        return tuple(target for target in self.targets if target.verdict not in settled)

    def needs(self, waiting: Waiting) -> bool:
        """Return whether a conflict still has to be resolved: not once the branch has, or lost, the fix otherwise."""
        target = next((each for each in self.targets if each.branch == waiting.branch), None)
        if waiting.is_rollback:
            return not self.is_rolled_back if target is None else target.keeps_the_fix
        if target is None and waiting.branch == self.base:
            return not self.is_published
        settled = {Verdict.PRESENT, Verdict.WAIVED}
        return not self.is_rolled_back and (target is None or target.verdict not in settled)

    @property
    def deployment(self) -> Deployment | None:
        """Return what is known here of the deployment of what is in production now."""
        return self.memory.deployment_of(self.in_production) if self.in_production else None

    @property
    def in_production(self) -> Oid | None:
        """Return the commit this hotfix last brought to its base: the newest merge, or what took it back."""
        return (self.last_publication.rollback or self.last_publication.merge) if self.last_publication else None

    @property
    def is_ended(self) -> bool:
        """Whether it was closed without code."""
        said = self.documented or self.report
        if said is None or self.publications:
            return False
        return said.status in {Status.CANCELLED, Status.RESOLVED}


def record_paths(config: Config) -> trees.RecordPaths:
    """Return the paths that are left out of every comparison: reports and waivers, the changelog, the backlog."""
    documents = config.documents
    backlog = (documents.backlog,) if documents.backlog is not None else ()
    files = (f"{config.incident.directory}/{FILE_NAME}", *documents.changelogs, *backlog)
    return trees.RecordPaths(config.incident.directory, files)


def look(
    repository: Repository, world: World, settings: Settings, known: Known, memory: Memory, *, at: datetime
) -> Situation:
    """Return the situation of one hotfix in a world that was just looked at; fetches what is missing by name."""
    hotfix, config = known.hotfix, settings.config
    branch = hotfix.branch(config.branches.prefix)
    first_path = f"{config.incident.directory}/{hotfix.report_name()}"
    production, _ = find_production(world, config)
    fetch_missing(repository, world, (production, branch), known.tags)
    local_tip, server_tip = world.local_tip(branch), world.server.branch(branch) if world.server else None
    tip = _newest(repository, local_tip, server_tip)
    kept = PrivateReport(repository.common_dir, hotfix)
    private = kept.read()
    path, report, problem = _report_at(repository, tip, config, hotfix)
    if private is not None:
        report, problem = _read(private, str(kept.path))
    base = report.base if report else production
    fetch_missing(repository, world, (base,))
    roles = find_roles(repository, world, config, at=at)
    fetch_missing(repository, world, (roles.develop,) if roles.develop else ())
    base_tip = world.tip(base)
    record = record_paths(config)
    publications = find_publications(repository, world, config, known, base_tip, tip)
    if tip is None and publications:
        tip = publications[-1].tip
        if private is None:
            path, report, problem = _report_at(repository, tip, config, hotfix)
    fix = _open_fix(repository, base_tip, tip, publications, first_path, record)
    on_record = target_tip(world, roles.develop or base)
    documented_path, documented, _ = _report_at(repository, on_record, config, hotfix)
    report_path = path or documented_path or first_path
    partial = Situation(
        hotfix,
        branch,
        world,
        roles,
        config,
        memory,
        report or documented,
        report_path,
        problem,
        base,
        base_tip,
        local_tip,
        server_tip,
        tip,
        fix,
        publications,
        (),
        _waived(repository, hotfix, config, memory, on_record),
        settings.origins,
        settings.origins["branches.release"] != "default",
        documented,
        documented_path or report_path,
        private,
    )
    return replace(partial, targets=find_targets(repository, partial, record))


def _waived(
    repository: Repository, hotfix: HotfixId, config: Config, memory: Memory, on_record: Oid | None
) -> Mapping[str, Waiver]:
    """Return what the record says about skipped targets, and what waits here to be written there."""
    content = None
    if on_record is not None and has_object(repository, on_record):
        content = trees.read_file(repository, on_record, f"{config.incident.directory}/{FILE_NAME}")
    here = {each.branch: Waiver(str(hotfix), each.branch, each.reason, each.by, each.at) for each in memory.skipped}
    return {**here, **read_waivers(content, hotfix)}


def _open_fix(
    repository: Repository,
    base_tip: Oid | None,
    tip: Oid | None,
    publications: tuple[Publication, ...],
    report_path: str,
    record: trees.RecordPaths,
) -> Fix | None:
    """Return the part of the branch that is not in its base yet; None when there is nothing (only records) left."""
    if tip is None or base_tip is None or (publications and publications[-1].tip == tip):
        return None
    fork = fork_of(repository, base_tip, tip, report_path)
    fix = history.fix_of(repository, fork, tip, record)
    return None if publications and not fix.paths else fix


def _newest(repository: Repository, local: Oid | None, server: Oid | None) -> Oid | None:
    """Return the branch's tip: the one here, unless the server's is here too and contains it."""
    if local is None or server is None or local == server or not has_object(repository, server):
        return local or server
    return server if history.is_ancestor(repository, local, server) else local


def report_path_in(repository: Repository, commit: Oid, config: Config, hotfix: HotfixId) -> str | None:
    """Return where a commit has the report of a hotfix: under its own name, else the file that has its id."""
    folder, own = config.incident.directory, hotfix.report_name()
    if own in trees.names_in(repository, commit, folder):
        return f"{folder}/{own}"
    files = trees.files_in(repository, commit, folder, lambda name: name.endswith(".md"))
    return next((f"{folder}/{name}" for name, content in files if id_in(content) == str(hotfix)), None)


def _report_at(
    repository: Repository, commit: Oid | None, config: Config, hotfix: HotfixId
) -> tuple[str | None, Report | None, Problem | None]:
    """Find and read the report in a commit; nonsense in it is a problem to be told, not the end of looking."""
    if commit is None or not has_object(repository, commit):
        return None, None, None
    path = report_path_in(repository, commit, config, hotfix)
    content = trees.read_file(repository, commit, path) if path is not None else None
    if path is None or content is None:
        return None, None, None
    return path, *_read(content, path)


def _read(content: bytes, path: str) -> tuple[Report | None, Problem | None]:
    try:
        return read_report(content, path), None
    except HotfixError as error:
        return None, error.problems[0]


def require_tip(situation: Situation) -> Oid:
    """Return the tip of a hotfix that must have one."""
    if situation.tip is None:
        raise refused(
            "branch-gone",
            f"The branch '{situation.branch}' is neither here nor on the server.",
            "git hotfix list",
        )
    return situation.tip
