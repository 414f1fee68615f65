"""The call back that was asked for in the queue (预约回电): agent first, then the citizen."""

from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

from ivr.call import Call
from ivr.flows.talk import join_agent, talk_on
from ivr.flows.waiting import AgentThere, Hearing, ring_agents
from ivr.ids import CALLBACK, caller_leg
from ivr.line import Line
from ivr.telephony.dial import Answered, dial
from store.callbacks import CallbackRequest
from store.calls import Answered as CallAnswered
from store.calls import (
    Ended,
    LegAnswered,
    LegDialed,
    LegEnded,
    Opened,
    Stage,
    WaitEntered,
    WaitLeft,
)

Flow = Callable[[Call, Line], Coroutine[Any, Any, None]]
Serve = Callable[[Call, Flow], Awaitable[None]]


async def call_back(line: Line, request: CallbackRequest, serve: Serve) -> None:
    """One try: an agent from the citizen's old place in the queue, then the citizen.

    The record of the outbound call begins when an agent is rung; its other events are the
    same as those of a call from the citizen.
    """
    call = _outbound(line, request)
    try:
        there = await _agent(call, line, request)
        if await _citizen_answers(call, line, request, there):
            if request.ticket_no is not None:
                await line.tickets.link_call(request.ticket_no, call.id, "callback", at=line.now())
            await serve(call, lambda call, line: _talk(call, line, there))
            return
        await there.leg.hang_up()
    finally:
        line.switch.lose(call.leg.id, at=line.now())
    call.note(Ended("system", "failed", "citizen not reached"))


def _outbound(line: Line, request: CallbackRequest) -> Call:
    call_id = line.switch.new_id(CALLBACK)
    return Call(
        line,
        call_id,
        line.switch.leg(caller_leg(call_id), role="caller", number=request.number),
        caller_number=request.number,
        called_number=line.city.directory.hotline,
        started_at=line.now(),
        outcome="failed",
    )


async def _agent(call: Call, line: Line, request: CallbackRequest) -> AgentThere:
    async with line.queue.place(
        call.id, request.queue, priority=request.priority, since=request.entered_at
    ) as place:
        await place.turn()
        call.note(Opened("outbound", line.city.directory.hotline, request.number))
        call.note(WaitEntered(request.queue))
        there = await ring_agents(call, line, place, Hearing((), None))
    call.note(WaitLeft("answered", there.number))
    return there


async def _citizen_answers(
    call: Call, line: Line, request: CallbackRequest, there: AgentThere
) -> bool:
    """Dial the citizen, who sees 12345; the agent hears ring-back. The try is counted."""
    settings = line.city.settings.callback
    await line.callbacks.attempt(request.call_id)
    to = line.city.directory.citizen(request.number)
    call.note(LegDialed(call.leg.id, "caller", request.number))
    result = None
    if to is not None:
        async with call.sounding_to(there.leg, *line.prompts.ringback):
            result = await dial(
                line.switch,
                to.endpoint,
                leg_id=call.leg.id,
                role="caller",
                number=request.number,
                caller_id=to.caller_id,
                ring_seconds=settings.ring_seconds,
            )
    if isinstance(result, Answered):
        call.note(LegAnswered(call.leg.id))
        call.note(CallAnswered())
        line.callbacks.done(request.call_id, at=line.now())
        return True
    call.note(LegEnded(call.leg.id, result.cause if result else NO_ROUTE))
    tries = request.tries + 1
    again = line.now() + timedelta(seconds=settings.retry_seconds)
    line.callbacks.missed(
        request.call_id,
        result=result.result if result else "unreachable",
        next_try_at=again if tries < settings.tries else None,
        at=line.now(),
    )
    return False


NO_ROUTE = 3
"""Q.850 no route to destination: no trunk leads out of this line."""


async def _talk(call: Call, line: Line, there: AgentThere) -> None:
    call.note(Stage("talk", {"agent": there.number}))
    await call.converse()
    if await join_agent(call, line, there.leg, there.number):
        await talk_on(call, line)
