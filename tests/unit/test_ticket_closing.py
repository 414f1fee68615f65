"""Surveys, callbacks, rectification, re-check, supervision (arts. 10(5), 18 to 24)."""

from typing import Any

import pytest

from tests.unit.ticket_story import CITIZEN, REPLY, RETURN, Entry, Story, fired, instant


def codes(entry: Entry) -> tuple[str, str | None]:
    return entry["refused"]["code"], entry["refused"]["field"]


def replied(start: str = "10-01 10:00", policy: dict[str, Any] | None = None, **data: Any) -> Story:
    return Story(start, policy).signed(0, **data).replied(0)


def passed(start: str = "10-01 10:00", policy: dict[str, Any] | None = None, **data: Any) -> Story:
    return replied(start, policy, **data).do(0, "dispatcher", "audit_pass")


def in_callback() -> Story:
    return passed().do(0, "citizen", "sms_score", score=5)


def twice_unsatisfied() -> Story:
    story = in_callback().do(1, "callback_agent", "callback_unsatisfied", reason="未解决")
    story.do(2, "unit_handler", "submit_reply", **REPLY).do(3, "dispatcher", "audit_pass")
    return story.do(4, "callback_agent", "callback_unsatisfied", reason="仍未解决")


# Surveys


def test_R_10_11_an_audited_reply_is_surveyed_by_sms() -> None:
    entry = passed().done()
    assert entry["state"] == "sms_callback"
    assert entry["outbox"] == [{"template": "sms_survey", "to_role": "citizen"}]
    assert entry["due"]["sms"] == "2026-10-03T10:00:00+08:00"


@pytest.mark.parametrize(
    ("data", "state", "result"),
    [
        ({"contact_phone": "052712345678"}, "manual_callback", None),
        ({"contact_phone": None}, "manual_callback", None),
        ({"contact_phone": None, "identity_level": "anonymous"}, "closed", "not_rated"),
        ({"contact_phone": CITIZEN, "identity_level": "anonymous"}, "sms_callback", None),
        ({"want_reply": False}, "closed", "not_rated"),
        ({"acceptance_basis": "6.6"}, "manual_callback", None),
        ({"key_categories": ["K1"]}, "manual_callback", None),
    ],
)
def test_T20_who_is_called_back_by_a_person(
    data: dict[str, Any], state: str, result: str | None
) -> None:
    entry = passed(**data).done()
    assert (entry["state"], entry["close_result"]) == (state, result)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"score": 1}, "closed"),
        ({"score": 3}, "closed"),
        ({"score": 4}, "manual_callback"),
        ({"score": 1, "solved": False}, "manual_callback"),
        ({"answer": "没解决"}, "manual_callback"),
        ({"answer": "谢谢你们啊"}, "manual_callback"),
    ],
)
def test_R_10_12_what_a_reply_by_sms_means(answer: dict[str, Any], state: str) -> None:
    assert passed().do(1, "citizen", "sms_score", **answer).done()["state"] == state


@pytest.mark.parametrize(("data", "code"), [
    ({}, "missing_field"), ({"score": 6}, "invalid_value"), ({"score": True}, "invalid_value"),
])  # fmt: skip
def test_R_10_12_a_reply_needs_a_score(data: dict[str, Any], code: str) -> None:
    assert codes(passed().do(1, "citizen", "sms_score", **data).last()) == (code, "score")


def test_A_14_silence_is_not_rated() -> None:
    story = passed().tick("10-03 10:00:00")
    assert "tm_sms" not in dict(fired(story.run()))
    story.do("10-03 10:00:01", "citizen", "sms_score", score=5)
    entry = story.last()
    assert entry["refused"]["code"] == "wrong_state"
    assert (entry["state"], entry["close_result"]) == ("closed", "not_rated")
    assert dict(fired(story.run()))["tm_sms"] == "2026-10-03T10:00:00+08:00"


def test_A_14_the_wait_is_the_citys() -> None:
    entry = passed(policy={"sms.wait": 24}).done()
    assert entry["due"]["sms"] == "2026-10-02T10:00:00+08:00"


# Manual callbacks


def test_T23_a_content_citizen_closes_the_ticket() -> None:
    entry = in_callback().do(1, "callback_agent", "callback_ok", score=2, contacted=True).done()
    assert (entry["state"], entry["close_result"]) == ("closed", "satisfied")
    bad = in_callback().do(1, "callback_agent", "callback_ok", score=4)
    assert codes(bad.last()) == ("invalid_value", "score")


