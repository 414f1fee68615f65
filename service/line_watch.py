"""Brings what people change on pages into the running line, within seconds and without a restart.

Kept in the controller's process: it looks for a new version in the store, lets Asterisk know new
phones, and has new names and texts spoken while the line goes on with what it has.
"""

import asyncio
import logging
from datetime import UTC, datetime

from service.line_data import USED, LineData
from service.live import reload_module
from service.paths import Var
from service.prompts import put_in_place
from service.provision import asterisk as provision_asterisk
from service.provision.accounts import accounts
from service.provision.asterisk import Asterisk
from service.rendering import render_for
from service.runtime import Runtime, UpOptions
from store.engine import Store
from ticketing import city_versions

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
PHONES = "res_pjsip.so"


class LineWatch:
    """Watches the city's data of one store for one line."""

    def __init__(self, var: Var, store: Store) -> None:
        self._var = var
        self._store = store
        self._version = Runtime.load(var).line.version
        """What the line works with."""
        self._unread: set[str] = set()
        """Modules of Asterisk that have not read their new files yet."""
        self._unspoken: Runtime | None = None
        self._speaking: asyncio.Task[None] | None = None

    async def changed(self) -> None:
        """Returns when something new is in place: VAR/run/line.json, or prompts."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                if await self._look():
                    return
            except Exception:
                log.exception("changes of the city's data are not in the line yet")

    async def _look(self) -> bool:
        if self._speaking is not None and self._speaking.done():
            speaking, self._speaking = self._speaking, None
            speaking.result()
            return True
        self._speak()
        async with self._store.read() as db:
            version = await city_versions.newest(db, USED)
            if version == self._version:
                return False
            held = await city_versions.held(db, version)
        before = await asyncio.to_thread(Runtime.load, self._var)
        line = LineData(version, held, before.line.seeds)
        runtime = await asyncio.to_thread(Runtime.of, self._var, before.base, before.ports, line)
        await self._bring_phones(before, runtime)
        line.save(self._var)
        self._version, self._unspoken = version, runtime
        return True

    async def _bring_phones(self, before: Runtime, runtime: Runtime) -> None:
        program = await asyncio.to_thread(_program, runtime)
        rendered = await asyncio.to_thread(render_for, runtime, program)
        self._unread |= set(rendered.reload)
        if accounts(before.settings) != accounts(runtime.settings):
            # Also where a controller died after it had written the file: Asterisk has not read it.
            self._unread.add(PHONES)
        for module in sorted(self._unread):
            await reload_module(runtime, module)
            self._unread.discard(module)

    def _speak(self) -> None:
        """New names and texts are spoken one after the other, beside everything else."""
        if self._unspoken is None or self._speaking is not None:
            return
        runtime, self._unspoken = self._unspoken, None
        self._speaking = asyncio.create_task(self._put_in_place(runtime), name="prompts")

    async def _put_in_place(self, runtime: Runtime) -> None:
        await asyncio.to_thread(
            put_in_place,
            runtime.settings,
            runtime.prompts,
            offline=UpOptions.load(self._var).offline,
            say=log.info,
            names=runtime.line.spoken_names(datetime.now(UTC)),
        )


def _program(runtime: Runtime) -> Asterisk:
    return provision_asterisk.find_or_fetch(
        runtime.settings.asterisk.mode, offline=True, say=log.info
    )
