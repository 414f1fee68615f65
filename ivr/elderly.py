"""Callers who press nothing and wait least (老年人, domain.md §4.1)."""

import asyncio
import logging
from collections.abc import Iterable

from ivr.line import Line

PATIENCE = 0.5
"""Seconds that a greeting waits for the store; it goes on without the flags."""

log = logging.getLogger(__name__)


async def elderly_among(line: Line, numbers: Iterable[str | None]) -> set[str]:
    """Those of the callers' numbers that the configuration lists, or whose person has the flag."""
    known = {number for number in numbers if number is not None}
    listed = known.intersection(line.city.settings.elderly)
    if known == listed:
        return listed
    try:
        async with asyncio.timeout(PATIENCE):
            return listed | await line.flags.flagged(known - listed, "elderly", at=line.now())
    except Exception:  # whatever the store has, the caller is greeted
        log.exception("elderly callers not looked up")
        return listed
