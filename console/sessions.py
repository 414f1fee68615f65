"""Signing in with a password and a second factor; sessions, each in a cookie of its own."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from console import passwords, second_factor
from console.account_rows import (
    Account,
    account_of,
    change,
    end_sessions,
    must_row,
    note,
    row_of,
)
from console.account_rules import check_password
from console.errors import ApiError, invalid, unauthenticated
from store.engine import Store
from store.tables_console import account, console_session
from store.types import SHANGHAI, JsonObject, local_iso, to_utc

IDLE = timedelta(hours=1)
"""A session that was not used for so long has ended."""
LIFETIME = timedelta(hours=12)
"""Every session ends after so long: one shift."""
FAILURES = 5
"""So many wrong passwords or codes in a row lock the account …"""
LOCKED = timedelta(minutes=15)
"""… for so long. Tokens go on."""
TOUCH = timedelta(minutes=1)
"""How exactly the last use is kept."""
COOKIE = "hotline_session"
_ID = 16
"""Digits of a session's hash that name it in lists."""
_BROWSER = 200


@dataclass(frozen=True)
class Place:
    """Where somebody signs in from."""

    address: str
    browser: str | None = None
    """What the browser calls itself."""


@dataclass(frozen=True)
class Session:
    """A session that has just begun."""

    account: Account
    secret: str
    """What the cookie holds."""
    expires_at: datetime


class _WrongCode(Exception):
    """The second factor was not the right one."""


