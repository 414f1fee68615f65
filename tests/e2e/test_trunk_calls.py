"""Calls of a carrier (中继) through the controller: DIDs, number forms, calls back."""

import asyncio
import re
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.e2e.line import Line, wait_for
from tests.e2e.phones import Phones
from tests.e2e.records import Records
from tests.sip.raw import RawPeer

CARRIER = "127.0.0.2"
OUTSIDE = "13912345678"


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((CARRIER, 0))
        return int(probe.getsockname()[1])


PORT = free_port()


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    return {
        "trunks": [
            {"name": "carrier", "host": CARRIER, "port": PORT, "number_format": "plus_e164"}
        ],
        "numbers": {"dids": [{"number": "12319", "group": "enterprise"}]},
        "ivr": {"queue": {"ring_seconds": 8}, "callback": {"ring_seconds": 8}},
    }


def address(line: Line) -> tuple[str, int]:
    sip = line.ready["sip"]
    return sip["host"], sip["port"]


async def test_a_did_leads_to_its_skill_group(line: Line, phones: Phones, records: Records) -> None:
    citizen_agent, business = await phones.agent("1001"), await phones.agent("1003")
    async with RawPeer(CARRIER, address(line), port=PORT) as carrier:
        offer = carrier.request(
            "INVITE", "+8652712319", from_user=f"+86{OUTSIDE}", body=carrier.sdp()
        )
        carrier.send(offer)
        answer = await carrier.final("INVITE", 10)
        assert answer.status == 200
        rung = await business.incoming(within=40)  # greeting, menu, silence, queue
        assert rung.peer == OUTSIDE
        tag = re.search(r"tag=([^;>\s]+)", answer.header("To"))
        call_id = answer.header("Call-ID")
        carrier.send(
            carrier.request(
                "BYE",
                "+8652712319",
                from_user=f"+86{OUTSIDE}",
                call_id=call_id,
                to_tag=tag[1] if tag else "",
                cseq=2,
            )
        )
        await rung.ended(10)
    del citizen_agent
    row = await records.closed(OUTSIDE)
    assert (row["caller_number"], row["called_number"]) == (OUTSIDE, "12319")
    assert [w["queue"] for w in row["waits"]] == ["enterprise"]


async def test_a_call_back_goes_out_on_the_trunk(
    line: Line, phones: Phones, records: Records
) -> None:
    await records.callbacks.request(
        "asked-for-in-a-test",
        number=OUTSIDE,
        queue="citizen",
        priority=0,
        entered_at=datetime.now(UTC),
    )
    agent = await phones.agent("1001")
    async with RawPeer(CARRIER, address(line), port=PORT) as carrier:
        at_agent = await agent.incoming(within=20)
        await at_agent.answer()
        async with asyncio.timeout(15):
            invite = await carrier.inbox.get()
        assert invite.method == "INVITE"
        assert invite.text.startswith(f"INVITE sip:+86{OUTSIDE}@{CARRIER}:{PORT}")
        assert "12345" in invite.header("From")
        carrier.respond(invite, "486 Busy Here")
        await at_agent.ended(10)

    async def missed() -> bool:
        request = await records.callbacks.get("asked-for-in-a-test")
        return request is not None and request.tries == 1 and request.state == "waiting"

    await wait_for(missed, within=10, what="the try counted")
