"""`policy …` and `tickets simulate --from-store` through the command line, on a real store."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from service.cli import main
from tests.unit.test_commands_tickets import SENT, made, tickets, var

__all__ = ["var"]

JANUARY = ("--effective-from", "2027-01-01T00:00:00+08:00", "--by", "王主任")


def policy(var: Path, *arguments: str, data: object = None) -> Result:
    everything = ["policy", *arguments, "--json", "--var", str(var)]
    return CliRunner().invoke(main, everything, input=json.dumps(data))


def refusal(result: Result) -> tuple[str, str | None]:
    assert result.exit_code == 1, result.output
    error = json.loads(result.stdout)["error"]
    return error["code"], error["field"]


def test_a_version_is_enacted_and_compared(var: Path) -> None:
    added = policy(var, "add", "2027-01", "--data", "-", *JANUARY, data={"sla.resolve_hours": 10})
    assert added.exit_code == 0, added.output
    assert json.loads(added.stdout)["sla.resolve_hours"] == "PT10H"
    listed = json.loads(policy(var, "list").stdout)
    assert [one["policy_id"] for one in listed] == ["2027-01", "suqian-2020"]
    assert listed[0]["effective_from"] == "2027-01-01T00:00:00+08:00"
    (difference,) = json.loads(policy(var, "diff", "suqian-2020", "2027-01").stdout)
    assert difference == {"switch": "sla.resolve_hours", "suqian-2020": "PT12H", "2027-01": "PT10H"}
    shown = json.loads(policy(var, "show", "2027-01").stdout)
    assert shown["sla.sign_hours"] == "PT1H"


def test_a_version_to_come_is_withdrawn(var: Path) -> None:
    far = ("--effective-from", "2028-01-01T00:00:00+08:00", "--by", "王主任")
    assert (
        policy(var, "add", "2028", "--data", "-", *far, data={"callback.attempts": 4}).exit_code
        == 0
    )
    long = ("--by", "王主任", "--reason", "因" * 501)
    assert refusal(policy(var, "withdraw", "2028", *long)) == ("invalid_value", "reason")
    nobody = ("--by", " ", "--reason", "不再需要")
    assert refusal(policy(var, "withdraw", "2028", *nobody)) == ("missing_field", "by")
    why = ("--by", "王主任", "--reason", "不再需要")
    assert policy(var, "withdraw", "2028", *why).exit_code == 0
    assert len(json.loads(policy(var, "list").stdout)) == 1
    assert refusal(policy(var, "withdraw", "2028", *why)) == ("invalid_value", "policy_id")


def test_a_wrong_version_is_refused_with_its_field(var: Path) -> None:
    add = ("add", "x", "--data", "-")
    assert refusal(policy(var, *add, *JANUARY, data={"sla.lunch": 1})) == (
        "invalid_value",
        "sla.lunch",
    )
    slash = ("add", "2027/01", "--data", "-")
    assert refusal(policy(var, *slash, *JANUARY, data={})) == ("invalid_value", "policy_id")
    past = ("--effective-from", "2021-01-01", "--by", "王主任")
    assert refusal(policy(var, *add, *past, data={})) == ("invalid_value", "effective_from")
    assert refusal(policy(var, "show", "none")) == ("unknown_policy", None)
    assert json.loads(policy(var, "list").stdout)[0]["policy_id"] == "suqian-2020"


def test_a_policy_is_tried_on_the_store(var: Path) -> None:
    number = made(var)
    tickets(var, "do", number, "accept", "--as", "agent:1001")
    tickets(var, "do", number, "dispatch", "--as", "dispatcher:d1", data=SENT)
    told = simulated(var, {"policy": {"sla.resolve_hours": 10}})
    assert (told["tickets"], told["not_replayable"]) == (1, [])
    (changed,) = told["changed"]
    assert changed["ticket_no"] == number
    assert changed["before"]["due"]["resolve"] > changed["after"]["due"]["resolve"]
    assert simulated(var, {"policy": {}})["changed"] == []
    assert all("T" in told[name] and told[name].endswith("+08:00") for name in ("since", "until"))


def test_an_empty_time_is_refused(var: Path) -> None:
    arguments = ("simulate", "-", "--from-store", "--since", "2026-02-01", "--until", "2026-01-01")
    everything = ["tickets", *arguments, "--json", "--var", str(var)]
    found = CliRunner().invoke(main, everything, input="{}")
    assert refusal(found) == ("invalid_value", "since")


def simulated(var: Path, given: dict[str, Any]) -> dict[str, Any]:
    everything = ["tickets", "simulate", "-", "--from-store", "--json", "--var", str(var)]
    found = CliRunner().invoke(main, everything, input=json.dumps(given))
    assert found.exit_code == 0, found.output
    told: dict[str, Any] = json.loads(found.stdout)
    return told
