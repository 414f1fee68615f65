"""Waiting for the first of several things: nobody's cancellation is swallowed."""

import asyncio
import time

import pytest

from ivr.telephony.race import end, first, repeated


async def slow_to_end(seconds: float) -> None:
    """Something whose clean-up takes a while."""
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(seconds)


async def test_the_first_wins_and_the_other_has_ended() -> None:
    ended: list[str] = []

    async def other() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("other")

    async def quick() -> int:
        return 7

    assert await first(other(), quick()) == 7
    assert ended == ["other"]


async def test_whoever_is_cancelled_while_he_ends_others_is_cancelled() -> None:
    went_on: list[str] = []

    async def flow() -> None:
        await first(slow_to_end(0.2), asyncio.sleep(0))
        went_on.append("flow")
        await asyncio.sleep(3)

    task = asyncio.create_task(flow())
    await asyncio.sleep(0.1)  # it clears up the loser now
    began = time.monotonic()
    await end(task)
    assert task.cancelled()
    assert went_on == []
    assert time.monotonic() - began < 1


async def test_the_clean_up_is_waited_for_also_then() -> None:
    done: list[str] = []

    async def loser() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.2)
            done.append("cleaned up")

    task = asyncio.create_task(loser())
    await asyncio.sleep(0)
    ending = asyncio.create_task(end(task))
    await asyncio.sleep(0.05)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert done == ["cleaned up"]


async def test_a_task_that_fails_as_it_ends_disturbs_nobody() -> None:
    async def broken() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("as it ends")

    task = asyncio.create_task(broken())
    await asyncio.sleep(0)
    await end(task)
    assert task.done()


async def test_a_sound_is_repeated_until_the_block_ends() -> None:
    played = 0

    async def sound() -> None:
        nonlocal played
        played += 1
        await asyncio.sleep(0.01)

    async with repeated(sound):
        await asyncio.sleep(0.3)
    assert played >= 2
    before = played
    await asyncio.sleep(0.1)
    assert played == before
