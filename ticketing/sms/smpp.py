"""A message centre by SMPP 3.4 (短信中心): one bound transceiver, kept up by the library.

Answers and receipts are acknowledged (deliver_sm_resp) after they were kept: the centre brings
those again that a crash swallowed.
"""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from aiosmpplib import ESME, AbstractHook, PhoneNumber, SubmitSm
from aiosmpplib.broker import SimpleBroker
from aiosmpplib.protocol import DeliverSm, DeliverSmResp, SmppMessage, SubmitSmResp
from aiosmpplib.retrytimer import SimpleExponentialBackoff
from aiosmpplib.state import NPI, TON, PduHeader, SmppCommand, SmppCommandStatus, SmppSessionState

from ticketing.sms.gateway import (
    Incoming,
    NotSent,
    Outgoing,
    Receipt,
    Receive,
    Unsure,
    plain_number,
)
from ticketing.sms.settings import SmppSettings

log = logging.getLogger(__name__)

LONGEST_SECONDS = 30.0
_SEGMENTS = 0b0100_0000
"""esm_class: a user data header (3GPP TS 23.040) numbers the segments."""
_LATER = frozenset(
    {
        SmppCommandStatus.ESME_RTHROTTLED,
        SmppCommandStatus.ESME_RMSGQFUL,
        SmppCommandStatus.ESME_RSYSERR,
        SmppCommandStatus.ESME_RSUBMITFAIL,
    }
)
"""Refusals after which another attempt can succeed."""
_DELIVERED = frozenset({"DELIVRD", "ACCEPTD"})
_UNDERWAY = frozenset({"ENROUTE", "BUFFERED"})


class SmppGateway:
    """One account at one centre; use inside `running`."""

    def __init__(self, settings: SmppSettings, receive: Receive) -> None:
        self._settings = settings
        self._receive = receive
        self._waiting: dict[str, asyncio.Future[str]] = {}
        self._esme: _Session | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keeps the account bound until exit."""
        told = self._settings
        esme = _Session(
            smsc_host=told.host,
            smsc_port=told.port,
            system_id=told.system_id,
            password=told.password.get_secret_value(),
            system_type=told.system_type,
            enquire_link_interval=float(told.enquire_seconds),
            socket_timeout=LONGEST_SECONDS,
            hook=_Hook(self),
            broker=SimpleBroker(),
            retry_timer=SimpleExponentialBackoff(min_delay=1000, max_increases=5),
            log_level=logging.CRITICAL,  # its log would hold numbers and texts
        )
        self._esme = esme
        task = asyncio.create_task(esme.start(), name="smpp")
        try:
            yield
        finally:
            self._esme = None
            with suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await esme.stop()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def send(self, message: Outgoing) -> str | None:
        """Gives it to the centre; its message_id. Raises NotSent or Unsure."""
        esme = self._esme
        if esme is None or esme.session_state is not SmppSessionState.BOUND_TRX:
            raise NotSent("短信中心未连接", again=True)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[message.key] = answer
        try:
            await esme.broker.enqueue(self._submit(message))
            async with asyncio.timeout(LONGEST_SECONDS):
                return await answer
        except TimeoutError:
            raise Unsure("短信中心没有应答") from None
        finally:
            self._waiting.pop(message.key, None)

    def _submit(self, message: Outgoing) -> SubmitSm:
        in_segments = self._settings.long_messages == "segments"
        return SubmitSm(
            short_message=message.text,
            source=PhoneNumber(message.sender or ""),
            destination=PhoneNumber(message.number, TON.NATIONAL, NPI.ISDN),
            encoding="ucs2",
            esm_class=_SEGMENTS if in_segments else 0,
            auto_message_payload=not in_segments,
            registered_delivery=int(self._settings.receipts),
            log_id=message.key,
        )

    def answered(self, told: SubmitSmResp) -> None:
        """The centre took a message, or refused it."""
        waiting = self._waiting.get(told.log_id)
        if waiting is None or waiting.done():
            return
        status = told.command_status
        if status is SmppCommandStatus.ESME_ROK:
            waiting.set_result(told.message_id)
        else:
            again = status in _LATER
            waiting.set_exception(NotSent(f"短信中心拒绝：{status.name}", again=again))

    def failed(self, key: str, error: Exception) -> None:
        """A message could not be made, or nobody answered."""
        waiting = self._waiting.get(key)
        if waiting is None or waiting.done():
            return
        if isinstance(error, ValueError):
            waiting.set_exception(NotSent(f"短信内容无法发送：{error}", again=False))
        else:
            waiting.set_exception(Unsure(f"短信中心没有应答：{type(error).__name__}"))

    async def brought(self, told: DeliverSm) -> None:
        """Keeps a message from a phone, or a receipt."""
        now = datetime.now(UTC)
        if told.is_receipt():
            receipt = told.parse_receipt()
            state = str(receipt.get("stat", "")).upper()
            name = str(receipt.get("id", ""))
            if name and state not in _UNDERWAY:
                delivered = state in _DELIVERED
                note = None if delivered else f"短信中心报告：{state or '未送达'}"
                await self._receive(Receipt(name, delivered, now, note))
            return
        text = told.short_message or told.message_payload
        sender, to = plain_number(told.source.number), told.destination.number or None
        # SMPP 3.4 gives messages of phones no name; the centre repeats one soon or not at all.
        said = f"{sender} {to} {text} {now:%Y%m%d%H%M}"
        key = "smpp " + hashlib.sha256(said.encode()).hexdigest()
        await self._receive(Incoming(key, sender, text, to, now))


class _Hook(AbstractHook):  # type: ignore[misc]  # the library has no py.typed
    """What the library tells of."""

    def __init__(self, gateway: SmppGateway) -> None:
        self._gateway = gateway

    async def sending(self, smpp_message: SmppMessage, pdu: bytes, client_id: str) -> None:
        """Nothing is to be done before."""

    async def received(self, smpp_message: SmppMessage | None, pdu: bytes, client_id: str) -> None:
        match smpp_message:
            case SubmitSmResp():
                self._gateway.answered(smpp_message)
            case DeliverSm():
                # An error ends the session without an answer: the centre brings it again.
                await self._gateway.brought(smpp_message)

    async def send_error(self, smpp_message: SmppMessage, error: Exception, client_id: str) -> None:
        if isinstance(smpp_message, SubmitSm):
            self._gateway.failed(smpp_message.log_id, error)


class _Session(ESME):  # type: ignore[misc]
    """The library's session, that survives receipts it cannot read."""

    async def _handle_request(self, pdu: bytes, header: PduHeader) -> SmppMessage | None:
        try:
            return await super()._handle_request(pdu, header)
        except ValueError as error:
            # Centres write dates and states in many ways; unanswered it would come for ever.
            log.warning("the message centre sent what cannot be read: %s", error)
            if header.smpp_command is SmppCommand.DELIVER_SM:
                await self._send_data(DeliverSmResp(header.sequence_num))
            return None
