"""Table of the store's own key (store/vault.py)."""

import sqlalchemy as sa

from store.tables import WORD, metadata
from store.types import UtcDateTime

store_key = sa.Table(
    "store_key",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # one row: 1
    sa.Column("master_id", WORD, nullable=False),  # of the key that wraps all others
    sa.Column("index_key", sa.Text, nullable=False),  # of the hashes; wrapped
    sa.Column("since", UtcDateTime, nullable=False),
)
