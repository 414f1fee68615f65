"""A message centre (短信中心): SMPP 3.4 over TCP, by another library than the product uses."""

import asyncio
import io
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from smpp.pdu import operations as op
from smpp.pdu.pdu_encoding import PDUEncoder
from smpp.pdu.pdu_types import (
    AddrNpi,
    AddrTon,
    CommandStatus,
    DataCoding,
    DataCodingDefault,
    DataCodingScheme,
    EsmClass,
    EsmClassGsmFeatures,
    EsmClassMode,
    EsmClassType,
)

_UCS2 = DataCoding(DataCodingScheme.DEFAULT, DataCodingDefault.UCS2)
_ASCII = DataCoding(DataCodingScheme.DEFAULT, DataCodingDefault.SMSC_DEFAULT_ALPHABET)


@dataclass
class Taken:
    """A submit_sm that the centre took."""

    to: str
    sender: str
    text: str
    """Of this segment."""
    segment: tuple[int, int, int] | None
    """Reference, how many, which; None for a message in one piece."""
    message_id: str


@dataclass
class MessageCentre:
    """What it does, and what it has seen."""

    password: str = "secret"
    status: CommandStatus = CommandStatus.ESME_ROK
    """Its answer to submit_sm."""
    is_mute: bool = False
    """It takes a message and then the line is cut, without an answer."""
    taken: list[Taken] = field(default_factory=list)
    binds: list[str] = field(default_factory=list)
    enquiries: int = 0
    answered: list[Any] = field(default_factory=list)
    """deliver_sm_resp that came."""
    port: int = 0
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _serial: int = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator["MessageCentre"]:
        """Listens until exit; again on the same port after a break."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()
            await server.wait_closed()

    def cut(self) -> None:
        """Cuts all connections."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def bring(self, sender: str, to: str, text: str) -> None:
        """A message from a phone (MO)."""
        await self._deliver(sender, to, text.encode("utf-16-be"), EsmClassType.DEFAULT, _UCS2)

    async def report(self, message_id: str, state: str, *, done: str = "2610011000") -> None:
        """A delivery receipt, in the words of SMPP 3.4 appendix B."""
        text = (
            f"id:{message_id} sub:001 dlvrd:001 submit date:2610010959 done date:{done} "
            f"stat:{state} err:000 text:"
        )
        kind = EsmClassType.SMSC_DELIVERY_RECEIPT
        await self._deliver("13800000001", "12345", text.encode(), kind, _ASCII)

    async def _deliver(
        self, sender: str, to: str, text: bytes, kind: EsmClassType, coding: DataCoding
    ) -> None:
        self._serial += 1
        pdu = op.DeliverSM(
            seqNum=self._serial,
            source_addr_ton=AddrTon.NATIONAL,
            source_addr_npi=AddrNpi.ISDN,
            source_addr=sender.encode(),
            destination_addr=to.encode(),
            esm_class=EsmClass(EsmClassMode.DEFAULT, kind),
            data_coding=coding,
            short_message=text,
        )
        self._writers[-1].write(PDUEncoder().encode(pdu))
        await self._writers[-1].drain()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            while True:
                head = await reader.readexactly(4)
                body = await reader.readexactly(struct.unpack(">I", head)[0] - 4)
                answer = self._answer(PDUEncoder().decode(io.BytesIO(head + body)), writer)
                if answer is not None:
                    writer.write(PDUEncoder().encode(answer))
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, pdu: Any, writer: asyncio.StreamWriter) -> Any:
        match pdu:
            case op.BindTransceiver():
                known = pdu.params["password"].decode() == self.password
                self.binds.append(pdu.params["system_id"].decode())
                status = CommandStatus.ESME_ROK if known else CommandStatus.ESME_RINVPASWD
                return op.BindTransceiverResp(pdu.seqNum, status=status, system_id=b"centre")
            case op.EnquireLink():
                self.enquiries += 1
                return op.EnquireLinkResp(pdu.seqNum)
            case op.Unbind():
                return op.UnbindResp(pdu.seqNum)
            case op.SubmitSM():
                return self._take(pdu, writer)
            case op.DeliverSMResp():
                self.answered.append(pdu)
        return None

    def _take(self, pdu: Any, writer: asyncio.StreamWriter) -> Any:
        if self.status is not CommandStatus.ESME_ROK:
            return op.SubmitSMResp(pdu.seqNum, status=self.status)
        told = pdu.params
        raw = told.get("short_message") or told["message_payload"]
        assert told["data_coding"] == _UCS2
        segment = None
        if EsmClassGsmFeatures.UDHI_INDICATOR_SET in told["esm_class"].gsmFeatures:
            assert raw[:3] == bytes([5, 0, 3])  # concatenated, 8-bit reference
            segment, raw = (raw[3], raw[4], raw[5]), raw[6:]
        self._serial += 1
        one = Taken(
            told["destination_addr"].decode(),
            told["source_addr"].decode(),
            raw.decode("utf-16-be"),
            segment,
            f"m{self._serial}",
        )
        self.taken.append(one)
        if self.is_mute:
            writer.transport.abort()
            return None
        return op.SubmitSMResp(pdu.seqNum, message_id=one.message_id.encode())
