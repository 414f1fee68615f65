"""The versions of the policy (政策版本, R-1-1) in the store.

A version is kept whole, with the values that the program brought as its own defaults then: a new
release of the program changes no rule of a ticket that was accepted before.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import insert
from store.tables import policy_version, ticket
from store.types import local_iso
from ticketing import signature
from ticketing.policy import SWITCHES, Policies, Policy, revised
from ticketing.workflow.terms import refuse

ID = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,39}$"
"""What a version may be called."""
FARTHEST = timedelta(days=2 * 365)
"""So far ahead a version may be decided: until it is in force no earlier change can be."""


async def read(db: AsyncConnection) -> Policies:
    """All versions; of a store that has none yet, the Measures' own (`Policy()`)."""
    versions = await _stored(db)
    return Policies(versions) if versions else Policies()


async def seeded(db: AsyncConnection, at: datetime) -> Policies:
    """All versions; the first one is put into the store where it is not there yet."""
    versions = await _stored(db)
    if versions:
        return Policies(versions)
    known = Policies()
    await keep(db, known.versions[0], by="system", at=at)
    return known


_RULES = (
    sa.select(policy_version.c.rules)
    .where(policy_version.c.withdrawn_at.is_(None))
    .order_by(
        policy_version.c.effective_from, policy_version.c.added_at, policy_version.c.policy_id
    )
)


async def _stored(db: AsyncConnection) -> list[Policy]:
    return [Policy.model_validate(rules) for rules in (await db.execute(_RULES)).scalars()]


async def add(
    db: AsyncConnection,
    switches: Mapping[str, Any],
    *,
    policy_id: str,
    effective_from: datetime,
    by: str,
    at: datetime,
    reason: str | None = None,
) -> Policies:
    """Adds a version that differs from the newest one in `switches` (keys of domain.md §1.8).

    `reason`: why, and on what ground; it is the version's `source` (依据).

    Raises Refusal: `duplicate_key` for an id that is taken, `invalid_value` for an unknown switch
    or value, a wrong id, an overlong name or reason, and for a version that would be in force
    before it was decided or years later.
    """
    signature.check(by, reason)
    if re.fullmatch(ID, policy_id) is None:
        fix = "请用1至40个字母、数字、点、横线或下划线，不以点开头"
        raise refuse("invalid_value", "policy_id", "版本号不能这样写", fix)
    known = await seeded(db, at)
    if policy_id in await signed(db):  # one that was withdrawn keeps its id
        raise refuse("duplicate_key", "policy_id", f"规则版本{policy_id}已存在", "请使用新的版本号")
    if effective_from < at:
        raise refuse(
            "invalid_value",
            "effective_from",
            "规则版本不能追溯生效",
            f"请填写{local_iso(at)}或之后的时间",
        )
    if effective_from > at + FARTHEST:
        raise refuse(
            "invalid_value",
            "effective_from",
            f"生效时间晚于{FARTHEST.days // 365}年以后",
            f"请核对年份，填写{local_iso(at + FARTHEST)}之前的时间",
        )
    last = known.versions[-1]
    if effective_from < last.effective_from:  # it would take the change back when it comes
        raise refuse(
            "invalid_value",
            "effective_from",
            f"已有将来生效的规则版本{last.policy_id}",
            f"请填写{local_iso(last.effective_from)}或之后的时间，或先撤回{last.policy_id}",
        )
    new = changed(known, switches, policy_id=policy_id, effective_from=effective_from)
    if reason is not None:
        new = new.model_copy(update={"source": reason})
    await keep(db, new, by=by, at=at)
    # Tickets that are not accepted yet follow the version in force: their timers move with it.
    moved = sa.update(ticket).where(
        ticket.c.policy_id.is_(None), ticket.c.next_timer_at > effective_from
    )
    await db.execute(moved.values(next_timer_at=effective_from))
    return known.with_version(new)


async def withdraw(
    db: AsyncConnection, policy_id: str, *, by: str, at: datetime, reason: str
) -> None:
    """Takes a version back (撤回) that is not in force yet; it stays for the record.

    Raises Refusal: `invalid_value` for one that is not there or an overlong reason, `wrong_state`
    for one that is or was in force, or on which a later one is built.
    """
    signature.check(by, reason)
    known = (await read(db)).versions
    one = next((one for one in known if one.policy_id == policy_id), None)
    if one is None:
        raise refuse(
            "invalid_value", "policy_id", f"没有规则版本{policy_id}", "请核对版本号，或刷新后再试"
        )
    if one.effective_from <= at:
        raise refuse("wrong_state", "policy_id", "规则版本已生效", "请发布新的版本，把参数改回")
    if one is not known[-1]:
        raise refuse(
            "wrong_state",
            "policy_id",
            f"规则版本{known[-1].policy_id}是在它的基础上修改的",
            f"请先撤回{known[-1].policy_id}",
        )
    taken_back = sa.update(policy_version).where(policy_version.c.policy_id == policy_id)
    await db.execute(taken_back.values(withdrawn_at=at, withdrawn_by=by, withdrawn_reason=reason))


@dataclass(frozen=True, slots=True)
class Signature:
    """Who did something to a version, when and why; the reason of a version is its `source`."""

    by: str
    at: datetime
    reason: str | None = None


async def signed(db: AsyncConnection) -> dict[str, Signature]:
    """Who put each version into the store, and when; those that were withdrawn included."""
    found = policy_version.c
    query = sa.select(found.policy_id, found.added_by, found.added_at)
    return {name: Signature(by, at) for name, by, at in await db.execute(query)}


async def withdrawn(db: AsyncConnection) -> list[tuple[Policy, Signature]]:
    """Versions that were never in force, the last withdrawn first."""
    found = policy_version.c
    query = sa.select(found.rules, found.withdrawn_by, found.withdrawn_at, found.withdrawn_reason)
    query = query.where(found.withdrawn_at.is_not(None)).order_by(
        found.withdrawn_at.desc(), found.effective_from
    )
    return [
        (Policy.model_validate(rules), Signature(by, at, reason))
        for rules, by, at, reason in await db.execute(query)
    ]


def changed(
    known: Policies, switches: Mapping[str, Any], *, policy_id: str, effective_from: datetime
) -> Policy:
    """The newest version with other `switches`; raises Refusal `invalid_value`."""
    for key in switches:
        if key not in SWITCHES:
            raise refuse("invalid_value", key, f"没有规则参数{key}", "请核对参数名称")
    base = known.versions[-1]
    return revised(base, switches, policy_id=policy_id, effective_from=effective_from)


async def keep(db: AsyncConnection, new: Policy, *, by: str, at: datetime) -> None:
    """Puts a version into the store as it is, unless one with its id is there."""
    row = {
        "policy_id": new.policy_id,
        "effective_from": new.effective_from,
        "rules": new.model_dump(mode="json", by_alias=True),
        "added_at": at,
        "added_by": by,
    }
    await db.execute(insert(db.dialect.name, policy_version).values(row).on_conflict_do_nothing())
