"""The web application (工作台): the files of its bundle, served as they were built."""

from collections.abc import Callable
from pathlib import Path

from aiohttp import web

Bundle = Callable[[], Path | None]
"""The folder of the built application; None while it is being built."""

POLICY = "; ".join(
    (
        "default-src 'self'",
        # The component library writes its styles into the page.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Content-Security-Policy of the pages: nothing from anywhere else."""
PERMISSIONS = "microphone=(self), camera=(self), geolocation=(), display-capture=()"
FOREVER = "public, max-age=31536000, immutable"
"""Names below assets/ carry a hash of the contents."""
PAGES = "/{path:(?!api/|open311/|sip).*}"
"""What is not there below the addresses of the API is never answered by a page."""
MISSING = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>12345 热线工作台</title>
<h1>工作台页面尚未生成</h1><p>热线、接口和录音都在正常工作。请联网后重新运行 ./hotline up，
或运行 ./hotline doctor 查看原因。</p></html>"""


def page_routes(bundle: Bundle) -> list[web.RouteDef]:
    """Routes of the pages; without a bundle a page that says what to do.

    Every address that is not the API's gets the application, which finds the page by itself.
    """

    async def file(request: web.Request) -> web.StreamResponse:
        path = request.path
        folder = bundle()
        if folder is None:
            return web.Response(text=MISSING, content_type="text/html", status=503)
        found = _file_of(folder, path)
        if found is None and path.startswith("/assets/"):
            raise web.HTTPNotFound  # of another version: the page is to be loaded anew
        response = web.FileResponse(found or folder / "index.html")
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Permissions-Policy"] = PERMISSIONS
        response.headers["Cache-Control"] = FOREVER if path.startswith("/assets/") else "no-cache"
        return response

    return [web.get(PAGES, file)]


def _file_of(bundle: Path, path: str) -> Path | None:
    """The bundle's file of that name; never anything outside it."""
    root = bundle.resolve()
    wanted = (root / path.lstrip("/")).resolve()
    return wanted if wanted.is_relative_to(root) and wanted.is_file() else None
