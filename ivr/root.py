"""The root of a call: runs its flows, ends them on hang-up, carries out what replaces them."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from ivr.ari.errors import AriError, Gone
from ivr.call import Call, Flow
from ivr.flows.codes import agent_codes
from ivr.flows.consult import consult
from ivr.flows.emergency import emergency, open_event
from ivr.flows.going_on import undone
from ivr.flows.page_lost import keep_in_talk
from ivr.flows.transfer import transfer
from ivr.line import Line
from ivr.requests import (
    ConsultRequest,
    EmergencyRequest,
    Request,
    TransferRequest,
    UndoRequest,
)
from ivr.telephony.leg import Leg, LegGone
from ivr.telephony.race import end
from store.calls import Ended, Stage

log = logging.getLogger(__name__)

FALLBACK = "fallback"


async def serve(call: Call, line: Line, flow: Flow) -> None:
    """Serve one caller from the first flow to the end; the record is closed in any case."""

    def obey(agent: Leg) -> None:
        call.spawn(agent_codes(call, line, agent), name=f"codes of {agent.id}")
        state = line.queue.agent(agent.number)
        if state is not None and state.device == "web":
            call.spawn(keep_in_talk(call, line, agent), name=f"page of {agent.id}")

    call.parties.obey = obey
    try:
        with call.leg.keys.watched_by(call.wishes.watch):
            async with asyncio.timeout(line.city.settings.max_call_seconds) as limit:
                await _run(call, line, flow(call, line))
    except Exception:
        if limit.expired():
            call.ended_by = "system"
            log.warning("call %s: ended, it lasted too long", call.id)
            return
        log.exception("call %s: a flow failed", call.id)
        if await _to_dialplan(call, line):
            return
        if not call.leg.gone and call.ended_by != "caller":
            call.fault = "flow failed"
    finally:
        await asyncio.shield(_finish(call, line))


async def _run(call: Call, line: Line, work: Coroutine[Any, Any, None] | None) -> None:
    while work is not None:
        task = asyncio.create_task(work, name=f"flow {call.id}")
        try:
            await asyncio.wait(
                (task, call.wishes.made, call.leg.hung_up), return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            if not task.done():
                await end(task)
        work = None
        error = None if task.cancelled() else task.exception()
        if call.wishes.made.done():
            work = await _replacement(call, line, call.wishes.take())
        elif call.leg.gone:
            call.ended_by = call.ended_by or "caller"
            if error is not None and not isinstance(error, LegGone | Gone):
                log.error("call %s: a flow failed as it ended", call.id, exc_info=error)
        elif error is not None:
            raise error


async def _replacement(call: Call, line: Line, request: Request) -> Coroutine[Any, Any, None]:
    match request:
        case EmergencyRequest():
            call.summons = None
            event = await open_event(call, line, request)
            await _let_go(call)
            return emergency(call, line, request, event)
        case UndoRequest():
            call.summons = None
            await _let_go(call)
            return undone(call, line)
        case TransferRequest():
            await _let_go(call)
            return transfer(call, line, request)
        case ConsultRequest():
            await _let_go(call)
            return consult(call, line, request)


async def _let_go(call: Call) -> None:
    """Nobody whom the former flow rang is left ringing or on a dead line."""
    await call.parties.end_invitation()
    await call.parties.release_unjoined()


async def _to_dialplan(call: Call, line: Line) -> bool:
    """A flow that broke must not cost the citizen the call: the dialplan serves on."""
    if call.leg.gone:
        return False
    call.note(Stage(FALLBACK, {}))
    try:
        await line.switch.ari.continue_at(call.leg.id, FALLBACK, "s", 1)
    except Gone:
        call.ended_by = "caller"
        return False
    except AriError as error:
        log.error("call %s: not taken by the dialplan: %s", call.id, error)
        return False
    call.left_to_dialplan = True
    return True


async def _lives_on(call: Call, line: Line) -> bool:
    """A hung controller's caller whom `up` gave to the dialplan as this one took him back."""
    try:
        await line.switch.ari.channel(call.leg.id)
    except AriError:
        return False
    return True


async def _finish(call: Call, line: Line) -> None:
    if call.leg.left and await _lives_on(call, line):
        log.warning("call %s: taken by the dialplan", call.id)
        call.note(Stage(FALLBACK, {}))
        call.left_to_dialplan = True
    await call.close()
    if call.left_to_dialplan:
        return
    if call.fault is not None:
        call.note(Ended("fault", call.outcome, call.fault))
    else:
        call.note(Ended(call.ended_by or "system", call.outcome))
