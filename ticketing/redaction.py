"""Proposes the text for a unit (脱敏内容): a text without what tells who the citizen is (R-23-2).

The machine proposes, a dispatcher confirms: what it misses and what it takes out too much is
measured in docs/redaction.md. Names of places and officials stay, a unit cannot work without.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from store.types import JsonObject
from ticketing.identity import DIGITS, Identity, digit_runs
from ticketing.model import Ticket
from ticketing.people_words import ADDRESSED, FAMILIAR, INTRODUCED
from ticketing.plates import plate_spans
from ticketing.suggest.features import tokenizer

Kind = Literal["name", "phone", "id_number", "plate", "house", "email", "account", "relation"]
LABELS: dict[Kind, str] = {
    "name": "【姓名】",
    "phone": "【电话】",
    "id_number": "【证件号】",
    "plate": "【车牌】",
    "house": "【门牌】",
    "email": "【邮箱】",
    "account": "【账号】",
    "relation": "【身份】",
}
"""What stands in the text instead."""


@dataclass(frozen=True, order=True)
class Removed:
    """A stretch of the original text that the proposal leaves out."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True)
class Redaction:
    """A proposal for `unit_content`."""

    original: str
    text: str
    removed: tuple[Removed, ...]
    """By position in the original text; none overlap."""

    def to_json(self, hidden: Identity | None = None) -> JsonObject:
        """With the words that were removed; stars for those that name whom one may not see."""
        removed = []
        for one in self.removed:
            text = self.original[one.start : one.end]
            shown = text if hidden is None else hidden.scrubbed(text)
            removed.append({"start": one.start, "end": one.end, "kind": one.kind, "text": shown})
        return {"unit_content": self.text, "removed": removed}


def proposal(one: Ticket) -> Redaction:
    """The proposal for a ticket: from its content, else from what was said."""
    text = one.content or one.transcript or one.title or ""
    return redact(text, Identity.of(one), keep=one.target_name)


def redact(text: str, identity: Identity | None = None, keep: str | None = None) -> Redaction:
    """The proposal for a text.

    `identity`: what is known of the citizen anyway. `keep`: the name of whom the citizen
    complains, which the unit has to know.
    """
    spans = _chosen(_found(text, identity, keep))
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], LABELS[span.kind]]
        at = span.end
    return Redaction(text, "".join([*parts, text[at:]]), tuple(spans))


def _found(text: str, identity: Identity | None, keep: str | None) -> Iterator[Removed]:
    if identity is not None:
        for start, end in identity.spans(text):
            kind: Kind = "phone" if text[start] in DIGITS else "name"
            yield Removed(start, end, kind)
    for match in _EMAIL.finditer(text):
        yield Removed(*match.span(), "email")
    for match in _ACCOUNT.finditer(text):
        yield Removed(*match.span(1), "account")
    for start, end in plate_spans(text):
        yield Removed(start, end, "plate")
    for match in _RELATION.finditer(text):
        yield Removed(*match.span(), "relation")
    for match in (*_HOUSE.finditer(text), *_NUMBERED.finditer(text)):
        yield Removed(*match.span(), "house")
    yield from _numbers(text)
    for one in _names(text):
        if text[one.start : one.end] != keep:
            yield one


# Bounded (RFC 5321, 4.5.3.1): a long text without an @ is not gone through from every letter.
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}[@＠][A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_ACCOUNT = re.compile(
    r"(?:微信号?|QQ号?|qq号?|抖音号?)(?:[:：是为]|\s)*([A-Za-z0-9][-_A-Za-z0-9]{4,19})", re.ASCII
)
_JOBS = (
    "员工|职工|工人|会计|出纳|保安|司机|学生|家长|业主|租户|租客|邻居|老师|教师|护士|医生|保洁|厨师|店员|"
    "服务员|村民|股东|同事|亲戚|前夫|前妻|儿媳|女婿|表弟|表哥"
)
_RELATION = re.compile(
    rf"(?:我|本人)(?:就?是|系|原是)[^，。；！？,;!?\n]{{0,16}}?(?:{_JOBS})"
    r"|(?:我|本人)在[^，。；！？,;!?\n]{1,16}?(?:上班|工作|打工|就职|任职)"
)
_NUMBER = (
    r"(?:[0-9０-９]{1,4}|[A-Za-z][0-9]{0,3}|[一二三四五六七八九十百]{1,4}|[甲乙丙丁东西南北中])"
)
_PART = rf"{_NUMBER}(?:号楼|栋|幢|座|单元|室|户|组)"
_HOUSE = re.compile(rf"{_PART}(?:\s*{_PART})*(?:\s*[0-9０-９]{{1,4}}号?)?(?![0-9])|[0-9]{{3,4}}室")
_NUMBERED = re.compile(
    r"(?<=[路街巷道弄村组园区城庄苑])[0-9０-９]{1,4}(?:号楼|号|-)[-0-9０-９室号]{0,9}(?![0-9]*[线路])"
)
_DATE = re.compile(r"(?:19|20)[0-9]{2}[-./][0-9]{1,2}[-./][0-9]{1,2}")
_AMOUNT = re.compile(r"\s*(?:万|亿|元|块|积分|平|吨|公里|米|度|人|户|年|月|日|天|次|%)")
_ID_TAIL = re.compile(r"(?:身份证|证件)[^0-9，。]{0,8}?([0-9]{3,6}[Xx]?)(?![0-9])")
_ID_NUMBER = re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])")
_LEAST = 7
"""Digits of the shortest phone number, without its area code."""
_CARD = 16


def _numbers(text: str) -> Iterator[Removed]:
    """Phone, identity and card numbers, also as they are spoken."""
    for match in _ID_NUMBER.finditer(text):
        yield Removed(*match.span(), "id_number")
    for match in _ID_TAIL.finditer(text):
        yield Removed(*match.span(1), "id_number")
    dates = [match.span() for match in _DATE.finditer(text)]
    for start, end in digit_runs(text):
        count = sum(char in DIGITS for char in text[start:end])
        if count < _LEAST or _AMOUNT.match(text, end) or any(a <= start < b for a, b in dates):
            continue
        if start and text[start - 1].isascii() and text[start - 1].isalpha():  # a ticket's number
            continue
        yield Removed(start, end, "phone" if count < _CARD else "account")


def _names(text: str) -> Iterator[Removed]:
    for match in INTRODUCED.finditer(text):
        yield Removed(*match.span(1), "name")
    for match in ADDRESSED.finditer(text):
        yield Removed(*match.span(), "name")
    for match in FAMILIAR.finditer(text):
        yield Removed(*match.span(), "name")
    at = 0
    for word, flag in _tagger()(text):
        at = text.index(word, at)
        if flag == "nr" and len(word) > 1:
            yield Removed(at, at + len(word), "name")
        at += len(word)


@cache
def _tagger() -> Callable[[str], list[tuple[str, str]]]:
    """Words with their parts of speech; nr are names of people."""
    from jieba.posseg import POSTokenizer

    tagger = POSTokenizer(tokenizer())
    return lambda text: [(pair.word, pair.flag) for pair in tagger.cut(text)]


def _chosen(found: Iterator[Removed]) -> list[Removed]:
    """Of spans that overlap one, from the first start to the last end, of the first's kind."""
    spans: list[Removed] = []
    for one in sorted(found):
        if spans and one.start < spans[-1].end:
            last = spans[-1]
            spans[-1] = Removed(last.start, max(last.end, one.end), last.kind)
        else:
            spans.append(one)
    return spans
