"""A supervisor's page in a real Chromium: when a change of an agent is on the screen.

The page notes the moment itself, in the frame that shows the change, so that asking it costs
nothing of what is measured.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from service.bench_browser import browser, signed_in

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
        async with browser() as chromium:
            context = await signed_in(chromium, console, name)
            tab = await context.new_page()
            await tab.goto("/line")
            await tab.locator(".tile").first.wait_for()
            await tab.evaluate(_WATCH)
            yield cls(tab)

    async def shown(self, number: str, state: str) -> float:
        """When the agent's tile was drawn in that state (seconds of the clock); forgets it."""
        found = await self._tab.wait_for_function(_SHOWN, arg=[number, state], timeout=MILLISECONDS)
        at = float(await found.json_value())
        await self._tab.evaluate(_FORGET)
        return at / 1000