def attempts(*times: str) -> Story:
    story = in_callback()
    for at in times:
        story.do(at, "callback_agent", "unreachable")
    return story


@pytest.mark.parametrize(
    ("times", "state"),
    [
        (("10-01 11:00", "10-01 15:00", "10-02 09:30"), "closed"),
        (("10-01 11:00", "10-01 15:00", "10-01 16:00"), "manual_callback"),
        (("10-01 11:00", "10-01 15:00", "10-01 16:00", "10-02 10:00"), "closed"),
        (("10-01 11:00", "10-01 15:00", "10-02 13:00"), "manual_callback"),  # noon is rest
        (("10-01 11:00", "10-01 20:01", "10-02 10:00"), "manual_callback"),
        (("10-01 11:00", "10-02 10:00"), "manual_callback"),
    ],
)
def test_A_15_three_tries_on_two_days_in_calling_hours(times: tuple[str, ...], state: str) -> None:
    entry = attempts(*times).done()
    assert entry["state"] == state
    assert entry["close_result"] == ("unreachable" if state == "closed" else None)


def test_tm_manual_tells_the_supervisor_after_a_day() -> None:
    story = in_callback().tick("10-02 10:00:01")
    assert dict(fired(story.run()))["tm_manual"] == "2026-10-02T10:00:00+08:00"
    assert story.done()["outbox"][-1] == {"template": "alarm_manual", "to_role": "supervisor"}


def test_R_10_13_the_first_unsatisfied_answer_is_rectified() -> None:
    story = in_callback().do(1, "callback_agent", "callback_unsatisfied")
    assert codes(story.last()) == ("missing_field", "reason")
    story.steps.pop()
    entry = story.do(1, "callback_agent", "callback_unsatisfied", reason="未解决").done()
    assert {"template": "sms_rectify", "to_role": "citizen"} in entry["outbox"]
    entry = story.replied(2).do(3, "dispatcher", "audit_pass").done()
    assert entry["state"] == "manual_callback"


def test_A_17_rectification_has_its_own_extensions() -> None:
    for policy, code in (({}, None), ({"rectify.ext_budget": "shared"}, "exceeds_6_days")):
        story = Story("10-01 10:00", policy).signed(0)
        long = {"reason": "汛期", "new_due": "2026-10-07T22:00:00+08:00"}  # all six days
        story.do(1, "unit_handler", "request_extension", **long)
        story.do(1, "supervisor", "approve_extension", reason="属实").replied(2)
        story.do(2, "dispatcher", "audit_pass").do(2, "citizen", "sms_score", score=5)
        story.do(3, "callback_agent", "callback_unsatisfied", reason="未解决")
        more = {"reason": "汛期", "new_due": "2026-10-08T01:00:00+08:00"}
        story.do(4, "unit_handler", "request_extension", **more)
        assert (story.refusal() if code else story.done()["refused"]) == code


def test_rectify_hours_and_inner_limits() -> None:
    story = in_callback()
    story.policy = {"rectify.hours": 10}
    story.do(1, "callback_agent", "callback_unsatisfied", reason="未解决")
    assert story.due("rectify") == instant("10-01 21:00")
    story.steps.insert(0, {**story.steps[0], "command": "unit_limit", "ticket": None})
    story.steps[0]["data"] = {"unit": "SLJ", "clock": "rectify", "hours": 6}
    assert story.due("rectify") == instant("10-01 17:00")


def test_A_16_after_the_second_time_the_supervisor_decides() -> None:
    assert twice_unsatisfied().done()["state"] == "manual_callback"
    entry = twice_unsatisfied().do(5, "supervisor", "close_explained", reason="超出政策").done()
    assert entry["close_result"] == "unsatisfied_explained"
    done = {"reason": "现场已恢复", "solved": True}
    entry = twice_unsatisfied().do(5, "supervisor", "close_explained", **done).done()
    assert entry["close_result"] == "unsatisfied"
    early = in_callback().do(1, "supervisor", "close_explained", reason="超出政策")
    assert early.refusal() == "wrong_state"


