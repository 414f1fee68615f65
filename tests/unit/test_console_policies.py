"""Versions of the rules over HTTP: read, tried on past tickets, enacted from a time on."""

from datetime import timedelta

from tests.console_kit import Api

ROOT = "/api/policies"
MATTER = {"content": "停水", "request_type": "help", "region_code": "321302"}
NEW = {
    "policy_id": "2027-01",
    "switches": {"sla.resolve_hours": "10h"},
    "reason": "市政府办公室通知",
}


async def test_the_rules_are_read_as_people_write_them(api: Api) -> None:
    told = (await api.ask("auditor", "GET", ROOT)).body
    (only,) = told["versions"]
    assert (only["policy_id"], only["in_force"]) == ("suqian-2020", True)
    switches = only["switches"]
    assert switches["sla.resolve_hours"] == "12h"
    assert switches["accept.target"] == "30m"
    assert switches["ext.max_days"] == "6d"
    assert switches["repeat.types"] == ["complaint", "report", "help"]
    assert told["choices"]["sla.review_pause"] == ["unit_only", "strict"]
    assert "repeat.types" not in told["choices"]


async def test_a_version_is_enacted_from_a_time_on(api: Api) -> None:
    later = (api.now + timedelta(days=2)).isoformat()
    made = await api.ask("center_head", "POST", ROOT, NEW | {"effective_from": later})
    assert (made.status, made.body["in_force"]) == (201, False)
    versions = (await api.ask("admin", "GET", ROOT)).body["versions"]
    assert [one["policy_id"] for one in versions] == ["2027-01", "suqian-2020"]
    assert versions[0]["switches"] == versions[1]["switches"] | {"sla.resolve_hours": "10h"}
    assert [(one["source"], one["by"]) for one in versions] == [
        ("市政府办公室通知", "center_head"), ("《宿迁市12345热线平台运行管理办法》", None),
    ]  # fmt: skip
    for without in ({}, {"reason": " "}):
        body = {**NEW, "policy_id": "2027-09", "effective_from": later, "reason": None} | without
        assert (await api.ask("admin", "POST", ROOT, body)).error == ("invalid_value", "reason")
    again = await api.ask("center_head", "POST", ROOT, NEW | {"effective_from": later})
    assert again.error == ("duplicate_key", "policy_id")
    past = (api.now - timedelta(days=2)).isoformat()
    early = NEW | {"policy_id": "2027-02", "effective_from": past}
    assert (await api.ask("admin", "POST", ROOT, early)).error == (
        "invalid_value", "effective_from",
    )  # fmt: skip


async def test_a_version_that_is_not_in_force_is_withdrawn(api: Api) -> None:
    def from_day(days: int, name: str) -> dict[str, object]:
        return NEW | {
            "policy_id": name,
            "effective_from": (api.now + timedelta(days=days)).isoformat(),
        }

    async def withdraw(name: str, reason: str = "日期写错") -> tuple[str, str | None]:
        told = await api.ask("admin", "POST", f"{ROOT}/{name}/withdraw", {"reason": reason})
        return ("", None) if told.status == 200 else told.error

    for days, name in ((300, "2027-09"), (310, "2027-10")):
        assert (await api.ask("admin", "POST", ROOT, from_day(days, name))).status == 201
    soon = from_day(2, "2026-12")
    assert (await api.ask("admin", "POST", ROOT, soon)).error == (
        "invalid_value", "effective_from",
    )  # fmt: skip
    assert await withdraw("2027-09") == ("wrong_state", "policy_id"), "2027-10 is built on it"
    assert await withdraw("2027-10", " ") == ("invalid_value", "reason")
    assert await withdraw("2027-10") == ("", None)
    assert await withdraw("2027-10") == ("invalid_value", "policy_id")
    assert await withdraw("2027-09") == ("", None)
    assert await withdraw("suqian-2020") == ("wrong_state", "policy_id")
    assert (await api.ask("admin", "POST", ROOT, soon)).status == 201
    again = await api.ask("admin", "POST", ROOT, from_day(300, "2027-09"))
    assert again.error == ("duplicate_key", "policy_id")
    versions = (await api.ask("auditor", "GET", ROOT)).body["versions"]
    assert [(one["policy_id"], one["withdrawn"] is not None) for one in versions] == [
        ("2026-12", False), ("suqian-2020", False), ("2027-09", True), ("2027-10", True),
    ]  # fmt: skip
    assert (versions[2]["withdrawn"]["by"], versions[2]["withdrawn"]["reason"]) == (
        "admin", "日期写错",
    )  # fmt: skip


async def test_a_change_is_tried_on_past_tickets_and_writes_nothing(api: Api) -> None:
    await api.parts.tickets.create(MATTER, actor="1001", role="agent", at=api.now)
    asked = {
        "switches": {"accept.target": "10m"},
        "since": (api.now - timedelta(hours=1)).isoformat(),
        "until": (api.now + timedelta(hours=1)).isoformat(),
    }
    tried = await api.ask("supervisor", "POST", f"{ROOT}/trial", asked)
    assert (tried.status, tried.body["tickets"]) == (200, 1)
    wrong = await api.ask(
        "supervisor", "POST", f"{ROOT}/trial", asked | {"switches": {"sla.nothing": 1}}
    )
    assert wrong.status == 422
    long = asked | {"since": (api.now - timedelta(days=40)).isoformat()}
    said = await api.ask("supervisor", "POST", f"{ROOT}/trial", long)
    assert said.error == ("invalid_value", "since")
    assert len((await api.ask("admin", "GET", ROOT)).body["versions"]) == 1
