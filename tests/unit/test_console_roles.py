"""Every operation of the document: which roles it lets in, and that strangers stay out."""

import re
from typing import Any

from console.account_rules import ROLES
from tests.console_kit import Api

MATTER = {"content": "停水", "request_type": "help", "region_code": "321302"}
SIGNED_IN = {"roles": list(ROLES)}
READERS = {
    "agent", "dispatcher", "callback_agent", "supervisor", "center_head", "unit_handler",
    "unit_leader", "inspector", "leader", "auditor",
}  # fmt: skip
INBOXES = {
    "agent", "dispatcher", "callback_agent", "supervisor", "center_head", "unit_handler",
    "unit_leader",
}  # fmt: skip
ALL = set(ROLES)
ADMIN_READERS = {
    "admin", "supervisor", "center_head", "dispatcher", "kb_editor", "auditor", "unit_handler",
    "unit_leader",
}  # fmt: skip
ADMIN_EDITORS = {
    "admin", "supervisor", "center_head", "kb_editor", "unit_handler", "unit_leader",
}  # fmt: skip
LISTENERS = {"agent", "supervisor", "center_head", "dispatcher", "callback_agent"}
MATRIX: dict[str, set[str] | str] = {
    "session.sign_in": "public",
    "session.show": ALL,
    "session.sign_out": ALL,
    "session.change_password": ALL,
    "session.begin_totp": ALL,
    "session.confirm_totp": ALL,
    "session.end_totp": ALL,
    "session.list_sessions": ALL,
    "session.end_session": ALL,
    "session.show_settings": ALL,
    "session.choose_settings": ALL,
    "accounts.list_accounts": {"security_admin", "auditor"},
    "accounts.add": {"security_admin"},
    "accounts.show": {"security_admin", "auditor"},
    "accounts.change": {"security_admin"},
    "accounts.reset_password": {"security_admin"},
    "accounts.reset_totp": {"security_admin"},
    "accounts.disable": {"security_admin"},
    "accounts.enable": {"security_admin"},
    "accounts.journal": {"security_admin", "auditor"},
    "printing.export": READERS,
    "printing.print_ticket": READERS,
    "tickets.list_tickets": READERS,
    "tickets.search": READERS,
    "tickets.create": {"agent"},
    "tickets.show": READERS,
    "tickets.events": READERS,
    "tickets.people": READERS,
    "tickets.repeats": READERS,
    "tickets.commands": READERS,
    "tickets.do_command": READERS,
    "attachments.list_files": READERS,
    "attachments.attach": READERS,
    "attachments.open_file": READERS,
    "attachments.release": {"dispatcher", "supervisor", "center_head"},
    "matters.another": {"agent", "dispatcher", "callback_agent", "supervisor", "center_head"},
    "matters.link_call": {"agent", "dispatcher", "callback_agent", "supervisor", "center_head"},
    "intake.take": {"system"},
    "intake.look": {"system"},
    "calls.list_calls": LISTENERS,
    "calls.search": LISTENERS,
    "calls.show_call": LISTENERS,
    "callers.caller": {"agent", "callback_agent", "supervisor", "center_head"},
    "calls.list_recordings": LISTENERS,
    "policies.list_policies": ADMIN_READERS - {"unit_handler", "unit_leader"},
    "policies.try_policy": {"admin", "center_head", "supervisor"},
    "policies.enact": {"admin", "center_head"},
    "policies.withdraw": {"admin", "center_head"},
    "recordings.listen": LISTENERS,
    "recordings.audio": LISTENERS,
    "recordings.voice_messages": LISTENERS,
    "recordings.listenings": {"supervisor", "center_head", "auditor"},
    "lookups.units": ALL,
    "lookups.regions": ALL,
    "lookups.groups": ALL,
    "lookups.bases": ALL,
    "lookups.list_phrases": ALL,
    "lookups.categories": ALL,
    "lookups.places": ALL,
    "lookups.workflow": ALL,
    "lookups.read_heat": {"agent", "callback_agent", "supervisor", "center_head"},
    "lookups.suggest": READERS,
    "knowledge.list_entries": READERS | {"kb_editor"},
    "knowledge.suggest": READERS | {"kb_editor"},
    "knowledge.show": READERS | {"kb_editor"},
    "knowledge.citations": {"supervisor", "center_head", "auditor"},
    "knowledge.propose": {"unit_handler", "unit_leader", "kb_editor"},
    "knowledge.revise": {"unit_handler", "unit_leader", "kb_editor"},
    "knowledge.approve": {"kb_editor", "center_head"},
    "knowledge.reject": {"kb_editor", "center_head"},
    "knowledge.retire": {"kb_editor", "center_head"},
    "messages.receive": "gateway",
    "reporters.unit_content": {"dispatcher", "supervisor", "center_head"},
    "reporters.reveal": {"dispatcher", "supervisor", "center_head"},
    "phone.credentials": {"agent", "supervisor", "callback_agent"},
    "line.contact": {"unit_handler", "unit_leader"},
    "line.call": {"agent", "callback_agent", "dispatcher", "supervisor"},
    **{
        f"desk.{name}": {"agent", "supervisor", "callback_agent"}
        for name in (
            "show",
            "targets",
            "login",
            "logout",
            "pause",
            "resume",
            "auto_answer",
            "hang_up",
            "hold",
            "unhold",
            "three_way",
            "three_way_drop",
            "call_off",
            "drop",
            "emergency",
            "emergency_undo",
            "transfer",
            "consult",
            "complete",
            "join",
            "take_back",
            "refer_up",
        )
    },
    "reporters.access": {"supervisor", "center_head", "auditor"},
    "drafts.list_drafts": ALL,
    "drafts.show": ALL,
    "drafts.save": ALL,
    "drafts.remove": ALL,
    "drafts.take": {"agent", "supervisor", "center_head"},
    "duty.on_duty": {
        "agent",
        "dispatcher",
        "callback_agent",
        "supervisor",
        "center_head",
        "unit_handler",
        "unit_leader",
    },
    "duty.coverage": ADMIN_READERS,
    "duty.notices": ALL,
    "line_data.draw": ADMIN_READERS - {"unit_handler", "unit_leader"},
    "line_data.prompts": ADMIN_READERS - {"unit_handler", "unit_leader"},
    "line_data.listen": {"admin", "supervisor", "center_head"},
    "line_data.reveal_phone": {"admin"},
    "admin.kinds": ADMIN_READERS,
    "admin.entries": ADMIN_READERS,
    "admin.change": ADMIN_EDITORS,
    "admin.versions": ADMIN_READERS,
    "admin.version_changes": ADMIN_READERS,
    "admin.restore": ADMIN_EDITORS,
    **{f"inbox.{name}": INBOXES for name in ("count", "list_tasks", "news", "take", "lease")},
    "inbox.show_situation": READERS,
    **{f"filters.{name}": ALL for name in ("list_filters", "save", "remove")},
    "dispatches.dispatch": {"agent", "dispatcher"},
}
"""Who may use what (domain.md §2.2, §2.3, §2.6); a new operation has to be written down here."""


