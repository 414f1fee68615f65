"""What a gateway for short messages brings: what citizens wrote, what became of messages."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from console.context import Context
from console.routing import Routes
from ticketing.new_ticket import Time
from ticketing.sms.gateway import Incoming, Receipt, plain_number

routes = Routes("messages")

Name = Annotated[str, StringConstraints(min_length=1, max_length=160)]
Number = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{3,20}$")]
Words = Annotated[str, StringConstraints(max_length=5000)]


class ReceivedMessage(BaseModel):
    """A message from a phone."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    id: Name
    """The gateway's; the same when it is brought again."""
    sender: Annotated[Number, Field(alias="from")]
    to: Number | None = None
    text: Words
    at: Time | None = None
    """When it was written; now, where it does not say."""


class MessageReceipt(BaseModel):
    """What became of a message that the gateway took."""

    model_config = ConfigDict(extra="ignore")

    id: Name
    """What the gateway called the message when it took it."""
    delivered: bool
    note: Annotated[str, StringConstraints(max_length=200)] | None = None


class Brought(BaseModel):
    """Messages and receipts; one that was brought before changes nothing."""

    model_config = ConfigDict(extra="ignore")

    messages: Annotated[list[ReceivedMessage], Field(max_length=100)] = []
    receipts: Annotated[list[MessageReceipt], Field(max_length=100)] = []


class Kept(BaseModel):
    """How many were kept, new or known."""

    messages: int
    receipts: int


@routes.post("/api/sms", access="gateway", max_body=1 << 18)
async def receive(context: Context, body: Brought) -> Kept:
    """Messages and receipts of the gateway (短信回复、状态报告); it shows its token in X-Sms-Token.

    They are kept when this answers. Times in the future count as now.
    """
    inbox = context.parts.sms
    assert inbox is not None
    for one in body.messages:
        at = min(one.at or context.now, context.now)
        await inbox.receive(Incoming(one.id, plain_number(one.sender), one.text, one.to, at))
    for told in body.receipts:
        await inbox.receive(Receipt(told.id, told.delivered, context.now, told.note))
    return Kept(messages=len(body.messages), receipts=len(body.receipts))
