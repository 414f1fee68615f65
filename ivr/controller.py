"""The controller: every call of the line, from its arrival to its record."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ivr.adoption import World, adopt, arguments, resume
from ivr.ari.client import Ari
from ivr.ari.errors import AriError
from ivr.ari.events import Arrived, Event, RecordingBegan, RecordingEnded, UserEvent
from ivr.ari.stream import run_stream
from ivr.call import Call
from ivr.flows.agent_codes import agent_code
from ivr.flows.callback import call_back
from ivr.flows.inbound import inbound
from ivr.heartbeat import EVENT, Heartbeat
from ivr.ids import caller_leg, recorded_leg
from ivr.line import City, Line
from ivr.live import live_api
from ivr.prompts.book import PromptBook
from ivr.queue.agents import AgentState, AgentStatus
from ivr.queue.desk import QueueDesk
from ivr.requests import EmergencyRequest
from ivr.root import FALLBACK, Flow, serve
from ivr.telephony.race import end
from ivr.telephony.switch import Switch
from recordings.archive import Archive, RecordingName
from recordings.speech.pool import SpeechPool
from recordings.spoken import Spoken
from store.agents import AgentStates
from store.callbacks import CallbackRequests
from store.calls import CallLog, Ended, OpenCall, Opened
from store.emergencies import EmergencyLog
from store.engine import Store
from store.recordings import RecordingLog
from store.types import local_iso
from ticketing.tickets import Tickets

log = logging.getLogger(__name__)

APPS = ("hotline", "devices")
CALLBACK_POLL_SECONDS = 1.0
IMPORT_POLL_SECONDS = 5.0
DUTY_STATES = (AgentStatus.AVAILABLE, AgentStatus.RINGING, AgentStatus.WRAP_UP)


@dataclass(frozen=True)
class Wiring:
    """What the composition gives to the controller."""

    ari_url: str
    ari_username: str
    ari_password: str
    city: Callable[[], City]
    """Reads what a reload may change."""
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
        await controller.restore_agents()
        async with live_api(wiring.live_socket, state=controller.state, reload=controller.reload):
            services = controller.start_services()
            try:
                await controller.serving.wait()
                ready({})
                await stop.wait()
                await controller.drain(grace())
            finally:
                await end(*services)


class Controller:
    """Routes what arrives to flows, and keeps the tasks that serve them."""

    def __init__(self, wiring: Wiring, ari: Ari) -> None:
        self._wiring = wiring
        self._ari = ari
        self._calls: dict[str, Call] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._states = AgentStates(wiring.store)
        self._recordings = RecordingLog(wiring.store)
        self._heartbeat = Heartbeat(ari)
        self._draining = False
        self._adopted = False
        self._asterisk_started: str | None = None
        self._reconciling: asyncio.Task[None] | None = None
        self.serving = asyncio.Event()
        """Set once calls are taken."""
        city = wiring.city()
        switch = Switch(
            ari,
            arrived=self._arrived,
            recording_began=self._recording_began,
            recording_ended=self._recording_ended,
        )
        queue = QueueDesk(
            wrap_up_seconds=city.settings.queue.wrap_up_seconds, changed=self._agent_changed
        )
        self.line = Line(
            city=city,
            switch=switch,
            prompts=wiring.prompts,
            queue=queue,
            calls=CallLog(wiring.store),
            emergencies=EmergencyLog(wiring.store),
            callbacks=CallbackRequests(wiring.store),
            tickets=wiring.tickets,
            spoken=Spoken(wiring.store, wiring.archive),
            speech=wiring.speech,
        )
        self._staff(city)

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
            asyncio.create_task(self._serve_callbacks(), name="callbacks"),
            asyncio.create_task(self._import(), name="import"),
        ]

    # Events

    def _deliver(self, event: Event) -> None:
        if isinstance(event, UserEvent) and event.name == EVENT:
            self._heartbeat.heard()
        else:
            self.line.switch.deliver(event)

    def _arrived(self, event: Arrived) -> None:
        match event.args:
            case ("inbound", called):
                self._start_inbound(event.channel, event.caller_number, called, event.at, inbound)
            case ("emergency", service):
                self._start_inbound(
                    event.channel, event.caller_number, service, event.at, _straight_to(service)
                )
            case ("code", agent, code):
                leg = self.line.switch.leg(event.channel, role="agent", number=agent)
                self._spawn(self._code(leg.id, agent, code), name=f"code {agent}")
            case _:
                # A leg or tap that nobody waits for any more.
                self._spawn(self._ari.hangup(event.channel), name=f"stray {event.channel}")

    async def _code(self, channel: str, agent: str, code: str) -> None:
        leg = self.line.switch.leg(channel, role="agent", number=agent)
        try:
            await agent_code(self.line, leg, agent, code)
        finally:
            await leg.hang_up()

    def _start_inbound(
        self, call_id: str, raw_number: str, called: str, at: datetime, flow: Flow
    ) -> None:
        if call_id in self._calls:
            return
        if self._draining:
            self._spawn(self._ari.hangup(call_id, "congestion"), name=f"drain {call_id}")
            return
        number = self.line.city.normalise(raw_number)
        call = Call(
            self.line,
            call_id,
            self.line.switch.leg(call_id, role="caller", number=number or ""),
            caller_number=number,
            called_number=called,
            started_at=at,
        )
        self.line.calls.append(call_id, Opened("inbound", number, called), at=at)
        self._start(call, flow)

    def _start(self, call: Call, flow: Flow) -> "asyncio.Task[None]":
        self._calls[call.id] = call
        return self._spawn(self._serve(call, flow), name=f"call {call.id}")

    async def _serve(self, call: Call, flow: Flow) -> None:
        try:
            await serve(call, self.line, flow)
        finally:
            del self._calls[call.id]
            if call.brought_a_matter:
                await self.line.tickets.hear(call.id, at=self.line.now())

    def _spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> "asyncio.Task[None]":
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)
        return task

    def _task_ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s failed", task.get_name(), exc_info=error)

    # Recordings

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
        self._spawn(
            self._wiring.archive.finished(event.recording), name=f"archive {event.recording}"
        )

    # Agents

    def _staff(self, city: City) -> None:
        self.line.queue.configure(
            (agent.number, frozenset(agent.skills)) for agent in city.directory.agents.values()
        )

    async def restore_agents(self) -> None:
        for kept in await self._states.all():
            self.line.queue.restore(kept.number, AgentStatus(kept.status), kept.since)

    def _agent_changed(self, agent: AgentState) -> None:
        self._states.keep(agent.number, agent.status, agent.since)
        self._spawn(self._set_duty(), name="duty")

    async def _set_duty(self) -> None:
        on_duty = (a.number for a in self.line.queue.agents if a.status in DUTY_STATES)
        with suppress(AriError):
            await self._ari.set_global("DUTY", self.line.city.directory.duty(on_duty))

    # Connection and adoption

    def _disconnected(self) -> None:
        log.warning("no connection to Asterisk")
        self._heartbeat.lost()

    def _connected(self) -> None:
        if self._reconciling is not None:
            self._reconciling.cancel()
        self._reconciling = self._spawn(self._reconcile(), name="reconcile")

    async def _reconcile(self) -> None:
        """Compare Asterisk with the journal: nothing that was missed may be lost."""
        started = str((await self._ari.info())["status"]["startup_time"])
        restarted = self._asterisk_started not in (None, started)
        self._asterisk_started = started
        world = await World.look(self.line)
        if restarted:
            for call in self._calls.values():
                call.fault = "Asterisk restarted"
        for leg_id in self.line.switch.leg_ids - world.everything:
            self.line.switch.lose(leg_id, at=self.line.now())
        self.line.switch.arrived_meanwhile(world.channels)
        await self._set_duty()
        if not self._adopted:
            await self._import_once()
            await self._adopt_all(world)
            self._adopted = True
        self._take_missed(world)
        await self._heartbeat.beating.wait()
        self.serving.set()

    async def _adopt_all(self, world: World) -> None:
        await self.line.callbacks.recover()
        for leg_id in world.ringing:
            # Whoever was being rung is rung again by the flow that resumes.
            self._spawn(self._ari.hangup(leg_id), name=f"stray {leg_id}")
        live: set[str] = set()
        rows = await self.line.calls.open_calls()
        for row in sorted(rows, key=lambda row: row.stage != "emergency"):
            if caller_leg(row.call_id) in world.channels:
                live.add(row.call_id)
                self._resume(row, world)
            elif caller_leg(row.call_id) in world.everything or row.stage == FALLBACK:
                continue  # the dialplan serves it; the import will complete its record
            else:
                self.line.calls.append(
                    row.call_id,
                    Ended("fault", None, "ended while no controller was there"),
                    at=self.line.now(),
                )
        names = {r.recording_id for r in await self._recordings.open() if r.call_id in live}
        await self._wiring.archive.sweep(names)

    def _resume(self, row: OpenCall, world: World) -> None:
        log.warning("call %s adopted (%s)", row.call_id, row.stage)
        call = adopt(self.line, row, world)
        self._start(call, lambda call, line: resume(call, line, row, world))

    def _take_missed(self, world: World) -> None:
        """Channels whose arrival was missed while the stream was down."""
        for channel_id, channel in world.channels.items():
            if ".leg." in channel_id or ".snoop." in channel_id or ".media." in channel_id:
                if not self._belongs(channel_id):
                    self._spawn(self._ari.hangup(channel_id), name=f"stray {channel_id}")
            elif channel_id not in self._calls and channel_id not in self.line.switch.leg_ids:
                self._arrived(
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
        return any(channel_id.startswith(f"{call_id}.") for call_id in self._calls)

    # Promises that outlive a call

    async def _serve_callbacks(self) -> None:
        await self.serving.wait()
        in_hand: set[str] = set()

        async def one(request_id: str) -> None:
            request = await self.line.callbacks.get(request_id)
            try:
                if request is not None:
                    await call_back(self.line, request, self._serve_outbound)
            finally:
                in_hand.discard(request_id)

        while True:
            for request in await self.line.callbacks.due(self.line.now()):
                if request.call_id not in in_hand and not self._draining:
                    in_hand.add(request.call_id)
                    self._spawn(one(request.call_id), name=f"callback {request.call_id}")
            await asyncio.sleep(CALLBACK_POLL_SECONDS)

    async def _serve_outbound(self, call: Call, flow: Flow) -> None:
        await self._start(call, flow)

    async def _import(self) -> None:
        await self.serving.wait()
        while True:
            await asyncio.sleep(IMPORT_POLL_SECONDS)
            await self._import_once()

    async def _import_once(self) -> None:
        try:
            await self._wiring.import_fallback()
        except Exception:
            log.exception("calls of the fall-back not imported")

    # People and programs that look at or change the line

    async def state(self) -> dict[str, Any]:
        """The contract's `status`; `serving` is false while the dialplan serves new calls alone."""
        queue = self.line.queue
        speech = self.line.speech.status() if self.line.speech else {"engine": "none"}
        try:
            channels, bridges = await self._ari.channels(), await self._ari.bridges()
        except AriError:
            channels, bridges = [], []
        return {
            "serving": self._heartbeat.beating.is_set() and self._heartbeat.fresh,
            "calls": len(self._calls),
            "channels": len(channels),
            "bridges": len(bridges),
            "queue": [
                {
                    "call_id": waiting.call_id,
                    "queue": waiting.group,
                    "since": local_iso(waiting.since),
                    "position": position,
                    "priority": waiting.priority,
                }
                for position, waiting in enumerate(queue.waiting, 1)
            ],
            "agents": [
                {
                    "number": agent.number,
                    "state": agent.status.value,
                    "since": local_iso(agent.since),
                    "call_id": agent.call_id,
                }
                for agent in queue.agents
            ],
            "speech": {**speech, "backlog": await self._recordings.backlog()},
        }

    async def reload(self) -> None:
        """New agents, units, menus and prompts; running calls go on with what they have."""
        city = self._wiring.city()
        self.line.prompts.reload()
        self.line.city = city
        self._staff(city)
        await self._set_duty()

    async def drain(self, grace: float) -> None:
        """No new calls; running ones may end by themselves, then they are ended."""
        self._draining = True
        tasks = {t for t in self._tasks if t.get_name().startswith("call ")}
        if tasks:
            log.info("draining %d calls for %g s", len(tasks), grace)
            await asyncio.wait(tasks, timeout=grace)
        for call in tuple(self._calls.values()):
            call.ended_by = "system"
            await call.leg.hang_up()
        if left := {t for t in self._tasks if not t.done()}:
            await asyncio.wait(left, timeout=5)
        await self._heartbeat.stop()


def _straight_to(service: str) -> Flow:
    """A citizen's phone of this line dialled an emergency number itself."""

    async def flow(call: Call, line: Line) -> None:
        await call.leg.answer()
        call.request(EmergencyRequest(service, "digits"))
        await asyncio.Event().wait()

    return flow
