"""Agents' phones (话机): who is registered, and the softphones in pages (网页话机, WebRTC).

An agent has a desk phone, `agent-NUMBER`, and may have a page with a softphone, `web-NUMBER`. The
password of a softphone lives in Asterisk's memory only, as long as the session of its page.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from ivr.ari.client import Ari
from ivr.ari.errors import AriError, Gone
from ivr.ari.events import DEVICES_APP, ContactChanged
from ivr.directory import phone_of
from ivr.queue.agents import Device
from ticketing.refusal import Refusal

log = logging.getLogger(__name__)

UNKNOWN_CONTACT = "?"
"""Registered before this controller listened."""
DEVICES: tuple[Device, ...] = ("phone", "web")
AT_ONCE = 200
"""Subscriptions of one command: Asterisk takes bodies of up to 40 kB."""
GONE = frozenset({"Removed", "Unreachable"})


@dataclass
class Phone:
    """One phone of an agent."""

    contact: str | None = None
    """Where it is registered from; None: it is not."""
    page: str | None = None
    """The page that may register; each loading of a page is another one. None: not known."""
    former: str | None = None
    """Contact of the page before."""
    expiry: asyncio.TimerHandle | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def registered(self) -> bool:
        """It can be rung."""
        return self.contact is not None

    async def until(self, condition: "Callable[[Phone], bool]") -> None:
        """Waits until the phone is as wanted."""
        async with self.changed:
            await self.changed.wait_for(lambda: condition(self))

    async def tell(self) -> None:
        """Let those who wait in `until` look again."""
        async with self.changed:
            self.changed.notify_all()


class Phones:
    """The phones of all agents; `changed` is told when one has come or gone."""

    def __init__(self, ari: Ari, *, changed: Callable[[], None]) -> None:
        self._ari = ari
        self._changed = changed
        self._phones: dict[str, Phone] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, number: str, device: Device) -> Phone:
        """An agent's phone."""
        return self._phones.setdefault(phone_of(number, device), Phone())

    # Who is registered

    async def watch(self, numbers: Iterable[str]) -> None:
        """Listen to the phones of these agents from now on, and see who is there already.

        After every connection: a new Asterisk knows no subscriptions. Raises AriError.
        """
        names = [phone_of(n, device) for n in numbers for device in DEVICES]
        if not names:
            return
        for start in range(0, len(names), AT_ONCE):
            some = names[start : start + AT_ONCE]
            await self._ari.subscribe(DEVICES_APP, [f"endpoint:PJSIP/{name}" for name in some])
        online = {e["resource"] for e in await self._ari.endpoints() if e["state"] == "online"}
        for name in names:
            phone = self._phones.setdefault(name, Phone())
            if name not in online:
                self._set(name, phone, None)
            elif phone.contact is None:
                self._set(name, phone, UNKNOWN_CONTACT)

    def deliver(self, event: ContactChanged) -> None:
        """A registration came, went, or does not answer."""
        phone = self._phones.get(event.endpoint)
        if phone is None or (event.contact == phone.former and event.status not in GONE):
            return
        if event.status not in GONE:
            self._set(event.endpoint, phone, event.contact)
        elif phone.contact in (event.contact, UNKNOWN_CONTACT):
            self._set(event.endpoint, phone, None)

    def _set(self, name: str, phone: Phone, contact: str | None) -> None:
        if contact == phone.contact:
            return
        phone.contact = contact
        log.info("%s is %s", name, "registered" if contact else "away")
        self._spawn(phone)
        self._changed()

    def _spawn(self, phone: Phone) -> None:
        task = asyncio.get_running_loop().create_task(phone.tell(), name="phone changed")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Softphones

    async def admit(self, number: str, page: str, *, renew: bool, seconds: float) -> str:
        """A new password for a page, for so many seconds at most; that of any other page ends.

        `renew`: the page has one that Asterisk does not know any more; a page that another one
        has replaced gets none. Raises Refusal, or AriError where Asterisk is away.
        """
        phone = self.of(number, "web")
        if renew and phone.page not in (None, page):
            raise Refusal(
                "wrong_state",
                "page",
                "您的网页话机已在另一个页面登录",
                "如需在此页面接听，请点“在此页面接听”",
            )
        password = secrets.token_urlsafe(24)
        name = phone_of(number, "web")
        await self._ari.set_object(
            "auth", name, auth_type="digest", username=name, password=password
        )
        if phone.page != page:
            phone.page, phone.former = page, phone.contact
            self._set(name, phone, None)
            self._spawn(phone)
        self._expire(number, phone, seconds)
        return password

    async def dismiss(self, number: str, page: str) -> None:
        """The session of the page has ended; nothing where another page has come."""
        phone = self.of(number, "web")
        if phone.page == page:
            await self._forget(number, phone)

    def _expire(self, number: str, phone: Phone, seconds: float) -> None:
        if phone.expiry is not None:
            phone.expiry.cancel()

        def over() -> None:
            task = asyncio.get_running_loop().create_task(self._forget(number, phone))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        phone.expiry = asyncio.get_running_loop().call_later(seconds, over)

    async def _forget(self, number: str, phone: Phone) -> None:
        if phone.expiry is not None:
            phone.expiry.cancel()
        phone.page = phone.expiry = None
        try:
            with suppress(Gone):
                await self._ari.delete_object("auth", phone_of(number, "web"))
        except AriError as error:
            log.warning("the password of %s was not taken back: %s", number, error)
