"""Column types and the small conversions at the store's edges."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

JsonObject = dict[str, Any]
JsonObjects = list[JsonObject]

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has one time zone and no summer time, so no time zone database is needed."""


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, UTC in the store; a datetime without a zone is refused with ValueError."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        value = to_utc(value)
        # SQLite keeps text without an offset.
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def to_utc(at: datetime) -> datetime:
    """The same instant in UTC; ValueError for a datetime without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"datetime without a time zone: {at.isoformat()}; use an aware datetime")
    return at.astimezone(UTC)


def local_iso(at: datetime | None) -> str | None:
    """ISO 8601 with +08:00; milliseconds only where there are some (contract: times)."""
    if at is None:
        return None
    spec = "milliseconds" if at.microsecond >= 1000 else "seconds"
    return at.astimezone(SHANGHAI).isoformat(timespec=spec)


def twice(pairs: Sequence[tuple[str, object]]) -> str | None:
    """The key of a JSON object that stands twice: nobody knows which value is meant."""
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            return key
        seen.add(key)
    return None


def canonical_json(value: object) -> str:
    """One text for one value, so that a hash over it can be computed again."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chain_hash(prev: str, entry: Sequence[str | int | None]) -> str:
    """The hash of an entry that follows `prev` in a chain (哈希链); hex SHA-256."""
    return hashlib.sha256((prev + canonical_json(entry)).encode()).hexdigest()


GENESIS = "0" * 64
"""What the first entry of every chain follows."""
