"""Telephone numbers (号码): the forms in which people and carriers write them. Pure.

Inside the system a number is national digits, as a person in the city would dial them from
anywhere in the country: 052784335555 (area code and number), 13800000001 (mobile), 12345 or
95588 (service), 0012025550123 (abroad), 1001 (an extension of the line).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from ivr.settings import EMERGENCY_NUMBERS

Format = Literal["national", "e164", "plus_e164"]

_SEPARATORS = re.compile(r"[\s\-().·]")
_SERVICE = re.compile(r"1\d\d|1[012]\d{3}|9[56]\d{3,6}|[48]00\d{7}|123\d\d")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_AREA = r"(?:10|2\d|[3-9]\d\d)"
_WITH_AREA = re.compile(rf"{_AREA}\d{{7,8}}")
_EMERGENCY = re.compile(rf"(?:(?:86)?0?|0{_AREA}|86{_AREA})(?:{'|'.join(EMERGENCY_NUMBERS)})")
LONGEST = 20
"""Digits; longer strings are no telephone numbers."""


def _digits(raw: str) -> str | None:
    """Digits of `raw`, after `00` for a leading plus; None if it is no number."""
    text = _SEPARATORS.sub("", raw)
    if text.startswith("+"):
        text = "00" + text[1:]
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST:
        return None
    return text


def normalise(raw: str | None, area_code: str) -> str | None:
    """National digits of a number as a phone or a carrier wrote it.

    :param raw: `+86 527 8433 5555`, `8613800000001`, `013800000001`, `84335555`, `anonymous`, …
    :param area_code: of the city (区号), with its zero: `0527`.
    :returns: None for a caller without number, or one that writes no number.
    """
    digits = _digits(raw or "")
    if not digits:
        return None
    if digits.startswith("0086"):
        return _inland(digits[4:], area_code)
    if digits.startswith("00"):
        return digits if len(digits) > 2 else None
    if _is_local(digits):
        return area_code + digits
    if digits.startswith("86") and _inland_form(digits[2:], area_code):
        return _inland(digits[2:], area_code)
    if digits.startswith("0") and _MOBILE.fullmatch(digits[1:]):
        return digits[1:]
    return digits


def _inland_form(rest: str, area_code: str) -> bool:
    """Whether what follows an 86 reads as a number, so that the 86 was the country's."""
    own = area_code[1:]
    return bool(
        _MOBILE.fullmatch(rest)
        or _WITH_AREA.fullmatch(rest)
        or (rest.startswith(own) and _SERVICE.fullmatch(rest[len(own) :]))
    )


def _inland(rest: str, area_code: str) -> str | None:
    """National digits of what follows the country code."""
    if not rest:
        return None
    if rest.startswith("0") or _MOBILE.fullmatch(rest) or _SERVICE.fullmatch(rest):
        return rest
    return "0" + rest


def _is_local(digits: str) -> bool:
    return len(digits) in (7, 8) and digits[0] in "2345678"


def is_emergency(number: str, area_code: str = "0") -> bool:
    """Whether a carrier may take this for an emergency number: also with an area code or 86."""
    return bool(_EMERGENCY.fullmatch(normalise(number, area_code) or ""))


def is_extension(number: str) -> bool:
    """Whether it is a number of this line's own plan (分机), not one of the public network."""
    return (
        3 <= len(number) <= 6
        and number.isdigit()
        and not number.startswith("0")
        and not _SERVICE.fullmatch(number)
    )


def tail4(number: str) -> str:
    """The last four digits (尾号), as they are spoken and compared."""
    return number[-4:]


def to_carrier(number: str, form: Format, area_code: str) -> str:
    """National digits as a carrier wants them dialled.

    Service numbers, which have no international form, stay as they are.
    """
    if form == "national" or _SERVICE.fullmatch(number):
        return number
    if number.startswith("00"):
        international = number[2:]
    elif number.startswith("0"):
        international = "86" + number[1:]
    elif _MOBILE.fullmatch(number):
        international = "86" + number
    else:
        return number
    return f"+{international}" if form == "plus_e164" else international


def called_forms(number: str, area_code: str) -> tuple[str, ...]:
    """Every form in which a carrier may send a call to one of the hotline's numbers.

    `12345` of 0527 is also called as 052712345, 52712345, 8652712345, 008652712345 and
    +8652712345; so is `052784335555`, which local phones call as 84335555.
    """
    if number.startswith(area_code) and number != area_code:
        local = number[len(area_code) :]
    elif number.startswith("0"):
        local = ""
    else:
        local = number
    if _MOBILE.fullmatch(number):
        whole = number
    elif local:
        whole = area_code[1:] + local
    else:
        whole = number[1:]
    forms = [number, local, whole, f"86{whole}", f"0086{whole}", f"+86{whole}"]
    if not _MOBILE.fullmatch(number):
        forms.append(f"0{whole}")
    if _SERVICE.fullmatch(number):
        forms += [f"86{number}", f"+86{number}"]
    return tuple(dict.fromkeys(form for form in forms if form))


def called_table(numbers: Iterable[str], area_code: str) -> Mapping[str, str]:
    """Configured number by each form in which it may be called.

    A form that two numbers share belongs to the number that is written so itself, else to the
    first of them.
    """
    configured = list(dict.fromkeys(numbers))
    table = {number: number for number in configured}
    for number in configured:
        for form in called_forms(number, area_code):
            table.setdefault(form, number)
    return table
