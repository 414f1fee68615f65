"""`tickets simulate` and `tickets workflow`: the public face of the rules (contract §5, §6)."""

import json
import time
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.paths import HOME
from tests.unit.ticket_story import MATTER, Story, fired
from ticketing.model import State
from ticketing.policy import Policies
from ticketing.refusal import RefusalCode
from ticketing.timers import timers
from ticketing.workflow.engine import blank
from ticketing.workflow.table import COMMANDS, TRANSITIONS

KEYS = {"step", "ok", "refused", "state", "due", "overdue", "citizen_clock_started_at"}
KEYS |= {"supervision_level", "repeat", "timers_fired", "outbox", "close_result"}
DUE = {"answer", "sign", "resolve", "original", "supplement", "rectify", "sms", "manual"}


def simulate(given: object, *options: str) -> Result:
    text = given if isinstance(given, str) else json.dumps(given)
    return CliRunner().invoke(main, ["tickets", "simulate", "-", *options], input=text)


def test_an_entry_has_the_keys_of_the_contract() -> None:
    entry = Story().signed().done()
    assert entry.keys() >= KEYS
    assert set(entry["due"]) == DUE
    assert entry["step"] == 4
    tick = Story().signed().tick(7).done()
    assert tick["state"] is tick["due"] is tick["overdue"] is tick["supervision_level"] is None
    assert tick["timers_fired"] == [
        {"id": "tm_resolve.half", "ticket": "t1", "due_at": "2026-10-01T06:00:00+08:00"}
    ]


def test_time_does_not_run_backwards_and_the_run_goes_on() -> None:
    story = Story().signed(1).do(0.5, "agent", "add_note", comment="早").tick(2)
    *_, refused, last = story.run()
    assert (refused["refused"]["code"], refused["refused"]["field"]) == ("time_reversed", "at")
    assert refused["state"] == "in_progress"
    assert last["ok"]


@pytest.mark.parametrize(
    "at", [None, "yesterday", "2026-10-01T10:00:00", 5, "9999-12-31T23:59:59Z"]
)
def test_a_step_without_a_proper_time_is_refused(at: object) -> None:
    (entry,) = json.loads(simulate({"steps": [{"at": at, "command": "tick"}]}, "--json").stdout)
    assert (entry["refused"]["code"], entry["refused"]["field"]) == ("invalid_value", "at")


def test_unknown_tickets_commands_and_roles_are_refused() -> None:
    assert Story().do(0, "dispatcher", "dispatch", "t7").refusal() == "unknown_ticket"
    assert Story().do(0, "dispatcher", "explode").refusal() == "invalid_value"
    assert Story().do(0, "mayor", "create", **MATTER).refusal() == "not_allowed"
    assert Story().reported().reported().refusal() == "duplicate_key"
    steps: list[Any] = ["text", 5, None, [], {"command": "create"}]
    for step in steps:
        done = simulate({"steps": [step]}, "--json")
        assert done.exit_code == 0
        assert not json.loads(done.stdout)[0]["ok"]


def test_a_refused_step_still_lets_time_pass() -> None:
    story = Story().at_unit().do("10-01 01:00:01", "agent", "sign")
    entry = story.last()
    assert entry["refused"]["code"] == "not_allowed"
    assert entry["overdue"] == ["sign"]
    assert [one["id"] for one in entry["timers_fired"]] == ["tm_sign.15min", "tm_sign"]


def test_what_is_due_at_the_time_of_a_step_has_not_fired() -> None:
    story = Story().at_unit().tick("10-01 01:00:00").tick("10-01 01:00:01")
    *_, at_due, after = story.run()
    assert "tm_sign" not in [one["id"] for one in at_due["timers_fired"]]
    assert [one["id"] for one in after["timers_fired"]] == ["tm_sign"]


def test_timers_of_several_tickets_fire_in_order() -> None:
    story = Story().at_unit(0, "t1").at_unit(0.5, "t2").tick(48)
    times = [due for _, due in fired(story.run())]
    assert times == sorted(times)
    assert {one["ticket"] for one in story.done()["timers_fired"]} == {"t1", "t2"}


