"""Rows of accounts (账号) and the hash-chained journal of each."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables_console import account, account_event, console_session
from store.types import JsonObject, canonical_json, chain_hash, to_utc
from ticketing.refusal import Refusal
from ticketing.workflow.terms import Role

LONGEST_NAME = 40


@dataclass(frozen=True)
class Account:
    """Somebody who may use the console (domain.md §2.2)."""

    name: str
    """Who acts, in events of tickets."""
    full_name: str | None
    roles: tuple[Role, ...]
    unit: str | None
    """Code of the unit that a unit role acts for."""
    agent_no: str | None
    """The agent's extension (工号): whose calls are his."""
    must_change: bool
    created_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None
    has_totp: bool
    """Signs in with a second factor (动态口令), too."""

    def to_json(self) -> JsonObject:
        """For lists; no secrets."""
        return {
            "name": self.name,
            "full_name": self.full_name,
            "roles": list(self.roles),
            "unit": self.unit,
            "agent_no": self.agent_no,
        }


def account_of(row: sa.RowMapping) -> Account:
    """The account of a row."""
    return Account(
        name=row["name"],
        full_name=row["full_name"],
        roles=tuple(cast("list[Role]", row["roles"])),
        unit=row["unit"],
        agent_no=row["agent_no"],
        must_change=row["must_change"],
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        locked_until=row["locked_until"],
        has_totp=row["totp_since"] is not None,
    )


async def row_of(db: AsyncConnection, name: str, *, locked: bool = False) -> sa.RowMapping | None:
    """The account's row."""
    query = sa.select(account).where(account.c.name == name)
    return (await db.execute(query.with_for_update() if locked else query)).mappings().first()


async def must_row(db: AsyncConnection, name: str) -> sa.RowMapping:
    """The account's row, locked; raises Refusal `unknown_account`."""
    row = await row_of(db, name, locked=True)
    if row is None:
        raise no_account(name)
    return row


async def called(db: AsyncConnection, names: Collection[str]) -> dict[str, str]:
    """What people are called, by the names of their accounts; those without a name are left out."""
    query = sa.select(account.c.name, account.c.full_name)
    query = query.where(account.c.name.in_(sorted(names)), account.c.full_name.is_not(None))
    return {row.name: row.full_name for row in await db.execute(query)}


async def change(db: AsyncConnection, name: str, **values: Any) -> None:
    """Writes columns of an account."""
    await db.execute(sa.update(account).where(account.c.name == name).values(**values))


async def end_sessions(db: AsyncConnection, name: str, *, but: str | None = None) -> None:
    """Whoever is signed in under that name has to sign in again; `but`: hash of one that stays."""
    ended = sa.delete(console_session).where(console_session.c.name == name)
    await db.execute(ended if but is None else ended.where(console_session.c.hash != but))


async def note(
    db: AsyncConnection,
    name: str,
    command: str,
    *,
    by: str,
    at: datetime,
    address: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Writes an entry of the account's hash-chained journal."""
    row = await must_row(db, name)
    event = {
        "name": name,
        "seq": row["chain_seq"] + 1,
        "at": to_utc(at),
        "actor": by,
        "command": command,
        "address": address,
        "data": dict(data or {}),
    }
    digest = chain_hash(row["chain_head"], _entry(event))
    await db.execute(sa.insert(account_event), {**event, "hash": digest})
    await change(db, name, chain_seq=event["seq"], chain_head=digest)


def head_after(head: str, events: Iterable[Mapping[str, Any]]) -> str | None:
    """The journal's head after these events, None where one of them was changed."""
    for event in events:
        head = chain_hash(head, _entry(event))
        if head != event["hash"]:
            return None
    return head


def _entry(event: Mapping[str, Any]) -> list[str | int | None]:
    return [
        event["name"],
        event["seq"],
        event["at"].isoformat(),
        event["actor"],
        event["command"],
        event["address"],
        canonical_json(event["data"]),
    ]


def no_account(name: str) -> Refusal:
    """There is no such account."""
    return Refusal(
        "unknown_account", "name", f"没有账号{name[:LONGEST_NAME]}",
        "请核对账号名（hotline users list）",
    )  # fmt: skip
