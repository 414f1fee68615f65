"""Emergencies, recordings, transcripts and callback requests in the store."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from store.callbacks import CallbackRequests
from store.calls import CallLog, Opened
from store.emergencies import EmergencyLog
from store.engine import Store
from store.recordings import CLAIM_SECONDS, MAX_CLAIMS, RecordingLog
from store.transcripts import Segment, TranscriptLog
from tests.stores import MASTER_KEY

T0 = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)


def t(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    async with Store.open(store_url, key=MASTER_KEY) as opened:
        calls = CallLog(opened)
        await calls.append("c", Opened("inbound", "13800000001", "12345"), at=T0)
        await calls.append("d", Opened("inbound", "13800000002", "12345"), at=t(1))
        yield opened


def record(
    log: RecordingLog, recording_id: str, at: float = 3, **values: Any
) -> asyncio.Future[None]:
    given: dict[str, Any] = {
        "call_id": "c",
        "kind": "speaker",
        "speaker": "caller",
        "leg_id": "c",
        "spool_name": recording_id,
        "started_at": t(at),
    }
    return log.started(recording_id, **(given | values))


async def close(log: RecordingLog, recording_id: str, seconds: float = 10) -> None:
    path = Path("/archive") / f"{recording_id}.wav"
    await log.closed(
        recording_id, path=path, duration_s=seconds, bytes=16044, sha256="ab" * 32, at=t(99)
    )


# Emergencies


async def test_an_emergency_as_the_contract_says(store: Store) -> None:
    log, recordings = EmergencyLog(store), RecordingLog(store)
    record(recordings, "before", at=0)
    await close(recordings, "before", 1)
    record(recordings, "mix", at=4, kind="mix", speaker=None, leg_id=None)
    log.open("e", call_id="c", service="119", trigger="digits", detected_at=t(2))
    log.open("e", call_id="c", service="110", trigger="key", detected_at=t(9))
    log.confirmed("e", "key")
    log.attempt("e", service="119", number="119", dialed_at=t(3))
    log.attempt("e", service="119", number="119", dialed_at=t(3), result="busy")
    log.attempt("e", service="110", number="110", dialed_at=t(5), answered_at=t(8))
    log.attempt(
        "e", service="110", number="110", dialed_at=t(5), answered_at=t(8), result="answered"
    )
    assert [one["event_id"] for one in await log.unfinished()] == []
    await log.close("e", answered_at=t(8), outcome="connected")
    assert await log.get("e") == {
        "event_id": "e",
        "call_id": "c",
        "service": "119",
        "trigger": "digits",
        "detected_at": "2026-10-01T10:00:02+08:00",
        "confirmed": "key",
        "attempts": [
            {
                "service": "119",
                "number": "119",
                "dialed_at": "2026-10-01T10:00:03+08:00",
                "answered_at": None,
                "result": "busy",
            },
            {
                "service": "110",
                "number": "110",
                "dialed_at": "2026-10-01T10:00:05+08:00",
                "answered_at": "2026-10-01T10:00:08+08:00",
                "result": "answered",
            },
        ],
        "answered_at": "2026-10-01T10:00:08+08:00",
        "outcome": "connected",
        "recordings": ["mix"],
    }
    call = await CallLog(store).get("c")
    assert call is not None
    assert call["emergencies"] == ["e"]
    assert call["recordings"] == ["before", "mix"]


async def test_an_emergency_of_an_unknown_call_is_kept(store: Store) -> None:
    log = EmergencyLog(store)
    await log.open("e", call_id="lost", service="110", trigger="fallback", detected_at=T0)
    assert [one["event_id"] for one in await log.unfinished()] == ["e"]


async def test_connected_replaces_a_worse_outcome_and_nothing_replaces_it(store: Store) -> None:
    log = EmergencyLog(store)
    log.open("e", call_id="c", service="110", trigger="key", detected_at=T0)
    outcomes = []
    for outcome in ("failed", "caller_left", "connected", "caller_left"):
        await log.close("e", answered_at=None, outcome=outcome)
        event = await log.get("e")
        assert event is not None
        outcomes.append(event["outcome"])
    assert outcomes == ["failed", "failed", "connected", "connected"]


async def test_emergencies_are_listed(store: Store) -> None:
    log = EmergencyLog(store)
    for n, call_id in enumerate(("c", "d", "c")):
        await log.open(f"e{n}", call_id=call_id, service="110", trigger="key", detected_at=t(n))
    assert [one["event_id"] for one in await log.list()] == ["e2", "e1", "e0"]
    assert [one["event_id"] for one in await log.list(limit=1)] == ["e2"]
    assert [one["event_id"] for one in await log.list(since=t(1))] == ["e2", "e1"]
    assert [one["event_id"] for one in await log.list(number="13800000002")] == ["e1"]


# Recordings


async def test_a_recording_as_the_contract_says(store: Store) -> None:
    log = RecordingLog(store)
    record(log, "r")
    await record(log, "r", at=50)
    (waiting,) = await log.open()
    assert (waiting.recording_id, waiting.spool_name, waiting.started_at) == ("r", "r", t(3))
    still_open = await log.get("r")
    assert still_open is not None
    assert [still_open[key] for key in ("duration_s", "bytes", "sha256", "path")] == [None] * 4
    await close(log, "r", 12.5)
    await close(log, "r", 99)  # the first archive stands
    assert await log.get("r") == {
        "recording_id": "r",
        "call_id": "c",
        "kind": "speaker",
        "speaker": "caller",
        "started_at": "2026-10-01T10:00:03+08:00",
        "duration_s": 12.5,
        "format": "wav",
        "rate": 8000,
        "path": "/archive/r.wav",
        "bytes": 16044,
        "sha256": "ab" * 32,
        "leg_id": "c",
        "lost_reason": None,
        "transcription": "waiting",
    }
    assert await log.open() == []
    with pytest.raises(ValueError, match="absolute"):
        log.closed("r", path=Path("r.wav"), duration_s=1, bytes=1, sha256="", at=T0)


async def test_a_lost_recording_is_closed_and_may_still_be_found(store: Store) -> None:
    log = RecordingLog(store)
    record(log, "r")
    await log.lost("r", reason="no file on the spool", at=t(9))
    assert await log.open() == []
    row = await log.get("r")
    assert row is not None
    assert (row["path"], row["lost_reason"]) == (None, "no file on the spool")
    await close(log, "r")
    row = await log.get("r")
    assert row is not None
    assert (row["path"], row["lost_reason"]) == ("/archive/r.wav", None)


async def test_recordings_are_listed(store: Store) -> None:
    log = RecordingLog(store)
    for n, call_id in enumerate(("c", "d", "c")):
        await record(log, f"r{n}", at=n, call_id=call_id)
    assert [one["recording_id"] for one in await log.list()] == ["r2", "r1", "r0"]
    assert [one["recording_id"] for one in await log.list(since=t(1), limit=1)] == ["r2"]
    assert [one["recording_id"] for one in await log.list(number="13800000002")] == ["r1"]
    assert [one["recording_id"] for one in await log.list(call_id="c")] == ["r2", "r0"]


async def test_a_file_is_transcribed_by_one_worker(store: Store) -> None:
    log = RecordingLog(store)
    assert await log.claim_untranscribed("w0", now=t(0)) is None
    for n in range(3):
        record(log, f"r{n}", at=n)
        await close(log, f"r{n}")
    record(log, "mix", kind="mix", speaker=None, leg_id=None)
    await close(log, "mix")
    claims = await asyncio.gather(*(log.claim_untranscribed(f"w{n}", now=t(100)) for n in range(5)))
    assert sorted(one.recording_id for one in claims if one) == ["r0", "r1", "r2"]
    (first,) = (one for one in claims if one and one.recording_id == "r2")
    assert (first.path, first.offset, first.speaker) == (Path("/archive/r2.wav"), 2.0, "caller")
    assert await log.backlog() == 3
    await log.transcribed("r0")
    await log.transcription_failed("r1", final=True)
    assert await log.backlog() == 1


async def test_a_dead_workers_claim_is_given_again_but_not_for_ever(store: Store) -> None:
    log = RecordingLog(store)
    record(log, "r")
    await close(log, "r")
    now = t(100)
    for n in range(MAX_CLAIMS):
        assert await log.claim_untranscribed(f"w{n}", now=now) is not None
        await log.renew_claim("r", f"w{n}", now=now + timedelta(seconds=CLAIM_SECONDS / 2))
        later = now + timedelta(seconds=CLAIM_SECONDS + 1)
        assert await log.claim_untranscribed("early", now=later) is None
        now += timedelta(seconds=2 * CLAIM_SECONDS)
    assert await log.claim_untranscribed("last", now=now) is None
    row = await log.get("r")
    assert row is not None
    assert row["transcription"] == "failed"


# Transcripts


def segment(start: float, end: float, text: str, leg_id: str = "c") -> Segment:
    word = {"word": text, "start": start, "end": end, "confidence": 0.9}
    return Segment("c", leg_id, "caller", start, end, text, 0.9, [word], {"engine": "raw"})


async def test_batch_fills_what_live_missed(store: Store) -> None:
    log, recordings = TranscriptLog(store), RecordingLog(store)
    record(recordings, "r")
    await close(recordings, "r")
    for one in (segment(1, 3, "live one"), segment(1, 3, "again"), segment(10, 12, "live two")):
        log.add(**{**vars(one), "source": "live"})
    agent = segment(2, 4, "agent", leg_id="a")
    log.add(**{**vars(agent), "speaker": "agent", "source": "live"})
    filling = [segment(0.9, 3.1, "b1"), segment(3.1, 5, "b2"), segment(6, 8, "b3")]
    await log.add_batch("r", [*filling, segment(11, 14, "b4")])
    told = await log.for_call("c")
    assert [(one["text"], one["source"]) for one in told] == [
        ("live one", "live"),
        ("agent", "live"),
        ("b2", "batch"),
        ("b3", "batch"),
        ("live two", "live"),
    ]
    assert told[0] == {
        "speaker": "caller",
        "start": 1.0,
        "end": 3.0,
        "text": "live one",
        "confidence": 0.9,
        "words": [{"word": "live one", "start": 1, "end": 3, "confidence": 0.9}],
        "source": "live",
    }
    assert await recordings.backlog() == 0
    call = await CallLog(store).get("c")
    assert call is not None
    assert call["transcript"] == told


# Callback requests


async def test_callbacks_keep_their_place(store: Store) -> None:
    log = CallbackRequests(store)
    for call_id, priority, at in (("a", 0, 5), ("b", 0, 3), ("c", 9, 8)):
        log.request(
            call_id, number="13800000001", queue="citizen", priority=priority, entered_at=t(at)
        )
    await log.request("a", number="other", queue="x", priority=0, entered_at=t(0))
    assert [one.call_id for one in await log.due(t(10))] == ["c", "b", "a"]
    assert [one.call_id for one in await log.due(t(4))] == ["b"]


async def test_a_callback_is_tried_until_it_is_done_or_given_up(store: Store) -> None:
    log = CallbackRequests(store)
    await log.request(
        "a", number="138", queue="citizen", priority=0, entered_at=T0, ticket_no="SQ1"
    )
    taken = await asyncio.gather(*(log.attempt("a") for _ in range(3)))
    assert sorted(taken) == [False, False, True]
    assert await log.due(t(10)) == []
    await log.release("a")
    assert await log.attempt("a")
    await log.missed("a", result="no_answer", next_try_at=t(300), at=t(30))
    assert await log.due(t(299)) == []
    (request,) = await log.due(t(300))
    assert (request.tries, request.last_result) == (1, "no_answer")
    assert await log.attempt("a")
    await log.recover()
    assert await log.attempt("a")
    await log.missed("a", result="busy", next_try_at=None, at=t(400))
    await log.done("a", at=t(500))
    request_now = await log.get("a")
    assert request_now is not None
    assert (request_now.state, request_now.tries, request_now.ticket_no) == ("failed", 3, "SQ1")
