"""The web application's files: what is served where, and what never is."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from console.pages import page_routes

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>工作台</title>")
    (folder / "assets" / "index-1a2b.js").write_text("run()")
    (folder / "assets" / "index-1a2b.js.gz").write_bytes(gzip.compress(b"run()"))
    (tmp_path / "secrets.yaml").write_text("key: 1")
    return folder


@pytest_asyncio.fixture
async def client(bundle: Path) -> AsyncIterator[Client]:
    async def sign_in(_: web.Request) -> web.Response:
        return web.Response(status=201)

    app = web.Application()
    app.router.add_post("/api/session", sign_in)
    app.add_routes(page_routes(lambda: bundle))
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/desk", "/tickets/SQ261126000001", "/index.html"])
async def test_every_page_is_the_application(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert answer.status == 200
    assert "工作台" in await answer.text()
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


async def test_files_of_the_bundle_are_kept_by_the_browser_and_sent_packed(client: Client) -> None:
    answer = await client.get("/assets/index-1a2b.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert await answer.text() == "run()"
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    ["/assets/index-of-another-version.js", "/api/nothing", "/open311/v2/nothing.json", "/sip"],
)
async def test_what_is_not_there_is_not_answered_by_a_page(client: Client, path: str) -> None:
    assert (await client.get(path)).status == 404


async def test_nothing_outside_the_bundle_is_served(client: Client) -> None:
    for path in ("/%2e%2e/secrets.yaml", "/assets/..%2f..%2fsecrets.yaml", "/..%2fsecrets.yaml"):
        assert "key" not in await (await client.get(path)).text(), path


async def test_operations_keep_their_methods(client: Client) -> None:
    assert (await client.get("/api/session")).status == 405
    assert (await client.post("/desk")).status == 405


async def test_without_a_bundle_the_page_says_what_to_do() -> None:
    app = web.Application()
    app.add_routes(page_routes(lambda: None))
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/")
        assert answer.status == 503
        assert "./hotline up" in await answer.text()
