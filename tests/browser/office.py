"""Tickets that wait for people, made in the store of a running line."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from store.engine import Store
from tests.unit.ticket_story import REPLY
from ticketing.model import Ticket
from ticketing.tickets import Tickets

MATTER: Mapping[str, Any] = {
    "title": "幸福家园停水三天",
    "content": "幸福家园小区停水三天，多次向物业反映未解决，请尽快处理。",
    "request_type": "complaint",
    "region_code": "321302",
    "acceptance_basis": "6.2",
    "contact_phone": "13800000001",
    "requester_name": "王小明",
}
TO_SLJ = {"unit": "SLJ", "answer_type": "investigate"}
Step = tuple[str, str, Mapping[str, Any]]
ACCEPT: Step = ("accept", "dispatcher", {})
DISPATCH: Step = ("dispatch", "dispatcher", TO_SLJ)
SIGN: Step = ("sign", "unit_handler", {})
ANSWER: Step = ("submit_reply", "unit_handler", REPLY)


class Office:
    """People who work on tickets without a page."""

    def __init__(self, store: Store) -> None:
        self._tickets = Tickets(store)

    async def letter(self, *steps: Step, at: datetime | None = None, **more: Any) -> str:
        """A letter that came now or at `at`, and what was done with it; its number."""
        data, when = {**MATTER, "channel": "web", **more}, at or datetime.now(UTC)
        made = await self._tickets.create(data, actor="web", role="system", at=when)
        for command, role, data in steps:
            await self.do(made.ticket_no, command, role, data)
        return made.ticket_no

    async def do(
        self,
        number: str,
        command: str,
        role: str,
        data: Mapping[str, Any],
        actor: str | None = None,
        at: datetime | None = None,
    ) -> Ticket:
        """What somebody else does meanwhile; without `actor` one who has no account."""
        who, when = actor or f"其他{role}", at or datetime.now(UTC)
        return await self._tickets.do(number, command, data, actor=who, role=role, at=when)

    async def read(self, number: str) -> Ticket:
        """The ticket as it is now."""
        return await self._tickets.read(number)
