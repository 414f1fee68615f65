"""What a person has chosen for his pages (个人设置): kept here, for nothing stays in a browser."""

from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from console.account_rows import change
from store.engine import Store
from store.tables_console import account

DeviceId = Annotated[str, Field(min_length=1, max_length=200)]


class PersonalSettings(BaseModel):
    """All that can be chosen; what is left out is the default."""

    model_config = ConfigDict(extra="forbid")

    phone: Literal["web", "phone"] = "web"
    """What rings: the softphone in the page (网页话机), or the phone on the desk."""
    microphone: DeviceId | None = None
    """Device id as browsers give it; null is the browser's own choice."""
    speaker: DeviceId | None = None
    ringer: DeviceId | None = None
    """Where the ring tone is heard."""
    ring_volume: int = Field(default=80, ge=0, le=100)
    """Percent."""
    voice_processing: bool = True
    """Echo, noise and level are taken care of (回声消除、降噪); a headset needs none of it."""
    shortcuts: bool = True
    """Single keys (J, K, digits) act in the pages; Enter, Ctrl and function keys always do."""


class Preferences:
    """The settings of everybody of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, name: str) -> PersonalSettings:
        """What somebody has chosen."""
        async with self._store.read() as db:
            kept = await db.scalar(sa.select(account.c.settings).where(account.c.name == name))
        return _known(kept or {})

    async def put(self, name: str, chosen: PersonalSettings) -> None:
        """In the place of what he had chosen."""
        async with self._store.write() as db:
            await change(db, name, settings=chosen.model_dump())


def _known(kept: dict[str, object]) -> PersonalSettings:
    """What a newer or older version kept is not an error."""
    fields = PersonalSettings.model_fields
    return PersonalSettings.model_validate({k: v for k, v in kept.items() if k in fields})
