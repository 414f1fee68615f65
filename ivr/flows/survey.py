"""The survey after a talk (满意度评价): five levels, one key, no answer is no rating."""

import asyncio

from ivr.call import Call
from ivr.flows.message import SILENCE_SECONDS
from ivr.line import Line
from store.calls import Stage, Surveyed

ANSWER_SECONDS = 8
DISSATISFIED = (4, 5)
REASON_SECONDS = 60


async def survey(call: Call, line: Line) -> None:
    if call.elderly:
        await call.say("goodbye")
        return
    call.note(Stage("survey", {}))
    digit = await call.ask(*line.prompts.media("survey_ask"), seconds=ANSWER_SECONDS, keys="12345")
    call.visit("survey", digit)
    if digit is None:
        await call.say("goodbye")
        return
    score = int(digit)
    try:
        await call.wishes.settled()
    except asyncio.CancelledError:
        if call.leg.gone:  # no further key can make it a number: the rating stands
            call.note(Surveyed(score))
        raise
    call.note(Surveyed(score))
    if score in DISSATISFIED:
        await call.say("survey_reason")
        await call.play(*line.prompts.tone)
        await call.leg.record(
            call.recording_name("message"),
            max_silence=SILENCE_SECONDS,
            max_seconds=REASON_SECONDS,
            terminate_on="#",
        )
    await call.say("survey_thanks")
