"""A supervisor's page in a real Chromium: when a change of an agent is on the screen.

Needs the tools of `./hotline test` (Playwright). The page notes the moment itself, in the frame
that shows the change, so that asking it costs nothing of what is measured.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from service.errors import Failure
from service.output import say
from service.provision.chromium import chromium

if TYPE_CHECKING:
    from playwright.async_api import Page as Tab

MILLISECONDS = 20_000
_WATCH = """() => {
  window.shown = {};
  new MutationObserver((changes) => {
    const titles = changes.map(({ target }) => target.title).filter(Boolean);
    requestAnimationFrame(() => titles.forEach((title) => { window.shown[title] = Date.now(); }));
  }).observe(document.querySelector(".tiles"), { subtree: true, attributeFilter: ["title"] });
}"""
_SHOWN = """([number, state]) => Object.entries(window.shown).find(
  ([title]) => title.startsWith(number + " ") && title.endsWith(state))?.[1]"""
_FORGET = "() => { window.shown = {}; }"


class Screen:
    """The live page of one who supervises."""

    def __init__(self, tab: "Tab") -> None:
        self._tab = tab

    @classmethod
    @asynccontextmanager
    async def of(cls, console: dict[str, Any], name: str) -> AsyncIterator["Screen"]:
        """Open as long as the block runs; `console`: of ready.json. Raises Failure."""
        try:
            from playwright.async_api import async_playwright
        except ImportError:
            raise Failure(
                "bench", "--screen needs Playwright", fix="run ./hotline test once"
            ) from None
        people = {one["name"]: one for one in console["accounts"]}
        found = chromium(offline=False, say=say)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=found.executable, env=dict(found.env)
            )
            tab = await browser.new_page(
                base_url=str(console["url"]), viewport={"width": 1366, "height": 768}
            )
            told = {"name": name, "password": people[name]["password"]}
            await tab.context.request.post("/api/session", data=told)
            await tab.goto("/line")
            await tab.locator(".tile").first.wait_for()
            await tab.evaluate(_WATCH)
            yield cls(tab)
            await browser.close()

    async def shown(self, number: str, state: str) -> float:
        """When the agent's tile was drawn in that state (seconds of the clock); forgets it."""
        found = await self._tab.wait_for_function(_SHOWN, arg=[number, state], timeout=MILLISECONDS)
        at = float(await found.json_value())
        await self._tab.evaluate(_FORGET)
        return at / 1000
