"""What the tool writes into a report, in each language: one table a language, all with the same entries.

The keys of the front matter and their values are English in every language. A text in braces is filled by
``str.format``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from git_hotfix.templates import Answers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from git_hotfix.config import Config


Language = Literal["en", "ko"]


class Words(NamedTuple):
    """One language: ``headings`` by section, the one that is written first and then others that teams use."""

    language: Language
    answers: Answers
    headings: Mapping[str, tuple[str, ...]]
    # tables
    timeline_head: tuple[str, str, str]
    criticality_head: tuple[str, str]
    what_is_broken: str
    is_production_affected: str
    can_it_wait: str
    severity: str
    kind: str
    data_at_risk: str
    affected_users: str
    # events of the timeline
    began: str
    noticed: str
    declared: str
    committed: str
    tests: Mapping[str, str]
    merged: str
    tagged: str
    published: str
    deployment: str
    deployment_of_rollback: str
    ended: Mapping[str, str]
    rolled_back: str
    arrived: str
    taken_back: str
    closed: str
    lands_again: str
    relanded: str
    # Resolution and Verification
    not_resolved: str
    not_verified: str
    statuses: Mapping[str, str]
    verdicts: Mapping[str, str]
    methods: Mapping[str, str]
    label_status: str
    label_reason: str
    label_published: str
    label_tag: str
    label_deployed: str
    label_fix: str
    label_carried: str
    label_tests_run: str
    label_tests_skipped: str
    label_tests: str
    label_verified: str
    published_as: str
    nothing_published: str
    unknown_when: str
    no_tag: str
    check_passed: str
    carried_by: str
    skipped: str
    deployment_ended: str
    deployment_began: str
    at_unknown_time: str
    told_by: str
    by_the_push: str
    reason_taken_back: str
    with_tag: str


EN = Words(
    language="en",
    answers=Answers(unknown="unknown", yes="yes", no="no"),
    headings={
        "summary": ("Summary",),
        "criticality": ("Criticality",),
        "impact": ("Impact",),
        "timeline": ("Timeline",),
        "root-cause": ("Root cause",),
        "resolution": ("Resolution",),
        "verification": ("Verification",),
        "followups": ("Follow-ups", "Follow-up", "Follow up", "Action items"),
        "postmortem": ("Post-mortem", "Postmortem", "Retrospective"),
        "references": ("References",),
    },
    timeline_head=("time", "event", "source"),
    criticality_head=("question", "answer"),
    what_is_broken="What is broken?",
    is_production_affected="Is production affected?",
    can_it_wait="Can it wait for the next release?",
    severity="Severity",
    kind="Kind",
    data_at_risk="Data at risk",
    affected_users="Affected users",
    began="The problem began",
    noticed="The problem was noticed",
    declared="Hotfix declared: {title}",
    committed="Fix committed: {subject}",
    tests={
        "passed": "Critical tests passed ({command}, {seconds} s)",
        "failed": "Critical tests failed ({command}, {seconds} s)",
        "none": "No critical test ran ({command}, {seconds} s)",
    },
    merged="Merged into {base}",
    tagged="Tagged {tag}",
    published="Published to {base}",
    deployment="Deployment {ended}",
    deployment_of_rollback="Deployment of the rollback {ended}",
    ended={"succeeded": "succeeded", "failed": "failed"},
    rolled_back="Rolled back on {base}",
    arrived="Arrived on {branch} by {method}",
    taken_back="Taken back on {branch}",
    closed="Closed as {status}: {reason}",
    lands_again="Lands {hotfix} again, which was rolled back",
    relanded="Landed again as {hotfix}",
    not_resolved="Still open. `git hotfix finish` writes here what was published, deployed and carried on.",
    not_verified="Nothing is checked yet. `git hotfix finish` writes here what was run and who looked.",
    statuses={"open": "open", "resolved": "resolved", "cancelled": "cancelled", "rolled-back": "rolled-back"},
    verdicts={
        "present": "present",
        "pending": "pending",
        "reverted": "reverted",
        "waived": "waived",
        "conflict": "conflict",
        "unknown": "unknown",
    },
    methods={"merge": "merge", "pick": "pick", "revert": "revert"},
    label_status="Status",
    label_reason="Reason",
    label_published="Published",
    label_tag="Tag",
    label_deployed="Deployed",
    label_fix="Fix",
    label_carried="Carried to",
    label_tests_run="Critical tests run",
    label_tests_skipped="Critical tests skipped",
    label_tests="Critical tests",
    label_verified="Verified by hand",
    published_as="{when}, {base} at {merge}",
    nothing_published="nothing",
    unknown_when="unknown when",
    no_tag="none",
    check_passed="passed ({command}, {seconds} s, {when})",
    carried_by=", by {method}",
    skipped=" (Skipped by {by}: {reason})",
    deployment_ended="{ended} {when}",
    deployment_began="began {when}, its end is not known",
    at_unknown_time="at an unknown time",
    told_by=" (told by {by})",
    by_the_push="by the push",
    reason_taken_back="taken back by {commit}{tag}",
    with_tag=", tag {tag}",
)

KO = Words(
    language="ko",
    answers=Answers(unknown="미확인", yes="예", no="아니요"),
    headings={
        "summary": ("개요", "장애 개요", "요약"),
        "criticality": ("긴급도 판단", "긴급도", "장애 등급"),
        "impact": ("장애 영향", "영향", "영향 범위"),
        "timeline": ("타임라인", "장애 타임라인", "경과"),
        "root-cause": ("근본 원인", "장애 원인", "원인"),
        "resolution": ("조치 내용", "조치 사항", "장애 조치"),
        "verification": ("검증", "검증 결과", "조치 확인"),
        "followups": ("재발 방지 및 후속 조치", "재발 방지", "재발 방지 대책", "후속 조치"),
        "postmortem": ("포스트모템(회고)", "포스트모템", "회고", "장애 회고"),
        "references": ("참고 자료", "참고"),
    },
    timeline_head=("시각", "내용", "출처"),
    criticality_head=("질문", "답변"),
    what_is_broken="무엇이 문제인가?",
    is_production_affected="운영 환경에 영향이 있는가?",
    can_it_wait="다음 정기 배포까지 기다릴 수 있는가?",
    severity="심각도",
    kind="유형",
    data_at_risk="데이터 위험",
    affected_users="영향받은 사용자 수",
    began="장애 발생",
    noticed="장애 인지",
    declared="핫픽스 시작: {title}",
    committed="수정 커밋: {subject}",
    tests={
        "passed": "핵심 테스트 통과 ({command}, {seconds}초)",
        "failed": "핵심 테스트 실패 ({command}, {seconds}초)",
        "none": "실행된 핵심 테스트 없음 ({command}, {seconds}초)",
    },
    merged="{base} 브랜치에 머지",
    tagged="태그 생성: {tag}",
    published="{base} 브랜치에 푸시 완료",
    deployment="배포 {ended}",
    deployment_of_rollback="롤백 배포 {ended}",
    ended={"succeeded": "성공", "failed": "실패"},
    rolled_back="{base} 브랜치에서 롤백",
    arrived="{branch} 브랜치에 백포트 ({method})",
    taken_back="{branch} 브랜치에서도 롤백",
    closed="종료({status}): {reason}",
    lands_again="롤백했던 핫픽스 재적용: {hotfix}",
    relanded="새 핫픽스로 재적용: {hotfix}",
    not_resolved="아직 조치 중입니다. 운영 반영, 배포, 백포트 결과는 `git hotfix finish`가 여기에 기록합니다.",
    not_verified="아직 검증 전입니다. 실행한 테스트와 확인한 사람은 `git hotfix finish`가 여기에 기록합니다.",
    statuses={"open": "조치 중", "resolved": "해결", "cancelled": "취소", "rolled-back": "롤백"},
    verdicts={
        "present": "반영됨",
        "pending": "미반영",
        "reverted": "롤백됨",
        "waived": "제외",
        "conflict": "충돌",
        "unknown": "미확인",
    },
    methods={"merge": "머지", "pick": "체리픽", "revert": "리버트"},
    label_status="상태",
    label_reason="사유",
    label_published="운영 반영",
    label_tag="태그",
    label_deployed="배포",
    label_fix="수정 커밋",
    label_carried="백포트",
    label_tests_run="실행한 핵심 테스트",
    label_tests_skipped="핵심 테스트 생략",
    label_tests="핵심 테스트",
    label_verified="직접 확인",
    published_as="{when}, {base} {merge}",
    nothing_published="없음",
    unknown_when="시각 미확인",
    no_tag="없음",
    check_passed="통과 ({command}, {seconds}초, {when})",
    carried_by=", {method}",
    skipped=" ({by}: {reason})",
    deployment_ended="{ended} {when}",
    deployment_began="{when} 시작, 종료 여부 미확인",
    at_unknown_time="(시각 미확인)",
    told_by=" ({by} 확인)",
    by_the_push="푸시 시 자동 배포",
    reason_taken_back="롤백 커밋 {commit}{tag}",
    with_tag=", 태그 {tag}",
)

LANGUAGES = {words.language: words for words in (EN, KO)}
"""Every language by the value of ``incident.language``."""


def words_of(config: Config) -> Words:
    """Return the words of the configured language."""
    return LANGUAGES[config.incident.language]
