"""Tables of the city's own data (城市数据): every change is a version, nothing is overwritten."""

import sqlalchemy as sa

from store.tables import WORD, metadata
from store.types import UtcDateTime

city_version = sa.Table(
    "city_version",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("by", sa.String(80), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

city_entry = sa.Table(
    "city_entry",
    metadata,
    sa.Column("kind", WORD, primary_key=True),
    sa.Column("code", sa.String(80), primary_key=True),
    sa.Column(
        "version",
        sa.Integer,
        sa.ForeignKey(city_version.c.version),
        primary_key=True,
        autoincrement=False,
    ),
    # NULL: from this version on there is no such entry.
    sa.Column("data", sa.JSON(none_as_null=True)),
)
