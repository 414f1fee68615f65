"""Whether an entry may be relied on today, and be cited (R-3-2: 过期条目不得作为现行依据)."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from ticketing.knowledge.entry import REFERENCE, Entry, EntryContent, EntryVersion
from ticketing.refusal import Refusal
from ticketing.workflow.terms import refuse

ARTICLE = "3"
"""Upkeep of the knowledge base (知识库更新维护)."""
Standing = Literal["valid", "review_due", "not_yet", "expired"]
"""有效、待复核、未生效、已过期."""
CURRENT: frozenset[Standing] = frozenset({"valid", "review_due"})
"""May be cited; what is to be reviewed is marked."""


def standing(content: EntryContent, day: date) -> Standing:
    """Of a published content on a day of the city."""
    if content.valid_to is not None and day > content.valid_to:
        return "expired"
    if day < content.valid_from:
        return "not_yet"
    return "review_due" if day > content.review_by else "valid"


def is_citable(entry: Entry, day: date) -> bool:
    """Whether an answer may rest on it."""
    return entry.state == "published" and standing(entry.content, day) in CURRENT


def is_reference(text: str) -> bool:
    """Whether a text cites an entry; anything else names another source (其他依据)."""
    return REFERENCE.fullmatch(text.strip()) is not None


def reference(entry: Entry) -> str:
    """How the shown version is cited."""
    return f"{entry.code}@{entry.shown.version}"


def cited(known: Mapping[str, Entry], text: str, day: date) -> EntryVersion:
    """The version that a reference cites. Raises Refusal where it must not be relied on."""
    found = REFERENCE.fullmatch(text.strip())
    entry = known.get(found["code"]) if found is not None else None
    if found is None or entry is None or entry.published is None:
        raise _no(f"知识库中没有已发布的条目{text[:40]}", "请在知识库中查找，引用已发布的条目")
    code, published = entry.code, entry.published
    if entry.state == "retired":
        raise _no(f"知识条目{code}已停用：{entry.retired_because}", "请引用其他条目")
    now = standing(published.content, day)
    if now == "expired":
        last = published.content.valid_to
        fix = "请引用现行条目，或转责任单位办理并提醒其更新"
        raise _no(f"知识条目{code}已于{last}到期，不能作为答复依据", fix)
    if now == "not_yet":
        first = published.content.valid_from
        raise _no(f"知识条目{code}自{first}起施行，现在还不能引用", "请引用现行条目")
    if found["version"] is not None and int(found["version"]) != published.version:
        fix = f"请核对新内容后引用{code}@{published.version}"
        raise _no(f"知识条目{code}的现行版本是第{published.version}版，不是{text[:40]}", fix)
    return published


def _no(message: str, fix: str) -> Refusal:
    return refuse("invalid_value", "knowledge_ref", message, fix, ARTICLE)
