"""What people may reach who are nobody here, and what a carrier may (Bad input, 陌生来电)."""

import asyncio
import re
import stat
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from pydantic import SecretStr

from service.settings import Settings
from tests.e2e.alone import Alone, alone
from tests.e2e.line import wait_for
from tests.sip.raw import Message, RawPeer

STRANGER, CARRIER = "127.0.0.5", "127.0.0.2"
CALLED = [
    "12345",
    "052712345",
    "8652712345",
    "+8652712345",
    "008652712345",
    "84335555",
    "052784335555",
]
NOT_CALLED = [
    "110",
    "119",
    "0527110",
    "1001",
    "8105",
    "6001",
    "*41",
    "s",
    "h",
    "fallback",
    "84335556",
    "13800000001",
    "12345#",
    "%31%31%30",
    "",
    "1" * 1000,
    "12345" + "0" * 80,
]
CONFIG = """
numbers: {dids: [{number: "052784335555"}]}
trunks:
  - {name: carrier, host: 127.0.0.2, port: 5099, max_calls: 3}
"""


@pytest.fixture(scope="module")
def lone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    folder = tmp_path_factory.mktemp("strangers")
    config = folder / "config.yaml"
    config.write_text(CONFIG)
    with alone(folder, config) as running:
        yield running


def test_the_start_is_quiet_and_closed(lone: Alone) -> None:
    assert "WARNING" not in lone.log
    assert "ERROR" not in lone.log
    assert stat.S_IMODE(lone.var.asterisk.stat().st_mode) == 0o700
    for file in [*lone.var.asterisk_conf.parent.iterdir(), lone.var.secrets]:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


@pytest.mark.parametrize(
    "number", ["12345", "110", "1001", "8105", "*41", "13800000001", "1" * 1000]
)
@pytest.mark.parametrize("name", ["stranger", "agent-1001", "citizen-13800000001", "trunk-carrier"])
async def test_a_stranger_reaches_nothing(lone: Alone, number: str, name: str) -> None:
    async with RawPeer(STRANGER, lone.address) as peer:
        assert await peer.invite(number, from_user=name) == 401
    assert lone.channels() == []


@pytest.mark.parametrize("method", ["MESSAGE", "SUBSCRIBE", "REFER", "NOTIFY", "PUBLISH", "INFO"])
async def test_other_requests_of_strangers_are_refused(lone: Alone, method: str) -> None:
    async with RawPeer(STRANGER, lone.address) as peer:
        peer.send(peer.request(method, "12345", extra="Event: presence"))
        assert (await peer.final(method)).status >= 400


@pytest.mark.parametrize(
    "text",
    ["", "\r\n\r\n", "INVITE", "INVITE sip:12345 SIP/2.0\r\n\r\n", "\0" * 2000, "x" * 60000],
)
async def test_broken_messages_disturb_nobody(lone: Alone, text: str) -> None:
    async with RawPeer(STRANGER, lone.address) as peer:
        peer.send(text)
        assert await peer.invite("12345") == 401


async def test_a_wrong_password_is_refused_and_logged(lone: Alone) -> None:
    async with RawPeer(STRANGER, lone.address) as peer:
        assert await peer.register("agent-1001", "wrong") == 401
    await wait_for(lambda: "Failed to authenticate" in lone.log, what="a line in the log")
    assert "No objects found" in lone.cli("pjsip list contacts") or (
        "agent-1001" not in lone.cli("pjsip list contacts")
    )


async def test_a_new_registration_replaces_the_old_one(lone: Alone) -> None:
    for _ in range(2):
        async with RawPeer("127.0.0.1", lone.address) as peer:
            assert await peer.register("agent-1002", lone.password("agent-1002")) == 200
    assert lone.cli("pjsip list contacts").count("agent-1002/") == 1


