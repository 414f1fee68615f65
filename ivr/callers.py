"""What a caller's number tells of him (来电识别), looked up while he hears the greeting.

Two or three indexed look-ups; whatever the store has, the caller waits for none of it longer
than PATIENCE from his arrival.
"""

import asyncio
import logging
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from ivr.call import Call
from ivr.elderly import PATIENCE
from ivr.line import Line
from ivr.queue.core import Priority

log = logging.getLogger(__name__)
T = TypeVar("T")


async def introduce(call: Call, line: Line) -> None:
    """The caller's place among those who wait, and the agent who knows him."""
    number, now = call.caller_number, line.now()
    if number is None:
        return
    queue = line.city.settings.queue
    emergency_since = now - timedelta(hours=queue.follow_up_hours)
    talked_since = now - timedelta(hours=queue.last_agent_hours)
    emergency, repeats, agent = await asyncio.gather(
        _in_time(line.emergencies.had_one(number, since=emergency_since), False),
        _in_time(line.tickets.has_open(number), False),
        _in_time(line.calls.last_agent(number, since=talked_since), None),
    )
    call.last_agent = agent
    if emergency:
        call.comes_before(Priority.EMERGENCY_FOLLOW_UP)
    elif repeats:
        call.comes_before(Priority.REPEAT)


async def _in_time(look_up: Coroutine[Any, Any, T], otherwise: T) -> T:
    try:
        async with asyncio.timeout(PATIENCE):
            return await look_up
    except Exception:
        log.exception("a caller is not looked up")
        return otherwise
