"""A ticket as a record of an export (导出记录): every field, its journal and a checksum.

Personal values are plain in a record: another store encrypts them again under keys of its own.
Instants keep their microseconds, so that timers are the same ones after the way back.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from store.tables import ticket, ticket_call, ticket_event
from store.types import SHANGHAI, JsonObject, canonical_json
from ticketing.field_errors import field_refusal
from ticketing.model import Ticket
from ticketing.new_ticket import CONTROL, is_plausible
from ticketing.refusal import Refusal

FIELDS = (*Ticket.model_fields, "erased", "letters", "digest")
"""Keys of a record, in the order of an export's columns."""
_LONGEST = {"source": 40, "channel": 40, "external_id": 200, "content_hash": 64}
_WHOLE = 2**31
_APART = {"calls", "events"}
_LENGTHS = {
    table.name: {
        column.name: column.type.length
        for column in table.c
        if isinstance(column.type, sa.String) and column.type.length is not None
    }
    for table in (ticket, ticket_call, ticket_event)
}
"""Longest texts of columns, which SQLite would not mind."""


@dataclass(frozen=True)
class Extra:
    """What a record has of a ticket beside its fields."""

    erased: bool = False
    """The person's data were destroyed; nothing personal may be registered any more."""
    letters: Sequence[JsonObject] = ()
    """Letters of other channels that became the ticket."""
    hashes: Sequence[str] = ()
    """Of its first events, where they were written in another store."""
    recording_ids: Sequence[str] = ()
    """Recordings that the other store had."""


def record_of(one: Ticket, extra: Extra) -> JsonObject:
    """The record of a ticket."""
    told: JsonObject = _plain(one.model_dump(by_alias=True))
    for event, kept in zip(told["events"], extra.hashes, strict=False):
        event["hash"] = kept
    known = (*extra.recording_ids, *one.recording_ids)
    told["recording_ids"] = list(dict.fromkeys(known))
    told |= {"erased": extra.erased, "letters": _plain(list(extra.letters))}
    return told | {"digest": digest(told)}


def digest(record: Mapping[str, Any]) -> str:
    """Checksum of a record: SHA-256 of its canonical JSON without the checksum."""
    told = {key: value for key, value in record.items() if key != "digest"}
    return hashlib.sha256(canonical_json(told).encode("utf-8", "surrogatepass")).hexdigest()


def ticket_of(record: Mapping[str, Any]) -> tuple[Ticket, Extra]:
    """The ticket of a record; raises Refusal for one that was changed or that no store can hold."""
    unknown = sorted(record.keys() - set(FIELDS))
    if unknown:
        fix = "请用导出该文件的程序版本或更新的版本导入"
        raise Refusal("invalid_value", unknown[0][:40], f"不认识字段{unknown[0][:40]}", fix)
    for name in ("ticket_no", "digest", "events"):
        if not record.get(name):
            fix = "请用 tickets export 重新导出；CSV 和 XLSX 导出时须加 --events"
            raise Refusal("missing_field", name, f"缺少{name}", fix)
    try:
        changed = digest(record) != record["digest"]
    except (RecursionError, TypeError, ValueError):
        changed = True
    if changed:
        fix = "导出文件不能修改后再导入，请使用原文件；修改工单请用 tickets do"
        raise Refusal("invalid_value", "digest", "这条记录导出后被改动过", fix)
    try:
        one = Ticket.model_validate({**record, "events": _events(record["events"])})
    except ValidationError as error:
        raise field_refusal(error.errors()[0]) from None
    fits(one)
    letters = _letters(record.get("letters") or [])
    hashes = tuple(event.hash for event in one.events)
    return one, Extra(record.get("erased") is True, letters, hashes, tuple(one.recording_ids))


def _plain(value: Any) -> Any:
    """Values of JSON; instants in city time, to the microsecond."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).isoformat()
    return str(value) if isinstance(value, str) else value


def _events(given: Any) -> Any:
    """`from` and `to` are `from_state` and `to_state` in the model."""
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise Refusal("invalid_value", "events", "事件流水应为列表", "请重新导出")
    names = {"from": "from_state", "to": "to_state"}
    return [{names.get(key, key): value for key, value in one.items()} for one in given]


def _letters(given: Any) -> list[JsonObject]:
    """Checked letters, their instants in UTC."""
    try:
        return [_letter(one) for one in given]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Refusal("invalid_value", "letters", "来件登记无效", "请重新导出") from None


def _letter(given: Any) -> JsonObject:
    found = {key: str(given[key]) for key in _LONGEST}
    if any(len(value) > _LONGEST[key] or CONTROL.search(value) for key, value in found.items()):
        raise ValueError
    return found | {"at": datetime.fromisoformat(given["at"]).astimezone(UTC)}


def fits(one: Ticket) -> None:
    """Raises Refusal for what a column cannot hold, and for a journal without order."""
    _row_fits(one.model_dump(exclude=_APART), ticket.name)
    for call in one.calls:
        _row_fits(call.model_dump(), ticket_call.name)
    for seq, event in enumerate(one.events, 1):
        _row_fits(event.model_dump(), ticket_event.name)
        if event.seq != seq:
            raise Refusal("invalid_value", "events", f"缺少第{seq}个事件", "请重新导出")
    if one.version != len(one.events):
        raise Refusal("invalid_value", "version", "版本与事件数不符", "请重新导出")


def _row_fits(values: Mapping[str, Any], table: str) -> None:
    for name, value in values.items():
        if value is None:
            continue
        longest = _LENGTHS[table].get(name)
        if longest is not None and isinstance(value, str) and len(value) > longest:
            raise Refusal("invalid_value", name, f"{name}超过{longest}字", "请缩短内容")
        if not _is_sound(value):
            fix = "请去掉控制字符，并核对数值和时间"
            raise Refusal("invalid_value", name, f"{name}含有无法保存的内容", fix)


def _is_sound(value: Any) -> bool:
    match value:
        case str():
            return CONTROL.search(value) is None
        case bool() | None:
            return True
        case int():
            return abs(value) < _WHOLE
        case float():
            return value == value and abs(value) != float("inf")
        case datetime():
            return value.tzinfo is not None and is_plausible(value)
        case dict():
            return all(_is_sound(key) and _is_sound(one) for key, one in value.items())
        case list() | tuple():
            return all(map(_is_sound, value))
    return False
