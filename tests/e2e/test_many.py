"""Twenty callers at once, three agents."""

import asyncio

from tests.e2e.line import wait_for
from tests.e2e.phones import Phones
from tests.e2e.records import Records, Row

CALLS = 20


async def test_twenty_calls_at_once(phones: Phones, records: Records) -> None:
    citizens = [await phones.citizen(f"1380000000{n}") for n in (1, 2, 3)]
    before = {row["call_id"] for row in await records.calls.list(limit=100)}
    calls = await asyncio.gather(*(citizens[n % 3].call("12345") for n in range(CALLS)))
    await asyncio.gather(*(call.answered() for call in calls))
    await asyncio.gather(*(call.hears("welcome_short", within=12) for call in calls))
    await asyncio.gather(*(call.press("3") for call in calls))
    await asyncio.gather(*(call.hears("query_code_ask", within=25) for call in calls))
    await asyncio.gather(*(call.hang_up() for call in calls))
    await phones.line.idle()

    async def closed() -> list[Row] | None:
        rows = [r for r in await records.calls.list(limit=100) if r["call_id"] not in before]
        return [dict(r) for r in rows] if all(r["ended_at"] for r in rows) else None

    rows = await wait_for(closed, within=10, what="closed records")
    assert len(rows) == CALLS
    assert {r["ended_by"] for r in rows} == {"caller"}
