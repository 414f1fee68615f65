"""Intake: acceptance, rejection, direct answers, withdrawal, repeats (arts. 6 to 10, 19)."""

from typing import Any

import pytest

from tests.unit.ticket_story import MATTER, Story, fired
from ticketing.workflow.intake import urgency_at_acceptance


def test_R_1_1_a_ticket_keeps_the_policy_it_was_accepted_under() -> None:
    story = Story().accepted(0, "old")
    story.rule(1, "policy", **{"sla.resolve_hours": 24, "sla.sign_hours": "30m"})
    story.send(2, "old").accepted(2, "new").send(2, "new")
    old, new = story.run()[3], story.done()
    assert old["due"]["resolve"] == "2026-10-01T14:00:00+08:00"
    assert new["due"]["resolve"] == "2026-10-02T02:00:00+08:00"
    assert new["due"]["sign"] == "2026-10-01T02:30:00+08:00"
    assert old["policy_id"] != new["policy_id"]


@pytest.mark.parametrize("missing", ["request_type", "region_code", "acceptance_basis"])
def test_R_6_1_acceptance_needs_type_region_and_basis(missing: str) -> None:
    data = {key: value for key, value in MATTER.items() if key != missing}
    story = Story().do(0, "agent", "create", **data).do(0, "agent", "accept")
    assert story.refusal() == "missing_field"
    assert story.run()[-1]["refused"]["field"] == missing


def test_R_6_2_a_sudden_problem_is_urgent_and_may_still_be_withdrawn() -> None:
    story = Story().accepted(0, acceptance_basis="6.5")
    assert story.do(1, "agent", "withdraw", identity_checked=True).done()["state"] == "withdrawn"


@pytest.mark.parametrize("basis", ["6.6", "6.9"])
def test_R_6_4_superior_tasks_are_K3_and_are_not_withdrawn(basis: str) -> None:
    story = Story().accepted(0, acceptance_basis=basis)
    story.do(1, "agent", "withdraw", identity_checked=True)
    assert story.refusal() == "not_withdrawable"


def test_R_18_2_the_province_is_a_superior() -> None:
    story = Story().accepted(0, channel="province_12345")
    story.do(1, "agent", "withdraw", identity_checked=True)
    assert story.refusal() == "not_withdrawable"


def test_withdrawal_needs_a_known_citizen_and_no_danger() -> None:
    assert Story().accepted().do(1, "agent", "withdraw").refusal() == "identity_not_checked"
    story = (
        Story().accepted(0, category_l2="1001").do(1, "agent", "withdraw", identity_checked=True)
    )
    assert story.refusal() == "not_withdrawable"


@pytest.mark.parametrize("missing", ["reject_code", "explanation"])
def test_R_7_1_a_rejection_is_explained(missing: str) -> None:
    data = {"reject_code": "N2", "explanation": "已在诉讼中"}
    del data[missing]
    story = Story().reported().do(0.1, "agent", "reject", **data)
    assert story.refusal() == "missing_field"
    assert story.run()[-1]["refused"]["field"] == missing


def test_R_7_1_the_citizen_is_told_where_to_turn() -> None:
    data = {"reject_code": "N2", "explanation": "已在诉讼中"}
    entry = Story().reported().do(0.1, "agent", "reject", **data).done()
    assert entry["state"] == "rejected"
    assert {"template": "sms_guidance", "to_role": "citizen"} in entry["outbox"]


def test_R_7_2_an_emergency_is_not_simply_rejected() -> None:
    data = {"reject_code": "N5", "explanation": "属于火警"}
    story = Story().reported().do(0.1, "agent", "reject", **data)
    assert story.refusal() == "emergency_record_required"
    guided = {**data, "emergency_record": "已引导拨打119"}
    assert Story().reported().do(0.1, "agent", "reject", **guided).done()["state"] == "rejected"


def test_R_8_2_an_agent_refers_up_and_the_supervisor_decides() -> None:
    story = Story().reported().do(0.1, "supervisor", "accept")
    assert story.refusal() == "not_allowed"
    story = Story().reported().do(0.1, "agent", "refer_up")
    assert story.done()["state"] == "pending_acceptance"
    assert story.done()["outbox"] == [{"template": "referred_up", "to_role": "supervisor"}]
    story.tick(0.4)
    assert ("tm_refer_up", "2026-10-01T00:21:00+08:00") in fired(story.run())
    assert story.do(0.5, "supervisor", "accept").done()["state"] == "accepted"


