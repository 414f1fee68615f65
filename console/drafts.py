"""Drafts (草稿): what somebody typed and has not sent yet, safe from reloads and conflicts.

A draft belongs to an account, so that it is there on whatever machine its owner signs in. Who
saves says which version he saw: two pages of one person never overwrite each other silently. The
texts may speak of citizens: each draft is encrypted under a key of its own.
"""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from console.account_rows import Account
from console.errors import ApiError
from store.engine import Store
from store.tables import call_leg
from store.tables_console import account
from store.tables_drafts import draft
from store.types import JsonObject, local_iso, to_utc

log = logging.getLogger(__name__)

MOST = 2000
"""So many drafts one account may keep."""
DESK = "desk:"
"""Keys of what agents type during a call: `desk:<call_id>`."""
_TICKET = "ticket:"
"""Keys of what is typed for a ticket: `ticket:<ticket_no>:<what>`."""
_FIRST_VERSIONS = 10**8


@dataclass(frozen=True)
class Draft:
    """One text box, or a form of several."""

    key: str
    version: int
    """0 where there is none."""
    saved_at: datetime | None
    fields: JsonObject

    def to_json(self) -> JsonObject:
        """Times as the contract writes them."""
        told = {"key": self.key, "version": self.version, "fields": self.fields}
        return {**told, "saved_at": local_iso(self.saved_at)}


class Drafts:
    """All drafts of a store. Methods that write return after the commit."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def heads(self, name: str, prefix: str, limit: int) -> list[JsonObject]:
        """Keys, versions and times of somebody's drafts, newest first."""
        columns = (draft.c.key, draft.c.version, draft.c.saved_at)
        query = sa.select(*columns).where(draft.c.name == name)
        query = query.where(draft.c.key.startswith(prefix, autoescape=True))
        query = query.order_by(draft.c.saved_at.desc(), draft.c.key).limit(limit)
        async with self._store.read() as db:
            found = (await db.execute(query)).all()
        return [
            {"key": row.key, "version": row.version, "saved_at": local_iso(row.saved_at)}
            for row in found
        ]

    async def get(self, name: str, key: str) -> Draft:
        """Somebody's draft; an empty one where he has none."""
        async with self._store.read() as db:
            return await self._one(db, name, key) or _none(key)

    async def save(
        self, name: str, key: str, fields: JsonObject, *, seen: int, at: datetime
    ) -> Draft:
        """Keeps the fields as the draft's next version; `seen` is 0 where there was none.

        Raises ApiError 409 `stale_version` with the draft that is kept, where it is another.
        """
        async with self._store.write() as db:
            if seen == 0:
                return await self._add(db, name, key, fields, at)
            values = self._sealed(name, key, fields, at) | {"version": seen + 1}
            this = _this(name, key) & (draft.c.version == seen)
            done = await db.execute(sa.update(draft).where(this).values(values))
            if not done.rowcount:
                raise _stale(await self._one(db, name, key) or _none(key))
            return Draft(key, seen + 1, at, fields)

    async def remove(self, name: str, key: str, *, seen: int) -> None:
        """After the text was used. Raises ApiError 404, or 409 as `save` does."""
        async with self._store.write() as db:
            this = _this(name, key) & (draft.c.version == seen)
            if (await db.execute(sa.delete(draft).where(this))).rowcount:
                return
            found = await self._one(db, name, key)
            raise _unknown() if found is None else _stale(found)

    async def take(
        self, who: Account, key: str, at: datetime, may_come_back: frozenset[str] = frozenset()
    ) -> Draft:
        """Gives the draft of a call to the agent to whom the call was transferred (草稿接手).

        An empty one where nobody left one. `may_come_back`: agents whose pages are being loaded
        anew, say. Raises ApiError: 403 where he is not in the call, 409 while its writer is still
        in the call or may come back, and where he has begun one himself: then with the other's
        text, which stays.
        """
        call_id = key.removeprefix(DESK)
        async with self._store.write() as db:
            present = await _present(db, call_id)
            if who.agent_no is None or who.agent_no not in present:
                message = "您不在此通话中，不能接手草稿"
                raise ApiError(403, "not_allowed", "key", message, "请由正在通话的话务员接手")
            left, is_shared = await self._left(db, who, key, present | may_come_back)
            if left is None:
                if is_shared:
                    message = "草稿的填写人仍在通话中"
                    raise ApiError(409, "wrong_state", "key", message, "请等他退出通话后再接手")
                return _none(key)
            theirs = await self._one(db, left, key)
            assert theirs is not None
            if await self._one(db, who.name, key) is not None:
                message = "您已开始填写此通话的草稿"
                fix = "前一位话务员的内容在 draft 中，请合并到您的草稿"
                beside = {"draft": theirs.to_json()}
                raise ApiError(409, "wrong_state", "key", message, fix, beside=beside)
            await db.execute(sa.delete(draft).where(_this(left, key)))
            log.info("the draft of call %s went from %s to %s", call_id, left, who.name)
            return await self._add(db, who.name, key, theirs.fields, at)

    async def forget_old(self, days: int, at: datetime) -> int:
        """Removes drafts that nobody touched for so many days; how many."""
        old = draft.c.saved_at < to_utc(at) - timedelta(days=days)
        async with self._store.write() as db:
            found = await db.execute(sa.delete(draft).where(old).returning(draft.c.name))
            names = sorted(found.scalars())
        if names:
            owners = ", ".join(sorted(set(names)))
            log.info("%d drafts untouched for %d days removed, of %s", len(names), days, owners)
        return len(names)

    # Inside a transaction

    async def _one(self, db: AsyncConnection, name: str, key: str) -> Draft | None:
        row = (await db.execute(sa.select(draft).where(_this(name, key)))).first()
        if row is None:
            return None
        cipher = self._store.vault.cipher(_owner(name, key), row.data_key)
        return Draft(key, row.version, row.saved_at, cipher.open("fields", row.fields))

    async def _add(
        self, db: AsyncConnection, name: str, key: str, fields: JsonObject, at: datetime
    ) -> Draft:
        kept = sa.select(sa.func.count()).where(draft.c.name == name)
        if (await db.scalar(kept) or 0) >= MOST:
            message, fix = f"您的草稿已达{MOST}份", "请删除不再需要的草稿"
            raise ApiError(409, "too_many", "key", message, fix)
        # Begun anywhere: a version of a draft that was used is none of the next one's.
        version = 1 + secrets.randbelow(_FIRST_VERSIONS)
        values = self._sealed(name, key, fields, at) | {"name": name, "key": key}
        values |= {"version": version, **_about(key)}
        made = self._store.insert(draft).values(values).on_conflict_do_nothing()
        if not (await db.execute(made)).rowcount:
            raise _stale(await self._one(db, name, key) or _none(key))
        return Draft(key, version, at, fields)

    def _sealed(self, name: str, key: str, fields: JsonObject, at: datetime) -> dict[str, Any]:
        vault, owner = self._store.vault, _owner(name, key)
        data_key = vault.new_key(owner)
        sealed = vault.cipher(owner, data_key).seal("fields", fields)
        return {"saved_at": to_utc(at), "data_key": data_key, "fields": sealed}

    async def _left(
        self, db: AsyncConnection, who: Account, key: str, present: frozenset[str]
    ) -> tuple[str | None, bool]:
        """Whose draft of the call may be taken; whether there is one that may not yet."""
        query = sa.select(draft.c.name, account.c.agent_no).join(account)
        query = query.where(draft.c.key == key, draft.c.name != who.name)
        query = query.order_by(draft.c.saved_at.desc()).with_for_update(of=draft)
        others = (await db.execute(query)).all()
        left = (row.name for row in others if row.agent_no not in present)
        return next(left, None), bool(others)


