"""Answers that are given again (contract §6): a POST with an Idempotency-Key is done once.

The key's row is written in the transaction of the work: either both are there or none. Whoever
comes with the same key meanwhile waits for that transaction.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from console.errors import ApiError, of_refusal
from store.engine import Store
from store.tables_console import given_answer
from store.types import to_utc
from ticketing.refusal import Refusal

KEPT = timedelta(hours=24)
"""How long an answer is given again."""
_SWEPT = 50
"""So many old answers are forgotten with each new one."""


@dataclass(frozen=True)
class Answer:
    """What is sent: written once, the same bytes ever after."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)


async def once(
    store: Store,
    name: str,
    key: str,
    request: bytes,
    at: datetime,
    work: Callable[[], Awaitable[Answer]],
) -> Answer:
    """The answer of `work`, or the first one under the user's key. Raises ApiError.

    A refusal is the first answer too; what failed otherwise (500) may be tried again.
    """
    mark = hashlib.sha256(request).hexdigest()
    try:
        async with store.as_one() as db:
            known = await _begin(db, store, name, key, mark, at)
            if known is None:
                known = await work()
                await _keep(db, store, name, key, known)
            return known
    except (ApiError, Refusal) as error:  # the work is undone, its key too
        refused = error if isinstance(error, ApiError) else of_refusal(error)
        if refused.code == "duplicate_key" and refused.field == "Idempotency-Key":
            raise refused from None
    async with store.write() as db:
        known = await _begin(db, store, name, key, mark, at)
        if known is None:
            body = json.dumps(refused.to_json(), ensure_ascii=False)
            headers = {"Content-Type": "application/json", **refused.headers}
            known = Answer(refused.status, body, headers)
            await _keep(db, store, name, key, known)
        return known


async def _begin(
    db: AsyncConnection, store: Store, name: str, key: str, mark: str, at: datetime
) -> Answer | None:
    """None where the work is to be done; another transaction with the key is waited for."""
    this = (given_answer.c.name == name) & (given_answer.c.key == key)
    expired = given_answer.c.at < to_utc(at) - KEPT
    begun = {"request": mark, "at": to_utc(at)}
    made = store.insert(given_answer).values(name=name, key=key, **begun)
    again = begun | dict.fromkeys(("status", "headers", "data_key", "body"), sa.null())
    keys = ["name", "key"]
    added = await db.execute(
        made.on_conflict_do_update(index_elements=keys, set_=again, where=expired)
    )
    if added.rowcount:
        old = sa.select(given_answer.c.name, given_answer.c.key)
        old = old.where(expired).limit(_SWEPT)
        columns = sa.tuple_(given_answer.c.name, given_answer.c.key)
        await db.execute(sa.delete(given_answer).where(columns.in_(old)))
        return None
    known = (await db.execute(sa.select(given_answer).where(this))).one()
    if known.request != mark:
        raise ApiError(
            409, "duplicate_key", "Idempotency-Key", "此Idempotency-Key已用于其他内容",
            "新的请求请使用新的Idempotency-Key",
        )  # fmt: skip
    if known.data_key is None:
        raise ApiError(
            409, "duplicate_key", "Idempotency-Key", "此请求已经办理，答复已随个人信息删除",
            "请查询工单，不要重复提交",
        )  # fmt: skip
    body = store.vault.cipher(_owner(name, key), known.data_key).open("body", known.body)
    return Answer(known.status, body, dict(known.headers))


async def _keep(db: AsyncConnection, store: Store, name: str, key: str, answer: Answer) -> None:
    """Answers hold citizens' data: they are encrypted."""
    data_key = store.vault.new_key(_owner(name, key))
    body = store.vault.cipher(_owner(name, key), data_key).seal("body", answer.body)
    this = (given_answer.c.name == name) & (given_answer.c.key == key)
    values = {"status": answer.status, "headers": answer.headers, "data_key": data_key}
    await db.execute(sa.update(given_answer).where(this).values(**values, body=body))


def _owner(name: str, key: str) -> str:
    return f"answer {name} {key}"
