"""A trunk to a carrier (中继): registration, transports, forms of numbers, kinds of keys."""

import asyncio
import re
import shutil
import socket
import struct
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest

from ivr.prompts.audio import encode_alaw
from service.useragent import PromptSet, Samples, UserAgents, tone
from tests.e2e.alone import Alone, alone
from tests.e2e.line import wait_for
from tests.sip.raw import Message, RawPeer

RFC4733, INFO, INBAND, REGISTRAR = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.6"
LOW, HIGH = (697, 770, 852, 941), (1209, 1336, 1477)
KEYS = ("123", "456", "789", "*0#")
CONFIG = """
env: production
sip: {{transports: [udp, tcp, tls], tls_cert: {folder}/cert.pem, tls_key: {folder}/key.pem}}
agents: [{{number: "1001"}}]
emergency: {{via: sbc, ring_seconds: 3, progress_seconds: 1}}
trunks:
  - {{name: sbc, host: 127.0.0.2, port: {sbc}, emergency: true, number_format: plus_e164}}
  - {{name: keys-by-info, host: 127.0.0.3, dtmf: info, outgoing: false}}
  - {{name: keys-in-band, host: 127.0.0.4, dtmf: inband, outgoing: false}}
  - {{name: registered, host: 127.0.0.6, port: {registrar}, registration: true,
      username: "052712345", password: "geheim;1"}}
"""


def free_port(host: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


PORTS = {"sbc": free_port(RFC4733), "registrar": free_port(REGISTRAR)}


@pytest.fixture(scope="module")
def lone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate of this test")
    folder = tmp_path_factory.mktemp("carrier")
    certificate = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(
        [
            *["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"],
            *["-subj", "/CN=127.0.0.1", *certificate],
        ],
        check=True,
        capture_output=True,
    )
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(folder=folder, **PORTS))
    with alone(folder, config, demo=False) as running:
        yield running


@pytest.fixture(scope="module")
def prompts(lone: Alone) -> PromptSet:
    return PromptSet.load(lone.runtime.prompts)


@dataclass
class CarrierCall:
    """A call from a carrier's address, answered; RTP is sent as it is, nothing is heard."""

    peer: RawPeer
    tag: str
    media: socket.socket
    sent: int = 0

    def request(self, method: str, cseq: int, body: str = "") -> str:
        return self.peer.request(
            method, "12345", call_id="carrier", to_tag=self.tag, cseq=cseq, body=body
        )

    async def info(self, key: str, cseq: int) -> int:
        text = self.request("INFO", cseq, f"Signal={key}\r\nDuration=100\r\n")
        self.peer.send(text.replace("application/sdp", "application/dtmf-relay"))
        return (await self.peer.final("INFO")).status

    async def rtp(self, kind: int, payload: bytes, *, mark: bool = False, at: int = 0) -> None:
        """One packet of 20 ms."""
        self.sent += 1
        header = struct.pack(
            "!BBHII", 0x80, kind | mark << 7, self.sent, at or self.sent * 160, 1234
        )
        self.media.send(header + payload)
        await asyncio.sleep(0.02)

    async def sound(self, samples: Samples) -> None:
        encoded = encode_alaw(samples)
        for begin in range(0, len(encoded) - 159, 160):
            await self.rtp(8, encoded[begin : begin + 160])

    async def event(self, key: str) -> None:
        """A key by RFC 4733: 100 ms and three times its end."""
        at = (self.sent + 1) * 160
        for step in range(1, 6):
            tail = struct.pack("!BBH", int(key), 10, step * 160)
            await self.rtp(101, tail, mark=step == 1, at=at)
        for _ in range(3):
            await self.rtp(101, struct.pack("!BBH", int(key), 0x80 | 10, 800), at=at)


