"""What somebody sees of the knowledge base: units the published entries and their own proposals."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import Field

from ticketing.citydata import CityData
from ticketing.knowledge import rules
from ticketing.knowledge.base import KnowledgeBase
from ticketing.knowledge.entry import Command, Entry, EntryContent, EntryVersion, State
from ticketing.knowledge.standing import Standing, is_citable, reference, standing
from ticketing.records import Instant
from ticketing.visibility import Viewer
from ticketing.workflow.terms import Actor, Role

UPKEEP: frozenset[Role] = frozenset({"kb_editor", "center_head", "supervisor", "auditor"})
"""Who sees every proposal with its history."""


class EntryView(EntryContent):
    """An entry with its published content, or what was proposed first."""

    code: str
    seq: int
    """The ETag: commands say in If-Match which one was seen."""
    state: State
    version: int
    standing: Standing | None
    """Whether it may be relied on today; null: it is not published."""
    ref: str | None
    """How it is cited; null: it must not be."""
    unit_name: str
    category_names: list[str]
    proposed_by: str | None
    reviewed_at: Instant | None
    """When its content was approved last."""
    retired_at: Instant | None
    retired_because: str | None
    pending: EntryVersion | None
    """What waits for approval; null also for who may not know of it."""
    rejected: EntryVersion | None
    may: list[Command]
    """What who asks may do with it."""
    cited: Annotated[int, Field(ge=0)] = 0
    """Answers that rest on it."""
    question: str | None = None
    """Of a search: the question that fits best."""


def is_keeper(entry: Entry, viewer: Viewer | None) -> bool:
    """Whether somebody sees what is proposed and who decided; None: the local operator."""
    if viewer is None:
        return True
    if viewer.is_unit:
        return viewer.unit in entry.units
    return bool(viewer.roles & UPKEEP)


def may_see(entry: Entry, viewer: Viewer | None) -> bool:
    """Whether somebody may know that an entry exists."""
    return entry.published is not None or is_keeper(entry, viewer)


def view(entry: Entry, viewer: Viewer | None, city: CityData, day: date) -> EntryView:
    """An entry that somebody may see, as he sees it."""
    content, shown, keeps = entry.content, entry.shown, is_keeper(entry, viewer)
    unit = city.units.get(content.unit)
    known = (city.categories.get(code) for code in content.categories)
    return EntryView(
        **content.model_dump(),
        code=entry.code,
        seq=entry.seq,
        state=entry.state,
        version=shown.version,
        standing=standing(content, day) if entry.state == "published" else None,
        ref=reference(entry) if is_citable(entry, day) else None,
        unit_name=unit.name if unit is not None else content.unit,
        category_names=[one.l2 for one in known if one is not None],
        proposed_by=shown.proposed_by if keeps else None,
        reviewed_at=entry.published.decided_at if entry.published is not None else None,
        retired_at=entry.retired_at,
        retired_because=entry.retired_because,
        pending=entry.pending if keeps else None,
        rejected=entry.rejected if keeps else None,
        may=rules.offered(entry, actors(viewer)) if keeps and viewer is not None else [],
    )


async def views(
    base: KnowledgeBase,
    entries: Sequence[Entry],
    viewer: Viewer | None,
    city: CityData,
    day: date,
    text: str | None = None,
) -> list[EntryView]:
    """Entries with how often they were cited; `text`: what was looked for."""
    counts = await base.cited([one.code for one in entries])
    index = (await base.known()).index if text is not None else None
    found = []
    for entry in entries:
        question = index.question_for(entry.code, text) if index and text else None
        more = {"cited": counts.get(entry.code, 0), "question": question}
        found.append(view(entry, viewer, city, day).model_copy(update=more))
    return found


def actors(viewer: Viewer) -> list[Actor]:
    """Somebody in each of his roles."""
    return [Actor(role, viewer.name, viewer.unit) for role in sorted(viewer.roles)]
