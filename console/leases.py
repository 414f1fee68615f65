"""Leases (占用): who works on what, so that two people do not do the same work.

A lease ends by time alone; nobody has to clean up after a browser that was closed. The hotline and
each unit lease for themselves: who extends and who replies are not in each other's way.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from console.account_rows import Account
from console.errors import ApiError
from store.engine import insert
from store.tables_console import account
from store.tables_tasks import lease
from store.types import SHANGHAI, to_utc
from ticketing.workflow.terms import UNIT_ROLES, Role

LENGTH = timedelta(minutes=10)
_SWEPT_AFTER = timedelta(days=1)
MASTERS: frozenset[Role] = frozenset({"supervisor", "center_head", "unit_leader"})
"""Who may act on what somebody else has, and take it from him."""


@dataclass(frozen=True)
class Lease:
    """That somebody works on something."""

    name: str
    full_name: str | None
    until: datetime

    @property
    def shown_name(self) -> str:
        """How people call him."""
        return self.full_name or self.name


def of_ticket(ticket_no: str, who: Account) -> str:
    """What a lease of a ticket is kept under: one of the hotline, one of each unit."""
    is_unit = not UNIT_ROLES.isdisjoint(who.roles)
    return f"ticket:{ticket_no}:{who.unit}" if is_unit else f"ticket:{ticket_no}:"


class Leases:
    """The leases of a store; the methods work in the caller's transaction."""

    async def take(
        self, db: AsyncConnection, item: str, who: Account, at: datetime, *, over: bool = False
    ) -> Lease:
        """Takes or renews a lease; `over`: also from somebody else, by who may (接手).

        Raises ApiError 409 `leased`.
        """
        found = await self.try_take(db, item, who, at, over=over)
        if found is None:
            raise _leased(item, await self._holder(db, item), who)
        return found

    async def try_take(
        self, db: AsyncConnection, item: str, who: Account, at: datetime, *, over: bool = False
    ) -> Lease | None:
        """The same; None where somebody else has it."""
        await db.execute(sa.delete(lease).where(lease.c.until < to_utc(at) - _SWEPT_AFTER))
        until = to_utc(at) + LENGTH
        values = {"name": who.name, "until": until}
        free = (lease.c.until <= to_utc(at)) | (lease.c.name == who.name)
        take = insert(db.dialect.name, lease).values(item=item, **values)
        may = None if over and is_master(who) else free
        taken = await db.execute(
            take.on_conflict_do_update(index_elements=["item"], set_=values, where=may)
        )
        return Lease(who.name, who.full_name, until) if taken.rowcount else None

    async def check(self, db: AsyncConnection, item: str, who: Account, at: datetime) -> None:
        """Raises ApiError 409 `leased` where somebody else has it, but not for supervisors."""
        found = (await self.of(db, [item], at)).get(item)
        if found is not None and found.name != who.name and not is_master(who):
            raise _leased(item, found, who)

    async def release(self, db: AsyncConnection, item: str, who: Account) -> None:
        """Ends the lease of whoever asks, also where there is none."""
        this = (lease.c.item == item) & (lease.c.name == who.name)
        await db.execute(sa.delete(lease).where(this))

    async def of(
        self, db: AsyncConnection, items: Collection[str], at: datetime
    ) -> Mapping[str, Lease]:
        """The leases of things, as far as they have one."""
        query = _SELECT.where(lease.c.item.in_(sorted(items)), lease.c.until > to_utc(at))
        return {row.item: Lease(row.name, row.full_name, row.until)
                for row in await db.execute(query)}  # fmt: skip

    async def _holder(self, db: AsyncConnection, item: str) -> Lease:
        row = (await db.execute(_SELECT.where(lease.c.item == item))).one()
        return Lease(row.name, row.full_name, row.until)


_SELECT = sa.select(lease, account.c.full_name).join(account)


def free(item: sa.ColumnElement[str], at: datetime) -> sa.ColumnElement[bool]:
    """The condition that nobody has it."""
    kept = sa.select(lease.c.item).where(lease.c.item == item, lease.c.until > to_utc(at))
    return ~sa.exists(kept)


def is_master(who: Account) -> bool:
    """Whether leases of others do not bind him."""
    return not MASTERS.isdisjoint(who.roles)


def _leased(item: str, by: Lease, who: Account) -> ApiError:
    until = by.until.astimezone(SHANGHAI).strftime("%H:%M")
    message = f"{by.shown_name}正在处理，占用至{until}"
    master = "班长" if item.endswith(":") else "单位负责人"
    fix = f"请处理其他事项，或{'点“接手”' if is_master(who) else f'请{master}接手'}"
    beside = {"holder": {"name": by.name, "full_name": by.full_name}}
    return ApiError(409, "leased", None, message, fix, beside=beside)
