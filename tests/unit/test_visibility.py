"""Who sees what of a ticket (domain.md §2.6, R-10-2, R-23-2, R-7-3)."""

import asyncio
from itertools import product
from typing import Any, get_args

import pytest

from store.engine import Store
from store.types import JsonObject
from tests.stores import MASTER_KEY, sqlite_url
from tests.unit.ticket_story import MATTER, REPLY, RETURN, instant
from ticketing.identity import STARS, Identity, masked_number
from ticketing.model import Ticket
from ticketing.sights import GROUPS, TABLE, Case, Group
from ticketing.tickets import Tickets
from ticketing.visibility import Viewer, sights, view
from ticketing.workflow.terms import UNIT_ROLES, Role

AT = instant("10-01 08:00")
NAME, PHONE = "欧阳明轩", "13912345678"
UNIT_TEXT = "反映某路段夜间施工扰民"
CONTENT = f"我叫{NAME}，住幸福家园3栋502室，电话139-1234-5678，夜里施工"
SPEECH = f"市民：我是{NAME}，幺三九幺二三四五六七八"
TOLD: dict[str, Any] = {
    **MATTER,
    "title": f"{NAME}反映施工",
    "content": CONTENT,
    "transcript": SPEECH,
    "requester_name": NAME,
    "contact_phone": PHONE,
    "address_text": "幸福家园3栋502室",
    "call_id": "c1",
    "identity_level": "self_declared",
}
KINDS: dict[str, dict[str, Any]] = {
    "normal": {},
    "confidential": {"confidential": True},
    "report": {"request_type": "report"},
}
_SENT = {"unit": "ZJJ", "unit_content": UNIT_TEXT, "key_categories": ["K2"]}
STEPS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("agent", "1001", "accept", {}),
    ("agent", "1001", "emergency_transfer", {"service": "110"}),
    ("agent", "1001", "amend", {"contact_phone": "13900000002"}),
    ("agent", "1001", "add_statement", {"content": f"{NAME}又来电"}),
    ("dispatcher", "d1", "add_note", {"comment": "与工地有旧怨"}),
    ("dispatcher", "d1", "dispatch", _SENT),
    ("unit_handler", "u0", "request_return", RETURN),
    ("dispatcher", "d1", "approve_return", {"unit": "SLJ"}),
    ("unit_handler", "u1", "sign", {}),
    ("unit_handler", "u1", "submit_reply", REPLY),
    ("dispatcher", "d1", "audit_fail", {"defects": "incomplete", "comment": "请写明整改时间"}),
    ("unit_handler", "u1", "submit_reply", REPLY),
    ("dispatcher", "d1", "audit_pass", {}),
)


async def _made(tickets: Tickets, told: dict[str, Any]) -> Ticket:
    one = await tickets.create(TOLD | told, actor="1001", role="agent", at=AT)
    for role, name, command, data in STEPS:
        one = await tickets.do(one.ticket_no, command, data, actor=name, role=role, at=AT)
    return one


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ticket]:
    """One ticket of each kind, at the manual callback after two units had it."""

    async def all_kinds() -> dict[str, Ticket]:
        url = sqlite_url(tmp_path_factory.mktemp("seen"))
        async with Store.open(url, key=MASTER_KEY) as store:
            tickets = Tickets(store)
            answer = {"answer_type": "investigate"}
            return {kind: await _made(tickets, answer | told) for kind, told in KINDS.items()}

    return asyncio.run(all_kinds())


def viewer(role: Role, unit: str | None = "SLJ") -> Viewer:
    return Viewer("x", frozenset({role}), unit=unit if role in UNIT_ROLES else None)


def seen(one: Ticket, role: Role, own: bool = False) -> JsonObject:
    shown = view(one, viewer(role), own_calls={"c1"} if own else ())
    assert shown is not None
    assert shown.keys() == one.to_json().keys()
    return shown


