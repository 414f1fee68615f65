"""Accounts (账号) of people and machines: who there is, and what is changed about them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from console import passwords
from console.account_rows import (
    Account,
    account_of,
    change,
    end_sessions,
    head_after,
    must_row,
    no_account,
    note,
    row_of,
)
from console.account_rules import (
    alone,
    check_agent_no,
    check_full_name,
    check_name,
    check_password,
    check_roles,
    check_somebody_is_left,
    wrong,
)
from store.engine import Store
from store.tables_console import account, account_event
from store.types import GENESIS, JsonObjects, to_utc
from ticketing.citydata import CityData
from ticketing.refusal import Refusal


class Accounts:
    """All accounts of a store. Methods that write return after the commit."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self) -> list[Account]:
        """By name."""
        async with self._store.read() as db:
            rows = await db.execute(sa.select(account).order_by(account.c.name))
            return [account_of(row) for row in rows.mappings()]

    async def get(self, name: str) -> Account:
        """The account of that name; raises Refusal `unknown_account`."""
        async with self._store.read() as db:
            row = await row_of(db, name)
        if row is None:
            raise no_account(name)
        return account_of(row)

    async def add(
        self,
        name: str,
        roles: Collection[str],
        city: CityData,
        *,
        by: str,
        at: datetime,
        full_name: str | None = None,
        unit: str | None = None,
        agent_no: str | None = None,
        password: str | None = None,
        must_change: bool = True,
    ) -> Account:
        """Makes an account; without a password it has only tokens. Raises Refusal."""
        checked = check_roles(roles, unit, city, has_password=password is not None)
        row = {
            "name": check_name(name),
            "full_name": check_full_name(full_name),
            "roles": list(checked),
            "unit": unit,
            "agent_no": agent_no,
            "password_hash": await passwords.hashed(password) if password is not None else None,
            "must_change": must_change and password is not None,
            "failures": 0,
            "created_at": to_utc(at),
            "chain_seq": 0,
            "chain_head": GENESIS,
        }
        async with self._store.write() as db:
            await alone(db)
            if await row_of(db, name) is not None:
                raise Refusal("duplicate_key", "name", f"账号{name}已存在", "请使用其他名称")
            await check_agent_no(db, name, agent_no)
            await db.execute(sa.insert(account), row)
            data = {"roles": list(checked), "unit": unit, "agent_no": agent_no}
            await note(db, name, "add", by=by, at=at, data=data)
            return account_of(await must_row(db, name))

    async def set_roles(
        self, name: str, roles: Collection[str], unit: str | None, city: CityData, *, by: str,
        at: datetime,
    ) -> Account:  # fmt: skip
        """Gives other roles; they hold from the next request on. Raises Refusal."""
        known = await self.get(name)
        return await self.set_person(
            name, roles, city, by=by, at=at, unit=unit, full_name=known.full_name,
            agent_no=known.agent_no,
        )  # fmt: skip

    async def set_person(
        self,
        name: str,
        roles: Collection[str],
        city: CityData,
        *,
        by: str,
        at: datetime,
        full_name: str | None,
        unit: str | None,
        agent_no: str | None,
    ) -> Account:
        """Who he is and what he may, from the next request on. Raises Refusal."""
        async with self._store.write() as db:
            await alone(db)
            known = await must_row(db, name)
            has_password = known["password_hash"] is not None
            checked = check_roles(roles, unit, city, has_password=has_password)
            if "security_admin" not in checked:
                await check_somebody_is_left(db, name)
            if known["disabled_at"] is None:
                await check_agent_no(db, name, agent_no)
            values = {
                "full_name": check_full_name(full_name),
                "roles": list(checked),
                "unit": unit,
                "agent_no": agent_no,
            }
            changed = {key: value for key, value in values.items() if known[key] != value}
            if changed:
                await change(db, name, **changed)
                await note(db, name, "change", by=by, at=at, data=changed)
            return account_of(await must_row(db, name))

    async def set_password(
        self, name: str, password: str, *, by: str, at: datetime, must_change: bool
    ) -> None:
        """Sets a password, ends a lock-out and every session."""
        checked = await passwords.hashed(check_password(password, name))
        async with self._store.write() as db:
            known = await must_row(db, name)
            if "system" in known["roles"]:
                raise wrong("name", f"{name}是接口账号，没有密码", "请为它生成令牌")
            values = {"password_hash": checked, "must_change": must_change}
            await change(db, name, **values, failures=0, locked_until=None)
            await end_sessions(db, name)
            await note(db, name, "password", by=by, at=at)

    async def disable(
        self, name: str, *, by: str, at: datetime, even_the_last: bool = False
    ) -> None:
        """No session and no token of it holds any longer. It stays, for its name is in events.

        Raises Refusal for the last security_admin, unless `even_the_last`.
        """
        async with self._store.write() as db:
            await alone(db)
            known = await must_row(db, name)
            if known["disabled_at"] is not None:
                return
            if not even_the_last:
                await check_somebody_is_left(db, name)
            await change(db, name, disabled_at=to_utc(at))
            await end_sessions(db, name)
            await note(db, name, "disable", by=by, at=at)

    async def enable(self, name: str, *, by: str, at: datetime) -> None:
        """Takes `disable` and a lock-out back. Raises Refusal where another has its extension."""
        async with self._store.write() as db:
            await alone(db)
            known = await must_row(db, name)
            await check_agent_no(db, name, known["agent_no"])
            await change(db, name, disabled_at=None, failures=0, locked_until=None)
            await note(db, name, "enable", by=by, at=at)

    async def password_makers(self, name: str) -> tuple[str, ...]:
        """Who made the account and its passwords, the oldest first; none where there is none."""
        log = account_event.c
        query = sa.select(log.actor).where(log.name == name, log.command.in_(("add", "password")))
        async with self._store.read() as db:
            return tuple(await db.scalars(query.order_by(log.seq)))

    async def made_by(self, actor: str) -> tuple[str, ...]:
        """Names of the accounts that somebody made."""
        log = account_event.c
        query = sa.select(log.name).where(log.seq == 1, log.actor == actor)
        async with self._store.read() as db:
            return tuple(await db.scalars(query.order_by(log.name)))

    async def last_sign_ins(self, names: Collection[str]) -> dict[str, datetime]:
        """When each signed in for the last time, as far as he ever did."""
        log = account_event.c
        query = sa.select(log.name, sa.func.max(log.at, type_=log.at.type).label("at"))
        query = query.where(log.command == "sign_in", log.name.in_(names)).group_by(log.name)
        async with self._store.read() as db:
            return {row.name: row.at for row in await db.execute(query)}

    async def journal(
        self, name: str, *, before: int | None = None, limit: int | None = None
    ) -> JsonObjects:
        """What happened to an account and who signed in from where, the oldest first.

        With `limit` the newest ones before the entry number `before`.
        """
        log: Any = account_event.c
        query = sa.select(account_event).where(log.name == name)
        if before is not None:
            query = query.where(log.seq < before)
        query = query.order_by(log.seq.desc()).limit(limit)
        async with self._store.read() as db:
            rows = await db.execute(query)
            return [dict(row) for row in rows.mappings()][::-1]

    async def verify(self, name: str) -> bool:
        """Whether the journal's hash chain is whole."""
        head = head_after(GENESIS, await self.journal(name))
        async with self._store.read() as db:
            row = await row_of(db, name)
        if row is None:
            raise no_account(name)
        return bool(row["chain_head"] == head)
