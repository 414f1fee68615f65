"""Listening to recordings: who may, with a reason that is kept, in one session, for a while."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.grants import LASTS, Grants
from store.calls import Answered, CallLog, Ended, LegAnswered, LegDialed, Opened
from store.listening import Listenings
from store.recordings import RecordingLog
from tests.console_kit import START, Api
from tests.stores import tamper
from tests.unit.ticket_story import CITIZEN, MATTER

SOUND = bytes(range(256)) * 64
MIX = "c.rec.mix.1"
WHY = {"reason": "核对投诉内容"}


async def recorded(
    api: Api, folder: Path, call_id: str = "c", *, agent: str = "1001", kind: Any = "mix"
) -> str:
    """A call with an archived recording of its mix; the recording's id."""
    calls, recordings = CallLog(api.parts.store), RecordingLog(api.parts.store)
    for event in (
        Opened("inbound", CITIZEN, "12345"),
        Answered(),
        LegDialed(f"{call_id}.agent", "agent", agent),
        LegAnswered(f"{call_id}.agent"),
        Ended("caller", "agent_answered"),
    ):
        await calls.append(call_id, event, at=START)
    file = folder / f"{call_id}.wav"
    file.write_bytes(SOUND)
    name = f"{call_id}.rec.mix.1"
    await recordings.started(
        name, call_id=call_id, kind=kind, speaker=None, leg_id=None, started_at=START,
        spool_name=name,
    )  # fmt: skip
    await recordings.closed(
        name, path=file, duration_s=60.0, bytes=len(SOUND), sha256="0" * 64, at=START,
    )  # fmt: skip
    return name


@pytest.fixture
async def heard(api: Api, tmp_path: Path) -> AsyncIterator[Api]:
    """A console with a recorded call of agent 1001."""
    await recorded(api, tmp_path)
    yield api


async def asked(api: Api, who: str, recording: str = MIX, **more: Any) -> Any:
    return await api.ask(who, "POST", f"/api/recordings/{recording}/listen", WHY, **more)


async def sound(api: Api, who: str, recording: str = MIX, **more: Any) -> Any:
    return await api.ask(who, "GET", f"/api/recordings/{recording}/audio", **more)


