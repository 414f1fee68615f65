"""The call back that was asked for in the queue (预约回电): agent first, then the citizen."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

from ivr.call import Call
from ivr.flows.inbound import fulfil
from ivr.flows.ringing import AgentThere, ring, ring_agents
from ivr.flows.talk import join_agent, talk_on
from ivr.flows.waiting import back_in_queue
from ivr.ids import CALLBACK, caller_leg
from ivr.line import Line
from ivr.telephony.dial import Answered, NotAnswered
from ivr.telephony.leg import Leg
from ivr.telephony.race import first
from store.callbacks import CallbackRequest
from store.calls import Answered as CallAnswered
from store.calls import Ended, EndedBy, Opened

Flow = Callable[[Call, Line], Coroutine[Any, Any, None]]
Serve = Callable[[Call, Flow], Awaitable[None]]

NO_ROUTE = 3
"""Q.850 no route to destination: no trunk leads out of this line."""


async def call_back(line: Line, request: CallbackRequest, serve: Serve) -> None:
    """One try: an agent from the citizen's old place in the queue, then the citizen.

    The record of the outbound call begins when an agent is rung; its other events are the
    same as those of a call from the citizen.
    """
    call_id = line.switch.new_id(CALLBACK)
    async with line.queue.place(
        call_id, request.queue, priority=request.priority, since=request.entered_at
    ) as place:
        agent = await place.agent()
        call = _outbound(line, call_id, request)
        leg = await ring(call, line, agent.number)
        there = AgentThere(agent.number, leg) if leg else await ring_agents(call, line, place)
    call.waited("answered", there.number)
    try:
        answered = await _citizen_answers(call, line, request, there)
    except BaseException:
        await asyncio.shield(_give_up(call, "fault"))
        raise
    if not answered:
        await _give_up(call, "system")
        return
    if request.ticket_no is not None:
        link = line.tickets.link_call(request.ticket_no, call.id, "callback", at=line.now())
        call.owe(link, name=f"ticket of {call.id}")
    await serve(call, lambda call, line: _talk(call, line, there))


async def _give_up(call: Call, ended_by: EndedBy) -> None:
    await call.close()
    call.note(Ended(ended_by, "failed", "citizen not reached"))


def _outbound(line: Line, call_id: str, request: CallbackRequest) -> Call:
    """The call, with the citizen's leg as it will be dialled, and its record."""
    leg = Leg(line.switch, caller_leg(call_id), role="caller", number=request.number)
    call = Call(
        line,
        call_id,
        leg,
        caller_number=request.number,
        called_number=line.city.directory.hotline,
        started_at=line.now(),
        outcome="failed",
    )
    call.note(Opened("outbound", line.city.directory.hotline, request.number))
    call.skilled_for, call.priority = request.queue, request.priority
    call.waiting_since = request.entered_at
    call.enters_queue(request.queue)
    return call


async def _citizen_answers(
    call: Call, line: Line, request: CallbackRequest, there: AgentThere
) -> bool:
    """Dial the citizen, who sees 12345; the agent hears ring-back. The try is counted.

    An agent who hangs up meanwhile ends the try uncounted: the citizen would find nobody.
    """
    await line.callbacks.attempt(request.call_id)
    result = await first(_dial(call, line, request, there), _hangs_up(there))
    if isinstance(result, Answered):
        call.note(CallAnswered())
        line.callbacks.done(request.call_id, at=line.now())
        return True
    if result is None:
        await line.callbacks.release(request.call_id)
        return False
    settings = line.city.settings.callback
    again = line.now() + timedelta(seconds=settings.retry_seconds)
    line.callbacks.missed(
        request.call_id,
        result=result.result,
        next_try_at=again if request.tries + 1 < settings.tries else None,
        at=line.now(),
    )
    return False


async def _dial(
    call: Call, line: Line, request: CallbackRequest, there: AgentThere
) -> Answered | NotAnswered:
    to = line.city.directory.citizen(request.number)
    if to is None:
        return NotAnswered("unreachable", NO_ROUTE)
    async with call.parties.sounding_to(there.leg, *line.prompts.ringback):
        return await call.parties.dial(
            to, call.leg, "caller", ring_seconds=line.city.settings.callback.ring_seconds
        )


async def _hangs_up(there: AgentThere) -> None:
    await there.leg.until_gone()


async def _talk(call: Call, line: Line, there: AgentThere) -> None:
    await call.parties.converse()
    if not (await join_agent(call, line, there.leg, there.number) and await talk_on(call, line)):
        await call.parties.end_conversation()
        await fulfil(call, line, await back_in_queue(call, line))
