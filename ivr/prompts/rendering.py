"""From a prompt's text and its values to the pieces that are played one after the other (拼接播报).

A text holds variables in braces: ``您前面还有{n}位``. What lies between them are its fixed parts;
a variable becomes one or more pieces, each of which is one audio file. Pure: no files, no audio.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from ivr.prompts import chinese

PUNCTUATION = "，、。！？；：,.!?;: "
_VARIABLE = re.compile(r"\{([a-z0-9_]+)\}")
_SENTENCE_END = re.compile(r"(?<=[。！？；])")


@dataclass(frozen=True)
class Spoken:
    """A text that is one piece of audio.

    `before` and `after` are the words around it when it is synthesised: they give it the melody
    it has inside a sentence and are cut off.
    """

    text: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Recording:
    """A caller's own recording, played as it is (the `summary` of `readback`)."""

    path: Path
    """Absolute; with or without the extension .wav."""


Piece = Spoken | Recording
Value = str | int | date | datetime | Recording | None


@dataclass(frozen=True)
class Variable:
    """A place in a text that a value fills."""

    name: str


class UnspeakableError(ValueError):
    """The value cannot be said as this variable."""


GENERIC = {
    "n": Spoken("几", "前面还有，", "位，"),
    "m": Spoken("几", "大约等待，", "分钟，"),
    "unit": Spoken("相关单位", "由，", "办理，"),
    "topic": Spoken("相关问题", "反映，", "办结，"),
    "service": Spoken("紧急救援", "拨打，"),
    "number": Spoken("幺幺零", "拨打，"),
    "caller_number": Spoken("未知", "号码，"),
    "area": Spoken("部分区域", "通知，", "因抢修，"),
    "reason": Spoken("突发情况", "由于，", "抢修，"),
    "event": Spoken("抢修", "正在，"),
    "due": Spoken("规定时间", "时限到，"),
    "time": Spoken("稍后", "预计，", "恢复，"),
    "date": Spoken("近日", "已于，", "办结，"),
    "summary": Spoken("您刚才说的内容", "反映的是，"),
}
"""What is said where a value is missing, cannot be said, or has no audio."""

_SAMPLES = {
    "n": "七",
    "m": "七",
    "tail4": "七四七七",
    "agent_no": "七四七七",
    "query_code": "七四七七",
    "unit": "市水利局",
    "topic": "停水问题",
    "service": "急救中心",
    "number": "急救中心",
    "caller_number": "七四七七",
    "area": "西城区",
    "reason": "抢修",
    "event": "抢修停水",
    "due": "七月七号上午七点",
    "time": "七月七号上午七点",
    "date": "七月七号",
    "summary": "停水问题",
}
"""Stand-ins around the fixed parts: they begin and end with sounds that can be cut cleanly."""


def split(text: str) -> tuple[str | Variable, ...]:
    """Fixed parts and variables in order; marks alone between or after variables are no part."""
    result: list[str | Variable] = []
    for number, part in enumerate(_VARIABLE.split(text)):
        if number % 2:
            result.append(Variable(part))
        elif part.strip(PUNCTUATION):
            result.append(part)
    return tuple(result)


def variables(text: str) -> frozenset[str]:
    """Names of the values a text wants."""
    return frozenset(_VARIABLE.findall(text))


def fixed_parts(text: str) -> tuple[Spoken, ...]:
    """The fixed parts of a text in order, each with its surroundings."""
    if not variables(text):
        return (Spoken(text),)
    bare = _VARIABLE.split(text)
    filled = [_SAMPLES.get(p, "相关情况") if i % 2 else p for i, p in enumerate(bare)]
    parts = []
    for number in range(0, len(bare), 2):
        if bare[number].strip(PUNCTUATION):
            before = _SENTENCE_END.split("".join(filled[:number]))[-1]
            after = _SENTENCE_END.split("".join(filled[number + 1 :]))[0]
            parts.append(Spoken(bare[number], before, after))
    return tuple(parts)


def render(
    text: str, values: Mapping[str, Value], names: Callable[[str, str], str] = lambda _, name: name
) -> tuple[Piece, ...]:
    """The pieces of a prompt with its values.

    `names(variable, value)` gives the spoken form of a unit, a topic or an area. A value that is
    missing or cannot be said is replaced by a generic word: a caller never hears silence.
    """
    fixed = iter(fixed_parts(text))
    pieces: list[Piece] = []
    for part in split(text):
        if isinstance(part, str):
            pieces.append(next(fixed))
        else:
            pieces += say(part.name, values.get(part.name), names)
    return tuple(pieces)


def say(
    variable: str, value: Value, names: Callable[[str, str], str] = lambda _, name: name
) -> tuple[Piece, ...]:
    """The pieces of one value; the generic word where it cannot be said."""
    try:
        return _say(variable, value, names)
    except UnspeakableError:
        return (GENERIC[variable],) if variable in GENERIC else ()


