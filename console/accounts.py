"""Accounts (账号) of people and machines: names, roles, passwords, and the journal of it all."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast, get_args

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from console import passwords
from store.engine import Store
from store.tables_console import account, account_event, console_session
from store.types import GENESIS, JsonObject, JsonObjects, canonical_json, chain_hash, to_utc
from ticketing.citydata import CityData
from ticketing.refusal import Refusal
from ticketing.workflow.terms import UNIT_ROLES, Role

ROLES: tuple[Role, ...] = tuple(role for role in get_args(Role) if role != "citizen")
"""What an account may be; citizens have none. `system` is for machines: tokens, no password."""
_NAME = 40


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

    def to_json(self) -> JsonObject:
        """For lists; no secrets."""
        return {
            "name": self.name,
            "full_name": self.full_name,
            "roles": list(self.roles),
            "unit": self.unit,
            "agent_no": self.agent_no,
        }


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
        """The account of that name; raises Refusal `invalid_value`."""
        async with self._store.read() as db:
            row = await row_of(db, name)
        if row is None:
            raise _no_account(name)
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
        if not name or len(name) > _NAME or name != name.strip() or not name.isprintable():
            raise _wrong("name", f"账号名“{name[:_NAME]}”无效", f"请填写不超过{_NAME}字的名称")
        checked = check_roles(roles, unit, city, has_password=password is not None)
        row = {
            "name": name,
            "full_name": full_name,
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
            added = await db.execute(
                self._store.insert(account).values(row).on_conflict_do_nothing()
            )
            if not added.rowcount:
                raise Refusal("duplicate_key", "name", f"账号{name}已存在", "请使用其他名称")
            await note(db, name, "add", by=by, at=at, data={"roles": list(checked), "unit": unit})
            return account_of(await must_row(db, name))

    async def set_roles(
        self, name: str, roles: Collection[str], unit: str | None, city: CityData, *, by: str,
        at: datetime,
    ) -> Account:  # fmt: skip
        """Gives other roles; they hold from the next request on."""
        async with self._store.write() as db:
            known = await must_row(db, name)
            checked = check_roles(
                roles, unit, city, has_password=known["password_hash"] is not None
            )
            await _change(db, name, roles=list(checked), unit=unit)
            await note(db, name, "roles", by=by, at=at, data={"roles": list(checked), "unit": unit})
            return account_of(await must_row(db, name))

    async def set_password(
        self, name: str, password: str, *, by: str, at: datetime, must_change: bool
    ) -> None:
        """Sets a password, ends a lock-out."""
        checked = await passwords.hashed(check_password(password))
        async with self._store.write() as db:
            known = await must_row(db, name)
            if "system" in known["roles"]:
                raise _wrong("name", f"{name}是接口账号，没有密码", "请为它生成令牌")
            values = {"password_hash": checked, "must_change": must_change}
            await _change(db, name, **values, failures=0, locked_until=None)
            await end_sessions(db, name)
            await note(db, name, "password", by=by, at=at)

    async def disable(self, name: str, *, by: str, at: datetime) -> None:
        """No session and no token of it holds any longer. It stays, for its name is in events."""
        async with self._store.write() as db:
            await must_row(db, name)
            await _change(db, name, disabled_at=to_utc(at))
            await end_sessions(db, name)
            await note(db, name, "disable", by=by, at=at)

    async def enable(self, name: str, *, by: str, at: datetime) -> None:
        """Takes `disable` and a lock-out back."""
        async with self._store.write() as db:
            await must_row(db, name)
            await _change(db, name, disabled_at=None, failures=0, locked_until=None)
            await note(db, name, "enable", by=by, at=at)

    async def journal(self, name: str) -> JsonObjects:
        """What happened to an account and who signed in from where, the oldest first."""
        query = sa.select(account_event).where(account_event.c.name == name)
        async with self._store.read() as db:
            rows = await db.execute(query.order_by(account_event.c.seq))
            return [dict(row) for row in rows.mappings()]

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

    async def verify(self, name: str) -> bool:
        """Whether the journal's hash chain is whole."""
        head = GENESIS
        for event in await self.journal(name):
            head = chain_hash(head, _entry(event))
            if head != event["hash"]:
                return False
        async with self._store.read() as db:
            row = await row_of(db, name)
        if row is None:
            raise _no_account(name)
        return bool(row["chain_head"] == head)


def check_roles(
    roles: Iterable[str], unit: str | None, city: CityData, *, has_password: bool
) -> tuple[Role, ...]:
    """Roles in the order of domain.md §2.2. Raises Refusal."""
    wanted = set(roles)
    if not wanted or not wanted <= set(ROLES):
        wrong = "、".join(sorted(wanted - set(ROLES))) or "空"
        raise _wrong("roles", f"没有角色{wrong}", f"角色有：{'、'.join(ROLES)}")
    if "system" in wanted and (has_password or len(wanted) > 1):
        raise _wrong("roles", "system只用于接口账号", "接口账号只能有角色system，且没有密码")
    if bool(wanted & UNIT_ROLES) != (unit is not None):
        raise _wrong("unit", "承办单位的账号须写明单位，其他账号没有单位", "请填写或去掉单位代码")
    if unit is not None and unit not in city.units:
        raise Refusal("unknown_unit", "unit", f"没有单位{unit}", "请核对单位代码")
    if wanted & UNIT_ROLES and wanted - UNIT_ROLES:
        raise _wrong("roles", "承办单位的账号不能同时有热线的角色", "请分别建立账号")
    if "admin" in wanted and len(wanted) > 1:
        raise _wrong("roles", "系统管理员不看工单内容，不能兼有其他角色", "请分别建立账号")
    return tuple(role for role in ROLES if role in wanted)


def check_password(password: str) -> str:
    """The password; raises Refusal where it is too short or too long."""
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        limits = f"{passwords.SHORTEST}至{passwords.LONGEST}"
        raise _wrong("new_password", "密码长度不合要求", f"请使用{limits}个字符")
    return password


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
    )


async def row_of(db: AsyncConnection, name: str, *, locked: bool = False) -> sa.RowMapping | None:
    """The account's row."""
    query = sa.select(account).where(account.c.name == name)
    return (await db.execute(query.with_for_update() if locked else query)).mappings().first()


async def must_row(db: AsyncConnection, name: str) -> sa.RowMapping:
    """The account's row, locked; raises Refusal `invalid_value`."""
    row = await row_of(db, name, locked=True)
    if row is None:
        raise _no_account(name)
    return row


async def end_sessions(db: AsyncConnection, name: str) -> None:
    """Whoever is signed in under that name has to sign in again."""
    await db.execute(sa.delete(console_session).where(console_session.c.name == name))


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
    await _change(db, name, chain_seq=event["seq"], chain_head=digest)


async def _change(db: AsyncConnection, name: str, **values: Any) -> None:
    await db.execute(sa.update(account).where(account.c.name == name).values(**values))


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


def _no_account(name: str) -> Refusal:
    return _wrong("name", f"没有账号{name[:_NAME]}", "请核对账号名（hotline users list）")


def _wrong(field: str, message: str, fix: str) -> Refusal:
    return Refusal("invalid_value", field, message, fix)
