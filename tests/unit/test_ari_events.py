"""Events of Asterisk as they came over the wire."""

from typing import Any

import pytest

from ivr.ari.events import HangUpAsked, parse


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        ({"cause": 17}, 17),  # the other side said so
        ({}, 16),
        ({"soft": True, "cause": 32}, 16),  # asked for by a program
        ({"soft": True, "cause": 1}, 44),  # no sound came any more
    ],
)
def test_why_a_channel_is_hung_up(told: dict[str, Any], cause: int) -> None:
    event = parse(
        {
            "type": "ChannelHangupRequest",
            "timestamp": "2026-11-25T19:22:58.000+0000",
            "channel": {"id": "c1"},
            **told,
        }
    )
    assert isinstance(event, HangUpAsked)
    assert (event.channel, event.cause) == ("c1", cause)


def test_an_event_that_calls_do_not_need() -> None:
    assert parse({"type": "ChannelVarset", "timestamp": "2026-11-25T19:22:58.000+0000"}) is None
