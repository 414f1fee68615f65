"""What a unit is told of a hidden ticket never tells who the citizen is (R-23-2, art. 23)."""

import re
from collections.abc import Iterator

from ticketing.identity import DIGITS, Identity
from ticketing.model import Ticket
from ticketing.people_words import ADDRESSED
from ticketing.plates import plain_plate, plate_spans, plates
from ticketing.unit_work import HANDS_OVER, TOLD
from ticketing.workflow.terms import UNIT_ROLES, Deed, missing, refuse

_WORDS = ("unit_content", "comment", "reason", "ground")
"""Keys whose words reach the unit."""


_END = re.compile(
    rf"(?:尾号|末尾|后四位|末四位|后4位|末4位|尾数)[^，。；\n]{{0,4}}?([{''.join(DIGITS)}]{{4}})"
)
"""尾号1234, 后四位是幺二三四; the group is the digits."""


def hides_reporter(deed: Deed) -> None:
    """No unit gets a hidden ticket without a text made for it, and no text names the citizen.

    Raises `missing_field` or `invalid_value` that tells what has to go.
    """
    ticket, told = deed.ticket, deed.given
    if not ticket.is_hidden or deed.command not in TOLD or deed.actor.role in UNIT_ROLES:
        return
    key = HANDS_OVER.get(deed.command)
    if key is not None and getattr(told, key) is not None:
        text = told.unit_content or ticket.unit_content
        if text is None:
            raise missing("unit_content", "23")
        _tells_nothing(ticket, "unit_content", text)
    for name in _WORDS:
        text = getattr(told, name)
        if text is not None:
            _tells_nothing(ticket, name, text)


def _tells_nothing(ticket: Ticket, name: str, text: str) -> None:
    for what, found in leaks(ticket, text):
        raise refuse(
            "invalid_value",
            name,
            f"给承办单位的文字中有{what}“{found}”",
            f"请删去“{found}”后再提交",
            "23",
        )


def leaks(ticket: Ticket, text: str) -> Iterator[tuple[str, str]]:
    """What in the text tells who the citizen is: kind in Chinese and the words.

    His name or surname with a form of address, a number of his in any spelling or its end (尾号),
    a plate that the citizen named.
    """
    identity = Identity.of(ticket)
    for start, end in identity.spans(text):
        found = text[start:end]
        yield ("诉求人电话" if found[0] in DIGITS else "诉求人姓名"), found
    ends = {number[-4:] for number in identity.numbers}
    for match in _END.finditer(text):
        if "".join(DIGITS[char] for char in match[1]) in ends:
            yield "诉求人电话的尾号", match[0]
    for match in ADDRESSED.finditer(text):
        if any(name.startswith(match[1]) for name in identity.names):
            yield "对诉求人的称呼", match[0]
    told = (ticket.title, ticket.content, ticket.transcript, ticket.expected_result)
    known = plates("\n".join(words for words in told if words))
    for start, end in plate_spans(text):
        if plain_plate(text[start:end]) in known:
            yield "诉求内容中的车牌", text[start:end]
