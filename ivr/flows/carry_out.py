"""What an agent asks for in a call is begun, or refused with the reason (contract §3)."""

from datetime import timedelta

from ivr.agent_commands import (
    CallOff,
    Command,
    Consult,
    Decide,
    Drop,
    DropUnit,
    HangUp,
    Hold,
    ReferUp,
    ThreeWay,
    ToEmergency,
    Transfer,
    UndoEmergency,
    Unknown,
)
from ivr.call import Call
from ivr.directory import Unit
from ivr.flows.hold import hold
from ivr.flows.reaching import free_supervisors
from ivr.flows.refer_up import refer_up
from ivr.flows.three_way import drop_units, three_way
from ivr.line import Line
from ivr.parties import AGENTS, HELPERS
from ivr.queue.agents import AgentStatus
from ivr.requests import ConsultRequest, TransferRequest
from ivr.summons import Summons
from ivr.targets import Target, ToAgent, ToGroup, ToSupervisors, ToUnit, helper, target, unit
from ivr.telephony.leg import Leg
from ticketing.refusal import Refusal

UNDO = timedelta(seconds=3)
"""So long an agent may take an emergency back."""


async def carry_out(call: Call, line: Line, agent: Leg, command: Command) -> None:
    """Begin it; what comes of it is told by notices. Raises Refusal: nothing has changed."""
    parties = call.parties
    if isinstance(command, HangUp):
        await agent.hang_up()
        return
    if isinstance(command, CallOff):
        await _call_off(call, agent)
        return
    if agent not in parties.with_role(*AGENTS):
        raise _not_now("转接尚未完成", "请等待转接结果")
    _must_not_disturb_consultation(call, agent, command)
    match command:
        case ThreeWay(extension=extension):
            known = _unit(call, line, extension)
            summons = Summons(agent.number, "three_way", ToUnit(known))
            call.summon(summons)
            parties.invite(three_way(call, line, known, summons), lambda: call.came(summons))
        case DropUnit():
            if not (parties.invites or parties.with_role("unit")):
                raise _not_now("没有正在邀请或已加入的单位", "请先发起三方通话")
            await parties.end_invitation()
            await drop_units(call)
        case Drop(leg_id=leg_id):
            await _drop(call, agent, leg_id)
        case ToEmergency(service=service):
            _emergency(call, line, service)
        case UndoEmergency():
            if not call.wishes.undo(line.now()):
                raise _not_now("没有可以撤销的紧急转接", "已超过 3 秒或已接通，请向接警员说明")
        case Transfer(target=told):
            to = helper(line.city.directory, told)
            if to is None:
                raise _nobody(told)
            _must_be_available(line, agent, to)
            summons = Summons(agent.number, "transfer", to)
            if not call.wishes.pass_on(TransferRequest(agent.id, to, summons)):
                raise _busy()
            call.summon(summons)
        case Consult(target=told):
            asked = target(line.city.directory, told)
            if asked is None:
                raise _nobody(told)
            _must_be_available(line, agent, asked)
            summons = Summons(agent.number, "consult", asked)
            if not call.wishes.pass_on(ConsultRequest(agent.id, asked, summons)):
                raise _busy()
            call.summon(summons)
        case Decide(how=how):
            consultation = call.consultation
            if consultation is None or consultation.is_decided:
                raise _not_now("没有正在进行的咨询", "请先发起咨询")
            if how != "return" and consultation.there is None:
                raise _not_now("咨询对象尚未接听", "请等待接听，或取消咨询")
            consultation.decide(how)
        case ReferUp():
            if parties.with_role("supervisor"):
                raise _not_now("班长已在通话中", "请直接与班长沟通")
            _one_invitation(call)
            summons = Summons(agent.number, "refer_up", ToSupervisors())
            call.summon(summons)
            parties.invite(refer_up(call, line, agent, summons), lambda: call.came(summons))
        case Hold(on=on):
            await _hold(call, agent, not parties.holds if on is None else on)
        case Unknown(typed=typed):
            raise Refusal("invalid_value", None, f"没有代码{typed}", "请核对话机操作代码")


