"""`hotline call`: how a result is told, and what is refused before a number is dialled."""

import json
from pathlib import Path

from click.testing import CliRunner

from service.citizen_call import Result, without_values
from service.cli import main


def test_a_call_that_went_well_has_no_error() -> None:
    record = {"call_id": "hotline-1.2", "outcome": "agent_answered"}
    result = Result("13800000001", "12345", answered=True, record=record)
    assert result.failure is None
    assert "error" not in result.as_json()


def test_a_number_that_does_not_answer() -> None:
    told = Result("13800000001", "99999", reason="404 Not Found").as_json()
    assert told["error"] == {
        "code": "not_answered",
        "field": "to",
        "message": "99999 did not answer: 404 Not Found",
        "fix": "see ./hotline doctor; without --to the hotline itself is called",
    }
    assert (told["answered"], told["to"], told["outcome"]) == (False, "99999", None)


def test_a_call_that_the_line_calls_failed() -> None:
    record = {"call_id": "hotline-1.2", "outcome": "failed"}
    result = Result("13800000001", "12345", answered=True, record=record)
    assert result.failure is not None
    assert result.failure.code == "call_failed"
    assert "calls show hotline-1.2" in (result.failure.fix or "")


def test_texts_are_shown_without_placeholders() -> None:
    assert (
        without_values("您的工单由{unit}正在办理，时限到{due}。") == "您的工单由…正在办理，时限到…"
    )
    assert without_values("您好。") == "您好。"


def test_a_recording_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    arguments = ["call", "--record", "/nonexistent/x.wav", "--json", "--var", str(tmp_path)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 1
    error = json.loads(done.stdout)["error"]
    assert (error["code"], error["field"]) == ("not_written", "record")
    assert error["message"] == "there is no folder /nonexistent"
