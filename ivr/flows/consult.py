"""Consultation and warm transfer (咨询, 协商转接): the agent asks first, the caller hears music."""

import asyncio
from contextlib import suppress

from ivr.agent_commands import Decision
from ivr.ari.errors import AriError
from ivr.call import Call
from ivr.consultation import Consultation
from ivr.flows.going_on import go_on
from ivr.flows.hold import aside
from ivr.flows.reaching import reach_summoned
from ivr.flows.talk import takes_over
from ivr.flows.three_way import tell_when_left
from ivr.line import Line
from ivr.requests import ConsultRequest
from ivr.summons import Summons
from ivr.targets import Target, ToUnit, shown
from ivr.telephony.leg import Leg, LegGone
from ivr.telephony.race import first


async def consult(call: Call, line: Line, request: ConsultRequest) -> None:
    """Ring whom the agent asks; then he passes the caller on, all talk, or he goes on alone.

    Whatever fails, the caller comes back to him, also where his page is lost meanwhile. An agent
    who hangs up passes the caller on.
    """
    parties, target = call.parties, request.target
    await parties.end_hold()
    call.visit("consult", shown(target))
    await parties.converse()
    agent = parties.answered(request.leg_id)
    passed_on = False
    if agent is not None:
        with parties.inviting():
            with call.consulting(agent) as consultation:
                async with aside(call):
                    decision = await _ask(call, line, request.summons, consultation)
            there = consultation.there
            if there is not None and decision in ("complete", "join"):
                passed_on = decision == "complete"
                if passed_on:
                    call.passed_by = agent
                    await _let_go(agent)
                await _with_the_caller(call, target, there, alone=passed_on)
            elif not agent.gone:
                call.spawn(call.say("hold_return"), name=f"back from consulting {call.id}")
    await go_on(call, line, passed_on=passed_on)


async def _ask(
    call: Call, line: Line, summons: Summons, consultation: Consultation
) -> Decision | None:
    """Until the agent has decided; None where there is nobody to be asked (any more)."""
    agent = consultation.asked_by
    try:
        async with call.parties.sounding_to(agent, *line.prompts.ringback):
            there: Leg | None = await first(
                reach_summoned(call, line, summons), _called_off(consultation)
            )
        if there is None:
            if not (consultation.is_decided or summons.is_called_off):
                call.notice("consult_noanswer", "咨询对象没有接听", level="warning")
            return None
        consultation.there = there
        await call.parties.bring_in(there)
        decision: Decision | None = await first(
            consultation.decided(), _left(agent, "complete"), _left(there, None)
        )
        if consultation.is_decided:  # his word counts, also where his leg ended with it
            decision = await consultation.decided()
    except LegGone:
        decision = None
    except asyncio.CancelledError:  # an emergency, say: only who talks with the caller stays
        await asyncio.shield(_let_go(consultation.there))
        raise
    if decision is None:
        call.notice("consult_left", "咨询对象已挂机", level="warning")
    if decision == "return":
        await _let_go(consultation.there)
    return decision


async def _called_off(consultation: Consultation) -> None:
    """While it rings, the agent can only call it off."""
    await consultation.decided()


async def _left(leg: Leg, meaning: Decision | None) -> Decision | None:
    await leg.until_gone()
    return meaning


async def _let_go(leg: Leg | None) -> None:
    if leg is not None:
        with suppress(AriError):
            await leg.hang_up()


async def _with_the_caller(call: Call, target: Target, there: Leg, *, alone: bool) -> None:
    """Who was asked stays, with the agent or in his place."""
    match target:
        case ToUnit(unit=unit):
            call.spawn(tell_when_left(call, unit, there), name=f"unit {unit.code}")
            if not alone:
                await call.say("three_way_joined", unit=unit.code)
        case _ if alone:
            await takes_over(call, there)
        case _:
            pass
