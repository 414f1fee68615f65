"""Who the citizen of a hidden ticket is: told to somebody who says why, and put on record.

Art. 23, R-23-2: each unmasked view asks a reason and is logged; domain.md §2.6.
"""

from datetime import datetime
from typing import get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from store import access_log
from store.access_log import Access
from store.engine import Store
from store.types import JsonObject, to_utc
from ticketing.field_errors import field_refusal
from ticketing.new_ticket import Short
from ticketing.sights import Group, Row, Sight
from ticketing.tickets import Tickets
from ticketing.visibility import Viewer, seen, sights
from ticketing.workflow.terms import Role, missing, refuse

MAY_REVEAL: tuple[Role, ...] = ("dispatcher", "supervisor", "center_head")
"""Who may see the citizen with a reason; units never."""
MAY_READ_LOG: frozenset[Role] = frozenset({"supervisor", "center_head", "auditor"})
_ALL_WORDS = frozenset({"supervisor", "center_head"})
"""Who then also reads the words of a ticket rejected as N3 (art. 7, R-7-3)."""


class Reason(BaseModel):
    """Why somebody wants to see it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Short


class Revealing:
    """Unmasked views of one store."""

    def __init__(self, store: Store, tickets: Tickets) -> None:
        self._store = store
        self._tickets = tickets

    async def reveal(
        self, ticket_no: str, viewer: Viewer, reason: str | None, *, at: datetime
    ) -> JsonObject:
        """The ticket with its citizen, after the view is on record. Raises Refusal."""
        role = _role(viewer)
        why = _checked(reason)
        one = await self._tickets.read(ticket_no)
        row = sights(one, viewer)
        assert row is not None  # the roles of MAY_REVEAL see every ticket
        async with self._store.write() as db:
            await access_log.add(
                db, ticket_no, actor=viewer.name, role=role, reason=why, at=to_utc(at)
            )
        return seen(one, viewer, _unmasked(row, viewer))

    async def log(self, ticket_no: str | None = None, *, limit: int | None = 50) -> list[Access]:
        """Unmasked views of a ticket or of all, newest first."""
        async with self._store.read() as db:
            return await access_log.listed(db, ticket_no=ticket_no, limit=limit)


def _role(viewer: Viewer) -> Role:
    """The least of his roles that may."""
    for role in MAY_REVEAL:
        if role in viewer.roles and not viewer.is_unit:
            return role
    known = "、".join(sorted(viewer.roles & set(get_args(Role)))) or "—"
    raise refuse(
        "not_allowed",
        None,
        f"角色{known}不能查看诉求人信息",
        f"请由以下角色办理：{'、'.join(MAY_REVEAL)}",
        "23",
    )


def _checked(reason: str | None) -> str:
    if reason is None or not reason.strip():
        raise missing("reason", "23")
    try:
        return Reason(reason=reason).reason
    except ValidationError as error:
        raise field_refusal(error.errors()[0]) from error


def _unmasked(row: Row, viewer: Viewer) -> Row:
    shown = {Group.PERSON: Sight.SHOWN}
    if viewer.roles & _ALL_WORDS:
        shown |= {Group.MATTER: Sight.SHOWN, Group.SPEECH: Sight.SHOWN}
    return {**row, **shown}
