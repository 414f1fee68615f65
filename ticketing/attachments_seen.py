"""What somebody may know of an attachment (R-23-2, domain.md §1.8b Reporters)."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePath

import sqlalchemy as sa

from store.vault import Cipher
from ticketing.identity import Identity
from ticketing.model import Ticket
from ticketing.records import Instant
from ticketing.sights import Group, Sight
from ticketing.visibility import Viewer, sights

_ERASED = "已删除"


@dataclass(frozen=True)
class Attachment:
    """One file, as somebody may see it."""

    attachment_id: str
    name: str
    """Its own, or one that tells nothing (附件1.jpg)."""
    media_type: str
    size: int
    """Bytes."""
    sha256: str
    shared: bool
    released_at: Instant | None
    uploaded_at: Instant
    uploaded_by: str | None
    """None: the viewer may not know."""
    role: str
    is_readable: bool
    """Whether the viewer may open it."""


def seen(
    row: sa.RowMapping,
    one: Ticket,
    cipher: Cipher | None,
    viewer: Viewer | None,
    own_calls: Collection[str],
) -> Attachment | None:
    """The file as far as the viewer may know of it."""
    kept: str = _ERASED if cipher is None else cipher.open("name", row["name"])
    neutral = f"附件{row['seq']}{PurePath(kept).suffix}"
    if viewer is None:
        return _told(row, kept, is_readable=cipher is not None)
    groups = sights(one, viewer, own_calls)
    if groups is None or groups[Group.MATTER] is Sight.HIDDEN:
        return None
    is_open = groups[Group.MATTER] is Sight.SHOWN
    if viewer.is_unit:
        if row["unit"] == viewer.unit:
            return _told(row, kept)
        if is_open:
            return _told(row, kept) if row["shared"] else None
        return _told(row, neutral, hides_who=True) if row["released_at"] is not None else None
    if not is_open:
        return _told(row, neutral, hides_who=True, is_readable=False)
    is_known = groups[Group.PERSON] is Sight.SHOWN
    return _told(row, kept if is_known else Identity.of(one).scrubbed(kept))


def _told(
    row: sa.RowMapping, name: str, *, hides_who: bool = False, is_readable: bool = True
) -> Attachment:
    return Attachment(
        attachment_id=row["attachment_id"],
        name=name,
        media_type=row["media_type"],
        size=row["size"],
        sha256=row["sha256"],
        shared=row["shared"],
        released_at=row["released_at"],
        uploaded_at=row["uploaded_at"],
        uploaded_by=None if hides_who else row["uploaded_by"],
        role=row["role"],
        is_readable=is_readable,
    )
