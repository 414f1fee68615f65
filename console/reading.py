"""Requests read and checked: bodies, query strings, parts of the path, headers.

Control characters are refused wherever text comes in: no database, page or printer needs them.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from aiohttp import web
from aiohttp.web_exceptions import HTTPRequestEntityTooLarge
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import from_json

from console.errors import ApiError, invalid, of_field
from console.routing import Route
from store.types import JsonObject, twice
from ticketing.new_ticket import CONTROL

_LARGEST = 2**53
"""Larger integers are not the same in every program that reads JSON."""
_VERSION = re.compile(r'^(?:W/)?"?([0-9]{1,9})"?$')


async def arguments(route: Route, request: web.Request, body: bytes) -> JsonObject:
    """The handler's arguments beside the context. Raises ApiError."""
    found: JsonObject = {}
    for name, kind in route.path_types.items():
        found[name] = _checked(kind, request.match_info[name], name)
    if route.query is not None:
        found["query"] = _query(route.query, request)
    elif request.query:
        first = next(iter(request.query))
        raise invalid(first, f"此接口没有参数{first[:40]}", "请去掉参数")
    if route.body is not None and route.accepts == "application/json":
        found["body"] = _json(route.body, body)
    elif "body" in route.hints:
        found["body"] = body
    return found


async def read_body(route: Route, request: web.Request) -> bytes:
    """The body. Raises ApiError 413 or 415."""
    if "body" not in route.hints:
        return b""
    if request.content_type != route.accepts and request.body_exists:
        raise ApiError(
            415, "unsupported_media_type", "Content-Type",
            f"不支持的内容类型{request.content_type[:60]}", f"请使用{route.accepts}",
        )  # fmt: skip
    try:
        return await request.clone(client_max_size=route.max_body).read()
    except HTTPRequestEntityTooLarge:
        raise ApiError(
            413, "too_large", None, "提交的内容过大", f"请不超过{route.max_body}字节"
        ) from None


def version(request: web.Request) -> int:
    """The version in If-Match. Raises ApiError 428 or 422."""
    told = request.headers.get("If-Match")
    if told is None:
        raise ApiError(
            428, "version_required", "If-Match", "没有写明所见工单的版本",
            "请在 If-Match 中填写读取工单时 ETag 中的版本",
        )  # fmt: skip
    found = _VERSION.match(told.strip())
    if found is None:
        raise invalid("If-Match", f"版本“{told[:40]}”无效", '请填写整数版本，例如 "3"')
    return int(found[1])


def idempotency_key(request: web.Request) -> str | None:
    """The Idempotency-Key. Raises ApiError 422."""
    told = request.headers.get("Idempotency-Key")
    if told is not None and not (0 < len(told) <= 200 and told.isprintable()):
        raise invalid("Idempotency-Key", "Idempotency-Key无效", "请填写1至200个可见字符")
    return told


def collected(pairs: Iterable[tuple[str, str]], lists: Collection[str] = frozenset()) -> JsonObject:
    """Values of a query or a form by name; only those of `lists` may be repeated. Raises
    ApiError."""
    given: JsonObject = {}
    for name, value in pairs:
        if name in lists:
            given.setdefault(name, []).append(value)
        elif name in given:
            raise invalid(name, f"参数{name[:40]}写了多次", "请只写一次")
        else:
            given[name] = value
    _no_control_characters(given, "")
    return given


def _query(model: type[BaseModel], request: web.Request) -> BaseModel:
    lists = {
        field.alias or name
        for name, field in model.model_fields.items()
        if "list" in str(field.annotation)
    }
    given = collected(request.query.items(), lists)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        first["loc"] = first["loc"][:1]  # of a name that may be repeated: the name
        raise of_field(first) from None


def _json(kind: TypeAdapter[Any], body: bytes) -> Any:
    try:
        value = from_json(body, allow_inf_nan=False)
        json.loads(body, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise ApiError(
            400, "invalid_json", None, f"内容不是有效的JSON：{str(error)[:100]}", "请提交JSON"
        ) from None
    _no_control_characters(value, "")
    return _checked(kind, value, "")


def _unique(pairs: list[tuple[str, Any]]) -> None:
    key = twice(pairs)
    if key is not None:
        raise invalid(key[:40], f"{key[:40]}写了多次", "请只写一次")


def _checked(kind: TypeAdapter[Any], value: Any, name: str) -> Any:
    _no_control_characters(value, name)
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        raise of_field(error.errors()[0], prefix=name) from None


def _no_control_characters(value: Any, name: str) -> None:
    if isinstance(value, str):
        if CONTROL.search(value):
            raise invalid(name or None, f"{name or '内容'}含有控制字符", "请去掉控制字符")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            shown = re.sub(CONTROL, "", str(key))[:40]
            if shown != str(key)[:40]:
                raise invalid(shown or None, "名称含有控制字符", "请去掉控制字符")
            _no_control_characters(inner, f"{name}.{shown}" if name else shown)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _no_control_characters(inner, f"{name}.{index}" if name else str(index))
    elif isinstance(value, int | float) and abs(value) > _LARGEST:
        raise invalid(name or None, f"{name or '内容'}的数过大", "请填写较小的数")
