"""What is noted about persons for some time: elderly callers (domain.md §4.1), abuse (§3.2)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from store.engine import Store
from store.tables_persons import person_flag, person_phone
from store.types import JsonObject, local_iso, to_utc
from ticketing import person_rows
from ticketing.person import (
    SOURCES,
    Flag,
    Person,
    Reason,
    allowed,
    checked,
    identity_of,
    names_nobody,
)
from ticketing.refusal import Refusal

LONGEST_ABUSE = timedelta(days=366)
"""Nobody is marked for good."""


class PersonFlags:
    """The flags of all persons. A method that writes returns after the commit."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def flagged(self, numbers: Collection[str], flag: Flag, *, at: datetime) -> set[str]:
        """Those of the numbers that a person has whose flag is in force."""
        hashes = {self._store.vault.number_hash(number): number for number in numbers if number}
        query = (
            sa.select(person_phone.c.number_hash)
            .join(person_flag, person_flag.c.person_id == person_phone.c.person_id)
            .where(
                person_phone.c.number_hash.in_(sorted(filter(None, hashes))),
                person_flag.c.flag == flag,
                person_flag.c.expires_at.is_(None) | (person_flag.c.expires_at > to_utc(at)),
            )
        )
        async with self._store.read() as db:
            return {hashes[hashed] for hashed in (await db.execute(query)).scalars()}

    async def set(
        self,
        person_id: str,
        flag: str,
        source: str,
        reason: str,
        *,
        expires_at: datetime | None,
        actor: str,
        role: str,
        at: datetime,
    ) -> Person:
        """Notes something about a person; replaces what was noted before. Raises Refusal."""
        known = _flag(flag)
        allowed(known, role)
        why = checked(Reason, reason=reason).reason
        _check(known, source, expires_at, at)
        values: dict[str, Any] = {
            "source": source,
            "since": to_utc(at),
            "expires_at": to_utc(expires_at) if expires_at is not None else None,
            "set_by": actor,
        }
        async with self._store.write() as db:
            await person_rows.locked(db, person_id)
            names_nobody(why, identity_of(await person_rows.one(db, person_id, at)))
            made = self._store.insert(person_flag)
            made = made.values(person_id=person_id, flag=known, **values)
            key = ["person_id", "flag"]
            await db.execute(made.on_conflict_do_update(index_elements=key, set_=values))
            data: JsonObject = {"flag": known, "source": source, "reason": why}
            data["expires_at"] = local_iso(expires_at)
            await person_rows.record(
                db, person_id, "flag", actor=actor, role=role, at=at, data=data
            )
            return await person_rows.one(db, person_id, at)

    async def end(
        self, person_id: str, flag: str, reason: str, *, actor: str, role: str, at: datetime
    ) -> Person:
        """The flag holds no longer; idempotent. Raises Refusal."""
        known = _flag(flag)
        allowed(known, role)
        why = checked(Reason, reason=reason).reason
        data = {"flag": known, "reason": why}
        async with self._store.write() as db:
            await person_rows.locked(db, person_id)
            names_nobody(why, identity_of(await person_rows.one(db, person_id, at)))
            this = (person_flag.c.person_id == person_id) & (person_flag.c.flag == known)
            if (await db.execute(sa.delete(person_flag).where(this))).rowcount:
                await person_rows.record(
                    db, person_id, "end_flag", actor=actor, role=role, at=at, data=data
                )
            return await person_rows.one(db, person_id, at)


def _flag(flag: str) -> Flag:
    if flag not in SOURCES:
        raise _wrong("flag", f"没有标记{flag[:40]}", f"标记有：{'、'.join(SOURCES)}")
    return flag


def _check(flag: Flag, source: str, expires_at: datetime | None, at: datetime) -> None:
    if source not in SOURCES[flag]:
        sources = "、".join(SOURCES[flag])
        raise _wrong("source", f"标记{flag}不能来自{source[:40]}", f"来源有：{sources}")
    if expires_at is not None and expires_at <= at:
        raise _wrong("expires_at", "到期时间已过", "请填写将来的时间")
    if flag == "abuse" and (expires_at is None or expires_at > at + LONGEST_ABUSE):
        fix = f"请填写不超过{LONGEST_ABUSE.days}天的到期时间"
        raise _wrong("expires_at", "骚扰标记须有到期时间", fix)


def _wrong(field: str, message: str, fix: str) -> Refusal:
    return Refusal("invalid_value", field, message, fix)
