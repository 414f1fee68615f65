"""A line without Asterisk: its agents, its live API and its reasons for refusing, no calls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from ivr.ari.client import Ari
from ivr.calls import Calls
from ivr.desk.commands import DeskCommands
from ivr.desk.feed import Feed
from ivr.desk.http import live_routes
from ivr.desk.transcripts import Transcripts
from ivr.desk.watch import Watch
from ivr.line import Line
from ivr.live import live_api
from ivr.phones import Phones
from ivr.queue.desk import QueueDesk
from ivr.telephony.switch import Switch
from service.city import city
from service.demo import overlay
from service.line_link import ControllerLink
from service.paths import Var
from service.runtime import Runtime
from service.settings import Settings


@dataclass
class QuietLine:
    """The people of the demonstration; nobody calls."""

    line: Line
    watch: Watch
    socket: Path

    @property
    def link(self) -> ControllerLink:
        """As the console reaches it."""
        return ControllerLink(self.socket)


@asynccontextmanager
async def quiet_line(folder: Path) -> AsyncIterator[QuietLine]:
    """Its live API on a socket in `folder`."""
    raw = overlay({}, demo=True, free_ports=False)
    nothing = cast("Any", None)  # parts that only calls need
    feed = Feed()
    queue = QueueDesk(changed=lambda _: feed.touch())
    ari = Ari("http://127.0.0.1:1", "", "", "hotline")
    switch = Switch(
        ari,
        arrived=print,
        recording_began=print,
        recording_ended=print,
    )
    runtime = Runtime.of(Var.at(folder / "var"), Settings.model_validate(raw), nothing)
    line = Line(
        city=city(runtime, datetime.now(UTC)), switch=switch, prompts=nothing, queue=queue,
        calls=nothing, emergencies=nothing, callbacks=nothing, tickets=nothing, voice=nothing,
        flags=nothing, spoken=nothing, reminders=nothing, speech=None,
        phones=Phones(ari, changed=print), feed=feed, transcripts=Transcripts(feed),
    )  # fmt: skip
    people = line.city.directory.agents.values()
    queue.configure(((one.number, one.skills) for one in people), line.city.settings.queue.rules)
    calls = Calls(line)
    watch = Watch(line, calls)
    socket = folder / "controller.sock"
    more = live_routes(feed, watch, DeskCommands(line, calls))
    async with live_api(socket, state=nothing, reload=nothing, orders={}, more=more):
        try:
            yield QuietLine(line, watch, socket)
        finally:
            feed.close()
