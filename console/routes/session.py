"""Signing in and out; who one is."""

from http.cookies import SimpleCookie
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from console import passwords
from console.account_rows import Account
from console.context import Context
from console.errors import unauthenticated
from console.routing import Reply, Routes
from console.sessions import COOKIE, IDLE, LIFETIME
from store.types import local_iso
from ticketing.workflow.terms import Role

routes = Routes("session")

Password = Annotated[str, Field(min_length=1, max_length=passwords.LONGEST)]
NewPassword = Annotated[str, Field(min_length=passwords.SHORTEST, max_length=passwords.LONGEST)]
Code = Annotated[str, Field(min_length=6, max_length=20)]


class SignIn(BaseModel):
    """Name and password; `new_password` takes the place of a one-time password; `code` is that
    of the authenticator, or a recovery code, where the account has a second factor."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=40)
    password: Password
    new_password: NewPassword | None = None
    code: Code | None = None


class User(BaseModel):
    """Who is signed in."""

    name: str
    full_name: str | None
    roles: list[Role]
    unit: str | None
    agent_no: str | None
    has_totp: bool
    """He signs in with a second factor."""
    totp_required: bool
    """He has to enrol one before anything else."""
    expires_at: str | None
    """When the session ends at the latest; null for tokens."""
    idle_seconds: int
    """A session that is not used for so long ends."""
    csrf_token: str | None
    """To be sent as X-CSRF-Token with every change; null for tokens, which need none."""


@routes.post("/api/session", access="public", status=201)
async def sign_in(context: Context, body: SignIn) -> Reply[User]:
    """Sign in with a password; the session is kept in a cookie (HttpOnly, SameSite=Strict).

    401 `code_required`: send it again with `code`; 403 `password_change_required`: send it again
    with `new_password`, and with the same `code`, which was not used up.
    """
    begun = await context.parts.sessions.sign_in(
        body.name,
        body.password,
        new_password=body.new_password,
        code=body.code,
        place=context.place,
        at=context.now,
    )
    user = _user(context, begun.account, begun.secret, local_iso(begun.expires_at))
    seconds = round(LIFETIME.total_seconds())
    return Reply(user, {"Set-Cookie": _cookie(context, begun.secret, seconds)})


@routes.get("/api/session", access="signed_in")
async def show(context: Context) -> User:
    """Who is signed in, until when, and the page's token for changes."""
    secret = page_secret(context)
    if secret is None:
        return _user(context, context.user, None, None)
    ends = await context.parts.sessions.end_of(secret)
    return _user(context, context.user, secret, local_iso(ends))


@routes.route("DELETE", "/api/session", access="signed_in", status=204)
async def sign_out(context: Context) -> Reply[None]:
    """Sign out; the cookie is worth nothing any longer."""
    secret = must_page_secret(context)
    await context.parts.sessions.sign_out(secret, place=context.place, at=context.now)
    await context.parts.softphones.end_session(secret)
    return Reply(None, {"Set-Cookie": _cookie(context, "", 0)})


def page_secret(context: Context) -> str | None:
    """The secret of the session that asks; None for a token."""
    is_token = "Authorization" in context.request.headers
    return None if is_token else context.request.cookies.get(COOKIE)


def must_page_secret(context: Context) -> str:
    """The same, for what a person does who is signed in. Raises ApiError 401 for a token."""
    secret = page_secret(context)
    if secret is None:  # a token is ended by `hotline users revoke`
        raise unauthenticated()
    return secret


def _user(context: Context, account: Account, secret: str | None, ends: str | None) -> User:
    wants = context.parts.settings.wants_totp(account.roles, account.has_totp)
    return User(
        **account.to_json(),
        has_totp=account.has_totp,
        totp_required=wants and secret is not None,
        expires_at=ends,
        idle_seconds=round(IDLE.total_seconds()),
        csrf_token=passwords.csrf_token(secret) if secret is not None else None,
    )


def _cookie(context: Context, value: str, seconds: int) -> str:
    """A Set-Cookie that scripts cannot read and other sites cannot send."""
    made: SimpleCookie = SimpleCookie({COOKIE: value})
    parts: dict[str, Any] = {"path": "/", "max-age": seconds, "samesite": "Strict"}
    made[COOKIE].update({**parts, "httponly": True})
    if context.parts.settings.is_secure:
        made[COOKIE]["secure"] = True
    return made[COOKIE].OutputString()
