"""An agent talks at a page (网页话机) that is loaded anew, freezes or loses its network.

The citizen stays in his bridge. A websocket that blinks changes nothing as long as the page is
heard; a page that is silent has lost its leg, and is rung again as soon as it registers. The agent
has his caller back then; if he does not come in time the caller is in the queue again.
"""

import asyncio
import logging

from ivr.call import Call
from ivr.flows.hold import aside
from ivr.line import Line
from ivr.parties import AGENTS, HELPERS
from ivr.phones import Phone
from ivr.telephony.dial import Answered
from ivr.telephony.leg import Leg, LegGone
from ivr.telephony.race import end, first
from store.calls import Role, Stage

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
SILENT_SECONDS = 1.5
"""A page from which no packet comes for so long is gone; they come every 20 ms, also muted."""
COMFORT_AFTER = 1.0
"""Most pages are back before the caller has to be told to wait."""
RING_SECONDS = 8.0
"""A page that comes back answers by itself, at once."""
AGAIN_SECONDS = 1.0


async def keep_in_talk(call: Call, line: Line, agent: Leg) -> None:
    """As long as this leg lives; when the page is gone, its agent comes back with another one."""
    phone = line.phones.of(agent.number, "web")
    page = phone.page
    while not agent.gone:
        await first(_changed(phone, page), agent.until_gone())
        if not agent.gone and await _is_lost(agent, phone, page):
            await _come_back(call, line, agent, phone)
            return
        page = phone.page  # a controller that has just begun learns it now


async def _changed(phone: Phone, page: str | None) -> None:
    await phone.until(lambda phone: not phone.registered or phone.page != page)


async def _is_lost(agent: Leg, phone: Phone, page: str | None) -> bool:
    """Whether the page is gone; False when it is registered again and was heard all the time."""
    loop = asyncio.get_running_loop()
    packets, heard_at = -1, loop.time()
    while not agent.gone:
        if page is not None and phone.page != page:
            return True  # loaded anew, or taken over by another page
        now = await agent.packets()
        if now != packets:
            packets, heard_at = now, loop.time()
            if phone.registered:
                return False
        elif loop.time() - heard_at >= SILENT_SECONDS:
            return True
        await asyncio.sleep(LOOK_SECONDS)
    return False


async def _come_back(call: Call, line: Line, lost: Leg, phone: Phone) -> None:
    """Ring the page until its agent talks again, or the time is over."""
    parties, number = call.parties, lost.number
    consultation = call.consultation
    asks = consultation is not None and lost is consultation.asked_by
    if lost not in parties.with_role(*AGENTS) or (consultation is not None and not asks):
        await lost.break_off()  # whoever waits with him goes on as if he had hung up
        return
    if consultation is not None:  # only who hangs up gives the caller away
        consultation.decide("return")
        await consultation.over.wait()
    log.warning("call %s: the page of agent %s is gone", call.id, number)
    call.note(Stage("page_lost", {"agent": number}))
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    line.queue.follow(number, over)
    comfort = call.spawn(_comfort(call), name=f"comfort {call.id}")
    try:
        # First the invitation, then the leg: the talk is not over while he may come back.
        with parties.inviting(), parties.awaiting(lost):
            await lost.break_off()
            try:
                async with asyncio.timeout(line.city.settings.queue.page_return_seconds):
                    await _talk_again(call, line, lost, phone, comfort)
            except TimeoutError:
                log.warning("call %s: agent %s did not come back", call.id, number)
            finally:
                await end(comfort)
    finally:
        over.set_result(None)


async def _talk_again(
    call: Call, line: Line, lost: Leg, phone: Phone, comfort: "asyncio.Task[None]"
) -> None:
    """Until the agent is in the conversation again."""
    while True:
        leg = await _ring(call, line, lost, phone)
        await end(comfort)
        try:
            await call.parties.converse()
            await call.parties.bring_in(leg)
        except LegGone:
            continue
        line.queue.follow(leg.number, leg.hung_up)
        call.note(Stage("talk", {"agent": leg.number}))
        log.info("call %s: agent %s is back", call.id, leg.number)
        return


async def _ring(call: Call, line: Line, lost: Leg, phone: Phone) -> Leg:
    """Ring the page until it answers."""
    role: Role = "supervisor" if lost.role == "supervisor" else "agent"
    while True:
        await phone.until(lambda phone: phone.registered)
        leg = call.parties.new_leg(role, lost.number)
        result = await call.parties.dial(
            line.city.directory.agent(lost.number, "web"),
            leg,
            role,
            caller_id=None if call.hides_number else call.caller_number,
            ring_seconds=RING_SECONDS,
            answers_itself=True,
        )
        if isinstance(result, Answered):
            return leg
        await asyncio.sleep(AGAIN_SECONDS)


async def _comfort(call: Call) -> None:
    """A caller who is alone is asked to wait, and hears music."""
    await asyncio.sleep(COMFORT_AFTER)
    if call.parties.with_role(*HELPERS):
        return
    if call.parties.caller_talks:
        async with aside(call):
            await asyncio.Event().wait()
    else:  # he was on hold
        async with call.leg.music():
            await asyncio.Event().wait()
