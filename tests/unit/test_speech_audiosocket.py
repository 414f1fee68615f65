"""Frames of AudioSocket; anything else is refused, never misread."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.speech.audiosocket import AUDIO, LONGEST_AUDIO, ProtocolError, read_frame


def frames(data: bytes) -> list[tuple[int, bytes]]:
    async def read() -> list[tuple[int, bytes]]:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        found = []
        try:
            while True:
                found.append(await read_frame(reader))
        except EOFError:
            return found

    return asyncio.run(read())


def frame(kind: int, payload: bytes) -> bytes:
    return bytes([kind]) + len(payload).to_bytes(2, "big") + payload


def test_frames_in_order() -> None:
    data = frame(1, b"u" * 16) + frame(0x10, bytes(320)) + frame(3, b"9") + frame(0, b"")
    assert [kind for kind, _ in frames(data)] == [1, 0x10, 3, 0]


def test_a_cut_frame_is_the_end() -> None:
    assert frames(frame(0x10, bytes(320))[:-1]) == []
    assert frames(b"\x10\x01") == []


@pytest.mark.parametrize(
    "bad",
    [
        frame(1, b"short"),
        frame(0, b"x"),
        frame(0x10, b"odd"),
        frame(0x10, bytes(LONGEST_AUDIO + 2)),
        frame(0x12, bytes(640)),  # 16 kHz was not asked for
        frame(0x42, b""),
        b"GET / HTTP/1.1",
    ],
)
def test_what_audiosocket_does_not_know_is_refused(bad: bytes) -> None:
    with pytest.raises(ProtocolError):
        frames(bad)


@given(st.binary(max_size=2000))
def test_no_bytes_do_harm(data: bytes) -> None:
    try:
        found = frames(data)
    except ProtocolError:
        return
    for kind, payload in found:
        assert len(payload) <= LONGEST_AUDIO
        assert kind != AUDIO or len(payload) % 2 == 0
