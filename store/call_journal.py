"""Writes a call's events and the rows they change, in the writer's transaction."""

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from store.call_events import (
    Answered,
    CallEvent,
    Ended,
    LegAnswered,
    LegDialed,
    LegEnded,
    Node,
    Opened,
    Outcome,
    Stage,
    Surveyed,
    WaitEntered,
    WaitLeft,
)
from store.engine import Store
from store.tables import call, call_event, call_leg, call_wait
from store.types import GENESIS, UtcDateTime, canonical_json, chain_hash
from store.writer import Batch

_AT: sa.BindParameter[datetime] = sa.bindparam("at_", type_=UtcDateTime)
_ID: sa.BindParameter[str] = sa.bindparam("id_", type_=sa.String)
_LEG: sa.BindParameter[str] = sa.bindparam("leg_", type_=sa.String)
_CAUSE: sa.BindParameter[int | None] = sa.bindparam("cause_", type_=sa.Integer)
_OUTCOME_WORD: sa.BindParameter[str | None] = sa.bindparam("outcome_", type_=sa.String)


def _update(*where: sa.ColumnElement[bool], **values: str) -> sa.Update:
    """An update of one call's row; values are names of parameters."""
    parameters: dict[str, Any] = {column: sa.bindparam(name) for column, name in values.items()}
    return sa.update(call).where(call.c.call_id == _ID, *where).values(parameters)


_ADVANCE = _update(chain_seq="seq_", chain_head="head_")
_ANSWER = _update(call.c.answered_at.is_(None), answered_at="at_")
_STAGE = _update(stage="name_", stage_data="data_", stage_at="at_")
_SURVEY = _update(call.c.survey_score.is_(None), survey_score="score_")
_OUTCOME = _update(call.c.outcome.is_distinct_from(_OUTCOME_WORD), outcome="outcome_")
_END = (
    sa.update(call)
    .where(call.c.call_id == _ID, call.c.ended_at.is_(None))
    .values(
        ended_at=_AT,
        ended_by=sa.bindparam("by_"),
        reason=sa.bindparam("reason_"),
        outcome=sa.func.coalesce(_OUTCOME_WORD, call.c.outcome, "failed"),
    )
)
_EVENT = sa.insert(call_event)
_VISITED = sa.select(call_event.c.seq).where(
    call_event.c.call_id == _ID, call_event.c.key == sa.bindparam("key_")
)
_HEAD = sa.select(call.c.chain_seq, call.c.chain_head, call.c.ended_at).where(call.c.call_id == _ID)
_LEG_ANSWER = (
    sa.update(call_leg)
    .where(call_leg.c.call_id == _ID, call_leg.c.leg_id == _LEG, call_leg.c.answered_at.is_(None))
    .values(answered_at=_AT)
)
# A leg that ended with its call still takes the cause that arrives after it.
_LEG_END = (
    sa.update(call_leg)
    .where(
        call_leg.c.call_id == _ID,
        call_leg.c.leg_id == _LEG,
        call_leg.c.ended_at.is_(None) | (call_leg.c.cause.is_(None) & _CAUSE.is_not(None)),
    )
    .values(ended_at=sa.func.coalesce(call_leg.c.ended_at, _AT), cause=_CAUSE)
)
_LEGS_END = (
    sa.update(call_leg)
    .where(call_leg.c.call_id == _ID, call_leg.c.ended_at.is_(None))
    .values(ended_at=_AT)
)
_WAITING = sa.select(call_wait.c.queue).where(
    call_wait.c.call_id == _ID,
    call_wait.c.left_at.is_(None) | (call_wait.c.entered_at == _AT),
    call_wait.c.queue == sa.bindparam("queue_"),
)
_WAIT_END = (
    sa.update(call_wait)
    .where(call_wait.c.call_id == _ID, call_wait.c.left_at.is_(None))
    .values(left_at=_AT, result=sa.bindparam("result_"), agent=sa.bindparam("agent_"))
)


_NOT_LATE = (Stage, Outcome, WaitEntered)
"""Events that mean nothing any more once the call has ended."""


class UnknownCall(LookupError):
    """An event for a call that was never opened."""


class _Head(NamedTuple):
    """End of a call's chain."""

    seq: int
    hash: str
    ended: bool


