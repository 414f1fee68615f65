"""Signing in and out; who one is."""

from http.cookies import SimpleCookie
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from console import passwords
from console.accounts import Account
from console.context import Context
from console.errors import unauthenticated
from console.routing import Reply, Routes
from console.sessions import COOKIE, LIFETIME
from ticketing.workflow.terms import Role

routes = Routes("session")


class SignIn(BaseModel):
    """Name and password; `new_password` takes the place of a one-time password."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=40)
    password: str = Field(min_length=1, max_length=passwords.LONGEST)
    new_password: str | None = Field(
        default=None, min_length=passwords.SHORTEST, max_length=passwords.LONGEST
    )


class User(BaseModel):
    """Who is signed in."""

    name: str
    full_name: str | None
    roles: list[Role]
    unit: str | None
    agent_no: str | None
    csrf_token: str | None
    """To be sent as X-CSRF-Token with every change; null for tokens, which need none."""


@routes.post("/api/session", access="public", status=201)
async def sign_in(context: Context, body: SignIn) -> Reply[User]:
    """Sign in with a password; the session is kept in a cookie (HttpOnly, SameSite=Strict)."""
    begun = await context.parts.sessions.sign_in(
        body.name, body.password, body.new_password, address=context.address, at=context.now
    )
    user = _user(begun.account, passwords.csrf_token(begun.secret))
    seconds = round(LIFETIME.total_seconds())
    return Reply(user, {"Set-Cookie": _cookie(context, begun.secret, seconds)})


@routes.get("/api/session", access="signed_in")
async def show(context: Context) -> User:
    """Who is signed in, and the page's token for changes."""
    secret = context.request.cookies.get(COOKIE)
    is_page = secret is not None and "Authorization" not in context.request.headers
    return _user(context.user, passwords.csrf_token(secret or "") if is_page else None)


@routes.route("DELETE", "/api/session", access="signed_in", status=204)
async def sign_out(context: Context) -> Reply[None]:
    """Sign out; the cookie is worth nothing any longer."""
    secret = context.request.cookies.get(COOKIE)
    if secret is None:  # a token is ended by `hotline users revoke`
        raise unauthenticated()
    await context.parts.sessions.sign_out(secret, address=context.address, at=context.now)
    await context.parts.softphones.end_session(secret)
    return Reply(None, {"Set-Cookie": _cookie(context, "", 0)})


def _user(account: Account, csrf_token: str | None) -> User:
    return User(**account.to_json(), csrf_token=csrf_token)


def _cookie(context: Context, value: str, seconds: int) -> str:
    """A Set-Cookie that scripts cannot read and other sites cannot send."""
    made: SimpleCookie = SimpleCookie({COOKIE: value})
    parts: dict[str, Any] = {"path": "/", "max-age": seconds, "samesite": "Strict"}
    made[COOKIE].update({**parts, "httponly": True})
    if context.parts.settings.is_secure:
        made[COOKIE]["secure"] = True
    return made[COOKIE].OutputString()
