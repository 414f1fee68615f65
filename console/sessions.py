"""Who asks: signing in by password (sessions in a cookie) and tokens of machines."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from console import passwords
from console.accounts import (
    Account,
    account_of,
    check_password,
    end_sessions,
    must_row,
    note,
    row_of,
)
from console.errors import ApiError, unauthenticated
from store.engine import Store
from store.tables_console import account, api_token, console_session
from store.types import JsonObject, local_iso, to_utc

IDLE = timedelta(hours=1)
"""A session that was not used for so long has ended."""
LIFETIME = timedelta(hours=12)
"""Every session ends after so long: one shift."""
FAILURES = 5
"""So many wrong passwords in a row lock the account …"""
LOCKED = timedelta(minutes=15)
"""… for so long. Tokens go on."""
TOUCH = timedelta(minutes=1)
"""How exactly the last use is kept."""
PREFIX = "hl"
COOKIE = "hotline_session"


@dataclass(frozen=True)
class Session:
    """A session that has just begun."""

    account: Account
    secret: str
    """What the cookie holds."""
    expires_at: datetime


class Sessions:
    """Sessions and tokens of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def sign_in(
        self, name: str, password: str, new_password: str | None, *, address: str, at: datetime
    ) -> Session:
        """Begins a session; `new_password` takes the place of `password`.

        Raises ApiError: 401 for a wrong name or password, 403 `password_change_required` where
        the password was made up by somebody else, 429 `locked` after too many failures.
        """
        async with self._store.read() as db:
            row = await row_of(db, name)
        if row is not None and row["locked_until"] is not None and row["locked_until"] > at:
            raise _locked(row["locked_until"], at)
        right = await passwords.is_right(password, row["password_hash"] if row else None)
        if row is None:
            raise _wrong()
        if not right or row["disabled_at"] is not None:
            await self._failed(name, address, at, "disabled" if right else "wrong_password")
            raise _wrong()
        hashed = None
        if new_password is not None:
            hashed = await passwords.hashed(check_password(new_password))
        elif row["must_change"]:
            raise ApiError(
                403, "password_change_required", "new_password", "这是一次性密码，须先修改",
                "请同时提交新密码 new_password",
            )  # fmt: skip
        return await self._begin(name, hashed, address, at)

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

    async def sign_out(self, secret: str, *, address: str, at: datetime) -> None:
        """Ends a session."""
        key = passwords.digest(secret)
        async with self._store.write() as db:
            this = console_session.c.hash == key
            name = await db.scalar(sa.delete(console_session).where(this).returning(
                console_session.c.name))  # fmt: skip
            if name is not None:
                await note(db, name, "sign_out", by=name, at=at, address=address)

    async def new_token(
        self, name: str, label: str, *, days: int, by: str, at: datetime
    ) -> tuple[str, JsonObject]:
        """A bearer token, told this once, and what is kept of it. Raises Refusal."""
        secret = passwords.new_secret()
        token_id = passwords.digest(passwords.new_secret())[:10]
        row = {
            "token_id": token_id,
            "name": name,
            "label": label[:100],
            "hash": passwords.digest(secret),
            "created_at": to_utc(at),
            "expires_at": to_utc(at) + timedelta(days=days),
        }
        async with self._store.write() as db:
            await must_row(db, name)
            await db.execute(sa.insert(api_token), row)
            told = {"token_id": token_id, "label": label[:100], "days": days}
            await note(db, name, "token", by=by, at=at, data=told)
        return f"{PREFIX}_{token_id}_{secret}", {**told, "name": name}

    async def of_token(self, token: str, at: datetime) -> Account:
        """Whose token it is; raises ApiError 401."""
        prefix, _, rest = token.partition("_")
        token_id, _, secret = rest.partition("_")
        kept = api_token.c
        query = sa.select(
            account, kept.hash, kept.expires_at, kept.last_used_at, kept.revoked_at
        ).join(api_token)
        async with self._store.read() as db:
            row = (await db.execute(query.where(kept.token_id == token_id))).mappings().first()
        if row is None or prefix != PREFIX:
            raise unauthenticated()
        right = passwords.is_same(passwords.digest(secret), row["hash"])
        ended = row["revoked_at"] is not None or row["disabled_at"] is not None
        if not right or ended or at >= row["expires_at"]:
            raise unauthenticated()
        if row["last_used_at"] is None or at >= row["last_used_at"] + TOUCH:
            used = sa.update(api_token).where(api_token.c.token_id == token_id)
            await self._store.post(used.values(last_used_at=to_utc(at)))
        return account_of(row)

    async def tokens(self, name: str | None = None) -> list[JsonObject]:
        """The tokens, newest first; no secrets."""
        query = sa.select(api_token).order_by(api_token.c.created_at.desc())
        if name is not None:
            query = query.where(api_token.c.name == name)
        async with self._store.read() as db:
            rows = (await db.execute(query)).mappings().all()
        times = ("created_at", "expires_at", "last_used_at", "revoked_at")
        words = ("token_id", "name", "label")
        return [
            {**{key: row[key] for key in words}, **{key: local_iso(row[key]) for key in times}}
            for row in rows
        ]

    async def revoke(self, token_id: str, *, by: str, at: datetime) -> bool:
        """Ends a token; False where there is none of that id."""
        ended = sa.update(api_token).where(api_token.c.token_id == token_id)
        async with self._store.write() as db:
            name = await db.scalar(ended.values(revoked_at=to_utc(at)).returning(api_token.c.name))
            if name is None:
                return False
            await note(db, name, "revoke", by=by, at=at, data={"token_id": token_id})
            return True

    # Inside

    async def _begin(self, name: str, hashed: str | None, address: str, at: datetime) -> Session:
        secret, expires_at = passwords.new_secret(), to_utc(at) + LIFETIME
        async with self._store.write() as db:
            known = await must_row(db, name)
            if known["locked_until"] is not None and known["locked_until"] > at:
                raise _locked(known["locked_until"], at)  # by attempts at the same time
            values: JsonObject = {"failures": 0, "locked_until": None}
            if hashed is not None:
                values |= {"password_hash": hashed, "must_change": False}
                await end_sessions(db, name)
                await note(db, name, "password", by=name, at=at, address=address)
            await db.execute(sa.update(account).where(account.c.name == name).values(values))
            old = console_session.c.expires_at < to_utc(at)
            await db.execute(sa.delete(console_session).where(old))
            row = {
                "hash": passwords.digest(secret),
                "name": name,
                "created_at": to_utc(at),
                "last_used_at": to_utc(at),
                "expires_at": expires_at,
            }
            await db.execute(sa.insert(console_session), row)
            await note(db, name, "sign_in", by=name, at=at, address=address)
            return Session(account_of(await must_row(db, name)), secret, expires_at)

    async def _failed(self, name: str, address: str, at: datetime, why: str) -> None:
        async with self._store.write() as db:
            row = await must_row(db, name)
            failures = row["failures"] + 1
            locks = failures >= FAILURES
            values = {
                "failures": 0 if locks else failures,
                "locked_until": to_utc(at) + LOCKED if locks else row["locked_until"],
            }
            await db.execute(sa.update(account).where(account.c.name == name).values(values))
            data = {"reason": why, "locked": locks}
            await note(db, name, "sign_in_failed", by=name, at=at, address=address, data=data)


def _wrong() -> ApiError:
    return ApiError(401, "wrong_password", None, "账号或密码不正确", "请核对后再试")


def _locked(until: datetime, at: datetime) -> ApiError:
    seconds = max(1, round((until - at).total_seconds()))
    return ApiError(
        429, "locked", None, "密码多次错误，账号已暂时锁定",
        f"请于{local_iso(until)}后再试，或请安全管理员解锁", {"Retry-After": str(seconds)},
    )  # fmt: skip