def test_R_9_3_a_transfer_is_followed_up_in_half_an_hour() -> None:
    story = Story().reported().do(0.1, "agent", "emergency_transfer", service="119")
    assert story.done()["state"] == "emergency_transferred"
    assert ("tm_followup", "2026-10-01T00:36:00+08:00") in fired(story.tick(1).run())
    later = Story().signed().do(0.1, "agent", "emergency_transfer", service="120")
    assert later.done()["state"] == "in_progress"
    wrong = Story().reported().do(0.1, "agent", "emergency_transfer", service="911")
    assert wrong.refusal() == "invalid_value"


def test_T6_a_direct_answer_closes_by_itself_after_four_hours() -> None:
    answer = {"answer": "请到窗口办理", "knowledge_ref": "K-17"}
    story = Story("10-01 08:00").accepted().do(1, "agent", "answer_direct", **answer)
    assert story.done()["state"] == "answered"
    assert story.done()["due"]["answer"] == "2026-10-01T12:00:00+08:00"
    story.tick("10-01 13:00:00").do("10-01 13:00:01", "agent", "add_note", comment="x")
    entries = story.run()
    assert entries[-2]["timers_fired"] == []
    assert entries[-1]["timers_fired"][-1]["id"] == "tm_answered"
    assert (entries[-1]["state"], entries[-1]["close_result"]) == ("closed", "answered_in_call")


def test_T6_late_answers_are_overdue() -> None:
    answer = {"answer": "请到窗口办理", "knowledge_ref": "K-17"}
    story = Story().accepted().do("10-01 04:00:01", "agent", "answer_direct", **answer)
    assert story.done()["overdue"] == ["answer"]


def test_T6b_what_did_not_help_becomes_a_ticket_with_the_old_citizen_clock() -> None:
    answer = {"answer": "请到窗口办理", "knowledge_ref": "K-17"}
    story = Story().accepted().do(1, "agent", "answer_direct", **answer)
    entry = story.do(2, "citizen", "not_answered").done()
    assert entry["state"] == "accepted"
    assert entry["citizen_clock_started_at"] == "2026-10-01T00:00:00+08:00"


def resolved(at: str, **data: Any) -> Story:
    story = Story(at).signed(0, **data).replied(0)
    return story.do(0, "dispatcher", "audit_pass").do(0, "citizen", "sms_score", score=1)


def test_R_19_1_a_report_before_the_archive_counts() -> None:
    story = Story("10-01 10:00").signed(0).replied(0).do(0, "dispatcher", "audit_pass")
    entry = story.accepted(1, "t2", repeat_of="t1").done()
    assert entry["repeat"] == {"of": "t1", "rule": "a", "seq": 1}


def test_R_19_1_consultations_do_not_count() -> None:
    story = resolved("10-01 10:00").accepted("10-02 10:00", "t2", repeat_of="t1")
    assert story.done()["repeat"]["rule"] == "a"
    story = resolved("10-01 10:00").accepted(
        "10-02 10:00", "t2", repeat_of="t1", request_type="consult"
    )
    assert story.done()["repeat"] is None


def test_R_19_2_the_root_is_stored_and_repeats_are_counted() -> None:
    story = resolved("10-01 10:00").accepted("10-02 10:00", "t2", repeat_of="t1")
    story.accepted("10-12 10:00", "t3", repeat_of="t2")
    assert story.done()["repeat"] == {"of": "t1", "rule": "a", "seq": 2}


def test_R_19_2_a_repeat_keeps_its_place_and_a_rejected_one_has_none() -> None:
    story = resolved("10-01 10:00")
    for ticket in ("t2", "t3", "t4"):
        story.reported("10-02 10:00", ticket, repeat_of="t1")
    why = {"reject_code": "N6", "explanation": "不属受理范围"}
    story.do("10-02 10:05", "agent", "reject", "t4", **why)
    story.do("10-02 10:05", "agent", "accept", "t3").do("10-02 10:05", "agent", "accept", "t2")
    story.reported("10-02 10:10", "t5", repeat_of="t1")
    entries = story.run()
    assert [entry["repeat"]["seq"] for entry in entries[-3:]] == [2, 1, 3]


def test_R_19_1_an_open_repeat_keeps_the_chain_unresolved() -> None:
    story = resolved("2026-03-01 10:00").accepted("2026-03-20 10:00", "t2", repeat_of="t1")
    story.accepted("2026-05-01 10:00", "t3", repeat_of="t1")
    assert story.done()["repeat"] == {"of": "t1", "rule": "b", "seq": 2}


