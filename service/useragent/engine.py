"""The SIP engine (话机引擎): one native stack a process, many phones on it."""

import asyncio
import time
from types import TracebackType
from typing import Literal, Self

import baresip

from service.useragent.call import PhoneCall
from service.useragent.phone import Phone
from service.useragent.prompts import PromptSet

_TICK = 0.02


class UserAgents:
    """SIP phones towards one line, for `hotline call` and for tests.

        async with UserAgents("127.0.0.1", 5060) as phones:
            citizen = await phones.phone("citizen-13800000001", password="…")
            call = await citizen.call("12345")
            await call.hears("welcome_short", within=3)

    The native stack is a global of the process: a second engine at the same time is refused
    (`baresip.BaresipError`); one after the other is fine. One task moves the audio of all calls
    every 20 ms and sleeps while there is no call.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        transport: Literal["udp", "tcp", "tls"] = "udp",
        prompts: PromptSet | None = None,
        interface: str = "127.0.0.1",
        trace: bool = False,
    ) -> None:
        self.domain = f"{host}:{port}"
        self.transport = transport
        self.prompts = prompts
        self._config = baresip.Config(
            net_interface=interface,
            max_concurrent_calls=None,
            sip_trace=trace,
            extra_config_text=f"sip_listen {interface}:0\naudio_jitter_buffer_type off\n",
        )
        self.runtime = baresip.Runtime()
        self._phones: dict[str, Phone] = {}
        self._calls: set[PhoneCall] = set()
        self._busy = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.runtime.start(self._config)
        self._pump = asyncio.create_task(self._move_audio(), name="useragent-audio")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self.hang_up_all()
            for phone in self._phones.values():
                await phone.unregister()
        finally:
            assert self._pump is not None
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
            await self.runtime.close()

    async def phone(
        self, username: str, *, password: str = "", number: str = "", register: bool = True
    ) -> Phone:
        """The phone of an account; the same object each time it is asked for.

        Raises:
            baresip.RegistrationError: the registrar refused or did not answer.
        """
        if (known := self._phones.get(username)) is not None:
            return known
        account = baresip.Account(
            user=username,
            domain=self.domain,
            password=password,
            reg_interval=600 if register else 0,
            transport=self.transport,
            audio_codecs=("pcma",),
        )
        agent = await baresip.UserAgent.create(self.runtime, account, transfer_policy="reject")
        phone = Phone(self, agent, username=username, number=number or username)
        self._phones[username] = phone
        if register:
            try:
                await phone.register()
            except BaseException:
                del self._phones[username]
                raise
        return phone

    async def hang_up_all(self) -> None:
        """End every call, and forget calls nobody took."""
        await asyncio.gather(*(call.hang_up() for call in list(self._calls)))
        for phone in self._phones.values():
            phone.forget()

    def attach(self, call: PhoneCall) -> None:
        """Move this call's audio from now on."""
        self._calls.add(call)
        self._busy.set()

    def detach(self, call: PhoneCall) -> None:
        """The call is over."""
        self._calls.discard(call)
        if not self._calls:
            self._busy.clear()

    @property
    def phones(self) -> tuple[Phone, ...]:
        """All phones of this engine."""
        return tuple(self._phones.values())

    @property
    def calls(self) -> frozenset[PhoneCall]:
        """Calls that have not ended."""
        return frozenset(self._calls)

    async def _move_audio(self) -> None:
        due = time.monotonic()
        while True:
            await self._busy.wait()
            now = time.monotonic()
            for call in list(self._calls):
                call.move_audio(now)
            due = max(due + _TICK, now)
            await asyncio.sleep(max(0.001, due - time.monotonic()))
