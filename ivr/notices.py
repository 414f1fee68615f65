"""Notices on the line (热点通知): what waiting callers are told of a power cut or a burst pipe."""

import asyncio
import logging
from dataclasses import dataclass, field

from ivr.call import Call
from ivr.line import Line
from ticketing.notices import Notice, active

PATIENCE = 0.5
"""Seconds that a notice waits for the store; it is told without knowing where the caller is."""
PROMPT = "hot_notice"
MOST = 3
"""So many are told to one caller: more is not listened to."""

log = logging.getLogger(__name__)


@dataclass
class NoticesHeard:
    """What one caller has been told, or does not need to be."""

    done: set[tuple[object, ...]] = field(default_factory=set)
    told: int = 0


def news(line: Line, heard: NoticesHeard) -> Notice | None:
    """The notice that is to be told next."""
    if heard.told >= MOST:
        return None
    for one in active(line.city.notices, line.now()):
        if one.on_line and one.said not in heard.done:
            return one
    return None


def seconds(line: Line, notice: Notice) -> float:
    """How long the telling takes."""
    return line.prompts.seconds(PROMPT, **_values(notice))


async def tell(call: Call, line: Line, notice: Notice, heard: NoticesHeard) -> None:
    """Tell it, unless the caller's open matters are all elsewhere."""
    heard.done.add(notice.said)
    if notice.region is not None and not notice.concerns(await _regions(call, line)):
        return
    heard.told += 1
    call.visit("hot_notice", notice.id)
    await call.say(PROMPT, **_values(notice))


def _values(notice: Notice) -> dict[str, str]:
    return {
        "area": notice.area,
        "reason": notice.reason,
        "event": notice.event,
        "time": notice.expected_at.isoformat(),
    }


async def _regions(call: Call, line: Line) -> set[str]:
    if call.caller_number is None:
        return set()
    try:
        async with asyncio.timeout(PATIENCE):
            tickets = await line.tickets.open_for_number(call.caller_number)
    except Exception:  # whatever the store has, the caller is told
        log.exception("region of a caller not looked up")
        return set()
    return {one.region_code for one in tickets if one.region_code is not None}