def test_unknown_keys_are_ignored_with_a_warning() -> None:
    step = {
        "at": "2026-10-01T08:00:00+08:00",
        "as": {"role": "agent", "name": "1001"},
        "command": "create",
        "ticket": "t1",
        "data": {**MATTER, "colour": "red"},
        "note": "x",
    }
    done = simulate({"policy": {"sla.tea": 1}, "steps": [step], "extra": 1}, "--json")
    assert json.loads(done.stdout)[0]["ok"]
    for word in ("colour", "note", "sla.tea", "extra"):
        assert f"{word}; ignored" in done.stderr or f"{word} is no switch" in done.stderr


def test_a_wrong_policy_is_refused() -> None:
    done = simulate({"policy": {"sla.review_pause": "sometimes"}, "steps": []}, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"]["field"] == "sla.review_pause"
    story = Story().rule(0, "policy", **{"sla.sign_hours": 0})
    assert story.last()["refused"]["field"] == "sla.sign_hours"


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "{}", '{"steps": 5}', '{"steps": [], "policy": 5}']
)
def test_a_file_that_is_no_rehearsal(text: str) -> None:
    done = simulate(text, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"]["code"] == "invalid_value"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["tickets", "simulate", str(tmp_path / "none.json")])
    assert done.exit_code == 1
    assert "none.json" in done.stderr


def test_people_get_a_readable_account() -> None:
    done = simulate({"steps": Story().at_unit().replied(1).steps})
    assert "dispatch t1: ok dispatched" in done.stdout
    assert "工单尚未签收；请先签收再答复" in done.stdout


def test_refusals_are_chinese_and_say_what_to_do() -> None:
    message = Story().at_unit().replied(1).last()["refused"]["message"]
    assert message == "工单尚未签收；请先签收再答复"


# The table


def test_every_state_is_reached_and_every_open_one_is_left() -> None:
    reached = {row.target for row in TRANSITIONS if row.target}
    assert reached == set(State)
    left = {state for row in TRANSITIONS if row.target for state in row.sources or ()}
    assert left >= set(State) - {State.REJECTED, State.EMERGENCY_TRANSFERRED, State.MERGED} - {
        State.WITHDRAWN
    }


def test_every_transition_of_the_domain_is_there() -> None:
    numbers = {row.id for row in TRANSITIONS}
    assert numbers >= {f"T{number}" for number in range(1, 37)} | {"T6a", "T6b"}
    ladder = "tracking urge supervise special_coordination interview notice special_report"
    ladder += " discipline_referral accountability exemption"
    assert set(ladder.split()) <= set(COMMANDS)


def test_rows_that_share_a_state_are_told_apart() -> None:
    """Only the last row of a command and state may come without a condition."""
    for rows in COMMANDS.values():
        for state in State:
            fitting = [row for row in rows if state in (row.sources or ())]
            assert all(row.when is not None for row in fitting[:-1])


def test_the_role_is_checked_before_anything_else() -> None:
    for command in COMMANDS:
        entry = Story().signed().do(1, "kb_editor", command).run()[-1]
        assert entry["refused"]["code"] == "not_allowed", command


def test_timers_need_no_history() -> None:
    ticket = blank("t1", Story().start)
    assert [one.id for one in timers(ticket, Policies().versions[0])] == ["tm_accept"]


def test_the_codes_are_those_of_the_contract() -> None:
    # Of files, the knowledge base and accounts, not of the workflow.
    beyond = {"unknown_attachment", "damaged_attachment", "unknown_knowledge", "unknown_account"}
    assert len(set(get_args(RefusalCode)) - beyond) == 30


def test_the_diagram_in_the_docs_is_the_generated_one() -> None:
    done = CliRunner().invoke(main, ["tickets", "workflow"])
    page = HOME / "docs" / "ticket-workflow.md"
    assert done.stdout == page.read_text(encoding="utf-8"), (
        f"run hotline tickets workflow --out {page}"
    )


def test_many_tickets_do_not_make_a_step_slow() -> None:
    """A month's tickets can be rehearsed: twelve thousand steps and timers in seconds."""
    steps: list[dict[str, Any]] = []
    for number in range(1000):
        steps += Story().signed(0, ticket=f"t{number}").steps
    started = time.monotonic()
    steps.append({"at": "2026-10-09T00:00:00+08:00", "command": "tick"})
    done = simulate({"steps": steps}, "--json")
    assert done.exit_code == 0
    assert len(json.loads(done.stdout)[-1]["timers_fired"]) == 7000
    assert time.monotonic() - started < 30
