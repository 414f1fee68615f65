"""Joins live and batch transcripts (实时转写、离线转写) of a call."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

TOUCH_SECONDS = 0.2
"""Segments that overlap by less are neighbours: engines cut words a little differently."""


def merged(segments: Sequence[sa.Row[Any]]) -> list[sa.Row[Any]]:
    """Live segments, and of the batch ones those that fill what live missed on the same leg."""
    live = [one for one in segments if one.source == "live"]
    filling = [
        one
        for one in segments
        if one.source == "batch"
        and not any(
            min(one.end, other.end) - max(one.start, other.start) > TOUCH_SECONDS
            for other in live
            if other.leg_id == one.leg_id
        )
    ]
    return sorted([*live, *filling], key=lambda one: (one.start, one.end))


def segment_json(row: sa.Row[Any]) -> dict[str, Any]:
    """An entry of the contract's `transcript`; seconds from the start of the call."""
    return {
        "speaker": row.speaker,
        "start": row.start,
        "end": row.end,
        "text": row.text,
        "confidence": row.confidence,
        "words": row.words,
        "source": row.source,
    }
