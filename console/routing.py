"""Routes declared by a decorator from type hints: what is checked is what is documented.

A handler is `async def name(context: Context, ticket_no: TicketNo, query: Model, body: Model)
-> Answer`: `context` first; `query` and `body` are pydantic models; every other name is a part of
the path. Handlers get values that were checked and return what is to be answered.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from aiohttp import web
from pydantic import BaseModel, TypeAdapter

from ticketing.workflow.terms import Role

T = TypeVar("T")
H = TypeVar("H", bound=Callable[..., Awaitable[Any]])

GATEWAY = "X-Sms-Token"
"""What the gateway for short messages shows."""
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Access = frozenset[Role] | Literal["public", "signed_in", "gateway"]
"""Roles of which the user needs one; anybody; anybody who has signed in; the gateway for short
messages, by its own token."""


@dataclass(frozen=True)
class Reply(Generic[T]):
    """An answer with headers, or with another status than the declared one."""

    value: T
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


@dataclass(frozen=True)
class Route:
    """One operation of the API."""

    method: Method
    path: str
    """As in OpenAPI: /api/tickets/{ticket_no}."""
    handler: Callable[..., Awaitable[Any]]
    access: Access
    tag: str
    status: int
    is_versioned: bool
    """Needs If-Match with the version that the client saw."""
    is_given_again: bool
    """Whether a POST with a known Idempotency-Key gets the first answer; else it is done anew."""
    answers: tuple[str, ...]
    """Media types of the answer; the first is the default."""
    max_body: int
    """Bytes."""
    accepts: str
    """Media type of the body."""

    @property
    def name(self) -> str:
        """`tag.handler`, unique: the operationId."""
        return f"{self.tag}.{self.handler.__name__}"

    @property
    def summary(self) -> str:
        """First line of the handler's docstring."""
        return (inspect.getdoc(self.handler) or "").partition("\n")[0]

    @property
    def description(self) -> str:
        """The rest of it."""
        return (inspect.getdoc(self.handler) or "").partition("\n")[2].strip()

    @cached_property
    def hints(self) -> dict[str, Any]:
        """Types of the handler's arguments and answer."""
        return get_type_hints(self.handler, include_extras=True)

    @property
    def path_names(self) -> list[str]:
        """Names in the path, in its order."""
        return re.findall(r"{(\w+)}", self.path)

    @cached_property
    def path_types(self) -> dict[str, TypeAdapter[Any]]:
        """How parts of the path are checked."""
        return {name: TypeAdapter(self.hints[name]) for name in self.path_names}

    @property
    def query(self) -> type[BaseModel] | None:
        """The model of the query string."""
        return cast("type[BaseModel] | None", self.hints.get("query"))

    @cached_property
    def body(self) -> TypeAdapter[Any] | None:
        """How a JSON body is checked; None where there is none."""
        return TypeAdapter(self.hints["body"]) if "body" in self.hints else None

    @cached_property
    def answer(self) -> TypeAdapter[Any] | None:
        """How an answer is written; None where it has no body, or is no JSON."""
        wanted = self.hints["return"]
        if get_origin(wanted) is Reply:
            (wanted,) = get_args(wanted)
        is_plain = isinstance(wanted, type) and issubclass(wanted, (web.StreamResponse, bytes))
        return None if wanted in (None, type(None)) or is_plain else TypeAdapter(wanted)


class Routes:
    """The operations of one subject; `tag` is their heading in the document."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self._routes: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def route(
        self,
        method: Method,
        path: str,
        *,
        access: Access,
        status: int = 200,
        versioned: bool = False,
        given_again: bool = True,
        answers: tuple[str, ...] = ("application/json",),
        accepts: str = "application/json",
        max_body: int = 1 << 20,
    ) -> Callable[[H], H]:
        """Declares a handler; see Route for what the arguments mean."""

        def declare(handler: H) -> H:
            route = Route(
                method, path, handler, access, self.tag, status, versioned, given_again, answers,
                max_body, accepts,
            )  # fmt: skip
            assert route.summary, f"{route.name} has no docstring"
            known = {"context", "query", "body", "return", *route.path_names}
            assert set(route.hints) <= known, f"{route.name}: {set(route.hints) - known}"
            self._routes.append(route)
            return handler

        return declare

    def get(self, path: str, *, access: Access, **more: Any) -> Callable[[H], H]:
        """Declares a GET."""
        return self.route("GET", path, access=access, **more)

    def post(self, path: str, *, access: Access, **more: Any) -> Callable[[H], H]:
        """Declares a POST; it takes an Idempotency-Key (contract §6)."""
        return self.route("POST", path, access=access, **more)
