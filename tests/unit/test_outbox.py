"""The outbox: written with the event, once; notices of roles and units."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from store.engine import Store
from store.tables_outbox import outbox
from tests.unit.stored_story import Stage
from tests.unit.test_ticket_store import merged, rectified, returned, silent
from tests.unit.ticket_story import MATTER, REPLY, Story, instant
from ticketing.outbox import Outbox
from ticketing.refusal import Refusal
from ticketing.tickets import Tickets
from ticketing.timekeeper import Timekeeper

T0 = instant("10-01 08:00")
HOUR = timedelta(hours=1)
SENT = {"unit": "SLJ", "answer_type": "investigate"}


async def told(store: Store) -> list[tuple[str, str]]:
    async with store.read() as db:
        columns = outbox.c.template, outbox.c.to_role
        return [tuple(row) for row in await db.execute(sa.select(*columns).order_by(outbox.c.id))]


@pytest.mark.parametrize("story", [returned, rectified, silent, merged])
async def test_the_outbox_holds_what_the_rehearsal_sends(
    store: Store, tickets: Tickets, story: Any
) -> None:
    played: Story = story()
    await Stage(tickets).play(played.steps)
    sent = [(one["template"], one["to_role"]) for entry in played.run() for one in entry["outbox"]]
    assert await told(store) == sent
    assert len(sent) > 4


async def dispatched(tickets: Tickets, **data: Any) -> str:
    made = await tickets.create({**MATTER, **data}, actor="1001", role="agent", at=T0)
    for command, given, role in (("accept", {}, "agent"), ("dispatch", SENT, "dispatcher")):
        await tickets.do(made.ticket_no, command, given, actor=role, role=role, at=T0)
    return made.ticket_no


async def test_a_message_names_its_event_and_the_unit(store: Store, tickets: Tickets) -> None:
    number = await dispatched(tickets)
    found = await Outbox(store).list(ticket_no=number)
    assert [
        (one.template, one.kind, one.state, one.to_role, one.unit, one.event_seq) for one in found
    ] == [
        ("sms_unit_sign", "sms", "waiting", "unit_handler", "SLJ", 3),
        ("sms_dispatched", "sms", "waiting", "citizen", None, 3),
        ("sms_created", "sms", "waiting", "citizen", None, 2),
    ]
    assert {one.created_at for one in found} == {T0}
    assert {one.about for one in found} == {number}
    assert found[0].to_json()["created_at"] == "2026-10-01T08:00:00+08:00"
    assert await Outbox(store).list(state="failed") == []
    assert len(await Outbox(store).list(limit=1)) == 1


async def test_what_is_refused_tells_nobody(store: Store, tickets: Tickets) -> None:
    number = await dispatched(tickets)
    before = await told(store)
    with pytest.raises(Refusal):
        await tickets.do(number, "dispatch", SENT, actor="d1", role="dispatcher", at=T0)
    with pytest.raises(Refusal):
        await tickets.do(number, "audit_pass", {}, actor="d1", role="dispatcher", at=T0)
    assert await told(store) == before


async def test_a_timer_tells_once(store: Store, tickets: Tickets) -> None:
    await dispatched(tickets)
    before = len(await told(store))
    for _ in range(3):
        await Timekeeper(tickets, lambda: T0 + HOUR).fire_due()
    assert (await told(store))[before:] == [("sms_unit_sign", "unit_handler")]


async def test_the_citizens_of_merged_tickets_get_the_result_too(
    store: Store, tickets: Tickets
) -> None:
    main, other = await dispatched(tickets), await dispatched(tickets)
    named = {"master_ticket": main}
    await tickets.do(other, "merge", named, actor="d1", role="dispatcher", at=T0)
    for command, data, role in (
        ("sign", {}, "unit_handler"),
        ("submit_reply", REPLY, "unit_handler"),
        ("audit_pass", {}, "dispatcher"),
    ):
        await tickets.do(main, command, data, actor=role, role=role, at=T0 + HOUR)
    surveys = [one for one in await Outbox(store).list() if one.is_survey]
    assert [(one.ticket_no, one.about) for one in surveys] == [(main, other), (main, main)]


async def test_notices_wait_until_somebody_has_taken_note(store: Store, tickets: Tickets) -> None:
    number = await dispatched(tickets)
    await tickets.do(number, "sign", {}, actor="u1", role="unit_handler", at=T0)
    await tickets.do(number, "submit_reply", REPLY, actor="u1", role="unit_handler", at=T0)
    box = Outbox(store)
    (one,) = await box.notices(role="dispatcher")
    assert (one.template, one.kind, one.ticket_no) == ("reply_submitted", "notice", number)
    assert [one.template for one in await box.notices(unit="SLJ")] == ["sms_unit_sign"]
    assert await box.notices(unit="GDGS") == []
    for by in ("d1", "d2"):
        done = await box.take_note(one.id, by=by, at=T0 + HOUR, role="dispatcher")
        assert (done.done_by, done.done_at) == ("d1", T0 + HOUR)
    assert await box.notices(role="dispatcher") == []
    assert [one.id for one in await box.notices(role="dispatcher", done=True)] == [one.id]


async def test_a_notice_of_somebody_else_cannot_be_taken_note_of(
    store: Store, tickets: Tickets
) -> None:
    number = await dispatched(tickets)
    box = Outbox(store)
    (mine,) = await box.notices(unit="SLJ")
    (to_citizen, _) = [one for one in await box.list(ticket_no=number) if one.to_role == "citizen"]
    for id, whose in (
        (mine.id, {"unit": "GDGS"}),
        (mine.id, {"role": "supervisor"}),
        (to_citizen.id, {}),
        (10_000, {}),
    ):
        with pytest.raises(Refusal) as found:
            await box.take_note(id, by="x", at=T0, **whose)  # type: ignore[arg-type]
        assert (found.value.code, found.value.field) == ("invalid_value", "id")
    assert (await box.get(mine.id)).done_at is None


async def test_an_anonymous_citizen_without_number_is_sent_nothing(
    store: Store, tickets: Tickets
) -> None:
    nobody = {"caller_number": None, "contact_phone": None, "identity_level": "anonymous"}
    await dispatched(tickets, **nobody)
    assert [one.to_role for one in await Outbox(store).list()] == ["unit_handler"]


async def test_the_failed_survey_is_a_task_for_a_person(store: Store, tickets: Tickets) -> None:
    number = await dispatched(tickets)
    for command, data, role in (
        ("sign", {}, "unit_handler"),
        ("submit_reply", REPLY, "unit_handler"),
        ("audit_pass", {}, "dispatcher"),
        ("sms_failed", {"reason": "空号"}, "system"),
    ):
        one = await tickets.do(number, command, data, actor=role, role=role, at=T0 + HOUR)
    assert (one.state, one.sms_due) == ("manual_callback", None)
    assert one.manual_due == T0 + 25 * HOUR
    assert [one.template for one in await Outbox(store).notices(role="callback_agent")] == [
        "callback_task"
    ]
    assert await tickets.verify(number) == []
