"""What requests say of tickets: the keys of domain.md §3.4, and those of the commands."""

from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from store.types import JsonObject
from ticketing.model import Channel
from ticketing.new_ticket import NewTicket, Phone, Short
from ticketing.validation import national

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]


AnyPhone = Annotated[
    Phone,
    BeforeValidator(national),
    WithJsonSchema({"type": "string", "pattern": r"^(\+?86)?[0-9]{3,17}$"}),
]


class TicketData(NewTicket):
    """A new ticket."""

    caller_number: AnyPhone | None = None
    called_number: AnyPhone | None = None
    contact_phone: AnyPhone | None = None
    repeat_of: Short | None = None
    """The earlier ticket of the same matter."""

    def said(self) -> JsonObject:
        """What was given and is not null."""
        return self.model_dump(exclude_unset=True, exclude_none=True)


class Letter(TicketData):
    """A matter from another channel (web, WeChat, province …)."""

    channel: Channel
    external_id: Annotated[str, Field(pattern=r"^[!-~]{1,100}$")] | None = None
    """The number of the letter there; without it the Idempotency-Key stands for it."""
