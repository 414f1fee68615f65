"""The controller: every call of the line, from its arrival to its record."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivr import promises
from ivr.absences import Absences, can_be_rung
from ivr.ari.client import Ari
from ivr.ari.errors import AriError
from ivr.ari.events import (
    DEVICES_APP,
    ContactChanged,
    Event,
    RecordingBegan,
    RecordingEnded,
    UserEvent,
)
from ivr.ari.stream import run_stream
from ivr.arrivals import Arrivals
from ivr.calls import Calls
from ivr.desk.commands import DeskCommands
from ivr.desk.feed import Feed
from ivr.desk.http import live_routes
from ivr.desk.transcripts import Transcripts
from ivr.desk.watch import Watch
from ivr.heartbeat import EVENT, Heartbeat
from ivr.ids import recorded_leg
from ivr.line import City, Line
from ivr.live import live_api
from ivr.orders import Orders
from ivr.phones import Phones
from ivr.phones_live import phone_routes
from ivr.prompts.book import PromptBook
from ivr.queue.agents import AgentState
from ivr.queue.desk import QueueDesk
from ivr.reconcile import Reconciler
from ivr.staff import Staff
from ivr.status import status
from ivr.telephony.race import end
from ivr.telephony.switch import Switch
from recordings.archive import Archive, RecordingName
from recordings.speech.pool import SpeechPool
from recordings.spoken import Spoken
from store.agents import AgentStates
from store.callbacks import CallbackRequests
from store.calls import CallLog
from store.emergencies import EmergencyLog
from store.engine import Store
from store.recordings import RecordingLog
from ticketing.person_flags import PersonFlags
from ticketing.sign_reminders import SignReminders
from ticketing.tickets import Tickets
from ticketing.voice_callbacks import VoiceCallbacks

log = logging.getLogger(__name__)

APPS = ("hotline", DEVICES_APP)
RECONCILE_SECONDS = 1.0


@dataclass(frozen=True)
class Wiring:
    """What the composition gives to the controller."""

    ari_url: str
    ari_username: str
    ari_password: str
    city: Callable[[], City]
    """Reads what a reload may change."""
    city_changed: Callable[[], Coroutine[Any, Any, None]]
    """Returns when there is something new to be read."""
    store: Store
    tickets: Tickets
    archive: Archive
    speech: SpeechPool | None
    prompts: PromptBook
    live_socket: Path
    import_fallback: Callable[[], Coroutine[Any, Any, object]]
    """Brings in the calls that the dialplan served alone."""


async def run(
    wiring: Wiring,
    *,
    ready: Callable[[dict[str, object]], None],
    stop: asyncio.Event,
    grace: Callable[[], float],
) -> None:
    """Serve calls until `stop`; then no new calls, and running ones get `grace` seconds."""
    async with Ari(wiring.ari_url, wiring.ari_username, wiring.ari_password, APPS[0]) as ari:
        controller = Controller(wiring, ari)
        await controller.staff.restore()
        orders = Orders(controller.line, controller.calls)
        async with live_api(
            wiring.live_socket,
            state=controller.state,
            reload=controller.reload,
            orders={"contact": orders.contact, "call": orders.call},
            more=[
                *phone_routes(controller.line),
                *live_routes(controller.line.feed, controller.watch, controller.commands),
            ],
        ):
            services = controller.start_services()
            try:
                await controller.serving.wait()
                ready({})
                await stop.wait()
                await controller.drain(grace())
            finally:
                controller.line.feed.close()
                await end(*services)


class Controller:
    """Puts the parts together, and gives each event to the part it is for."""

    def __init__(self, wiring: Wiring, ari: Ari) -> None:
        self._wiring = wiring
        self._ari = ari
        self._recordings = RecordingLog(wiring.store)
        self._heartbeat = Heartbeat(ari)
        self._reconciling: asyncio.Task[None] | None = None
        self.serving = asyncio.Event()
        """Set once calls are taken."""
        city = wiring.city()
        switch = Switch(
            ari,
            arrived=lambda event: self._arrivals.arrived(event),
            recording_began=self._recording_began,
            recording_ended=self._recording_ended,
        )
        queue = QueueDesk(
            changed=self._agent_changed, reachable=lambda agent: can_be_rung(self.line, agent)
        )
        feed = Feed()
        self.line = Line(
            city=city,
            switch=switch,
            prompts=wiring.prompts,
            queue=queue,
            calls=CallLog(wiring.store),
            emergencies=EmergencyLog(wiring.store),
            callbacks=CallbackRequests(wiring.store),
            tickets=wiring.tickets,
            voice=VoiceCallbacks(wiring.store, wiring.tickets),
            reminders=SignReminders(wiring.store, wiring.tickets),
            flags=PersonFlags(wiring.store),
            spoken=Spoken(wiring.store, wiring.archive),
            speech=wiring.speech,
            phones=Phones(ari, changed=self._phone_changed),
            feed=feed,
            transcripts=Transcripts(feed),
        )
        self.absences = Absences(self.line)
        self.calls = Calls(self.line)
        self.watch = Watch(self.line, self.calls)
        self.commands = DeskCommands(self.line, self.calls)
        self._arrivals = Arrivals(self.line, ari, self.calls)
        self.staff = Staff(
            self.line,
            ari,
            AgentStates(wiring.store),
            spawn=lambda work: self.calls.spawn(work, name="duty"),
        )
        self._reconciler = Reconciler(
            self.line,
            ari,
            self.calls,
            self._arrivals,
            import_fallback=self._import,
        )
        self.staff.configure(city)

    def start_services(self) -> list[asyncio.Task[None]]:
        stream = run_stream(
            self._ari,
            APPS,
            connected=self._connected,
            disconnected=self._disconnected,
            deliver=self._deliver,
        )
        return [
            asyncio.create_task(stream, name="events"),
            asyncio.create_task(self._heartbeat.run(), name="heartbeat"),
            asyncio.create_task(self._keep_promises(), name="promises"),
            asyncio.create_task(self.watch.run(), name="watch"),
            asyncio.create_task(self._keep_current(), name="city"),
        ]

    async def _keep_promises(self) -> None:
        await self.serving.wait()
        async with asyncio.TaskGroup() as group:
            group.create_task(promises.serve_callbacks(self.line, self.calls))
            group.create_task(promises.serve_voice_callbacks(self.line, self.calls))
            group.create_task(promises.remind_units(self.line, self.calls))
            group.create_task(promises.keep_importing(self._wiring.import_fallback))
            group.create_task(promises.keep_sweeping(self._wiring.archive, self.calls))

    async def _keep_current(self) -> None:
        """What people change on pages is in the line within seconds."""
        await self.serving.wait()
        while True:
            await self._wiring.city_changed()
            try:
                await self.reload()
            except Exception:
                log.exception("the changed city's data cannot be read")

    async def _import(self) -> None:
        await promises.import_once(self._wiring.import_fallback)

    # Events

    def _agent_changed(self, agent: AgentState) -> None:
        self.staff.changed(agent)
        self.absences.look()

    def _phone_changed(self) -> None:
        self.line.feed.touch()
        self.absences.look()
        self.line.queue.distribute()

    def _deliver(self, event: Event) -> None:
        if isinstance(event, UserEvent) and event.name == EVENT:
            self._heartbeat.heard()
        elif isinstance(event, ContactChanged):
            self.line.phones.deliver(event)
        else:
            self.line.switch.deliver(event)

    def _recording_began(self, event: RecordingBegan) -> None:
        name = RecordingName.parse(event.recording)
        if name is not None:
            self._wiring.archive.started(
                event.recording,
                call_id=name.call_id,
                kind=name.kind,
                speaker=name.speaker,
                leg_id=recorded_leg(event.recording),
                at=event.at,
            )

    def _recording_ended(self, event: RecordingEnded) -> None:
        if event.failed:
            log.error("recording %s failed: %s", event.recording, event.cause)
        self.calls.spawn(
            self._wiring.archive.finished(event.recording), name=f"archive {event.recording}"
        )

    # Connection

    def _disconnected(self) -> None:
        log.warning("no connection to Asterisk")
        self._heartbeat.lost()

    def _connected(self) -> None:
        if self._reconciling is not None:
            self._reconciling.cancel()
        self._reconciling = self.calls.spawn(self._reconcile(), name="reconcile")

    async def _reconcile(self) -> None:
        while True:
            if await self._reconciled():
                break
            await asyncio.sleep(RECONCILE_SECONDS)
        await self.staff.tell_dialplan()
        await self._watch_phones()
        await self._heartbeat.beating.wait()
        self.serving.set()
        await self._reconciler.clean_up()

    async def _watch_phones(self) -> None:
        try:
            await self.line.phones.watch(self.line.city.directory.agents)
        except AriError as error:  # Asterisk went away again: the next connection follows
            log.warning("phones are not watched: %s", error)

    async def _reconciled(self) -> bool:
        """A controller that did not look at what is there takes no calls: it tries again."""
        try:
            await self._reconciler.run()
        except Exception:
            log.exception("calls not compared with Asterisk's")
            return False
        return True

    # People and programs that look at or change the line

    async def state(self) -> dict[str, Any]:
        serving = self._heartbeat.beating.is_set() and self._heartbeat.fresh
        return await status(self.line, self._ari, self.calls, self._recordings, serving=serving)

    async def reload(self) -> None:
        """New agents, units, menus and prompts; running calls go on with what they have."""
        city = self._wiring.city()
        self.line.prompts.reload()
        self.line.city = city
        self.staff.configure(city)
        await self.staff.tell_dialplan()
        await self._watch_phones()

    async def drain(self, grace: float) -> None:
        """No new calls; running ones may end by themselves, then they are ended."""
        try:
            await self.calls.drain(grace)
            await self._wiring.archive.sweep(live=lambda _: False)
        finally:
            await self._heartbeat.stop()
