"""Unmasked views of hidden tickets: a reason, a record, a chain (R-23-1, R-23-2, R-7-3)."""

from typing import Any

import pytest

from store.engine import Store
from tests.console_kit import console
from tests.stores import tamper
from tests.unit.ticket_story import MATTER, instant
from ticketing.identity import STARS
from ticketing.refusal import Refusal
from ticketing.revealing import MAY_REVEAL, Revealing
from ticketing.sights import TABLE
from ticketing.tickets import Tickets
from ticketing.visibility import Viewer
from ticketing.workflow.terms import Role

AT = instant("10-01 08:00")
NAME, PHONE = "欧阳明轩", "13912345678"
REPORT: dict[str, Any] = MATTER | {
    "request_type": "report",
    "requester_name": NAME,
    "contact_phone": PHONE,
    "content": f"{NAME}举报偷排",
}


async def report(tickets: Tickets) -> str:
    return (await tickets.create(REPORT, actor="1001", role="agent", at=AT)).ticket_no


def of(role: Role, unit: str | None = None) -> Viewer:
    return Viewer("x", frozenset({role}), unit=unit)


async def test_r_23_2_a_view_with_a_reason_is_on_record(store: Store, tickets: Tickets) -> None:
    number, revealing = await report(tickets), Revealing(store, tickets)
    for role in MAY_REVEAL:
        found = await revealing.reveal(number, of(role), "公安机关调取", at=AT)
        assert (found["requester_name"], found["contact_phone"]) == (NAME, PHONE)
        assert found["content"] == REPORT["content"]
    log = await revealing.log(number)
    assert [(one.seq, one.role, one.reason) for one in log] == [
        (3, "center_head", "公安机关调取"),
        (2, "supervisor", "公安机关调取"),
        (1, "dispatcher", "公安机关调取"),
    ]
    assert await revealing.log() == log
    assert await tickets.verify(number) == []


async def test_r_23_2_others_see_nothing_and_leave_no_record(
    store: Store, tickets: Tickets
) -> None:
    number, revealing = await report(tickets), Revealing(store, tickets)
    others = [*sorted(TABLE.keys() - set(MAY_REVEAL)), "admin", "security_admin", "kb_editor"]
    for role in others:
        with pytest.raises(Refusal) as found:
            await revealing.reveal(number, of(role, "SLJ"), "想看", at=AT)  # type: ignore[arg-type]
        assert found.value.code == "not_allowed"
    both = Viewer("x", frozenset({"supervisor", "unit_leader"}), unit="SLJ")
    with pytest.raises(Refusal):
        await revealing.reveal(number, both, "想看", at=AT)
    for reason, code in (
        (None, "missing_field"),
        (" ", "missing_field"),
        ("x" * 201, "invalid_value"),
    ):
        with pytest.raises(Refusal) as found:
            await revealing.reveal(number, of("supervisor"), reason, at=AT)
        assert (found.value.code, found.value.field) == (code, "reason")
    with pytest.raises(Refusal) as found:
        await revealing.reveal("SQ0", of("supervisor"), "x", at=AT)
    assert found.value.code == "unknown_ticket"
    assert await revealing.log() == []


async def test_r_7_3_words_rejected_as_secret_are_read_with_a_reason(
    store: Store, tickets: Tickets
) -> None:
    number, revealing = await report(tickets), Revealing(store, tickets)
    no = {"reject_code": "N3", "explanation": "涉及个人隐私"}
    await tickets.do(number, "reject", no, actor="1001", role="agent", at=AT)
    whole = await revealing.reveal(number, of("supervisor"), "复核", at=AT)
    assert whole["content"] == REPORT["content"]
    person = await revealing.reveal(number, of("dispatcher"), "回访", at=AT)
    assert (person["requester_name"], person["content"]) == (NAME, STARS)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("update access_log set reason = '例行' where seq = 1", "access 1 (x) was changed"),
        ("update access_log set actor = 'y' where seq = 2", "access 2 (y) was changed"),
        ("delete from access_log where seq = 1", "access 1 is missing"),
        (
            "delete from access_log where seq = 2",
            "the log of accesses ends at 1, the ticket's chain says 2",
        ),
        (
            "delete from access_log",
            "the log of accesses ends at 0, the ticket's chain says 2",
        ),
    ],
)
async def test_r_23_1_a_changed_log_is_found(
    store: Store, tickets: Tickets, sql: str, told: str
) -> None:
    number, revealing = await report(tickets), Revealing(store, tickets)
    for _ in range(2):
        await revealing.reveal(number, of("supervisor"), "复核", at=AT)
    await tamper(store, sql)
    assert await tickets.verify(number) == [told]


async def test_over_http_a_reporter_is_masked_revealed_and_logged(store_url: str) -> None:
    async with console(store_url) as api:
        await api.everybody()
        number = await report(api.parts.tickets)
        path = f"/api/tickets/{number}"
        masked = await api.ask("supervisor", "GET", path)
        assert masked.body["requester_name"] == STARS and NAME not in str(masked.body)
        told = await api.ask("dispatcher", "GET", f"{path}/unit-content")
        assert told.body["unit_content"] == "【姓名】举报偷排"
        assert told.body["removed"] == [{"start": 0, "end": 4, "kind": "name", "text": STARS}]
        empty = await api.ask("supervisor", "POST", f"{path}/reveal", {})
        assert (empty.status, empty.error) == (422, ("missing_field", "reason"))
        shown = await api.ask("supervisor", "POST", f"{path}/reveal", {"reason": "复核"})
        assert (shown.status, shown.body["requester_name"]) == (200, NAME)
        log = await api.ask("auditor", "GET", f"{path}/access")
        assert [(one["actor"], one["reason"]) for one in log.body] == [("supervisor", "复核")]
        assert (log.body[0]["full_name"], log.body[0]["role"]) == (None, "supervisor")
        key = {"Idempotency-Key": "k"}
        for _ in range(2):  # each view is one of its own
            why = {"reason": "再看"}
            shown = await api.ask("supervisor", "POST", f"{path}/reveal", why, headers=key)
            assert shown.body["requester_name"] == NAME
        assert len((await api.ask("auditor", "GET", f"{path}/access")).body) == 3
