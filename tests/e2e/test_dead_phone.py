"""An agent's phone dies in a talk (话机断线): the citizen is not left alone, and not hung up on."""

import asyncio
import sys

from service.paths import HOME
from tests.e2e.line import Line, environment
from tests.e2e.phones import Phones
from tests.e2e.records import Records


async def test_the_caller_is_back_in_the_queue(
    line: Line, phones: Phones, records: Records
) -> None:
    agent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.e2e.lone_agent", str(line.var.ready)),
        stdout=asyncio.subprocess.PIPE,
        cwd=HOME,
        env=environment(),
    )
    assert agent.stdout is not None
    try:
        assert await agent.stdout.readline() == b"on duty\n"
        call = await phones.dial()
        await call.hears("welcome_short", within=5)
        await call.press("1")
        assert await agent.stdout.readline() == b"talking\n"
        await call.hears("agent_announce", within=15)
    finally:
        agent.kill()
        await agent.wait()
    # 30 s without any sound, then the queue; nobody else is on duty.
    await call.hears("queue_callback_offer", within=70, since=call.now)
    await call.hang_up()
    row = await records.closed("13800000001")
    assert (row["ended_by"], row["outcome"]) == ("caller", "agent_answered")
    assert next(leg["cause"] for leg in row["legs"] if leg["role"] == "agent") == 44
    assert [wait["result"] for wait in row["waits"]] == ["answered", "abandoned"]
