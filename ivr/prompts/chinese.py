"""How numbers, codes, dates and times are spoken (数字、号码、日期、时间的读法). Pure text."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_PLAIN = "零一二三四五六七八九"
_CODE = "零幺二三四五六七八九"
_PUBLIC = frozenset({"110", "119", "120", "122", "12395", "12345"})
_SAID_PLAINLY = frozenset({"12345", "12395"})
"""Numbers with a fixed popular reading: 1 stays 一."""


def digits(code: str) -> str:
    """Digit by digit as on the phone, 1 as 幺 (电话号码、工号、查询码): ``1001`` → 幺零零幺."""
    return "".join(_CODE[int(character)] for character in code)


def is_service(number: str) -> bool:
    """True for 110, 119, 120, 122, 12395 and 12345: each is one word for the ear."""
    return number in _PUBLIC


def service_number(number: str) -> str:
    """A public number as people know it: ``110`` → 幺幺零, ``12345`` → 一二三四五."""
    if number in _SAID_PLAINLY:
        return "".join(_PLAIN[int(character)] for character in number)
    return digits(number)


def cardinal(value: int) -> str:
    """An amount 0…999 without a measure word: 12 → 十二, 105 → 一百零五, 110 → 一百一十."""
    if not 0 <= value <= 999:
        raise ValueError(f"{value} is not between 0 and 999")
    hundreds, rest = divmod(value, 100)
    if not hundreds:
        return below_hundred(rest)
    head = f"{_PLAIN[hundreds]}百"
    if not rest:
        return head
    return head + after_hundreds(rest)


def below_hundred(value: int) -> str:
    """0…99 standing alone: 10 → 十."""
    tens, ones = divmod(value, 10)
    if not tens:
        return _PLAIN[ones]
    return ("" if tens == 1 else _PLAIN[tens]) + "十" + (_PLAIN[ones] if ones else "")


def after_hundreds(value: int) -> str:
    """1…99 after 百: 5 → 零五, 10 → 一十."""
    if value < 10:
        return f"零{_PLAIN[value]}"
    return ("一" if value < 20 else "") + below_hundred(value)


def amount(value: int) -> str:
    """An amount before a measure word (量词): 2 → 两, everything else as `cardinal`."""
    return "两" if value == 2 else cardinal(value)


def month(value: date) -> str:
    """十月."""
    return f"{below_hundred(value.month)}月"


def day(value: date) -> str:
    """一号."""
    return f"{below_hundred(value.day)}号"


def hour(value: int) -> str:
    """Part of the day and hour 0…23: 10 → 上午十点, 14 → 下午两点, 0 → 凌晨零点."""
    if value < 6:
        part = "凌晨"
    elif value < 12:
        part = "上午"
    elif value == 12:
        part = "中午"
    elif value < 18:
        part = "下午"
    else:
        part = "晚上"
    return f"{part}{amount(value if value <= 12 else value - 12)}点"


def minute(value: int) -> str:
    """1…59 after an hour: 30 → 半, 5 → 零五分, 2 → 零二分."""
    if value == 30:
        return "半"
    return ("零" if value < 10 else "") + below_hundred(value) + "分"


def groups(number: str) -> tuple[str, ...]:
    """A phone number in the groups people say: mobile 3-4-4, area code apart, else by four.

    ``number`` holds only digits.
    """
    if len(number) == 11 and number.startswith("1"):
        return number[:3], number[3:7], number[7:]
    area = 0
    if number.startswith("0") and len(number) >= 10:
        area = 3 if number[1] in "12" else 4
    head: tuple[str, ...] = (number[:area],) if area else ()
    rest = number[area:]
    first = len(rest) % 4
    if first == 1 and len(rest) > 1:
        # A single digit on its own is easily missed: 9 digits are said 3-2-4, not 1-4-4.
        head += (rest[:3], rest[3:5])
        first = 5
    elif first:
        head += (rest[:first],)
    return (*head, *(rest[i : i + 4] for i in range(first, len(rest), 4)))


def local(value: datetime) -> datetime:
    """The wall clock in China; a value without zone is already local."""
    return value.astimezone(SHANGHAI) if value.tzinfo else value
