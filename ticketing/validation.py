"""Turns what a person or program sent into a NewTicket, or says what is wrong with it."""

import difflib
import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ticketing.citydata import CityData
from ticketing.new_ticket import NewTicket
from ticketing.refusal import Refusal

_PHONES = ("caller_number", "called_number", "contact_phone")

_FIXES = {
    "string_pattern_mismatch": "write digits only, e.g. 13800000001 or 052712345678",
    "timezone_aware": "add the offset, e.g. 2026-10-01T10:00:00+08:00",
    "datetime_parsing": "write ISO 8601 with offset, e.g. 2026-10-01T10:00:00+08:00",
    "datetime_from_date_parsing": "write ISO 8601 with offset, e.g. 2026-10-01T10:00:00+08:00",
    "string_too_short": "leave the key out where nothing is known",
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
    "string_type": "write a string in quotes",
}


def new_ticket(data: Mapping[str, Any], city: CityData) -> NewTicket:
    """Checks the data of a new ticket. Raises Refusal that names the key and the fix."""
    given = {key: _phone(value) if key in _PHONES else value for key, value in data.items()}
    try:
        new = NewTicket.model_validate(given)
    except ValidationError as error:
        raise _refusal(error.errors()[0]) from error
    if new.content is None and new.call_id is None:
        raise Refusal(
            "missing_field",
            "content",
            "a ticket needs a content or a call with a recording",
            "give content (what the citizen asks for) or call_id",
        )
    return _coded(new, city)


def normal_phone(number: str) -> str:
    """National digits of a number: +86 138 0000 0001 → 13800000001, +86527… → 0527…"""
    plain = re.sub(r"[\s()-]", "", number)
    national = re.sub(r"^(\+|00)86", "", plain)
    if national != plain and not re.match(r"0|1[3-9][0-9]{9}$", national):
        national = "0" + national
    return national


def _phone(value: object) -> object:
    return normal_phone(value) if isinstance(value, str) else value


def _refusal(error: ErrorDetails) -> Refusal:
    field = str(error["loc"][0]) if error["loc"] else None
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(field), NewTicket.model_fields, n=1)
        known = f"write {near[0]}" if near else "use one of " + ", ".join(NewTicket.model_fields)
        return Refusal("invalid_value", field, "a new ticket has no such key", known)
    given = repr(error["input"])
    if error["type"] == "literal_error":
        known = f"use one of {error['ctx']['expected']}"
        return Refusal("invalid_value", field, f"{given} is none of its values", known)
    fix = _FIXES.get(error["type"], "correct the value")
    return Refusal("invalid_value", field, f"{given}: {error['msg']}", fix)


def _coded(new: NewTicket, city: CityData) -> NewTicket:
    """Checks the codes of category, region and unit, and adds the first level."""
    l1, l2 = new.category_l1, new.category_l2
    if l2 is not None and l2 not in city.categories:
        raise _unknown("category_l2", l2, "taxonomy.json", min(city.categories))
    if l1 is not None and l1 not in city.l1_names:
        raise _unknown("category_l1", l1, "taxonomy.json (first two digits)", min(city.l1_names))
    if l1 is not None and l2 is not None and city.categories[l2].l1_code != l1:
        raise Refusal(
            "invalid_value",
            "category_l1",
            f"{l2} does not belong to {l1}",
            f"write {city.categories[l2].l1_code} or leave category_l1 out",
        )
    if new.region_code is not None and new.region_code not in city.regions:
        raise _unknown("region_code", new.region_code, "regions.json", min(city.regions))
    if new.target_unit is not None and new.target_unit not in city.units:
        raise Refusal(
            "unknown_unit",
            "target_unit",
            f"there is no unit {new.target_unit}",
            "use a code of city/units.json, or target_name for others",
        )
    if l2 is not None and l1 is None:
        return new.model_copy(update={"category_l1": city.categories[l2].l1_code})
    return new


def _unknown(field: str, value: str, where: str, example: str) -> Refusal:
    return Refusal(
        "invalid_value",
        field,
        f"there is no {value}",
        f"use a code of city/{where}, e.g. {example}",
    )
