"""The heartbeat that tells the dialplan whether the controller serves (design §3 'The fall-back').

HB is renewed only if an event that the controller sent to itself came back over the websocket:
a controller that runs but hears nothing must not be given calls.
"""

import asyncio
import logging
import time

from ivr.ari.client import Ari
from ivr.ari.errors import AriError

log = logging.getLogger(__name__)

EVENT = "hotline_heartbeat"
BEAT_SECONDS = 1.0
FIRST_SECONDS = 0.1
"""Until the first one: calls wait for it."""
FRESH_SECONDS = 2.0


class Heartbeat:
    """`heard` is told when the event came back."""

    def __init__(self, ari: Ari) -> None:
        self._ari = ari
        self._heard_at = -FRESH_SECONDS
        self.beating = asyncio.Event()
        """Set while the dialplan has seen a heartbeat over this connection."""

    def heard(self) -> None:
        self._heard_at = time.monotonic()

    def lost(self) -> None:
        """The connection is gone; an Asterisk that starts anew has no heartbeat."""
        self._heard_at = -FRESH_SECONDS
        self.beating.clear()

    @property
    def fresh(self) -> bool:
        return time.monotonic() - self._heard_at < FRESH_SECONDS

    async def run(self) -> None:
        while True:
            try:
                await self._ari.user_event(EVENT)
                if self.fresh:
                    await self._ari.set_global("HB", str(int(time.time())))
                    self.beating.set()
            except AriError as error:
                log.debug("no heartbeat: %s", error)
            await asyncio.sleep(BEAT_SECONDS if self.beating.is_set() else FIRST_SECONDS)

    async def stop(self) -> None:
        """From now on the dialplan serves new calls alone."""
        try:
            await self._ari.set_global("HB", "0")
        except AriError as error:
            log.warning("heartbeat not withdrawn: %s", error)
