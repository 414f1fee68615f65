"""Grants to listen (调听授权): for a while, for one recording, for one session."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

LASTS = timedelta(minutes=15)
"""Besides the length of the recording."""


@dataclass
class Grants:
    """Kept in memory: after a restart of the console one asks again."""

    _until: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def give(self, session: str, recording_id: str, seconds: float, now: datetime) -> datetime:
        """Until when it holds."""
        self._until = {key: until for key, until in self._until.items() if until > now}
        until = now + LASTS + timedelta(seconds=seconds)
        self._until[session, recording_id] = until
        return until

    def holds(self, session: str, recording_id: str, now: datetime) -> bool:
        """Whether the session may hear the recording now."""
        until = self._until.get((session, recording_id))
        return until is not None and now < until
