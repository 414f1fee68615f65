"""R-23-2: what was planted in a reporter's ticket comes out of no way that is open to a unit.

The ways are those of the OpenAPI document, so that a new one is tried by itself or fails here.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from typing import Any
from urllib.parse import quote, unquote
from zipfile import ZipFile

import pytest

from console.context import Parts
from tests.console_kit import Api, Said
from tests.unit.ticket_story import REPLY
from ticketing.model import Ticket
from ticketing.workflow.table import COMMANDS
from ticketing.workflow.terms import UNIT_ROLES

SECRETS = {
    "name": "欧阳紫薇",
    "phone": "13977712345",
    "plate": "苏N7X8Y9",
    "shop": "紫薇烟酒店",
    "address": "河清花苑71幢",
    "words": "我是他的会计",
}
SEARCH = "/api/tickets/search"
CLEAN = "有人反映某企业偷排污水，请依法核查。"
OWN_TEXT = "已到现场取样"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
BYTES = {"Content-Type": "application/octet-stream"}
BODIES: dict[str, Any] = {
    "session.sign_in": {"name": "unit_handler", "password": "x"},
    "suggest.suggest": {"text": "停水"},
}


@pytest.fixture
async def planted(api: Api) -> AsyncIterator[Ticket]:
    """A report that says everything of its reporter, with a note, a file, a call; at the unit."""
    content = "".join(f"{secret}，" for secret in SECRETS.values()) + "举报化工厂半夜偷排污水"
    matter = {
        "request_type": "report",
        "title": f"{SECRETS['shop']}举报",
        "content": content,
        "address_text": SECRETS["address"],
        "expected_result": f"不要让人知道{SECRETS['words']}",
        "requester_name": SECRETS["name"],
        "contact_phone": SECRETS["phone"],
        "caller_number": SECRETS["phone"],
        "transcript": f"市民：{content}",
        "region_code": "321302",
        "category_l2": "0801",
    }
    made = await done(api, "agent", "/api/tickets", matter, version=None)
    number = made["ticket_no"]
    at = f"/api/tickets/{number}"
    note = {"comment": f"{SECRETS['name']}说{SECRETS['words']}"}
    for who, command, data in (
        ("agent", "add_note", note),
        ("agent", "accept", {"acceptance_basis": "6.2"}),
        ("agent", "add_statement", {"content": content}),
        ("dispatcher", "dispatch", {"unit": "SLJ", "answer_type": "investigate",
                                    "unit_content": CLEAN}),
        ("unit_handler", "sign", {}),
    ):  # fmt: skip
        made = await done(api, who, f"{at}/commands/{command}", data, version=made["version"])
    name = quote(f"{SECRETS['name']}{SECRETS['plate']}.pdf")
    said = await api.ask("agent", "POST", f"{at}/attachments?name={name}", data=PDF, headers=BYTES)
    assert said.status == 201, said.body
    file = f"{at}/attachments/{said.body['attachment_id']}"
    assert (await api.ask("dispatcher", "POST", f"{file}/release")).status == 204
    yield await api.parts.tickets.read(number)


async def done(api: Api, who: str, path: str, body: Any, *, version: int | None) -> Any:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    said = await api.ask(who, "POST", path, body, headers=headers)
    assert said.status in (200, 201), (path, said.body)
    return said.body


async def test_the_hotline_reads_what_was_planted(api: Api, planted: Ticket) -> None:
    """What is looked for below is there, and found by the same eyes."""
    seen = text_of(await api.ask("supervisor", "GET", f"/api/tickets/{planted.ticket_no}"))
    assert {key for key, secret in SECRETS.items() if secret in seen} >= {
        "plate", "shop", "address", "words"
    }  # fmt: skip
    files = text_of(
        await api.ask("supervisor", "GET", f"/api/tickets/{planted.ticket_no}/attachments")
    )
    assert SECRETS["plate"] in files


@pytest.mark.parametrize("role", sorted(UNIT_ROLES))
async def test_R_23_2_no_way_out_tells_a_unit(api: Api, planted: Ticket, role: str) -> None:
    document = (await api.ask(None, "GET", "/api/openapi.json")).body
    tried: set[str] = set()
    seen = ""
    for method, path, told in operations(document):
        for place in places(path, told, await known(api.parts, planted)):
            for body in bodies(path, told):
                headers = {"If-Match": f'"{await version(api, planted)}"'}
                if "attachments" in path and method == "POST":
                    headers |= BYTES
                    said = await api.ask(role, method, place, data=PDF, headers=headers)
                else:
                    said = await api.ask(role, method, place, body, headers=headers)
                text = text_of(said)
                leaked = sorted(key for key, secret in SECRETS.items() if secret in text)
                assert not leaked, (method, place, body, said.status, leaked)
                if path == SEARCH and unquote(place).endswith(tuple(SECRETS.values())):
                    assert said.body["total"] == 0, unquote(place)  # a count tells as much
                tried.add(told["operationId"])
                seen += text
    assert len(tried) == sum(len(one) for one in document["paths"].values())
    assert planted.ticket_no in seen
    assert CLEAN in seen


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    """Reading first, so that commands do not take the ticket away from what is read."""
    found = [
        (method.upper(), path, told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    ]
    return iter(sorted(found, key=lambda one: (one[0] != "GET", one[0] == "DELETE", one[1])))


def places(path: str, told: Any, values: dict[str, list[str]]) -> Iterator[str]:
    """The path with every known value of its parts, each time with every query worth trying."""
    found = [path]
    for name in re.findall(r"{(\w+)}", path):
        found = [one.replace(f"{{{name}}}", value) for one in found for value in values[name]]
    queries = [""]
    names = {one["name"] for one in told["parameters"] if one["in"] == "query"}
    if "q" in names:
        queries = [f"?q={quote(text)}" for text in (*SECRETS.values(), "污水", "化工厂", "2345")]
    elif "name" in names:
        queries = ["?name=x.pdf"]
    elif "is_open" in names:
        queries += ["?is_open=true", "?category_l2=0801", "?region_code=321302"]
    return iter([one + query for one in found for query in queries])


def bodies(path: str, told: Any) -> list[Any]:
    if "requestBody" not in told:
        return [None]
    if path.endswith("/commands/{command}"):
        return [
            {},
            {**REPLY, "reply": OWN_TEXT, "comment": OWN_TEXT, "ground": "无", "suggestion": "无"},
        ]
    return [{}, BODIES.get(told["operationId"], {"text": "污水", "reason": "想知道是谁"})]


async def known(parts: Parts, planted: Ticket) -> dict[str, list[str]]:
    """What the parts of paths may be; a new name of a part is a KeyError."""
    files = await parts.attachments.list(planted)
    return {
        "ticket_no": [planted.ticket_no],
        "command": sorted(COMMANDS),
        "attachment_id": [one.attachment_id for one in files],
        "channel": ["phone", "web"],
        "external_id": ["1"],
        "call_id": [call.call_id for call in planted.calls] or ["1"],
        "recording_id": ["1"],
        "session_id": ["1"],
        "name": ["dispatcher"],
        "key": [f"ticket:{planted.ticket_no}:add_note"],
        "code": ["ZS0001"],
        "kind": ["duty", "notices", "units"],
        "version": ["1"],
        "number": ["13800000001"],
        "policy_id": ["suqian-2020"],
        "queue": ["agent", "dispatcher", "unit"],
    }


async def version(api: Api, planted: Ticket) -> int:
    return (await api.parts.tickets.read(planted.ticket_no)).version


def text_of(said: Said) -> str:
    """Everything of an answer; headers too, as they read."""
    body = said.body if isinstance(said.body, bytes) else json.dumps(said.body, ensure_ascii=False)
    text = _decoded(body) if isinstance(body, bytes) else body
    headers = "\n".join(f"{name}: {value}" for name, value in said.headers.items())
    return text + headers + re.sub(r"(?:%[0-9A-F]{2})+", _unquoted, headers)


def _decoded(content: bytes) -> str:
    """A file as text; of office documents what is packed in them."""
    if not content.startswith(b"PK"):
        return content.decode(errors="replace")
    with ZipFile(BytesIO(content)) as packed:
        parts = [packed.read(name) for name in packed.namelist()]
    return "\n".join(part.decode(errors="replace") for part in parts)


def _unquoted(found: re.Match[str]) -> str:
    return unquote(found[0])
