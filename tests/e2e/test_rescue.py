"""Callers whose controller hangs: `up` hands them to the dialplan (design §3)."""

import os
import signal

from service.rescue import STALE_SECONDS, SUCCESSOR_SECONDS
from tests.e2e.line import Line, wait_for
from tests.e2e.phones import Phones


async def test_a_caller_of_a_hung_controller_is_served_by_the_dialplan(
    line: Line, phones: Phones
) -> None:
    call = await phones.dial()
    await call.hears("welcome_short", within=9)
    old = line.pids["controller"]
    os.kill(old, signal.SIGSTOP)
    # The heartbeat gets stale, a successor has its time, then the dialplan takes the caller.
    await call.hears("system_fault", within=STALE_SECONDS + SUCCESSOR_SECONDS + 8)
    assert "handed to the dialplan" in line.output.read_text()
    await call.hang_up()

    def whole() -> bool:
        ready = line.ready
        return ready["pids"]["controller"] != old and not ready.get("degraded")

    await wait_for(whole, within=30, what="another controller")
