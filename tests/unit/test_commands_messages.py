"""`outbox`, `notices` and `callbacks` through the command line."""

import asyncio
import json
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from click.testing import CliRunner, Result

from service.cli import main
from service.paths import Var
from service.runtime import Runtime
from store.tables_outbox import outbox
from tests.unit.test_commands_tickets import SENT, made, tickets, var
from tests.unit.ticket_story import CITIZEN, REPLY

__all__ = ["var"]


def ask(var: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--json", "--var", str(var)])


def told(var: Path, *arguments: str) -> Any:
    return json.loads(ask(var, *arguments).stdout)


def resolved(var: Path) -> str:
    number = made(var)
    for command, who, data in (
        ("accept", "agent:1001", {}),
        ("dispatch", "dispatcher:d1", SENT),
        ("sign", "unit_handler:u1", {}),
        ("submit_reply", "unit_handler:u1", REPLY),
        ("audit_pass", "dispatcher:d1", {}),
    ):
        assert tickets(var, "do", number, command, "--as", who, data=data).exit_code == 0
    return number


def fail(var: Path, template: str) -> None:
    async def work() -> None:
        async with Runtime.load(Var.at(var)).open_store() as store, store.write() as db:
            query = sa.update(outbox).where(outbox.c.template == template)
            await db.execute(query.values(state="failed"))

    asyncio.run(work())


def test_messages_are_listed_shown_and_sent_again(var: Path) -> None:
    number = resolved(var)
    rows = told(var, "outbox", "list", "--ticket", number)
    assert [row["template"] for row in rows] == [
        "sms_survey",
        "sms_unit_sign",
        "sms_dispatched",
        "sms_created",
    ]
    assert told(var, "outbox", "list", "--limit", "1") == rows[:1]
    assert told(var, "outbox", "show", str(rows[0]["id"])) == rows[0]
    fail(var, "sms_created")
    (failed,) = told(var, "outbox", "list", "--state", "failed")
    again = told(var, "outbox", "retry", str(failed["id"]))
    assert (again["state"], again["attempts"]) == ("waiting", 0)


def test_a_survey_and_a_waiting_message_are_not_sent_again(var: Path) -> None:
    resolved(var)
    fail(var, "sms_survey")
    for row in told(var, "outbox", "list")[:2]:
        done = ask(var, "outbox", "retry", str(row["id"]))
        assert (done.exit_code, json.loads(done.stdout)["error"]["code"]) == (1, "wrong_state")
    assert ask(var, "outbox", "show", "999").exit_code == 1


def test_notices_are_taken_note_of(var: Path) -> None:
    resolved(var)
    (one,) = told(var, "notices", "list", "--role", "dispatcher")
    assert one["template"] == "reply_submitted"
    done = told(var, "notices", "done", str(one["id"]), "--as", "dispatcher:d1")
    assert done["done_by"] == "d1"
    assert told(var, "notices", "list", "--role", "dispatcher") == []
    assert len(told(var, "notices", "list", "--role", "dispatcher", "--done")) == 1


def test_citizens_to_be_called_back_are_listed(var: Path) -> None:
    number = resolved(var)
    assert told(var, "callbacks", "list") == []
    score = tickets(var, "do", number, "sms_score", "--as", "citizen:短信", data={"score": 5})
    assert score.exit_code == 0
    (task,) = told(var, "callbacks", "list")
    assert (task["ticket_no"], task["number"], task["attempts"]) == (number, CITIZEN, 0)
