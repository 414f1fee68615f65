"""Referring up (上报班长): a supervisor comes to agent and caller."""

from ivr.call import Call
from ivr.flows.reaching import reach
from ivr.line import Line
from ivr.summons import Summons
from ivr.targets import ToSupervisors
from ivr.telephony.leg import Leg, LegGone


async def refer_up(call: Call, line: Line, agent: Leg, summons: Summons) -> None:
    """Ring a supervisor who is free while they talk on; if none comes, the supervisors see it."""
    call.visit("refer_up", agent.number)
    with call.parties.inviting():
        supervisor = await reach(call, line, ToSupervisors())
        if supervisor is not None:
            try:
                await call.parties.bring_in(supervisor)
            except LegGone:
                supervisor = None
    call.came(summons)
    if supervisor is not None:
        call.notice("refer_up_joined", "班长已加入通话")
        return
    call.refers_up()
    call.notice("refer_up_waiting", "暂无空闲班长，已记录并提示班长", level="warning")
    who = f"话务员{agent.number}上报班长，请尽快处理"
    call.notice("refer_up_waiting", who, level="warning", to="supervisors")
