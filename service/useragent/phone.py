"""One SIP phone (话机): an account that calls and is called."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import baresip

from service.useragent.call import PhoneCall

if TYPE_CHECKING:
    from service.useragent.engine import UserAgents

Handler = Callable[[PhoneCall], Awaitable[None]]


class Phone:
    """A phone; made by `UserAgents.phone`."""

    def __init__(
        self, engine: UserAgents, agent: baresip.UserAgent, *, username: str, number: str
    ) -> None:
        self.engine = engine
        self.username = username
        self.number = number
        self.registered = False
        self._agent = agent
        self._ringing: asyncio.Queue[PhoneCall] = asyncio.Queue()
        self._handler: Handler | None = None
        self._handling: set[asyncio.Task[None]] = set()
        agent.on_incoming(self._rings)

    def __repr__(self) -> str:
        return f"<Phone {self.username}>"

    async def register(self) -> None:
        """Register; raises `baresip.RegistrationError`."""
        await self._agent.register()
        self.registered = True

    async def unregister(self) -> None:
        """Take the registration back; a registrar that is gone is no error."""
        if self.registered:
            self.registered = False
            with contextlib.suppress(baresip.BaresipError):
                await self._agent.unregister(timeout=2)

    async def call(self, number: str, *, headers: dict[str, str] | None = None) -> PhoneCall:
        """Dial; returns when the INVITE is on its way (see `PhoneCall.answered`)."""
        # A call that is refused at once may be over before the library hands it out: what
        # happened until then is told to it afterwards.
        early: list[baresip.StackEvent] = []
        runtime = self.engine.runtime
        runtime.subscribe(early.append)
        try:
            native = await self._agent.dial(f"sip:{number}@{self.engine.domain}", headers)
        finally:
            runtime.unsubscribe(early.append)
        call = PhoneCall(self.engine, native, outgoing=True)
        for event in early:
            native._on_stack_event(event)
        return call

    async def incoming(self, within: float = 10.0) -> PhoneCall:
        """The next call that rings here and still does.

        Raises:
            TimeoutError: nothing rings within that many seconds.
        """
        async with asyncio.timeout(within):
            while True:
                call = await self._ringing.get()
                if call.ended_at is None:
                    return call

    @property
    def is_rung(self) -> bool:
        """A call rings here that nobody has taken."""
        return not self._ringing.empty()

    def serve(self, handler: Handler | None) -> None:
        """Let a coroutine take every call from now on; None: calls ring until `incoming`."""
        self._handler = handler

    def forget(self) -> None:
        """Drop the handler, its tasks and calls nobody took."""
        self._handler = None
        for task in self._handling:
            task.cancel()
        while not self._ringing.empty():
            self._ringing.get_nowait()

    def _rings(self, native: baresip.Call) -> None:
        call = PhoneCall(self.engine, native, outgoing=False)
        if self._handler is None:
            self._ringing.put_nowait(call)
            return
        task = asyncio.ensure_future(self._handle(self._handler, call))
        self._handling.add(task)
        task.add_done_callback(self._handling.discard)

    async def _handle(self, handler: Handler, call: PhoneCall) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await handler(call)


async def busy(call: PhoneCall) -> None:
    """Handler for `Phone.serve`: 486 at once (忙线)."""
    await call.reject()


async def answer(call: PhoneCall) -> None:
    """Handler for `Phone.serve`: pick up at once (立即接听)."""
    await call.answer()
