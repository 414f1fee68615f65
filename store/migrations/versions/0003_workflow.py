"""What the workflow of tickets keeps, when their timers are due, and the policy's versions.

Tickets that are there already are drafts: in their first state since they were made. The poller
looks at all of them once, and then knows when their timers are due.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TIMES = (
    "state_since",
    "merged_since",
    "referred_at",
    "answered_at",
    "first_resolved_at",
    "supplement_due",
    "rectify_due",
    "sms_due",
    "manual_due",
    "clock_started_at",
    "clock_stopped_at",
    "next_timer_at",
)
_TEXTS = ("answer", "explanation", "guidance", "unit_content", "leader_action")
_WORDS = {
    "merged_from": 40,
    "same_matter_as": 40,
    "clock": 40,
    "replied_by": 80,
    "corrects": 200,
    "knowledge_ref": 200,
    "leader_name_role": 200,
}
_FLAGS = ("answered_in_call", "written_opinion_required")
_LISTS = ("emergencies", "sub_dispatches", "assist_replies", "supervision", "late")


def upgrade() -> None:
    for name in _TIMES:
        op.add_column("ticket", sa.Column(name, sa.DateTime(timezone=True)))
    for name in _TEXTS:
        op.add_column("ticket", sa.Column(name, sa.Text()))
    for name, length in _WORDS.items():
        op.add_column("ticket", sa.Column(name, sa.String(length)))
    for name in _FLAGS:
        op.add_column(
            "ticket", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        )
    for name in _LISTS:
        op.add_column(
            "ticket", sa.Column(name, sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
        )
    op.add_column(
        "ticket", sa.Column("clock_used", sa.Float(), nullable=False, server_default=sa.text("0"))
    )
    op.execute("UPDATE ticket SET state_since = created_at, next_timer_at = created_at")
    op.create_index(
        "ix_ticket_repeat_of",
        "ticket",
        ["repeat_of"],
        unique=False,
        sqlite_where=sa.text("repeat_of IS NOT NULL"),
        postgresql_where=sa.text("repeat_of IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_next_timer_at",
        "ticket",
        ["next_timer_at", "ticket_no"],
        unique=False,
        sqlite_where=sa.text("next_timer_at IS NOT NULL"),
        postgresql_where=sa.text("next_timer_at IS NOT NULL"),
    )
    op.create_table(
        "policy_version",
        sa.Column("policy_id", sa.String(length=40), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("policy_id", name=op.f("pk_policy_version")),
    )


def downgrade() -> None:
    op.drop_table("policy_version")
    op.drop_index("ix_ticket_next_timer_at", table_name="ticket")
    op.drop_index("ix_ticket_repeat_of", table_name="ticket")
    for name in ("clock_used", *_LISTS, *_FLAGS, *_WORDS, *_TEXTS, *_TIMES):
        op.drop_column("ticket", name)
