"""Calls that people order for a ticket: 联系诉求人 by a unit, a call to the citizen by an agent.

What is ordered is checked at once, the call itself goes on by itself. Raises Refusal.
"""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from ivr.call import Call
from ivr.calls import Calls
from ivr.directory import Unit
from ivr.flows import relay, ticket_call
from ivr.flows.callback import talk_or_queue
from ivr.flows.outbound import new_id, outbound
from ivr.line import Line
from ticketing.model import TERMINAL, Relation, Ticket
from ticketing.refusal import Refusal
from ticketing.workflow.terms import UNIT_ROLES


@dataclass(frozen=True, slots=True)
class Ordered:
    """Who orders a call for which ticket."""

    ticket_no: str
    actor: str
    role: str
    unit: str | None = None
    """The unit that wants to be in touch; None: the one that holds the ticket."""
    agent: str | None = None
    """The agent who wants to talk."""


class Orders:
    """Orders to one line."""

    def __init__(self, line: Line, calls: Calls) -> None:
        self._line = line
        self._calls = calls
        self._relayed: set[str] = set()
        """Tickets whose citizens are being contacted."""

    async def contact(self, order: Ordered) -> str:
        """Begins a relayed call; its id."""
        one = await self._line.tickets.read(order.ticket_no)
        if order.role not in UNIT_ROLES:
            raise Refusal(
                "not_allowed", "as", "只有承办单位可以联系诉求人", "请由承办单位的经办人联系"
            )
        unit_code = order.unit or one.unit
        if unit_code is None or unit_code not in (one.unit, *one.assist_units):
            raise Refusal(
                "not_allowed", "unit", "该单位不承办此工单", "请由承办单位或协办单位联系诉求人"
            )
        unit = self._unit(unit_code)
        number = self._number(one)
        if one.ticket_no in self._relayed:
            raise Refusal("wrong_state", None, "正在联系诉求人", "请接听值班电话并按一")
        self._taking()
        call = self._begin(one, number, "relay", order)
        self._relayed.add(one.ticket_no)
        self._spawn(self._relay(call, unit, one.ticket_no), one)
        return call.id

    async def call(self, order: Ordered) -> str:
        """Begins a call between an agent and the citizen; its id."""
        one = await self._line.tickets.read(order.ticket_no)
        number = self._number(one)
        self._taking()
        agent = order.agent or ""
        if agent not in self._line.city.directory.agents:
            raise Refusal("invalid_value", "agent", f"没有话务员{agent}", "请填写话务员的分机号")
        if not self._line.queue.reserve(agent):
            raise Refusal(
                "wrong_state", "agent", f"话务员{agent}不是空闲状态", "请先签入、结束通话和话后处理"
            )
        call = self._begin(one, number, "callback", order)
        self._spawn(self._agent_calls(call, agent), one)
        return call.id

    async def _relay(self, call: Call, unit: Unit, ticket_no: str) -> None:
        try:
            leg = await relay.relay(call, self._line, unit)
            if leg is not None:
                await self._calls.start(call, lambda call, line: relay.talk(call, line, leg))
        finally:
            self._relayed.discard(ticket_no)

    async def _agent_calls(self, call: Call, agent: str) -> None:
        there = await ticket_call.ring_both(call, self._line, agent)
        if there is not None:
            await self._calls.start(call, lambda call, line: talk_or_queue(call, line, there))

    def _begin(self, one: Ticket, number: str, relation: Relation, order: Ordered) -> Call:
        call = outbound(self._line, new_id(self._line), number)
        link = self._line.tickets.link_call(
            one.ticket_no,
            call.id,
            relation,
            at=self._line.now(),
            actor=order.actor,
            role=order.role,
            ordered=True,
        )
        call.hides_number = one.is_hidden
        call.concerns(one.ticket_no)
        call.owe(link, name=f"ticket of {call.id}")
        return call

    def _spawn(self, work: Coroutine[Any, Any, None], one: Ticket) -> None:
        self._calls.spawn(work, name=f"callback {one.ticket_no}")

    def _unit(self, code: str) -> Unit:
        for unit in self._line.city.directory.units.values():
            if unit.code == code:
                return unit
        raise Refusal(
            "invalid_value",
            "unit",
            f"{code}没有登记值班电话",
            "请系统管理员在 config.yaml 的 units 中填写值班电话",
        )

    def _number(self, one: Ticket) -> str:
        """The citizen's number, where the line may and can dial it."""
        if one.state in TERMINAL:
            raise Refusal("wrong_state", None, "工单已经办结", "如有新情况，请登记新的工单")
        told = one.contact_phone or one.caller_number
        number = self._line.city.normalise(told) if told else None
        if number is None:
            raise Refusal(
                "missing_field", "contact_phone", "工单没有联系电话", "请按工单上的其他方式联系"
            )
        if self._line.city.directory.citizen(number) is None:
            raise Refusal(
                "invalid_value",
                "contact_phone",
                "热线不能呼叫该联系电话",
                "请核对联系电话；外线号码需要在 config.yaml 的 trunks 中配置中继",
            )
        return number

    def _taking(self) -> None:
        if self._calls.draining:
            raise Refusal("wrong_state", None, "热线正在停止", "请在热线重新启动后再试")
