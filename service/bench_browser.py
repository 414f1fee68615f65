"""A real Chromium for the benches; needs the tools of `./hotline test` (Playwright)."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from service.errors import Failure
from service.output import say
from service.provision.chromium import chromium

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, StorageState

DESK = (1366, 768)
"""The screen of an agent's desk."""


@asynccontextmanager
async def browser() -> AsyncIterator["Browser"]:
    """Running as long as the block. Raises Failure where Playwright is not installed."""
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        raise Failure(
            "bench", "pages are drawn with Playwright", fix="run ./hotline test once"
        ) from None
    found = chromium(offline=False, say=say)
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=found.executable, env=dict(found.env)
        )
        yield running
        await running.close()


async def profile(
    chromium: "Browser", console: Mapping[str, Any], state: "StorageState | None" = None
) -> "BrowserContext":
    """A new profile with an empty cache; `state`: who is signed in, of another profile."""
    width, height = DESK
    return await chromium.new_context(
        base_url=str(console["url"]),
        viewport={"width": width, "height": height},
        storage_state=state,
    )


async def signed_in(chromium: "Browser", console: Mapping[str, Any], name: str) -> "BrowserContext":
    """A new profile of one of the demonstration's people; `console`: of ready.json."""
    people = {one["name"]: one for one in console["accounts"]}
    context = await profile(chromium, console)
    told = {"name": name, "password": people[name]["password"]}
    answer = await context.request.post("/api/session", data=told)
    if not answer.ok:
        raise Failure("bench", f"{name} cannot sign in: {await answer.text()}")
    return context
