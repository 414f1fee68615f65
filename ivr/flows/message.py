"""A message (留言): the caller says the matter, it is recorded and becomes a draft."""

import asyncio

from ivr.call import Call
from ivr.flows.spotting import spotting
from ivr.line import Line
from ivr.telephony.leg import LegGone
from recordings.spoken import LEAST_SECONDS
from store.calls import Stage

SILENCE_SECONDS = 4
LONGEST_SECONDS = 180
CUT_OFF_SECONDS = 3.0


async def message(call: Call, line: Line, *, key: str = "ask_demand") -> bool:
    """Take a message. False when nothing was said: the caller is still there to be helped."""
    call.visit("message")
    async with spotting(call):
        await call.say(key)
        call.note(Stage("message", {}))
        if not await record_message(call, line):
            return False
        await call.say("message_saved")
    return True


async def record_message(call: Call, line: Line) -> bool:
    """Tone, recording, draft; a caller who hangs up has left his message all the same."""
    await call.play(*line.prompts.tone)
    name = call.recording_name("message")
    recording = asyncio.create_task(
        call.leg.record(
            name, max_silence=SILENCE_SECONDS, max_seconds=LONGEST_SECONDS, terminate_on="#"
        ),
        name=f"message {call.id}",
    )
    try:
        await asyncio.shield(recording)
    except (asyncio.CancelledError, LegGone):
        # The caller hung up, or an emergency takes over and must not wait: what was said is kept.
        call.owe(_keep_cut_off(call, line, recording, name), name=f"message {call.id}")
        raise
    # The hang-up may come now: he has left his message all the same.
    return await asyncio.shield(call.owe(_keep(call, line, name), name=f"message {call.id}"))


async def _keep(call: Call, line: Line, name: str) -> bool:
    if await line.spoken.seconds(name) < LEAST_SECONDS:
        return False
    await call.draft("message")
    call.waited("message")
    call.reached("message_left")
    return True


async def _keep_cut_off(call: Call, line: Line, recording: "asyncio.Task[None]", name: str) -> None:
    await call.leg.stop_recording(name)
    try:
        async with asyncio.timeout(CUT_OFF_SECONDS):
            await recording
    except (TimeoutError, LegGone):
        return
    await _keep(call, line, name)
