"""Tables of the store. A change here needs a migration in store/migrations/versions.

Tables of one aggregate refer to each other by foreign keys; between aggregates there are none,
so that an emergency or a recording is kept even where its call's row could not be written.
"""

from typing import Any

import sqlalchemy as sa

from store.types import UtcDateTime

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = sa.String(160)
WORD = sa.String(40)
NUMBER = sa.String(40)
HASH = sa.String(64)
KEYED_HASH = sa.String(32)
AUTO = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def where(condition: sa.ColumnElement[bool]) -> dict[str, Any]:
    """A condition of a partial index, for both databases."""
    return {"sqlite_where": condition, "postgresql_where": condition}


call = sa.Table(
    "call",
    metadata,
    sa.Column("call_id", ID, primary_key=True),
    sa.Column("direction", WORD, nullable=False),
    sa.Column("caller_number", NUMBER),
    sa.Column("called_number", NUMBER),
    sa.Column("handled_by", WORD, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("answered_at", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("ended_by", WORD),
    sa.Column("outcome", WORD),
    sa.Column("reason", sa.Text),
    sa.Column("survey_score", sa.Integer),
    sa.Column("stage", WORD),
    sa.Column("stage_data", sa.JSON),
    sa.Column("stage_at", UtcDateTime),
    sa.Column("chain_seq", sa.Integer, nullable=False),
    sa.Column("chain_head", HASH, nullable=False),
)
sa.Index("ix_call_started_at", call.c.started_at)
sa.Index("ix_call_caller_number", call.c.caller_number, call.c.started_at)
sa.Index("ix_call_called_number", call.c.called_number, call.c.started_at)
sa.Index("ix_call_open", call.c.call_id, **where(call.c.ended_at.is_(None)))

call_event = sa.Table(
    "call_event",
    metadata,
    sa.Column("call_id", ID, sa.ForeignKey(call.c.call_id), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("kind", WORD, nullable=False),
    sa.Column("key", sa.Text),  # what makes a repeatable event the same one
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("hash", HASH, nullable=False),
)
sa.Index(
    "uq_call_event_key",
    call_event.c.call_id,
    call_event.c.key,
    unique=True,
    **where(call_event.c.key.is_not(None)),
)

call_leg = sa.Table(
    "call_leg",
    metadata,
    sa.Column("call_id", ID, sa.ForeignKey(call.c.call_id), primary_key=True),
    sa.Column("leg_id", ID, primary_key=True),
    sa.Column("role", WORD, nullable=False),
    sa.Column("number", NUMBER),
    sa.Column("dialed_at", UtcDateTime, nullable=False),
    sa.Column("answered_at", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("cause", sa.Integer),
)
sa.Index(
    "ix_call_leg_agent",
    call_leg.c.number,
    call_leg.c.call_id,
    **where(call_leg.c.role.in_(("agent", "supervisor"))),
)

call_wait = sa.Table(
    "call_wait",
    metadata,
    sa.Column("call_id", ID, sa.ForeignKey(call.c.call_id), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("queue", WORD, nullable=False),
    sa.Column("entered_at", UtcDateTime, nullable=False),
    sa.Column("left_at", UtcDateTime),
    sa.Column("result", WORD),
    sa.Column("agent", NUMBER),
)

emergency_event = sa.Table(
    "emergency_event",
    metadata,
    sa.Column("event_id", ID, primary_key=True),
    sa.Column("call_id", ID, nullable=False),
    sa.Column("service", WORD, nullable=False),
    sa.Column("trigger", WORD, nullable=False),
    sa.Column("detected_at", UtcDateTime, nullable=False),
    sa.Column("confirmed", WORD, nullable=False),
    sa.Column("answered_at", UtcDateTime),
    sa.Column("outcome", WORD),
)
sa.Index("ix_emergency_event_call_id", emergency_event.c.call_id)
sa.Index("ix_emergency_event_detected_at", emergency_event.c.detected_at)

emergency_attempt = sa.Table(
    "emergency_attempt",
    metadata,
    sa.Column("event_id", ID, sa.ForeignKey(emergency_event.c.event_id), primary_key=True),
    sa.Column("dialed_at", UtcDateTime, primary_key=True),
    sa.Column("number", NUMBER, primary_key=True),
    sa.Column("service", WORD, nullable=False),
    sa.Column("answered_at", UtcDateTime),
    sa.Column("result", WORD),
)

recording = sa.Table(
    "recording",
    metadata,
    sa.Column("recording_id", ID, primary_key=True),
    sa.Column("call_id", ID, nullable=False),
    sa.Column("kind", WORD, nullable=False),
    sa.Column("speaker", WORD),
    sa.Column("leg_id", ID),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("spool_name", sa.Text, nullable=False),
    sa.Column("format", WORD, nullable=False),
    sa.Column("rate", sa.Integer, nullable=False),
    sa.Column("path", sa.Text),
    sa.Column("duration_s", sa.Float),
    sa.Column("bytes", sa.BigInteger),
    sa.Column("sha256", HASH),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("lost_reason", sa.Text),
    # Work queue of the batch transcription: none, waiting, claimed, done, failed.
    sa.Column("transcription", WORD, nullable=False),
    sa.Column("claimed_by", sa.String(80)),
    sa.Column("claimed_at", UtcDateTime),
    sa.Column("claims", sa.Integer, nullable=False),
)
sa.Index("ix_recording_call_id", recording.c.call_id)
sa.Index("ix_recording_started_at", recording.c.started_at)
sa.Index("ix_recording_open", recording.c.recording_id, **where(recording.c.closed_at.is_(None)))
sa.Index(
    "ix_recording_work",
    recording.c.started_at,
    **where(recording.c.transcription.in_(("waiting", "claimed"))),
)

transcript_segment = sa.Table(
    "transcript_segment",
    metadata,
    sa.Column("segment_id", AUTO, primary_key=True),
    sa.Column("call_id", ID, nullable=False),
    sa.Column("leg_id", ID, nullable=False),
    sa.Column("recording_id", ID),
    sa.Column("speaker", WORD, nullable=False),
    sa.Column("source", WORD, nullable=False),
    sa.Column("start", sa.Float, nullable=False),
    sa.Column("end", sa.Float, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("confidence", sa.Float),
    sa.Column("words", sa.JSON, nullable=False),
    sa.Column("raw", sa.JSON),
    sa.UniqueConstraint("call_id", "leg_id", "source", "start"),
)

callback_request = sa.Table(
    "callback_request",
    metadata,
    sa.Column("call_id", ID, primary_key=True),
    sa.Column("number", NUMBER, nullable=False),
    sa.Column("queue", WORD, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("entered_at", UtcDateTime, nullable=False),
    sa.Column("state", WORD, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("next_try_at", UtcDateTime, nullable=False),
    sa.Column("last_result", WORD),
    sa.Column("ticket_no", WORD),
    sa.Column("ended_at", UtcDateTime),
)
sa.Index(
    "ix_callback_request_open",
    callback_request.c.next_try_at,
    **where(callback_request.c.state.in_(("waiting", "dialling"))),
)

ticket_serial = sa.Table(
    "ticket_serial",
    metadata,
    sa.Column("day", sa.String(6), primary_key=True),  # yyMMdd in Asia/Shanghai
    sa.Column("last", sa.Integer, nullable=False),
)

ticket = sa.Table(
    "ticket",
    metadata,
    sa.Column("ticket_no", WORD, primary_key=True),
    sa.Column("query_code", sa.String(8), nullable=False, unique=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", WORD, nullable=False),
    sa.Column("close_result", WORD),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("channel", WORD, nullable=False),
    sa.Column("call_id", ID),
    sa.Column("draft_kind", WORD),
    sa.Column("called_number", NUMBER),
    sa.Column("accepted_at", UtcDateTime),
    sa.Column("first_agent_no", NUMBER),
    sa.Column("salutation", sa.String(40)),
    sa.Column("requester_kind", WORD),
    sa.Column("identity_level", WORD),
    sa.Column("confidential", sa.Boolean, nullable=False),
    sa.Column("want_reply", sa.Boolean, nullable=False),
    sa.Column("request_type", WORD),
    sa.Column("category_l1", WORD),
    sa.Column("category_l2", WORD),
    sa.Column("gbt39666_code", WORD),
    sa.Column("title", sa.Text),
    sa.Column("content", sa.Text),
    sa.Column("expected_result", sa.Text),
    sa.Column("transcript", sa.Text),
    sa.Column("stt_confidence", sa.Float),
    sa.Column("occurred_at", UtcDateTime),
    sa.Column("address_text", sa.Text),
    sa.Column("region_code", WORD),
    sa.Column("town", sa.String(100)),
    sa.Column("village", sa.String(100)),
    sa.Column("lng", sa.Float),
    sa.Column("lat", sa.Float),
    sa.Column("target_unit", WORD),
    sa.Column("target_name", sa.String(200)),
    sa.Column("urgency", WORD, nullable=False),
    sa.Column("handling_mode", WORD),
    sa.Column("answer_type", WORD),
    sa.Column("acceptance_basis", WORD),
    sa.Column("reject_code", WORD),
    sa.Column("unit", WORD),
    sa.Column("lead_unit", WORD),
    sa.Column("assist_units", sa.JSON, nullable=False),
    sa.Column("dispatched_at", UtcDateTime),
    sa.Column("signed_at", UtcDateTime),
    sa.Column("resolved_at", UtcDateTime),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("answer_due", UtcDateTime),
    sa.Column("sign_due", UtcDateTime),
    sa.Column("resolve_due", UtcDateTime),
    sa.Column("original_due", UtcDateTime),
    sa.Column("extension_requests", sa.JSON, nullable=False),
    sa.Column("return_requests", sa.JSON, nullable=False),
    sa.Column("handling_note", sa.Text),
    sa.Column("public_reply", sa.Text),
    sa.Column("contacted", sa.Boolean),
    sa.Column("contacted_at", UtcDateTime),
    sa.Column("is_true", sa.Boolean),
    sa.Column("solved", sa.Boolean),
    sa.Column("unsolved_reason", sa.Text),
    sa.Column("written_opinion", sa.Text),
    sa.Column("audit", sa.JSON, nullable=False),
    sa.Column("callback", sa.JSON, nullable=False),
    sa.Column("supervision_level", sa.Integer, nullable=False),
    sa.Column("key_categories", sa.JSON, nullable=False),
    sa.Column("repeat_of", WORD),
    sa.Column("repeat_rule", WORD),
    sa.Column("repeat_seq", sa.Integer),
    sa.Column("master_ticket", WORD),
    sa.Column("event_ids", sa.JSON, nullable=False),
    sa.Column("policy_id", WORD),
    sa.Column("suggestion", sa.JSON),
    sa.Column("state_since", UtcDateTime),
    sa.Column("merged_from", WORD),
    sa.Column("merged_since", UtcDateTime),
    sa.Column("referred_at", UtcDateTime),
    sa.Column("same_matter_as", WORD),
    sa.Column("corrects", sa.String(200)),
    sa.Column("answer", sa.Text),
    sa.Column("knowledge_ref", sa.String(200)),
    sa.Column("answered_in_call", sa.Boolean, nullable=False),
    sa.Column("answered_at", UtcDateTime),
    sa.Column("explanation", sa.Text),
    sa.Column("guidance", sa.Text),
    sa.Column("emergencies", sa.JSON, nullable=False),
    sa.Column("followed_up_at", UtcDateTime),
    sa.Column("unit_content", sa.Text),
    sa.Column("written_opinion_required", sa.Boolean, nullable=False),
    sa.Column("leader_name_role", sa.String(200)),
    sa.Column("leader_action", sa.Text),
    sa.Column("replied_by", sa.String(80)),
    sa.Column("sub_dispatches", sa.JSON, nullable=False),
    sa.Column("assist_replies", sa.JSON, nullable=False),
    sa.Column("supervision", sa.JSON, nullable=False),
    sa.Column("first_resolved_at", UtcDateTime),
    sa.Column("supplement_due", UtcDateTime),
    sa.Column("rectify_due", UtcDateTime),
    sa.Column("sms_due", UtcDateTime),
    sa.Column("manual_due", UtcDateTime),
    sa.Column("clock", WORD),
    sa.Column("clock_started_at", UtcDateTime),
    sa.Column("clock_stopped_at", UtcDateTime),
    sa.Column("clock_used", sa.Float, nullable=False),
    sa.Column("late", sa.JSON, nullable=False),
    # When the poller of the timers has to look at the ticket; NULL: never.
    sa.Column("next_timer_at", UtcDateTime),
    # The values of store/personal.py, encrypted as one under the ticket's own key, and what the
    # numbers are found by. NULL: nothing is known; without a key: it was erased.
    sa.Column("data_key", sa.Text),
    sa.Column("personal", sa.Text),
    sa.Column("caller_hash", KEYED_HASH),
    sa.Column("caller_tail_hash", KEYED_HASH),
    sa.Column("contact_hash", KEYED_HASH),
    sa.Column("contact_tail_hash", KEYED_HASH),
    sa.Column("chain_seq", sa.Integer, nullable=False),
    sa.Column("chain_head", HASH, nullable=False),
    sa.UniqueConstraint("call_id", "draft_kind"),
)
sa.Index("ix_ticket_created_at", ticket.c.created_at)
# The newest of each state, and of each unit's in each state: inboxes start here.
sa.Index("ix_ticket_state", ticket.c.state, ticket.c.created_at, ticket.c.ticket_no)
sa.Index(
    "ix_ticket_unit",
    ticket.c.unit,
    ticket.c.state,
    ticket.c.created_at,
    ticket.c.ticket_no,
)
sa.Index("ix_ticket_caller_hash", ticket.c.caller_hash)
sa.Index("ix_ticket_contact_hash", ticket.c.contact_hash)
sa.Index(
    "ix_ticket_category_l2",
    ticket.c.category_l2,
    ticket.c.region_code,
    ticket.c.created_at,
)
sa.Index("ix_ticket_caller_tail_hash", ticket.c.caller_tail_hash)
sa.Index("ix_ticket_contact_tail_hash", ticket.c.contact_tail_hash)
sa.Index("ix_ticket_repeat_of", ticket.c.repeat_of, **where(ticket.c.repeat_of.is_not(None)))
sa.Index(
    "ix_ticket_master_ticket",
    ticket.c.master_ticket,
    **where(ticket.c.master_ticket.is_not(None)),
)
sa.Index(
    "ix_ticket_next_timer_at",
    ticket.c.next_timer_at,
    ticket.c.ticket_no,
    **where(ticket.c.next_timer_at.is_not(None)),
)

# Units that may know of a ticket (ticketing/unit_rows.py).
ticket_unit = sa.Table(
    "ticket_unit",
    metadata,
    sa.Column("ticket_no", WORD, sa.ForeignKey(ticket.c.ticket_no), primary_key=True),
    sa.Column("unit", WORD, primary_key=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),
)
sa.Index(
    "ix_ticket_unit_newest",
    ticket_unit.c.unit,
    ticket_unit.c.is_open,
    ticket_unit.c.created_at,
    ticket_unit.c.ticket_no,
)

ticket_event = sa.Table(
    "ticket_event",
    metadata,
    sa.Column("ticket_no", WORD, sa.ForeignKey(ticket.c.ticket_no), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("role", WORD, nullable=False),
    sa.Column("command", WORD, nullable=False),
    sa.Column("from_state", WORD),
    sa.Column("to_state", WORD, nullable=False),
    sa.Column("article", WORD),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("hash", HASH, nullable=False),
)

ticket_call = sa.Table(
    "ticket_call",
    metadata,
    sa.Column("ticket_no", WORD, sa.ForeignKey(ticket.c.ticket_no), primary_key=True),
    sa.Column("call_id", ID, primary_key=True),
    sa.Column("relation", WORD, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
)
sa.Index("ix_ticket_call_call_id", ticket_call.c.call_id)

policy_version = sa.Table(
    "policy_version",
    metadata,
    sa.Column("policy_id", WORD, primary_key=True),
    sa.Column("effective_from", UtcDateTime, nullable=False),
    sa.Column("rules", sa.JSON, nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Column("added_by", sa.String(80), nullable=False),
    # Taken back before it was in force; it stays for the record.
    sa.Column("withdrawn_at", UtcDateTime),
    sa.Column("withdrawn_by", sa.String(80)),
    sa.Column("withdrawn_reason", sa.String(500)),
)
