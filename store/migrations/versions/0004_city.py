"""The city's own data, in versions; an empty table stands for the files that the program brings."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "city_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_city_version")),
    )
    op.create_table(
        "city_entry",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["version"],
            ["city_version.version"],
            name=op.f("fk_city_entry_version_city_version"),
        ),
        sa.PrimaryKeyConstraint("kind", "code", "version", name=op.f("pk_city_entry")),
    )


def downgrade() -> None:
    op.drop_table("city_entry")
    op.drop_table("city_version")