# name, phone, address, content, transcript, calls, emergencies
# f: in full, p: in part, u: the text for units, s: as it is but for name and number, -: not
EXPECTED: dict[tuple[str, str, bool], str] = {
    ("agent", "normal", False): "- p f s - - -",
    ("agent", "normal", True): "f f f f f f f",
    ("agent", "hidden", False): "- p - u - - -",
    ("agent", "hidden", True): "f f f f f f f",
    ("dispatcher", "normal", False): "f f f f f f -",
    ("dispatcher", "hidden", False): "- p f s s f -",
    ("callback_agent", "normal", False): "f f f f f f -",  # the tickets are tasks to call back
    ("callback_agent", "hidden", False): "- p f s s f -",
    ("supervisor", "normal", False): "f f f f f f f",
    ("supervisor", "hidden", False): "- p f s s f f",
    ("center_head", "normal", False): "f f f f f f f",
    ("center_head", "hidden", False): "- p f s s f f",
    ("unit_handler", "normal", False): "f f f f - - -",
    ("unit_handler", "hidden", False): "- - - u - - -",
    ("unit_leader", "normal", False): "f f f f - - -",
    ("unit_leader", "hidden", False): "- - - u - - -",
    ("auditor", "normal", False): "- p - s - - f",
    ("auditor", "hidden", False): "- p - u - - f",
    ("inspector", "normal", False): "- p - s - - -",
    ("inspector", "normal", True): "- p - s s f -",
    ("inspector", "hidden", False): "- p - u - - -",
    ("inspector", "hidden", True): "- p - s s f -",
    ("leader", "normal", False): "- p - s - - f",
    ("leader", "hidden", False): "- p - u - - f",
}
"""By role, kind and own call; where a call of one's own makes no difference it is left out."""


def _expected(role: str, kind: str, own: bool) -> str:
    hidden = "normal" if kind == "normal" else "hidden"
    return EXPECTED.get((role, hidden, own)) or EXPECTED[role, hidden, False]


@pytest.mark.parametrize(("role", "kind", "own"), list(product(TABLE, KINDS, (False, True))))
def test_each_role_sees_what_the_table_says(
    made: dict[str, Ticket], role: Role, kind: str, own: bool
) -> None:
    shown = seen(made[kind], role, own)
    name, phone, address, content, speech, calls, emergencies = _expected(role, kind, own).split()
    starred = CONTENT.replace(NAME, STARS).replace("139-1234-5678", STARS)
    assert shown["requester_name"] == {"f": NAME, "-": STARS}[name]
    assert shown["contact_phone"] == {"f": "13900000002", "p": "139****0002", "-": STARS}[phone]
    assert shown["address_text"] == {"f": TOLD["address_text"], "-": STARS}[address]
    assert shown["content"] == {"f": CONTENT, "s": starred, "u": UNIT_TEXT}[content]
    assert (
        shown["transcript"] == {"f": SPEECH, "s": f"市民：我是{STARS}，{STARS}", "-": None}[speech]
    )
    assert [one["call_id"] for one in shown["calls"]] == {"f": ["c1"], "-": []}[calls]
    assert bool(shown["emergencies"]) is (emergencies == "f")
    whole = str(shown)
    assert (NAME in whole) is (name == "f")
    assert (PHONE in whole) is (phone == "f")
    if content == "u":
        assert "幸福家园" not in whole and "旧怨" not in whole
        assert shown["title"] in ("投诉事项", "举报事项")


@pytest.mark.parametrize("kind", KINDS)
def test_r_4_1_a_unit_knows_only_its_own_tickets(made: dict[str, Ticket], kind: str) -> None:
    for role in sorted(UNIT_ROLES):
        assert view(made[kind], viewer(role)) is not None
        for other in ("ZJJ", "GDGS", None):  # ZJJ gave it back
            assert view(made[kind], viewer(role, other)) is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", sorted(set(get_args(Role)) - TABLE.keys()))
def test_who_keeps_the_system_sees_no_ticket(
    made: dict[str, Ticket], role: Role, kind: str
) -> None:
    assert view(made[kind], viewer(role), own_calls={"c1"}) is None


def test_every_key_of_a_ticket_has_its_group() -> None:
    only_in_events = {"emergency_record", "service", "inherited", "person_id"}
    assert GROUPS.keys() == Ticket.model_fields.keys() | only_in_events


def test_r_23_2_a_unit_reads_of_the_journal_what_it_said_and_was_told(
    made: dict[str, Ticket],
) -> None:
    shown = seen(made["report"], "unit_handler")
    data = [(one["command"], sorted(one["data"])) for one in shown["events"] if one["data"]]
    reply = sorted(REPLY)
    assert data == [
        ("approve_return", ["unit"]),
        ("submit_reply", reply),
        ("audit_fail", ["comment", "defects"]),
        ("submit_reply", reply),
    ]
    assert len(shown["events"]) == len(made["report"].events)
    assert shown["return_requests"] == []  # of the unit before
    assert shown["public_reply"] == REPLY["public_reply"]
    assert [one["comment"] for one in shown["audit"]] == ["请写明整改时间", None]
    assert shown["query_code"] == STARS