@pytest.mark.parametrize(
    "number",
    CALLED,
)
async def test_a_carrier_reaches_the_hotlines_numbers(lone: Alone, number: str) -> None:
    async with RawPeer(CARRIER, lone.address) as peer:
        assert await peer.invite(number, from_user="+8613812345678") == 200
    assert (await lone.ended()).called in ("12345", "052784335555")


@pytest.mark.parametrize(
    "number",
    NOT_CALLED,
)
async def test_a_carrier_reaches_nothing_else(lone: Alone, number: str) -> None:
    async with RawPeer(CARRIER, lone.address) as peer:
        assert await peer.invite(number, from_user="13812345678") == 404
    assert lone.channels() == []


@pytest.mark.parametrize("caller", ["anonymous", "", "+", "1" * 200, "Restricted"])
async def test_a_caller_without_a_number_is_served(lone: Alone, caller: str) -> None:
    async with RawPeer(CARRIER, lone.address) as peer:
        assert await peer.invite("12345", from_user=caller or "unknown") == 200


async def test_a_codec_nobody_has_is_refused(lone: Alone) -> None:
    async with RawPeer(CARRIER, lone.address) as peer:
        assert await peer.invite("12345", from_user="13812345678", payload="18") == 488
    assert lone.channels() == []


async def answered(peer: RawPeer, call_id: str) -> str:
    """A call that stays; gives the line's tag."""
    peer.send(peer.request("INVITE", "12345", call_id=call_id, body=peer.sdp()))
    reply = await peer.final("INVITE")
    assert reply.status == 200
    tag = reply.header("To").split("tag=")[1]
    peer.send(peer.request("ACK", "12345", call_id=call_id, to_tag=tag))
    return tag


async def bye(peer: RawPeer, call_id: str, tag: str) -> None:
    peer.send(peer.request("BYE", "12345", call_id=call_id, to_tag=tag, cseq=9))
    assert (await peer.final("BYE")).status == 200


async def test_a_caller_cannot_transfer_himself(lone: Alone) -> None:
    async with RawPeer(CARRIER, lone.address) as peer:
        tag = await answered(peer, "transfer")
        refer = peer.request(
            "REFER",
            "12345",
            call_id="transfer",
            to_tag=tag,
            cseq=2,
            extra=f"Refer-To: <sip:110@{lone.address[0]}>",
        )
        peer.send(refer)
        assert (await peer.final("REFER")).status == 603
        assert len(lone.channels()) == 1
        await bye(peer, "transfer", tag)
    await lone.idle()


async def test_a_full_trunk_refuses_the_next_call(lone: Alone) -> None:
    async with RawPeer(CARRIER, lone.address) as peer:
        tags = [await answered(peer, f"full{n}") for n in range(3)]
        assert await peer.invite("12345") == 503
        for n, tag in enumerate(tags):
            await bye(peer, f"full{n}", tag)
    await lone.idle()


@pytest_asyncio.fixture
async def ari(lone: Alone) -> AsyncIterator[aiohttp.ClientSession]:
    user, password = lone.runtime.ari_credentials
    async with aiohttp.ClientSession(
        lone.runtime.ari_url + "/",
        headers={"Authorization": aiohttp.encode_basic_auth(user, password)},
    ) as session:
        yield session


@pytest.mark.parametrize("target", ["110", "12345", "1001"])
async def test_a_phone_cannot_redirect_its_call(
    lone: Alone, ari: aiohttp.ClientSession, target: str
) -> None:
    """302: neither the dialplan's Dial nor ARI's originate goes where the phone points."""
    host, port = lone.address
    redirect = f"Contact: <sip:{target}@{host}:{port}>"

    async def refuse(phone: RawPeer) -> Message:
        request = await phone.incoming("INVITE", 20)
        phone.respond(request, "302 Moved Temporarily", redirect)
        return request

    async with (
        RawPeer("127.0.0.1", lone.address) as phone,
        RawPeer(CARRIER, lone.address) as caller,
    ):
        assert await phone.register("agent-1002", lone.password("agent-1002")) == 200
        parameters = {"endpoint": "PJSIP/agent-1002", "extension": "12345", "context": "inbound"}
        async with ari.post("channels", params=parameters) as reply:
            assert reply.status == 200
        await refuse(phone)
        await lone.idle()
        lone.on_duty("1002")
        tag = await answered(caller, f"redirect{target}")
        await refuse(phone)
        await asyncio.sleep(0.3)
        assert [c.split("-")[0] for c in lone.channels()] == ["PJSIP/trunk"]
        await bye(caller, f"redirect{target}", tag)
        lone.on_duty()
    facts = await lone.ended()
    assert [a.answered_at for a in facts.attempts] == [None]


