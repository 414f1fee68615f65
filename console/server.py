"""The HTTP server: requests to handlers, answers and errors back."""

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache

from aiohttp import web

from console import given_answers, passwords, reading
from console.account_rows import Account
from console.context import GRANTS, HUB, Context, Parts
from console.errors import ApiError, forbidden, of_refusal, unauthenticated
from console.given_answers import Answer
from console.grants import Grants
from console.live.hub import Hub
from console.live.socket import live_routes
from console.open311.server import Open311
from console.openapi import document
from console.pages import page_routes
from console.routes import ALL
from console.routing import GATEWAY, Reply, Route
from console.second_factor import check_enrolled
from console.sessions import COOKIE
from console.softphones import phone_routes
from ticketing.refusal import Refusal

log = logging.getLogger(__name__)

CSRF = "X-CSRF-Token"
BACKGROUND = "X-Background"
"""A page asks by itself, with nobody at it: the session is not kept open by that."""
SAFE = frozenset({"GET", "HEAD"})
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(
    parts: Parts, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> web.Application:
    """The whole API over these parts."""
    app = web.Application(middlewares=[_answer_errors], handler_args={"max_field_size": 8190})
    for route in ALL:
        app.router.add_route(route.method, route.path, _handler(route, parts, now))
    app.router.add_get("/api/openapi.json", _openapi)
    app.add_routes(Open311(parts, now).routes())
    app[GRANTS] = Grants()
    app[HUB] = hub = Hub(parts.line, parts.store)
    app.cleanup_ctx.append(_following(hub))
    app.on_shutdown.append(_leaving(hub))
    app.add_routes(live_routes(hub, parts.sessions, parts.settings, now))
    phones, on_duty = parts.softphones, hub.mirror.on_duty
    app.add_routes(phone_routes(phones, parts.sessions, parts.settings, on_duty, now))
    app.on_shutdown.append(lambda _: phones.close())
    app.add_routes(page_routes(parts.bundle))
    return app


async def _openapi(_: web.Request) -> web.Response:
    described = await asyncio.to_thread(_described)
    return web.Response(body=described, content_type="application/json")


@cache
def _described() -> bytes:
    """The OpenAPI document; making it takes a quarter of a second of a core."""
    return json.dumps(document(ALL)).encode()


def _following(hub: Hub) -> Callable[[web.Application], AsyncIterator[None]]:
    async def follow(app: web.Application) -> AsyncIterator[None]:
        async with hub.running():
            yield

    return follow


def _leaving(hub: Hub) -> Callable[[web.Application], Awaitable[None]]:
    async def leave(app: web.Application) -> None:
        hub.close()

    return leave


@asynccontextmanager
async def serving(
    app: web.Application, bind: str, port: int, tls: ssl.SSLContext | None
) -> AsyncIterator[None]:
    """Serves until exit. Raises OSError where the port cannot be had."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
    await runner.setup()
    site = web.TCPSite(runner, bind, port, ssl_context=tls)
    await site.start()
    try:
        yield
    finally:
        await runner.cleanup()


def _handler(route: Route, parts: Parts, now: Callable[[], datetime]) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        at = now()
        account = await _account(route, request, parts, at)
        _allowed(route, account, request, parts)
        version = reading.version(request) if route.is_versioned else None
        context = Context(parts, request, at, account, version)
        body = await reading.read_body(route, request)
        key = reading.idempotency_key(request) if route.method == "POST" else None
        if key is None or account is None or not route.is_given_again:
            found = await _done(route, context, body)
            return found if isinstance(found, web.StreamResponse) else _response(found)

        async def work() -> Answer:
            done = await _done(route, context, body)
            assert isinstance(done, Answer), f"{route.name}: files cannot be given again"
            return done

        what = f"{route.method} {request.path_qs} {version}\n".encode() + body
        return _response(await given_answers.once(parts.store, account.name, key, what, at, work))

    return handle


async def _account(
    route: Route, request: web.Request, parts: Parts, at: datetime
) -> Account | None:
    """Who asks; a wrong token is refused even where none is needed."""
    told = request.headers.get("Authorization")
    if told is not None:
        scheme, _, token = told.partition(" ")
        if scheme.lower() != "bearer":
            raise unauthenticated()
        return await parts.tokens.owner(token.strip(), at)
    secret = request.cookies.get(COOKIE)
    if secret is None or route.access in ("public", "gateway"):
        return None
    uses = BACKGROUND not in request.headers
    account = await parts.sessions.of_session(secret, at, uses=uses)
    if route.method not in SAFE:
        shown = request.headers.get(CSRF, "")
        if not passwords.is_same(shown, passwords.csrf_token(secret)):
            raise ApiError(403, "csrf", CSRF, "页面的安全令牌缺失或已失效", "请刷新页面后再提交")
    if route.tag != "session":
        check_enrolled(account, parts.settings)
    return account


def _allowed(route: Route, account: Account | None, request: web.Request, parts: Parts) -> None:
    if route.access == "public":
        return
    if route.access == "gateway":
        _is_gateway(request, parts)
        return
    if account is None:
        raise unauthenticated()
    if route.access != "signed_in" and not route.access & set(account.roles):
        raise forbidden(sorted(route.access))


def _is_gateway(request: web.Request, parts: Parts) -> None:
    known = parts.sms.token if parts.sms is not None else ""
    if not known or not passwords.is_same(request.headers.get(GATEWAY, ""), known):
        raise ApiError(
            401,
            "unauthenticated",
            GATEWAY,
            "不是本系统的短信网关",
            f"请在 {GATEWAY} 中出示 config.yaml 里 sms.http.token 的值",
        )


async def _done(route: Route, context: Context, body: bytes) -> Answer | web.StreamResponse:
    told = await reading.arguments(route, context.request, body)
    value = await route.handler(context, **told)
    if isinstance(value, web.StreamResponse):
        return value
    reply = value if isinstance(value, Reply) else Reply(value)
    text = ""
    if route.answer is not None:
        text = route.answer.dump_json(reply.value, by_alias=True, warnings=False).decode()
    headers = {"Content-Type": route.answers[0], **reply.headers} if text else dict(reply.headers)
    return Answer(reply.status or route.status, text, headers)


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, text=answer.body or None, headers=answer.headers)


@web.middleware
async def _answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        response = await handler(request)
    except ApiError as error:
        response = _error(error)
    except Refusal as refusal:
        response = _error(of_refusal(refusal))
    except web.HTTPException as error:
        response = _error(_of_http(error))
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        response = _error(
            ApiError(500, "internal", None, "系统内部错误，没有保存任何内容", "请稍后再试")
        )
    if not response.prepared:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
    return response


def _error(error: ApiError) -> web.Response:
    return web.json_response(error.to_json(), status=error.status, headers=error.headers)


def _of_http(error: web.HTTPException) -> ApiError:
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = "、".join(sorted(error.allowed_methods))
        headers = {"Allow": error.headers.get("Allow", "")}
        fix = f"此地址可用：{allowed}"
        return ApiError(405, "method_not_allowed", None, "不支持的方法", fix, headers)
    if error.status == 404:
        return ApiError(404, "not_found", None, "没有这个地址", "请核对地址")
    return ApiError(error.status, "bad_request", None, error.reason or "请求无效", "请核对请求")
