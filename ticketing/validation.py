"""Turns what a person or program sent into a NewTicket, or says what is wrong with it."""

import difflib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from store.types import SHANGHAI, JsonObject
from ticketing.citydata import CityData
from ticketing.codes import check_codes
from ticketing.field_errors import field_refusal
from ticketing.new_ticket import CLOCKS_DIFFER, NewTicket
from ticketing.refusal import Refusal

PHONES = ("caller_number", "called_number", "contact_phone")


def new_ticket(data: Mapping[str, Any], city: CityData, at: datetime) -> NewTicket:
    """Checks the data of a ticket made at `at`. Raises Refusal that names the key and the fix."""
    given = {key: national(value) if key in PHONES else value for key, value in data.items()}
    try:
        new = NewTicket.model_validate(given)
    except ValidationError as error:
        raise _refusal(error.errors()[0]) from error
    if new.content is None and new.call_id is None:
        raise Refusal(
            "missing_field",
            "content",
            "工单需要有诉求内容，或有录音的通话",
            "请填写 content（诉求内容）或 call_id（通话标识）",
        )
    if new.occurred_at is not None and new.occurred_at > at + CLOCKS_DIFFER:
        raise Refusal(
            "invalid_value", "occurred_at", "发生时间在将来", "请填写事情发生的时间，或不填"
        )
    check_codes(new, city, at.astimezone(SHANGHAI).date())
    if new.category_l2 is not None and new.category_l1 is None:
        return new.model_copy(update={"category_l1": city.categories[new.category_l2].l1_code})
    return new


def values_of(new: NewTicket) -> JsonObject:
    """What a new ticket begins with: reports are confidential, and a caller can be called back."""
    hidden = new.request_type == "report" if new.confidential is None else new.confidential
    return {
        **new.model_dump(),
        "contact_phone": new.contact_phone or new.caller_number,
        "confidential": hidden,
    }


def normal_phone(number: str) -> str:
    """National digits of a number: +86 138 0000 0001 → 13800000001, +86527… → 0527…"""
    plain = re.sub(r"[\s()-]", "", number)
    national = re.sub(r"^(\+|00)86", "", plain)
    if national != plain and not re.match(r"0|1[3-9][0-9]{9}$", national):
        national = "0" + national
    return national


def national(value: object) -> object:
    """`normal_phone` of a text; anything else as it is."""
    return normal_phone(value) if isinstance(value, str) else value


def _refusal(error: ErrorDetails) -> Refusal:
    if error["type"] != "extra_forbidden":
        return field_refusal(error)
    field = str(error["loc"][0])
    near = difflib.get_close_matches(field, NewTicket.model_fields, n=1)
    known = f"请改为 {near[0]}" if near else f"可填写：{'、'.join(NewTicket.model_fields)}"
    return Refusal("invalid_value", field, f"新工单没有{field[:40]}这一项", known)
