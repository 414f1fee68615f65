"""Bearer tokens (令牌) of programs."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from console import passwords
from console.account_rows import Account, account_of, must_row, note
from console.errors import unauthenticated
from store.engine import Store
from store.tables_console import account, api_token
from store.types import JsonObject, JsonObjects, local_iso, to_utc

PREFIX = "hl"
TOUCH = timedelta(minutes=1)
"""How exactly the last use is kept."""


class Tokens:
    """All tokens of a store. Methods that write return after the commit."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(
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

    async def owner(self, token: str, at: datetime) -> Account:
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

    async def list(self, name: str | None = None) -> JsonObjects:
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
