"""After every (re)connection: Asterisk is compared with what this controller knows and with the
journal, so that nothing that was missed is lost (design: Reconnect and adoption)."""

import logging
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from ivr.adoption import World, adopt, arguments, citizen, resume, talking_agents
from ivr.ari.client import Ari
from ivr.ari.events import Arrived
from ivr.arrivals import Arrivals
from ivr.calls import Calls
from ivr.elderly import elderly_among
from ivr.ids import caller_leg
from ivr.line import Line
from ivr.root import FALLBACK
from store.calls import Ended, OpenCall

log = logging.getLogger(__name__)


class Reconciler:
    """Takes back calls once, after the start; looks for what was missed at every connection."""

    def __init__(
        self,
        line: Line,
        ari: Ari,
        calls: Calls,
        arrivals: Arrivals,
        *,
        import_fallback: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        self._line = line
        self._ari = ari
        self._calls = calls
        self._arrivals = arrivals
        self._import = import_fallback
        self._asterisk_started: str | None = None
        self._vanished: list[OpenCall] = []
        """Calls of a former controller that are no more."""

    async def run(self) -> None:
        """One comparison. Raises AriError when Asterisk went away again; the next one follows."""
        await self._see_restart()
        switch = self._line.switch
        world = await self._look()
        switch.arrived_meanwhile(world.channels)
        await switch.ended_meanwhile()
        if not self._arrivals.taken:
            await self._adopt()
            self._arrivals.taken = True
            world = await self._look()  # some may have ended while they were being taken back
        self._take_missed(world)

    async def _look(self) -> World:
        """What there is now; legs known before and not there any more have ended."""
        known = self._line.switch.leg_ids
        world = await World.look(self._line)
        for leg_id in known - world.everything:
            self._line.switch.lose(leg_id, at=self._line.now())
        return world

    async def clean_up(self) -> None:
        """What may wait: calls of the fall-back, records that nobody closed."""
        await self._import()
        await self._close_vanished()

    async def _see_restart(self) -> None:
        started = str((await self._ari.info())["status"]["startup_time"])
        if self._asterisk_started not in (None, started):
            for call in self._calls.by_id.values():
                call.fault = "Asterisk restarted"
        self._asterisk_started = started

    # Calls of a former controller

    async def _adopt(self) -> None:
        """Emergencies first. Agents who talk are known before anybody is rung."""
        await self._line.callbacks.recover()
        mine = self._calls.by_id
        rows = [row for row in await self._line.calls.open_calls() if row.call_id not in mine]
        elderly = await elderly_among(self._line, map(citizen, rows))
        world = await World.look(self._line)
        for leg_id in world.ringing:
            # Whoever was being rung is rung again by the flow that resumes.
            self._calls.spawn(self._ari.hangup(leg_id), name=f"stray {leg_id}")
        live = [row for row in rows if caller_leg(row.call_id) in world.channels]
        # The import completes the record of a call that the dialplan serves.
        self._vanished = [
            row
            for row in rows
            if row.stage != FALLBACK
            and (
                caller_leg(row.call_id) not in world.everything
                or caller_leg(row.call_id) in world.ringing  # a call back: hung up above
            )
        ]
        for row in live:
            for number in talking_agents(row, world):
                self._line.queue.talking_again(number, row.call_id)
        for row in sorted(live, key=lambda row: row.stage != "emergency"):
            try:
                self._resume(row, world, elderly)
            except Exception:  # one call that cannot be taken back must not cost the others
                log.exception("call %s not adopted", row.call_id)

    def _resume(self, row: OpenCall, world: World, elderly: set[str]) -> None:
        log.warning("call %s adopted (%s)", row.call_id, row.stage)
        call = adopt(self._line, row, elderly)
        self._calls.start(call, lambda call, line: resume(call, line, row, world))

    async def _close_vanished(self) -> None:
        """Emergency events and records of calls that ended while nobody looked."""
        vanished, self._vanished = self._vanished, []
        gone = {row.call_id for row in vanished}
        for event in await self._line.emergencies.unfinished() if gone else ():
            if event["call_id"] in gone:
                self._line.emergencies.close(
                    event["event_id"], answered_at=None, outcome="caller_left"
                )
        for row in vanished:  # last: a closed record is complete
            ended = Ended("fault", None, "ended while no controller was there")
            self._line.calls.append(row.call_id, ended, at=self._line.now())

    # What was missed while the stream was down

    def _take_missed(self, world: World) -> None:
        for channel_id, channel in world.channels.items():
            if ".leg." in channel_id or ".snoop." in channel_id or ".media." in channel_id:
                if not self._belongs(channel_id):
                    self._calls.spawn(self._ari.hangup(channel_id), name=f"stray {channel_id}")
            elif (
                channel_id not in self._calls.by_id and channel_id not in self._line.switch.leg_ids
            ):
                self._arrivals.arrived(
                    Arrived(
                        datetime.fromisoformat(channel["creationtime"]),
                        channel_id,
                        arguments(channel),
                        channel["state"],
                        channel["caller"]["number"],
                        channel["caller"]["name"],
                        channel["name"],
                    )
                )

    def _belongs(self, channel_id: str) -> bool:
        if channel_id in self._line.switch.leg_ids:
            return True
        return any(channel_id.startswith(f"{call_id}.") for call_id in self._calls.by_id)
