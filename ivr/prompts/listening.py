"""A prompt as a caller would hear it, before its text is published (试听)."""

from collections.abc import Mapping
from pathlib import Path

from ivr.prompts import audio
from ivr.prompts.catalogue import Catalogue, Line
from ivr.prompts.rendering import Spoken, Value, say, split
from ivr.prompts.sources import Sources, speak_missing
from ivr.prompts.voice import Report, Voice

SAMPLES: dict[str, Value] = {
    "n": 3,
    "m": 5,
    "tail4": "0001",
    "agent_no": "1001",
    "query_code": "48210937",
    "caller_number": "13800000001",
    "number": "110",
    "service": "110",
    "area": "城区",
    "reason": "管道抢修",
    "event": "停水",
    "topic": "停水问题",
    "due": "2026-10-01T10:30",
    "time": "2026-10-01T10:30",
    "date": "2026-10-01",
}
"""What stands in for the values that a call would give."""


class NotSpoken(Exception):
    """Some of the text has no audio: the voice is not there, or cannot say it."""


def listen(
    catalogue: Catalogue,
    key: str,
    *,
    cache: Path,
    voice: Voice,
    report: Report,
    studio: Mapping[str, Path] | None = None,
) -> bytes:
    """A WAV file of a prompt with sample values; `studio`: recordings by the names of its parts.

    Raises KeyError for a prompt that is none, NotSpoken.
    """
    prompt = catalogue.prompts[key]
    fixed = iter(prompt.lines().items())
    values = {"unit": next(iter(catalogue.names["unit"]), None), **SAMPLES}
    parts: list[tuple[str, Line]] = []
    for part in split(prompt.text):
        if isinstance(part, str):
            parts.append(next(fixed))
            continue
        for piece in say(part.name, values.get(part.name), catalogue.name):
            assert isinstance(piece, Spoken), "samples are words"
            parts.append((part.name, Line(piece)))
    sources = Sources.of(catalogue, cache, studio)
    unspoken = {one.digest(): one for name, one in parts if _file(sources, name, one) is None}
    speak_missing(unspoken, {name: name for name in unspoken}, sources.cache, voice, report)
    heard = b""
    for name, line in parts:
        file = _file(sources, name, line)
        if file is None:
            raise NotSpoken(line.spoken.text)
        heard += _alaw(file)
    pcm = audio.decode_alaw(heard).astype("<i2").tobytes()
    return audio.wav_bytes(pcm, alaw=False)


def _file(sources: Sources, name: str, line: Line) -> Path | None:
    return sources.find(name, line.digest())


def _alaw(file: Path) -> bytes:
    content = file.read_bytes()
    if audio.is_alaw(content):
        return audio.alaw_of_wav(content)
    return audio.encode_alaw(audio.read_studio(file))
