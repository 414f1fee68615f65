"""Opens a store's vault: which master key it wants, and whether the given one is it."""

import secrets
from datetime import UTC, datetime

import sqlalchemy as sa

from store.tables_vault import store_key
from store.vault import KEY_BYTES, MasterKey, Vault, WrongKey, unwrap_index_key, wrap_index_key


def unlock(db: sa.Connection, master: MasterKey) -> Vault:
    """The vault of a store, which from its first unlocking on knows its key. Raises WrongKey.

    In a transaction that may write and that no other process's unlocking runs beside.
    """
    row = db.execute(sa.select(store_key)).first()
    if row is None:
        index_key = secrets.token_bytes(KEY_BYTES)
        first = {"id": 1, "master_id": master.id, "since": datetime.now(UTC)}
        wrapped = wrap_index_key(master, index_key)
        db.execute(sa.insert(store_key).values(first | {"index_key": wrapped}))
        return Vault(master, index_key)
    if row.master_id != master.id:
        raise WrongKey(row.master_id, master.id)
    return Vault(master, unwrap_index_key(master, row.index_key))
