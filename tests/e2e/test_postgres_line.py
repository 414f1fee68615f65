"""The whole line on PostgreSQL: calls, drafts, commands; nothing shows the database's password."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest

from tests.e2e.line import CLI, Line, environment
from tests.e2e.phones import Phones
from tests.e2e.records import Records
from tests.unit.ticket_story import CITIZEN, MATTER


@pytest.fixture(scope="module")
def line_config(empty_postgres: str) -> Mapping[str, Any]:
    return {"store": {"url": empty_postgres}}


def hotline(line: Line, *arguments: str, data: Any = None) -> subprocess.CompletedProcess[str]:
    command = [*CLI, *arguments, "--var", str(line.var.root)]
    text = None if data is None else json.dumps(data)
    return subprocess.run(command, input=text, env=environment(), capture_output=True, text=True)


async def test_a_call_is_recorded_and_brings_a_draft(phones: Phones, records: Records) -> None:
    call, _ = await phones.talk()
    await call.hang_up()
    row = await records.closed(CITIZEN)
    assert row["outcome"] == "agent_answered"
    assert len(row["tickets"]) == 1
    assert await records.calls.verify(row["call_id"]) == []


def test_tickets_are_made_and_handled_from_the_shell(line: Line) -> None:
    made = json.loads(hotline(line, "tickets", "create", "--json", data=MATTER).stdout)
    number = made["ticket_no"]
    done = hotline(line, "tickets", "do", number, "accept", "--as", "agent:1001", "--json")
    assert json.loads(done.stdout)["state"] == "accepted"
    refused = hotline(line, "tickets", "do", number, "accept", "--as", "agent:1001", "--json")
    assert json.loads(refused.stdout)["error"]["code"] == "wrong_state"
    checked = hotline(line, "tickets", "verify")
    assert checked.returncode == 0, checked.stderr


def test_the_password_is_shown_to_nobody(line: Line) -> None:
    told = hotline(line, "doctor")
    assert "postgresql+asyncpg://hotline:***@" in told.stdout
    logs = [path.read_text(errors="replace") for path in line.var.log.glob("*")]
    for text in (told.stdout, told.stderr, line.output.read_text(), *logs):
        assert "t0p-secret" not in text
