"""The controller's process: the store, the archive and the wire, put together."""

import fcntl
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from ivr import controller
from ivr.fallback_import import import_fallback
from ivr.prompts.book import PromptBook
from recordings.archive import Archive
from recordings.speech.pool import SpeechPool
from service.child import Parent
from service.city import city
from service.line_watch import LineWatch
from service.paths import Var
from service.provision.debian import cache_dir
from service.runtime import Runtime
from ticketing.suggest.live import LiveSuggestions
from ticketing.tickets import Tickets
from ticketing.timekeeper import Timekeeper


async def run_controller(var: Var, parent: Parent) -> None:
    """The calls of the line. Only one controller holds the lock on VAR."""
    lock_file = var.run / "controller.lock"
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        runtime = Runtime.load(var)
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(runtime.open_store())
            archive = Archive(store, var.spool, runtime.recordings)
            username, password = runtime.ari_credentials
            speech = SpeechPool(runtime.speech_sockets())
            suggestions = LiveSuggestions(store, var.suggestions, cache_dir(), var.city)
            await stack.enter_async_context(suggestions.running())
            prefix = runtime.settings.tickets.prefix
            tickets = Tickets(store, prefix=prefix, suggestions=suggestions)
            await stack.enter_async_context(Timekeeper(tickets).running())
            await controller.run(
                controller.Wiring(
                    ari_url=runtime.ari_url,
                    ari_username=username,
                    ari_password=password,
                    city=lambda: city(Runtime.load(var), datetime.now(UTC)),
                    city_changed=LineWatch(var, store).changed,
                    store=store,
                    tickets=tickets,
                    archive=archive,
                    speech=await stack.enter_async_context(speech),
                    prompts=PromptBook(runtime.prompts),
                    live_socket=var.controller_socket,
                    import_fallback=lambda: import_fallback(
                        var.asterisk / "spool" / "fallback",
                        store,
                        archive,
                        spool=var.spool,
                        area_code=runtime.settings.city.area_code,
                    ),
                ),
                ready=parent.ready,
                stop=parent.stop,
                grace=lambda: parent.grace,
            )
