"""Commands to Asterisk over HTTP keep-alive (ARI, Asterisk 22).

Every method is one REST command; names follow Asterisk's own resources
(`rest-api/channels.json` and its neighbours). Answers are the decoded JSON.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import aiohttp

from ivr.ari.errors import AriError, Gone

Json = dict[str, Any]
Value = str | int | float | bool | Sequence[str] | None

GONE_STATUSES = {404, 409, 412}
SLOW_SECONDS = 1.0
"""A command that takes longer is worth a line in the log."""

log = logging.getLogger(__name__)


def _query(params: Mapping[str, Value]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in params.items():
        if value is None:
            continue
        if isinstance(value, bool):
            pairs.append((key, "true" if value else "false"))
        elif isinstance(value, str | int | float):
            pairs.append((key, str(value)))
        else:
            pairs.append((key, ",".join(value)))
    return pairs


class Ari:
    """One Asterisk. Use `async with`; `app` is the Stasis application that owns new channels."""

    def __init__(self, url: str, username: str, password: str, app: str) -> None:
        self.url = url.rstrip("/")
        self.app = app
        self._headers = {"Authorization": aiohttp.encode_basic_auth(username, password)}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Ari":
        self._session = aiohttp.ClientSession(
            headers=self._headers,
            connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=60),
            timeout=aiohttp.ClientTimeout(total=10),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._session is not None
        await self._session.close()
        self._session = None

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("Ari is used outside of its `async with`")
        return self._session

    async def request(
        self, method: str, path: str, *, body: Json | None = None, **params: Value
    ) -> Any:
        """Send one command. Raises `Gone` for what is not there, `AriError` for the rest.

        A command that was sent is waited for even when the caller is cancelled: whoever cleans
        up then must find the playback, channel or bridge that it made.
        """
        sending = asyncio.ensure_future(self._send(method, path, body, params))
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            await asyncio.wait((sending,))
            if not sending.cancelled():
                sending.exception()
            raise

    async def _send(
        self, method: str, path: str, body: Json | None, params: Mapping[str, Value]
    ) -> Any:
        began = time.monotonic()
        try:
            async with self.session.request(
                method, self.url + path, params=_query(params), json=body
            ) as answer:
                if answer.status == 204:
                    return None
                if answer.status < 300:
                    return await answer.json(content_type=None)
                text = (await answer.text())[:300]
        except (aiohttp.ClientError, TimeoutError) as error:
            raise AriError(0, method, path, f"{type(error).__name__}: {error}") from error
        finally:
            if (took := time.monotonic() - began) > SLOW_SECONDS:
                log.warning("%s %s took %.1f s", method, path, took)
        kind = Gone if answer.status in GONE_STATUSES else AriError
        raise kind(answer.status, method, path, text)

    # Channels

    async def channels(self) -> list[Json]:
        answer: list[Json] = await self.request("GET", "/channels")
        return answer

    async def channel(self, channel: str) -> Json:
        answer: Json = await self.request("GET", f"/channels/{channel}")
        return answer

    async def originate(
        self,
        endpoint: str,
        channel_id: str,
        *,
        args: str,
        caller_id: str | None,
        timeout: int,
        variables: Mapping[str, str] | None = None,
    ) -> Json:
        """Dial `endpoint`; the channel enters the application when it is answered."""
        answer: Json = await self.request(
            "POST",
            "/channels",
            body={"variables": dict(variables or {})},
            endpoint=endpoint,
            app=self.app,
            appArgs=args,
            channelId=channel_id,
            callerId=caller_id,
            timeout=timeout,
        )
        return answer

    async def answer(self, channel: str) -> None:
        await self.request("POST", f"/channels/{channel}/answer")

    async def hangup(self, channel: str, reason: str = "normal") -> None:
        await self.request("DELETE", f"/channels/{channel}", reason=reason)

    async def start_moh(self, channel: str, moh_class: str = "default") -> None:
        await self.request("POST", f"/channels/{channel}/moh", mohClass=moh_class)

    async def stop_moh(self, channel: str) -> None:
        await self.request("DELETE", f"/channels/{channel}/moh")

    async def play(self, channel: str, media: Sequence[str], playback_id: str) -> None:
        await self.request("POST", f"/channels/{channel}/play/{playback_id}", media=media)

    async def record(
        self, channel: str, name: str, *, max_silence: int, max_seconds: int, terminate_on: str
    ) -> None:
        await self.request(
            "POST",
            f"/channels/{channel}/record",
            name=name,
            format="wav",
            maxSilenceSeconds=max_silence,
            maxDurationSeconds=max_seconds,
            terminateOn=terminate_on,
            ifExists="fail",
        )

    async def snoop(self, channel: str, snoop_id: str, *, args: str) -> None:
        await self.request(
            "POST",
            f"/channels/{channel}/snoop/{snoop_id}",
            spy="in",
            app=self.app,
            appArgs=args,
        )

    async def audiosocket(self, channel_id: str, address: str, uuid: str) -> None:
        """An external-media leg that sends 8 kHz audio to an AudioSocket server."""
        await self.request(
            "POST",
            "/channels/externalMedia",
            channelId=channel_id,
            app=self.app,
            external_host=address,
            format="slin",
            encapsulation="audiosocket",
            transport="tcp",
            data=uuid,
        )

    async def continue_at(self, channel: str, context: str, extension: str, priority: int) -> None:
        await self.request(
            "POST",
            f"/channels/{channel}/continue",
            context=context,
            extension=extension,
            priority=priority,
        )

    # Bridges

    async def bridges(self) -> list[Json]:
        answer: list[Json] = await self.request("GET", "/bridges")
        return answer

    async def create_bridge(self, bridge_id: str, kind: str = "mixing,dtmf_events") -> None:
        await self.request("POST", f"/bridges/{bridge_id}", type=kind)

    async def destroy_bridge(self, bridge_id: str) -> None:
        await self.request("DELETE", f"/bridges/{bridge_id}")

    async def add_channel(
        self, bridge: str, channels: Sequence[str], *, absorb_dtmf: bool = False
    ) -> None:
        await self.request(
            "POST",
            f"/bridges/{bridge}/addChannel",
            channel=channels,
            absorbDTMF=absorb_dtmf,
            inhibitConnectedLineUpdates=True,
        )

    async def remove_channel(self, bridge: str, channels: Sequence[str]) -> None:
        await self.request("POST", f"/bridges/{bridge}/removeChannel", channel=channels)

    async def bridge_play(self, bridge: str, media: Sequence[str], playback_id: str) -> None:
        await self.request("POST", f"/bridges/{bridge}/play/{playback_id}", media=media)

    async def bridge_record(self, bridge: str, name: str) -> None:
        await self.request(
            "POST", f"/bridges/{bridge}/record", name=name, format="wav", ifExists="fail"
        )

    # Playbacks, recordings, the rest

    async def playback(self, playback_id: str) -> Json:
        answer: Json = await self.request("GET", f"/playbacks/{playback_id}")
        return answer

    async def live_recording(self, name: str) -> Json:
        answer: Json = await self.request("GET", f"/recordings/live/{quote(name, safe='')}")
        return answer

    async def stop_playback(self, playback_id: str) -> None:
        await self.request("DELETE", f"/playbacks/{playback_id}")

    async def stop_recording(self, name: str) -> None:
        """End a recording and keep its file."""
        await self.request("POST", f"/recordings/live/{quote(name, safe='')}/stop")

    async def set_global(self, name: str, value: str) -> None:
        await self.request("POST", "/asterisk/variable", variable=name, value=value)

    async def clear_global(self, name: str) -> None:
        await self.request("POST", "/asterisk/variable", variable=name)

    async def rtp_statistics(self, channel: str) -> Json:
        """Packets of a channel's audio, both ways."""
        answer: Json = await self.request("GET", f"/channels/{channel}/rtp_statistics")
        return answer

    async def endpoints(self, technology: str = "PJSIP") -> list[Json]:
        answer: list[Json] = await self.request("GET", f"/endpoints/{technology}")
        return answer

    async def subscribe(self, app: str, sources: Sequence[str]) -> None:
        """Events of these sources go to the application from now on."""
        path = f"/applications/{app}/subscription"
        await self.request("POST", path, body={"eventSource": list(sources)})

    async def set_object(self, kind: str, name: str, **attributes: str) -> None:
        """Make or change an object of res_pjsip that is kept in memory only (sorcery.conf)."""
        fields = [{"attribute": key, "value": value} for key, value in attributes.items()]
        path = f"/asterisk/config/dynamic/res_pjsip/{kind}/{name}"
        await self.request("PUT", path, body={"fields": fields})

    async def delete_object(self, kind: str, name: str) -> None:
        await self.request("DELETE", f"/asterisk/config/dynamic/res_pjsip/{kind}/{name}")

    async def info(self) -> Json:
        answer: Json = await self.request("GET", "/asterisk/info")
        return answer

    async def user_event(self, name: str) -> None:
        """Ask Asterisk to send an event back to us: proof that the whole loop works."""
        await self.request("POST", f"/events/user/{name}", application=self.app)
