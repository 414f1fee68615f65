"""The endpoints of Open311: discovery, services, requests.

Reading needs a token unless `console.open311_public` opens it to anybody; filing a request needs
the token of a program (role system) as `api_key`.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import parse_qsl
from uuid import uuid4

from aiohttp import web
from aiohttp.web_exceptions import HTTPRequestEntityTooLarge

from console import reading
from console.context import Parts
from console.errors import ApiError, forbidden, of_refusal, unauthenticated
from console.open311.given import NewRequest, NoQuery, RequestsQuery, checked
from console.open311.texts import document, problem
from store.types import SHANGHAI, JsonObject, local_iso
from ticketing.citydata import CityData
from ticketing.letters import receive
from ticketing.publishing import PublicQuery, PublicTicket, public_tickets
from ticketing.refusal import Refusal

FORM = "application/x-www-form-urlencoded"
CHANGED = "2026-11-26T00:00:00+08:00"
"""When these endpoints last changed."""
LARGEST_FORM = 256 * 1024
MOST_PARTS = 40
_ROOT = "/open311/v2"
Answer = Callable[[web.Request], Awaitable[web.Response]]


class Open311:
    """The handlers over the parts of the system."""

    def __init__(self, parts: Parts, now: Callable[[], datetime]) -> None:
        self._parts = parts
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        """All of them; a path ends in .json or .xml."""
        handlers = (
            ("GET", "/discovery", self._discovery),
            ("GET", "/services", self._services),
            ("GET", "/services/{service_code}", self._definition),
            ("GET", "/requests", self._requests),
            ("POST", "/requests", self._take),
            ("GET", "/requests/{service_request_id}", self._request),
        )
        return [
            web.route(method, _ROOT + path + "{ending:[.](?:json|xml)}", _with_errors(handler))
            for method, path, handler in handlers
        ]

    async def _discovery(self, request: web.Request) -> web.Response:
        checked(NoQuery, _query(request))
        endpoint = {
            "specification": "http://wiki.open311.org/GeoReport_v2",
            "url": str(request.url.with_path(_ROOT).with_query(None)),
            "changeset": CHANGED,
            "type": "production",
            "formats": ["application/json", "application/xml"],
        }
        told = {
            "changeset": CHANGED,
            "contact": f"{self._parts.city_name}12345政务服务便民热线",
            "key_service": "向热线平台管理员申请令牌",
            "endpoints": [endpoint],
        }
        return document(request, "discovery", told)

    async def _services(self, request: web.Request) -> web.Response:
        await self._may_read(request)
        checked(NoQuery, _query(request))
        city = await self._parts.tickets.city()
        today = self._now().astimezone(SHANGHAI).date()
        entries = [_service(city, code) for code, one in city.categories.items()
                   if one.is_active(today)]  # fmt: skip
        return document(request, "services", entries)

    async def _definition(self, request: web.Request) -> web.Response:
        """No service asks for attributes of its own."""
        await self._may_read(request)
        checked(NoQuery, _query(request))
        code = request.match_info["service_code"]
        if code not in (await self._parts.tickets.city()).categories:
            raise _unknown("service_code", "没有此服务")
        return document(request, "service_definition", {"service_code": code, "attributes": []})

    async def _requests(self, request: web.Request) -> web.Response:
        await self._may_read(request)
        wanted = checked(RequestsQuery, _query(request)).wanted(self._now())
        return await self._listed(request, wanted)

    async def _request(self, request: web.Request) -> web.Response:
        await self._may_read(request)
        checked(NoQuery, _query(request))
        number = request.match_info["service_request_id"]
        return await self._listed(request, PublicQuery(numbers=[number]), is_one=True)

    async def _listed(
        self, request: web.Request, wanted: PublicQuery, *, is_one: bool = False
    ) -> web.Response:
        city = await self._parts.tickets.city()
        found = await public_tickets(self._parts.store, wanted)
        if is_one and not found:
            raise _unknown("service_request_id", "没有此工单，或此工单不公开")
        entries = [_entry(city, one) for one in found]
        return document(request, "service_requests", entries)

    async def _take(self, request: web.Request) -> web.Response:
        """A request becomes a ticket as a letter does; an Idempotency-Key makes it be one."""
        given = checked(NewRequest, await _form(request))
        account = await self._parts.tokens.owner(given.api_key, self._now())
        if "system" not in account.roles:
            raise forbidden(["system"])
        got = await receive(
            self._parts.store,
            self._parts.tickets,
            given.matter(),
            source=account.name,
            external_id=reading.idempotency_key(request) or f"open311-{uuid4()}",
            at=self._now(),
        )
        made = got.ticket
        told = {
            "service_request_id": made.ticket_no,
            "service_notice": f"已登记。拨打12345，凭查询码{made.query_code}可查询办理进度。",
            "account_id": None,
        }
        return document(request, "service_requests", [told])

    async def _may_read(self, request: web.Request) -> None:
        if self._parts.settings.open311_public:
            return
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise unauthenticated()
        await self._parts.tokens.owner(token.strip(), self._now())


def _service(city: CityData, code: str) -> JsonObject:
    one = city.categories[code]
    return {
        "service_code": code,
        "service_name": one.l2,
        "description": f"{one.l1}：{one.l2}",
        "metadata": False,
        "type": "realtime",
        "keywords": ",".join(one.keywords),
        "group": one.l1,
    }


def _entry(city: CityData, one: PublicTicket) -> JsonObject:
    category = city.categories.get(one.category or "")
    unit = city.units.get(one.unit or "")
    region = city.regions.get(one.region or "")
    return {
        "service_request_id": one.ticket_no,
        "status": "closed" if one.is_closed else "open",
        "status_notes": one.reply,
        "service_name": category.l2 if category else None,
        "service_code": one.category,
        "description": None,  # the citizen's own words are not public
        "agency_responsible": unit.name if unit else None,
        "service_notice": None,
        "requested_datetime": local_iso(one.created_at),
        "updated_datetime": local_iso(one.updated_at),
        "expected_datetime": None,
        "address": f"{region.name if region else ''}{one.town or ''}" or None,
        "address_id": one.region,
        "zipcode": None,
        "lat": None,
        "long": None,
        "media_url": None,
    }


def _with_errors(handler: Answer) -> Answer:
    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except ApiError as error:
            return problem(request, error)
        except Refusal as refusal:
            return problem(request, of_refusal(refusal))

    return handle


def _query(request: web.Request) -> list[tuple[str, str]]:
    return list(request.query.items())


async def _form(request: web.Request) -> list[tuple[str, str]]:
    checked(NoQuery, _query(request))
    if request.content_type != FORM:
        raise ApiError(415, "unsupported_media_type", "Content-Type", "内容不是表单",
                       f"请使用{FORM}")  # fmt: skip
    try:
        body = await request.clone(client_max_size=LARGEST_FORM).read()
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_PARTS)
    except HTTPRequestEntityTooLarge:
        raise ApiError(413, "too_large", None, "提交的内容过大",
                       f"请不超过{LARGEST_FORM}字节") from None  # fmt: skip
    except ValueError:
        raise ApiError(400, "invalid_form", None, "内容不是UTF-8编码的表单，或项目过多",
                       f"请提交不超过{MOST_PARTS}项的表单") from None  # fmt: skip


def _unknown(field: str, message: str) -> ApiError:
    return ApiError(404, "not_found", field, message, "请核对编号")
