"""`hotline bench desk`: from what happens on the line to the page that is told of it.

The line of the bench has two hundred agents; pages are websockets of the console, as browsers open
them. Beside each stands what is compared with it in the same run: the ring of the agent's phone for
the ring in his page, the bare websocket for the screen of a Chromium that draws the same change.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from service.bench_line import CONFIG, PROBE, BenchLine, bench_line
from service.bench_page import Json, Page
from service.bench_probe import Probe
from service.bench_screen import Screen
from service.errors import Failure
from service.line_link import ControllerLink
from service.output import say
from service.paths import Var
from service.useragent import Phone, PhoneCall, UserAgents, read_wav

Wanted = Callable[[Json], bool]
AGENT, SUPERVISOR = "1001", "1901"
_FIRST = 2001
_SEED = 12345
WORDS = {"paused": "置忙", "available": "空闲"}
"""Of the page."""
LONGEST_PAUSE = 0.6
"""Between two changes of agents: longer than pages are told of the line."""
RING_SECONDS = 0.7
TALK_SECONDS = 0.4
SENTENCES = 10
RECOGNISER_SECONDS = 120


@dataclass(frozen=True)
class Delays:
    """From an event to the page, milliseconds."""

    what: str
    ms: list[float]
    bytes: int | None = None
    """Of an average message."""

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        return round(float(np.percentile(self.ms, share)), 1)

    def as_json(self) -> Json:
        """The percentiles."""
        told = {"n": len(self.ms), "p50": self.percentile(50), "p99": self.percentile(99)}
        return {"what": self.what, "ms": told, "bytes": self.bytes}


async def bench_desk(
    *, agents: int, calls: int, screen: bool, speech: Path | None, settings: Mapping[str, Any]
) -> list[Delays]:
    """Queue entry to ringing, a change of an agent to the supervisor's page, words to the page.

    Args:
        screen: whether a browser draws the supervisor's page, too.
        speech: a WAV that a citizen says; None: words are not measured.
        settings: `speech` section of the configuration.
    """
    crowd = [str(_FIRST + number) for number in range(agents)]
    config = {
        **CONFIG,
        "agents": [{"number": number, "skills": ["enterprise"]} for number in crowd],
        "speech": dict(settings) if speech is not None else {"engine": "none"},
        "ivr": {"queue": {"wrap_up_seconds": 0}},
    }
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(bench_line(config))
        link = ControllerLink(Var.at(line.folder / "var").controller_socket)
        phones = await stack.enter_async_context(UserAgents(*line.server, prompts=None))
        agent = await _phone(line, phones, "agent", AGENT)
        page = await stack.enter_async_context(Page.of(line.ready, AGENT))
        supervisor = await stack.enter_async_context(Page.of(line.ready, SUPERVISOR))
        for number in (AGENT, *crowd):
            await link.command(number, "login", {"device": "phone"})
        say(f"bench: {calls} calls to an agent's page")
        found = await _ringing(line, agent, page, calls)
        say(f"bench: {calls} changes of {agents} agents to a supervisor's page")
        drawn = (
            await stack.enter_async_context(Screen.of(line.ready["console"], SUPERVISOR))
            if screen
            else None
        )
        found += await _changes(link, supervisor, drawn, crowd, calls)
        if speech is not None:
            say("bench: words to an agent's page")
            await _recogniser(line)
            found += await _words(line, phones, agent, page, speech)
        return found


async def _phone(line: BenchLine, phones: UserAgents, role: str, number: str) -> Phone:
    """An account of the demonstration, registered."""
    accounts = {one["number"]: one for one in line.ready["accounts"] if one["role"] == role}
    account = accounts[number]
    return await phones.phone(account["username"], password=account["password"], number=number)


async def _ringing(line: BenchLine, agent: Phone, page: Page, calls: int) -> list[Delays]:
    rings: list[float] = []

    async def talk(call: PhoneCall) -> None:
        rings.append(time.time())
        await asyncio.sleep(RING_SECONDS)  # pages are told of states that last, not of each
        await call.answer()
        await asyncio.sleep(TALK_SECONDS)
        await call.hang_up()

    agent.serve(talk)
    at_page, at_phone = [], []
    for _ in range(calls):
        page.forget()
        rings.clear()
        async with Probe(line.server, PROBE) as caller:
            await caller.call(str(line.ready["numbers"]["hotline"]))
            await asyncio.sleep(0.5)
            await caller.press("1")
            at, desk = await page.told(_is("ringing"))
            entered = datetime.fromisoformat(desk["call"]["waiting_since"]).timestamp()
            await page.told(_is("wrap_up", "available"))
        at_page.append((at - entered) * 1000)
        at_phone.append((rings[0] - entered) * 1000)
    agent.serve(None)
    await line.quiet()
    return [
        Delays("queue entry to the agent's phone", at_phone),
        Delays("queue entry to the agent's page", at_page),
    ]


def _is(*states: str) -> Wanted:
    """The agent's page has him in one of these states."""
    return lambda message: message["type"] == "desk" and message["state"] in states


