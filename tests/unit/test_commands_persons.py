"""`hotline persons` through the command line, on a real store."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.unit.test_commands_tickets import store, tickets, var
from tests.unit.ticket_story import CITIZEN, MATTER

__all__ = ["var"]

NAME = "欧阳海棠"


def persons(var: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["persons", *arguments, "--json", "--var", str(var)])


def done(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def ticket(var: Path) -> str:
    number = done(tickets(var, "create", data=MATTER | {"requester_name": NAME}))["ticket_no"]
    assert isinstance(number, str)
    return number


def reject(var: Path, number: str) -> None:
    data = {"reject_code": "N1", "explanation": "不属本市", "guidance": "请拨打当地12345"}
    done(tickets(var, "do", number, "reject", "--as", "agent:1001", data=data))


def test_a_person_is_found_flagged_and_erased_by_commands(var: Path) -> None:
    number = ticket(var)
    made = done(persons(var, "link", number))
    known, named = made["person_id"], {"name": NAME, "phones": [CITIZEN], "tickets": [number]}
    assert {key: made[key] for key in named} == named
    for spelled in (CITIZEN, "+86 138 0000 0001", CITIZEN[-4:]):
        (found,) = done(persons(var, "suggest", spelled))
        assert (found["person_id"], found["evidence"]) == (known, [number])
    flagged = done(
        persons(var, "flag", known, "elderly", "--source", "opt_in", "--reason", "本人申请")
    )
    assert [flag["flag"] for flag in flagged["flags"]] == ["elderly"]
    assert done(persons(var, "show", known)) == flagged
    assert done(persons(var, "flag", known, "elderly", "--off", "--reason", "x"))["flags"] == []
    refused = persons(var, "erase", known, "--reason", "本人申请")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["error"]["code"] == "wrong_state"
    reject(var, number)
    erased = persons(var, "erase", known, "--reason", "本人申请")
    assert "backups" in erased.stderr
    told = done(erased)
    assert (told["name"], told["phones"]) == (None, [])
    assert done(persons(var, "list")) == [told]
    assert done(persons(var, "suggest", CITIZEN)) == []
    assert [event["command"] for event in done(persons(var, "log", known))] == [
        "add", "link_person", "flag", "end_flag", "erase",
    ]  # fmt: skip
    assert done(tickets(var, "show", number))["requester_name"] is None
    assert done(tickets(var, "verify"))["problems"] == []
    assert NAME.encode() not in store(var).read_bytes()


def test_a_ticket_of_nobody_is_erased_by_its_number(var: Path) -> None:
    number = ticket(var)
    reject(var, number)
    erased = done(persons(var, "erase", number, "--reason", "本人申请"))
    assert erased == {"ticket_no": number, "erased": True}
    event = done(tickets(var, "show", number))["events"][-1]
    assert (event["command"], event["role"]) == ("erase_personal", "operator")


def test_a_listed_person_is_entered_and_a_link_taken_back(var: Path) -> None:
    made = done(persons(var, "add", "--name", "王奶奶", "--phone", "+86 138 0000 0001"))
    assert made["phones"] == [CITIZEN]
    number = ticket(var)
    linked = done(persons(var, "link", number, made["person_id"], "--as", "agent:1001"))
    assert (linked["name"], linked["tickets"]) == ("王奶奶", [number])
    left = done(persons(var, "unlink", number, "--reason", "不是本人"))
    assert (left["phones"], left["tickets"]) == ([CITIZEN], [])


@pytest.mark.parametrize(
    ("arguments", "status", "code", "field"),
    [
        (("show", "P0"), 1, "invalid_value", "person_id"),
        (("log", "P0"), 1, "invalid_value", "person_id"),
        (("link", "SQ261001999999"), 1, "unknown_ticket", "ticket"),
        (("erase", "SQ261001999999", "--reason", "x"), 1, "unknown_ticket", "ticket"),
        (("suggest", "abc"), 1, "invalid_value", "number"),
        (("add",), 1, "missing_field", "name"),
        (("add", "--phone", "no"), 1, "invalid_value", "number"),
        (("flag", "P0", "elderly", "--reason", "x"), 2, None, None),
        (("erase", "P0"), 2, None, None),
    ],
)
def test_wrong_use_is_refused(
    var: Path, arguments: tuple[str, ...], status: int, code: str | None, field: str | None
) -> None:
    refused = persons(var, *arguments)
    assert refused.exit_code == status
    if code is not None:
        error = json.loads(refused.stdout)["error"]
        assert (error["code"], error["field"]) == (code, field)
        assert error["message"]
        assert error["fix"]


def test_another_master_key_is_an_error_that_names_the_file(var: Path) -> None:
    ticket(var)
    secrets = var / "secrets.yaml"
    lines = secrets.read_text().splitlines()
    (kept,) = [line for line in lines if line.startswith("master_key:")]
    other = "A" * 43
    secrets.write_text("\n".join(lines).replace(kept, f"master_key: {other}") + "\n")
    for result in (persons(var, "list"), tickets(var, "list")):
        assert result.exit_code == 1
        error = json.loads(result.stdout)["error"]
        assert (error["code"], error["field"]) == ("wrong_key", "master_key")
        assert str(secrets) in error["message"]
        assert "backup" in error["fix"]
    secrets.write_text("\n".join(lines) + "\n")
    assert done(persons(var, "list")) == []
