"""Conflicts (并发冲突): somebody changed the ticket after the actor saw it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from store.types import local_iso
from ticketing.refusal import Refusal


@dataclass(frozen=True)
class Change:
    """What somebody changed meanwhile."""

    actor: str
    at: datetime
    what: str
    """The fields, as people call them."""


class Conflict(Refusal):
    """A command that was refused because of changes that the actor has not seen."""

    def __init__(self, changes: Sequence[Change], called: Mapping[str, str] | None = None) -> None:
        names = called or {}
        told = "；".join(
            f"{names.get(one.actor, one.actor)}于{local_iso(one.at)}修改了{one.what}"
            for one in changes
        )
        super().__init__(
            "stale_version",
            "version",
            f"您打开工单后，{told}",
            "请重新打开工单，核对以上修改后再提交",
        )
        self._changes = tuple(changes)

    @property
    def actors(self) -> frozenset[str]:
        """Who changed something."""
        return frozenset(one.actor for one in self._changes)

    def naming(self, called: Mapping[str, str]) -> "Conflict":
        """The same with people's names; who has none there is told as in the journal."""
        return Conflict(self._changes, called)
