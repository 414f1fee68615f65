"""Open311 GeoReport v2: what clients bring becomes tickets; what they read is the public subset."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.settings import ConsoleSettings
from tests.console_kit import START, Api, Said, console

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REQUESTS = "/open311/v2/requests"
SECRETS = ("王小明", "13800000001", "幸福路99号", "苏N12345")
MATTER: dict[str, Any] = {
    "content": f"{SECRETS[0]}说{SECRETS[2]}门口{SECRETS[3]}漏水，电话{SECRETS[1]}",
    "title": f"{SECRETS[0]}反映漏水",
    "requester_name": SECRETS[0],
    "contact_phone": SECRETS[1],
    "address_text": SECRETS[2],
    "region_code": "321302",
    "town": "双庄街道",
    "category_l2": "0601",
    "request_type": "help",
    "channel": "web",
}


@pytest.fixture
async def api(store_url: str) -> AsyncIterator[Api]:
    async with console(store_url, ConsoleSettings(open311_public=True)) as opened:
        await opened.everybody()
        yield opened


async def post(api: Api, form: dict[str, str], ending: str = "json", **headers: str) -> Said:
    return await api.ask(
        None, "POST", f"{REQUESTS}.{ending}", data=urlencode(form).encode(),
        headers={**FORM, **headers},
    )  # fmt: skip


async def request(api: Api, **more: str) -> Said:
    form = {"api_key": api.tokens["system"], "service_code": "0601", "description": "水管漏水"}
    return await post(api, {**form, **more})


async def accepted(api: Api, **more: Any) -> str:
    """A ticket that was accepted and dispatched."""
    tickets = api.parts.tickets
    made = await tickets.create({**MATTER, **more}, actor="web", role="system", at=api.now)
    steps: list[tuple[str, dict[str, Any]]] = [
        ("accept", {"acceptance_basis": "6.5", "answer_type": "investigate"}),
        ("dispatch", {"unit": "SLJ", "unit_content": "有市民反映漏水"}),
    ]
    for command, data in steps:
        role = "agent" if command == "accept" else "dispatcher"
        await tickets.do(made.ticket_no, command, data, actor=role, role=role, at=api.now)
    return made.ticket_no


async def test_a_request_becomes_a_ticket(api: Api) -> None:
    said = await request(
        api, address_string="发展大道1号", lat="33.96", long="118.28", first_name="小明",
        last_name="王", phone="13800000001", media_url="https://example.org/a.jpg",
    )  # fmt: skip
    assert said.status == 200, said.body
    (told,) = said.body
    made = await api.parts.tickets.read(told["service_request_id"])
    assert made.query_code in told["service_notice"]
    assert made.category_l2 == "0601" and made.address_text == "发展大道1号"
    assert made.requester_name == "王小明" and made.contact_phone == "13800000001"
    assert (made.lat, made.lng) == (33.96, 118.28)
    assert made.content == "水管漏水\n媒体链接：https://example.org/a.jpg"


async def test_a_request_that_is_sent_again_is_one_ticket(api: Api) -> None:
    form = {"api_key": api.tokens["system"], "service_code": "0601", "description": "漏水"}
    first = await post(api, form, **{"Idempotency-Key": "1"})
    again = await post(api, form, **{"Idempotency-Key": "1"})
    assert first.body == again.body
    assert len(await api.parts.tickets.numbers()) == 1
    other = await post(api, {**form, "description": "停电"}, **{"Idempotency-Key": "1"})
    assert (other.status, other.body[0]["code"]) == (409, "duplicate_key")


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"api_key": "x"}, 401, "unauthenticated", ""),
        ({"api_key": ""}, 400, "missing_field", "api_key"),
        ({"service_code": ""}, 400, "missing_field", "service_code"),
        ({"service_code": "9999"}, 422, "invalid_value", "category_l2"),
        ({"description": " "}, 400, "missing_field", "description"),
        ({"description": "a" * 20_001}, 422, "invalid_value", "description"),
        ({"description": "a\0"}, 422, "invalid_value", "description"),
        ({"lat": "91"}, 422, "invalid_value", "lat"),
        ({"media_url": "file:///etc/passwd"}, 422, "invalid_value", "media_url"),
        ({"attribute[x]": "1"}, 422, "invalid_value", "attribute[x]"),
    ],
)
async def test_what_is_wrong_is_named_and_changes_nothing(
    api: Api, change: dict[str, str], status: int, code: str, field: str
) -> None:
    said = await request(api, **change)
    assert (said.status, said.body[0]["code"]) == (status, code), said.body
    assert said.body[0]["description"].startswith(field)
    assert await api.parts.tickets.numbers() == []


async def test_only_programs_file_requests(api: Api) -> None:
    said = await request(api, api_key=api.tokens["agent"])
    assert (said.status, said.body[0]["code"]) == (403, "not_allowed")


async def test_a_request_that_is_no_form(api: Api) -> None:
    said = await api.ask(None, "POST", f"{REQUESTS}.json", {"description": "x"})
    assert (said.status, said.body[0]["code"]) == (415, "unsupported_media_type")
    large = await api.ask(None, "POST", f"{REQUESTS}.json", data=b"a" * 300_000, headers=FORM)
    assert large.status == 413


async def test_what_is_read_is_public(api: Api) -> None:
    number = await accepted(api)
    hidden = [
        await accepted(api, confidential=True),
        await accepted(api, request_type="report"),
    ]
    new = (await request(api)).body[0]["service_request_id"]
    said = await api.ask(None, "GET", f"{REQUESTS}.json")
    assert [one["service_request_id"] for one in said.body] == [number]
    (one,) = said.body
    assert one["status"] == "open" and one["service_code"] == "0601"
    assert one["address"] == "宿城区双庄街道" and one["agency_responsible"]
    for form in ("json", "xml"):
        text = str((await api.ask(None, "GET", f"{REQUESTS}.{form}")).body)
        assert not [secret for secret in SECRETS if secret in text]
    for other in (*hidden, new, "SQ999999999999"):
        missing = await api.ask(None, "GET", f"{REQUESTS}/{other}.json")
        assert (missing.status, missing.body[0]["code"]) == (404, "not_found")


async def test_requests_are_filtered(api: Api) -> None:
    old = await accepted(api)
    api.now = START + timedelta(days=100)
    new = await accepted(api, category_l2="0602")

    async def found(query: str) -> list[str]:
        said = await api.ask(None, "GET", f"{REQUESTS}.json?{query}")
        assert said.status == 200, said.body
        return [one["service_request_id"] for one in said.body]

    assert await found("") == [new]
    assert await found("service_code=0601") == []
    assert await found("service_code=0601,0602&status=open") == [new]
    assert await found("status=closed") == []
    assert await found("status=open,closed") == [new]
    assert await found(f"service_request_id={old},{new}") == [new, old]
    assert await found("end_date=2026-10-02T00:00:00Z") == [old]
    assert await found("start_date=2026-10-01T00:00:00Z") == [old]
    long = await api.ask(
        None, "GET",
        f"{REQUESTS}.json?start_date=2026-01-01T00:00:00Z&end_date=2026-12-01T00:00:00Z",
    )  # fmt: skip
    assert (long.status, long.body[0]["code"]) == (422, "invalid_value")


async def test_services_are_the_categories(api: Api) -> None:
    services = (await api.ask(None, "GET", "/open311/v2/services.json")).body
    city = await api.parts.tickets.city()
    assert {one["service_code"] for one in services} == set(city.categories)
    said = await api.ask(None, "GET", "/open311/v2/services.xml")
    assert said.headers["Content-Type"].startswith("application/xml")
    root = ElementTree.fromstring(said.body)
    assert root.tag == "services" and len(root) == len(services)
    assert root[0].findtext("service_name") == services[0]["service_name"]
    one = await api.ask(None, "GET", "/open311/v2/services/0601.json")
    assert one.body == {"service_code": "0601", "attributes": []}
    assert (await api.ask(None, "GET", "/open311/v2/services/9999.xml")).status == 404


async def test_discovery_and_errors_in_xml(api: Api) -> None:
    said = await api.ask(None, "GET", "/open311/v2/discovery.xml")
    root = ElementTree.fromstring(said.body)
    assert (root.findtext("endpoints/endpoint/url") or "").endswith("/open311/v2")
    wrong = await post(api, {"api_key": "x"}, "xml")
    assert wrong.status == 400
    assert ElementTree.fromstring(wrong.body).findtext("error/code") == "missing_field"


async def test_strangers_read_nothing_unless_the_city_opens_it(store_url: str) -> None:
    async with console(store_url) as api:
        await api.everybody()
        for path in ("services", "requests", "requests/SQ261001000001"):
            assert (await api.ask(None, "GET", f"/open311/v2/{path}.json")).status == 401
        assert (await api.ask("system", "GET", "/open311/v2/services.json")).status == 200


async def test_whatever_comes_is_answered(api: Api) -> None:
    names = st.sampled_from([
        "api_key", "service_code", "description", "lat", "long", "phone", "media_url", "status",
        "start_date", "end_date", "service_request_id", "x",
    ])  # fmt: skip
    values = st.one_of(st.text(max_size=50), st.sampled_from(["0601", "open", "2026-10-01T00:00Z"]))
    seen: list[int] = []

    @settings(
        max_examples=100, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(pairs=st.lists(st.tuples(names, values), max_size=6))
    def collect(pairs: list[tuple[str, str]]) -> None:
        forms.append(urlencode(pairs, errors="surrogatepass"))

    forms: list[str] = []
    collect()
    for form in forms:
        get = await api.ask(None, "GET", f"{REQUESTS}.json?{form}")
        put = await api.ask(None, "POST", f"{REQUESTS}.xml", data=form.encode(), headers=FORM)
        seen += [get.status, put.status]
    assert set(seen) <= {200, 400, 401, 422}
    assert await api.parts.tickets.numbers() == []
