"""Checks a call's hash chain (哈希链) and that its row says what the events say."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from store.call_journal import entry
from store.types import GENESIS, canonical_json, chain_hash

_CHECKED = (
    "direction",
    "caller_number",
    "called_number",
    "handled_by",
    "started_at",
    "answered_at",
    "ended_at",
    "ended_by",
    "outcome",
    "reason",
    "survey_score",
)


def problems(row: sa.Row[Any], events: Sequence[sa.Row[Any]]) -> list[str]:
    """Sentences about what is wrong with a call's row and its events (ordered by seq)."""
    found: list[str] = []
    head = GENESIS
    for expected, event in enumerate(events, 1):
        if event.seq != expected:
            return [*found, f"event {expected} is missing"]
        data = canonical_json(event.data)
        if event.hash != chain_hash(
            head, entry(row.call_id, event.seq, event.at, event.kind, data)
        ):
            found.append(f"event {event.seq} ({event.kind}) was changed")
        head = event.hash
    if (row.chain_seq, row.chain_head) != (len(events), head):
        found.append(f"the chain ends at event {len(events)}, the call says {row.chain_seq}")
    said = _told(events)
    found += [
        f"{name} of the call is {getattr(row, name)}, its events say {said[name]}"
        for name in _CHECKED
        if getattr(row, name) != said[name]
    ]
    return found


def _told(events: Sequence[sa.Row[Any]]) -> dict[str, Any]:
    """The call's row as its events tell it."""
    said: dict[str, Any] = dict.fromkeys(_CHECKED)
    for event in events:
        match event.kind:
            case "opened":
                said |= event.data | {"started_at": event.at}
            case "answered":
                said["answered_at"] = event.at
            case "surveyed":
                said["survey_score"] = event.data["score"]
            case "outcome":
                said["outcome"] = event.data["outcome"]
            case "ended":
                outcome = event.data["outcome"] or said["outcome"] or "failed"
                said |= event.data | {"ended_at": event.at, "outcome": outcome}
    return said
