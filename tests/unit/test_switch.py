"""What the switch does after a reconnect: nothing waits for events that were missed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ivr.ari.client import Ari
from ivr.ari.events import PlaybackEnded
from ivr.telephony.switch import Switch


@asynccontextmanager
async def asterisk(alive: set[str]) -> AsyncIterator[Ari]:
    """An ARI that knows the playbacks and recordings in `alive`, over real HTTP."""

    async def look(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        return web.json_response({"id": name}, status=200 if name in alive else 404)

    app = web.Application()
    app.router.add_get("/ari/playbacks/{name}", look)
    app.router.add_get("/ari/recordings/live/{name}", look)
    async with (
        TestServer(app) as server,
        Ari(str(server.make_url("/ari")), "u", "p", "hotline") as ari,
    ):
        yield ari


def switch_of(ari: Ari) -> Switch:
    ignore = lambda event: None  # noqa: E731
    return Switch(ari, arrived=ignore, recording_began=ignore, recording_ended=ignore)


async def test_sounds_have_names_that_a_successor_knows() -> None:
    async with asterisk(set()) as ari:
        switch = switch_of(ari)
        names = [switch._sound("c1") for _ in range(20)]
        assert set(names) == {f"play.c1.{n}" for n in range(8)}
        assert all(a != b for a, b in pairwise(names))
        assert switch._sound("c2") == "play.c2.0"


async def test_a_sound_that_ended_unheard_has_ended() -> None:
    alive: set[str] = set()
    async with asterisk(alive) as ari:
        switch = switch_of(ari)
        started: list[str] = []

        async def start(playback: str) -> None:
            started.append(playback)

        sounds = [
            asyncio.create_task(switch.play_on("c1", start, ended_by=None, what=["sound:x"]))
            for _ in range(2)
        ]
        await asyncio.sleep(0)
        alive.add(started[1])
        await switch.ended_meanwhile()
        await asyncio.wait_for(sounds[0], 1)
        assert not sounds[1].done()
        switch.deliver(PlaybackEnded(datetime.now(UTC), started[1], failed=False))
        await asyncio.wait_for(sounds[1], 1)


@pytest.mark.parametrize("there", [True, False])
async def test_a_recording_that_ended_unheard_has_ended(there: bool) -> None:
    async with asterisk({"message.1"} if there else set()) as ari:
        switch = switch_of(ari)
        ended = switch.recording_end("message.1")
        await switch.ended_meanwhile()
        assert ended.done() is not there


@pytest.mark.parametrize("refusals", [0, 1, 3])
async def test_a_stop_that_asterisk_forgets_is_asked_for_again(refusals: int) -> None:
    """Asterisk 22 answers 500 while it opens the file, and plays on."""
    asked: list[str] = []
    switch: Switch

    async def stop(request: web.Request) -> web.Response:
        asked.append(name := request.match_info["name"])
        if len(asked) <= refusals:
            return web.json_response({"message": "Playback not stopped"}, status=500)
        switch.deliver(PlaybackEnded(datetime.now(UTC), name, failed=False))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_delete("/ari/playbacks/{name}", stop)
    started = asyncio.Event()

    async def start(_playback: str) -> None:
        started.set()

    async with (
        TestServer(app) as server,
        Ari(str(server.make_url("/ari")), "u", "p", "hotline") as ari,
    ):
        switch = switch_of(ari)
        sound = asyncio.create_task(switch.play_on("c1", start, ended_by=None, what=["sound:x"]))
        await started.wait()
        sound.cancel()
        await asyncio.wait({sound}, timeout=5)
        assert sound.cancelled()
        assert asked == ["play.c1.0"] * (refusals + 1)
