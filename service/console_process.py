"""The console's process: the store and what is done on it, served over HTTP."""

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from console.context import Parts
from console.server import application, serving
from service.child import Parent
from service.paths import Var
from service.provision.debian import cache_dir
from service.runtime import Runtime
from ticketing.tickets import Tickets

if TYPE_CHECKING:
    from ticketing.suggest.suggester import Suggester


async def run_console(var: Var, parent: Parent) -> None:
    """Serves until `up` asks to stop."""
    runtime = Runtime.load(var)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(runtime.open_store())
        parts = Parts(
            store=store,
            tickets=Tickets(store, prefix=runtime.settings.tickets.prefix),
            settings=runtime.settings.console,
            suggester=_Suggestions(var).get,
            city_name=runtime.settings.city.name,
        )
        app = application(parts)
        await stack.enter_async_context(serving(app, parts, runtime.ports.console))
        parent.ready({})
        await parent.stop.wait()


class _Suggestions:
    """Reads what was learnt when somebody first asks: it takes a second or two."""

    def __init__(self, var: Var) -> None:
        self._var = var
        self._lock = asyncio.Lock()
        self._known: Suggester | None = None

    async def get(self) -> "Suggester":
        from ticketing.suggest.ready import suggester

        async with self._lock:
            if self._known is None:
                own, cache = self._var.suggestions, cache_dir()
                self._known = await asyncio.to_thread(suggester, own, cache)
            return self._known
