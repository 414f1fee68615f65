"""The calls that this controller serves, and the tasks that serve them."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any

from ivr.ari.errors import AriError, Gone
from ivr.call import Call, Flow
from ivr.line import Line
from ivr.root import serve
from ivr.telephony.leg import LegGone

log = logging.getLogger(__name__)

CLOSING_SECONDS = 10.0
"""After the end of a call its files are closed by then."""

LAST_SECONDS = 5.0
"""How long tasks may take to end after the last call."""


class Calls:
    """Every task has a name and is kept until it ends; what it raises is logged."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._calls: dict[str, Call] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: dict[str, float] = {}
        self.draining = False
        """No new calls are taken."""

    @property
    def by_id(self) -> Mapping[str, Call]:
        return self._calls

    @property
    def all(self) -> tuple[Call, ...]:
        """Those that are served, and those that the line is making."""
        return (*self._calls.values(), *self._line.dialling.values())

    def start(self, call: Call, flow: Flow) -> "asyncio.Task[None]":
        """Serve a call from this flow on."""
        self._calls[call.id] = call
        self._line.dialling.pop(call.id, None)
        self._line.feed.touch()
        return self.spawn(self._serve(call, flow), name=f"call {call.id}")

    async def _serve(self, call: Call, flow: Flow) -> None:
        try:
            await serve(call, self._line, flow)
        finally:
            del self._calls[call.id]
            self._line.feed.touch()
            self._ended[call.id] = asyncio.get_running_loop().time()
            if call.brought_a_matter:
                await self._line.tickets.hear(call.id, at=self._line.now())

    def may_write(self, call_id: str) -> bool:
        """Asterisk may still be writing recordings of this call."""
        now = asyncio.get_running_loop().time()
        self._ended = {c: at for c, at in self._ended.items() if now - at < CLOSING_SECONDS}
        return call_id in self._calls or call_id in self._ended

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> "asyncio.Task[None]":
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)
        return task

    def _task_ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            if isinstance(error, LegGone | Gone):
                return  # whoever it was for has hung up
            log.error("%s failed", task.get_name(), exc_info=error)

    async def drain(self, grace: float) -> None:
        """No new calls; running ones may end by themselves, then they are ended."""
        self.draining = True
        tasks = {t for t in self._tasks if t.get_name().startswith("call ")}
        if tasks:
            log.info("draining %d calls for %g s", len(tasks), grace)
            await asyncio.wait(tasks, timeout=grace)
        for call in tuple(self._calls.values()):
            call.ended_by = "system"
            with suppress(AriError):
                await call.leg.hang_up()
        for task in self._tasks:
            if task.get_name().startswith("callback "):
                task.cancel()
        # Tasks of the ended calls start others: their recordings are archived.
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                while self._tasks:
                    await asyncio.wait(tuple(self._tasks))
