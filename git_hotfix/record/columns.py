"""What the columns of a backlog's tables are for, by their names."""

from __future__ import annotations

from enum import StrEnum

from git_hotfix.record.titles import names_of


class Column(StrEnum):
    """What a column of a table tells."""

    DAY = (
        "date|day|when|completed|done|completed on|done on|closed|finished|"
        "날짜|일자|완료일|완료 날짜|완료일자|일시|종료일"
    )
    OWNER = "owner|assignee|who|by|assigned to|responsible|author|담당|담당자|작업자|책임자"
    TASK = (
        "task|item|title|description|work|what|name|summary|feature|story|debt|"
        "작업|항목|내용|제목|작업 내용|작업명|설명|할 일|기능"
    )
    STATUS = "status|state|상태|진행 상태|진행상태"
    ID = "id|#|no|no.|key|ticket|번호|식별자"
    TAG = "tag|version|release|버전|태그|릴리스"
    LINK = "report|link|links|ref|reference|doc|docs|보고서|링크|문서|참고"
    TYPE = "type|kind|category|종류|구분|유형|분류"
    DUE = "due|due date|deadline|target|기한|마감|마감일|예정일|목표일"
    TRIGGER = "trigger|condition|until|revisit|revisit when|조건|트리거|재개 조건|재검토 조건"


_COLUMN = {name: column for column in Column for name in column.value.split("|")} | {"#": Column.ID}


def column_of(title: str) -> Column | None:
    """Return what a column is for; None: not known."""
    names = (*names_of(title), title.strip().casefold())
    return next((_COLUMN[name] for name in names if name in _COLUMN), None)