async def operations(api: Api) -> dict[str, tuple[str, str, Any]]:
    """Method, path and description by operationId."""
    document = (await api.ask(None, "GET", "/api/openapi.json")).body
    return {
        told["operationId"]: (method.upper(), path, told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    }


async def test_the_document_says_who_may_use_what(api: Api) -> None:
    found = await operations(api)
    assert found.keys() == MATRIX.keys()
    for name, (_, _, told) in found.items():
        roles = told["x-roles"]
        allowed = (
            ALL if roles == "signed_in" else roles if roles in ("public", "gateway") else set(roles)
        )
        assert allowed == MATRIX[name], name


async def test_each_role_is_let_in_or_kept_out(api: Api) -> None:
    for name, (method, path, told) in (await operations(api)).items():
        allowed = MATRIX[name]
        if allowed in ("public", "gateway"):
            continue
        place = re.sub(r"{(\w+)}", lambda found: _part(found[1]), path)
        if name in ("lookups.places", "tickets.search"):
            place += "?q=xfjy"
        if name == "lookups.read_heat":
            place += "?category_l2=0101&region=321302"
        body = {} if "requestBody" in told else None
        headers = {"If-Match": "1"}
        for role in ROLES:
            said = await api.ask(role, method, place, body, headers=headers)
            if role in allowed:
                is_refused = said.status == 403
                assert not is_refused, (name, role, said.body)
                assert said.status in (200, 201, 401, 404, 415, 422, 503), (name, role, said.body)
            else:
                assert (said.status, said.error) == (403, ("not_allowed", None)), (name, role)
        stranger = await api.ask(None, method, place, body, headers=headers)
        assert (stranger.status, stranger.error) == (401, ("unauthenticated", None)), name
        beside = {"GET"} if name == "knowledge.suggest" else set()  # is read as a code
        for other in {"GET", "POST", "PUT", "DELETE", "PATCH"} - await _methods(api, path) - beside:
            said = await api.ask("supervisor", other, place, body)
            assert (said.status, said.error) == (405, ("method_not_allowed", None)), (name, other)


async def test_a_ticket_that_one_may_not_know_is_not_there(api: Api) -> None:
    """A unit's people learn nothing of another unit's tickets, by no way."""
    made = await api.parts.tickets.create(MATTER, actor="1001", role="agent", at=api.now)
    base = f"/api/tickets/{made.ticket_no}"
    for method, path in (
        ("GET", base),
        ("GET", f"{base}/events"),
        ("GET", f"{base}/people"),
        ("GET", f"{base}/commands"),
        ("POST", f"{base}/commands/sign"),
        ("POST", f"{base}/commands/add_note"),
    ):
        body = {} if method == "POST" else None
        said = await api.ask("unit_handler", method, path, body, headers={"If-Match": "1"})
        assert (said.status, said.error) == (404, ("unknown_ticket", "ticket_no")), path
    assert (await api.parts.tickets.read(made.ticket_no)).version == 1


async def _methods(api: Api, path: str) -> set[str]:
    document = (await api.ask(None, "GET", "/api/openapi.json")).body
    return {method.upper() for method in document["paths"][path]}


def _part(name: str) -> str:
    return {"ticket_no": "SQ261001000001", "command": "accept", "channel": "web"}.get(name, "x")
