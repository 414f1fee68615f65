"""Documents of Open311, as JSON and as XML, and its own form of errors."""

from typing import Any
from xml.etree import ElementTree

from aiohttp import web

from console.errors import ApiError

_ONE_OF = {"service_requests": "request", "services": "service", "errors": "error",
           "endpoints": "endpoint", "formats": "format", "attributes": "attribute"}  # fmt: skip
"""How an entry of a list is called in XML."""


def document(request: web.Request, name: str, value: Any, status: int = 200) -> web.Response:
    """JSON, or XML under an element of that name, as the ending of the path asks."""
    if not request.path.endswith(".xml"):
        return web.json_response(value, status=status)
    body = ElementTree.tostring(_element(name, value), encoding="utf-8", xml_declaration=True)
    return web.Response(body=body, status=status, content_type="application/xml", charset="utf-8")


def problem(request: web.Request, error: ApiError) -> web.Response:
    """Errors as GeoReport has them: a list of code and description."""
    field = f"{error.field}: " if error.field else ""
    told = {"code": error.code, "description": f"{field}{error.message}。{error.fix}"}
    response = document(request, "errors", [told], error.status)
    response.headers.update(error.headers)
    return response


def _element(name: str, value: Any) -> ElementTree.Element:
    element = ElementTree.Element(name)
    if isinstance(value, dict):
        element.extend(_element(key, inner) for key, inner in value.items())
    elif isinstance(value, list):
        element.extend(_element(_ONE_OF[name], inner) for inner in value)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = str(value)
    return element
