"""What a handler works with: the parts of the system, who asks, and when."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from console.account_rows import Account
from console.accounts import Accounts
from console.drafts import Drafts
from console.grants import Grants
from console.leases import Leases
from console.line_desk import NO_LINE, LineDesk
from console.live.hub import Hub
from console.live.link import LineLink, LineSilent, NoLine
from console.personal_settings import Preferences
from console.second_factor import SecondFactor
from console.sessions import Place, Sessions
from console.settings import ConsoleSettings
from console.softphones import Softphones
from console.tokens import Tokens
from store.engine import Store
from ticketing.attachments import Attachments
from ticketing.city_editing import CityEditing
from ticketing.knowledge.base import KnowledgeBase
from ticketing.line_book import LineBook
from ticketing.sms.gateway import Receive
from ticketing.tickets import Tickets
from ticketing.workflow.terms import Role

if TYPE_CHECKING:
    from ticketing.suggest.suggester import Suggester


_ORDER: tuple[Role, ...] = (
    "unit_handler",
    "agent",
    "callback_agent",
    "dispatcher",
    "unit_leader",
    "supervisor",
    "center_head",
)
"""Somebody with several roles acts in the least of them that may do it."""


@dataclass(frozen=True)
class SmsInbox:
    """Where a gateway for short messages brings what it has."""

    receive: Receive
    token: str
    """What it shows; "" for a gateway that does not come by HTTP."""


class OrderCall(Protocol):
    """How a call is ordered from the line."""

    async def __call__(self, name: str, **what: str | None) -> str:
        """The id of the call that began; raises Refusal, LineSilent, LineUnsure."""


class NoPhones:
    """The line of a console that has none."""

    async def admit(self, number: str, page: str, *, renew: bool, seconds: float) -> str:
        """Raises LineSilent."""
        raise LineSilent

    async def dismiss(self, number: str, page: str) -> None:
        """Nothing."""


async def no_line(name: str, **what: str | None) -> str:
    """What a console without a line orders calls by."""
    raise LineSilent


def no_pages() -> Path | None:
    """What a console without pages serves."""
    return None


def no_fonts() -> Path | None:
    """What a console without fonts prints with."""
    return None


@dataclass(frozen=True)
class Parts:
    """The parts of the system that the API gives access to; put together by service/."""

    store: Store
    tickets: Tickets
    attachments: Attachments
    settings: ConsoleSettings
    suggester: "Callable[[], Awaitable[Suggester]]"
    """Learns or reads what it knows when it is first asked for."""
    knowledge: KnowledgeBase
    city_name: str = "宿迁"
    sms: SmsInbox | None = None
    order_call: OrderCall = no_line
    softphones: Softphones = field(default_factory=lambda: Softphones(NoPhones(), ""))
    line: LineLink = field(default_factory=NoLine)
    line_desk: LineDesk = NO_LINE
    bundle: Callable[[], Path | None] = no_pages
    """The folder of the web application, once it is built."""
    fonts: Callable[[], Path | None] = no_fonts
    """The folder of the fonts for documents, once they are there."""

    @property
    def accounts(self) -> Accounts:
        """Who may use the console."""
        return Accounts(self.store)

    @property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        return Sessions(self.store)

    @property
    def tokens(self) -> Tokens:
        """What programs show."""
        return Tokens(self.store)

    @property
    def preferences(self) -> Preferences:
        """What people have chosen for their pages."""
        return Preferences(self.store)

    @property
    def second_factor(self) -> SecondFactor:
        """Codes beside passwords."""
        return SecondFactor(self.store)

    @property
    def editing(self) -> CityEditing:
        """The city's data, as people change them."""
        return CityEditing(self.store, self.line_desk.seeds, self.line_desk.fits)

    @cached_property
    def line_book(self) -> LineBook:
        """Who is on duty, and what is told on the line."""
        return LineBook(self.store, self.line_desk.seeds)

    @property
    def drafts(self) -> Drafts:
        """What people typed and have not sent yet."""
        return Drafts(self.store)

    @property
    def leases(self) -> Leases:
        """Who works on what."""
        return Leases()


HUB: web.AppKey[Hub] = web.AppKey("hub", Hub)
GRANTS: web.AppKey[Grants] = web.AppKey("grants", Grants)


@dataclass(frozen=True)
class Context:
    """One request."""

    parts: Parts
    request: web.Request
    now: datetime
    account: Account | None
    """None: nobody has signed in."""
    version: int | None = None
    """The version of the ticket that the client saw (If-Match)."""

    @property
    def user(self) -> Account:
        """Who asks; for routes that are not public."""
        assert self.account is not None
        return self.account

    @property
    def roles(self) -> frozenset[Role]:
        """The roles of who asks; none for the public."""
        return frozenset(self.account.roles) if self.account else frozenset()

    @property
    def acting_roles(self) -> Sequence[Role]:
        """The same, in the order in which who asks acts in them."""
        ordered = [role for role in _ORDER if role in self.roles]
        return [*ordered, *sorted(self.roles - set(_ORDER))]

    @property
    def hub(self) -> Hub:
        """The line as it is now."""
        return self.request.app[HUB]

    @property
    def grants(self) -> Grants:
        """Who may hear which recording for now."""
        return self.request.app[GRANTS]

    @property
    def address(self) -> str:
        """Where the request came from."""
        if self.parts.settings.behind_proxy:
            told = self.request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
            if told:
                return told[:60]
        return self.request.remote or ""

    @property
    def place(self) -> Place:
        """The same, and by which browser."""
        return Place(self.address, self.request.headers.get("User-Agent"))
