"""Calls that Asterisk serves alone: no controller is there at all (design §3, 兜底)."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from ivr.fallback_facts import EMPTY_MESSAGE_BYTES
from service.useragent import Phone, PhoneCall, PromptSet, UserAgents, level, read_wav
from tests.e2e.alone import Alone, alone
from tests.e2e.line import wait_for
from tests.e2e.phones import AGENT_TONE, CITIZEN_TONE, DESK_TONE

CITIZEN = "13800000001"
RINGBACK = 450.0
SECONDS_OF_PROMPT = 14.0
"""More than system_fault lasts."""


@pytest.fixture(scope="module")
def lone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    folder = tmp_path_factory.mktemp("alone")
    config = folder / "config.yaml"
    config.write_text("ivr: {queue: {ring_seconds: 6}}\nemergency: {ring_seconds: 5}\n")
    with alone(folder, config) as running:
        yield running


@pytest.fixture(scope="module")
def prompts(lone: Alone) -> PromptSet:
    return PromptSet.load(lone.runtime.prompts)


@pytest_asyncio.fixture
async def phones(lone: Alone, prompts: PromptSet) -> AsyncIterator[UserAgents]:
    lone.on_duty()
    async with UserAgents(*lone.address, prompts=prompts) as engine:
        yield engine
        await engine.hang_up_all()
        await lone.idle()


async def phone(lone: Alone, phones: UserAgents, username: str) -> Phone:
    number = username.partition("-")[2]
    return await phones.phone(username, password=lone.password(username), number=number)


async def dial(lone: Alone, phones: UserAgents, number: str = "12345") -> PhoneCall:
    citizen = await phone(lone, phones, f"citizen-{CITIZEN}")
    call = await (await citizen.call(number)).answered()
    call.hum(CITIZEN_TONE)
    return call


async def talk(call: PhoneCall, other: PhoneCall, tone: float) -> None:
    """Both hear each other's tone."""
    other.hum(tone)
    await call.hears_tone(tone, within=3)
    await other.hears_tone(CITIZEN_TONE, within=3)


def holds_tone(file: Path, frequency: float) -> bool:
    return bool(np.max(level(read_wav(file), frequency), initial=0) > 0.05)


@pytest.mark.parametrize(
    ("keys", "service"),
    [
        ("9", "110"),
        ("110", "110"),
        ("119", "119"),
        ("120", "120"),
        ("122", "122"),
        ("12395", "12395"),
        ("1,w1.7,1,w1.7,9", "119"),
        ("5,1,1,1,0", "110"),
        ("1239", "110"),
        ("19", "110"),
    ],
)
async def test_keys_reach_the_desk(
    lone: Alone, phones: UserAgents, keys: str, service: str
) -> None:
    desk = await phone(lone, phones, f"emergency-{service}")
    call = await dial(lone, phones)
    await call.hears("system_fault", within=3)
    await call.press(keys)
    started = time.monotonic()
    ringing = await desk.incoming(within=4)
    assert time.monotonic() - started < (3 if keys == "1239" else 1)
    assert ringing.peer == CITIZEN
    await call.hears_tone(RINGBACK, within=3)
    await talk(call, await ringing.answer(), DESK_TONE)
    await ringing.hang_up()
    await call.ended(3)
    facts = await lone.ended()
    assert (facts.caller, facts.called) == (CITIZEN, "12345")
    assert facts.outcome(message=False) == "emergency_transferred"
    (emergency,) = facts.emergencies
    assert emergency.service == service
    assert [a.result for a in emergency.attempts] == ["answered"]
    files = {file.stem.split(".")[-2]: file for file in lone.folder.glob(f"{facts.call_id}*wav")}
    assert set(files) == {"caller", "emergency", "mix"}
    # Asterisk closes the files a moment after the call.
    await wait_for(lambda: holds_tone(files["caller"], CITIZEN_TONE), what="the caller's file")
    assert not holds_tone(files["caller"], DESK_TONE)
    assert holds_tone(files["emergency"], DESK_TONE)
    assert holds_tone(files["mix"], CITIZEN_TONE)
    assert holds_tone(files["mix"], DESK_TONE)


