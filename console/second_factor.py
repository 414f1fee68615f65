"""The second factor (动态口令): codes of an authenticator (TOTP, RFC 6238), codes for its loss.

The secret and what is kept of the recovery codes are encrypted under the master key. A code is for
one use: the time step of the last one is kept, and a recovery code is struck off.
"""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyotp
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from console import passwords
from console.account_rows import Account, change, must_row, note
from console.errors import ApiError
from console.settings import ConsoleSettings
from store.engine import Store, vault_of
from store.types import JsonObject, to_utc

ISSUER = "12345热线"
STEP = timedelta(seconds=30)
"""How long a code is shown."""
DRIFT = 1
"""Codes of so many steps before and after are taken, for clocks that differ."""
RECOVERY_CODES = 10
_NONE: JsonObject = {"totp_key": None, "totp_secrets": None, "totp_since": None, "totp_step": None}
_CODE = re.compile(r"[0-9]{6}")


@dataclass(frozen=True)
class Beginning:
    """An enrolment that waits for its first code; shown this once."""

    secret: str
    """Base32, to be typed where no camera is at hand."""
    uri: str
    """otpauth://…, to be shown as a QR code."""


class SecondFactor:
    """The second factors of all accounts of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def begin(self, name: str) -> Beginning:
        """A new secret in the place of one that was never confirmed. Raises ApiError."""
        secret = pyotp.random_base32()
        async with self._store.write() as db:
            if (await must_row(db, name))["totp_since"] is not None:
                raise _has_one()
            await _keep(db, name, {"secret": secret, "recovery": []}, totp_step=None)
        uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)
        return Beginning(secret, uri)

    async def confirm(self, name: str, code: str, *, address: str, at: datetime) -> list[str]:
        """The authenticator works: from now on it is asked for. Recovery codes, told this once.

        Raises ApiError: 409 where nothing was begun, 422 for a wrong code.
        """
        made = [_recovery_code() for _ in range(RECOVERY_CODES)]
        async with self._store.write() as db:
            row = await must_row(db, name)
            if row["totp_since"] is not None:
                raise _has_one()
            if row["totp_secrets"] is None:
                raise ApiError(
                    409, "wrong_state", None, "尚未开始绑定动态口令", "请先获取绑定二维码"
                )
            kept = _opened(db, row)
            step = _step_of(code, kept["secret"], None, at)
            if step is None:
                raise ApiError(
                    422, "wrong_code", "code", "动态口令不正确", "请核对手机时间，填写当前的6位数字"
                )
            kept["recovery"] = [passwords.digest(_plain(one)) for one in made]
            await _keep(db, name, kept, totp_since=to_utc(at), totp_step=step)
            await note(db, name, "totp", by=name, at=at, address=address)
        return made

    async def end(self, name: str, *, by: str, at: datetime, address: str | None = None) -> None:
        """Takes the second factor away, as when a telephone was lost. Raises Refusal."""
        async with self._store.write() as db:
            if (await must_row(db, name))["totp_secrets"] is None:
                return
            await change(db, name, **_NONE)
            await note(db, name, "totp_end", by=by, at=at, address=address)


def check_enrolled(account: Account, settings: ConsoleSettings) -> None:
    """Raises ApiError 403 for somebody who has to enrol one before anything else."""
    if settings.wants_totp(account.roles, account.has_totp):
        raise ApiError(
            403, "totp_required", None, "您的角色须绑定动态口令后才能使用", "请在“我的账号”中绑定"
        )


async def use(db: AsyncConnection, row: sa.RowMapping, code: str, at: datetime) -> str | None:
    """Uses a code up: `totp` or `recovery`; None for a wrong one, or one that was used before.

    `row` is the account's, locked in this transaction.
    """
    kept = _opened(db, row)
    step = _step_of(code, kept["secret"], row["totp_step"], at)
    if step is not None:
        await change(db, row["name"], totp_step=step)
        return "totp"
    mark = passwords.digest(_plain(code))
    for known in kept["recovery"]:
        if passwords.is_same(known, mark):
            kept["recovery"].remove(known)
            await _keep(db, row["name"], kept)
            return "recovery"
    return None


def _step_of(code: str, secret: str, last: int | None, at: datetime) -> int | None:
    """The time step whose code it is; None for none, and for one that is not after `last`."""
    if not _CODE.fullmatch(code):
        return None
    totp = pyotp.TOTP(secret)
    now = int(at.timestamp() // STEP.total_seconds())
    found = None
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step), code):
            found = step
    return found if found is not None and (last is None or found > last) else None


def _recovery_code() -> str:
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))


def _plain(code: str) -> str:
    return re.sub(r"[\s-]", "", code).lower()


def _opened(db: AsyncConnection, row: sa.RowMapping) -> JsonObject:
    cipher = vault_of(db).cipher(_owner(row["name"]), row["totp_key"])
    opened: JsonObject = cipher.open("totp", row["totp_secrets"])
    return opened


async def _keep(db: AsyncConnection, name: str, kept: JsonObject, **values: Any) -> None:
    vault = vault_of(db)
    key = vault.new_key(_owner(name))
    sealed = vault.cipher(_owner(name), key).seal("totp", kept)
    await change(db, name, totp_key=key, totp_secrets=sealed, **values)


def _owner(name: str) -> str:
    return f"account {name}"


def _has_one() -> ApiError:
    return ApiError(
        409, "wrong_state", None, "已绑定动态口令", "更换手机时请先解除绑定，或请安全管理员重置"
    )
