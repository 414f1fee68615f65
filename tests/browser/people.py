"""People who work in a browser: signed in as one of the demonstration's accounts."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Page,
    Playwright,
    async_playwright,
    expect,
)

from service.provision.chromium import chromium
from tests.browser.page_ear import EAR
from tests.e2e.line import Line

expect.set_options(timeout=15_000)  # the machine may be busy with other tests

DESK = {"width": 1366, "height": 768}
"""The screen of an agent's desk."""
PHONE = {"width": 360, "height": 740}
"""The screen of a unit's duty phone."""
FLAGS = (
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
EXPECTED = (
    "401 (Unauthorized)",  # asked who is signed in: nobody
    "403 (Forbidden)",
    "409 (Conflict)",
    "422 (Unprocessable",
    "/take",  # 404: the agent who passed the call on had typed nothing
    "/caller",  # 404, asked again: the record of the answer is on its way
)
"""Refusals are answers; the browser writes a line for each of them."""


class People:
    """Opens pages for people; each has a browser profile of his own, as on a machine of his own."""

    def __init__(self, line: Line, playwright: Playwright, stack: AsyncExitStack) -> None:
        self._line = line
        self._playwright = playwright
        self._stack = stack
        self._browsers: dict[Path | None, Browser] = {}
        self.faults: list[str] = []
        """What pages threw, or wrote as errors."""

    @classmethod
    @asynccontextmanager
    async def of(cls, line: Line) -> AsyncIterator["People"]:
        async with AsyncExitStack() as stack:
            playwright = await stack.enter_async_context(async_playwright())
            yield cls(line, playwright, stack)

    @property
    def accounts(self) -> Mapping[str, Mapping[str, Any]]:
        """Of the demonstration, by name."""
        return {one["name"]: one for one in self._line.ready["console"]["accounts"]}

    async def visit(
        self,
        path: str = "/",
        *,
        screen: Mapping[str, int] = DESK,
        microphone: Path | None = None,
    ) -> Page:
        """A page in a fresh profile; nobody is signed in. `microphone`: a WAV it hears."""
        browser = await self._browser(microphone)
        context = await browser.new_context(
            base_url=self._line.ready["console"]["url"],
            viewport={"width": screen["width"], "height": screen["height"]},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            permissions=["microphone"],
            ignore_https_errors=True,
        )
        self._stack.push_async_callback(context.close)
        if microphone is not None:
            await context.add_init_script(EAR)
        page = await context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.faults.append(f"{path}: {error}"))
        page.on("console", self._wrote)
        await page.goto(path)
        return page

    async def sign_in(
        self,
        name: str,
        path: str = "/",
        *,
        screen: Mapping[str, int] = DESK,
        microphone: Path | None = None,
    ) -> Page:
        """The page at `path`, with that account signed in by its form."""
        page = await self.visit(path, screen=screen, microphone=microphone)
        await page.get_by_label("账号").fill(name)
        await page.get_by_label("密码", exact=True).fill(str(self.accounts[name]["password"]))
        await page.get_by_role("button", name="登录").click()
        await page.locator("header.top-bar").wait_for()
        return page

    async def _browser(self, microphone: Path | None) -> Browser:
        if microphone not in self._browsers:
            found = chromium(offline=True, say=lambda _: None)
            heard = [f"--use-file-for-fake-audio-capture={microphone}"] if microphone else []
            self._browsers[microphone] = browser = await self._playwright.chromium.launch(
                executable_path=found.executable, env=dict(found.env), args=[*FLAGS, *heard]
            )
            self._stack.push_async_callback(browser.close)
        return self._browsers[microphone]

    def _wrote(self, message: ConsoleMessage) -> None:
        wrote = f"{message.text} {message.location.get('url')}"
        if message.type == "error" and not any(known in wrote for known in EXPECTED):
            self.faults.append(wrote)
