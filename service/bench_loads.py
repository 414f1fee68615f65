"""`hotline bench desk --loads N`: how soon a page can be used, with an empty cache and again.

From the start of the navigation until what shows the page's data is drawn; the page notes the
moment itself. Compared with a bare file of the same server in the same browser.
"""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from service.bench_browser import browser, profile, signed_in
from service.bench_line import CONFIG, PROBE, BenchLine, bench_line
from service.bench_probe import Probe
from service.bench_tickets.bench import Bench
from service.bench_tickets.filling import fill
from service.errors import Failure
from service.line_link import ControllerLink
from service.output import say
from service.paths import Var
from service.runtime import Runtime
from ticketing.tickets import Tickets

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, StorageState
    from playwright.async_api import Page as Tab

Json = dict[str, Any]
Kind = Literal["program", "fonts", "data"]
KINDS: Mapping[str, Kind] = {"Font": "fonts", "Fetch": "data", "XHR": "data"}
"""By the browser's type of a resource; all others are files of the program."""
SECONDS = 30.0
TICKETS = 2_000
LETTERS = 60
"""That wait for a dispatcher."""
CALLS = 50
CALLERS = 5
"""Who call at once, to fill the list of calls."""
CATEGORIES = 4
"""Of the tickets."""
_USABLE = """(() => {
  const wanted = %r;
  window.usable = new Promise((told) => {
    const look = () => {
      if (document.querySelector(wanted) === null) return false;
      requestAnimationFrame(() => told(performance.now()));
      return true;
    };
    if (look()) return;
    const watch = new MutationObserver(() => { if (look()) watch.disconnect(); });
    watch.observe(document, { subtree: true, childList: true });
  });
})()"""


@dataclass(frozen=True)
class Opened:
    """A page that is opened."""

    what: str
    path: str
    by: str | None
    """Account of the demonstration; None: nobody is signed in."""
    usable: str
    """CSS selector of what is there only once the page's data are."""


BARE = Opened("a bare file", "/favicon.svg", None, "svg")
TICKET = "/tickets/{ticket}"
PAGES = (
    Opened("sign-in", "/", None, "input[type=password]"),
    Opened("desk", "/desk", "1001", ".desk"),
    Opened("inbox", "/inbox", "dispatcher1", ".row-line"),
    Opened("a ticket", TICKET, "dispatcher1", ".ticket .ticket-no"),
    Opened("all tickets", "/tickets", "dispatcher1", "tbody tr[data-row-key]"),
    Opened("live line", "/line", "1901", ".tile"),
    Opened("calls & recordings", "/calls", "1901", ".calls-open"),
    Opened("knowledge", "/knowledge", "1001", "[role=option]"),
    Opened("city data", "/admin/city", "admin1", ".city-main tbody tr[data-row-key]"),
)


@dataclass(frozen=True)
class Loads:
    """One page, again and again."""

    page: str
    path: str
    bytes: Mapping[Kind, int]
    """Over the network with an empty cache, as they are packed and with their heads: the program
    (document, scripts, styles), fonts, the API's answers. Not of the websocket."""
    cold: list[float] = field(default_factory=list)
    """Milliseconds until it can be used, with an empty cache."""
    warm: list[float] = field(default_factory=list)
    """The same, opened again in the same profile."""

    def as_json(self, bare: "Loads") -> Json:
        """The percentiles; the ratios are those of the medians to the bare file's."""
        return {
            "page": self.page,
            "path": self.path,
            "bytes": dict(self.bytes),
            "cold_ms": figures(self.cold, bare.cold),
            "warm_ms": figures(self.warm, bare.warm),
        }


def figures(ms: list[float], bare: list[float]) -> Json:
    """n, percentiles and the ratio of the medians."""
    return {
        "n": len(ms),
        "p50": percentile(ms, 50),
        "p99": percentile(ms, 99),
        "ratio": round(percentile(ms, 50) / percentile(bare, 50), 1),
    }


def percentile(ms: list[float], share: float) -> float:
    """Milliseconds."""
    return round(float(np.percentile(ms, share)), 1)


