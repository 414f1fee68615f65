"""Administration over HTTP: kinds, changes, refusals at their place, versions, reverts, roles."""

from typing import Any

from tests.console_kit import Api, Said

NEW_UNIT = {"code": "DSJ", "name": "市大数据中心", "level": "city", "ext": "8150"}
CONTACTS = {"unit": "DSJ", "contacts": [{"number": "8190", "name": "值班室"}]}


async def put(
    api: Api, kind: str, entries: dict[str, Any], *, who: str = "admin", seen: int = 0, **more: Any
) -> Said:
    """The answer to a change."""
    body = {"reason": "机构改革", "entries": entries, **more}
    headers = {"If-Match": f'"{seen}"'}
    return await api.ask(who, "PATCH", f"/api/admin/{kind}", body, headers=headers)


async def test_every_kind_has_its_form(api: Api) -> None:
    told = {one["kind"]: one for one in (await api.ask("admin", "GET", "/api/admin")).body}
    assert told["units"]["title"] == "成员单位"
    assert told["units"]["form"]["properties"]["ext"]["title"] == "内线号码"
    assert told["units"]["closes"] and not told["roster"]["closes"]
    assert told["units"]["current"] == {
        "version": 0, "at": None, "by": None, "by_name": None, "reason": None, "changed": 0,
    }  # fmt: skip
    for_unit = (await api.ask("unit_handler", "GET", "/api/admin")).body
    assert {one["kind"]: one["may_edit"] for one in for_unit} == {
        "contacts": False, "roster": True, "holidays": False,
    }  # fmt: skip


async def test_a_new_unit_is_made_and_taken_back(api: Api) -> None:
    dry = await put(api, "units", {"DSJ": NEW_UNIT}, dry_run=True)
    assert [one["code"] for one in dry.body["changes"]] == ["DSJ"]
    done = await put(api, "units", {"DSJ": NEW_UNIT})
    assert (done.status, done.body["version"]) == (200, 2)
    assert done.body["changes"] == [{"code": "DSJ", "before": None, "after": NEW_UNIT}]
    shown = await api.ask("admin", "GET", "/api/admin/units?q=大数据")
    assert shown.headers["ETag"] == '"2"'
    assert (shown.body["total"], shown.body["entries"]) == (1, [{"code": "DSJ", "data": NEW_UNIT}])
    assert shown.body["current"] == {
        "version": 2, "at": "2026-10-01T16:00:00+08:00", "by": "admin", "by_name": None,
        "reason": "机构改革", "changed": 1,
    }  # fmt: skip
    assert (await put(api, "contacts", {"DSJ": CONTACTS})).status == 200
    listed = await api.ask("agent", "GET", "/api/duty")
    assert listed.body == [
        {
            "unit": "DSJ", "name": "市大数据中心", "extension": "8150", "numbers": ["8190"],
            "by_roster": False,
        }
    ]  # fmt: skip
    versions = (await api.ask("admin", "GET", "/api/admin/units/versions")).body
    assert [(one["version"], one["by"]) for one in versions] == [(2, "admin"), (1, "system")]
    changes = (await api.ask("admin", "GET", "/api/admin/units/versions/2")).body["changes"]
    assert changes == done.body["changes"]
    back = await api.ask(
        "admin", "POST", "/api/admin/units/versions/1/restore", {"reason": "误操作"},
        headers={"If-Match": "2"},
    )  # fmt: skip
    assert (back.status, back.error) == (422, ("unknown_unit", "DSJ.unit")), "it has duty phones"
    assert (await put(api, "contacts", {"DSJ": None}, seen=3)).status == 200
    back = await api.ask(
        "admin", "POST", "/api/admin/units/versions/1/restore", {"reason": "误操作"},
        headers={"If-Match": "2"},
    )  # fmt: skip
    assert [one["code"] for one in back.body["changes"]] == ["DSJ"]
    assert (await api.ask("admin", "GET", "/api/admin/units?q=大数据")).body["total"] == 0


async def test_a_refusal_names_the_place(api: Api) -> None:
    for kind, entries, status, error in (
        ("units", {"DSJ": NEW_UNIT | {"ext": "8101"}}, 422, ("invalid_value", "entries.DSJ.ext")),
        ("units", {"DSJ": NEW_UNIT | {"ext": "x"}}, 422, ("invalid_value", "entries.DSJ.ext")),
        ("units", {"DSJ": {"code": "DSJ"}}, 422, ("missing_field", "entries.DSJ.name")),
        ("units", {"SLJ": None}, 422, ("invalid_value", "entries.SLJ")),
        ("contacts", {"DSJ": CONTACTS}, 422, ("unknown_unit", "entries.DSJ.unit")),
        ("routing", {"9999/": _route("9999")}, 422, ("invalid_value", "entries.9999/.category")),
        ("nothing", {"x": None}, 404, ("unknown_kind", "kind")),
    ):
        said = await put(api, kind, entries)
        assert (said.status, said.error) == (status, error), said.body
    assert (await api.ask("admin", "GET", "/api/admin/units")).body["current"]["version"] == 0