def test_T26_supervise_sends_it_back_under_an_order() -> None:
    order = {"key_categories": ["K5"], "new_due": "2026-10-03T18:00:00+08:00"}
    entry = twice_unsatisfied().do(5, "supervisor", "supervise", **order).done()
    assert (entry["state"], entry["supervision_level"]) == ("in_progress", 2)
    assert entry["due"]["resolve"] == "2026-10-03T18:00:00+08:00"
    assert entry["overdue"] == []
    plain = twice_unsatisfied().do(5, "supervisor", "supervise", key_categories=["K2"])
    assert plain.due("resolve") == instant("10-02 03:00")
    wrong = twice_unsatisfied().do(5, "supervisor", "supervise", key_categories=["K1"])
    assert codes(wrong.last()) == ("invalid_value", "key_categories")


# Re-check


@pytest.mark.parametrize("closed", [False, True])
def test_R_20_1_a_false_reply_is_done_again(closed: bool) -> None:
    story = passed()
    if closed:
        story.do(1, "citizen", "sms_score", score=1)
    entry = story.do(2, "supervisor", "recheck", reason="疑似虚假办结").done()
    assert entry["state"] == "recheck"
    entry = story.do(3, "supervisor", "recheck_false", reason="未到现场").done()
    assert (entry["state"], entry["close_result"]) == ("in_progress", None)
    assert entry["due"]["resolve"] == "2026-10-02T01:00:00+08:00"
    # K2 now: the new reply goes to a person.
    entry = story.replied(4).do(5, "dispatcher", "audit_pass").done()
    assert entry["state"] == "manual_callback"


def test_R_20_1_a_true_reply_keeps_its_result() -> None:
    story = passed().do(1, "citizen", "sms_score", score=1).do(2, "supervisor", "recheck")
    entry = story.do(3, "supervisor", "recheck_ok").done()
    assert (entry["state"], entry["close_result"]) == ("closed", "satisfied")


def test_closed_tickets_are_not_reopened_otherwise() -> None:
    story = passed().do(1, "citizen", "sms_score", score=1)
    for role, command in (("unit_handler", "sign"), ("dispatcher", "dispatch")):
        refused = Story("10-01 10:00")
        refused.steps = [*story.steps]
        assert refused.do(2, role, command, unit="SLJ").refusal() == "wrong_state"


# Leaders


@pytest.mark.parametrize(
    ("unit", "leader"), [("SLJ", "主要负责人"), ("GDGS", "主要负责人"), ("JKQ", "分管领导")]
)
def test_R_19_3_who_follows_a_repeat(unit: str, leader: str) -> None:
    story = passed().at_unit(24, "t2", unit, repeat_of="t1").do(24, "unit_handler", "sign", "t2")
    data = {"leader_name_role": f"张某（{leader}）"}
    story.do(25, "unit_handler", "submit_reply", "t2", **REPLY, **data)
    assert codes(story.last()) == ("leader_action_required", "leader_action")
    story.steps.pop()
    story.do(25, "unit_leader", "submit_reply", "t2", **REPLY, **data, leader_action="到场")
    assert story.done()["state"] == "reply_review"


# Supervision


def test_R_18_1_overdue_work_is_urged_by_the_system_never_more() -> None:
    story = Story().signed().tick("10-02 12:00:01")
    story.do("10-02 12:00:02", "agent", "add_note", comment="已提醒")
    entry = story.done()
    assert entry["supervision_level"] == 1
    names = dict(fired(story.run()))
    assert names["tm_resolve"] == "2026-10-01T12:00:00+08:00"
    assert names["tm_resolve.24h"] == "2026-10-02T12:00:00+08:00"
    assert {"template": "suggest_supervise", "to_role": "supervisor"} in story.run()[-2]["outbox"]


def test_R_20_2_supervision_of_an_open_ticket_moves_no_clock() -> None:
    story = Story().signed().do(1, "supervisor", "supervise")
    assert codes(story.last()) == ("missing_field", "key_categories")
    story.steps.pop()
    entry = story.do(1, "supervisor", "supervise", key_categories=["K2"], reason="推诿").done()
    assert (entry["state"], entry["supervision_level"]) == ("in_progress", 2)
    assert entry["due"]["resolve"] == "2026-10-01T12:00:00+08:00"
    assert story.do(2, "dispatcher", "urge").done()["supervision_level"] == 2


