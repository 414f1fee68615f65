"""VAR/ready.json (contract §2): how others script against the running line."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psutil

from service import __version__
from service.demo import DEMO_PEOPLE
from service.errors import Failure
from service.files import read_json
from service.paths import Var
from service.provision.accounts import accounts
from service.runtime import Runtime

CITY_TIME = ZoneInfo("Asia/Shanghai")
RATE = 8000


def document(
    runtime: Runtime,
    *,
    started_at: datetime,
    pids: Mapping[str, object],
    asterisk_cli: str,
    degraded: Sequence[str],
    with_accounts: bool,
) -> dict[str, Any]:
    """The contents of ready.json."""
    settings = runtime.settings
    user, password = runtime.ari_credentials
    value: dict[str, Any] = {
        "version": __version__,
        "started_at": started_at.astimezone(CITY_TIME).isoformat(timespec="seconds"),
        "pids": {"up": os.getpid(), **pids},
        "sip": sip_address(runtime),
        "ari": {"url": runtime.ari_url, "username": user, "password": password, "app": "hotline"},
        "console": {"url": console_url(runtime)},
        "numbers": {"hotline": settings.numbers.hotline, "groups": dict(settings.numbers.groups)},
        "codes": settings.codes.model_dump(),
        "prompts": {"dir": str(runtime.prompts), "rate": RATE},
        "paths": {
            "recordings": str(runtime.recordings),
            "store": runtime.store_url,
            "asterisk_cli": asterisk_cli,
        },
    }
    if degraded:
        value["degraded"] = list(degraded)
    if with_accounts:
        value["accounts"] = account_list(runtime)
        value["console"]["accounts"] = people_list(runtime)
    return value


def account_list(runtime: Runtime) -> list[dict[str, Any]]:
    """The phones that can register, with their passwords."""
    listed = []
    for account in accounts(runtime.settings):
        entry: dict[str, Any] = {"role": account.role, "number": account.number}
        if account.skills:
            entry["skills"] = list(account.skills)
        if account.unit is not None:
            entry |= {"unit": account.unit, "contact": account.contact}
        if account.role == "emergency":
            entry["service"] = account.number
        entry["username"] = account.username
        entry["password"] = runtime.secrets.sip[account.username]
        listed.append(entry)
    return listed


def people_list(runtime: Runtime) -> list[dict[str, Any]]:
    """Who can sign in to the console of a demonstration, with their passwords."""
    return [
        {
            "name": name,
            "full_name": person.full_name,
            "roles": [person.role],
            "unit": person.unit,
            "agent_no": person.agent_no,
            "password": runtime.secrets.console[name],
        }
        for name, person in DEMO_PEOPLE.items()
    ]


def sip_address(runtime: Runtime) -> dict[str, Any]:
    """Where phones on this machine reach the line: host, port, transport."""
    sip = runtime.settings.sip
    transport = sip.transports[0]
    port = runtime.ports.sip_tls if transport == "tls" else runtime.ports.sip
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(sip.bind, sip.bind)
    return {"host": host, "port": port, "transport": transport}


def console_url(runtime: Runtime) -> str:
    """Where browsers and programs on this machine reach the console."""
    console = runtime.settings.console
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(console.bind, console.bind)
    return f"{'https' if console.has_tls else 'http'}://{host}:{runtime.ports.console}"


def read_ready(var: Var) -> dict[str, Any]:
    """ready.json of a running line. Raises Failure when none runs."""
    value = read_json(var.ready)
    fix = "start it with ./hotline up, or name its folder with --var"
    if value is None:
        raise Failure("not_running", f"no line runs on {var.root}", fix=fix)
    pids = value["pids"]
    if not isinstance(pids, dict) or not psutil.pid_exists(int(pids["up"])):
        raise Failure("not_running", f"the line on {var.root} is gone", fix=fix)
    return value
