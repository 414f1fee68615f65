"""What a person does about his own account: password, second factor, sessions, settings."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from console.context import Context
from console.errors import ApiError
from console.personal_settings import PersonalSettings
from console.routes.session import Code, NewPassword, Password, must_page_secret, page_secret
from console.routing import Routes

routes = Routes("session")

SessionId = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]


class PasswordChange(BaseModel):
    """The password that holds, and the one that is to hold."""

    model_config = ConfigDict(extra="forbid")

    password: Password
    new_password: NewPassword


class PasswordAgain(BaseModel):
    """That it is he who sits there."""

    model_config = ConfigDict(extra="forbid")

    password: Password


class FirstCode(BaseModel):
    """What the authenticator shows."""

    model_config = ConfigDict(extra="forbid")

    code: Code


class Enrolment(BaseModel):
    """What an authenticator needs; shown this once."""

    secret: str
    uri: str
    """otpauth://…, for a QR code."""


class RecoveryCodes(BaseModel):
    """Codes for the loss of the telephone, each for one use; shown this once."""

    recovery_codes: list[str]


class OwnSession(BaseModel):
    """Where somebody is signed in."""

    session_id: str
    started_at: str
    last_used_at: str
    expires_at: str
    address: str | None
    browser: str | None
    """What it calls itself."""
    is_this: bool


@routes.route("PUT", "/api/session/password", access="signed_in", status=204)
async def change_password(context: Context, body: PasswordChange) -> None:
    """Change one's own password; one's other sessions end."""
    await context.parts.sessions.change_password(
        context.user.name,
        must_page_secret(context),
        body.password,
        body.new_password,
        place=context.place,
        at=context.now,
    )


@routes.post("/api/session/totp", access="signed_in", status=201, given_again=False)
async def begin_totp(context: Context, body: PasswordAgain) -> Enrolment:
    """Begin to enrol an authenticator; it is asked for once its first code has come."""
    await _check_password(context, body.password)
    begun = await context.parts.second_factor.begin(context.user.name)
    return Enrolment(secret=begun.secret, uri=begun.uri)


@routes.post("/api/session/totp/confirm", access="signed_in", given_again=False)
async def confirm_totp(context: Context, body: FirstCode) -> RecoveryCodes:
    """Show that the authenticator works: from now on signing in wants its code."""
    must_page_secret(context)
    codes = await context.parts.second_factor.confirm(
        context.user.name, body.code, address=context.address, at=context.now
    )
    return RecoveryCodes(recovery_codes=codes)


@routes.post("/api/session/totp/end", access="signed_in", status=204, given_again=False)
async def end_totp(context: Context, body: PasswordAgain) -> None:
    """Give the second factor up, as before a new telephone."""
    await _check_password(context, body.password)
    name = context.user.name
    await context.parts.second_factor.end(name, by=name, at=context.now, address=context.address)


@routes.get("/api/sessions", access="signed_in")
async def list_sessions(context: Context) -> list[OwnSession]:
    """List one's own sessions, newest first."""
    found = await context.parts.sessions.list(context.user.name, page_secret(context), context.now)
    return [OwnSession.model_validate(one) for one in found]


@routes.route("DELETE", "/api/sessions/{session_id}", access="signed_in", status=204)
async def end_session(context: Context, session_id: SessionId) -> None:
    """End one of one's own sessions, as on a machine that was left."""
    ended = await context.parts.sessions.end(
        context.user.name, session_id, place=context.place, at=context.now
    )
    if not ended:
        raise ApiError(
            404, "unknown_session", "session_id", "没有这个登录", "它可能已经结束，请刷新列表"
        )


@routes.get("/api/session/settings", access="signed_in")
async def show_settings(context: Context) -> PersonalSettings:
    """What one has chosen for one's pages."""
    return await context.parts.preferences.get(context.user.name)


@routes.route("PUT", "/api/session/settings", access="signed_in", max_body=16 << 10)
async def choose_settings(context: Context, body: PersonalSettings) -> PersonalSettings:
    """Choose all of them; what is left out is the default again."""
    await context.parts.preferences.put(context.user.name, body)
    return body


async def _check_password(context: Context, password: str) -> None:
    must_page_secret(context)
    await context.parts.sessions.check_password(
        context.user.name, password, place=context.place, at=context.now
    )
