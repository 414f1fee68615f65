"""The line's live feed: a snapshot, then every change; nobody is waited for."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web

from console.live.link import LineSilent, LineUnsure
from console.live.mirror import Mirror
from ivr.desk.feed import MOST_WAITING, Feed
from ivr.desk.transcripts import MOST_SEGMENTS, Transcripts
from ivr.desk.views import call_state
from ivr.telephony.leg import Leg
from recordings.speech.pool import Heard, Spotted
from service import line_link
from service.line_link import ControllerLink
from tests.line_kit import QuietLine, quiet_line
from ticketing.refusal import Refusal


@pytest.fixture
async def quiet(tmp_path: Path) -> AsyncIterator[QuietLine]:
    async with quiet_line(tmp_path) as line:
        yield line


def message(line: bytes) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(line))


async def test_a_reader_gets_what_is_told_in_order() -> None:
    feed = Feed()
    feed.tell({"type": "unheard"})
    with feed.subscribed() as reader:
        feed.tell({"type": "one"})
        feed.notice("c", "code", "文字", level="warning", to="supervisors")
        feed.close()
        told = [message(line) async for line in reader]
    assert told == [
        {"type": "one"},
        {
            "type": "notice", "call_id": "c", "to": "supervisors", "level": "warning",
            "code": "code", "text": "文字",
        },
    ]  # fmt: skip


async def test_a_slow_reader_is_left_and_the_others_go_on() -> None:
    feed = Feed()
    with feed.subscribed() as slow, feed.subscribed() as quick:
        took = asyncio.create_task(anext(aiter(quick)))
        await asyncio.sleep(0)
        for number in range(MOST_WAITING + 5):
            feed.tell({"number": number})
        assert message(await took) == {"number": 0}
        assert not slow.open
        told = [message(line) async for line in slow]
    assert len(told) == MOST_WAITING
    assert [one["number"] for one in told] == list(range(MOST_WAITING))


async def test_a_snapshot_and_what_changes_make_the_same_as_a_later_snapshot(
    quiet: QuietLine,
) -> None:
    watching = asyncio.create_task(quiet.watch.run())
    early, changes = Mirror(), 0
    messages = quiet.link.messages()
    early.apply(await anext(messages))
    assert early.agents["1001"]["state"] == "logged_out"
    await quiet.link.command("1001", "login", {"device": "phone"})
    await quiet.link.command("1001", "pause", {"reason": "meal"})
    await quiet.link.command("1002", "login", {"device": "web"})
    while early.agents["1002"]["state"] != "available":
        early.apply(await anext(messages))
        changes += 1
    late = Mirror()
    again = quiet.link.messages()
    late.apply(await anext(again))
    assert late == early
    assert late.agents["1001"]["reason"] == "meal"
    assert (late.agents["1001"]["device"], late.agents["1002"]["device"]) == ("phone", "web")
    assert late.agents["1002"]["registered"] is False
    assert changes >= 2
    watching.cancel()
    await messages.aclose()
    await again.aclose()


async def test_who_is_rung_keeps_his_phone(quiet: QuietLine) -> None:
    await quiet.link.command("1001", "login", {"device": "phone"})
    assert quiet.line.queue.reserve("1001")
    with pytest.raises(Refusal):
        await quiet.link.command("1001", "login", {"device": "web"})
    assert [one.device for one in quiet.line.queue.agents if one.number == "1001"] == ["phone"]


async def test_a_reader_who_takes_nothing_is_cut_off_and_begins_anew(quiet: QuietLine) -> None:
    messages = quiet.link.messages()
    snapshot = await anext(messages)
    assert snapshot["type"] == "snapshot"
    for number in range(MOST_WAITING + 1):
        quiet.line.feed.tell({"type": "filler", "number": number})
    told = [one async for one in messages]
    assert len(told) == MOST_WAITING
    assert (await anext(quiet.link.messages()))["type"] == "snapshot"


async def test_no_line_is_silence(quiet: QuietLine, tmp_path: Path) -> None:
    quiet.socket.unlink()
    with pytest.raises(LineSilent):
        await quiet.link.command("1001", "login", {})
    with pytest.raises(LineSilent):
        await anext(quiet.link.messages())


async def test_a_line_that_had_the_command_may_have_done_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_link, "COMMAND_SECONDS", 0.2)

    async def hangs(_: web.Request) -> web.Response:
        await asyncio.sleep(2)
        return web.json_response({})

    async def fails(_: web.Request) -> web.Response:
        raise web.HTTPInternalServerError

    async def dies(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.json_response({})

    async def babbles(_: web.Request) -> web.Response:
        return web.Response(text="{", content_type="application/json")

    app = web.Application()
    for name, answer in (("hangs", hangs), ("fails", fails), ("dies", dies), ("babbles", babbles)):
        app.router.add_post(f"/agent/1001/{name}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    try:
        await web.UnixSite(runner, str(tmp_path / "line")).start()
        for name in ("hangs", "fails", "dies", "babbles"):
            with pytest.raises(LineUnsure):
                await ControllerLink(tmp_path / "line").command("1001", name, {})
    finally:
        await runner.cleanup()


# What a call is in


async def test_a_call_is_being_connected_between_the_answer_and_the_talk() -> None:
    caller, agent = await a_leg("caller"), await a_leg("agent")
    there: list[tuple[Leg, str]] = [(caller, "talking")]
    talks: list[Leg] = []
    parties = SimpleNamespace(
        holds=False, everyone=there, with_role=lambda *roles: [x for x in talks if x.role in roles]
    )
    call = SimpleNamespace(consultation=None, stage="queue", parties=parties)

    def state() -> str:
        return call_state(cast("Any", call))

    assert state() == "waiting"
    there.append((agent, "ringing"))
    assert state() == "ringing"
    there[1] = (agent, "held")  # answered; the conversation is being opened
    assert state() == "connecting"
    talks.append(agent)
    assert state() == "talking"
    talks.clear()
    there[1] = (agent, "left")
    assert state() == "waiting"
    call.stage = "survey"
    there[1] = (agent, "held")  # his phone has not hung up yet
    assert state() == "survey"


# What is said


class Said:
    """A listener to one leg."""

    def __init__(self, *heard: Heard | Spotted) -> None:
        self._heard = heard

    async def __aiter__(self) -> AsyncIterator[Heard | Spotted]:
        for one in self._heard:
            yield one


async def follow(transcripts: Transcripts, leg: Leg, *heard: Heard | Spotted) -> None:
    await transcripts.follow("c", leg, cast("Any", Said(*heard)))


async def a_leg(role: str) -> Leg:
    return Leg(cast("Any", None), f"c.leg.{role}.1", role=role, number="1")


async def test_partial_results_replace_each_other_for_each_speaker() -> None:
    feed = Feed()
    transcripts = Transcripts(feed)
    caller, agent = await a_leg("caller"), await a_leg("agent")
    with feed.subscribed() as reader:
        await follow(transcripts, caller, Heard("我家", 1, 2, False))
        await follow(transcripts, agent, Heard("您好", 1, 2, True))
        fire = (("着火了", "119"),)
        await follow(transcripts, caller, Heard("我家着火了", 1, 3, True, fire))
        await follow(transcripts, caller, Heard("快来", 4, 5, False))
        feed.close()
        told = [message(line) async for line in reader]
    assert [(s["id"], s["text"], s["final"]) for s in transcripts.of("c")] == [
        ("c.leg.caller.1.0", "我家着火了", True),
        ("c.leg.agent.1.0", "您好", True),
        ("c.leg.caller.1.1", "快来", False),
    ]
    assert [one["segments"][0]["text"] for one in told] == ["我家", "您好", "我家着火了", "快来"]
    assert transcripts.of("c")[0]["emergency"] == [{"word": "着火了", "service": "119"}]
    transcripts.keep_only({"other"})
    assert transcripts.of("c") == []


async def test_only_the_callers_danger_is_hinted_at() -> None:
    feed = Feed()
    transcripts = Transcripts(feed)
    spotted = Spotted("119", ("着火",), "昨天", "昨天着火了")
    with feed.subscribed() as reader:
        await follow(transcripts, await a_leg("agent"), spotted)
        await follow(transcripts, await a_leg("caller"), spotted)
        feed.close()
        told = [message(line) async for line in reader]
    assert told == [
        {
            "type": "emergency_hint", "call_id": "c", "service": "119", "words": ["着火"],
            "doubt": "昨天",
        }
    ]  # fmt: skip
    kept = {"service": "119", "words": ["着火"], "doubt": "昨天"}
    assert transcripts.danger("c") == kept, "for the agent who has the caller next"
    transcripts.keep_only({"other"})
    assert transcripts.danger("c") is None


async def test_a_long_call_keeps_its_newest_words() -> None:
    transcripts = Transcripts(Feed())
    said = [Heard(str(n), n, n + 1, True) for n in range(MOST_SEGMENTS + 3)]
    await follow(transcripts, await a_leg("caller"), *said)
    kept = transcripts.of("c")
    assert len(kept) == MOST_SEGMENTS
    assert kept[0]["text"] == "3"
