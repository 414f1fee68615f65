"""Calls, emergencies, recordings, transcripts, callbacks and tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call",
        sa.Column("call_id", sa.String(length=160), nullable=False),
        sa.Column("direction", sa.String(length=40), nullable=False),
        sa.Column("caller_number", sa.String(length=40), nullable=True),
        sa.Column("called_number", sa.String(length=40), nullable=True),
        sa.Column("handled_by", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=40), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("survey_score", sa.Integer(), nullable=True),
        sa.Column("stage", sa.String(length=40), nullable=True),
        sa.Column("stage_data", sa.JSON(), nullable=True),
        sa.Column("stage_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chain_seq", sa.Integer(), nullable=False),
        sa.Column("chain_head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_call")),
    )
    op.create_index("ix_call_called_number", "call", ["called_number", "started_at"], unique=False)
    op.create_index("ix_call_caller_number", "call", ["caller_number", "started_at"], unique=False)
    op.create_index(
        "ix_call_open",
        "call",
        ["call_id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_call_started_at", "call", ["started_at"], unique=False)
    op.create_table(
        "callback_request",
        sa.Column("call_id", sa.String(length=160), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_result", sa.String(length=40), nullable=True),
        sa.Column("ticket_no", sa.String(length=40), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_callback_request")),
    )
    op.create_index(
        "ix_callback_request_open",
        "callback_request",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('waiting', 'dialling')"),
        postgresql_where=sa.text("state IN ('waiting', 'dialling')"),
    )
    op.create_table(
        "emergency_event",
        sa.Column("event_id", sa.String(length=160), nullable=False),
        sa.Column("call_id", sa.String(length=160), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("trigger", sa.String(length=40), nullable=False),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed", sa.String(length=40), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_emergency_event")),
    )
    op.create_index("ix_emergency_event_call_id", "emergency_event", ["call_id"], unique=False)
    op.create_index(
        "ix_emergency_event_detected_at", "emergency_event", ["detected_at"], unique=False
    )
    op.create_table(
        "recording",
        sa.Column("recording_id", sa.String(length=160), nullable=False),
        sa.Column("call_id", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("speaker", sa.String(length=40), nullable=True),
        sa.Column("leg_id", sa.String(length=160), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spool_name", sa.Text(), nullable=False),
        sa.Column("format", sa.String(length=40), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("duration_s", sa.Float(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lost_reason", sa.Text(), nullable=True),
        sa.Column("transcription", sa.String(length=40), nullable=False),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("recording_id", name=op.f("pk_recording")),
    )
    op.create_index("ix_recording_call_id", "recording", ["call_id"], unique=False)
    op.create_index(
        "ix_recording_open",
        "recording",
        ["recording_id"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_recording_started_at", "recording", ["started_at"], unique=False)
    op.create_index(
        "ix_recording_work",
        "recording",
        ["started_at"],
        unique=False,
        sqlite_where=sa.text("transcription IN ('waiting', 'claimed')"),
        postgresql_where=sa.text("transcription IN ('waiting', 'claimed')"),
    )
    op.create_table(
        "ticket",
        sa.Column("ticket_no", sa.String(length=40), nullable=False),
        sa.Column("query_code", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("close_result", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("call_id", sa.String(length=160), nullable=True),
        sa.Column("draft_kind", sa.String(length=40), nullable=True),
        sa.Column("caller_number", sa.String(length=40), nullable=True),
        sa.Column("caller_tail4", sa.String(length=4), nullable=True),
        sa.Column("called_number", sa.String(length=40), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_agent_no", sa.String(length=40), nullable=True),
        sa.Column("requester_name", sa.String(length=100), nullable=True),
        sa.Column("salutation", sa.String(length=40), nullable=True),
        sa.Column("contact_phone", sa.String(length=40), nullable=True),
        sa.Column("contact_tail4", sa.String(length=4), nullable=True),
        sa.Column("requester_kind", sa.String(length=40), nullable=True),
        sa.Column("identity_level", sa.String(length=40), nullable=True),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("want_reply", sa.Boolean(), nullable=False),
        sa.Column("request_type", sa.String(length=40), nullable=True),
        sa.Column("category_l1", sa.String(length=40), nullable=True),
        sa.Column("category_l2", sa.String(length=40), nullable=True),
        sa.Column("gbt39666_code", sa.String(length=40), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("expected_result", sa.Text(), nullable=True),
        sa.Column("transcript", sa.Text(), nullable=True),
        sa.Column("stt_confidence", sa.Float(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address_text", sa.Text(), nullable=True),
        sa.Column("region_code", sa.String(length=40), nullable=True),
        sa.Column("town", sa.String(length=100), nullable=True),
        sa.Column("village", sa.String(length=100), nullable=True),
        sa.Column("lng", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("target_unit", sa.String(length=40), nullable=True),
        sa.Column("target_name", sa.String(length=200), nullable=True),
        sa.Column("urgency", sa.String(length=40), nullable=False),
        sa.Column("handling_mode", sa.String(length=40), nullable=True),
        sa.Column("answer_type", sa.String(length=40), nullable=True),
        sa.Column("acceptance_basis", sa.String(length=40), nullable=True),
        sa.Column("reject_code", sa.String(length=40), nullable=True),
        sa.Column("unit", sa.String(length=40), nullable=True),
        sa.Column("lead_unit", sa.String(length=40), nullable=True),
        sa.Column("assist_units", sa.JSON(), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sign_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolve_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("original_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extension_requests", sa.JSON(), nullable=False),
        sa.Column("return_requests", sa.JSON(), nullable=False),
        sa.Column("handling_note", sa.Text(), nullable=True),
        sa.Column("public_reply", sa.Text(), nullable=True),
        sa.Column("contacted", sa.Boolean(), nullable=True),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_true", sa.Boolean(), nullable=True),
        sa.Column("solved", sa.Boolean(), nullable=True),
        sa.Column("unsolved_reason", sa.Text(), nullable=True),
        sa.Column("written_opinion", sa.Text(), nullable=True),
        sa.Column("audit", sa.JSON(), nullable=False),
        sa.Column("callback", sa.JSON(), nullable=False),
        sa.Column("supervision_level", sa.Integer(), nullable=False),
        sa.Column("key_categories", sa.JSON(), nullable=False),
        sa.Column("repeat_of", sa.String(length=40), nullable=True),
        sa.Column("repeat_rule", sa.String(length=40), nullable=True),
        sa.Column("repeat_seq", sa.Integer(), nullable=True),
        sa.Column("master_ticket", sa.String(length=40), nullable=True),
        sa.Column("event_ids", sa.JSON(), nullable=False),
        sa.Column("policy_id", sa.String(length=40), nullable=True),
        sa.Column("suggestion", sa.JSON(), nullable=True),
        sa.Column("chain_seq", sa.Integer(), nullable=False),
        sa.Column("chain_head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("ticket_no", name=op.f("pk_ticket")),
        sa.UniqueConstraint("call_id", "draft_kind", name=op.f("uq_ticket_call_id_draft_kind")),
        sa.UniqueConstraint("query_code", name=op.f("uq_ticket_query_code")),
    )
    op.create_index("ix_ticket_caller_number", "ticket", ["caller_number"], unique=False)
    op.create_index("ix_ticket_contact_phone", "ticket", ["contact_phone"], unique=False)
    op.create_index("ix_ticket_created_at", "ticket", ["created_at"], unique=False)
    op.create_table(
        "ticket_serial",
        sa.Column("day", sa.String(length=6), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_ticket_serial")),
    )
    op.create_table(
        "transcript_segment",
        sa.Column(
            "segment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("call_id", sa.String(length=160), nullable=False),
        sa.Column("leg_id", sa.String(length=160), nullable=False),
        sa.Column("recording_id", sa.String(length=160), nullable=True),
        sa.Column("speaker", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("start", sa.Float(), nullable=False),
        sa.Column("end", sa.Float(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("raw", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("segment_id", name=op.f("pk_transcript_segment")),
        sa.UniqueConstraint(
            "call_id",
            "leg_id",
            "source",
            "start",
            name=op.f("uq_transcript_segment_call_id_leg_id_source_start"),
        ),
    )
    op.create_table(
        "call_event",
        sa.Column("call_id", sa.String(length=160), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.call_id"], name=op.f("fk_call_event_call_id_call")
        ),
        sa.PrimaryKeyConstraint("call_id", "seq", name=op.f("pk_call_event")),
    )
    op.create_index(
        "uq_call_event_key",
        "call_event",
        ["call_id", "key"],
        unique=True,
        sqlite_where=sa.text("key IS NOT NULL"),
        postgresql_where=sa.text("key IS NOT NULL"),
    )
    op.create_table(
        "call_leg",
        sa.Column("call_id", sa.String(length=160), nullable=False),
        sa.Column("leg_id", sa.String(length=160), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("dialed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cause", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.call_id"], name=op.f("fk_call_leg_call_id_call")
        ),
        sa.PrimaryKeyConstraint("call_id", "leg_id", name=op.f("pk_call_leg")),
    )
    op.create_table(
        "call_wait",
        sa.Column("call_id", sa.String(length=160), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.String(length=40), nullable=True),
        sa.Column("agent", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.call_id"], name=op.f("fk_call_wait_call_id_call")
        ),
        sa.PrimaryKeyConstraint("call_id", "seq", name=op.f("pk_call_wait")),
    )
    op.create_table(
        "emergency_attempt",
        sa.Column("event_id", sa.String(length=160), nullable=False),
        sa.Column("dialed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["emergency_event.event_id"],
            name=op.f("fk_emergency_attempt_event_id_emergency_event"),
        ),
        sa.PrimaryKeyConstraint(
            "event_id", "dialed_at", "number", name=op.f("pk_emergency_attempt")
        ),
    )
    op.create_table(
        "ticket_call",
        sa.Column("ticket_no", sa.String(length=40), nullable=False),
        sa.Column("call_id", sa.String(length=160), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_no"], ["ticket.ticket_no"], name=op.f("fk_ticket_call_ticket_no_ticket")
        ),
        sa.PrimaryKeyConstraint("ticket_no", "call_id", "relation", name=op.f("pk_ticket_call")),
    )
    op.create_index("ix_ticket_call_call_id", "ticket_call", ["call_id"], unique=False)
    op.create_table(
        "ticket_event",
        sa.Column("ticket_no", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("command", sa.String(length=40), nullable=False),
        sa.Column("from_state", sa.String(length=40), nullable=True),
        sa.Column("to_state", sa.String(length=40), nullable=False),
        sa.Column("article", sa.String(length=40), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_no"], ["ticket.ticket_no"], name=op.f("fk_ticket_event_ticket_no_ticket")
        ),
        sa.PrimaryKeyConstraint("ticket_no", "seq", name=op.f("pk_ticket_event")),
    )
