"""Many tickets sent to units at once (批量派单)."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from console.commanding import give
from console.context import Context
from console.errors import ApiError, ErrorBody, of_refusal
from console.routing import Routes
from console.showing import visible
from console.ticket_data import Code, TicketNo
from ticketing.model import AnswerType, State
from ticketing.new_ticket import Text
from ticketing.refusal import Refusal

routes = Routes("dispatches")

MOST = 100


class Dispatch(BaseModel):
    """One ticket to one unit; `version` is the one that was seen."""

    model_config = ConfigDict(extra="forbid")

    ticket_no: TicketNo
    version: int = Field(ge=1, le=10**9)
    unit: Code
    answer_type: AnswerType
    assist_units: Annotated[list[Code], Field(max_length=20)] = []
    unit_content: Text | None = None
    """The text for the unit, of a report or a confidential ticket."""


class Dispatches(BaseModel):
    """What is sent where."""

    model_config = ConfigDict(extra="forbid")

    items: Annotated[list[Dispatch], Field(min_length=1, max_length=MOST)]


class Dispatched(BaseModel):
    """What became of one: its new version and state, or why it stayed as it was."""

    ticket_no: str
    version: int | None
    state: State | None
    error: ErrorBody | None


class DispatchResults(BaseModel):
    """In the order of the items."""

    results: list[Dispatched]


@routes.post("/api/dispatches", access=frozenset({"dispatcher", "agent"}))
async def dispatch(context: Context, body: Dispatches) -> DispatchResults:
    """Dispatch many tickets, each by itself: one that is refused leaves the others as they are."""
    return DispatchResults(results=[await _one(context, item) for item in body.items])


async def _one(context: Context, item: Dispatch) -> Dispatched:
    data = item.model_dump(exclude={"ticket_no", "version"}, exclude_none=True)
    if not item.assist_units:
        del data["assist_units"]
    try:
        await visible(context, item.ticket_no)
        done = await give(context, item.ticket_no, "dispatch", data, item.version)
    except (ApiError, Refusal) as error:
        refused = error if isinstance(error, ApiError) else of_refusal(error)
        told = ErrorBody.model_validate(refused.to_json()["error"])
        return Dispatched(ticket_no=item.ticket_no, version=None, state=None, error=told)
    return Dispatched(ticket_no=item.ticket_no, version=done.version, state=done.state, error=None)
