"""Errors of the API: one document for all, with the statuses of contract §6."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from ticketing.field_errors import field_refusal
from ticketing.refusal import Refusal

_ROLE = {"not_allowed", "needs_supervisor", "same_person"}
_STATE = {
    "wrong_state",
    "deadline_passed",
    "extension_pending",
    "no_extension_pending",
    "return_window_closed",
    "already_returned",
    "lead_designated",
    "coordination_without_cause",
    "prior_supervision_required",
    "not_withdrawable",
    "cannot_merge",
    "time_reversed",
    "stale_version",
    "duplicate_key",
}

_STATUS = {
    "unknown_attachment": 404,
    "unknown_account": 404,
    "unknown_knowledge": 404,
    "damaged_attachment": 410,
}


@dataclass
class ApiError(Exception):
    """A request that is answered with an error document."""

    status: int
    code: str
    field: str | None
    """The key, parameter or header at fault; None where it is none of them."""
    message: str
    fix: str
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    beside: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """What the client needs to go on, e.g. what somebody else wrote meanwhile."""

    def to_json(self) -> dict[str, Any]:
        """The error document."""
        told = {"code": self.code, "field": self.field, "message": self.message, "fix": self.fix}
        return {"error": told, **self.beside}


class ErrorBody(BaseModel):
    """What was wrong, and what to do instead."""

    code: str
    """Stable; see the list of codes in docs/api.md."""
    field: str | None
    message: str
    fix: str


class ErrorDocument(BaseModel):
    """The body of every answer with a status of 400 or more."""

    error: ErrorBody


def of_refusal(refusal: Refusal) -> ApiError:
    """Contract §6: 403 for roles, 404 for the ticket of the path, 409 for state, time and
    concurrency, 422 for fields."""
    if refusal.code in _ROLE:
        status = 403
    elif refusal.code == "unknown_ticket" and refusal.field in (None, "ticket"):
        status = 404
    else:
        status = _STATUS.get(refusal.code) or (409 if refusal.code in _STATE else 422)
    return ApiError(status, refusal.code, refusal.field, refusal.message, refusal.fix)


def of_field(error: ErrorDetails, *, prefix: str = "") -> ApiError:
    """What pydantic found wrong with a value."""
    name = prefix + ".".join(str(part) for part in error["loc"] if part != "__root__")
    if error["type"] == "missing":
        message, fix = f"缺少{name}", f"请填写{name}后再提交"
        return ApiError(422, "missing_field", name or None, message, fix)
    if error["type"] == "extra_forbidden":
        return invalid(name, f"没有{name[:60]}这一项", "请去掉此项，或查看接口文档中的名称")
    told = field_refusal(error)
    shown = str(error["input"])[:40]
    return invalid(name or None, f"{name or '内容'}的值“{shown}”无效", told.fix)


def invalid(name: str | None, message: str, fix: str) -> ApiError:
    """422 `invalid_value`."""
    return ApiError(422, "invalid_value", name, message, fix)


def unauthenticated() -> ApiError:
    """401: nobody is signed in."""
    return ApiError(
        401,
        "unauthenticated",
        None,
        "尚未登录，或登录已失效",
        "请重新登录；程序请更换令牌",
        {"WWW-Authenticate": "Bearer"},
    )


def forbidden(roles: Any) -> ApiError:
    """403: none of the user's roles may do this."""
    return ApiError(
        403, "not_allowed", None, "您的角色不能使用此功能", f"请由以下角色办理：{'、'.join(roles)}"
    )
