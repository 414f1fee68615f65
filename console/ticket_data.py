"""What requests say of tickets: the keys of domain.md §3.4, and those of the commands."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from store.types import JsonObject
from ticketing.given import Given
from ticketing.model import Channel, Ticket
from ticketing.new_ticket import NewTicket, Phone, Short
from ticketing.validation import national

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
TICKET_NO = r"^[A-Z]{1,8}[0-9]{6,20}$"
TicketNo = Annotated[str, Field(pattern=TICKET_NO, examples=["SQ261001000001"])]


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


class CommandData(Given):
    """The data of a command; what is blank counts as not given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    caller_number: AnyPhone | None = None
    called_number: AnyPhone | None = None
    contact_phone: AnyPhone | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        return {
            key: value
            for key, value in data.items()
            if value is not None and not (isinstance(value, str) and not value.strip())
        }

    def said(self) -> JsonObject:
        """What was given."""
        return self.model_dump(exclude_unset=True)


class PartOf:
    """Documents a JSON object that has some of a model's keys: who may not see one gets none."""

    def __init__(self, model: type[Ticket]) -> None:
        self._model = model

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return handler(source)

    def __get_pydantic_json_schema__(self, _schema: Any, handler: Any) -> JsonObject:
        told = handler.resolve_ref_schema(handler(self._model.__pydantic_core_schema__))
        return {**told, "required": []}


TicketView = Annotated[JsonObject, PartOf(Ticket)]
"""A ticket as far as who asks may see it (domain.md §2.6)."""