async def test_nothing_is_heard_before_the_reason_is_on_record(heard: Api) -> None:
    said = await sound(heard, "supervisor")
    assert (said.status, said.error) == (403, ("not_granted", "recording_id"))
    for reason in ("", " ", "a", "x" * 201):
        said = await heard.ask(
            "supervisor", "POST", f"/api/recordings/{MIX}/listen", {"reason": reason}
        )
        assert (said.status, said.error) == (422, ("invalid_value", "reason"))
    given = await asked(heard, "supervisor")
    assert given.status == 201
    assert given.body["url"] == f"/api/recordings/{MIX}/audio"
    whole = await sound(heard, "supervisor")
    assert (whole.status, whole.headers["Content-Type"], whole.body) == (200, "audio/wav", SOUND)
    assert whole.headers["Cache-Control"] == "no-store"
    part = await sound(heard, "supervisor", headers={"Range": "bytes=100-199"})
    assert (part.status, part.body) == (206, SOUND[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(SOUND)}"
    beyond = await sound(heard, "supervisor", headers={"Range": "bytes=99999999-"})
    assert beyond.status == 416


async def test_every_listening_is_on_record_and_cannot_be_changed(heard: Api) -> None:
    await asked(heard, "supervisor")
    await asked(heard, "agent")
    for who in ("supervisor", "center_head", "auditor"):
        said = await heard.ask(who, "GET", "/api/recordings/listenings")
        assert [(one["actor"], one["role"], one["reason"]) for one in said.body] == [
            ("agent", "agent", WHY["reason"]),
            ("supervisor", "supervisor", WHY["reason"]),
        ]
        assert all(one["recording_id"] == MIX and one["address"] for one in said.body)
    for query, count in (("actor=agent", 1), ("call_id=c", 2), ("call_id=d", 0), ("limit=1", 1)):
        said = await heard.ask("auditor", "GET", f"/api/recordings/listenings?{query}")
        assert len(said.body) == count, query
    log = CallLog(heard.parts.store)
    assert await log.verify("c") == []
    await tamper(heard.parts.store, "update listening_log set reason = '例行' where seq = 1")
    assert await log.verify("c") == ["listening 1 (supervisor) was changed"]


async def test_a_grant_is_for_one_session_one_recording_and_a_while(
    heard: Api, tmp_path: Path
) -> None:
    other = await recorded(heard, tmp_path, "d")
    await asked(heard, "supervisor")
    assert (await sound(heard, "center_head")).status == 403
    assert (await sound(heard, "supervisor", other)).status == 403
    heard.now += LASTS + timedelta(seconds=59)
    assert (await sound(heard, "supervisor")).status == 200
    heard.now += timedelta(seconds=2)
    assert (await sound(heard, "supervisor")).status == 403


async def test_who_may_hear_what(heard: Api, tmp_path: Path) -> None:
    await recorded(heard, tmp_path, "d", agent="1002")
    for who, recording, status in (
        ("agent", MIX, 201),
        ("agent", "d.rec.mix.1", 404),
        ("supervisor", "d.rec.mix.1", 201),
        ("center_head", "d.rec.mix.1", 201),
        ("dispatcher", MIX, 404),
        ("callback_agent", MIX, 404),
        ("leader", MIX, 403),
        ("auditor", MIX, 403),
        ("unit_handler", MIX, 403),
        ("admin", MIX, 403),
    ):
        assert (await asked(heard, who, recording)).status == status, (who, recording)
    heard.now += timedelta(hours=24, seconds=1)
    said = await asked(heard, "agent")
    assert (said.status, said.error) == (404, ("unknown_recording", "recording_id"))
    assert (await heard.ask("agent", "GET", "/api/calls/c/recordings")).body == []
    assert (await asked(heard, "supervisor")).status == 201


async def test_dispatchers_hear_the_calls_of_tickets(heard: Api) -> None:
    tickets = heard.parts.tickets
    one = await tickets.create(MATTER, actor="1001", role="agent", at=START)
    await tickets.link_call(one.ticket_no, "c", "origin", at=START)
    assert (await asked(heard, "dispatcher")).status == 201
    (listed,) = (await heard.ask("dispatcher", "GET", "/api/calls/c/recordings")).body
    assert "path" not in listed
    assert (await asked(heard, "callback_agent")).status == 404  # no callback of it is due


async def test_what_is_not_there_cannot_be_heard(heard: Api, tmp_path: Path) -> None:
    recordings = RecordingLog(heard.parts.store)
    await recordings.started(
        "c.rec.mix.2", call_id="c", kind="mix", speaker=None, leg_id=None, started_at=START,
        spool_name="x",
    )  # fmt: skip
    said = await asked(heard, "supervisor", "c.rec.mix.2")
    assert (said.status, said.error) == (409, ("wrong_state", "recording_id"))
    (tmp_path / "c.wav").unlink()
    said = await asked(heard, "supervisor")
    assert (said.status, said.error) == (410, ("lost_recording", "recording_id"))
    assert await Listenings(heard.parts.store).newest() == []


def test_grants_of_the_past_are_forgotten() -> None:
    grants = Grants()
    for number in range(50):
        grants.give("s", str(number), 0, START)
    grants.give("s", "new", 0, START + LASTS)
    assert not grants.holds("s", "1", START + timedelta(minutes=1))
    assert grants.holds("s", "new", START + LASTS)


async def test_r_7_3_a_secret_matter_is_heard_by_the_heads_only(heard: Api) -> None:
    tickets = heard.parts.tickets
    one = await tickets.create(MATTER, actor="1001", role="agent", at=START)
    await tickets.link_call(one.ticket_no, "c", "statement", at=START)
    for who in ("agent", "dispatcher", "supervisor"):
        assert (await asked(heard, who)).status == 201
    secret = {"reject_code": "N3", "explanation": "涉密", "guidance": "向保密局反映"}
    await tickets.do(one.ticket_no, "reject", secret, actor="1001", role="agent", at=START)
    for who in ("agent", "dispatcher"):
        assert (await asked(heard, who)).status == 404
    assert (await asked(heard, "supervisor")).status == 201


async def test_a_message_that_waits_is_heard_by_whoever_registers_it(
    api: Api, tmp_path: Path
) -> None:
    """Of another agent's call, days later; and no longer once it is registered."""
    await recorded(api, tmp_path, agent="1009", kind="message")
    tickets = api.parts.tickets
    one = await tickets.draft_from_call(
        "c", "message", caller_number=CITIZEN, called_number="12345", at=START
    )
    api.now += timedelta(days=3)
    listed = await api.ask("agent", "GET", f"/api/tickets/{one.ticket_no}/voice-messages")
    assert [found["recording_id"] for found in listed.body] == [MIX]
    assert (await asked(api, "agent")).status == 201
    assert (await api.ask("agent", "GET", "/api/calls/c")).status == 404
    await tickets.do(one.ticket_no, "accept", MATTER, actor="1001", role="agent", at=api.now)
    listed = await api.ask("agent", "GET", f"/api/tickets/{one.ticket_no}/voice-messages")
    assert listed.body == []
    assert (await asked(api, "agent")).status == 404
    assert (await asked(api, "supervisor")).status == 201
