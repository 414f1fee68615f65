"""Intake of other channels, for programs: web, WeChat, province and so on (R-2-2)."""

from typing import Annotated

from pydantic import BaseModel, Field

from console import reading
from console.context import Context
from console.errors import ApiError
from console.routing import Reply, Routes
from console.ticket_data import Letter
from ticketing.letters import receive, ticket_of
from ticketing.model import Channel, CloseResult, State, Ticket
from ticketing.records import Instant
from ticketing.workflow.terms import Role

routes = Routes("intake")

MACHINES: frozenset[Role] = frozenset({"system"})
ExternalId = Annotated[str, Field(pattern=r"^[!-.0-~]{1,200}$")]


class Receipt(BaseModel):
    """What a citizen may be told of his letter."""

    ticket_no: str
    query_code: str
    """With the last four digits of his phone he learns more at the hotline."""
    state: State
    close_result: CloseResult | None
    created_at: Instant
    public_reply: str | None


@routes.post("/api/intake", access=MACHINES, status=201)
async def take(context: Context, body: Letter) -> Reply[Receipt]:
    """Bring a letter of another channel; the same letter again gives the same ticket (200).

    A letter is known by `external_id` (or the Idempotency-Key) within its channel and the account
    that brings it. Tasks of province and nation get basis 6.6 by themselves.
    """
    external_id = body.external_id or reading.idempotency_key(context.request)
    if external_id is None:
        raise ApiError(
            422, "missing_field", "external_id", "缺少来件编号external_id",
            "请填写来件在原渠道的编号，或使用 Idempotency-Key",
        )  # fmt: skip
    data = body.said()
    data.pop("external_id", None)
    parts = context.parts
    got = await receive(
        parts.store,
        parts.tickets,
        data,
        source=context.user.name,
        external_id=external_id,
        at=context.now,
    )
    return Reply(_receipt(got.ticket), status=201 if got.is_new else 200)


@routes.get("/api/intake/{channel}/{external_id}", access=MACHINES)
async def look(context: Context, channel: Channel, external_id: ExternalId) -> Receipt:
    """Ask what became of a letter that one brought."""
    parts = context.parts
    number = await ticket_of(parts.store, context.user.name, channel, external_id)
    if number is None:
        raise ApiError(404, "unknown_letter", "external_id", "没有此来件", "请核对渠道和来件编号")
    return _receipt(await parts.tickets.read(number))


def _receipt(one: Ticket) -> Receipt:
    told = {name: getattr(one, name) for name in Receipt.model_fields}
    if one.state is not State.CLOSED:  # until then it may be changed
        told["public_reply"] = None
    return Receipt(**told)