class Sessions:
    """Sessions of a store. Methods that write return after the commit."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def sign_in(
        self,
        name: str,
        password: str,
        *,
        place: Place,
        at: datetime,
        new_password: str | None = None,
        code: str | None = None,
    ) -> Session:
        """Begins a session; `new_password` takes the place of `password`.

        Raises ApiError: 401 for a wrong name, password or code, and `code_required` where the
        account has a second factor; 403 `password_change_required` where the password was made
        up by somebody else; 429 `locked` after too many failures.
        """
        row = await self._known(name, password, place.address, at)
        if row["disabled_at"] is not None:
            await self._failed(name, place.address, at, "disabled")
            raise _wrong_password()
        if row["totp_since"] is not None and code is None:
            raise ApiError(
                401, "code_required", "code", "此账号须使用动态口令登录",
                "请同时填写手机上的6位动态口令 code；手机不在身边时可用恢复码",
            )  # fmt: skip
        hashed = None
        if new_password is not None:
            hashed = await passwords.hashed(_other(name, new_password, password))
        elif row["must_change"]:
            raise ApiError(
                403, "password_change_required", "new_password", "这是一次性密码，须先修改",
                "请同时提交新密码 new_password",
            )  # fmt: skip
        try:
            return await self._begin(row, hashed, code, place, at)
        except _WrongCode:
            await self._failed(name, place.address, at, "wrong_code")
            raise ApiError(
                401,
                "wrong_code",
                "code",
                "动态口令不正确或已用过",
                "请等待手机显示下一个口令后再试",
            ) from None

    async def of_session(self, secret: str, at: datetime, *, uses: bool = True) -> Account:
        """Whose session it is; raises ApiError 401. `uses`: it counts as used, and lasts on."""
        key = passwords.digest(secret)
        kept = console_session.c
        query = sa.select(account, kept.last_used_at, kept.expires_at)
        query = query.join(console_session).where(kept.hash == key)
        async with self._store.read() as db:
            row = (await db.execute(query)).mappings().first()
        if row is None or row["disabled_at"] is not None:
            raise unauthenticated()
        if at >= row["expires_at"] or at >= row["last_used_at"] + IDLE:
            raise unauthenticated()
        if uses and at >= row["last_used_at"] + TOUCH:
            used = sa.update(console_session).where(console_session.c.hash == key)
            await self._store.post(used.values(last_used_at=to_utc(at)))
        return account_of(row)

    async def end_of(self, secret: str) -> datetime:
        """When a session ends at the latest; raises ApiError 401 where there is none."""
        key = passwords.digest(secret)
        async with self._store.read() as db:
            query = sa.select(console_session.c.expires_at).where(console_session.c.hash == key)
            ends: datetime | None = await db.scalar(query)
        if ends is None:
            raise unauthenticated()
        return ends

    async def list(self, name: str, secret: str | None, at: datetime) -> list[JsonObject]:
        """Somebody's sessions that hold, newest first; `secret`: of the one that asks."""
        kept = console_session.c
        holds = (kept.expires_at > to_utc(at)) & (kept.last_used_at > to_utc(at) - IDLE)
        query = sa.select(console_session).where(kept.name == name, holds)
        async with self._store.read() as db:
            rows = (await db.execute(query.order_by(kept.created_at.desc()))).mappings().all()
        this = passwords.digest(secret) if secret is not None else None
        return [
            {
                "session_id": row["hash"][:_ID],
                "started_at": local_iso(row["created_at"]),
                "last_used_at": local_iso(row["last_used_at"]),
                "expires_at": local_iso(row["expires_at"]),
                "address": row["address"],
                "browser": row["browser"],
                "is_this": row["hash"] == this,
            }
            for row in rows
        ]

    async def end(self, name: str, session_id: str, *, place: Place, at: datetime) -> bool:
        """Ends one of somebody's own sessions; False where he has none of that id."""
        kept = console_session.c
        this = (kept.name == name) & (sa.func.substr(kept.hash, 1, _ID) == session_id)
        async with self._store.write() as db:
            ended = await db.execute(sa.delete(console_session).where(this))
            if ended.rowcount:
                data = {"session_id": session_id}
                await note(db, name, "sign_out", by=name, at=at, address=place.address, data=data)
            return bool(ended.rowcount)

    async def sign_out(self, secret: str, *, place: Place, at: datetime) -> None:
        """Ends a session."""
        key = passwords.digest(secret)
        async with self._store.write() as db:
            this = console_session.c.hash == key
            name = await db.scalar(sa.delete(console_session).where(this).returning(
                console_session.c.name))  # fmt: skip
            if name is not None:
                await note(db, name, "sign_out", by=name, at=at, address=place.address)

    async def change_password(
        self, name: str, secret: str, password: str, new_password: str, *, place: Place,
        at: datetime,
    ) -> None:  # fmt: skip
        """Somebody's own password; his other sessions end. Raises ApiError and Refusal."""
        await self.check_password(name, password, place=place, at=at)
        hashed = await passwords.hashed(_other(name, new_password, password))
        async with self._store.write() as db:
            await change(db, name, password_hash=hashed, must_change=False)
            await end_sessions(db, name, but=passwords.digest(secret))
            await note(db, name, "password", by=name, at=at, address=place.address)

    async def check_password(self, name: str, password: str, *, place: Place, at: datetime) -> None:
        """Whoever sits there is who signed in. Raises ApiError; failures count for the lock-out."""
        try:
            await self._known(name, password, place.address, at)
        except ApiError as error:
            if error.status != 401:
                raise
            # 401 would mean that the session has ended.
            raise ApiError(403, error.code, "password", "密码不正确", error.fix) from None

    # Inside

    async def _known(self, name: str, password: str, address: str, at: datetime) -> sa.RowMapping:
        """The account's row, whose password it is. Raises ApiError 401 and 429."""
        async with self._store.read() as db:
            row = await row_of(db, name)
        if row is not None and row["locked_until"] is not None and row["locked_until"] > at:
            raise _locked(row["locked_until"], at)
        try:
            kept = row["password_hash"] if row else None
            right = await passwords.is_right(password, kept, address)
        except passwords.Busy:
            raise _busy() from None
        if row is None:
            raise _wrong_password()
        if not right:
            await self._failed(name, address, at, "wrong_password")
            raise _wrong_password()
        return row

    async def _begin(
        self, seen: sa.RowMapping, hashed: str | None, code: str | None, place: Place, at: datetime
    ) -> Session:
        name: str = seen["name"]
        secret, expires_at = passwords.new_secret(), to_utc(at) + LIFETIME
        async with self._store.write() as db:
            known = await must_row(db, name)
            if known["locked_until"] is not None and known["locked_until"] > at:
                raise _locked(known["locked_until"], at)  # by attempts at the same time
            same = known["password_hash"] == seen["password_hash"]
            if not same or known["disabled_at"] is not None:  # changed at the same time
                raise _wrong_password()
            factor = await _second_factor(db, known, code, at)
            values: JsonObject = {"failures": 0, "locked_until": None}
            if hashed is not None:
                values |= {"password_hash": hashed, "must_change": False}
                await end_sessions(db, name)
                await note(db, name, "password", by=name, at=at, address=place.address)
            await change(db, name, **values)
            old = console_session.c.expires_at < to_utc(at)
            await db.execute(sa.delete(console_session).where(old))
            row = {
                "hash": passwords.digest(secret),
                "name": name,
                "created_at": to_utc(at),
                "last_used_at": to_utc(at),
                "expires_at": expires_at,
                "address": place.address,
                "browser": (place.browser or "")[:_BROWSER] or None,
            }
            await db.execute(sa.insert(console_session), row)
            data = {"factor": factor} if factor is not None else {}
            await note(db, name, "sign_in", by=name, at=at, address=place.address, data=data)
            return Session(account_of(await must_row(db, name)), secret, expires_at)

    async def _failed(self, name: str, address: str, at: datetime, why: str) -> None:
        async with self._store.write() as db:
            row = await must_row(db, name)
            failures = row["failures"] + 1
            locks = failures >= FAILURES
            until = to_utc(at) + LOCKED if locks else row["locked_until"]
            await change(db, name, failures=0 if locks else failures, locked_until=until)
            data = {"reason": why, "locked": locks}
            await note(db, name, "sign_in_failed", by=name, at=at, address=address, data=data)


async def _second_factor(
    db: AsyncConnection, row: sa.RowMapping, code: str | None, at: datetime
) -> str | None:
    """Which factor the code is; None where the account has none. Raises _WrongCode."""
    if row["totp_since"] is None:
        return None
    used = await second_factor.use(db, row, code or "", at)
    if used is None:
        raise _WrongCode
    return used


def _other(login: str, new_password: str, password: str) -> str:
    """A new password that is one. Raises ApiError and Refusal."""
    if new_password == password:
        raise invalid("new_password", "新密码与原密码相同", "请使用另一个密码")
    return check_password(new_password, login)


def _wrong_password() -> ApiError:
    return ApiError(401, "wrong_password", None, "账号或密码不正确", "请核对后再试")


def _busy() -> ApiError:
    return ApiError(429, "busy", None, "同时登录的人太多", "请过几秒再试", {"Retry-After": "5"})


def _locked(until: datetime, at: datetime) -> ApiError:
    seconds = max(1, round((until - at).total_seconds()))
    return ApiError(
        429, "locked", None, "密码多次错误，账号已暂时锁定",
        f"请于{until.astimezone(SHANGHAI):%H:%M}后再试，或请安全管理员解锁",
        {"Retry-After": str(seconds)},
    )  # fmt: skip
