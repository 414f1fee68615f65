"""An entry of the knowledge base (知识条目): its versions and what its journal makes of it.

Member units propose, the hotline publishes; what was published is never changed, only followed by
another version. An entry is cited with its version: ZS0012@3.
"""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ticketing.new_ticket import Short, Text
from ticketing.records import Instant
from ticketing.workflow.terms import Role

CODE = r"^ZS[0-9]{4,6}$"
REFERENCE = re.compile(r"(?P<code>ZS[0-9]{4,6})(?:@(?P<version>[0-9]{1,4}))?")
"""How an entry is cited; without a version the published one is meant."""
FIRST_CODE = "ZS0001"

State = Literal["proposed", "published", "rejected", "retired"]
"""待审核、已发布、未通过、已停用."""
Command = Literal["propose", "revise", "approve", "reject", "retire"]

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]


class EntryContent(BaseModel):
    """What an entry says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[Short, Field(min_length=2, max_length=60)]
    questions: list[Annotated[Short, Field(min_length=2, max_length=100)]] = Field(
        default=[], max_length=30
    )
    """Ways in which citizens ask (口语问法); they make the entry findable."""
    answer: Annotated[Text, Field(min_length=10, max_length=4000)]
    unit: Code
    """The member unit that answers for it (责任单位)."""
    categories: list[Code] = Field(min_length=1, max_length=5)
    region: Code | None = None
    """Where it holds; None: in the whole city."""
    valid_from: date
    valid_to: date | None = None
    """Last day; None: until it is retired."""
    review_by: date
    """The last day on which the unit has to look at it again (复核日期)."""


class EntryVersion(BaseModel):
    """A content that somebody proposed."""

    model_config = ConfigDict(frozen=True)

    version: int
    content: EntryContent
    proposed_by: str
    proposed_at: Instant
    note: str | None = None
    """What was changed and why, in the words of who proposed it."""
    decided_by: str | None = None
    decided_at: Instant | None = None
    """When it was approved or rejected; of a published one: when it was reviewed last."""
    reason: str | None = None
    """Why it was rejected."""


class Entry(BaseModel):
    """An entry as it stands."""

    model_config = ConfigDict(frozen=True)

    code: str
    versions: int
    """Number of the newest version."""
    seq: int
    """Of the last event; who changes the entry says which one he saw."""
    published: EntryVersion | None = None
    """What may be cited; of a retired entry what was published last."""
    pending: EntryVersion | None = None
    """What waits for a decision."""
    rejected: EntryVersion | None = None
    """What was rejected last, until something newer is proposed."""
    retired_at: Instant | None = None
    retired_because: str | None = None

    @property
    def state(self) -> State:
        """A published entry stays published while a revision of it waits."""
        if self.retired_at is not None:
            return "retired"
        if self.published is not None:
            return "published"
        return "proposed" if self.pending is not None else "rejected"

    @property
    def shown(self) -> EntryVersion:
        """The published version; of an entry without one the newest."""
        found = self.published or self.pending or self.rejected
        assert found is not None, self.code
        return found

    @property
    def content(self) -> EntryContent:
        """What it says."""
        return self.shown.content

    @property
    def units(self) -> frozenset[str]:
        """Units that answer for it or for a version of it that was proposed."""
        found = (self.published, self.pending, self.rejected)
        return frozenset(one.content.unit for one in found if one is not None)


class EntryEvent(BaseModel):
    """An event of an entry's journal."""

    model_config = ConfigDict(frozen=True)

    code: str
    seq: int
    at: Instant
    actor: str
    role: Role
    command: Command
    version: int
    """Which version was proposed, approved, rejected or retired."""
    reason: str | None = None
    content: EntryContent | None = None
    """Of propose and revise."""


def evolve(entry: Entry | None, event: EntryEvent) -> Entry:
    """What an event makes of an entry; depends on nothing else."""
    if event.command in ("propose", "revise"):
        assert event.content is not None, f"{event.code} {event.seq} has no content"
        made = EntryVersion(
            version=event.version,
            content=event.content,
            proposed_by=event.actor,
            proposed_at=event.at,
            note=event.reason,
        )
        if entry is None:
            return Entry(code=event.code, versions=1, seq=event.seq, pending=made)
        return _changed(entry, event, versions=event.version, pending=made, rejected=None)
    assert entry is not None, f"{event.code} begins with {event.command}"
    if event.command == "retire":
        return _changed(entry, event, retired_at=event.at, retired_because=event.reason)
    assert entry.pending is not None, f"{event.code} {event.seq}: nothing waits"
    decided = entry.pending.model_copy(
        update={
            "decided_by": event.actor,
            "decided_at": event.at,
            "reason": event.reason if event.command == "reject" else None,
        }
    )
    if event.command == "reject":
        return _changed(entry, event, pending=None, rejected=decided)
    return _changed(
        entry, event, pending=None, published=decided, retired_at=None, retired_because=None
    )


def _changed(entry: Entry, event: EntryEvent, **changes: object) -> Entry:
    return entry.model_copy(update={"seq": event.seq, **changes})
