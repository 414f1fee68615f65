"""Texts of short messages (短信模板): the city's words, checked when they are loaded.

Each text knows which values it may name, and the longest that it can become, so that nothing can
be missing or too long when it is sent.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

MOST_PARTS = 4
"""Short messages that a text may take; a longer one costs much and is not read."""
_ALONE, _JOINED = 70, 67
"""UTF-16 units of one message; of each part where there are several (3GPP TS 23.040)."""

LONGEST: Mapping[str, int] = {
    "topic": 20,
    "ticket_no": 20,
    "query_code": 8,
    "unit": 20,
    "due": 12,
    "sign_due": 12,
    "left": 10,
    "over": 10,
    "reason": 40,
    "reply_short": 60,
    "explanation": 60,
    "guidance": 60,
}
"""The values that texts name, and to how many characters each is cut."""

VALUES: Mapping[str, frozenset[str]] = {
    "sms_created": frozenset({"topic", "ticket_no", "query_code"}),
    "sms_guidance": frozenset({"topic", "ticket_no", "explanation", "guidance"}),
    "sms_dispatched": frozenset({"topic", "ticket_no", "unit", "due"}),
    "sms_extended": frozenset({"topic", "ticket_no", "reason", "due"}),
    "sms_survey": frozenset({"topic", "ticket_no", "unit", "reply_short"}),
    "sms_rectify": frozenset({"topic", "ticket_no", "unit"}),
    "sms_unit_sign": frozenset({"ticket_no", "unit", "sign_due"}),
    "sms_unit_due": frozenset({"ticket_no", "unit", "left"}),
    "sms_unit_overdue": frozenset({"ticket_no", "unit", "over"}),
}
"""Every template, and the values that its text may name."""

_HARMLESS = frozenset({"ticket_no", "query_code", "due"})
"""What a hidden ticket's text may name: nothing of the matter, nor of who handles it (R-23-2)."""
_LINK = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)


class TextFault(ValueError):
    """A text that cannot be sent."""

    def __init__(self, field: str, message: str, told: str) -> None:
        super().__init__(f"{field}{message}")
        self.field = field
        """The key of the template's entry."""
        self.told = told
        """The same for people at a page."""


@dataclass(frozen=True)
class SmsText:
    """One template."""

    key: str
    text: str
    hidden: str
    """The same for a confidential ticket or a report; units' texts are the same anyway."""


def text_of(row: Mapping[str, Any]) -> SmsText:
    """The template of an entry of sms.json; raises KeyError, or ValueError with what is wrong."""
    key, text = str(row["key"]), row["text"]
    if key not in VALUES:
        raise ValueError(f"there is no message {key}; there are {', '.join(VALUES)}")
    to_unit = key.startswith("sms_unit_")
    hidden = text if to_unit else row["hidden"]
    _check("text", text, VALUES[key])
    _check("hidden", hidden, VALUES[key] if to_unit else _HARMLESS)
    return SmsText(key, text, hidden)


def check_all(texts: Mapping[str, SmsText]) -> None:
    """Raises ValueError where a template has no text."""
    missing = [key for key in VALUES if key not in texts]
    if missing:
        raise ValueError(f"has no text for {', '.join(missing)}")


def render(text: str, values: Mapping[str, str]) -> str:
    """The text with its values, each tidied and cut to its length."""
    return text.format_map(
        {name: shortened(value, LONGEST[name]) for name, value in values.items()}
    )


def shortened(value: str, longest: int) -> str:
    """A value in one line, without links, cut with an ellipsis where it is too long."""
    shown = one_line(_LINK.sub("", value))
    return shown if _units(shown) <= longest else _cut(shown, longest - 1) + "…"


def one_line(text: str) -> str:
    """The text in one line, without what cannot be shown."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def parts(text: str) -> int:
    """How many short messages a text takes."""
    length = _units(text)
    return 1 if length <= _ALONE else math.ceil(length / _JOINED)


def _check(field: str, text: object, allowed: frozenset[str]) -> None:
    if not isinstance(text, str) or not text.strip():
        raise TextFault(field, " must be a text", "没有填写内容")
    if _LINK.search(text):
        message = " must not hold a link: people are told not to follow any"
        raise TextFault(field, message, "不能含网址：市民被提醒不要点击链接")
    try:
        pieces = list(Formatter().parse(text))
    except ValueError as error:
        told = "花括号不成对；变量写成 {ticket_no}，要显示花括号本身请写两个"
        raise TextFault(field, f": {error}; a brace is written twice", told) from None
    known = "、".join(f"{{{name}}}" for name in sorted(allowed))
    for _, name, form, conversion in pieces:
        if name is not None and (name not in allowed or form or conversion):
            message = f": {{{name}}} is not known here; known are {known.replace('、', ', ')}"
            raise TextFault(field, message, f"不能用{{{name[:40]}}}；这里可以用{known}")
    longest = parts(text.format_map({name: "字" * LONGEST[name] for name in allowed}))
    if longest > MOST_PARTS:
        message = f" can become {longest} messages; at most {MOST_PARTS}"
        raise TextFault(field, message, f"最长会成为{longest}条短信，最多{MOST_PARTS}条，请缩短")


def _units(text: str) -> int:
    return len(text.encode("utf-16-be")) // 2


def _cut(text: str, units: int) -> str:
    return text.encode("utf-16-be")[: units * 2].decode("utf-16-be", "ignore")
