"""Spoken emergencies (语音触发): what the machine hears while a caller waits or speaks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ivr.call import Call
from ivr.capture import Tap
from ivr.telephony.race import end
from recordings.speech.pool import Spotted


@asynccontextmanager
async def spotting(
    call: Call, *, doubtful: Callable[[], None] = lambda: None
) -> AsyncIterator[None]:
    """Ask for an emergency when words of danger are heard as long as the block runs.

    `doubtful` is called for a danger that is past, feared or asked about: no machine decides.
    """
    tap = await call.parties.tap(call.leg, record=False)
    watch = call.spawn(_spot(call, tap, doubtful), name=f"spotting {call.id}")
    try:
        yield
    finally:
        await end(watch)
        await asyncio.shield(call.parties.untap(tap))


async def _spot(call: Call, tap: Tap, doubtful: Callable[[], None]) -> None:
    if tap.listener is None:
        return
    async for heard in tap.listener:
        if not isinstance(heard, Spotted):
            continue
        call.visit("spotted", f"{heard.service} {heard.text}")
        if heard.suppressed_by is None:
            call.wishes.emergency(heard.service, "speech")
            return
        doubtful()
