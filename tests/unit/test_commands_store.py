"""`calls list` and its sisters on a real store: whose number is meant, and in which form."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.loader import load
from service.paths import Var
from service.runtime import Runtime
from service.supervisor import prepare
from store.calls import CallLog, Opened
from store.emergencies import EmergencyLog
from ticketing.tickets import Tickets

T0 = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)
CALL = "hotline-1790000000.12"


@pytest.fixture
def var(tmp_path: Path) -> Path:
    """The VAR of a line that took one call of 13800000002, which was an emergency."""
    (tmp_path / "config.yaml").write_text("")
    var = Var.at(tmp_path / "var")
    var.make()
    runtime = prepare(load(tmp_path / "config.yaml", free_ports=True), var, adopting=False)
    runtime.save()
    asyncio.run(_fill(runtime))
    return var.root


async def _fill(runtime: Runtime) -> None:
    async with runtime.open_store() as store:
        await CallLog(store).append(CALL, Opened("inbound", "13800000002", "12345"), at=T0)
        await EmergencyLog(store).open(
            f"{CALL}.e1", call_id=CALL, service="119", trigger="key", detected_at=T0
        )
        data = {"content": "路灯不亮", "caller_number": "13800000002"}
        await Tickets(store).create(data, actor="1001", role="agent", at=T0)


def listed(var: Path, kind: str, number: str) -> Result:
    arguments = [kind, "list", "--number", number, "--json", "--var", str(var)]
    return CliRunner().invoke(main, arguments)


def rows(var: Path, kind: str, number: str) -> list[dict[str, Any]]:
    found = json.loads(listed(var, kind, number).stdout)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("kind", ["calls", "emergencies", "tickets"])
@pytest.mark.parametrize("number", ["13800000002", "+8613800000002", "+86 138-0000-0002"])
def test_a_caller_is_found_in_every_form(var: Path, kind: str, number: str) -> None:
    assert len(rows(var, kind, number)) == 1
    assert rows(var, kind, "13800000003") == []


def test_the_called_number_finds_calls_only(var: Path) -> None:
    assert [row["call_id"] for row in rows(var, "calls", "12345")] == [CALL]
    assert rows(var, "emergencies", "12345") == []
    assert rows(var, "tickets", "12345") == []


@pytest.mark.parametrize(
    ("kind", "whose"),
    [
        ("calls", "Caller or called number"),
        ("recordings", "Caller or called number"),
        ("emergencies", "The caller's number"),
        ("tickets", "The caller's or contact number"),
    ],
)
def test_the_help_says_whose_number(kind: str, whose: str) -> None:
    assert whose in CliRunner().invoke(main, [kind, "list", "--help"]).output


def test_what_is_no_number_is_refused(var: Path) -> None:
    done = listed(var, "calls", "somebody")
    assert done.exit_code == 1
    error = json.loads(done.stdout)["error"]
    assert (error["code"], error["field"]) == ("invalid_value", "number")


def test_the_table_shows_whole_ids(var: Path) -> None:
    done = CliRunner().invoke(main, ["emergencies", "list", "--var", str(var)])
    assert f" {CALL}.e1 " in done.stdout


def test_a_database_that_is_away_is_an_error_that_names_it(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://hotline:geheim@127.0.0.1:1/hotline"
    (tmp_path / "config.yaml").write_text(f"store:\n  url: {url}\n")
    var = Var.at(tmp_path / "var")
    var.make()
    prepare(load(tmp_path / "config.yaml", free_ports=True), var, adopting=False).save()
    result = listed(var.root, "tickets", "13800000002")
    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    assert (error["code"], error["field"]) == ("store_unusable", "store.url")
    assert "127.0.0.1:1/hotline" in error["message"]
    assert "geheim" not in result.output
    assert error["fix"]
