"""The OpenAPI 3.1 document of the API, made from its routes."""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import TypeAdapter

from console.errors import ErrorDocument
from console.routing import GATEWAY, Route
from console.sessions import COOKIE
from store.types import JsonObject

Mode = Literal["validation", "serialization"]
_REF = "#/components/schemas/{model}"
_MEANING = {
    400: "The body is no JSON",
    401: "Nobody is signed in, or the token is not valid",
    403: "Not for the user's roles",
    404: "There is no such thing, or it may not be seen",
    409: "State, time or concurrency (contract §6)",
    410: "It was there and is no more",
    413: "Too large",
    415: "Another media type is wanted",
    422: "A field at fault; `error.field` names it",
    428: "If-Match is missing",
    429: "Too many attempts",
    503: "The line does not answer, or what is wanted is not ready yet",
}


def document(routes: Iterable[Route]) -> JsonObject:
    """The document of these routes."""
    routes = list(routes)
    schemas, components = _schemas(routes)
    paths: JsonObject = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "12345 政务服务便民热线",
            "version": "1",
            "description": "Tickets of a city's hotline. Texts for people are Chinese.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "gateway": {"type": "apiKey", "in": "header", "name": GATEWAY},
            },
        },
    }


def _schemas(routes: list[Route]) -> tuple[dict[tuple[str, str], JsonObject], JsonObject]:
    """Schemas by operation and part, and the named ones that they refer to."""
    wanted: list[tuple[tuple[str, str], Mode, TypeAdapter[Any]]] = []
    for route in routes:
        for name, kind in route.path_types.items():
            wanted.append(((route.name, f"path.{name}"), "validation", kind))
        if route.query is not None:
            wanted.append(((route.name, "query"), "validation", TypeAdapter(route.query)))
        if route.body is not None:
            wanted.append(((route.name, "body"), "validation", route.body))
        if route.answer is not None:
            wanted.append(((route.name, "answer"), "serialization", route.answer))
    wanted.append((("error", "error"), "serialization", TypeAdapter(ErrorDocument)))
    found, rest = TypeAdapter.json_schemas(wanted, ref_template=_REF)
    named: JsonObject = rest.get("$defs", {})
    schemas: dict[tuple[str, str], JsonObject] = {key: schema for (key, _), schema in found.items()}
    queries = {
        key: schema["$ref"].rpartition("/")[2]
        for key, schema in schemas.items()
        if key[1] == "query"
    }
    schemas |= {key: named[name] for key, name in queries.items()}  # told as parameters
    return schemas, {name: one for name, one in named.items() if name not in queries.values()}


def _operation(route: Route, schemas: dict[tuple[str, str], JsonObject]) -> JsonObject:
    told: JsonObject = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        "x-roles": _roles(route),
        "parameters": _parameters(route, schemas),
        "responses": _responses(route, schemas),
        "security": _security(route),
    }
    if route.description:
        told["description"] = route.description
    if "body" in route.hints:
        schema = schemas.get((route.name, "body"), {"type": "string", "format": "binary"})
        told["requestBody"] = {"required": True, "content": {route.accepts: {"schema": schema}}}
    return told


def _security(route: Route) -> list[JsonObject]:
    if route.access == "public":
        return []
    return [{"gateway": []}] if route.access == "gateway" else [{"token": []}, {"session": []}]


def _roles(route: Route) -> list[str] | str:
    return route.access if isinstance(route.access, str) else sorted(route.access)


def _parameters(route: Route, schemas: dict[tuple[str, str], JsonObject]) -> list[JsonObject]:
    found: list[JsonObject] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": schemas[route.name, f"path.{name}"],
        }
        for name in route.path_names
    ]
    query = schemas.get((route.name, "query"), {})
    for name, schema in query.get("properties", {}).items():
        required = name in query.get("required", [])
        told = {"name": name, "in": "query", "required": required, "schema": _given(schema)}
        found.append(told)
    if route.is_versioned:
        found.append(_header("If-Match", '^"?[0-9]{1,9}"?$', required=True))
    is_kept = route.is_given_again and route.access not in ("public", "gateway")
    if route.method == "POST" and is_kept:
        found.append(_header("Idempotency-Key", "^[!-~]{1,200}$", required=False))
    return found


def _given(schema: JsonObject) -> JsonObject:
    """A parameter that is not wanted is left out: there is no null in a query string."""
    kinds = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**rest, **kinds[0]}


def _header(name: str, pattern: str, *, required: bool) -> JsonObject:
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "header", "required": required, "schema": schema}


def _responses(route: Route, schemas: dict[tuple[str, str], JsonObject]) -> JsonObject:
    done: JsonObject = {"description": "Done"}
    if (route.name, "answer") in schemas:
        schema = schemas[route.name, "answer"]
        done["content"] = {kind: {"schema": schema} for kind in route.answers}
    elif route.status != 204:
        schema = {"type": "string", "format": "binary"}
        done["content"] = {kind: {"schema": schema} for kind in route.answers}
    error = {"application/json": {"schema": schemas["error", "error"]}}
    codes = {422}
    if route.access != "public":
        codes |= {401, 403}
    if route.path_names:
        codes |= {404}
    if "body" in route.hints:
        codes |= {400, 413, 415}
    if route.method != "GET":
        codes |= {403, 404, 409, 429}
    if route.is_versioned:
        codes |= {428}
    if route.tag in ("line", "line_data", "desk", "printing"):
        codes |= {503}
    if route.tag == "recordings":
        codes |= {409, 410}
    if route.tag == "session":
        codes |= {401, 403}
    return {str(route.status): done} | {
        str(code): {"description": _MEANING[code], "content": error} for code in sorted(codes)
    }
