"""Looking at pages: pictures that are kept, and what axe finds."""

from pathlib import Path

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from service.paths import HOME

PICTURES = HOME / "var" / "screenshots"
GRAVE = ("serious", "critical")


async def picture(page: Page, name: str) -> Path:
    """A screenshot of what is seen, kept as var/screenshots/NAME.png."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    file = PICTURES / f"{name}.png"
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=file, animations="disabled")
    return file


async def check_accessible(page: Page) -> None:
    """Raises AssertionError with the serious and critical findings of axe, where there are any."""
    found = await Axe().run(page)
    grave = [
        f"{one['id']}: {one['help']}: {node['html'][:160]}"
        for one in found.response["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"][:3]
    ]
    assert grave == [], "\n".join(grave)
