"""The call back that was asked for in the queue (预约回电): agent first, then the citizen."""

import asyncio
from datetime import timedelta

from ivr.call import Call
from ivr.flows.inbound import fulfil
from ivr.flows.outbound import Serve, give_up, new_id, outbound, reach_citizen
from ivr.flows.ringing import AgentThere, ring, ring_agents
from ivr.flows.talk import join_agent, talk_on
from ivr.flows.waiting import back_in_queue
from ivr.line import Line
from ivr.telephony.dial import Answered
from store.callbacks import CallbackRequest


async def call_back(line: Line, request: CallbackRequest, serve: Serve) -> None:
    """One try: an agent from the citizen's old place in the queue, then the citizen.

    The record of the outbound call begins when an agent is rung; its other events are the
    same as those of a call from the citizen.
    """
    call_id = new_id(line)
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
        await asyncio.shield(give_up(call, "fault"))
        raise
    if not answered:
        await give_up(call, "system")
        return
    if request.ticket_no is not None:
        call.concerns(request.ticket_no)
        link = line.tickets.link_call(request.ticket_no, call.id, "callback", at=line.now())
        call.owe(link, name=f"ticket of {call.id}")
    await serve(call, lambda call, line: talk_or_queue(call, line, there))


def _outbound(line: Line, call_id: str, request: CallbackRequest) -> Call:
    """The call, which takes the citizen's old place in the queue."""
    call = outbound(line, call_id, request.number)
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
    result = await reach_citizen(call, line, there.leg)
    if isinstance(result, Answered):
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


async def talk_or_queue(call: Call, line: Line, there: AgentThere) -> None:
    """Connect the two; a citizen whose agent has gone meanwhile waits for another."""
    await call.parties.converse()
    if not (await join_agent(call, there.leg) and await talk_on(call, line)):
        await call.parties.end_conversation()
        await fulfil(call, line, await back_in_queue(call, line))
