"""The talk goes on after somebody was passed on, asked or called off."""

from ivr.call import Call
from ivr.flows.inbound import fulfil
from ivr.flows.talk import talk_on
from ivr.flows.waiting import back_in_queue
from ivr.line import Line
from ivr.parties import HELPERS
from ivr.queue.core import Priority


async def go_on(call: Call, line: Line, *, passed_on: bool = False) -> None:
    """Until nobody helps any more; a caller whom nobody has helped is in the queue again.

    `passed_on`: somebody has taken the caller over; where he has hung up by now, the call is over.
    """
    helped = passed_on or call.parties.with_role(*HELPERS)
    if helped and await talk_on(call, line):
        return
    await call.parties.end_conversation()
    call.comes_before(Priority.TRANSFERRED)
    await fulfil(call, line, await back_in_queue(call, line))


async def undone(call: Call, line: Line) -> None:
    """The agent took his emergency back (撤销): he and the caller talk on."""
    call.visit("emergency_undo")
    await go_on(call, line)
