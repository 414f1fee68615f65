"""Tickets (工单) in the store: drafts from calls, creation, commands, timers, reading."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from store import access_log, transcripts
from store.emergencies import is_unmet
from store.engine import Store
from store.tables import call, ticket, ticket_call
from store.types import JsonObject, JsonObjects, to_utc
from store.vault import Unreadable
from ticketing import acting, policy_versions, rows, search_index
from ticketing.city_versions import CityCache
from ticketing.citydata import CityData
from ticketing.heard import FILLED, NoSuggestions, Suggestions, heard_in, last_heard
from ticketing.model import TERMINAL, DraftKind, Relation, State, Ticket
from ticketing.policy import Policies
from ticketing.progress import Progress, progress
from ticketing.refusal import Refusal
from ticketing.replaying import differences
from ticketing.timers import Timer
from ticketing.transcript import transcript_text
from ticketing.trial import Trial, tried
from ticketing.validation import new_ticket, values_of
from ticketing.visible_rows import IS_HIDDEN

__all__ = ["Progress", "Tickets"]

_Found = list[Ticket]
_EVER = datetime.min.replace(year=2, tzinfo=UTC)


class Tickets:
    """All tickets of one store. A method that writes returns after the commit."""

    def __init__(
        self,
        store: Store,
        *,
        city: CityData | None = None,
        prefix: str = "SQ",
        suggestions: Suggestions | None = None,
    ) -> None:
        self._store = store
        self._city = CityCache(city)
        self.prefix = prefix
        self._suggestions = suggestions or NoSuggestions()

    async def draft_from_call(
        self,
        call_id: str,
        kind: DraftKind,
        *,
        caller_number: str | None,
        called_number: str | None,
        at: datetime,
        agent_no: str | None = None,
        transcript: str | None = None,
        confidence: float | None = None,
    ) -> Ticket:
        """The draft (草稿) that a call brings; made once for each kind, then given again.

        `confidence` (0 to 1) is the transcript's. A caller in danger whom no desk answered brings
        an emergency, whatever he left.
        """
        given = {
            "channel": "phone",
            "call_id": call_id,
            "draft_kind": kind,
            "caller_number": caller_number,
            "called_number": called_number,
            "contact_phone": caller_number,
            "first_agent_no": agent_no,
            "urgency": "emergency" if kind == "emergency" else "normal",
            "confidential": False,
            "want_reply": True,
            "transcript": transcript,
            "stt_confidence": confidence,
        }
        values = given | (await self._heard(transcript) if transcript else {})
        known = rows.draft_of(call_id, kind)
        try:
            async with self._store.write() as db:
                found = await rows.tickets(db, known)
                if found:
                    return found[0]
                if await is_unmet(db, call_id):
                    values["urgency"] = "emergency"
                return await self._add(db, values, actor="line", role="system", at=to_utc(at))
        except rows.DraftExists:  # another process was faster; the number was not used
            async with self._store.read() as db:
                return (await rows.tickets(db, known))[0]

    async def create(
        self,
        data: Mapping[str, Any],
        *,
        actor: str,
        role: str,
        at: datetime,
        agent_no: str | None = None,
    ) -> Ticket:
        """Makes a ticket from the keys of domain.md §3.4 that people give.

        Missing category and region are guessed from the content. Of a call that concerns a ticket
        whose citizen is hidden all is, unless the data say otherwise. `repeat_of` names an earlier
        ticket of the same matter. `agent_no`: number (工号) of the agent, None: his name. Raises
        Refusal with the key at fault and the fix.
        """
        named, city = data.get("repeat_of"), await self.city()
        told = {key: data[key] for key in data if key != "repeat_of"}
        new = new_ticket(told, city, at)
        values = values_of(new)
        if role == "agent" and new.first_agent_no is None:
            values["first_agent_no"] = agent_no or actor
        text = new.content or new.transcript
        if text:
            heard = await heard_in(text, city, self._suggestions)
            if new.category_l1 or new.category_l2:
                heard |= {"category_l1": new.category_l1, "category_l2": new.category_l2}
                known = city.categories.get(new.category_l2 or "")
                heard["gbt39666_code"] = known.gbt39666_code if known else None
            values = heard | {key: value for key, value in values.items() if value is not None}
        async with self._store.write() as db:
            if new.content is None:
                await _is_call(db, str(new.call_id))
            if new.confidential is None and await _concerns_hidden(db, new.call_id):
                values["confidential"] = True
            if named is not None:
                rules = await self.rules(db, at)
                values |= await acting.repeat(db, str(named), values, to_utc(at), rules)
            return await self._add(db, values, actor=actor, role=role, at=to_utc(at))

    async def set_transcript(
        self,
        ticket_no: str,
        text: str,
        confidence: float | None,
        *,
        at: datetime,
        calls: Sequence[str] = (),
    ) -> Ticket:
        """Adds what was said, and from it title, content, category and region where still open.

        `text` is plain or has lines `市民:…` (ticketing.transcript.transcript_text). A later,
        fuller transcript replaces an earlier one and what was filled from it, but nothing that
        a person wrote; every version stays in the events. `calls`: whose transcript it is; if
        that has become another meanwhile, nothing is changed: who wrote it there brings it, too.
        Raises Refusal `unknown_ticket`.
        """
        heard = await self._heard(text)
        async with self._store.write() as db:
            old = await self._one(db, ticket_no, locked=True)
            if old.transcript == text:
                return old
            if calls and transcript_text(await _said_in(db, calls))[0] != text:
                return old
            before = await last_heard(db, ticket_no)
            filled = {
                key: heard.get(key)
                for key in FILLED
                if getattr(old, key) is None or getattr(old, key) == before.get(key)
            }
            if old.accepted_at and old.title is not None:
                filled.pop("title", None)  # under that name people know it by now
            said = {
                **filled,
                "transcript": text,
                "stt_confidence": confidence,
                # From the acceptance on it is about what a person wrote.
                "suggestion": old.suggestion if old.accepted_at else heard["suggestion"],
            }
            await rows.record(
                db,
                ticket_no,
                "transcribe",
                actor="speech",
                role="system",
                at=to_utc(at),
                data=said,
                changes=said,
            )
            return await self._one(db, ticket_no)

    async def hear(self, call_id: str, *, at: datetime) -> _Found:
        """Gives the transcript that a call has by now to the drafts it brought; idempotent.

        For the end of a call and after each file that the batch pass transcribed. Of a draft that
        asks to be called back (预约回电) what was said in the call back is part of it.
        """
        found = []
        for one, calls in await self._brought(call_id):
            async with self._store.read() as db:
                text, confidence = transcript_text(await _said_in(db, calls))
            if text:
                given = self.set_transcript(one.ticket_no, text, confidence, at=at, calls=calls)
                found.append(await given)
        return found

    async def _brought(self, call_id: str) -> Sequence[tuple[Ticket, Sequence[str]]]:
        """The drafts that a call brought, each with all calls that did, the first one first.

        A call about a ticket that somebody has accepted (回访) brings nothing.
        """
        back = sa.select(ticket_call.c.call_id).where(
            ticket_call.c.ticket_no == ticket.c.ticket_no,
            ticket_call.c.relation == "callback",
            ticket.c.draft_kind == "callback",
            sa.or_(ticket.c.accepted_at.is_(None), ticket_call.c.at <= ticket.c.accepted_at),
        )
        is_back = sa.exists(back.where(ticket_call.c.call_id == call_id).correlate(ticket))
        drafts = await self._select(
            sa.select(ticket).where((ticket.c.call_id == call_id) | is_back), None
        )
        found = []
        async with self._store.read() as db:
            for one in drafts:
                its = back.where(ticket.c.ticket_no == one.ticket_no).order_by(ticket_call.c.at)
                calls = (await db.execute(its)).scalars().all()
                found.append((one, [*filter(None, [one.call_id]), *calls]))
        return found

    async def link_call(
        self,
        ticket_no: str,
        call_id: str,
        relation: Relation,
        *,
        at: datetime,
        actor: str = "line",
        role: str = "system",
        ordered: bool = False,
    ) -> Ticket:
        """Says that a call concerns the ticket; idempotent. Raises Refusal `unknown_ticket`.

        `ordered`: the line makes the call for this ticket, at the actor's word.
        """
        async with self._store.write() as db:
            await self._one(db, ticket_no, locked=True)
            if await rows.link(db, ticket_no, call_id, relation, to_utc(at)):
                data: JsonObject = {"call_id": call_id, "relation": relation}
                if ordered:
                    data["ordered"] = True
                await rows.record(
                    db, ticket_no, "link_call", actor=actor, role=role, at=to_utc(at), data=data
                )
            return await self._one(db, ticket_no)

    async def do(
        self,
        ticket_no: str,
        command: str,
        data: Mapping[str, Any],
        *,
        actor: str,
        role: str,
        at: datetime,
        unit: str | None = None,
        expected_version: int | None = None,
    ) -> Ticket:
        """Does a command of the workflow; the ticket as it then is.

        `data`: keys of domain.md §3.4 and of the transition. `unit`: for which unit a unit role
        acts, None for the one that holds the ticket. `expected_version`: the version that the
        actor saw. `complain_again` is done on the closed ticket and gives the new one. Raises
        Refusal, with nothing changed.
        """
        who = acting.actor_of(role, actor, unit)
        told: JsonObject | None = None
        if command == "accept":
            data, told = await self._accepting(ticket_no, data)
        async with self._store.write() as db:
            rules = await self.rules(db, at)
            return await acting.do(
                db, ticket_no, command, data, who, at, rules, expected_version, told
            )

    async def first_due(self, at: datetime, *, besides: Collection[str] = ()) -> str | None:
        """The number of the ticket, not one of `besides`, whose timer was due first before `at`."""
        async with self._store.read() as db:
            number: str | None = await db.scalar(rows.first_due(at, besides))
            return number

    async def fire(self, ticket_no: str, at: datetime) -> Timer | None:
        """Fires the ticket's first timer that was due before `at`; None where that has been done.

        The event and what it changes are one transaction. Raises Refusal `unknown_ticket`.
        """
        async with self._store.write() as db:
            return await acting.fire(db, ticket_no, at, await self.rules(db, at))

    async def add_policy(
        self,
        switches: Mapping[str, Any],
        *,
        policy_id: str,
        effective_from: datetime,
        by: str,
        at: datetime,
        reason: str | None = None,
    ) -> Policies:
        """Adds a version of the rules (政策版本) and gives all; see policy_versions.add.

        Tickets that were accepted keep theirs.
        """
        async with self._store.write() as db:
            return await policy_versions.add(
                db,
                switches,
                policy_id=policy_id,
                effective_from=effective_from,
                by=by,
                at=at,
                reason=reason,
            )

    async def withdraw_policy(self, policy_id: str, *, by: str, at: datetime, reason: str) -> None:
        """Takes a version of the rules back before it is in force; see policy_versions."""
        async with self._store.write() as db:
            await policy_versions.withdraw(db, policy_id, by=by, at=at, reason=reason)

    async def city(self) -> CityData:
        """The city's data in force (城市数据)."""
        async with self._store.read() as db:
            return await self._city.current(db)

    async def policies(self) -> Policies:
        """All versions of the rules, the oldest first."""
        async with self._store.read() as db:
            return await policy_versions.read(db)

    async def try_policy(
        self, switches: Mapping[str, Any], *, since: datetime, until: datetime
    ) -> Trial:
        """What the newest rules, changed in `switches`, would have made of past tickets.

        Nothing is written. Raises Refusal `invalid_value` for a switch or value that is none.
        """
        now = await self.policies()
        changed = policy_versions.changed(now, switches, policy_id="trial", effective_from=_EVER)
        async with self._store.read() as db:
            both, city = (now, Policies((changed,))), await self._city.current(db)
            return await tried(db, city, both, since=since, until=until)

    async def read(self, ticket_no: str) -> Ticket:
        """The ticket; raises Refusal `unknown_ticket`."""
        async with self._store.read() as db:
            return await self._one(db, ticket_no)

    async def list(
        self, *, limit: int = 50, since: datetime | None = None, number: str | None = None
    ) -> _Found:
        """Tickets, newest first; `since`: made then or later; `number`: caller or contact."""
        query = sa.select(ticket)
        if since is not None:
            query = query.where(ticket.c.created_at >= since)
        if number is not None:
            query = query.where(rows.of_number(number, self._store.vault))
        return await self._select(query, limit)

    async def of_call(self, call_id: str) -> _Found:
        """Tickets that began in a call (its drafts), newest first."""
        return await self._select(sa.select(ticket).where(ticket.c.call_id == call_id), None)

    async def open_for_number(self, number: str) -> _Found:
        """Open tickets of a caller or contact number, newest first (domain.md §4.6)."""
        query = sa.select(ticket).where(self._open_of(number))
        return await self._select(query, None)

    async def has_open(self, number: str) -> bool:
        """Whether a caller or contact number has an open ticket."""
        query = sa.select(ticket.c.ticket_no).where(self._open_of(number)).limit(1)
        async with self._store.read() as db:
            return await db.scalar(query) is not None

    def _open_of(self, number: str) -> sa.ColumnElement[bool]:
        ended = [state.value for state in TERMINAL]
        return rows.of_number(number, self._store.vault) & ticket.c.state.not_in(ended)

    async def by_query_code(self, code: str, tail4: str) -> Ticket | None:
        """The ticket of a query code (查询码) if the last four digits of its phone are right."""
        phone = rows.of_tail4(tail4, self._store.vault)
        query = sa.select(ticket).where(ticket.c.query_code == code, phone)
        found = await self._select(query, 1)
        return found[0] if found else None

    def progress(self, one: Ticket) -> Progress:
        """What may be told of a ticket on the phone."""
        return progress(one)

    async def verify(self, ticket_no: str) -> Sequence[str]:
        """What is wrong with the hash chains of the ticket and of the unmasked views of it, and
        where its row is not what its events make of it; empty where all is whole."""
        async with self._store.read() as db:
            broken = await rows.problems(db, ticket_no)
            broken += await access_log.problems(db, ticket_no)
            if broken:
                return broken
            try:
                stored = await self._one(db, ticket_no)
            except Unreadable as error:
                return [f"the row cannot be read: {error}"]
            except ValidationError as error:
                first = error.errors()[0]
                return [f"the row cannot be read: {first['loc'][0]}: {first['msg']}"]
            return sorted(differences(stored, await policy_versions.read(db)))

    async def numbers(self) -> Sequence[str]:
        """The numbers of all tickets, in their order."""
        async with self._store.read() as db:
            query = sa.select(ticket.c.ticket_no).order_by(ticket.c.ticket_no)
            return (await db.execute(query)).scalars().all()

    async def _heard(self, text: str) -> JsonObject:
        return await heard_in(text, await self.city(), self._suggestions)

    async def _accepting(
        self, ticket_no: str, data: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], JsonObject | None]:
        """What a ticket is accepted with, and what its text is about: what a person wrote in a
        call is not what was heard.

        The title comes from the content with it, unless a person wrote one. The suggestion is
        None where the suggester was not read yet.
        """
        async with self._store.read() as db:
            found = await rows.find(db, ticket_no)
            before = await last_heard(db, ticket_no)
        if found is None:
            return data, None
        written = data.get("content")
        is_written = isinstance(written, str) and bool(written.strip())
        said = written if is_written else (found.content or found.transcript)
        if not said:
            return data, None
        heard = await self._heard(str(said))
        was_heard = found.transcript is not None and found.title == before.get("title")
        is_titled = found.title is not None and not was_heard
        if data.get("title") is None and not is_titled and heard["title"] != found.title:
            data = {**data, "title": heard["title"]}
        return data, heard["suggestion"] if self._suggestions.ready is not None else None

    # Inside a transaction

    async def rules(self, db: AsyncConnection, at: datetime) -> acting.Rules:
        """What decides beside the tickets, for `acting` in the caller's transaction."""
        policies = await policy_versions.seeded(db, to_utc(at))
        return acting.Rules(await self._city.current(db), policies, self.prefix)

    async def rules_now(self, db: AsyncConnection) -> acting.Rules:
        """The same where nothing is written."""
        policies = await policy_versions.read(db)
        return acting.Rules(await self._city.current(db), policies, self.prefix)

    async def _select(self, query: sa.Select[Any], limit: int | None) -> _Found:
        newest = query.order_by(ticket.c.created_at.desc(), ticket.c.ticket_no.desc())
        async with self._store.read() as db:
            return await rows.tickets(db, newest.limit(limit))

    async def _one(self, db: AsyncConnection, ticket_no: str, *, locked: bool = False) -> Ticket:
        found = await rows.find(db, ticket_no, locked=locked)
        if found is None:
            raise Refusal(
                "unknown_ticket",
                None,
                f"there is no ticket {ticket_no}",
                "look for its number with `tickets list`",
            )
        return found

    async def _add(
        self,
        db: AsyncConnection,
        values: Mapping[str, Any],
        *,
        actor: str,
        role: str,
        at: datetime,
    ) -> Ticket:
        ticket_no = await rows.next_number(db, self.prefix, at)
        state = State.PENDING_ACCEPTANCE
        row = {
            **values,
            "ticket_no": ticket_no,
            "state": state.value,
            "state_since": at,
            "created_at": at,
        }
        await rows.add(db, row)
        call_id = values.get("call_id")
        if call_id is not None:
            await rows.link(db, ticket_no, call_id, "origin", at)
        await rows.record(
            db,
            ticket_no,
            "create",
            actor=actor,
            role=role,
            at=at,
            data={key: value for key, value in values.items() if value is not None},
        )
        made = await self._one(db, ticket_no)
        await search_index.put(db, made)
        await acting.plan(db, made, await policy_versions.read(db), at)
        return made


async def _said_in(db: AsyncConnection, calls: Sequence[str]) -> JsonObjects:
    """What was said in some calls, one after the other."""
    return [said for call_id in calls for said in await transcripts.of_call(db, call_id)]


async def _concerns_hidden(db: AsyncConnection, call_id: str | None) -> bool:
    """Whether the call concerns a ticket whose citizen units do not see (保密)."""
    of_call = sa.select(ticket_call.c.call_id).join(
        ticket, ticket.c.ticket_no == ticket_call.c.ticket_no
    )
    hidden = of_call.where(ticket_call.c.call_id == call_id, IS_HIDDEN).limit(1)
    return call_id is not None and await db.scalar(hidden) is not None


async def _is_call(db: AsyncConnection, call_id: str) -> None:
    """A ticket without a content has at least a call that may be listened to (T1)."""
    if await db.scalar(sa.select(call.c.call_id).where(call.c.call_id == call_id)) is None:
        raise Refusal(
            "invalid_value", "call_id", f"没有通话{call_id[:40]}", "请核对通话标识，或填写 content"
        )
