"""A call that the line makes itself: its record, and its end where nobody came."""

from collections.abc import Awaitable, Callable

from ivr.call import Call, Flow
from ivr.directory import Destination
from ivr.ids import CALLBACK, caller_leg
from ivr.line import Line
from ivr.telephony.dial import Answered, NotAnswered
from ivr.telephony.leg import Leg
from ivr.telephony.race import first
from store.calls import Ended, EndedBy, Opened

Serve = Callable[[Call, Flow], Awaitable[None]]
"""Serves a call from this flow on; returns at its end."""

NO_ROUTE = 3
"""Q.850 no route to destination: no trunk leads out of this line."""


def new_id(line: Line) -> str:
    """Id of an outbound call."""
    return line.switch.new_id(CALLBACK)


def outbound(line: Line, call_id: str, number: str) -> Call:
    """The call, with the leg as it will be dialled, and its record."""
    leg = Leg(line.switch, caller_leg(call_id), role="caller", number=number)
    call = Call(
        line,
        call_id,
        leg,
        caller_number=number,
        called_number=line.city.directory.hotline,
        started_at=line.now(),
        outcome="failed",
        direction="outbound",
    )
    call.note(Opened("outbound", line.city.directory.hotline, number))
    line.dialling[call_id] = call
    return call


async def ring_citizen(call: Call, line: Line, *, ring_seconds: float) -> Answered | NotAnswered:
    """Ring the citizen, who sees the hotline's number. Never an emergency number."""
    return await ring(call, line.city.directory.citizen(call.leg.number), ring_seconds)


async def ring(call: Call, to: Destination | None, ring_seconds: float) -> Answered | NotAnswered:
    """Ring whom the call is made to; `to` is None where no trunk leads there."""
    if to is None:
        return NotAnswered("unreachable", NO_ROUTE)
    result = await call.parties.dial(to, call.leg, "caller", ring_seconds=ring_seconds)
    if isinstance(result, Answered):
        call.answers()
    return result


async def reach_citizen(call: Call, line: Line, there: Leg) -> Answered | NotAnswered | None:
    """Ring the citizen for somebody who is on the line already and hears ring-back meanwhile.

    None: he has hung up.
    """
    seconds = line.city.settings.callback.ring_seconds

    async def hangs_up() -> None:
        await there.until_gone()

    async with call.parties.sounding_to(there, *line.prompts.ringback):
        result: Answered | NotAnswered | None = await first(
            ring_citizen(call, line, ring_seconds=seconds), hangs_up()
        )
    return result


async def give_up(call: Call, ended_by: EndedBy, why: str = "citizen not reached") -> None:
    """End a call in which the citizen was not reached."""
    await call.close()
    call.line.dialling.pop(call.id, None)
    call.note(Ended(ended_by, "failed", why))
