"""Orders to the controller: what is told where it does not answer."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from console.live.link import LineSilent, LineUnsure
from service import ordering
from service.errors import Failure
from service.paths import Var


@pytest.fixture
def var(tmp_path: Path) -> Var:
    found = Var.at(tmp_path)
    found.controller_socket.parent.mkdir(parents=True, exist_ok=True)
    return found


async def serve(var: Var, answer: web.Response | None) -> web.AppRunner:
    """A controller that gives this answer, or none in time."""

    async def told(_: web.Request) -> web.Response:
        if answer is None:
            await asyncio.sleep(60)
        assert answer is not None
        return answer

    app = web.Application()
    app.router.add_post("/order/call", told)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.UnixSite(runner, str(var.controller_socket)).start()
    return runner


async def test_where_nothing_listens_nothing_was_dialled(var: Var) -> None:
    with pytest.raises(LineSilent):
        await ordering.console_orders(var)("call", ticket_no="x")
    with pytest.raises(Failure, match="nothing was dialled"):
        await ordering.order(var, "call", ticket_no="x")


@pytest.mark.parametrize("answer", [None, web.Response(status=500)])
async def test_who_was_told_and_did_not_answer_may_be_dialling(
    var: Var, answer: web.Response | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "SECONDS", 0.3)
    runner = await serve(var, answer)
    try:
        with pytest.raises(LineUnsure):
            await ordering.console_orders(var)("call", ticket_no="x")
        if answer is None:
            with pytest.raises(Failure, match="may be dialling"):
                await ordering.order(var, "call", ticket_no="x")
    finally:
        await runner.cleanup()
