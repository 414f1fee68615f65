"""The callback that the line makes by voice (自动语音回访): four questions, answered by a key."""

import asyncio
from datetime import timedelta
from typing import Any

from ivr.call import Call
from ivr.flows.outbound import NO_ROUTE, Serve, give_up, new_id, outbound, ring_citizen
from ivr.line import Line
from ivr.telephony.dial import Answered
from store.calls import Stage
from ticketing.model import Ticket
from ticketing.voice_answers import VoiceAnswer
from ticketing.voice_callbacks import VoiceTask

STAGE = "voice_callback"
ANSWER_SECONDS = 8
ASKED = 2
"""How often a question is asked that gets no answer."""


async def call_for_opinion(line: Line, task: VoiceTask, serve: Serve) -> None:
    """One try: the citizen is rung and asked; whatever comes of it is filed once."""
    call_id = new_id(line)
    one = await line.voice.take(task, call_id)
    if one is None:
        return
    number = line.city.normalise(one.contact_phone or one.caller_number or "")
    if number is None or line.city.directory.citizen(number) is None:
        await line.voice.release(call_id, to_person="no_route")
        return
    call = outbound(line, call_id, number)
    call.note(Stage(STAGE, {}))
    call.owe(
        line.tickets.link_call(one.ticket_no, call_id, "callback", at=line.now()),
        name=f"ticket of {call_id}",
    )
    try:
        result = await ring_citizen(
            call, line, ring_seconds=line.city.settings.callback.ring_seconds
        )
    except BaseException:  # the line is being stopped: no fault of the citizen's
        await asyncio.shield(line.voice.release(call_id))
        await asyncio.shield(give_up(call, "fault"))
        raise
    if isinstance(result, Answered):
        await serve(call, ask_opinion)
        return
    if result.cause == NO_ROUTE:
        await line.voice.release(call_id, to_person="no_route")
    else:
        await file(line, call_id, VoiceAnswer())
    await give_up(call, "system")


async def file(line: Line, call_id: str, answer: VoiceAnswer) -> None:
    """Files the answers of a call; once, whoever comes first."""
    callbacks = line.city.callbacks
    await line.voice.file(
        call_id,
        answer,
        at=line.now(),
        retry=timedelta(minutes=callbacks.retry_minutes),
        hours=callbacks.periods,
    )


async def ask_opinion(call: Call, line: Line) -> None:
    """Ask, recorded; a citizen who hangs up has answered what he has answered."""
    one = await line.voice.asked_in(call.id)
    if one is None:
        return
    call.reached("abandoned_in_menu")
    answer = VoiceAnswer()
    try:
        await call.parties.converse()
        await _questions(call, line, one, answer)
    finally:
        call.owe(file(line, call.id, answer), name=f"answers of {call.id}")


async def _questions(call: Call, line: Line, one: Ticket, answer: VoiceAnswer) -> None:
    about = {"topic": one.category_l2, "unit": one.lead_unit or one.unit}
    answer.convenient = await _ask(call, line, "callback_intro", "12", **about)
    if answer.convenient == "1":
        answer.contacted = await _ask(call, line, "callback_contacted", "12")
    if answer.contacted is not None:
        answer.solved = await _ask(call, line, "callback_solved", "123")
    if answer.solved is not None:
        answer.satisfied = await _ask(call, line, "callback_satisfied", "12345")
    if answer.content is None:
        await call.say("goodbye")
        return
    call.reached("query_answered")
    if answer.content:
        await call.say("survey_thanks")
    else:
        await call.say("callback_rectify", unit=about["unit"])
        await call.say("goodbye")


async def _ask(call: Call, line: Line, key: str, keys: str, **values: Any) -> str | None:
    digit = None
    for _ in range(ASKED):
        question = line.prompts.media(key, **values)
        digit = await call.ask(*question, seconds=ANSWER_SECONDS, keys=keys)
        call.visit(key, digit)
        if digit is not None:
            break
    return digit
