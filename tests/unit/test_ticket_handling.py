"""A unit's work: dispatch, return, extension, reply, audit (arts. 6(3), 8, 10, 20, 23, 25)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.unit.ticket_story import REPLY, RETURN, Entry, Story, fired, instant
from ticketing import citydata
from ticketing.rehearsal import Rehearsal

STRICT = {"sla.review_pause": "strict"}


def codes(entry: Entry) -> tuple[str, str | None]:
    return entry["refused"]["code"], entry["refused"]["field"]


# Dispatch


def test_R_6_3_a_complaint_about_a_unit_is_not_dispatched_to_it() -> None:
    about = {"acceptance_basis": "6.3", "target_unit": "SLJ"}
    story = Story().at_unit(0, **about)
    assert codes(story.last()) == ("conflict_of_interest", "unit")
    other = Story().at_unit(0, unit="SJJ", **about).do(1, "unit_handler", "sign")
    other.do(2, "unit_handler", "request_return", **RETURN)
    other.do(2.1, "dispatcher", "approve_return", unit="SLJ")
    assert other.refusal() == "conflict_of_interest"
    other.steps.pop()
    other.do(2.2, "supervisor", "coordinate", disputed=True)
    other.do(2.3, "center_head", "designate_lead", lead_unit="SLJ")
    assert other.refusal() == "conflict_of_interest"
    # It binds complaints about units (6.3) only.
    assert Story().at_unit(0, acceptance_basis="6.2", target_unit="SLJ").done()["ok"]


def test_R_8_3_units_exist_and_are_active() -> None:
    assert codes(Story().at_unit(unit="XXX").last()) == ("unknown_unit", "unit")
    city = citydata.load()
    gone = replace(city.units["SLJ"], valid_to=date(2026, 9, 30))
    rehearsal = Rehearsal.of({}, replace(city, units={**city.units, "SLJ": gone}))
    *_, entry = rehearsal.run(Story().at_unit().steps)
    assert codes(entry) == ("unit_inactive", "unit")


def test_T7_the_answer_type_is_set_and_agents_do_not_dispatch_on_their_own() -> None:
    story = Story().accepted().do(0, "dispatcher", "dispatch", unit="SLJ")
    assert codes(story.last()) == ("missing_field", "answer_type")
    data = {"unit": "SLJ", "answer_type": "investigate"}
    assert Story().accepted().do(0, "agent", "dispatch", **data).refusal() == "not_allowed"


@pytest.mark.parametrize("hidden", [{"confidential": True}, {"request_type": "report"}])
def test_R_23_2_a_hidden_reporter_needs_a_text_for_the_unit(hidden: dict[str, Any]) -> None:
    story = Story().at_unit(0, **hidden)
    assert codes(story.last()) == ("missing_field", "unit_content")
    story.steps.pop()
    assert story.send(0, unit_content="某小区停水").done()["state"] == "dispatched"


def test_R_10_4_a_unit_answers_directly_within_four_hours_without_signing() -> None:
    story = Story().at_unit(answer_type="direct")
    due = story.done()["due"]
    assert due["answer"] == "2026-10-01T04:00:00+08:00"
    assert (due["sign"], due["resolve"], due["original"]) == (None, None, None)
    assert story.replied(4).done()["state"] == "reply_review"
    assert story.done()["overdue"] == []
    early = Story().at_unit().replied(1)
    assert early.refusal() == "wrong_state"


def test_A_3_a_changed_answer_type_counts_from_the_old_start() -> None:
    story = Story().at_unit(answer_type="direct")
    story.do(2, "dispatcher", "amend", answer_type="investigate", reason="需要调查")
    assert story.due("resolve") == instant("10-01 12:00")


def test_R_10_5_late_signing_stays_on_record() -> None:
    story = Story().at_unit().do("10-01 01:00:00", "unit_handler", "sign")
    assert story.done()["overdue"] == []
    late = Story().at_unit().do("10-01 01:00:01", "unit_handler", "sign").done()
    assert late["overdue"] == ["sign"]
    assert late["supervision_level"] == 1
    assert late["outbox"][-1] == {"template": "sms_unit_overdue", "to_role": "unit_handler"}


def test_R_25_1_inner_limits_are_stricter_never_looser() -> None:
    story = Story().rule(0, "unit_limit", unit="SLJ", clock="resolve", hours=8).at_unit()
    assert story.due("resolve") == instant("10-01 08:00")
    other = Story().rule(0, "unit_limit", unit="SLJ", clock="resolve", hours=8).at_unit(unit="ZJJ")
    assert other.due("resolve") == instant("10-01 12:00")
    looser = Story().rule(0, "unit_limit", unit="SLJ", clock="sign", hours=1.5)
    assert codes(looser.last()) == ("looser_than_policy", "hours")
    assert Story().rule(0, "unit_limit", unit="SLJ", clock="sms", hours=1).refusal() == (
        "invalid_value"
    )


# Return


@pytest.mark.parametrize("missing", ["ground", "suggestion"])
def test_R_10_9_a_return_has_ground_and_suggestion(missing: str) -> None:
    story = Story().signed().do(1, "unit_handler", "request_return", **{**RETURN, missing: " "})
    assert codes(story.last()) == ("missing_field", missing)


def test_R_10_10_a_refused_return_gives_the_time_back_but_not_the_window() -> None:
    story = Story().at_unit().do(0.5, "unit_handler", "request_return", **RETURN)
    story.do(2.5, "dispatcher", "refuse_return")
    assert codes(story.last()) == ("missing_field", "reason")
    story.steps.pop()
    story.do(2.5, "dispatcher", "refuse_return", reason="属你局职责")
    assert story.done()["state"] == "in_progress"
    assert story.due("resolve") == story.due("original") == instant("10-01 14:00")
    again = {**RETURN, "ground": "新的依据：市政府会议纪要"}
    story.do("10-01 12:00:01", "unit_handler", "request_return", **again)
    assert story.refusal() == "return_window_closed"


def test_A_8_strict_gives_no_time_back() -> None:
    story = Story(policy=STRICT).signed().do(0.5, "unit_handler", "request_return", **RETURN)
    story.do(2.5, "dispatcher", "refuse_return", reason="属你局职责")
    assert story.due("resolve") == instant("10-01 12:00")


def test_A_10_a_second_return_needs_a_new_ground_a_third_is_never_accepted() -> None:
    story = Story().signed()
    for hour, ground in enumerate(["一", "二"], 1):
        data = {**RETURN, "ground": ground}
        story.do(hour, "unit_handler", "request_return", **data)
        story.do(hour + 0.1, "dispatcher", "refuse_return", reason="属你局职责")
    same = Story()
    same.steps = [*story.steps[:-2]]
    same.do(1.5, "unit_handler", "request_return", **{**RETURN, "ground": "一"})
    assert same.refusal() == "already_returned"
    story.do(3, "unit_handler", "request_return", **{**RETURN, "ground": "三"})
    assert story.refusal() == "already_returned"


def test_T10_an_approved_return_with_a_unit_dispatches_at_once() -> None:
    story = Story().signed().do(5, "unit_handler", "request_return", **RETURN)
    story.do(6, "dispatcher", "approve_return", unit="SLJ")
    assert codes(story.last()) == ("invalid_value", "unit")
    story.steps.pop()
    entry = story.do(6, "dispatcher", "approve_return", unit="ZJJ").done()
    assert (entry["state"], entry["unit"]) == ("dispatched", "ZJJ")
    assert entry["due"]["original"] == "2026-10-01T18:00:00+08:00"
    assert {"template": "sms_unit_sign", "to_role": "unit_handler"} in entry["outbox"]


# Coordination


def test_R_20_3_coordination_needs_a_cause_and_binds_the_lead() -> None:
    story = Story().signed().do(1, "supervisor", "coordinate")
    assert story.refusal() == "coordination_without_cause"
    story = Story().signed().do(1, "supervisor", "coordinate", disputed=True)
    assert story.done()["state"] == "coordinating"
    lead = {"lead_unit": "ZJJ", "assist_units": ["SLJ"]}
    entry = story.do(2, "center_head", "designate_lead", **lead).done()
    assert (entry["state"], entry["supervision_level"]) == ("dispatched", 3)
    assert entry["due"]["sign"] == "2026-10-01T03:00:00+08:00"
    assert entry["due"]["resolve"] == "2026-10-01T14:00:00+08:00"
    story.do(2.5, "unit_handler", "request_return", **RETURN)
    assert story.refusal() == "lead_designated"


def test_T12_two_returns_are_a_cause() -> None:
    story = Story().signed().do(1, "unit_handler", "request_return", **RETURN)
    story.do(1.1, "dispatcher", "approve_return", unit="ZJJ")
    story.do(2, "unit_handler", "request_return", **RETURN)
    assert story.do(2.1, "supervisor", "coordinate").done()["state"] == "coordinating"


def test_T36_an_assisting_unit_adds_its_part() -> None:
    story = Story().accepted().send(0, assist_units=["ZJJ"]).do(0, "unit_handler", "sign")
    data = {"reply": "已现场核查"}
    assert story.do(1, "unit_handler", "assist_reply", acting_unit="ZJJ", **data).done()["ok"]
    story.do(2, "unit_handler", "assist_reply", acting_unit="SYX", **data)
    assert story.refusal() == "not_allowed"
    assert Story().signed().do(1, "unit_handler", "assist_reply", **data).refusal() == "wrong_state"
    same = Story().accepted().send(0, assist_units=["SLJ"])
    assert codes(same.last()) == ("invalid_value", "assist_units")


# Extensions


def asked(story: Story, at: str | float, new_due: str, **data: Any) -> Story:
    due = instant(new_due).isoformat()
    return story.do(at, "unit_handler", "request_extension", reason="情况复杂", new_due=due, **data)


def test_R_10_6_one_request_at_a_time() -> None:
    story = asked(asked(Story().signed(), 1, "10-02 12:00"), 2, "10-03 12:00")
    assert story.refusal() == "extension_pending"
    none = Story().signed().do(1, "dispatcher", "approve_extension")
    assert none.refusal() == "no_extension_pending"


@pytest.mark.parametrize("missing", ["reason", "new_due"])
def test_R_10_6_a_request_has_reason_and_date(missing: str) -> None:
    data = {"reason": "情况复杂", "new_due": "2026-10-02T12:00:00+08:00"}
    del data[missing]
    story = Story().signed().do(1, "unit_handler", "request_extension", **data)
    assert codes(story.last()) == ("missing_field", missing)


def test_R_10_7_the_citizen_is_told_of_an_approved_extension() -> None:
    story = asked(Story().signed(), 1, "10-02 12:00")
    entry = story.do(1.5, "dispatcher", "approve_extension", reason="属实").done()
    assert {"template": "sms_extended", "to_role": "citizen"} in entry["outbox"]
    assert entry["due"]["resolve"] == "2026-10-02T12:00:00+08:00"


def test_T15_more_than_three_days_are_the_supervisors() -> None:
    story = asked(Story().signed(), 1, "10-04 12:00:01")
    story.do(1.5, "dispatcher", "approve_extension", reason="属实")
    assert story.refusal() == "needs_supervisor"
    story.steps.pop()
    assert story.do(1.5, "supervisor", "approve_extension", reason="属实").done()["ok"]
    three = asked(Story().signed(), 1, "10-04 12:00")
    assert three.do(1.5, "dispatcher", "approve_extension", reason="属实").done()["ok"]


@pytest.mark.parametrize("policy", [{}, STRICT])
def test_A_7_nothing_is_overdue_while_a_request_waits(policy: dict[str, str]) -> None:
    story = asked(Story(policy=policy).signed(), 11, "10-03 12:00").do(
        13, "agent", "add_note", comment="x"
    )
    assert story.done()["overdue"] == []
    assert "tm_resolve" not in dict(fired(story.run()))
    assert dict(fired(story.run()))["tm_ext_review"] == "2026-10-01T12:00:00+08:00"
    entry = story.do(14, "dispatcher", "approve_extension", reason="属实").done()
    assert entry["due"]["resolve"] == "2026-10-03T12:00:00+08:00"
    assert entry["overdue"] == []


def test_A_5_the_six_days_run_on_over_units() -> None:
    story = asked(Story().signed(), 1, "10-05 12:00")
    story.do(2, "supervisor", "approve_extension", reason="属实")
    story.do(3, "unit_handler", "request_return", **RETURN)
    story.do(4, "dispatcher", "approve_return", unit="ZJJ").do(4, "unit_handler", "sign")
    assert asked(story, 5, "10-03 16:00:01").refusal() == "exceeds_6_days"
    story.steps.pop()
    assert asked(story, 5, "10-03 16:00").done()["ok"]


def test_A_5_anchor_first_complaint() -> None:
    policy = {"ext.anchor": "first_complaint"}
    assert asked(Story(policy=policy).signed(), 1, "10-07 00:00:01").refusal() == "exceeds_6_days"
    assert asked(Story(policy=policy).signed(), 1, "10-07 00:00").done()["ok"]


def test_a_pending_request_lapses_with_the_reply() -> None:
    story = asked(Story().signed(), 1, "10-02 12:00").replied(2)
    story.do(3, "dispatcher", "audit_fail", defects=["irregular"], comment="缺公章")
    assert story.due("supplement") == instant("10-01 14:00")  # eleven hours were left at 01:00


# Sub-units


def test_T16_a_child_ends_within_the_parents_time() -> None:
    late = {"unit": "幸福街道", "child_due": "2026-10-01T12:00:01+08:00"}
    early = {"unit": "幸福街道", "child_due": "2026-10-01T10:00:00+08:00"}
    story = Story().at_unit(unit="SYX").do(0, "unit_handler", "sign")
    story.do(1, "unit_handler", "sub_dispatch", **late)
    assert codes(story.last()) == ("invalid_value", "child_due")
    story.steps.pop()
    story.do(1, "unit_handler", "sub_dispatch", **early)
    story.do(2, "unit_handler", "child_sign", acting_unit="幸福街道")
    story.do(3, "unit_handler", "child_reply", acting_unit="幸福街道", reply="已清理")
    entry = story.done()
    assert (entry["state"], entry["unit"]) == ("in_progress", "SYX")
    story.do(4, "unit_handler", "child_return", acting_unit="幸福街道")
    assert story.refusal() == "wrong_state"


def test_T16_an_enterprise_does_not_sub_dispatch() -> None:
    story = Story().at_unit(unit="GDGS").do(0, "unit_handler", "sign")
    assert story.do(1, "unit_handler", "sub_dispatch", unit="某班组").refusal() == "not_allowed"


def test_tm_child_warns_an_hour_ahead() -> None:
    story = Story().at_unit(unit="SYX").do(0, "unit_handler", "sign")
    story.do(
        0, "unit_handler", "sub_dispatch", unit="幸福街道", child_due="2026-10-01T05:00:00+08:00"
    )
    times = dict(fired(story.tick(6).run()))
    assert times["tm_child.1h"] == "2026-10-01T04:00:00+08:00"
    assert times["tm_child"] == "2026-10-01T05:00:00+08:00"


# Reply and audit


@pytest.mark.parametrize("missing", sorted(REPLY))
def test_T17_a_reply_is_complete(missing: str) -> None:
    story = Story().signed().replied(1, **{missing: None})
    assert codes(story.last()) == ("missing_field", missing)


def test_R_10_14_a_written_opinion_that_was_asked_for() -> None:
    story = Story().signed(0, written_opinion_required=True).replied(1)
    assert codes(story.last()) == ("written_opinion_required", "written_opinion")
    story.steps.pop()
    assert story.replied(1, written_opinion="函〔2026〕3号").done()["ok"]


def test_R_10_8_a_failed_audit_names_defects_and_comments() -> None:
    story = Story().signed().replied(1).do(2, "dispatcher", "audit_fail", comment="重写")
    assert codes(story.last()) == ("missing_field", "defects")
    story.steps.pop()
    story.do(2, "dispatcher", "audit_fail", defects=["vague"], comment="重写")
    assert codes(story.last()) == ("invalid_value", "defects")
    story.steps.pop()
    story.do(2, "dispatcher", "audit_fail", defects=["unspecific"])
    assert codes(story.last()) == ("missing_field", "comment")


@pytest.mark.parametrize("command", ["audit_pass", "audit_fail"])
def test_who_submits_does_not_audit(command: str) -> None:
    data = {"defects": ["irregular"], "comment": "x"}
    story = Story().signed().replied(1).do(2, "dispatcher", command, name="u1", **data)
    assert story.refusal() == "same_person"


def test_R_4_1_roles_are_split() -> None:
    assert Story().signed().do(1, "dispatcher", "submit_reply", **REPLY).refusal() == "not_allowed"
    story = Story().signed().replied(1).do(2, "unit_handler", "audit_pass")
    assert story.refusal() == "not_allowed"
    amend = Story().signed().do(1, "unit_handler", "amend", title="改")
    assert amend.refusal() == "not_allowed"


def test_R_4_1_a_unit_acts_for_itself_only() -> None:
    story = Story().at_unit().do(0.5, "unit_handler", "sign", acting_unit="ZJJ")
    assert story.refusal() == "not_allowed"
    story.steps.pop()
    assert story.do(0.5, "unit_handler", "sign", acting_unit="SLJ").done()["ok"]


def test_A_9_a_late_placeholder_reply_stays_late() -> None:
    story = Story().signed().replied(13)
    story.do(14, "dispatcher", "audit_fail", defects=["incomplete"], comment="缺结果")
    assert story.due("supplement") == instant("10-01 15:00")
    assert story.done()["overdue"] == ["resolve"]


# What any ticket may get


def test_T32_an_amendment_gives_a_reason_once_a_unit_has_the_ticket() -> None:
    assert Story().accepted().do(1, "agent", "amend", title="新标题").done()["ok"]
    story = Story().signed().do(1, "agent", "amend", title="新标题")
    assert codes(story.last()) == ("missing_field", "reason")
    assert codes(Story().signed().do(1, "agent", "amend", content="改", reason="x").last()) == (
        "invalid_value",
        "content",
    )


def test_T33_a_statement_is_told_to_unit_and_hotline() -> None:
    entry = Story().signed().do(1, "citizen", "add_statement", content="又停水了").done()
    assert {one["to_role"] for one in entry["outbox"]} == {"dispatcher", "unit_handler"}
    assert entry["due"]["resolve"] == "2026-10-01T12:00:00+08:00"


def test_T29_merging_and_taking_it_back() -> None:
    story = (
        Story().signed().accepted(1, "t2").do(2, "dispatcher", "merge", "t2", master_ticket="t1")
    )
    assert story.done()["state"] == "merged"
    story.do(3, "dispatcher", "merge", "t1", master_ticket="t2")
    assert story.refusal() == "cannot_merge"
    story.steps.pop()
    later = Story()
    later.steps = [*story.steps]
    story.do(26, "supervisor", "unmerge", "t2")
    assert story.done()["state"] == "accepted"
    later.do("10-02 02:00:01", "supervisor", "unmerge", "t2")
    assert later.refusal() == "deadline_passed"


def test_T29_different_units_are_not_merged() -> None:
    story = Story().signed().at_unit(1, "t2", unit="ZJJ")
    story.do(2, "dispatcher", "merge", "t2", master_ticket="t1")
    assert story.refusal() == "cannot_merge"


def test_T29_the_merged_caller_gets_a_survey_too() -> None:
    story = (
        Story().signed().accepted(1, "t2").do(2, "dispatcher", "merge", "t2", master_ticket="t1")
    )
    entry = story.replied(3).do(4, "dispatcher", "audit_pass").done()
    assert entry["outbox"].count({"template": "sms_survey", "to_role": "citizen"}) == 2


def chained() -> Story:
    """t3 merged into t2, t2 into t1."""
    story = Story().signed().accepted(1, "t2").accepted(1, "t3")
    story.do(2, "dispatcher", "merge", "t3", master_ticket="t2")
    return story.do(2, "dispatcher", "merge", "t2", master_ticket="t1")


def test_T29_whoever_was_merged_before_gets_a_survey_too() -> None:
    entry = chained().replied(3).do(4, "dispatcher", "audit_pass").done()
    assert entry["outbox"].count({"template": "sms_survey", "to_role": "citizen"}) == 3


def test_T29_what_the_merged_citizen_answers_is_kept_and_bad_news_told() -> None:
    early = chained().do(3, "citizen", "sms_score", "t3", score=1)
    assert early.refusal() == "wrong_state"
    story = chained().replied(3).do(4, "dispatcher", "audit_pass")
    told = {"template": "callback_unsatisfied", "to_role": "supervisor"}
    entry = story.do(5, "citizen", "sms_score", "t3", score=5).done()
    assert (entry["state"], entry["outbox"]) == ("merged", [told])
    entry = story.do(5, "citizen", "sms_score", "t2", score=2).done()
    assert (entry["state"], entry["outbox"]) == ("merged", [])
    assert story.do(6, "citizen", "sms_score", "t2", score=2).refusal() == "wrong_state"
    late = chained().replied(3).do(4, "dispatcher", "audit_pass")
    late.do("10-03 04:00:01", "citizen", "sms_score", "t2", score=2)
    assert late.refusal() == "deadline_passed"


def test_R_10_4_nobody_was_contacted_in_the_future() -> None:
    story = Story().signed().replied(1, contacted_at="2026-10-01T01:15:00+08:00")
    assert codes(story.last()) == ("invalid_value", "contacted_at")
    assert Story().signed().replied(1, contacted_at="2026-10-01T00:30:00+08:00").done()["ok"]