async def test_ari_wants_its_password(lone: Alone) -> None:
    async with aiohttp.ClientSession() as session:
        wrong = {"Authorization": aiohttp.encode_basic_auth("hotline", "wrong")}
        for headers in ({}, wrong):
            async with session.get(f"{lone.runtime.ari_url}/channels", headers=headers) as reply:
                assert reply.status == 401


async def test_anonymous_calls_reach_only_the_hotline_where_allowed(lone: Alone) -> None:
    """Changed settings are taken by a reload, which drops no call and forgets no phone."""
    settings: Settings = lone.runtime.settings
    async with RawPeer("127.0.0.1", lone.address) as phone:
        assert await phone.register("agent-1003", lone.password("agent-1003")) == 200
        async with RawPeer(CARRIER, lone.address) as caller:
            tag = await answered(caller, "reload")
            anonymous = settings.sip.model_copy(update={"anonymous": True})
            rendered = lone.render(sip=anonymous)
            assert rendered.changed == {"pjsip.conf"}
            assert not rendered.restart
            for module in rendered.reload:
                assert "reloaded" in lone.cli(f"module reload {module}")
            async with RawPeer(STRANGER, lone.address) as stranger:
                await wait_for(
                    lambda: re.search(r"Endpoint:\s+anonymous", lone.cli("pjsip list endpoints"))
                )
                assert await stranger.invite("12345") == 200
                for number in ("110", "1001", "8105", "*41", "13812345678", "1" * 1000):
                    assert await stranger.invite(number) == 404
                assert await stranger.invite("12345", from_user="agent-1001") == 401
            await bye(caller, "reload", tag)
        assert "agent-1003/" in lone.cli("pjsip list contacts")
        lone.render(sip=settings.sip)
        lone.cli("module reload res_pjsip.so")


async def test_a_reload_takes_new_trunks_and_agents_and_drops_removed_ones(lone: Alone) -> None:
    before: Settings = lone.runtime.settings
    trunk = before.trunks[0].model_copy(update={"name": "second", "host": "127.0.0.7"})
    registered = trunk.model_copy(
        update={
            "name": "third",
            "host": "127.0.0.8",
            "registration": True,
            "username": "u",
            "password": SecretStr("p"),
        }
    )
    agent = before.agents[0].model_copy(update={"number": "1777"})

    def reload(**changes: Any) -> None:
        for module in lone.render(**changes).reload:
            lone.cli(f"module reload {module}")

    async with RawPeer("127.0.0.7", lone.address) as carrier:
        assert await carrier.invite("12345") == 401
        reload(trunks=[*before.trunks, trunk, registered], agents=[*before.agents, agent])
        assert await carrier.invite("12345") == 200
        assert "trunk-third" in lone.cli("pjsip list registrations")
        async with RawPeer("127.0.0.1", lone.address) as phone:
            assert await phone.register("agent-1777", lone.password("agent-1777")) == 200
        reload(trunks=before.trunks, agents=before.agents)
        assert await carrier.invite("12345") == 401
        assert "trunk-third" not in lone.cli("pjsip list registrations")
        assert "agent-1777" not in lone.cli("pjsip list endpoints")
    await lone.idle()