def test_units_read_notes_of_the_hotline_that_it_shares(made: dict[str, Ticket]) -> None:
    one = made["normal"]
    notes = [
        event for event in seen(one, "unit_handler")["events"] if event["command"] == "add_note"
    ]
    assert [note["data"] for note in notes] == [{}]
    shared = [
        event.model_copy(update={"data": event.data | {"shared": True}})
        if event.command == "add_note"
        else event
        for event in one.events
    ]
    told = seen(one.changed(events=shared), "unit_handler")
    assert "与工地有旧怨" in str(told["events"])


def test_an_agent_sees_whom_he_registered_and_whom_he_first_answered(
    made: dict[str, Ticket],
) -> None:
    one = made["report"]
    for who in (
        Viewer("1001", frozenset({"agent"})),
        Viewer("y", frozenset({"agent"}), agent_no="1001"),
    ):
        shown = view(one.changed(first_agent_no="1001"), who)
        assert shown is not None and shown["requester_name"] == NAME
    other = view(one.changed(first_agent_no="1001"), Viewer("1002", frozenset({"agent"})))
    assert other is not None and other["requester_name"] == STARS


def test_r_6_3_a_unit_that_assists_in_a_complaint_about_itself_sees_it_as_a_report(
    made: dict[str, Ticket],
) -> None:
    one = made["normal"].changed(acceptance_basis="6.3", target_unit="SLJ")
    shown = seen(one, "unit_handler")
    assert shown["content"] == UNIT_TEXT and NAME not in str(shown)
    assert seen(one.changed(target_unit="ZJJ"), "unit_handler")["requester_name"] == NAME


def test_r_7_3_of_secrets_and_privacy_nobody_reads_the_words(made: dict[str, Ticket]) -> None:
    one = made["normal"].changed(reject_code="N3")
    for role in sorted(TABLE):
        shown = seen(one, role, own=True)
        assert (shown["title"], shown["content"], shown["transcript"]) == (STARS, STARS, None)
        assert "施工" not in str(shown)


def test_of_several_roles_the_most_is_seen_but_a_unit_stays_a_unit(
    made: dict[str, Ticket],
) -> None:
    one = made["confidential"]
    both = sights(one, Viewer("x", frozenset({"agent", "supervisor", "admin"})))
    assert both is not None
    assert dict(both) == TABLE["supervisor"][Case.HIDDEN]
    mixed = view(one, Viewer("x", frozenset({"supervisor", "unit_leader"}), unit="SLJ"))
    assert mixed is not None and mixed["content"] == UNIT_TEXT
    assert sights(one, Viewer("x", frozenset({"supervisor", "unit_leader"}), unit="ZJJ")) is None


def test_no_row_of_the_table_hides_the_plain_facts() -> None:
    for rows in TABLE.values():
        assert rows.keys() == set(Case)
        assert all(row.keys() == set(Group) for row in rows.values())


@pytest.mark.parametrize(
    ("text", "starred"),
    [
        ("电话13912345678。", "电话***。"),
        ("１３９１２３４５６７８", "***"),
        ("139 1234-5678，下同", "***，下同"),
        ("幺三九，一二三四，五六七八", "***"),
        ("+86-139.1234.5678", "+86-***"),
        ("欧 阳 明 轩", "***"),
        ("欧阳·明轩说", "***说"),
        ("13912345679", "13912345679"),
        ("门牌139号", "门牌139号"),
        ("", ""),
    ],
)
def test_names_and_numbers_are_found_in_any_spelling(text: str, starred: str) -> None:
    who = Identity(frozenset({NAME}), frozenset({PHONE}))
    assert who.scrubbed(text) == starred


@pytest.mark.parametrize("name", ["··", "." * 20 + "x", "..", " 王 "])
def test_names_of_nothing_but_gaps_are_none(name: str) -> None:
    text = "." * 40 + "路灯··王"
    assert Identity(frozenset({name}), frozenset()).scrubbed(text) == text


def test_numbers_are_masked() -> None:
    assert masked_number("13800000001") == "138****0001"
    assert masked_number("052712345678") == "0527****5678"
    assert masked_number("88881234") == "****1234"
    assert masked_number("8881234") == "***1234"
    assert masked_number("12345") == STARS
