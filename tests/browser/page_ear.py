"""What is heard at a page (网页听音): the sound of its calls, for the same ears as at phones."""

import asyncio
import base64
import time
from pathlib import Path

import numpy as np
import soundfile
from playwright.async_api import Page

from service.useragent import RATE, Match, Samples, find, longest_tone, read_wav, tone

EAR = f"""(() => {{
  const heard = [];
  const context = new AudioContext({{ sampleRate: {RATE} }});
  const listen = (track) => {{
    const source = context.createMediaStreamSource(new MediaStream([track]));
    const tap = context.createScriptProcessor(1024, 1, 1);
    tap.onaudioprocess = (event) => {{
      if (track.readyState !== "live") return;
      heard.push(Int16Array.from(event.inputBuffer.getChannelData(0), (one) => one * 32767));
    }};
    source.connect(tap);
    tap.connect(context.destination);
  }};
  window.sipSockets = [];
  window.WebSocket = class extends WebSocket {{
    constructor(...told) {{
      super(...told);
      if (String(told[0]).includes("/sip")) window.sipSockets.push(this);
    }}
  }};
  window.RTCPeerConnection = class extends RTCPeerConnection {{
    constructor(...told) {{
      super(...told);
      this.addEventListener("track", ({{ track }}) => listen(track));
    }}
  }};
  window.heardNow = () => {{
    const bytes = heard.splice(0).flatMap((part) => [...new Uint8Array(part.buffer)]);
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  }};
}})()"""
"""Taps every call of the page, and keeps its websockets to the line in `sipSockets`; a page loaded
anew begins anew."""


class PageEar:
    """Listens to the calls of one page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._heard = np.zeros(0, np.int16)

    async def listen(self) -> Samples:
        """All that was heard since the last `forget`, silence between calls left out."""
        told = base64.b64decode(await self._page.evaluate("heardNow()"))
        self._heard = np.concatenate([self._heard, np.frombuffer(told, np.int16)])
        return self._heard

    async def forget(self) -> None:
        """Only what is heard from now on counts."""
        await self.listen()
        self._heard = np.zeros(0, np.int16)

    async def hears_tone(self, frequency: float, *, within: float, lasting: float = 0.4) -> None:
        """Wait until a tone has lasted that long; raises AssertionError."""
        deadline = time.monotonic() + within
        while True:
            _, length = longest_tone(await self.listen(), frequency)
            if length >= lasting:
                return
            assert time.monotonic() < deadline, f"no tone of {frequency} Hz; longest {length} s"
            await asyncio.sleep(0.2)

    async def hears(self, prompt: Path, *, within: float) -> Match:
        """Wait until a prompt is heard; raises AssertionError."""
        deadline, reference = time.monotonic() + within, read_wav(prompt)
        while True:
            match = await asyncio.to_thread(find, await self.listen(), reference)
            if match is not None:
                return match
            assert time.monotonic() < deadline, f"{prompt.name} not heard"
            await asyncio.sleep(0.2)

    async def deaf_to(self, frequency: float, *, for_: float) -> None:
        """Listen that long and be sure that a tone is not heard."""
        await self.forget()
        await asyncio.sleep(for_)
        _, length = longest_tone(await self.listen(), frequency)
        assert length < 0.3, f"a tone of {frequency} Hz is heard"


def microphone(folder: Path, frequency: float) -> Path:
    """A WAV for a page's microphone, which plays it again and again: a tone without a click."""
    file = folder / f"tone-{frequency:g}.wav"
    if not file.exists():
        soundfile.write(file, tone(frequency, 2.0), RATE, subtype="PCM_16")
    return file