async def test_a_busy_desk_is_followed_by_the_next(lone: Alone, phones: UserAgents) -> None:
    first, next_one = [await phone(lone, phones, f"emergency-{n}") for n in ("110", "119")]
    call = await dial(lone, phones)
    await call.press("9")
    for _ in range(2):
        await (await first.incoming(within=4)).reject()
    await talk(call, await (await next_one.incoming(within=4)).answer(), DESK_TONE)
    await call.hang_up()
    facts = await lone.ended()
    (emergency,) = facts.emergencies
    assert [(a.number, a.result) for a in emergency.attempts] == [
        ("110", "busy"),
        ("110", "busy"),
        ("119", "answered"),
    ]
    assert facts.ended_by == "caller"


async def test_no_desk_answers_then_agents_then_the_desks_again(
    lone: Alone, phones: UserAgents
) -> None:
    agent = await phone(lone, phones, "agent-1001")
    lone.on_duty("1001")
    call = await dial(lone, phones)
    await call.press("120")
    ringing = await agent.incoming(within=4)
    await ringing.reject()
    await call.hears("system_fault", within=5, since=call.now)
    # Only now, or the second round of the list would find it.
    desk = await phone(lone, phones, "emergency-120")
    await call.press("120")
    await talk(call, await (await desk.incoming(within=4)).answer(), DESK_TONE)
    await call.hang_up()
    facts = await lone.ended()
    first, second = facts.emergencies
    assert [a.result for a in first.attempts] == ["unreachable"] * 6
    assert facts.emergency_outcome(first) == "failed"
    assert facts.emergency_outcome(second) == "connected"


async def test_another_number_while_a_desk_rings(lone: Alone, phones: UserAgents) -> None:
    police, fire = [await phone(lone, phones, f"emergency-{n}") for n in ("110", "119")]
    call = await dial(lone, phones)
    await call.press("110")
    ringing = await police.incoming(within=4)
    await call.press("119")
    await talk(call, await (await fire.incoming(within=4)).answer(), DESK_TONE)
    await ringing.ended(2)
    await call.hang_up()
    assert [e.service for e in (await lone.ended()).emergencies] == ["110", "119"]


async def test_duty_agents_ring_and_talk(lone: Alone, phones: UserAgents) -> None:
    agent = await phone(lone, phones, "agent-1002")
    lone.on_duty("1001", "1002", "1003")
    call = await dial(lone, phones)
    await call.hears("system_fault", within=3)
    ringing = await agent.incoming(within=SECONDS_OF_PROMPT)
    assert ringing.peer == CITIZEN
    await call.hears_tone(RINGBACK, within=3)
    await talk(call, await ringing.answer(), AGENT_TONE)
    await ringing.hang_up()
    await call.ended(3)
    facts = await lone.ended()
    assert facts.outcome(message=False) == "agent_answered"
    assert facts.ended_by == "agent"
    assert [(a.number, a.result) for a in facts.attempts] == [("1002", "answered")]
    file = lone.folder / f"{facts.call_id}.rec.agent.f1.wav"
    await wait_for(lambda: holds_tone(file, AGENT_TONE), what="the agent's file")


async def test_emergency_while_agents_ring(lone: Alone, phones: UserAgents) -> None:
    agent = await phone(lone, phones, "agent-1001")
    desk = await phone(lone, phones, "emergency-110")
    lone.on_duty("1001")
    call = await dial(lone, phones)
    ringing = await agent.incoming(within=SECONDS_OF_PROMPT)
    await call.press("9")
    await ringing.ended(2)
    await talk(call, await (await desk.incoming(within=4)).answer(), DESK_TONE)
    await call.hang_up()
    assert (await lone.ended()).outcome(message=False) == "emergency_transferred"


async def test_emergency_while_talking_with_an_agent(lone: Alone, phones: UserAgents) -> None:
    agent = await phone(lone, phones, "agent-1001")
    desk = await phone(lone, phones, "emergency-119")
    lone.on_duty("1001")
    call = await dial(lone, phones)
    agents = await (await agent.incoming(within=SECONDS_OF_PROMPT)).answer()
    await talk(call, agents, AGENT_TONE)
    await call.press("119")
    await talk(call, await (await desk.incoming(within=4)).answer(), DESK_TONE)
    await call.hang_up()
    facts = await lone.ended()
    assert facts.outcome(message=False) == "emergency_transferred"
    assert [e.service for e in facts.emergencies] == ["119"]