@asynccontextmanager
async def answered(lone: Alone, host: str) -> AsyncIterator[CarrierCall]:
    """A call to the hotline; at the end it is hung up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as media:
        media.bind((host, 0))
        async with RawPeer(host, lone.address) as peer:
            offer = peer.sdp(port=media.getsockname()[1])
            peer.send(
                peer.request(
                    "INVITE", "12345", from_user="13812345678", call_id="carrier", body=offer
                )
            )
            reply = await peer.final("INVITE")
            assert reply.status == 200
            found = re.search(r"m=audio (\d+)", reply.text)
            assert found
            media.connect((lone.address[0], int(found[1])))
            call = CarrierCall(peer, reply.header("To").split("tag=")[1], media)
            peer.send(call.request("ACK", 1))
            await call.sound(np.zeros(8000, np.int16))
            try:
                yield call
            finally:
                peer.send(call.request("BYE", 99))
                await peer.final("BYE")
    await lone.idle()


def keys(digits: str) -> Samples:
    """The tones of keys (双音多频), 0.1 s each."""
    sound = [np.zeros(800, np.int16)]
    for digit in digits:
        row = next(n for n, line in enumerate(KEYS) if digit in line)
        column = KEYS[row].index(digit)
        sound += [tone(LOW[row], 0.1, level=0.2) + tone(HIGH[column], 0.1, level=0.2)]
        sound += [np.zeros(800, np.int16)]
    return np.concatenate(sound)


def facts(lone: Alone) -> str:
    files = sorted(lone.folder.glob("*.facts"), key=lambda file: file.stat().st_mtime)
    return files[-1].read_text() if files else ""


async def test_keys_by_rfc4733(lone: Alone) -> None:
    async with answered(lone, RFC4733) as call:
        for key in "119":
            await call.event(key)
            await call.sound(np.zeros(800, np.int16))
        await wait_for(lambda: "emergency|119" in facts(lone), within=3)


async def test_keys_in_band(lone: Alone) -> None:
    async with answered(lone, INBAND) as call:
        await call.sound(keys("120"))
        await wait_for(lambda: "emergency|120" in facts(lone), within=3)


async def test_keys_by_info(lone: Alone) -> None:
    async with answered(lone, INFO) as call:
        for n, key in enumerate("122", 2):
            assert await call.info(key, n) == 200
        await wait_for(lambda: "emergency|122" in facts(lone), within=3)


async def offered(carrier: RawPeer, number: str) -> Message:
    """The next call to a number; repeated requests of earlier tests are passed over."""
    while f"sip:{number}@" not in (invite := await carrier.incoming("INVITE", 8)).text:
        carrier.respond(invite, "487 Request Terminated")
    return invite


async def test_emergency_goes_out_on_the_trunk(lone: Alone) -> None:
    """The carrier gets the bare number and a caller ID that it knows."""
    async with (
        RawPeer(RFC4733, lone.address, port=PORTS["sbc"]) as carrier,
        answered(lone, INFO) as call,
    ):
        assert await call.info("9", 2) == 200
        for number in ("110", "110", "119"):  # the fourth is only awaited: the third has ended
            invite = await offered(carrier, number)
            assert invite.text.startswith(f"INVITE sip:{number}@{RFC4733}:{PORTS['sbc']} ")
            assert re.search("sip:12345@", invite.header("From"))
            carrier.respond(invite, "486 Busy Here")
            await carrier.incoming("ACK")
        await offered(carrier, "119")
    told = await lone.ended()
    assert [(a.number, a.result) for a in told.emergencies[0].attempts[:3]] == [
        ("110", "busy"),
        ("110", "busy"),
        ("119", "busy"),
    ]
    assert told.caller == "13812345678"


async def test_registration_with_a_password(lone: Alone) -> None:
    async with RawPeer(REGISTRAR, lone.address, port=PORTS["registrar"]) as registrar:
        first = await registrar.incoming("REGISTER", 40)
        assert "sip:052712345@" in first.header("To")
        challenge = (
            'WWW-Authenticate: Digest realm="carrier", nonce="n1", algorithm=MD5, qop="auth"'
        )
        registrar.respond(first, "401 Unauthorized", challenge)
        second = await registrar.incoming("REGISTER", 5)
        assert registrar.digest_is_right(second, "geheim;1")
        contact = second.header("Contact")
        assert "sip:12345@" in contact
        registrar.respond(second, "200 OK", f"Contact: {contact};expires=600")
        await wait_for(lambda: "Registered" in lone.cli("pjsip show registrations"))
        assert await registrar.invite("12345", from_user="13812345678") == 200
    await lone.idle()


@pytest.mark.parametrize("transport", ["tcp", "tls"])
async def test_other_transports(
    lone: Alone, prompts: PromptSet, transport: Literal["tcp", "tls"]
) -> None:
    ports = lone.runtime.ports
    port = ports.sip if transport == "tcp" else ports.sip_tls
    async with UserAgents("127.0.0.1", port, transport=transport, prompts=prompts) as engine:
        agent = await engine.phone("agent-1001", password=lone.password("agent-1001"))
        call = await (await agent.call("12345")).answered()
        await call.hears("system_fault", within=3)
        await call.hang_up()
    await lone.idle()
