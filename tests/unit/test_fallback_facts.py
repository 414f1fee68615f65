"""Facts that the dialplan wrote down about one call."""

from datetime import UTC, datetime, timedelta

import pytest

from ivr.fallback_facts import FactsError, parse

BEGIN = "1790000000.005|begin|13800000001|12345\n"
START = datetime.fromtimestamp(1790000000, UTC) + timedelta(milliseconds=5)


def test_the_beginning_alone() -> None:
    call = parse("c", BEGIN)
    assert (call.caller, call.called, call.began_at) == ("13800000001", "12345", START)
    assert call.ended_at is None
    assert (call.ended_by, call.outcome(message=False)) == ("fault", "failed")


def test_a_caller_without_a_number() -> None:
    assert parse("c", "1790000000.005|begin||12345\n").caller == ""


def test_a_half_written_line_is_not_there_yet() -> None:
    assert parse("c", BEGIN + "1790000001.000|end|prompt|cal").ended_at is None
    assert parse("c", BEGIN + "1790000001.000|end|prompt|caller\n").ended_by == "caller"


@pytest.mark.parametrize(
    ("status", "cause", "result"),
    [
        ("BUSY", "17", "busy"),
        ("BUSY", "21", "rejected"),
        ("CONGESTION", "21", "rejected"),
        ("CONGESTION", "34", "unreachable"),
        ("CHANUNAVAIL", "3", "unreachable"),
        ("NOANSWER", "19", "no_answer"),
        ("CANCEL", "", "no_answer"),
    ],
)
def test_how_an_attempt_ended(status: str, cause: str, result: str) -> None:
    lines = "1790000001.000|emergency|110\n1790000001.001|dial|emergency|1|110\n"
    call = parse("c", f"{BEGIN}{lines}1790000009.000|result|1|{status}|{cause}\n")
    (attempt,) = call.emergencies[0].attempts
    assert attempt.result == result
    assert call.emergency_outcome(call.emergencies[0]) == "failed"


@pytest.mark.parametrize(
    ("stage", "by", "message", "outcome"),
    [
        ("prompt", "caller", False, "abandoned_in_menu"),
        ("duty", "caller", False, "abandoned_in_queue"),
        ("message", "caller", False, "abandoned_in_menu"),
        ("message", "caller", True, "message_left"),
        ("saved", "system", True, "message_left"),
        ("silent", "system", False, "abandoned_in_menu"),
    ],
)
def test_what_the_caller_got(stage: str, by: str, message: bool, outcome: str) -> None:
    call = parse("c", f"{BEGIN}1790000009.000|end|{stage}|{by}\n")
    assert call.outcome(message=message) == outcome


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "nonsense\n",
        "1790000000.005|answer\n",
        "x|begin|1|2\n",
        BEGIN + "1790000000.006|dance\n",
        BEGIN + "1790000000.006|result|9|BUSY|17\n",
        BEGIN + "1790000000.006|dial|emergency|1|110\n",
        BEGIN + "1790000000.006|end|prompt\n",
        BEGIN + "1790000000.006\n",
    ],
)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(FactsError):
        parse("c", text)
