"""Spoken digits and house numbers written as figures (数字后处理); the raw text stays beside it."""

import re

_FIGURES = {
    "零": "0",
    "〇": "0",
    "幺": "1",
    "一": "1",
    "二": "2",
    "三": "3",
    "四": "4",
    "五": "5",
    "六": "6",
    "七": "7",
    "八": "8",
    "九": "9",
}
_DIGIT = "".join(_FIGURES)
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = _DIGIT + "两" + "".join(_UNITS)

_STRING = re.compile(rf"(?<![{_NUMERAL}万亿])[{_DIGIT}]{{3,}}(?![十百千万亿])")
"""Three digits or more read one by one: telephone and service numbers, rooms."""

_HOUSE = re.compile(rf"(?<![{_NUMERAL}第])([{_NUMERAL}]+)(?=号楼|单元|栋|室|号)")
_FLOOR = re.compile(rf"(?<![{_NUMERAL}第])([{_NUMERAL}]+)(?=楼(?!上|下|道|梯|顶|房|盘|宇|主))")
_LINE = re.compile(rf"(?<![{_NUMERAL}第])([{_NUMERAL}]*十[{_NUMERAL}]*)(?=路)")
"""Bus lines; road names like 五一路 have no 十 and stay."""


def with_figures(text: str) -> str:
    """`幸福家园五号楼二单元五零二室` → `幸福家园5号楼2单元502室`; other numerals stay words."""
    for pattern in (_HOUSE, _FLOOR, _LINE):
        text = pattern.sub(lambda match: _number(match[1]), text)
    return _STRING.sub(lambda match: _spelled(match[0]), text)


def _spelled(digits: str) -> str:
    return "".join(_FIGURES[digit] for digit in digits)


def _number(numeral: str) -> str:
    """A numeral with 十百千 by value, one without digit by digit; itself if it is neither."""
    if not any(sign in _UNITS for sign in numeral):
        return numeral if "两" in numeral else _spelled(numeral)
    total, digit = 0, None
    for sign in numeral:
        if sign in _UNITS:
            if digit is None and sign != "十":
                return numeral
            total += (1 if digit is None else digit) * _UNITS[sign]
            digit = None
        elif sign in "零〇":
            digit = None
        elif digit is not None:
            return numeral
        else:
            digit = 2 if sign == "两" else int(_FIGURES[sign])
    return str(total + (digit or 0))