def _must_not_disturb_consultation(call: Call, agent: Leg, command: Command) -> None:
    """While somebody is asked there is only the decision of who asked; emergencies go first."""
    consultation = call.consultation
    if consultation is None or isinstance(command, ToEmergency | UndoEmergency):
        return
    if agent is not consultation.asked_by:
        raise _not_now("正在接受咨询", "请由发起咨询的话务员操作")
    if not isinstance(command, Decide):
        raise _not_now("正在咨询", "请先完成转接、加入三方或返回来电人")


async def _call_off(call: Call, agent: Leg) -> None:
    """Only who had somebody rung calls it off; what follows is the flow's."""
    summons = call.summons
    if summons is None or summons.by != agent.number:
        raise _not_now("没有正在进行的呼叫", "对方已接听或已结束，请查看通话状态")
    summons.call_off()
    if summons.purpose in ("three_way", "refer_up"):
        await call.parties.end_invitation()


async def _drop(call: Call, agent: Leg, leg_id: str) -> None:
    """Units and colleagues; supervisors are let go by supervisors, emergency services by nobody."""
    leg = next((one for one in call.parties.with_role(*HELPERS) if one.id == leg_id), None)
    if leg is None or leg is agent:
        raise Refusal("invalid_value", "leg_id", "该成员不在通话中", "请刷新后核对通话成员")
    if leg.role == "emergency":
        raise _not_now("紧急服务不能由话务员请出", "请等待接警员挂机")
    if leg.role == "supervisor" and agent.role != "supervisor":
        raise _not_now("班长不能由话务员请出", "请班长自行退出")
    await leg.hang_up()


def _unit(call: Call, line: Line, told: str) -> Unit:
    """One unit at a time is rung, and none that is there."""
    known = unit(line.city.directory, told)
    if known is None:
        raise Refusal(
            "unknown_unit", "unit", f"{told}没有登记值班电话", "请核对单位，或请管理员登记值班电话"
        )
    _one_invitation(call)
    if any(leg.number in known.contacts for leg in call.parties.with_role("unit")):
        raise _not_now(f"{known.name}已在通话中", "请直接与该单位沟通")
    return known


def _one_invitation(call: Call) -> None:
    if call.parties.invites:
        raise _not_now("正在邀请他人加入", "请等待接听，或先取消邀请")


def _emergency(call: Call, line: Line, service: str) -> None:
    if service not in line.city.directory.emergency.services:
        services = "、".join(line.city.directory.emergency.services)
        raise Refusal("invalid_value", "service", f"没有紧急服务{service}", f"可选：{services}")
    if not call.wishes.emergency(service, "agent", undo_until=line.now() + UNDO):
        raise _not_now(f"{service}正在接通或已接通", "请告诉来电人不要挂机")


def _nobody(told: str) -> Refusal:
    return Refusal(
        "invalid_value", "target", f"没有{told}这个对象", "请填写话务员、技能组或 supervisors"
    )


def _must_be_available(line: Line, agent: Leg, to: Target) -> None:
    """Somebody of them may come now; who is rung for nothing costs the caller 20 s."""
    agents = {state.number: state for state in line.queue.agents}
    match to:
        case ToAgent(number=number) if number == agent.number:
            raise Refusal("invalid_value", "target", "不能转给自己", "请选择其他话务员")
        case ToAgent(number=number) if agents[number].status is not AgentStatus.AVAILABLE:
            raise _not_now(f"话务员{number}不是空闲状态", "请选择其他话务员或技能组")
        case ToGroup(group=group) if not line.queue.staffed(group):
            raise _not_now("该技能组没有人在岗", "请选择其他对象")
        case ToSupervisors() if not free_supervisors(line):
            raise _not_now("没有空闲的班长", "请稍后再试，或使用上报班长")


async def _hold(call: Call, agent: Leg, on: bool) -> None:
    parties = call.parties
    if not on:
        if not parties.holds:
            raise _not_now("来电人不在保持状态", "无需恢复")
        await parties.end_hold()
        await call.say("hold_return")
        return
    if parties.holds:
        raise _not_now("来电人已在保持状态", "请先恢复通话")
    if call.wishes.busy:
        raise _busy()
    parties.hold(hold(call, agent))


def _busy() -> Refusal:
    return _not_now("正在处理紧急转接或其他转接", "请等待其结果")


def _not_now(message: str, fix: str) -> Refusal:
    return Refusal("wrong_state", None, message, fix)
