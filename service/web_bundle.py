"""The pages of the console and the fonts of its documents, brought beside the running line."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from service.background import in_background
from service.files import read_json, write_json
from service.paths import Var
from service.provision import web
from service.provision.fonts import fonts


async def bring_bundle(var: Var, *, offline: bool, say: Callable[[str], None]) -> None:
    """The line does not wait for its pages: building may take minutes at the first start."""
    if (found := await asyncio.to_thread(web.built_before)) is not None:
        write_json(var.web, {"bundle": str(found)})
        return
    var.web.unlink(missing_ok=True)
    bundle = await in_background(
        "web-bundle",
        lambda tell: web.bundle(offline=offline, say=tell),
        say,
        "no pages yet, the line and the API work",
    )
    if bundle is not None:
        write_json(var.web, {"bundle": str(bundle)})
        say("console: its pages are ready")


async def bring_fonts(*, offline: bool, say: Callable[[str], None]) -> None:
    """Printed tickets need them, the line does not."""
    await in_background(
        "fonts",
        lambda tell: fonts(offline=offline, say=tell),
        say,
        "tickets are printed as DOCX only",
    )


def bundle_of(var: Var) -> Callable[[], Path | None]:
    """The bundle of the running line, looked for until it is there."""
    found: Path | None = None

    def look() -> Path | None:
        nonlocal found
        if found is None:
            kept = read_json(var.web)
            found = Path(str(kept["bundle"])) if kept else None
        return found

    return look
