"""What may replace a flow: emergencies come first, and one at a time."""

from datetime import UTC, datetime, timedelta

from ivr.requests import EmergencyRequest, TransferRequest, UndoRequest
from ivr.summons import Summons
from ivr.targets import ToAgent
from ivr.wishes import Wishes

TRANSFER = TransferRequest("leg", ToAgent("1002"), Summons("1001", "transfer", ToAgent("1002")))
NOW = datetime(2026, 10, 1, 10, tzinfo=UTC)
UNDO_UNTIL = NOW + timedelta(seconds=3)


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
    assert mine.pass_on(TRANSFER)
    assert mine.emergency("110", "digits")
    assert isinstance(mine.take(), EmergencyRequest)
    assert not mine.pass_on(TRANSFER)


async def test_one_transfer_at_a_time() -> None:
    mine = await wishes()
    assert mine.pass_on(TRANSFER)
    assert not mine.pass_on(TRANSFER)
    assert mine.take() is TRANSFER
    assert not mine.made.done()
    assert mine.pass_on(TRANSFER)


async def test_an_agents_emergency_may_be_undone_for_a_while() -> None:
    mine = await wishes()
    assert not mine.undo(NOW)
    mine.emergency("110", "agent", undo_until=UNDO_UNTIL)
    request = mine.take()
    assert isinstance(request, EmergencyRequest)
    assert not mine.undo(UNDO_UNTIL + timedelta(milliseconds=1))
    assert not request.in_hand.undone
    assert mine.undo(UNDO_UNTIL)
    assert request.in_hand.undone
    assert isinstance(mine.take(), UndoRequest)
    assert not mine.undo(NOW)
    assert mine.emergency("110", "key")


async def test_a_callers_emergency_is_nobodys_to_undo() -> None:
    mine = await wishes()
    mine.emergency("110", "digits")
    mine.take()
    assert not mine.undo(NOW)


async def test_a_callers_key_comes_before_the_undoing() -> None:
    mine = await wishes()
    mine.emergency("110", "agent", undo_until=UNDO_UNTIL)
    mine.take()
    assert mine.undo(NOW)
    assert mine.emergency(None, "key")
    assert isinstance(mine.take(), EmergencyRequest)


async def test_what_is_connected_is_not_undone() -> None:
    mine = await wishes()
    mine.emergency("110", "agent", undo_until=UNDO_UNTIL)
    request = mine.take()
    assert isinstance(request, EmergencyRequest)
    mine.over(request.in_hand)
    assert not mine.undo(NOW)


async def test_what_an_agents_emergency_replaced_goes_on_when_it_is_undone() -> None:
    mine = await wishes()
    mine.emergency(None, "key")
    chosen = mine.take()
    assert isinstance(chosen, EmergencyRequest)
    chosen.in_hand.service = "119"
    mine.emergency("110", "agent", undo_until=UNDO_UNTIL)
    mine.take()
    assert mine.undo(NOW)
    request = mine.take()
    assert isinstance(request, EmergencyRequest)
    assert (request.service, request.trigger) == ("119", "key")
    assert mine.in_hand is request.in_hand
    assert not mine.undo(NOW), "it is the caller's own"
