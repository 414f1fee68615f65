"""The retention of drafts (保存期限): what nobody touched for long is forgotten, and logged."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from console.drafts import Drafts

log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)


@asynccontextmanager
async def forgetting(drafts: Drafts, days: int) -> AsyncIterator[None]:
    """Looks for old drafts at once and then every hour, until exit."""
    task = asyncio.create_task(_forget(drafts, days))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _forget(drafts: Drafts, days: int) -> None:
    while True:
        try:
            await drafts.forget_old(days, datetime.now(UTC))
        except Exception:
            log.exception("old drafts could not be removed; it is tried again in an hour")
        await asyncio.sleep(EVERY.total_seconds())
