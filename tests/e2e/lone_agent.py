"""`python -m tests.e2e.lone_agent READY.json`: an agent's phone that can die with its process."""

import asyncio
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from service.useragent import UserAgents


async def serve(ready: dict[str, Any]) -> None:
    """Log the first agent in, answer one call, say on standard output how far it is."""
    sip = ready["sip"]
    account = next(a for a in ready["accounts"] if a["role"] == "agent")
    async with UserAgents(sip["host"], sip["port"], transport=sip["transport"]) as engine:
        phone = await engine.phone(
            account["username"], password=account["password"], number=account["number"]
        )
        code = await phone.call(ready["codes"]["agent_login"])
        await code.answered()
        with contextlib.suppress(TimeoutError):
            await code.ended(8)
        print("on duty", flush=True)
        call = await phone.incoming(within=60)
        await call.answer()
        print("talking", flush=True)
        await call.ended(120)


if __name__ == "__main__":
    asyncio.run(serve(json.loads(Path(sys.argv[1]).read_text())))
