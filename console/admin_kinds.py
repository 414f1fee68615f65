"""Who may read and change which of the city's data (domain.md §2.2)."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import StringConstraints

from console.account_rows import Account
from console.errors import ApiError
from ticketing.city_files import NAMES
from ticketing.signature import LONGEST_REASON
from ticketing.workflow.terms import UNIT_ROLES, Role

Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_REASON)
]
"""Why something is changed (变更原因); it stays with the version."""

_ADMIN: frozenset[Role] = frozenset({"admin"})
_LEADING: frozenset[Role] = frozenset({"admin", "supervisor", "center_head"})
_EDITING: frozenset[Role] = frozenset({"admin", "kb_editor"})

EDITORS: Mapping[str, frozenset[Role]] = {
    **dict.fromkeys(NAMES, _ADMIN),
    "contacts": _LEADING,
    "roster": _LEADING | UNIT_ROLES,
    "holidays": _LEADING,
    "notices": _LEADING,
    "agents": _LEADING,
    "pauses": _LEADING,
    "prompts": _LEADING,
    "places": _EDITING,
    "sms": _LEADING,
}
"""Who changes a kind; units' people only what is their unit's."""

READERS: frozenset[Role] = frozenset(
    {"admin", "supervisor", "center_head", "dispatcher", "kb_editor", "auditor"}
)
"""Who reads every kind."""
OF_UNITS = frozenset({"contacts", "roster", "holidays"})
"""What units' people read, too: of contacts and rosters those of their unit."""

ANY_READER: frozenset[Role] = READERS | UNIT_ROLES
ANY_EDITOR: frozenset[Role] = frozenset().union(*EDITORS.values())


def may_read(account: Account, kind: str) -> bool:
    """Whether one of the roles may."""
    roles = set(account.roles)
    return bool(roles & READERS) or (bool(roles & UNIT_ROLES) and kind in OF_UNITS)


def may_edit(account: Account, kind: str) -> bool:
    """Whether one of the roles may change some of it."""
    return bool(set(account.roles) & EDITORS[kind])


def own_codes(account: Account, kind: str) -> str | None:
    """The only entry that the account's roles let it see or change; None: every one."""
    wide = set(account.roles) - UNIT_ROLES
    if wide & (READERS | EDITORS[kind]) or kind == "holidays":
        return None
    return account.unit or ""


def known(kind: str) -> str:
    """The name of a kind. Raises ApiError."""
    if kind not in NAMES:
        fix = f"请从{'、'.join(NAMES)}中选择"
        raise ApiError(404, "unknown_kind", "kind", f"没有{kind[:40]}这类数据", fix)
    return kind


def not_yours(kind: str) -> ApiError:
    """403: none of the roles may do this with the kind."""
    message = f"您的角色不能查看或修改{NAMES[kind].title}"
    fix = f"请由以下角色办理：{'、'.join(sorted(EDITORS[kind]))}"
    return ApiError(403, "not_allowed", None, message, fix)
