"""Looking at pages: pictures that are kept, and what axe finds."""

from pathlib import Path

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page

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


AT_REST = """Promise.all(
  document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
    .map((one) => one.finished.catch(() => undefined)),
)"""
"""What fades in or out has colours that nobody reads."""


async def check_accessible(page: Page) -> None:
    """Raises AssertionError with the serious and critical findings of axe, where there are any."""
    await page.evaluate(AT_REST)
    found = await Axe().run(page)
    grave = [
        f"{one['id']}: {one['help']}: {node['html'][:160]}"
        for one in found.response["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"][:3]
    ]
    assert grave == [], "\n".join(grave)


async def select_text(page: Page, text: Locator) -> str:
    """Draws the mouse over a text from its start to its middle; what is selected then."""
    box = await text.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    await page.mouse.move(box["x"] + 2, middle)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] / 2, middle, steps=5)
    await page.mouse.up()
    return str(await page.evaluate("getSelection().toString()"))
