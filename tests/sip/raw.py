"""A SIP peer without a stack: for requests that no well-behaved user agent would send."""

import asyncio
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from types import TracebackType

ALAW = "8"


@dataclass(frozen=True)
class Message:
    """A request or response as it came in."""

    text: str
    source: tuple[str, int]

    @property
    def status(self) -> int:
        """0 for a request."""
        match = re.match(r"SIP/2\.0 (\d{3})", self.text)
        return int(match[1]) if match else 0

    @property
    def method(self) -> str:
        """Of a request, or of the request that a response answers."""
        return self.header("CSeq").split()[1]

    def header(self, name: str) -> str:
        """First value of a header, or an empty string."""
        match = re.search(rf"^{name}\s*:\s*(.*?)\r?$", self.text, re.MULTILINE | re.IGNORECASE)
        return match[1] if match else ""

    def headers(self, name: str) -> list[str]:
        pattern = rf"^{name}\s*:\s*.*?\r?$"
        return [m[0].rstrip() for m in re.finditer(pattern, self.text, re.MULTILINE)]


@dataclass
class RawPeer(asyncio.DatagramProtocol):
    """One UDP socket that speaks just enough SIP."""

    host: str
    server: tuple[str, int]
    port: int = 0
    """Own port; 0 picks a free one."""
    inbox: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)

    async def __aenter__(self) -> "RawPeer":
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(self.host, self.port)
        )
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = Message(data.decode(errors="replace"), addr)
        if message.method == "OPTIONS" and not message.status:
            self.respond(message, "200 OK")
        else:
            self.inbox.put_nowait(message)

    def send(self, text: str) -> None:
        self._transport.sendto(text.encode(), self.server)

    def respond(self, request: Message, status: str, extra: str = "", body: str = "") -> None:
        """Answer a request; `extra` holds further header lines."""
        to = request.header("To")
        if "tag=" not in to:
            to += f";tag={secrets.token_hex(4)}"
        copied = [*request.headers("Via"), f"From: {request.header('From')}", f"To: {to}"]
        copied += [f"Call-ID: {request.header('Call-ID')}", f"CSeq: {request.header('CSeq')}"]
        if extra:
            copied.append(extra)
        if body:
            copied.append("Content-Type: application/sdp")
        copied.append(f"Content-Length: {len(body)}")
        text = "\r\n".join([f"SIP/2.0 {status}", *copied, "", body])
        self._transport.sendto(text.encode(), request.source)

    def request(
        self,
        method: str,
        user: str,
        *,
        from_user: str = "stranger",
        call_id: str | None = None,
        from_tag: str = "raw",
        to_tag: str = "",
        cseq: int = 1,
        extra: str = "",
        body: str = "",
    ) -> str:
        """Text of a request to `user` at the server."""
        host, port = self.server
        target = f"sip:{user}@{host}:{port}" if user else f"sip:{host}:{port}"
        here = f"{self.host}:{self.port}"
        to = f"<{target}>" + (f";tag={to_tag}" if to_tag else "")
        lines = [
            f"{method} {target} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{secrets.token_hex(8)};rport",
            f"From: <sip:{from_user}@{self.host}>;tag={from_tag}",
            f"To: {to}",
            f"Call-ID: {call_id or secrets.token_hex(8)}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:{from_user}@{here}>",
            "Max-Forwards: 70",
        ]
        if extra:
            lines.append(extra)
        if body:
            lines.append("Content-Type: application/sdp")
        lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", body])

    def sdp(self, payload: str = ALAW, *, port: int = 9) -> str:
        """An offer of one codec; `port` is where RTP is awaited."""
        return (
            f"v=0\r\no=- 1 1 IN IP4 {self.host}\r\ns=-\r\nc=IN IP4 {self.host}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP {payload} 101\r\n"
            "a=rtpmap:18 G729/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
        )

    async def final(self, method: str, seconds: float = 5) -> Message:
        """The final response to `method`; provisional ones are passed over."""
        async with asyncio.timeout(seconds):
            while True:
                message = await self.inbox.get()
                if message.method == method and message.status >= 200:
                    return message

    async def incoming(self, method: str, seconds: float = 5) -> Message:
        """The next request of this kind."""
        async with asyncio.timeout(seconds):
            while True:
                message = await self.inbox.get()
                if message.method == method and not message.status:
                    return message

    async def invite(self, user: str, *, from_user: str = "stranger", payload: str = ALAW) -> int:
        """Call `user`; the status of the final answer. An answered call is hung up at once."""
        call_id = secrets.token_hex(8)
        text = self.request(
            "INVITE", user, from_user=from_user, call_id=call_id, body=self.sdp(payload)
        )
        self.send(text)
        reply = await self.final("INVITE")
        tag = re.search(r"tag=([^;\r\n]+)", reply.header("To"))
        ack = self.request(
            "ACK",
            user,
            from_user=from_user,
            call_id=call_id,
            to_tag=tag[1] if tag else "",
        )
        if reply.status >= 300:  # part of the same transaction
            branch = re.search(r"branch=[^;\r\n]+", text)
            assert branch
            ack = re.sub(r"branch=[^;\r\n]+", branch[0], ack, count=1)
        self.send(ack)
        if reply.status < 300:
            self.send(
                self.request(
                    "BYE",
                    user,
                    from_user=from_user,
                    call_id=call_id,
                    to_tag=tag[1] if tag else "",
                    cseq=2,
                )
            )
            await self.final("BYE")
        return reply.status

    async def register(self, username: str, password: str) -> int:
        """Register with digest authentication; the status of the second answer."""
        call_id = secrets.token_hex(8)
        self.send(self.request("REGISTER", "", from_user=username, call_id=call_id))
        challenge = (await self.final("REGISTER")).header("WWW-Authenticate")
        realm, nonce = (
            re.search(rf'{name}="([^"]*)"', challenge)[1]  # type: ignore[index]
            for name in ("realm", "nonce")
        )
        uri = f"sip:{self.server[0]}:{self.server[1]}"

        ha1, ha2 = _md5(username, realm, password), _md5("REGISTER", uri)
        response = _md5(ha1, nonce, "00000001", "abcdef", "auth", ha2)
        credentials = (
            f'Authorization: Digest username="{username}", realm="{realm}", nonce="{nonce}", '
            f'uri="{uri}", response="{response}", algorithm=MD5, qop=auth, nc=00000001, '
            'cnonce="abcdef"'
        )
        opaque = re.search(r'opaque="([^"]*)"', challenge)
        if opaque:
            credentials += f', opaque="{opaque[1]}"'
        text = self.request(
            "REGISTER", "", from_user=username, call_id=call_id, cseq=2, extra=credentials
        )
        # The address of record is the To header's.
        host, port = self.server
        text = text.replace(f"To: <{uri}>", f"To: <sip:{username}@{host}:{port}>")
        self.send(text)
        return (await self.final("REGISTER")).status

    @staticmethod
    def digest_is_right(request: Message, password: str) -> bool:
        """Whether the Authorization of a request was made with this password."""
        given = dict(re.findall(r'(\w+)="?([^",]+)"?', request.header("Authorization")))
        ha1 = _md5(given["username"], given["realm"], password)
        ha2 = _md5(request.method, given["uri"])
        parts = [given[name] for name in ("nonce", "nc", "cnonce", "qop")]
        return _md5(ha1, *parts, ha2) == given["response"]


def _md5(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode()).hexdigest()
