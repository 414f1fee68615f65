"""The gateway that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ticketing.sms.gateway import NotSent, Outgoing, Receive, SmsGateway
from ticketing.sms.http import HttpGateway
from ticketing.sms.settings import SmsSettings


class NoGateway:
    """None is configured: messages wait as they do for one that is away, then they have failed."""

    async def send(self, message: Outgoing) -> str | None:
        raise NotSent("没有配置短信网关", again=True)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield


def gateway_of(settings: SmsSettings, receive: Receive) -> SmsGateway:
    """`receive` takes what the gateway brings of itself; an HTTP one calls the console."""
    match settings.driver:
        case "none":
            return NoGateway()
        case "http":
            return HttpGateway(settings.http)
        case "smpp":
            from ticketing.sms.smpp import SmppGateway

            return SmppGateway(settings.smpp, receive)
