"""Dialling a party: an agent, a unit, an emergency desk, a citizen."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal

from ivr.ari.errors import AriError
from ivr.telephony.leg import Leg
from ivr.telephony.switch import Switch

log = logging.getLogger(__name__)

DialResult = Literal["busy", "no_answer", "rejected", "unreachable"]

BUSY, NO_ANSWER, REJECTED = {17}, {18, 19}, {21}
"""Q.850 causes: user busy; no user responding, no answer; call rejected."""

LONGEST_CALL = 120
"""Seconds after which Asterisk itself gives up, should this controller die meanwhile."""


@dataclass(frozen=True, slots=True)
class Answered:
    leg: Leg
    at: datetime


@dataclass(frozen=True, slots=True)
class NotAnswered:
    result: DialResult
    cause: int


async def dial(
    switch: Switch,
    endpoint: str,
    *,
    leg: Leg,
    caller_id: str,
    ring_seconds: float,
    progress_seconds: float | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Answered | NotAnswered:
    """Ring `endpoint` and wait for the answer; `leg` is known to the switch from now on.

    `ring_seconds` count from the first 180/183; without one the attempt ends after
    `progress_seconds` (default: the same). Cancelling stops the ringing. `headers` of SIP go with
    the call.
    """
    answered, ringing = switch.expect_answer(leg.id)
    switch.register(leg)
    try:
        await switch.ari.originate(
            endpoint,
            leg.id,
            args="leg",
            caller_id=f'"{caller_id}" <{caller_id}>',
            timeout=LONGEST_CALL,
            variables={f"PJSIP_HEADER(add,{name})": value for name, value in headers.items()},
        )
        rings = asyncio.ensure_future(ringing.wait())
        try:
            patience = progress_seconds or ring_seconds
            if not await _any(rings, answered, leg.hung_up, within=patience):
                return await _give_up(leg, "unreachable" if progress_seconds else "no_answer")
        finally:
            rings.cancel()
        if not await _any(answered, leg.hung_up, within=ring_seconds):
            return await _give_up(leg, "no_answer")
        if answered.done():
            return Answered(leg, datetime.now(UTC))
        return NotAnswered(_result(leg.hung_up.result().cause), leg.hung_up.result().cause)
    except AriError as error:
        # No contact is registered, or the trunk has no such route.
        log.info("%s not dialled: %s", endpoint, error)
        switch.lose(leg.id, at=datetime.now(UTC))
        return NotAnswered("unreachable", 20)
    except asyncio.CancelledError:
        await asyncio.shield(_give_up(leg, "no_answer"))
        raise
    finally:
        switch.forget_answer(leg.id)


async def _any(*waits: asyncio.Future[Any], within: float) -> bool:
    """True when one of them is done within the time."""
    done, _ = await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    return bool(done)


async def _give_up(leg: Leg, result: DialResult) -> NotAnswered:
    with suppress(AriError):
        await leg.hang_up("no_answer")
    return NotAnswered(result, 19)


def _result(cause: int) -> DialResult:
    if cause in BUSY:
        return "busy"
    if cause in REJECTED:
        return "rejected"
    if cause in NO_ANSWER:
        return "no_answer"
    return "unreachable"
