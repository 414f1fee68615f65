"""The test vectors V1 to V15 of the domain, through `tickets simulate`.

V16 (a monthly monitoring that is not published) belongs to the reports.
"""

from typing import Any

import pytest

from tests.unit.ticket_story import RETURN, Story, instant

STRICT = {"sla.review_pause": "strict"}
DUE = "10-01 10:00"


def investigated(**data: Any) -> Story:
    """Dispatched at 22:00 on the eve of National Day and signed: due 10:00 on the day."""
    return Story("09-30 22:00").signed(0, **data)


def extension(story: Story, asked: str | float, new_due: str) -> Story:
    due = instant(new_due).isoformat()
    return story.do(asked, "unit_handler", "request_extension", reason="管网复杂", new_due=due)


def test_V1_clocks_run_in_natural_hours() -> None:
    story = Story("09-30 22:00").at_unit(0)
    assert story.due("sign") == instant("09-30 23:00")
    assert story.due("resolve") == story.due("original") == instant(DUE)


def test_V2_an_extension_is_asked_before_the_due_time() -> None:
    assert extension(investigated(), "10-01 09:59:59", "10-02 10:00").done()["ok"]
    late = extension(investigated(), "10-01 10:00:00", "10-02 10:00")
    assert late.refusal() == "deadline_passed"


def test_V3_six_days_are_allowed_and_not_a_second_more() -> None:
    assert extension(investigated(), "10-01 09:00", "10-07 10:00:00").done()["ok"]
    over = extension(investigated(), "10-01 09:00", "10-07 10:00:01")
    assert over.refusal() == "exceeds_6_days"
    assert over.run()[-1]["refused"]["field"] == "new_due"


@pytest.mark.parametrize(("second", "code"), [("10-07 10:00:00", None), ("10-07 10:00:01", "x")])
def test_V4_all_extensions_together_are_six_days(second: str, code: str | None) -> None:
    story = extension(investigated(), "10-01 09:00", "10-05 10:00")
    story.do("10-01 09:20", "supervisor", "approve_extension", reason="属实")
    assert story.due("resolve") == instant("10-05 10:00")
    story = extension(story, "10-05 09:00", second)
    assert story.refusal() == "exceeds_6_days" if code else story.done()["ok"]


def test_V5_a_return_is_asked_within_twelve_hours() -> None:
    story = Story().signed(0).do("10-01 12:00:00", "unit_handler", "request_return", **RETURN)
    assert story.done()["state"] == "return_review"
    late = Story().signed(0).do("10-01 12:00:01", "unit_handler", "request_return", **RETURN)
    assert late.refusal() == "return_window_closed"


def test_V6_the_hotline_answers_within_four_hours_of_acceptance() -> None:
    story = Story("10-01 08:00").accepted(0, answer_type="direct")
    assert story.due("answer") == instant("10-01 12:00")


def closed_at(resolved: str) -> Story:
    story = Story(resolved).signed(0).replied(0)
    return story.do(0, "dispatcher", "audit_pass")


@pytest.mark.parametrize(
    ("resolved", "again", "rule"),
    [
        ("2026-01-31 15:00", "2026-02-28 23:59:59", "a"),
        ("2026-01-31 15:00", "2026-03-01 00:00:00", None),
        ("2026-03-15 14:00", "2026-04-15 20:00", "a"),
    ],
)
def test_V7_V8_a_month_ends_at_24_00_of_the_same_day(
    resolved: str, again: str, rule: str | None
) -> None:
    story = closed_at(resolved).accepted(again, "t2", repeat_of="t1")
    expected = {"of": "t1", "rule": rule, "seq": 1} if rule else None
    assert story.done()["repeat"] == expected


@pytest.mark.parametrize(
    ("again", "rule"), [("2026-03-07 09:00:00", None), ("2026-03-07 09:00:01", "b")]
)
def test_V9_unresolved_for_more_than_six_days(again: str, rule: str | None) -> None:
    story = Story("2026-03-01 09:00").signed(0).accepted(again, "t2", repeat_of="t1")
    expected = {"of": "t1", "rule": rule, "seq": 1} if rule else None
    assert story.done()["repeat"] == expected


def failed_audit(policy: dict[str, str]) -> Story:
    story = Story(policy=policy).signed(0).replied(11.5)
    return story.do(13, "dispatcher", "audit_fail", defects=["incomplete"], comment="缺时间")


def test_V10_a_supplement_gets_what_was_left_and_at_least_an_hour() -> None:
    assert failed_audit({}).due("supplement") == instant("10-01 14:00")
    assert failed_audit({}).done()["overdue"] == []


def test_V10_strict_the_old_due_time_stands() -> None:
    story = failed_audit(STRICT)
    assert story.due("supplement") == instant("10-01 12:00")
    assert "supplement" in story.done()["overdue"]


def refused_extension(policy: dict[str, str]) -> Story:
    story = extension(Story(policy=policy).signed(0), 11.5, "10-03 12:00")
    return story.do("10-01 12:10", "dispatcher", "refuse_extension", reason="理由不充分")


def test_V11_a_refused_extension_leaves_what_was_left() -> None:
    story = refused_extension({})
    assert story.due("resolve") == story.due("original") == instant("10-01 12:40")
    assert story.done()["overdue"] == []


def test_V11_strict_the_refusal_comes_too_late() -> None:
    story = refused_extension(STRICT)
    assert story.due("resolve") == instant("10-01 12:00")
    assert story.done()["overdue"] == ["resolve"]


def test_V12_the_next_unit_gets_fresh_clocks_the_citizen_none() -> None:
    story = Story().signed(0).do(5, "unit_handler", "request_return", **RETURN)
    story.do("10-01 05:40", "dispatcher", "approve_return", reason="同意")
    assert story.done()["state"] == "accepted"
    story.send(6, unit="ZJJ")
    entry = story.done()
    assert story.due("sign") == instant("10-01 07:00")
    assert story.due("resolve") == instant("10-01 18:00")
    assert entry["citizen_clock_started_at"] == "2026-10-01T00:00:00+08:00"


def test_V13_a_bad_score_by_sms_is_a_task_for_a_person() -> None:
    entry = closed_at("10-01 10:00").do(1, "citizen", "sms_score", score=4).done()
    assert (entry["state"], entry["close_result"]) == ("manual_callback", None)
    assert entry["due"]["manual"] == "2026-10-02T11:00:00+08:00"


def test_V14_the_first_unsatisfied_callback_is_rectified() -> None:
    story = closed_at("10-01 10:00").do(1, "citizen", "sms_score", score=4)
    story.do(2, "callback_agent", "callback_unsatisfied", reason="仍未供水")
    entry = story.done()
    assert entry["state"] == "rectifying"
    assert entry["due"]["rectify"] == "2026-10-02T00:00:00+08:00"


def test_V15_a_repeat_of_a_county_needs_its_leader() -> None:
    story = closed_at("10-01 10:00").accepted("10-05 10:00", "t2", repeat_of="t1")
    story.send("10-05 10:00", "t2", "SYX").do("10-05 10:10", "unit_handler", "sign", "t2")
    assert story.replied("10-05 11:00", "t2").refusal() == "leader_action_required"
    story.steps.pop()
    wrong = {"leader_name_role": "李某 主要负责人", "leader_action": "到场督办"}
    assert story.replied("10-05 11:00", "t2", **wrong).refusal() == "leader_action_required"
    story.steps.pop()
    right = {"leader_name_role": "王某 分管领导", "leader_action": "到场督办"}
    assert story.replied("10-05 11:00", "t2", **right).done()["state"] == "reply_review"