async def bench_loads(*, agents: int, rounds: int, tickets: int = TICKETS) -> list[Loads]:
    """Every page `rounds` times with an empty cache and as often again; the bare file first.

    Args:
        agents: of the line, for the page that shows them all.
        tickets: that the line has, of 30 days.
    """
    crowd = [str(2001 + number) for number in range(agents)]
    config = {"agents": [{"number": number, "skills": ["enterprise"]} for number in crowd]}
    async with bench_line({**CONFIG, **config}) as line, browser() as chromium:
        link = ControllerLink(Var.at(line.folder / "var").controller_socket)
        newest = await _fill(line, tickets)
        for number in crowd:
            await link.command(number, "login", {"device": "phone"})
        console = line.ready["console"]

        async def new(state: "StorageState | None") -> "BrowserContext":
            return await profile(chromium, console, state)

        states: dict[str | None, StorageState | None] = {None: None}
        for name in {page.by for page in PAGES if page.by is not None}:
            context = await signed_in(chromium, console, name)
            states[name] = await context.storage_state()
            await context.close()
        found = {}
        for page in (BARE, *PAGES):
            path = page.path.format(ticket=newest)
            say(f"bench: {page.what}: {path}")
            async with await new(states[page.by]) as context:
                found[page] = Loads(page.what, page.path, await _weighed(context, page, path))
        say(f"bench: each page {rounds} times with an empty cache, and again")
        for _ in range(rounds):  # in turn: what else the machine does meets all alike
            for page, loads in found.items():
                path = page.path.format(ticket=newest)
                async with await new(states[page.by]) as context:
                    loads.cold.append(await _timed(context, page, path))
                    loads.warm.append(await _timed(context, page, path))
        return list(found.values())


async def _fill(line: BenchLine, tickets: int) -> str:
    """Tickets as after a month, letters that nobody has read, and calls that gave up in the menu.

    The number of the newest letter.
    """
    folder = line.folder / "stories"
    folder.mkdir()
    bench = await Bench.prepared(folder, categories=CATEGORIES)
    chance = random.Random(12345)
    async with Runtime.load(Var.at(line.folder / "var")).open_store() as store:
        await fill(store, bench.stories, bench.texts, count=tickets, until=datetime.now(UTC))
        for category in chance.choices(sorted(bench.texts.said), k=LETTERS):
            letter = bench.texts.matter(category, chance) | {"channel": "web"}
            at = datetime.now(UTC)
            made = await Tickets(store).create(letter, actor="web", role="system", at=at)

    async def caller() -> None:
        for _ in range(CALLS // CALLERS):
            async with Probe(line.server, PROBE) as probe:
                await probe.call(str(line.ready["numbers"]["hotline"]))

    say(f"bench: {CALLS} calls")
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    await line.quiet()
    if await line.recorded(0, CALLS) < CALLS:
        raise Failure("bench", "calls are missing in the store")
    return made.ticket_no


async def _weighed(context: "BrowserContext", page: Opened, path: str) -> dict[Kind, int]:
    """Bytes until the network is quiet; also the load that fills the server's caches."""
    tab = await context.new_page()
    network = await context.new_cdp_session(tab)
    kinds: dict[str, Kind] = {}
    bytes_of: dict[Kind, int] = dict.fromkeys(("program", "fonts", "data"), 0)

    def asked(event: Json) -> None:
        kinds[event["requestId"]] = KINDS.get(event["type"], "program")

    def came(event: Json) -> None:
        bytes_of[kinds[event["requestId"]]] += int(event["encodedDataLength"])

    network.on("Network.requestWillBeSent", asked)
    network.on("Network.loadingFinished", came)
    await network.send("Network.enable")
    await _usable(tab, page, path)
    await tab.wait_for_load_state("networkidle")
    return bytes_of


async def _timed(context: "BrowserContext", page: Opened, path: str) -> float:
    """Milliseconds from the start of the navigation until the page can be used."""
    tab = await context.new_page()
    ms = await _usable(tab, page, path)
    await tab.close()
    return ms


async def _usable(tab: "Tab", page: Opened, path: str) -> float:
    """Opens it. Raises Failure where what is waited for does not come."""
    await tab.add_init_script(_USABLE % page.usable)
    await tab.goto(path, wait_until="commit")
    try:
        async with asyncio.timeout(SECONDS):
            return float(await tab.evaluate("window.usable"))
    except TimeoutError:
        raise Failure("bench", f"{path} cannot be used in {SECONDS:g} s") from None
