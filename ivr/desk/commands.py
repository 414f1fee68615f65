"""What agents ask for by the console (坐席操作): the same commands as the codes on a phone."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

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
)
from ivr.call import Call
from ivr.calls import Calls
from ivr.flows.carry_out import carry_out
from ivr.line import Line
from ivr.parties import AGENTS
from ivr.queue.agents import AgentEvent, Device, IllegalAgentEvent, UnknownReason
from ivr.telephony.leg import Leg
from ticketing.refusal import Refusal

Data = Mapping[str, Any]
LONGEST = 100
"""Characters of a value."""


def _text(data: Data, field: str) -> str:
    """A value that must be there."""
    value = data.get(field)
    if value is None:
        raise Refusal("missing_field", field, f"缺少{field}", f"请填写{field}")
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
        raise Refusal("invalid_value", field, f"{field}无效", f"请核对{field}")
    return value


def _transfer(data: Data) -> Command:
    kind = data.get("kind", "blind")
    if kind not in ("blind", "warm"):
        raise Refusal("invalid_value", "kind", "没有这种转接方式", "可选：blind、warm")
    target = _text(data, "target")
    return Transfer(target) if kind == "blind" else Consult(target)


IN_CALL: Mapping[str, Callable[[Data], Command]] = {
    "hang_up": lambda _: HangUp(),
    "hold": lambda _: Hold(True),
    "unhold": lambda _: Hold(False),
    "three_way": lambda data: ThreeWay(_text(data, "unit")),
    "three_way_drop": lambda _: DropUnit(),
    "call_off": lambda _: CallOff(),
    "drop": lambda data: Drop(_text(data, "leg_id")),
    "emergency": lambda data: ToEmergency(_text(data, "service")),
    "emergency_undo": lambda _: UndoEmergency(),
    "transfer": _transfer,
    "consult": lambda data: Consult(_text(data, "target")),
    "complete": lambda _: Decide("complete"),
    "join": lambda _: Decide("join"),
    "return": lambda _: Decide("return"),
    "refer_up": lambda _: ReferUp(),
}
OF_STATE: Mapping[str, AgentEvent] = {
    "login": AgentEvent.LOGIN,
    "logout": AgentEvent.LOGOUT,
    "pause": AgentEvent.PAUSE,
    "resume": AgentEvent.RESUME,
}
STATES = {
    "logged_out": "已签出",
    "available": "空闲",
    "ringing": "振铃",
    "talking": "通话",
    "wrap_up": "话后处理",
    "paused": "置忙",
}


@contextmanager
def _refused() -> Iterator[None]:
    """What the agent's state does not allow is refused."""
    try:
        yield
    except IllegalAgentEvent as illegal:
        state = STATES[illegal.status.value]
        raise Refusal(
            "wrong_state", None, f"当前是{state}状态，不能这样操作", "请核对坐席状态"
        ) from None


class DeskCommands:
    """Commands to one line."""

    def __init__(self, line: Line, calls: Calls) -> None:
        self._line = line
        self._calls = calls

    @staticmethod
    def knows(name: str) -> bool:
        """Whether there is such a command."""
        return name in OF_STATE or name in IN_CALL or name == "auto_answer"

    async def do(self, number: str, name: str, data: Data) -> None:
        """Carry out what an agent asks for. Raises Refusal: nothing has changed."""
        if number not in self._line.city.directory.agents:
            raise Refusal("invalid_value", "agent", f"没有话务员{number}", "请管理员登记话务员分机")
        if name == "login":
            device: Device = "web" if data.get("device") == "web" else "phone"
            with _refused():
                self._line.queue.log_in(number, device)
            return
        if name in OF_STATE:
            reason = _text(data, "reason") if name == "pause" else None
            self._be(number, OF_STATE[name], reason)
            return
        if name == "auto_answer":
            self._line.queue.answer_by_itself(number, data.get("on") is True)
            return
        command = IN_CALL[name](data)
        call, leg = self._call_of(number)
        await carry_out(call, self._line, leg, command)

    def _be(self, number: str, event: AgentEvent, reason: str | None) -> None:
        try:
            with _refused():
                self._line.queue.event(number, event, reason=reason)
        except UnknownReason as unknown:
            known = "、".join(one.code for one in self._line.city.settings.queue.pause_reasons)
            raise Refusal(
                "invalid_value", "reason", f"没有置忙原因{unknown.reason}", f"可选：{known}"
            ) from None

    def _call_of(self, number: str) -> tuple[Call, Leg]:
        """The call in which the agent is, with his leg."""
        for call in self._calls.all:
            for leg, state in call.parties.everyone:
                if leg.role in AGENTS and leg.number == number and state in ("talking", "held"):
                    return call, leg
        raise Refusal("wrong_state", None, "您不在通话中", "请先接听来电")