def test_A_12_rule_b_is_for_the_same_citizen_rule_a_for_anyone() -> None:
    other = {"repeat_of": "t1", "contact_phone": "13900000009"}
    story = Story("2026-03-01 10:00").signed(0).accepted("2026-03-20 10:00", "t2", **other)
    assert story.done()["repeat"] is None
    assert resolved("10-01 10:00").accepted("10-02 10:00", "t2", **other).done()["repeat"]


def test_A_11_a_month_of_thirty_days_by_policy() -> None:
    for again, found in (("2026-03-02 23:59:59", True), ("2026-03-03 00:00", False)):
        story = Story("2026-01-31 15:00", {"repeat.month": "30d"}).signed(0).replied(0)
        story.do(0, "dispatcher", "audit_pass").accepted(again, "t2", repeat_of="t1")
        assert bool(story.done()["repeat"]) is found


def test_A_12_a_repeat_may_be_named_at_acceptance() -> None:
    story = resolved("10-01 10:00").reported("10-02 10:00", "t2")
    entry = story.do("10-02 10:05", "agent", "accept", "t2", repeat_of="t1").done()
    assert entry["repeat"] == {"of": "t1", "rule": "a", "seq": 1}
    unknown = Story().reported().do(0, "agent", "accept", repeat_of="t9")
    assert unknown.refusal() == "unknown_ticket"


def test_T31_a_closed_ticket_is_complained_of_with_a_new_one() -> None:
    story = resolved("10-01 10:00").do(
        "10-02 10:00", "agent", "complain_again", "t2", repeat_of="t1"
    )
    entry = story.done()
    assert (entry["state"], entry["repeat"]) == (
        "pending_acceptance",
        {"of": "t1", "rule": "a", "seq": 1},
    )
    assert story.do("10-02 10:05", "agent", "accept", "t2").done()["state"] == "accepted"
    early = Story().signed().do(1, "agent", "complain_again", "t2", repeat_of="t1")
    assert early.refusal() == "wrong_state"


def test_R_19_1_the_hotline_is_warned_a_day_before_a_report_counts_as_a_repeat() -> None:
    story = Story("10-01 00:00").signed(0).tick("10-07 00:00:01")
    names = dict(fired(story.run()))
    assert names["tm_repeat_6d.5d"] == "2026-10-06T00:00:00+08:00"
    assert names["tm_repeat_6d"] == "2026-10-07T00:00:00+08:00"


def test_a_created_ticket_needs_a_content_and_known_codes() -> None:
    assert Story().do(0, "agent", "create").refusal() == "missing_field"
    for data, code in (
        ({"region_code": "999999"}, "invalid_value"),
        ({"category_l2": "9999"}, "invalid_value"),
        ({"target_unit": "XXX"}, "unknown_unit"),
        ({"occurred_at": "2026-10-01T10:00:00"}, "invalid_value"),
        ({"contact_phone": "nobody"}, "invalid_value"),
    ):
        story = Story().reported(0, **data)
        assert story.refusal() == code
        assert story.run()[-1]["refused"]["field"] == next(iter(data))


def test_T31_what_was_confidential_stays_so() -> None:
    story = Story("10-01 10:00").accepted(0, confidential=True)
    story.send(0, unit_content="某小区停水").do(0, "unit_handler", "sign").replied(1)
    story.do(2, "dispatcher", "audit_pass").do(3, "citizen", "sms_score", score=1)
    story.do(4, "agent", "complain_again", "t2", repeat_of="t1").do(4, "agent", "accept", "t2")
    assert story.send(4, "t2").refusal() == "missing_field"


def test_R_6_2_what_a_basis_makes_of_the_urgency_is_one_rule() -> None:
    assert urgency_at_acceptance("6.5", "normal") == "urgent"
    assert urgency_at_acceptance("6.5", "emergency") == "emergency"
    assert urgency_at_acceptance("6.2", "normal") == "normal"
    assert urgency_at_acceptance(None, "normal") == "normal"


def test_T34_a_note_may_name_a_unit_of_the_city() -> None:
    story = Story().accepted(0)
    story.do(1, "agent", "add_note", comment="话务员建议派单", suggested_unit="XXX")
    assert story.refusal() == "unknown_unit"
    story = Story().accepted(0)
    assert story.do(1, "agent", "add_note", comment="派单", suggested_unit="SLJ").done()