def _shows(number: str, state: str) -> Wanted:
    """The supervisor's page has the agent in that state."""
    return lambda message: any(
        one["number"] == number and one["state"] == state for one in message.get("agents", ())
    )


def _says(*, final: bool) -> Wanted:
    """The agent's page has words of the caller; `final`: that do not change any more."""
    return lambda message: any(
        one["speaker"] == "caller" and (one["final"] or not final)
        for one in message.get("segments", ())
    )


async def _changes(
    link: ControllerLink, page: Page, screen: Screen | None, crowd: list[str], count: int
) -> list[Delays]:
    """Agents pause and are back, one at a time, at moments of their own."""
    chance = random.Random(_SEED)
    await asyncio.sleep(1)
    page.forget()
    told: list[float] = []
    drawn: list[float] = []
    bytes_before = page.bytes
    paused: set[str] = set()
    for _ in range(count):
        number = chance.choice(crowd)
        wanted = "available" if number in paused else "paused"
        paused ^= {number}
        began = time.time()
        if wanted == "paused":
            await link.command(number, "pause", {"reason": "meal"})
        else:
            await link.command(number, "resume", {})
        at, _ = await page.told(_shows(number, wanted))
        told.append((at - began) * 1000)
        if screen is not None:
            drawn.append((await screen.shown(number, WORDS[wanted]) - began) * 1000)
        await asyncio.sleep(chance.uniform(0, LONGEST_PAUSE))
    size = round((page.bytes - bytes_before) / count)
    found = [Delays(f"a change of {len(crowd)} agents to a supervisor's page", told, size)]
    return [*found, Delays("the same on his screen", drawn)] if drawn else found


async def _recogniser(line: BenchLine) -> None:
    """Wait until it is there. Raises Failure where none comes."""
    from service.live import ask

    for _ in range(RECOGNISER_SECONDS * 2):
        status = await ask(Var.at(line.folder / "var"), "GET", "/status")
        if status["speech"].get("capacity", 0) > 0:
            return
        await asyncio.sleep(0.5)
    raise Failure("bench", "no recogniser started; see ./hotline doctor")


async def _words(
    line: BenchLine, phones: UserAgents, agent: Phone, page: Page, speech: Path
) -> list[Delays]:
    """A citizen says the sentence again and again: to the first words, and from its end to all."""
    citizen = await _phone(line, phones, "citizen", "13800000001")
    call = await (await citizen.call(str(line.ready["numbers"]["hotline"]))).answered()
    await asyncio.sleep(1)
    await call.press("1")
    rung = await agent.incoming(within=15)
    await rung.answer()
    await page.told(_is("talking"))
    await asyncio.sleep(3)  # the announcement
    samples = read_wav(speech)
    first, whole = [], []
    for _ in range(SENTENCES):
        page.forget()
        began, playing = time.time(), call.play(samples)
        told = asyncio.create_task(_both(page))
        await playing.done()
        ended = time.time()
        at_first, at_last = await told
        first.append((at_first - began) * 1000)
        whole.append((at_last - ended) * 1000)
        await asyncio.sleep(2)
    await call.hang_up()
    with contextlib.suppress(TimeoutError):
        await rung.ended(5)
    return [Delays("first word to the page", first), Delays("end of a sentence to the page", whole)]


async def _both(page: Page) -> tuple[float, float]:
    """When the first words came, and when the first that stay."""
    at, message = await page.told(_says(final=False))
    if _says(final=True)(message):
        return at, at
    return at, (await page.told(_says(final=True)))[0]
