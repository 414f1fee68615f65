"""What comes into the application (StasisStart): which flow serves it."""

import asyncio
from datetime import datetime

from ivr.ari.client import Ari
from ivr.ari.events import Arrived
from ivr.call import Call, Flow
from ivr.calls import Calls
from ivr.directory import phone_of
from ivr.flows.agent_codes import agent_code
from ivr.flows.inbound import inbound
from ivr.line import Line
from store.calls import LegDialed, Opened


class Arrivals:
    """Starts the flow of every channel that comes in."""

    def __init__(self, line: Line, ari: Ari, calls: Calls) -> None:
        self._line = line
        self._ari = ari
        self._calls = calls
        self.taken = False
        """Off until the calls of a former controller are adopted; who comes meanwhile is found
        by the look at all channels that follows."""

    def arrived(self, event: Arrived) -> None:
        if not self.taken:
            return
        match event.args:
            case ("inbound", called):
                self._inbound(event, called, inbound)
            case ("emergency", service):
                self._inbound(event, service, _straight_to(service))
            case ("code", agent, code):
                self._calls.spawn(self._code(event, agent, code), name=f"code {agent}")
            case _:
                # A leg or tap that nobody waits for any more.
                self._calls.spawn(self._ari.hangup(event.channel), name=f"stray {event.channel}")

    async def _code(self, event: Arrived, agent: str, code: str) -> None:
        leg = self._line.switch.leg(event.channel, role="agent", number=agent)
        is_page = event.name.startswith(f"PJSIP/{phone_of(agent, 'web')}-")
        try:
            await agent_code(self._line, leg, agent, code, "web" if is_page else "phone")
        finally:
            await leg.hang_up()

    def _inbound(self, event: Arrived, called: str, flow: Flow) -> None:
        call_id = event.channel
        if call_id in self._calls.by_id:
            return
        if self._calls.draining:
            hang_up = self._ari.hangup(call_id, "congestion")
            self._calls.spawn(hang_up, name=f"drain {call_id}")
            return
        self._calls.start(self._open(event.at, call_id, event.caller_number, called), flow)

    def _open(self, at: datetime, call_id: str, raw_number: str, called: str) -> Call:
        line = self._line
        number = line.city.normalise(raw_number)
        leg = line.switch.leg(call_id, role="caller", number=number or "")
        call = Call(line, call_id, leg, caller_number=number, called_number=called, started_at=at)
        line.calls.append(call_id, Opened("inbound", number, called), at=at)
        line.calls.append(call_id, LegDialed(leg.id, "caller", number), at=at)
        call.parties.follow(leg)
        return call


def _straight_to(service: str) -> Flow:
    """A citizen's phone of this line dialled an emergency number itself."""

    async def flow(call: Call, line: Line) -> None:
        await call.answer()
        call.wishes.emergency(service, "digits")
        await asyncio.Event().wait()

    return flow