def _say(variable: str, value: Value, names: Callable[[str, str], str]) -> tuple[Piece, ...]:
    if isinstance(value, Recording):
        return (value,)
    if value is None or value == "":
        raise UnspeakableError(variable)
    match variable:
        case "n":
            return count(value, "位")
        case "m":
            return count(value, "分钟")
        case "tail4" | "agent_no":
            return tuple(code(_digits_of(value), pause=False))
        case "query_code":
            number = _digits_of(value)
            return tuple(
                piece
                for start in range(0, len(number), 4)
                for piece in code(number[start : start + 4], pause=True)
            )
        case "caller_number":
            return phone(value)
        case "number":
            return service(value)
        case "service":
            return service(names(variable, str(value)))
        case "due" | "time":
            return moment(value, with_time=True)
        case "date":
            return moment(value, with_time=False)
        case "summary":
            raise UnspeakableError("a summary is never read by the machine")
        case _:
            return (name(variable, names(variable, str(value))),)


def count(value: Value, measure: str) -> tuple[Spoken, ...]:
    """A number of callers (位) or minutes (分钟), 0…999; more is said as 999."""
    try:
        number = max(0, min(999, int(str(value))))
    except ValueError as error:
        raise UnspeakableError(str(error)) from error
    if number > 60:
        measure = "位"  # Rare: one set of pieces serves both measures.
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return (_amount(chinese.amount(number), measure),)
    head = chinese.cardinal(hundreds * 100)
    if not rest:
        return (_amount(head, measure),)
    return Spoken(head, "还有，", "七十位，"), _amount(chinese.after_hundreds(rest), measure)


def _amount(text: str, measure: str) -> Spoken:
    return Spoken(text, "还有，" if measure == "位" else "等待，", measure + "，")


def code(number: str, *, pause: bool) -> Iterator[Spoken]:
    """One group of digits, in pairs so that they flow; `pause`: a short rest after the group."""
    pairs = [number[:1]] if len(number) % 2 else []
    pairs += [number[i : i + 2] for i in range(len(number) % 2, len(number), 2)]
    for position, pair in enumerate(pairs, start=1):
        text = chinese.digits(pair)
        if pause and position == len(pairs):
            yield Spoken(f"{text}，", "号码，")
        else:
            yield Spoken(text, "号码，", "七四，")


def phone(value: Value) -> tuple[Spoken, ...]:
    """A phone number in groups: 3-4-4, area code apart; +86 is not said."""
    number = re.sub(r"^(\+|00)86", "", str(value).strip())
    number = re.sub(r"[\s-]", "", number).removeprefix("+")
    if chinese.is_service(number):
        return service(number)
    if not number.isdecimal() or len(number) > 20:
        raise UnspeakableError(number)
    return tuple(piece for group in chinese.groups(number) for piece in code(group, pause=True))


def service(value: Value) -> tuple[Spoken, ...]:
    """110 → 幺幺零; the name of a service (急救中心) as it is."""
    text = str(value)
    if text.isdecimal() and not chinese.is_service(text):
        return phone(text)
    return (name("service", text),)


def moment(value: Value, *, with_time: bool) -> tuple[Spoken, ...]:
    """2026-10-01 10:30 → 十月一号 上午十点 半. A date, a datetime or its ISO form."""
    at = _moment_of(value)
    pieces = [
        Spoken(chinese.month(at), "时限到，", "七号，"),
        Spoken(chinese.day(at), "七月，", "上午，"),
    ]
    if not with_time or not isinstance(at, datetime):
        return tuple(pieces)
    hour = chinese.hour(at.hour)
    if at.minute == 0:
        pieces.append(Spoken(hour, "七号，"))
    elif at.minute == 30:
        pieces.append(Spoken(hour + chinese.minute(30), "七号，"))
    else:
        pieces.append(Spoken(hour, "七号，", "四十分，"))
        pieces.append(Spoken(chinese.minute(at.minute), "七点，"))
    return tuple(pieces)


def _moment_of(value: Value) -> date:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
        except ValueError as error:
            raise UnspeakableError(str(error)) from error
    if isinstance(value, datetime):
        return chinese.local(value)
    if isinstance(value, date):
        return value
    raise UnspeakableError(f"{value!r} is no time")


def _digits_of(value: Value) -> str:
    text = str(value)
    if not (text.isascii() and text.isdecimal()):
        raise UnspeakableError(text)
    return text


_NAME_SURROUNDINGS = {
    "service": ("拨打，", ""),
    "unit": ("由，", "办理，"),
    "topic": ("反映，", "办结，"),
    "area": ("通知，", "因抢修，"),
    "reason": ("由于，", "抢修，"),
    "event": ("正在，", ""),
}


def name(variable: str, text: str) -> Spoken:
    """A name as one piece: without what stands in brackets, digits as they are said."""
    plain = re.sub(r"[(（\[【][^)）\]】]*[)）\]】]|\*", "", text).strip(PUNCTUATION)
    plain = re.sub(r"[0-9]+", lambda found: _number_in_name(found.group()), plain)
    if not plain:
        raise UnspeakableError(text)
    before, after = _NAME_SURROUNDINGS.get(variable, ("", ""))
    return Spoken(plain, before, after)


def _number_in_name(number: str) -> str:
    if chinese.is_service(number):
        return chinese.service_number(number)
    if len(number) <= 2:
        return chinese.cardinal(int(number))
    return chinese.digits(number)
