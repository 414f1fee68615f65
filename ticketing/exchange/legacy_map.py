"""How the columns of an old system's table become fields of tickets (映射文件): a YAML file."""

import re
from datetime import UTC, datetime, timedelta
from datetime import timezone as fixed_zone
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ticketing.model import Ticket
from ticketing.new_ticket import NewTicket, is_plausible
from ticketing.refusal import Refusal
from ticketing.workflow.terms import refuse

TIMES = frozenset({"created_at", "accepted_at", "dispatched_at", "resolved_at", "closed_at"})
"""Instants of the ticket's own way, beside `occurred_at`."""
WORK = frozenset(
    {"unit", "handling_note", "public_reply", "close_result", "contacted", "is_true", "solved",
     "unsolved_reason"}
)  # fmt: skip
"""What the old system knew of the handling."""
FIELDS = frozenset(NewTicket.model_fields) | TIMES | WORK | {"state"}
"""What a mapping may fill."""
STATES = ("closed", "pending_acceptance")
_BOOLEANS = {"true": True, "false": False, "是": True, "否": False, "1": True, "0": False}
_FLAGS = frozenset(
    name
    for name, field in Ticket.model_fields.items()
    if name in FIELDS and field.annotation in (bool, bool | None)
)
_NUMBERS = frozenset({"lng", "lat", "stt_confidence"})
_BIGGEST = 1_000_000

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]

EXAMPLE = """\
# Mapping of an old system's table for: ./hotline tickets import legacy FILE --map MAP.yaml
system: old12345            # name of the old system; its numbers are unique within it
id: 工单号                  # column with the old number: a second run adds nothing
timezone: "+08:00"          # of times without an offset
fields:                     # field (docs/fields.md): where its value comes from
  created_at: {column: 来电时间, format: "%Y-%m-%d %H:%M:%S"}   # required; without format: ISO 8601
  closed_at: {column: 办结时间, format: "%Y-%m-%d %H:%M:%S"}
  content: {column: 诉求内容}                                   # required
  title: {column: 标题}
  requester_name: {column: 姓名}
  contact_phone: {column: 联系电话}
  address_text: {column: 地址}
  unit: {column: 承办单位, values: {市水利局: SLJ, 市供电公司: GDGS}}
  request_type:
    column: 类型
    values: {投诉: complaint, 求助: help, 咨询: consult, 举报: report}
    default: other          # for an empty cell
    otherwise: other        # for a value that is not listed; without it the value itself
  region_code: {column: 县区, values: {宿城区: "321302"}, otherwise: "321300"}
  public_reply: {column: 答复内容}
  channel: {constant: phone}
  state:                    # closed or pending_acceptance: somebody accepts it and sends it on
    column: 状态
    values: {已办结: closed, 办理中: pending_acceptance}
    default: closed
"""


class Source(BaseModel):
    """Where a field's value comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: Name | None = None
    constant: str | bool | float | None = None
    format: Name | None = None
    """Of times, as strptime takes it; None: ISO 8601."""
    values: dict[str, str | bool | float | None] = {}
    default: str | bool | float | None = None
    """For an empty cell."""
    otherwise: str | bool | float | None = None
    """For a cell that `values` does not have; None: the cell itself."""


class Mapping(BaseModel):
    """A mapping file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    system: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
    id: Name
    timezone: Annotated[str, StringConstraints(pattern=r"^[+-][0-9]{2}:[0-9]{2}$")] = "+08:00"
    fields: dict[str, Source] = Field(min_length=1)

    @property
    def zone(self) -> fixed_zone:
        """Of times without an offset."""
        hours, minutes = int(self.timezone[1:3]), int(self.timezone[4:])
        length = timedelta(hours=hours, minutes=minutes)
        return fixed_zone(-length if self.timezone[0] == "-" else length)

    def columns(self) -> set[str]:
        """The columns that the table must have."""
        named = {source.column for source in self.fields.values() if source.column is not None}
        return named | {self.id}


class Misfit(Exception):
    """A cell that cannot be taken."""

    def __init__(self, refusal: Refusal, column: str | None, value: str | None) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
        self.column = column
        self.value = value


