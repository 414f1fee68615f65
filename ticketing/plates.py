"""Number plates of vehicles (车牌, GA 36-2018) in texts, as people write them."""

import re
from collections.abc import Iterator

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"
_GAP = r"[\s·•・.．\-—]*"
_PLATE = re.compile(
    rf"[{_PROVINCES}]{_GAP}[A-Za-z]{_GAP}(?:[A-HJ-NP-Za-hj-np-z0-9]{_GAP}){{4,5}}"
    r"[A-HJ-NP-Za-hj-np-z0-9挂学警港澳]"
)
_TAIL = re.compile(r"(?:车牌|车号)(?:尾号|号码|号)?(?:[:：是为]|\s)*([A-Za-z0-9]{3,7})", re.ASCII)
Span = tuple[int, int]


def plate_spans(text: str) -> Iterator[Span]:
    """Where the text has a plate, whole or its last characters after the word 车牌."""
    for match in _PLATE.finditer(text):
        yield match.span()
    for match in _TAIL.finditer(text):
        yield match.span(1)


def plates(text: str) -> frozenset[str]:
    """The plates in the text in one spelling: 苏ND12345, or the last characters."""
    return frozenset(plain_plate(text[start:end]) for start, end in plate_spans(text))


def plain_plate(text: str) -> str:
    """Without what stands between the characters, in capitals."""
    return re.sub(rf"{_GAP}", "", text).upper()
