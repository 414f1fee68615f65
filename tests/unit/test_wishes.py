"""What may replace a flow: emergencies come first, and one at a time."""

from ivr.requests import EmergencyRequest, TransferRequest
from ivr.wishes import Wishes

TRANSFER = TransferRequest("1001", "leg", "1002")


async def wishes(*connected: str) -> Wishes:
    return Wishes(lambda: connected)


async def test_nine_again_and_the_same_number_begin_nothing() -> None:
    mine = await wishes()
    assert mine.emergency(None, "key")
    assert not mine.emergency(None, "key")
    request = mine.take()
    assert isinstance(request, EmergencyRequest)
    request.in_hand.service = "110"  # chosen
    assert not mine.emergency("110", "digits")
    assert not mine.emergency(None, "key")
    assert mine.emergency("119", "digits")


async def test_it_may_be_asked_for_again_when_it_is_over() -> None:
    mine = await wishes()
    mine.emergency("110", "digits")
    request = mine.take()
    assert isinstance(request, EmergencyRequest)
    mine.over(request.in_hand)
    assert mine.emergency("110", "digits")


async def test_an_old_emergency_does_not_end_a_new_one() -> None:
    mine = await wishes()
    mine.emergency("110", "digits")
    old = mine.take()
    mine.emergency("119", "digits")
    assert isinstance(old, EmergencyRequest)
    mine.over(old.in_hand)
    assert mine.busy


async def test_another_service_beside_the_connected_one() -> None:
    mine = await wishes("110")
    assert not mine.emergency(None, "key")
    assert not mine.emergency("110", "agent")
    assert mine.emergency("120", "agent")


async def test_an_emergency_comes_before_a_transfer() -> None:
    mine = await wishes()
    assert mine.transfer(TRANSFER)
    assert mine.emergency("110", "digits")
    assert isinstance(mine.take(), EmergencyRequest)
    assert not mine.transfer(TRANSFER)


async def test_one_transfer_at_a_time() -> None:
    mine = await wishes()
    assert mine.transfer(TRANSFER)
    assert not mine.transfer(TRANSFER)
    assert mine.take() is TRANSFER
    assert not mine.made.done()
    assert mine.transfer(TRANSFER)
