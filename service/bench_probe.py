"""A caller made of two UDP sockets, which measures to the packet (按键到提示音的时延).

A user agent with a jitter buffer and a 20 ms clock is too coarse: what is asked here is the time
from the end packet of a key to the first packet of the next prompt.
"""

import asyncio
import random
import re
import secrets
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

FRAME = 160
"""Bytes of 20 ms of A-law."""
_SECONDS = 5.0
_ALAW, _EVENT = 8, 101
_UPDATES, _ENDS = 5, 3


class ProbeError(RuntimeError):
    """The call did not come about, or the prompt was not heard."""


@dataclass(frozen=True)
class Landmark:
    """A frame by which a prompt is known: its bytes, and how long after the start it comes."""

    frame: bytes
    seconds: float

    @classmethod
    def of(cls, prompt: bytes, others: Sequence[bytes]) -> "Landmark":
        """The first frame of an A-law prompt that is neither silence nor in another prompt."""
        known = {other[n : n + FRAME] for other in others for n in range(0, len(other), FRAME)}
        for n in range(0, len(prompt) - FRAME, FRAME):
            frame = prompt[n : n + FRAME]
            if len(set(frame)) > 8 and frame not in known:
                return cls(frame, n / 8000)
        raise ProbeError("the prompt has no frame of its own")


class _Socket(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.inbox: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.inbox.put_nowait((time.perf_counter(), data))

    def error_received(self, exc: Exception) -> None:
        """The far end closed its port; a call that fails by it fails by its own time-out."""


@dataclass
class Probe:
    """One call from an address that the line knows as a trunk."""

    server: tuple[str, int]
    address: str
    _call_id: str = field(default_factory=lambda: secrets.token_hex(8))
    _tag: str = field(default_factory=lambda: secrets.token_hex(4))
    _to: str = ""
    _contact: str = ""
    _cseq: int = 1

    async def __aenter__(self) -> "Probe":
        loop = asyncio.get_running_loop()
        self._sip_transport, self._sip = await loop.create_datagram_endpoint(
            _Socket, local_addr=(self.address, 0)
        )
        self._rtp_transport, self._rtp = await loop.create_datagram_endpoint(
            _Socket, local_addr=(self.address, 0)
        )
        self._port = self._sip_transport.get_extra_info("sockname")[1]
        self._ssrc, self._sequence = random.getrandbits(32), random.getrandbits(15)
        self._began = time.perf_counter()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._contact:
            self._send("BYE", self._contact)
        self._sip_transport.close()
        self._rtp_transport.close()

    async def call(self, number: str) -> None:
        """Dial and wait for the answer. Raises ProbeError."""
        self._to = f"<sip:{number}@{self.server[0]}>"
        host, media = self.address, self._rtp_transport.get_extra_info("sockname")[1]
        sdp = (
            f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
            f"m=audio {media} RTP/AVP {_ALAW} {_EVENT}\r\na=rtpmap:{_ALAW} PCMA/8000\r\n"
            f"a=rtpmap:{_EVENT} telephone-event/8000\r\na=fmtp:{_EVENT} 0-16\r\n"
        )
        uri = f"sip:{number}@{self.server[0]}:{self.server[1]}"
        self._send("INVITE", uri, sdp)
        answer = await self._final()
        if not answer.startswith("SIP/2.0 200"):
            raise ProbeError(f"{number}: {answer.splitlines()[0]}")
        self._to = _header(answer, "To")
        contact = re.search(r"<([^>]+)>", _header(answer, "Contact"))
        where = re.search(r"^c=IN IP4 (\S+)", answer, re.MULTILINE)
        port = re.search(r"^m=audio (\d+)", answer, re.MULTILINE)
        if contact is None or where is None or port is None:
            raise ProbeError(f"{number}: an answer without contact or media")
        self._contact, self._media = contact[1], (where[1], int(port[1]))
        self._send("ACK", self._contact)

    async def _final(self) -> str:
        try:
            async with asyncio.timeout(_SECONDS):
                while True:
                    _, data = await self._sip.inbox.get()
                    text = data.decode("utf-8", "replace")
                    if re.match(r"SIP/2\.0 [2-6]", text):
                        return text
        except TimeoutError:
            raise ProbeError(f"no answer in {_SECONDS} s") from None

    def _send(self, method: str, uri: str, body: str = "") -> None:
        if method not in ("INVITE", "ACK"):
            self._cseq += 1
        head = (
            f"{method} {uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.address}:{self._port};branch=z9hG4bK{secrets.token_hex(6)}\r\n"
            f"From: <sip:13900000000@{self.address}>;tag={self._tag}\r\nTo: {self._to}\r\n"
            f"Call-ID: {self._call_id}\r\nCSeq: {self._cseq} {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:probe@{self.address}:{self._port}>\r\n"
        )
        if body:
            head += "Content-Type: application/sdp\r\n"
        message = f"{head}Content-Length: {len(body)}\r\n\r\n{body}"
        self._sip_transport.sendto(message.encode(), self.server)

    async def hears(self, landmark: Landmark, *, within: float) -> float:
        """The moment at which the prompt began. Raises ProbeError."""
        try:
            async with asyncio.timeout(within):
                while True:
                    at, packet = await self._rtp.inbox.get()
                    if packet[12:] == landmark.frame:
                        return at - landmark.seconds
        except TimeoutError:
            raise ProbeError(f"the prompt did not come in {within} s") from None

    async def press(self, digit: str) -> float:
        """Type a key of 100 ms by RFC 4733; the moment of its first end packet."""
        event = "0123456789*#".index(digit)
        stamp = int((time.perf_counter() - self._began) * 8000)
        for n in range(1, _UPDATES + 1):
            self._event(stamp, event, n * FRAME, end=False, mark=n == 1)
            await asyncio.sleep(0.02)
        ended = time.perf_counter()
        for _ in range(_ENDS):
            self._event(stamp, event, _UPDATES * FRAME, end=True, mark=False)
        return ended

    def send(self, frame: bytes) -> None:
        """Say 20 ms of A-law."""
        if not self._contact:
            return
        self._sequence = (self._sequence + 1) & 0xFFFF
        stamp = int((time.perf_counter() - self._began) * 50) * FRAME
        head = struct.pack("!BBHII", 0x80, _ALAW, self._sequence, stamp & 0xFFFFFFFF, self._ssrc)
        self._rtp_transport.sendto(head + frame, self._media)

    def _event(self, stamp: int, event: int, length: int, *, end: bool, mark: bool) -> None:
        self._sequence = (self._sequence + 1) & 0xFFFF
        kind = _EVENT | (0x80 if mark else 0)
        head = struct.pack("!BBHII", 0x80, kind, self._sequence, stamp & 0xFFFFFFFF, self._ssrc)
        body = struct.pack("!BBH", event, (0x80 if end else 0) | 10, length)
        self._rtp_transport.sendto(head + body, self._media)


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}\s*:\s*(.*?)\r?$", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


async def key_to_prompt(
    server: tuple[str, int], address: str, number: str, menu: Landmark, key: str, then: Landmark
) -> float:
    """Seconds from the end of a key in a menu to the first packet of the next prompt."""
    async with Probe(server, address) as probe:
        await probe.call(number)
        await probe.hears(menu, within=_SECONDS)
        await asyncio.sleep(random.uniform(0.2, 0.5))
        ended = await probe.press(key)
        return await probe.hears(then, within=_SECONDS) - ended