def test_R_21_1_an_interview_needs_a_ground_and_prior_supervision() -> None:
    story = Story().signed().do(1, "center_head", "interview", grounds=["G3"])
    assert story.refusal() == "prior_supervision_required"
    story = Story().signed().do(1, "supervisor", "supervise", key_categories=["K2"])
    story.do(2, "center_head", "interview")
    assert codes(story.last()) == ("missing_field", "grounds")
    story.steps.pop()
    story.do(2, "center_head", "interview", grounds=["G9"])
    assert codes(story.last()) == ("invalid_value", "grounds")
    story.steps.pop()
    assert story.do(2, "center_head", "interview", grounds=["G3"]).done()["supervision_level"] == 4


def test_A_18_interview_notice_and_report_come_in_any_order() -> None:
    story = Story().signed().do(1, "supervisor", "supervise", key_categories=["K2"])
    for hour, command in enumerate(("special_report", "interview", "notice"), 2):
        story.do(hour, "center_head", command, grounds=["G2"])
    assert story.done()["supervision_level"] == 4


def test_A_18_discipline_comes_last_and_by_two_people() -> None:
    story = Story().signed().do(1, "supervisor", "supervise", key_categories=["K2"])
    second = {"grounds": ["G2"], "second_approver": "h2"}
    story.do(2, "center_head", "discipline_referral", **second)
    assert story.refusal() == "prior_supervision_required"
    story.steps.pop()
    story.do(2, "center_head", "notice", grounds=["G2"])
    for approver in (None, "center_head"):
        story.do(3, "center_head", "discipline_referral", second_approver=approver)
        assert codes(story.last()) == ("second_approver_required", "second_approver")
        story.steps.pop()
    story.do(3, "center_head", "discipline_referral", **second)
    assert story.done()["supervision_level"] == 5


@pytest.mark.parametrize("command", ["interview", "discipline_referral", "exemption", "supervise"])
def test_the_system_only_urges(command: str) -> None:
    story = Story().signed().do(1, "system", command, grounds=["G1"], second_approver="x")
    assert story.refusal() == "not_allowed"


def test_R_24_1_an_exemption_is_recorded_with_its_ground() -> None:
    story = Story().signed().do(1, "center_head", "exemption")
    assert codes(story.last()) == ("missing_field", "ground")
    story.steps.pop()
    entry = story.do(1, "center_head", "exemption", ground="先行先试").done()
    assert entry["supervision_level"] == 0


def test_R_18_2_a_leader_s_instruction_makes_a_ticket_K3_and_moves_no_clock() -> None:
    story = Story().signed()
    due = story.done()["due"]
    story.do(1, "leader", "leader_instruction", reason="请速办")
    assert codes(story.last()) == ("missing_field", "new_due")
    story.steps.pop()
    entry = story.do(
        1, "leader", "leader_instruction", reason="请速办", new_due="2026-10-01T09:00:00+08:00"
    ).done()
    assert (entry["due"], entry["supervision_level"]) == (due, 0)
    assert {"template": "leader_instruction", "to_role": "dispatcher"} in entry["outbox"]
    withdrawn = story.do(2, "agent", "withdraw", identity_checked=True)
    assert withdrawn.refusal() == "not_withdrawable"


def test_only_a_leader_instructs() -> None:
    story = (
        Story()
        .signed()
        .do(1, "center_head", "leader_instruction", reason="x", new_due="2026-10-01T09:00:00+08:00")
    )
    assert story.refusal() == "not_allowed"


def test_level_3_names_a_lead() -> None:
    story = Story().signed().do(1, "center_head", "special_coordination", lead_unit="ZJJ")
    assert story.refusal() == "coordination_without_cause"
    story.steps.pop()
    data = {"disputed": True, "lead_unit": "ZJJ"}
    entry = story.do(1, "center_head", "special_coordination", **data).done()
    assert (entry["state"], entry["unit"], entry["supervision_level"]) == ("dispatched", "ZJJ", 3)
    assert story.do(2, "unit_handler", "request_return", **RETURN).refusal() == "lead_designated"


def test_A_15_a_second_round_counts_its_own_attempts() -> None:
    story = attempts("10-01 11:00", "10-01 15:00")
    story.do("10-01 16:00", "callback_agent", "callback_unsatisfied", reason="未解决")
    story.replied("10-01 18:00").do("10-01 19:00", "dispatcher", "audit_pass")
    entry = story.do("10-02 10:00", "callback_agent", "unreachable").done()
    assert entry["state"] == "manual_callback"
