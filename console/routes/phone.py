"""The agent's softphone in the page (网页话机)."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from console.context import Context
from console.errors import ApiError, unauthenticated
from console.live.link import LineSilent
from console.live.page import DESKS
from console.routing import Routes
from console.sessions import COOKIE
from console.softphones import no_number
from store.types import local_iso

routes = Routes("phone")

DOMAIN = "hotline"


class Page(BaseModel):
    """A page that wants to be a phone."""

    model_config = ConfigDict(extra="forbid")

    page: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
    """Made up by the page when it is loaded."""
    renew: bool = False
    """What the page has does not work any more, most likely Asterisk was started anew."""
    take: bool = False
    """Take the phone, and the call, over from another page that is open."""


class Softphone(BaseModel):
    """How a page registers as the agent's phone (SIP over a websocket, RFC 7118)."""

    uri: str
    username: str
    password: str
    expires_at: str
    """The end of the session; signing out ends it before."""
    ws_path: str
    """Of the websocket, on the address of the page."""
    ice: list[str]
    """STUN and TURN servers; none on a city's own network."""
    echo: str
    """What one dials to hear oneself (回声测试)."""


@routes.post("/api/desk/phone", access=DESKS, given_again=False)
async def credentials(context: Context, body: Page) -> Softphone:
    """Register this page as the phone of one's own number.

    While another page of the agent is connected the answer is 409 `wrong_state`; with `take` that
    one loses the phone at once. So it is with `renew` for a page that lost the phone.
    """
    secret = context.request.cookies.get(COOKIE)
    if secret is None:  # a phone lives as long as a session
        raise unauthenticated()
    number = context.user.agent_no
    if number is None:
        raise no_number()
    ends = await context.parts.sessions.end_of(secret)
    try:
        password = await context.parts.softphones.admit(
            number,
            body.page,
            renew=body.renew,
            take=body.take,
            seconds=(ends - context.now).total_seconds(),
        )
    except LineSilent:
        raise ApiError(
            503, "line_silent", None, "热线没有运行，话机暂时不能登录", "页面会自动重试"
        ) from None
    return Softphone(
        uri=f"sip:web-{number}@{DOMAIN}",
        username=f"web-{number}",
        password=password,
        expires_at=str(local_iso(ends)),
        ws_path=f"/sip?page={body.page}",
        ice=[],
        echo=context.parts.softphones.echo,
    )