class CallJournal:
    """Applies events; runs in the writer's thread only.

    An event that changes nothing (because it came before) is not written. The heads of the hash
    chains of open calls are remembered and read again after a rolled-back batch. Event rows and
    heads are written at the end of a batch, many at once.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._heads: dict[str, _Head] = {}
        self._events: list[dict[str, Any]] = []
        self._moved: set[str] = set()
        """Calls whose chain grew in this batch."""
        self._visits: set[tuple[str, str | None]] = set()
        self._rollbacks = 0
        self._open = store.insert(call).on_conflict_do_nothing()
        self._leg = store.insert(call_leg).on_conflict_do_nothing()

    def apply(
        self, call_id: str, event: CallEvent, at: datetime, data: str, db: sa.Connection
    ) -> Batch | None:
        """Projects one event (`data`: its canonical JSON); returns what writes its row."""
        if self._rollbacks != self._store.rollbacks:
            self._forget()
        head = self._head(db, call_id, event, at)
        if head is None:
            return None
        seq = head.seq + 1
        key = f"{at.isoformat()} {data}" if isinstance(event, Node) else None
        if not self._project(db, call_id, seq, event, at, key):
            return None
        digest = chain_hash(head.hash, entry(call_id, seq, at, event.kind, data))
        self._events.append(
            {
                "call_id": call_id,
                "seq": seq,
                "at": at,
                "kind": event.kind,
                "key": key,
                "data": vars(event),
                "hash": digest,
            }
        )
        self._visits.add((call_id, key))
        self._heads[call_id] = _Head(seq, digest, head.ended or isinstance(event, Ended))
        self._moved.add(call_id)
        return self._flush

    def _flush(self, db: sa.Connection) -> None:
        db.execute(_EVENT, self._events)
        heads = [(call_id, self._heads[call_id]) for call_id in self._moved]
        db.execute(
            _ADVANCE,
            [{"id_": call_id, "seq_": head.seq, "head_": head.hash} for call_id, head in heads],
        )
        for call_id, head in heads:
            if head.ended:
                del self._heads[call_id]
        self._start_batch()

    def _forget(self) -> None:
        self._rollbacks = self._store.rollbacks
        self._heads = {}
        self._start_batch()

    def _start_batch(self) -> None:
        self._events = []
        self._moved = set()
        self._visits = set()

    def _head(
        self, db: sa.Connection, call_id: str, event: CallEvent, at: datetime
    ) -> _Head | None:
        known = self._heads.get(call_id)
        if isinstance(event, Opened):
            if known:
                return None
            row = {
                **vars(event),
                "call_id": call_id,
                "started_at": at,
                "chain_seq": 0,
                "chain_head": GENESIS,
            }
            return _Head(0, GENESIS, False) if db.execute(self._open, row).rowcount else None
        if known is None:
            found = db.execute(_HEAD, {"id_": call_id}).first()
            if found is None:
                raise UnknownCall(f"{event.kind} for the call {call_id}, which was never opened")
            known = _Head(found.chain_seq, found.chain_head, found.ended_at is not None)
        return None if known.ended and isinstance(event, _NOT_LATE) else known

    def _project(
        self,
        db: sa.Connection,
        call_id: str,
        seq: int,
        event: CallEvent,
        at: datetime,
        key: str | None,
    ) -> bool:
        """Changes the rows the event is about; False where it changes nothing."""

        def changed(statement: sa.Executable, **parameters: Any) -> bool:
            result = db.execute(statement, {"id_": call_id, "at_": at, **parameters})
            return isinstance(result, sa.CursorResult) and result.rowcount > 0

        match event:
            case Opened():
                return True
            case Node():
                return not self._visited(db, call_id, key)
            case Answered():
                return changed(_ANSWER)
            case Stage(name, data):
                return changed(_STAGE, name_=name, data_=data)
            case WaitEntered(queue):
                if db.execute(_WAITING, {"id_": call_id, "queue_": queue, "at_": at}).first():
                    return False
                row = {"call_id": call_id, "seq": seq, "queue": queue, "entered_at": at}
                db.execute(sa.insert(call_wait), row)
                return True
            case WaitLeft(result, agent):
                return changed(_WAIT_END, result_=result, agent_=agent)
            case LegDialed():
                row = {**vars(event), "call_id": call_id, "dialed_at": at}
                return db.execute(self._leg, row).rowcount > 0
            case LegAnswered(leg_id):
                return changed(_LEG_ANSWER, leg_=leg_id)
            case LegEnded(leg_id, cause):
                return changed(_LEG_END, leg_=leg_id, cause_=cause)
            case Surveyed(score):
                return changed(_SURVEY, score_=score)
            case Outcome(outcome):
                return changed(_OUTCOME, outcome_=outcome)
            case Ended(ended_by, outcome, reason):
                if not changed(_END, by_=ended_by, outcome_=outcome, reason_=reason):
                    return False
                changed(_LEGS_END)
                left = "abandoned" if ended_by == "caller" else "fault"
                changed(_WAIT_END, result_=left, agent_=None)
                return True

    def _visited(self, db: sa.Connection, call_id: str, key: str | None) -> bool:
        """Whether this visit of a node was written, in this batch or before."""
        return (call_id, key) in self._visits or db.execute(
            _VISITED, {"id_": call_id, "key_": key}
        ).first() is not None


def entry(call_id: str, seq: int, at: datetime, kind: str, data: str) -> list[str | int | None]:
    """What the hash of an event covers; `at` in UTC, `data` canonical JSON."""
    return [call_id, seq, at.isoformat(), kind, data]


def event_json(event: CallEvent) -> str:
    """Canonical JSON of an event's fields; TypeError where they are not JSON values."""
    return canonical_json(vars(event))
