"""The agent's commands over HTTP, against a line that is quiet: states, refusals, nobody there."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from console.live.link import LineUnsure
from service.line_link import ControllerLink
from tests.console_kit import Api, console
from tests.line_kit import QuietLine, quiet_line
from tests.stores import sqlite_url

IN_CALL: dict[str, Any] = {
    "hang_up": None,
    "hold": None,
    "unhold": None,
    "three_way": {"unit": "SLJ"},
    "three_way_drop": None,
    "call_off": None,
    "drop": {"leg_id": "hotline-1.leg.unit.1"},
    "emergency": {"service": "110"},
    "emergency_undo": None,
    "transfer": {"target": "1002"},
    "consult": {"target": "1002"},
    "complete": None,
    "join": None,
    "return": None,
    "refer_up": None,
}


@pytest.fixture
async def quiet(tmp_path: Path) -> AsyncIterator[QuietLine]:
    async with quiet_line(tmp_path) as line:
        yield line


@pytest.fixture
async def api(quiet: QuietLine, tmp_path: Path) -> AsyncIterator[Api]:
    async with console(sqlite_url(tmp_path), line=quiet.link) as opened:
        await opened.everybody()
        await opened.user("a2", "agent")
        await opened.user("a9", "agent", agent_no="9999")
        yield opened


async def test_an_agent_signs_in_pauses_and_leaves(api: Api) -> None:
    said = await api.ask("agent", "POST", "/api/desk/login", {"device": "phone"})
    assert said.status == 200, said.body
    desk = said.body
    assert (desk["type"], desk["number"], desk["state"], desk["call"]) == (
        "desk", "1001", "available", None,
    )  # fmt: skip
    assert (desk["device"], desk["registered"]) == ("phone", False)
    said = await api.ask("agent", "POST", "/api/desk/login", {"device": "web"})
    assert said.body["device"] == "web"
    said = await api.ask("agent", "POST", "/api/desk/pause", {"reason": "meal"})
    assert (said.body["state"], said.body["reason"]) == ("paused", "meal")
    said = await api.ask("agent", "POST", "/api/desk/auto_answer", {"on": True})
    assert said.body["auto_answer"] is True
    assert (await api.ask("agent", "POST", "/api/desk/resume")).body["state"] == "available"
    assert (await api.ask("agent", "POST", "/api/desk/logout")).body["state"] == "logged_out"
    shown = (await api.ask("agent", "GET", "/api/desk")).body
    assert shown.keys() == desk.keys()
    assert {"code": "meal", "label": "用餐"} in shown["pause_reasons"]


async def test_what_does_not_fit_the_state_is_refused(api: Api) -> None:
    said = await api.ask("agent", "POST", "/api/desk/pause", {"reason": "meal"})
    assert (said.status, said.error) == (409, ("wrong_state", None))
    assert "已签出" in said.body["error"]["message"]
    await api.ask("agent", "POST", "/api/desk/login", {"device": "phone"})
    said = await api.ask("agent", "POST", "/api/desk/pause", {"reason": "nap"})
    assert (said.status, said.error) == (422, ("invalid_value", "reason"))
    assert "meal" in said.body["error"]["fix"]


@pytest.mark.parametrize("name", IN_CALL)
async def test_without_a_call_there_is_nothing_to_command(name: str, api: Api) -> None:
    said = await api.ask("agent", "POST", f"/api/desk/{name}", IN_CALL[name])
    assert (said.status, said.error) == (409, ("wrong_state", None))
    assert said.body["error"]["fix"]


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("login", {"device": "fax"}, "device"),
        ("pause", {}, "reason"),
        ("emergency", {"service": "911"}, "service"),
        ("transfer", {"target": ""}, "target"),
        ("transfer", {"target": "1002", "kind": "cold"}, "kind"),
        ("consult", {"target": "x" * 41}, "target"),
        ("three_way", {"unit": None}, "unit"),
        ("drop", {}, "leg_id"),
        ("auto_answer", {"on": "perhaps"}, "on"),
    ],
)
async def test_a_wrong_value_is_named(name: str, body: Any, field: str, api: Api) -> None:
    said = await api.ask("agent", "POST", f"/api/desk/{name}", body)
    assert said.status == 422
    assert said.error[1] == field


async def test_only_extensions_of_the_line_have_a_desk(api: Api) -> None:
    said = await api.ask("a2", "GET", "/api/desk")
    assert (said.status, said.error) == (422, ("missing_field", "agent_no"))
    for method, path, body in (
        ("GET", "/api/desk", None),
        ("POST", "/api/desk/login", {"device": "web"}),
    ):
        said = await api.ask("a9", method, path, body)
        assert (said.status, said.error) == (422, ("invalid_value", "agent"))


async def test_a_line_that_is_away_does_nothing(api: Api, quiet: QuietLine) -> None:
    quiet.socket.unlink()
    said = await api.ask("agent", "POST", "/api/desk/login", {"device": "phone"})
    assert (said.status, said.error) == (503, ("line_silent", None))


async def test_a_line_that_does_not_answer_leaves_open_what_was_done(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unsure(*_: object) -> None:
        raise LineUnsure

    monkeypatch.setattr(ControllerLink, "command", unsure)
    said = await api.ask("agent", "POST", "/api/desk/login", {"device": "phone"})
    assert (said.status, said.error) == (503, ("line_unsure", None))
    assert "未知" in said.body["error"]["message"]
