"""The doctor's look at a running line: its processes, its controller, phones and trunks."""

from typing import Any

import psutil

from service import real_time
from service.errors import Failure
from service.findings import Finding, failed, ok, warning
from service.live import ask, endpoint_states
from service.paths import Var
from service.runtime import Runtime


async def look_at_line(var: Var, ready: dict[str, Any]) -> list[Finding]:
    """Findings about the line that `ready` describes."""
    found = _processes(ready)
    try:
        state = await ask(var, "GET", "/status")
    except Failure as error:
        found.append(failed("controller", error.message, error.fix or ""))
    else:
        found.append(ok("controller", f"{state['calls']} calls, {len(state['agents'])} agents"))
    return [*found, *await _endpoints(Runtime.load(var))]


def _processes(ready: dict[str, Any]) -> list[Finding]:
    degraded = ready.get("degraded", [])
    if degraded:
        fix = "wait half a minute; if it stays, see the logs in VAR/log"
        return [warning("line", f"being replaced: {', '.join(degraded)}", fix)]
    pids = ready["pids"]
    gone = [n for n in ("controller", "asterisk") if not psutil.pid_exists(int(pids[n] or 0))]
    if gone:
        return [failed("line", f"{', '.join(gone)} is gone", "see the logs in VAR/log")]
    return [ok("line", f"running since {ready['started_at']}"), _voice(int(pids["asterisk"]))]


def _voice(asterisk: int) -> Finding:
    if real_time.has(asterisk):
        return ok("voice", "Asterisk goes before all other work of the machine")
    text = "Asterisk has no real-time priority: on a busy machine callers hear holes"
    fix = "LimitRTPRIO=10 in the service's unit (docs/operations.md), then start the line anew"
    return warning("voice", text, fix)


async def _endpoints(runtime: Runtime) -> list[Finding]:
    """Phones that are registered, trunks that answer."""
    try:
        states = await endpoint_states(runtime)
    except Failure as error:
        return [failed("asterisk", error.message, error.fix or "")]
    return [*_phones(runtime, states), *_trunks(runtime, states)]


def _phones(runtime: Runtime, states: dict[str, str]) -> list[Finding]:
    agents = [f"agent-{a.number}" for a in runtime.settings.agents]
    online = [name for name in agents if states.get(name) == "online"]
    found = []
    if agents:
        text = f"{len(online)} of {len(agents)} agents' phones are registered"
        fix = "point the phones to the SIP address of ./hotline up with the passwords of VAR"
        found.append(ok("phones", text) if online else warning("phones", text, fix))
    if runtime.settings.emergency.via == "desks":
        desks = [f"emergency-{s}" for s in runtime.settings.emergency.services]
        away = [d for d in desks if states.get(d) != "online"]
        if away:
            fix = "register these desks, or emergencies go to the next number of their list"
            found.append(warning("emergency", f"not registered: {', '.join(away)}", fix))
    return found


def _trunks(runtime: Runtime, states: dict[str, str]) -> list[Finding]:
    found = []
    for trunk in runtime.settings.trunks:
        state = states.get(f"trunk-{trunk.name}", "not there")
        if state == "online":
            found.append(ok("trunk", f"{trunk.name}: {trunk.host} answers"))
        else:
            fix = f"see that {trunk.host}:{trunk.port} ({trunk.transport}) can be reached"
            found.append(failed("trunk", f"{trunk.name}: {state}", fix))
    return found
