"""What headings mean: a version, what is not released yet, a kind of change, a part of a backlog.

Headings are compared whole, by exact names: "Definition of Done" is not "Done".
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final


def _names(*groups: str) -> frozenset[str]:
    return frozenset(name for group in groups for name in group.split("|"))


KINDS: Final = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
"""The kinds of change in the order of Keep a Changelog 1.1.0."""

_NAMES = {
    "Added": "added|add|additions|new|new features|features|feature|enhancements|implemented enhancements|"
    "minor changes|추가|추가됨|추가 사항|기능|새 기능|新增|追加",
    "Changed": "changed|changes|change|improvements|improved|updates|updated|performance|performance improvements|"
    "refactoring|major changes|breaking changes|breaking|변경|변경됨|변경 사항|개선|개선 사항|变更|変更",
    "Deprecated": "deprecated|deprecations|지원 중단|사용 중단|지원 중단 예정|弃用|非推奨",
    "Removed": "removed|removals|removed features|제거|제거됨|삭제|삭제됨|移除|削除",
    "Fixed": "fixed|fixes|fix|bug fixes|bugfixes|bugfix|bug fix|bug|bugs|bugs fixed|fixed bugs|fixed issues|resolved|"
    "resolved issues|bugs/fixes|corrections|patch changes|hotfixes|수정|수정됨|수정 사항|수정사항|고침|버그 수정|"
    "버그수정|버그 수정 사항|오류 수정|修正|修复|bug修复|不具合修正|バグ修正|behoben|fehlerbehebungen|corrigé|"
    "corrections de bugs|correctifs|corregido|correcciones|corrigido|исправлено",
    "Security": "security|security fixes|security fix|security updates|vulnerabilities|보안|보안 수정|보안 패치|"
    "보안 사항|安全|安全性|セキュリティ|sécurité|seguridad|segurança|sicherheit|безопасность",
}
_KIND = {name: kind for kind, names in _NAMES.items() for name in names.split("|")}
KOREAN: Final = dict(zip(KINDS, ("추가", "변경", "지원 중단", "제거", "수정", "보안"), strict=True))

DONE: Final = _names(
    "done|done items|done tasks|completed|completed items|completed tasks|completed work|complete|finished|shipped",
    "closed|resolved|recently done|recently completed|erledigt|fertig|terminé|hecho|concluído|完了|完成|已完成",
    "완료|완료됨|완료 항목|완료된 항목|완료된 작업|완료한 작업|완료 작업|완료 목록|완료 내역",
)
DEFERRED: Final = _names(
    "deferred work|deferred|deferred items|deferred tasks|later|postponed|someday|someday/maybe|on hold|icebox",
    "보류|보류됨|보류 항목|보류 작업|보류된 작업|연기|연기됨|연기 항목|연기된 작업|연기된 항목|연기 작업|지연된 작업",
    "나중에|추후|추후 작업|추후 진행|이월|이월 작업|미룬 작업|延期|保留",
)
TECH_DEBT: Final = _names("tech debt|technical debt|tech-debt|debt|기술 부채|기술부채|技術的負債|技术债|技术债务")
HOTFIX: Final = _names("hotfix|hotfixes|hot fixes|핫픽스|긴급|긴급 수정|긴급수정|긴급 패치")

_NEXT = re.compile(
    r"(?:the )?(?:next|upcoming|future|vnext)(?: (?:release|version|changes))?|head|main|master|trunk|tip|"
    r"(?:in )?development(?: version)?|in progress|in development|wip|tbd|tba|"
    r"(?:다음|차기) (?:버전|릴리스|릴리즈|배포)|배포 예정|출시 예정|예정"
)
_UNRELEASED = re.compile(
    r"\bunreleased\b|\bnot(?: yet)? released\b|\bto be released\b|"
    r"미출시|미배포|미릴리스|미릴리즈|未发布|未發布|未リリース|リリース前"
)
_PENDING = re.compile(
    r"[ (\[-](?:tbd|tba|yyyy-mm-dd|xxxx-xx-xx|\?{4}-\?\?-\?\?|in development|snapshot)\b|\d[.-]?dev\d*$"
)
_VERSION = re.compile(
    r"(?:(?:version|release|ver|rel|버전|릴리스)\.? ?)?(?:v ?)?\d+(?:\.(?:\d+|x))+[\w.+-]*(?: |$|[:,(–—])"
    r"|(?!(?:changelog|changes|history|news) )[\w./@-]*[a-z][\w./-]*[ @]v?\d+(?:\.(?:\d+|x))+[\w.+-]*(?: (?![a-z])|$)"
    r"|v\d+(?: |$)|\d{4}-\d\d-\d\d\b"
)
_ONE_NUMBER = re.compile(r"\[v?\d+\]")

_IMAGE = re.compile(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])?")
_LINK = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?")
_TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z][^>]*>")
_SHORTCODE = re.compile(r":[a-z][a-z0-9_+-]+:")
_EMPHASIS = re.compile(r"(?<!\w)[*_~`]+|[*_~`]+(?!\w)|\\(?=[!-/:-@\[-`{-~])|\*\*|~~|`")
_NUMBER = re.compile(r"(?:\(?\d{1,3}(?:\.\d{1,3})*[.)]|\d{1,3}(?:\.\d{1,3})+|[ivx]{1,4}\.|[①-⑳])\s+(?=\S)")
_PARENTHESIS = re.compile(r"\s*[(（][^()（）]*[)）]$")


def plain(text: str) -> str:
    """Return a heading in lower case without links, emphasis, tags, emoji and a colon at its end."""
    text = re.sub("[0-9]\ufe0f?\u20e3", "", text)  # a digit in a box is an emoji
    text = _TAG.sub("", _LINK.sub(r"\1", _IMAGE.sub("", text)))
    text = _EMPHASIS.sub("", _SHORTCODE.sub("", text))
    text = "".join(char for char in unicodedata.normalize("NFC", text) if not _is_picture(char))
    return re.sub(r"\s+", " ", text).strip().rstrip(":：").rstrip().casefold()


def _is_picture(char: str) -> bool:
    """Whether a character is an emoji or unseen: symbols, selectors, joiners, keycaps."""
    return unicodedata.category(char) in ("So", "Sk", "Cf", "Me", "Cn") or char in "\ufe0e\ufe0f"


def names_of(text: str) -> tuple[str, ...]:
    """Return the names that a heading may be meant by: without numbering, and without a parenthesis at its end."""
    name = plain(text)
    name = _NUMBER.sub("", name, count=1) if _NUMBER.match(name) else name
    name = re.sub(r"^[^\w(]+|[^\w)]+$", "", name)
    shorter = re.sub(r"[\s:：]+$", "", _PARENTHESIS.sub("", name))
    return (name, shorter) if shorter and shorter != name else (name,)


def kind_of(text: str) -> str | None:
    """Return the kind of change that a heading stands for (``Fixed`` for "🐛 Bug Fixes"), None: no kind."""
    return next((_KIND[name] for name in names_of(text) if name in _KIND), None)


def is_named(text: str, names: frozenset[str]) -> bool:
    """Whether a heading is one of these names, or several of them ("보류 / 연기")."""
    return any(all(part in names for part in re.split(r" ?[/·&,] ?", name)) or name in names for name in names_of(text))


def is_unreleased(text: str) -> bool:
    """Whether a heading of a changelog is that of what is not released yet."""
    name = plain(text)
    bare = _PARENTHESIS.sub("", name)
    if _UNRELEASED.search(name) and len(name.split(" ")) < 8:
        return True
    if _NEXT.fullmatch(name) or _NEXT.fullmatch(bare):
        return True
    return bool(_VERSION.match(name)) and bool(_PENDING.search(name))


def is_version(text: str) -> bool:
    """Whether a heading of a changelog is that of a version that is out (a number or a day leads it)."""
    return not is_unreleased(text) and bool(_VERSION.match(plain(text)) or _ONE_NUMBER.match(text.strip()))


def version_number(text: str) -> tuple[int, ...]:
    """Return the number that a version heading shows, to compare versions; empty when there is none."""
    match = re.search(r"\d+(?:[.-]\d+)+", plain(text))
    return tuple(int(part) for part in re.findall(r"\d+", match[0])) if match else ()


def has_hangul(text: str) -> bool:
    """Whether a text has Korean letters."""
    return any("가" <= char <= "힣" for char in text)
