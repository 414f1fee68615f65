"""`up`: start, stop, reload, refusals, as an operator sees them."""

import asyncio
import json
import socket
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from service.paths import HOME
from service.useragent import PromptSet, UserAgents
from tests.e2e.conftest import BASE
from tests.e2e.line import Line, wait_for
from tests.e2e.phones import Phones


def run_until_end(line: Line, *, within: float = 20) -> tuple[int, str]:
    """Start it; exit status and output of an `up` that refuses."""
    line.spawn()
    assert line.process is not None
    status = line.process.wait(within)
    return status, line.output.read_text()


def signs_in(ready: Mapping[str, Any], name: str) -> bool:
    """Whether the printed password of a demonstration's account opens the console."""
    (known,) = [one for one in ready["console"]["accounts"] if one["name"] == name]
    body = json.dumps({"name": name, "password": known["password"]}).encode()
    asked = Request(f"{ready['console']['url']}/api/session", body)
    asked.add_header("Content-Type", "application/json")
    with urlopen(asked, timeout=10) as response:
        return bool(json.load(response)["roles"] == known["roles"])


def test_ready_json_and_clean_stop(own: Line) -> None:
    own.start()
    ready = own.ready
    assert stat.S_IMODE(own.var.ready.stat().st_mode) == 0o600
    assert {"version", "started_at", "pids", "sip", "ari", "numbers", "codes"} <= ready.keys()
    assert ready["numbers"] == {
        "hotline": "12345",
        "groups": {"citizen": "6001", "enterprise": "6002"},
    }
    roles = [account["role"] for account in ready["accounts"]]
    assert roles.count("citizen") >= 3
    assert roles.count("agent") >= 3
    assert roles.count("supervisor") >= 1
    assert roles.count("unit") == 6
    desks = {a["service"] for a in ready["accounts"] if a["role"] == "emergency"}
    assert desks == {"110", "119", "120", "122", "12395"}
    assert signs_in(ready, "slj1")
    assert Path(ready["prompts"]["dir"]).is_dir()
    assert "System uptime" in own.asterisk("core show uptime")
    for name in ("secrets.yaml", "ready.json"):
        assert stat.S_IMODE((own.var.root / name).stat().st_mode) == 0o600
    assert own.stop() == 0
    assert not own.var.ready.exists()
    assert own.left_over() == []


def test_only_one_up_on_a_var(own: Line) -> None:
    own.start()
    second = Line(own.folder, BASE)
    status, text = run_until_end(second)
    assert status == 1
    assert f"process {own.process.pid}" in text if own.process else False
    assert own.stop() == 0


def test_a_port_in_use_stops_it_before_anything_starts(own: Line) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        config = {**BASE, "sip": {"port": port}, "asterisk": {"ari_port": 0}}
        own.configure(config)
        own.options = ("--demo", "--offline")
        status, text = run_until_end(own)
    assert status == 2
    assert f"UDP port {port} is in use" in text
    assert f"{own.config}:" in text
    assert "sip.port" in text
    assert "Fix:" in text
    assert own.left_over() == []


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"sip": {"prot": 5060}}, "did you mean port?"),
        ({"numbers": {"hotline": 12345}}, 'write it in quotes: "12345"'),
        (
            {"trunks": [{"name": "out", "host": "192.0.2.1", "emergency": True}]},
            "a real emergency number could be dialled",
        ),
        ({"prompts": {"texts": {"no_such_prompt": "您好。"}}}, "no_such_prompt"),
        ({"ivr": {"menus": "missing.yaml"}}, "missing.yaml"),
    ],
)
def test_a_wrong_configuration_is_refused(
    tmp_path: Path, config: Mapping[str, Any], expected: str
) -> None:
    line = Line(tmp_path, {**BASE, **config})
    status, text = run_until_end(line)
    assert status == 2
    assert expected in text
    assert "Fix:" in text
    assert not line.var.root.exists()


def test_the_second_start_keeps_ports_and_passwords(own: Line) -> None:
    own.start()
    first = own.ready
    assert own.stop() == 0
    own.start()
    second = own.ready
    assert second["sip"] == first["sip"]
    assert second["accounts"] == first["accounts"]
    assert own.stop() == 0


async def test_reload_takes_a_new_agent(own: Line) -> None:
    own.start()
    own.configure({**BASE, "agents": [{"number": "1050", "name": "新来的"}]})
    assert own.cli("reload")["changed"] == ["agents"]
    assert "agent-1050" in own.asterisk("pjsip show endpoints")

    def listed() -> bool:
        return any(a["number"] == "1050" for a in own.ready["accounts"])

    await wait_for(listed, what="the new account in ready.json")
    own.configure({**BASE, "agents": [{"number": "12345"}]})
    secrets_before = own.var.secrets.read_text()
    refused = own.cli("reload", check=False)
    assert refused["error"]["code"] == "config"
    assert own.var.secrets.read_text() == secrets_before
    assert "agent-1050" in own.asterisk("pjsip show endpoints")
    assert own.stop() == 0


async def test_stopped_during_a_start_leaves_nothing(own: Line) -> None:
    own.spawn()
    await wait_for(own.var.root.exists, within=20, every=0.01, what="the beginning of the set-up")
    await asyncio.sleep(0.2)
    assert own.stop() == 0
    assert own.left_over() == []
    assert not own.var.ready.exists()


def test_the_default_configuration_starts(own: Line) -> None:
    own.options = ("--offline", "--free-ports")
    own.config.write_text((HOME / "config.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    own.start()
    ready = own.ready
    assert "accounts" not in ready and "accounts" not in ready["console"]
    assert own.stop() == 0
    first = own.output.read_text().splitlines()
    passwords = [said.rpartition(" ")[2] for said in first if "one-time password" in said]
    assert len(set(passwords)) == 2, "of security and admin"
    own.start()
    assert own.stop() == 0
    assert own.output.read_text().count("one-time password") == 2, "shown once"
    assert not any(word in own.var.secrets.read_text() for word in passwords)


async def test_a_stop_in_a_talk_leaves_no_open_recording(own: Line) -> None:
    own.start()
    prompts = PromptSet.load(Path(own.ready["prompts"]["dir"]))
    sip = own.ready["sip"]
    async with UserAgents(
        sip["host"], sip["port"], transport=sip["transport"], prompts=prompts
    ) as engine:
        call, agent = await Phones(own, engine).talk()
        assert await asyncio.to_thread(own.stop) == 0
        await call.ended(5)
        await agent.ended(5)
    recordings = own.cli("recordings", "list")
    assert len(recordings) == 3
    assert all(r["sha256"] for r in recordings)
    (row,) = (r for r in own.cli("calls", "list") if r["direction"] == "inbound")
    assert row["ended_by"] == "system"