def _route(category: str) -> dict[str, str]:
    return {"category": category, "region": "", "unit": "SLJ", "assist": "", "ground": "职责"}


async def test_who_was_slower_learns_who_was_faster(api: Api) -> None:
    await put(api, "units", {"DSJ": NEW_UNIT})
    said = await put(api, "units", {"DSJ": NEW_UNIT | {"ext": "8151"}}, seen=0)
    assert (said.status, said.error[0]) == (409, "stale_version")
    assert "admin于10-01 16:00修改了DSJ" in said.body["error"]["message"]
    without = await api.ask(
        "admin", "PATCH", "/api/admin/units", {"reason": "x", "entries": {"DSJ": NEW_UNIT}}
    )
    assert (without.status, without.error[0]) == (428, "version_required")


async def test_roles_change_what_is_theirs(api: Api) -> None:
    await put(api, "contacts", {"SLJ": _contacts("SLJ"), "CGJ": _contacts("CGJ")})
    for who, kind in (("supervisor", "units"), ("kb_editor", "contacts"), ("unit_leader", "units")):
        said = await put(api, kind, {"SLJ": _contacts("SLJ")}, who=who)
        assert (said.status, said.error[0]) == (403, "not_allowed"), who
    assert (await put(api, "roster", {"SLJ": _roster("SLJ")}, who="unit_leader")).status == 200
    other = await put(api, "roster", {"CGJ": _roster("CGJ")}, who="unit_leader")
    assert (other.status, other.error) == (403, ("not_allowed", "entries.CGJ"))
    seen = (await api.ask("unit_handler", "GET", "/api/admin/contacts")).body
    assert [one["code"] for one in seen["entries"]] == ["SLJ"]
    assert (await api.ask("unit_handler", "GET", "/api/admin/units")).status == 403
    found = (await api.ask("unit_handler", "GET", "/api/admin/roster/coverage?days=1")).body
    assert [(one["unit"], one["has_roster"], len(one["gaps"])) for one in found] == [
        ("SLJ", True, 1)
    ]
    assert found[0]["gaps"][0] == {
        "start": "2026-10-01T17:00:00+08:00", "end": "2026-10-02T08:00:00+08:00", "contacts": [],
    }  # fmt: skip
    every = (await api.ask("supervisor", "GET", "/api/admin/roster/coverage")).body
    assert {one["unit"]: len(one["gaps"]) for one in every}["GAJ"] == 1, "has no duty phone at all"


def _contacts(unit: str) -> dict[str, Any]:
    return {"unit": unit, "contacts": [{"number": f"81{ord(unit[0])}"}]}


def _roster(unit: str) -> dict[str, Any]:
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    contacts = [f"81{ord(unit[0])}"]
    shift = {"days": days, "start": "08:00", "end": "17:00", "contacts": contacts}
    return {"unit": unit, "shifts": [shift]}


async def test_a_notice_is_on_every_screen_until_its_end(api: Api) -> None:
    notice = {
        "id": "n1", "area": "宿城区", "reason": "管道抢修", "event": "停水",
        "expected_at": "2026-10-01T18:00:00+08:00", "until": "2026-10-01T20:00:00+08:00",
    }  # fmt: skip
    assert (await put(api, "notices", {"n1": notice}, who="supervisor")).status == 200
    (shown,) = (await api.ask("agent", "GET", "/api/notices")).body
    assert (shown["id"], shown["on_line"], shown["details"]) == ("n1", True, None)
    api.now = api.now.replace(hour=12)
    assert (await api.ask("agent", "GET", "/api/notices")).body == []


async def test_a_phone_that_is_none_has_no_password(api: Api) -> None:
    said = await api.ask("admin", "POST", "/api/admin/phones/8190/reveal")
    assert (said.status, said.error) == (404, ("unknown_phone", "number"))


async def test_skill_groups_are_called_as_the_city_calls_them(api: Api) -> None:
    labour = {"name": "labour", "number": "6003", "title": "劳动保障"}
    night = {"name": "night", "number": "6004"}
    assert (await put(api, "groups", {"labour": labour, "night": night})).status == 200
    told = (await api.ask("agent", "GET", "/api/groups")).body
    assert told == [
        {"code": "labour", "title": "劳动保障"},
        {"code": "night", "title": "night"},
    ]