async def _present(db: AsyncConnection, call_id: str) -> frozenset[str]:
    """Numbers of the agents who are in a call now."""
    legs = sa.select(call_leg.c.number).where(
        call_leg.c.call_id == call_id,
        call_leg.c.role.in_(("agent", "supervisor")),
        call_leg.c.answered_at.is_not(None),
        call_leg.c.ended_at.is_(None),
    )
    return frozenset(number for number in await db.scalars(legs) if number is not None)


def _this(name: str, key: str) -> sa.ColumnElement[bool]:
    return (draft.c.name == name) & (draft.c.key == key)


def _about(key: str) -> dict[str, str]:
    """The call or ticket of whose citizen a draft may speak."""
    if key.startswith(DESK):
        return {"call_id": key.removeprefix(DESK)}
    if key.startswith(_TICKET):
        return {"ticket_no": key.removeprefix(_TICKET).partition(":")[0][:40]}
    return {}


def _owner(name: str, key: str) -> str:
    return f"draft {name} {key}"


def _none(key: str) -> Draft:
    return Draft(key, 0, None, {})


def _unknown() -> ApiError:
    return ApiError(404, "unknown_draft", "key", "没有此草稿", "请核对草稿的名称")


def _stale(kept: Draft) -> ApiError:
    message = "草稿已在另一页面修改" if kept.version else "草稿已被使用或删除"
    fix = "请合并 draft 中的内容后，按其版本再保存"
    beside = {"draft": kept.to_json()}
    return ApiError(409, "stale_version", "If-Match", message, fix, beside=beside)