async def test_a_message_with_a_key_in_it(lone: Alone, phones: UserAgents) -> None:
    call = await dial(lone, phones)
    await call.hears_whole("system_fault", within=SECONDS_OF_PROMPT)
    await call.hears("tone", within=3)
    await call.press("w2,7,w2")
    call.shut_up()
    await call.hears_whole("message_saved", within=8)
    await call.ended(3)
    facts = await lone.ended()
    assert facts.stage == "saved"
    assert facts.ended_by == "system"
    name, _ = facts.messages[0]
    message = lone.folder / name
    assert message.stat().st_size > EMPTY_MESSAGE_BYTES
    said = np.count_nonzero(level(read_wav(message), CITIZEN_TONE) > 0.05) * 0.05
    assert 3.0 < said < 5.0


async def test_a_message_ends_with_hash(lone: Alone, phones: UserAgents) -> None:
    call = await dial(lone, phones)
    await call.hears("tone", within=SECONDS_OF_PROMPT)
    await call.press("w2,#")
    await call.hears("message_saved", within=2)


async def test_who_says_nothing_is_asked_once_more(lone: Alone, phones: UserAgents) -> None:
    call = await dial(lone, phones)
    call.shut_up()
    first = await call.hears("tone", within=SECONDS_OF_PROMPT)
    again = await call.hears("tone", within=8, since=first.start + 1)
    # Then all over again: silence is no reason to hang up.
    await call.hears("system_fault", within=8, since=again.start + 1)
    assert call.ended_at is None
    await call.hang_up()
    facts = await lone.ended()
    assert facts.outcome(message=False) == "abandoned_in_menu"


async def test_emergency_while_a_message_is_recorded(lone: Alone, phones: UserAgents) -> None:
    desk = await phone(lone, phones, "emergency-119")
    call = await dial(lone, phones)
    await call.hears("tone", within=SECONDS_OF_PROMPT)
    await call.press("w1,119")
    await talk(call, await (await desk.incoming(within=2)).answer(), DESK_TONE)
    await call.hang_up()
    facts = await lone.ended()
    assert [e.service for e in facts.emergencies] == ["119"]
    assert len(facts.messages) == 1


@pytest.mark.parametrize("step", ["prompt", "duty", "emergency", "message"])
async def test_a_caller_may_leave_at_every_step(lone: Alone, phones: UserAgents, step: str) -> None:
    agent = await phone(lone, phones, "agent-1001")
    desk = await phone(lone, phones, "emergency-110")
    lone.on_duty(*(["1001"] if step == "duty" else []))
    call = await dial(lone, phones)
    await call.hears("system_fault", within=3)
    ringing = None
    match step:
        case "duty":
            ringing = await agent.incoming(within=SECONDS_OF_PROMPT)
        case "emergency":
            await call.press("9")
            ringing = await desk.incoming(within=4)
        case "message":
            await call.hears("tone", within=SECONDS_OF_PROMPT)
            await call.press("w2")
    await call.hang_up()
    if ringing:
        await ringing.ended(2)
    facts = await lone.ended()
    assert facts.stage == step
    assert facts.ended_by == "caller"
    outcome = {"prompt": "abandoned_in_menu"}
    if step == "message":
        name, _ = facts.messages[0]
        assert (lone.folder / name).stat().st_size > EMPTY_MESSAGE_BYTES
    else:
        assert facts.outcome(message=False) == outcome.get(step, "abandoned_in_queue")
    if step == "emergency":
        (emergency,) = facts.emergencies
        assert [a.result for a in emergency.attempts] == ["no_answer"]
        assert facts.emergency_outcome(emergency) == "caller_left"


async def test_an_emergency_number_dialled_directly(lone: Alone, phones: UserAgents) -> None:
    desk = await phone(lone, phones, "emergency-120")
    call = await dial(lone, phones, "120")
    await talk(call, await (await desk.incoming(within=2)).answer(), DESK_TONE)
    await call.hang_up()
    facts = await lone.ended()
    assert facts.called == "120"
    assert [e.service for e in facts.emergencies] == ["120"]


async def test_a_fresh_heartbeat_without_a_controller(lone: Alone, phones: UserAgents) -> None:
    """The heartbeat may be seconds younger than the controller's death."""
    lone.cli(f"dialplan set global HB {int(time.time()) + 600}")
    try:
        call = await dial(lone, phones)
        await call.hears("system_fault", within=2)
    finally:
        lone.cli("dialplan set global HB 0")
