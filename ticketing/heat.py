"""Matters that many people call about at once (热点): what an agent is told while filing one more.

The detector of events, which links tickets, has rules of its own; this only counts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables import ticket

DAY = timedelta(days=1)
BEFORE = timedelta(weeks=4)
MANY = 10
"""So many within a day are hot anywhere (art. 12, threshold of the platform)."""
SOME = 5
TIMES_USUAL = 3
"""Fewer are, if they are so many times what is usual there."""


@dataclass(frozen=True, slots=True)
class Heat:
    """Tickets of one category in one region."""

    last_day: int
    """Filed within 24 hours."""
    usual: float
    """On a day of the four weeks before."""

    @property
    def is_hot(self) -> bool:
        """Whether so many at once are a hot matter (art. 12)."""
        unusual = self.last_day >= SOME and self.last_day >= TIMES_USUAL * self.usual
        return self.last_day >= MANY or unusual


async def heat(db: AsyncConnection, category_l2: str, region_code: str, now: datetime) -> Heat:
    """How many were filed of late."""
    since = now - DAY
    is_new = ticket.c.created_at >= since
    query = sa.select(
        sa.func.count().filter(is_new),
        sa.func.count().filter(sa.not_(is_new)),
    ).where(
        ticket.c.category_l2 == category_l2,
        ticket.c.region_code == region_code,
        ticket.c.created_at >= since - BEFORE,
        ticket.c.created_at <= now,
    )
    last_day, before = (await db.execute(query)).one()
    return Heat(last_day, before / BEFORE.days)
