"""The knowledge base of a store: proposals and decisions in, entries and answers out."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store
from ticketing.citydata import CityData
from ticketing.knowledge import journal, rules
from ticketing.knowledge.entry import Command, Entry, EntryContent, EntryEvent
from ticketing.knowledge.index import Document, Index
from ticketing.knowledge.journal import Citation
from ticketing.refusal import Refusal
from ticketing.workflow.terms import Actor, refuse

City = Callable[[], Awaitable[CityData]]


@dataclass(frozen=True)
class Known:
    """All entries at one moment, and how they are found."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    index: Index = field(default_factory=lambda: Index(()))


class KnowledgeBase:
    """All entries of one store. A method that writes returns after the commit."""

    def __init__(self, store: Store, city: City) -> None:
        """`city`: the city's data in force."""
        self._store = store
        self._city = city
        self._known = Known()
        self._lock = asyncio.Lock()

    async def known(self) -> Known:
        """The entries as they are in the store now; those that have not changed are kept."""
        async with self._lock:
            async with self._store.read() as db:
                seqs = await journal.seqs(db)
                before = self._known.entries
                changed = [code for code, seq in seqs.items() if not _is_at(before.get(code), seq)]
                if not changed and len(seqs) == len(before):
                    return self._known
                news = await journal.entries(db, changed)
            entries = {code: news.get(code) or before[code] for code in seqs}
            index = await asyncio.to_thread(index_of, entries, self._known.index)
            self._known = Known(entries, index)
            return self._known

    async def read(self, code: str) -> Entry:
        """An entry. Raises Refusal `unknown_knowledge`."""
        async with self._store.read() as db:
            return await _one(db, code)

    async def events(self, code: str) -> list[EntryEvent]:
        """The journal of an entry, the oldest first."""
        async with self._store.read() as db:
            return await journal.events(db, code)

    async def citations(self, code: str, limit: int) -> list[Citation]:
        """In which tickets and calls an entry was cited, the latest first."""
        async with self._store.read() as db:
            await _one(db, code)
            return await journal.citations(db, code, limit)

    async def cited(self, codes: list[str]) -> dict[str, int]:
        """How often entries were cited."""
        async with self._store.read() as db:
            return await journal.counts(db, codes)

    async def problems(self) -> dict[str, list[str]]:
        """What is wrong with journals, by code; empty where all are whole."""
        async with self._store.read() as db:
            found = {code: await journal.problems(db, code) for code in await journal.seqs(db)}
        return {code: told for code, told in found.items() if told}

    async def propose(
        self, content: EntryContent, actor: Actor, at: datetime, *, note: str | None = None
    ) -> Entry:
        """A new entry, which waits for approval. Raises Refusal."""
        rules.check(content, await self._city(), rules.day_of(at))
        async with self._store.write() as db:
            code = await journal.new_code(db)
            event = rules.decide(None, code, "propose", actor, at, content=content, reason=note)
            return await journal.append(db, None, event)

    async def do(
        self,
        code: str,
        command: Command,
        actor: Actor,
        at: datetime,
        *,
        content: EntryContent | None = None,
        reason: str | None = None,
        seen: int | None = None,
    ) -> Entry:
        """Revises (with `content`), approves, rejects or retires an entry; as it then is.

        `seen`: the number of the last event that the actor saw, None: whatever there is. Raises
        Refusal, with nothing changed.
        """
        if content is not None:
            rules.check(content, await self._city(), rules.day_of(at))
        async with self._store.write() as db:
            entry = await _one(db, code, locked=True)
            if seen is not None and seen != entry.seq:
                raise await _overtaken(db, entry)
            event = rules.decide(entry, code, command, actor, at, content=content, reason=reason)
            return await journal.append(db, entry, event)


async def _one(db: AsyncConnection, code: str, *, locked: bool = False) -> Entry:
    found = (await journal.entries(db, [code], locked=locked)).get(code)
    if found is None:
        raise unknown(code)
    return found


def unknown(code: str) -> Refusal:
    """There is no such entry, or it may not be seen."""
    return refuse("unknown_knowledge", "code", f"没有知识条目{code}", "请核对条目编号")


async def _overtaken(db: AsyncConnection, entry: Entry) -> Refusal:
    last = (await journal.events(db, entry.code))[-1]
    what = f"{last.actor}刚刚{rules.NAMES[last.command]}了此条目"
    return refuse("stale_version", None, what, "请查看现在的内容后再提交")


def _is_at(entry: Entry | None, seq: int) -> bool:
    return entry is not None and entry.seq == seq


def index_of(entries: Mapping[str, Entry], before: Index) -> Index:
    """The index of entries; documents whose texts are as `before` are not read again."""
    documents = []
    for code, entry in entries.items():
        told = entry.content
        one = Document(
            code, (told.title, *told.questions), told.answer, tuple(sorted(told.categories))
        )
        old = before.documents.get(code)
        documents.append(old if old == one else one)
    return Index(documents)