def read(path: Path) -> Mapping:
    """A mapping file; raises Refusal that names the key at fault."""
    try:
        if path.stat().st_size > _BIGGEST:
            raise _wrong("file", f"{path.name}过大", "映射文件不超过1 MB")
        with path.open(encoding="utf-8-sig") as file:
            given = YAML(typ="safe").load(file)
    except OSError as error:
        raise _wrong("map", f"无法打开{path}：{error.strerror}", "请核对文件名和权限") from None
    except (YAMLError, ValueError, RecursionError) as error:
        what = " ".join(str(error).split())[:200]
        raise _wrong("map", f"映射文件不是有效的 YAML：{what}", "请参照 --example-map") from None
    return of(given)


def of(given: Any) -> Mapping:
    """A mapping from what its YAML says; raises Refusal."""
    try:
        mapping = Mapping.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))[:80] or "map"
        raise _wrong(place, f"映射文件的{place}无效", "请参照 --example-map 改正") from None
    for name, source in mapping.fields.items():
        if name not in FIELDS:
            known = "、".join(sorted(FIELDS))
            raise _wrong(f"fields.{name[:40]}", f"没有字段{name[:40]}", f"可映射的字段：{known}")
        if (source.column is None) == (source.constant is None):
            raise _wrong(f"fields.{name}", f"{name}应写明 column 或 constant", "两者写且只写一个")
    if "created_at" not in mapping.fields:
        raise _wrong("fields.created_at", "缺少登记时间（created_at）", "请写明它在哪一列")
    if not {"content", "call_id"} & mapping.fields.keys():
        raise _wrong("fields.content", "缺少诉求内容（content）", "请写明它在哪一列")
    try:
        _ = mapping.zone
    except ValueError:
        raise _wrong("timezone", "时区无效", '请写成 "+08:00"') from None
    return mapping


def values(mapping: Mapping, row: dict[str, str]) -> dict[str, Any]:
    """The fields that a row gives; None where nothing is known. Raises Misfit."""
    return {name: _value(name, mapping, source, row) for name, source in mapping.fields.items()}


def _value(name: str, mapping: Mapping, source: Source, row: dict[str, str]) -> Any:
    cell = source.constant if source.column is None else row.get(source.column, "").strip()
    if cell == "":
        cell = source.default
    elif source.values:
        cell = source.values.get(str(cell), cell if source.otherwise is None else source.otherwise)
    if not isinstance(cell, str):
        return cell
    if name in TIMES or name == "occurred_at":
        return _time(name, cell, mapping, source)
    if name in _FLAGS:
        if cell.lower() not in _BOOLEANS:
            fix = "请填写 是 或 否，或在映射文件中写 values"
            raise Misfit(_wrong(name, f"{name}的值“{cell[:40]}”无效", fix), source.column, cell)
        return _BOOLEANS[cell.lower()]
    if name in _NUMBERS:
        try:
            return float(cell)
        except ValueError:
            what = f"{name}的值“{cell[:40]}”不是数字"
            raise Misfit(_wrong(name, what, "请填写数字或留空"), source.column, cell) from None
    return cell


def _time(name: str, cell: str, mapping: Mapping, source: Source) -> datetime:
    try:
        if source.format is None:
            at = datetime.fromisoformat(cell)
        else:
            at = datetime.strptime(cell, source.format)
        at = at if at.tzinfo is not None else at.replace(tzinfo=mapping.zone)
        at = at.astimezone(UTC)
    except (ValueError, OverflowError, re.error):  # a format that names a part twice
        how = source.format or "ISO 8601"
        fix = f"应按 {how} 填写，或在映射文件中改 format"
        wrong = _wrong(name, f"时间“{cell[:40]}”无法识别", fix)
        raise Misfit(wrong, source.column, cell) from None
    if not is_plausible(at):
        wrong = _wrong(name, f"时间“{cell[:40]}”不合情理", "请核对年份")
        raise Misfit(wrong, source.column, cell)
    return at


def _wrong(field: str, message: str, fix: str) -> Refusal:
    return refuse("invalid_value", field, message, fix)
