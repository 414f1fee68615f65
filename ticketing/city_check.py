"""Whether the city's data fit together after a change: every entry by itself, then all of them."""

import tempfile
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from store.types import JsonObject
from ticketing import city_files, citydata
from ticketing.city_files import NAMES, TICKET_KINDS, Entries
from ticketing.city_labels import named, place_of
from ticketing.city_versions import Change
from ticketing.citydata import CityDataError
from ticketing.field_errors import field_refusal
from ticketing.notices import LONGEST, Notice
from ticketing.policy import LIMITED, Policies
from ticketing.refusal import Refusal
from ticketing.workflow.terms import refuse

_SHOWN = 40


def check(after: Entries, changes: Sequence[Change], policies: Policies, at: datetime) -> None:
    """Raises Refusal, or CityDataError for files that do not fit together."""
    for change in changes:
        if NAMES[change.kind].is_line and change.after is not None:
            tidied(change.kind, change.code, change.after)
    kinds = {change.kind for change in changes}
    if kinds & set(TICKET_KINDS):
        _check_files(after, policies, at)
    _check_contacts(after)
    _check_rosters(after)
    _check_notices(after, changes, at)


def tidied(name: str, code: str, row: JsonObject) -> JsonObject:
    """An entry as it is kept. Raises Refusal where it is wrong by itself; its field is the path
    from the entry's code, e.g. `SLJ.contacts.0.number`."""
    kind = NAMES[name]
    try:
        made = kind.model.model_validate(row)
    except ValidationError as error:
        raise _row_refusal(name, code, error.errors()[0]) from None
    if kind.code(row) != code:
        raise refuse(
            "invalid_value",
            code,
            f"{code}的内容属于{kind.code(row)[:_SHOWN]}",
            "代码不能修改，请另建一项",
        )
    return made.model_dump(mode="json", exclude_unset=True)


def check_extensions(after: Entries, changed: Collection[str]) -> None:
    """Raises Refusal where one of the changed units has another one's extension."""
    owners: dict[str, list[str]] = {}
    for code, row in after["units"].items():
        owners.setdefault(row["ext"], []).append(code)
    for code in changed:
        extension = str(after["units"].get(code, {}).get("ext"))
        for other in owners.get(extension, ()):
            if other != code:
                raise refuse(
                    "invalid_value",
                    f"{code}.ext",
                    f"内线号码{extension}已由{named(other, after['units'])}使用",
                    "请换一个内线号码",
                )


def _row_refusal(kind: str, code: str, error: ErrorDetails) -> Refusal:
    """What pydantic found wrong with an entry, at its place and as its form calls it."""
    if error["type"] == "extra_forbidden":
        path = ".".join((code, *map(str, error["loc"])))
        return refuse("invalid_value", path, f"{code}没有{error['loc'][-1]}这一项", "请去掉此项")
    # What is wrong with the entry as a whole is told at one of its fields.
    where = error["loc"] or tuple(error.get("ctx", {}).get("field", "").split())
    place, label = place_of(kind, where)
    path = ".".join((code, *place))
    if error["type"] == "missing":
        return refuse("missing_field", path, f"{code}缺少{label}", f"请填写{label}后再提交")
    if error["type"] == "value_error":
        message = str(error["ctx"]["error"])
        return refuse("invalid_value", path, f"{code}：{message}", "请改正后再提交")
    told = field_refusal(error)
    shown = str(error["input"])[:_SHOWN]
    wrong = f"{label}“{shown}”无效" if shown else f"{label}没有填写"
    return refuse("invalid_value", path, f"{code}：{wrong}", told.fix)


def _check_files(after: Entries, policies: Policies, at: datetime) -> None:
    with tempfile.TemporaryDirectory(prefix="hotline-city-") as name:
        folder = Path(name)
        city_files.write({kind: after.get(kind, {}) for kind in TICKET_KINDS}, folder)
        try:
            city_files.check(folder)
        except CityDataError as error:
            plain = str(error).replace(f"{name}/", "")
            raise CityDataError(plain, error.told, error.field) from None
        city = citydata.read(folder)
    for unit in city.units.values():
        for clock, limit in unit.limits.items():
            if clock not in LIMITED:
                known = "、".join(LIMITED)
                raise refuse("invalid_value", "clock", f"没有时限{clock}", f"请从{known}中选择")
            longest = policies.at(at).hours_of(clock)
            if not 0 < limit.total_seconds() <= longest.total_seconds():
                raise refuse(
                    "looser_than_policy",
                    "hours",
                    f"{unit.name}的内部时限不能比规定宽松",
                    f"请填写大于0、不超过{longest.total_seconds() / 3600:g}的小时数",
                    "25",
                )


def _check_contacts(after: Entries) -> None:
    for kind in ("contacts", "roster"):
        for code in after.get(kind, {}):
            if code not in after["units"]:
                raise refuse(
                    "unknown_unit",
                    f"{code}.unit",
                    f"{NAMES[kind].title}：没有代码为{code}的单位",
                    "请先增加单位，或选择已有的单位",
                )


def _check_rosters(after: Entries) -> None:
    """Shifts ring duty phones of their own unit."""
    for code, row in after.get("roster", {}).items():
        known = {one["number"] for one in after["contacts"].get(code, {}).get("contacts", ())}
        for number, shift in enumerate(row["shifts"]):
            for contact in shift["contacts"]:
                if contact not in known:
                    raise refuse(
                        "invalid_value",
                        f"{code}.shifts.{number}.contacts",
                        f"{named(code, after['units'])}的值班表用了{contact}，"
                        "它不是该单位的值班电话",
                        "请先把号码加入值班电话，或从值班表中去掉",
                    )


def _check_notices(after: Entries, changes: Sequence[Change], at: datetime) -> None:
    for change in changes:
        if change.kind != "notices" or change.after is None:
            continue
        region = change.after.get("region")
        if region is not None and region not in after["regions"]:
            field = f"{change.code}.region"
            raise refuse("invalid_value", field, f"没有区划{region}", "请从区划列表中选择")
        notice = Notice.model_validate(change.after)
        if notice.until - (notice.starts_at or at) > LONGEST:
            field, days = f"{change.code}.until", LONGEST.days
            raise refuse("invalid_value", field, "通知的时间过长", f"请填写{days}天之内的失效时间")
