"""Snapshots of a list of tasks: which rows were there when its first page was read.

Rows are told apart by when they came. Writers are not in step with readers: a row may be committed
a little after a reader looked and yet bear an earlier time. So the rows that came shortly before
the look are named one by one.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from console.errors import invalid
from console.ticket_data import TICKET_NO
from store.tables_tasks import ticket_task
from store.types import to_utc

PATTERN = r"^[0-9]{1,14}(\.[0-9]{1,18}){0,300}$"
"""Milliseconds since 1970, then numbers of tasks."""
STEP = timedelta(seconds=30)
"""Longer than any transaction takes."""
_MOST = 300


@dataclass(frozen=True)
class Snapshot:
    """What a list held at an instant."""

    before: datetime
    """All rows that came until then …"""
    named: tuple[int, ...]
    """… and these."""

    @classmethod
    def read(cls, text: str) -> "Snapshot":
        """What `written` gave. Raises ApiError."""
        first, *others = text.split(".")
        try:
            before = datetime.fromtimestamp(int(first) / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            raise invalid("snapshot", "列表快照无效", "请重新读取列表") from None
        return cls(before, tuple(map(int, others)))

    def written(self) -> str:
        """For the client, who gives it back."""
        ms = round(self.before.timestamp() * 1000)
        return ".".join([str(ms), *map(str, self.named)])

    def held(self) -> sa.ColumnElement[bool]:
        """The condition of its rows."""
        old = ticket_task.c.since <= self.before
        return old | ticket_task.c.task_id.in_(self.named) if self.named else old


async def taken(db: AsyncConnection, those: sa.ColumnElement[bool], now: datetime) -> Snapshot:
    """The snapshot of these tasks as the connection sees them."""
    before = to_utc(now) - STEP
    before = before.replace(microsecond=before.microsecond // 1000 * 1000)
    query = sa.select(ticket_task.c.task_id).where(those, ticket_task.c.since > before)
    newest = query.order_by(ticket_task.c.since.desc(), ticket_task.c.task_id.desc())
    return Snapshot(before, tuple((await db.scalars(newest.limit(_MOST))).all()))


def mark(row: sa.Row[Any]) -> str:
    """The place of a row in its list, for `follows`."""
    text = f"{to_utc(row.due_at).isoformat()} {row.ticket_no}"
    return urlsafe_b64encode(text.encode()).decode()


def follows(place: str) -> sa.ColumnElement[bool]:
    """The condition of rows after a place. Raises ApiError."""
    try:
        at, _, number = urlsafe_b64decode(place).decode().partition(" ")
        if re.fullmatch(TICKET_NO, number):
            row = sa.tuple_(ticket_task.c.due_at, ticket_task.c.ticket_no)
            last = (to_utc(datetime.fromisoformat(at)), number)
            return row > sa.tuple_(*map(sa.literal, last))
    except (ValueError, OverflowError):
        pass
    raise invalid("after", "翻页标记无效", "请使用上一页 next 的值")
