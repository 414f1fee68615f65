"""What a citizen means who answers a survey in his own words (短信评价). Pure.

Only what is plain counts; a person asks about the rest. The scale is the national one: 1 非常满意
… 5 非常不满意.
"""

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 500
"""Characters of an answer that are looked at."""


@dataclass(frozen=True)
class Answer:
    """An answer understood."""

    score: int | None = None
    """1 to 5; None where the words name no step of the scale."""
    settled: bool | None = None
    """Whether the citizen is content; None where nobody can tell."""


UNCLEAR = Answer()

_DIGITS = {
    **{str(score): score for score in range(1, 6)},
    **dict(zip("一二三四五", range(1, 6), strict=True)),
    **dict(zip("壹贰叁肆伍", range(1, 6), strict=True)),
}
_LABELS = {
    "非常满意": 1,
    "很满意": 1,
    "十分满意": 1,
    "特别满意": 1,
    "满意": 2,
    "挺满意": 2,
    "比较满意": 3,
    "基本满意": 3,
    "不满意": 4,
    "不太满意": 4,
    "不怎么满意": 4,
    "非常不满意": 5,
    "很不满意": 5,
    "十分不满意": 5,
    "特别不满意": 5,
    "极不满意": 5,
}
_SETTLED = frozenset({"解决了", "已解决", "已经解决", "已经解决了", "问题已解决", "处理好了"})
_NOT_SETTLED = re.compile(
    r"(没|未|不)(有|能|得到|给我?|予)?(解决|处理|办结|落实|修好|修复)"
    r"|(解决|处理)不了|没人(管|处理|来|修)"
)
_COURTESY = re.compile(
    r"^(你好|您好|谢谢你们|谢谢您|谢谢|感谢|多谢|回复|评价|评分|打分|我选择?|选择?|我给|给)"
    r"|(谢谢你们|谢谢您|谢谢|感谢|多谢|辛苦了|了)$"
)
_SCORE = re.compile(rf"([{''.join(_DIGITS)}])(?:分|号|项)?")
_GOOD, _BAD = frozenset("👍👌😀😁😂😃😄😊🙂😍🥰👏🌹❤"), frozenset("👎😡😠🤬😞😤😢😭💩")


def understood(text: str) -> Answer:
    """What an answer means; UNCLEAR where it can mean more than one thing."""
    text = unicodedata.normalize("NFKC", text[:LONGEST])
    bare = "".join(char for char in text if unicodedata.category(char)[0] in "LN")
    if _NOT_SETTLED.search(bare):
        # Whatever the score: a matter that is not solved is not settled.
        return Answer(settled=False)
    face = _face(text)
    told = _words(bare) if bare else Answer(settled=face)
    return UNCLEAR if face is not None and told.settled is not face else told


def _words(bare: str) -> Answer:
    if bare in _SETTLED:
        return Answer(settled=True)
    plain = _without_courtesy(bare)
    if plain in _SETTLED:
        return Answer(settled=True)
    if plain in _LABELS:
        return _scored(_LABELS[plain])
    found = _SCORE.match(plain)
    if found is None:
        label = next((one for one in _LABELS if plain == one + plain[-1:]), None)
        return _both(plain[-1:], label) if label else UNCLEAR
    rest = plain[found.end() :]
    return _both(found[1], rest) if rest else _scored(_DIGITS[found[1]])


def _both(digit: str, label: str) -> Answer:
    """A score beside its name; they must not contradict each other."""
    if digit not in _DIGITS or label not in _LABELS:
        return UNCLEAR
    by_digit, by_label = _scored(_DIGITS[digit]), _scored(_LABELS[label])
    return by_digit if by_digit.settled is by_label.settled else UNCLEAR


def _scored(score: int) -> Answer:
    return Answer(score, score <= 3)


def _without_courtesy(bare: str) -> str:
    while (shorter := _COURTESY.sub("", bare)) != bare:
        bare = shorter
    return bare


def _face(text: str) -> bool | None:
    """What pictures say; None where there are none, or both kinds."""
    good, bad = any(char in _GOOD for char in text), any(char in _BAD for char in text)
    return None if good is bad else good
