"""Names and phone numbers of tickets are encrypted, in their rows and in their events.

What was there in the clear is encrypted under a new key of each ticket, and the journal's chain
is made anew over what is then stored. An event that did not fit its hash before does not fit it
afterwards either: the migration hides no change.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from store.types import GENESIS, UtcDateTime, canonical_json, chain_hash
from store.unlocking import unlock
from store.vault import KeyNeeded, MasterKey, Vault

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Row = dict[str, Any]
Change = Callable[[Any], Any]

_BATCH = 500
_FIELDS = ("caller_number", "contact_phone", "requester_name")
_CLEAR = (*_FIELDS, "caller_tail4", "contact_tail4")
_HASHES = ("caller_hash", "caller_tail_hash", "contact_hash", "contact_tail_hash")

_ticket = sa.table(
    "ticket",
    *(sa.column(name) for name in ("ticket_no", "data_key", "personal", "chain_head")),
    *(sa.column(name) for name in (*_CLEAR, *_HASHES)),
)
_event = sa.table(
    "ticket_event",
    *(sa.column(name) for name in ("ticket_no", "seq", "actor", "role", "command")),
    *(sa.column(name) for name in ("from_state", "to_state", "article", "hash")),
    sa.column("at", UtcDateTime),
    sa.column("data", sa.JSON),
)


def upgrade() -> None:
    op.create_table(
        "store_key",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("master_id", sa.String(length=40), nullable=False),
        sa.Column("index_key", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_key")),
    )
    for name in ("data_key", "personal"):
        op.add_column("ticket", sa.Column(name, sa.Text()))
    for name in _HASHES:
        op.add_column("ticket", sa.Column(name, sa.String(length=32)))
    _each_ticket(op.get_bind(), _encrypted)
    for name in ("caller_number", "contact_phone"):
        op.drop_index(f"ix_ticket_{name}", table_name="ticket")
    for name in _CLEAR:
        op.drop_column("ticket", name)
    for name in ("caller_hash", "contact_hash"):
        op.create_index(f"ix_ticket_{name}", "ticket", [name], unique=False)


def downgrade() -> None:
    """Back in the clear; what was erased stays so. Needs the master key, too."""
    for name in ("caller_hash", "contact_hash"):
        op.drop_index(f"ix_ticket_{name}", table_name="ticket")
    for name in _CLEAR:
        op.add_column("ticket", sa.Column(name, sa.String(length=200)))
    _each_ticket(op.get_bind(), _decrypted)
    for name in ("data_key", "personal", *_HASHES):
        op.drop_column("ticket", name)
    for name in ("caller_number", "contact_phone"):
        op.create_index(f"ix_ticket_{name}", "ticket", [name], unique=False)
    op.drop_table("store_key")


def _each_ticket(db: sa.Connection, change: Callable[[Vault, Row], tuple[Row, Change]]) -> None:
    """Changes rows and events; `change` gives new columns, and what events' data become."""
    last = ""
    query = sa.select(_ticket).order_by(_ticket.c.ticket_no).limit(_BATCH)
    vault: Vault | None = None
    while rows := db.execute(query.where(_ticket.c.ticket_no > last)).mappings().all():
        vault = vault or _vault(db)
        for row in map(dict, rows):
            columns, of_events = change(vault, row)
            before, after = _chain_again(db, row["ticket_no"], of_events)
            if row["chain_head"] == before:
                columns["chain_head"] = after
            this = sa.update(_ticket).where(_ticket.c.ticket_no == row["ticket_no"])
            db.execute(this.values(columns))
        last = rows[-1]["ticket_no"]


def _vault(db: sa.Connection) -> Vault:
    master = context.config.attributes.get("master_key")
    if not isinstance(master, MasterKey):
        raise KeyNeeded
    return unlock(db, master)


def _encrypted(vault: Vault, row: Row) -> tuple[Row, Change]:
    data_key = vault.new_key(row["ticket_no"])
    cipher = vault.cipher(row["ticket_no"], data_key)
    known = {name: row[name] for name in _FIELDS}
    caller, contact = row["caller_number"], row["contact_phone"]
    columns = {
        "data_key": data_key,
        "personal": cipher.seal("personal", known) if any(known.values()) else None,
        "caller_hash": vault.number_hash(caller),
        "caller_tail_hash": vault.tail_hash(_tail4(caller)),
        "contact_hash": vault.number_hash(contact),
        "contact_tail_hash": vault.tail_hash(_tail4(contact)),
        **dict.fromkeys(_CLEAR),
    }
    return columns, lambda data: _each_value(data, cipher.seal)


def _decrypted(vault: Vault, row: Row) -> tuple[Row, Change]:
    if row["data_key"] is None:
        return {}, lambda data: _each_value(data, lambda _name, _token: None)
    cipher = vault.cipher(row["ticket_no"], row["data_key"])
    known = cipher.open("personal", row["personal"]) if row["personal"] else {}
    tails = {
        "caller_tail4": _tail4(known.get("caller_number")),
        "contact_tail4": _tail4(known.get("contact_phone")),
    }
    return {**known, **tails}, lambda data: _each_value(data, cipher.open)


def _chain_again(db: sa.Connection, number: str, change: Change) -> tuple[str, str]:
    """Changes the data of a ticket's events; the old and the new hash of the last one."""
    query = sa.select(_event).where(_event.c.ticket_no == number).order_by(_event.c.seq)
    before = after = GENESIS
    for event in map(dict, db.execute(query).mappings().all()):
        told = change(event["data"])
        was_right = event["hash"] == chain_hash(before, _entry(event, event["data"]))
        before = event["hash"]
        after = chain_hash(after, _entry(event, told)) if was_right else event["hash"]
        this = sa.update(_event).where(_event.c.ticket_no == number, _event.c.seq == event["seq"])
        db.execute(this.values(data=told, hash=after))
    return before, after


def _entry(event: Row, data: Any) -> list[str | int | None]:
    names = ("actor", "role", "command", "from_state", "to_state", "article")
    told = [event["ticket_no"], event["seq"], event["at"].isoformat()]
    return [*told, *(event[name] for name in names), canonical_json(data)]


def _each_value(data: Any, change: Callable[[str, Any], Any]) -> Any:
    """The data with every personal value changed."""
    if isinstance(data, dict):
        return {
            key: change(key, value)
            if key in _FIELDS and value is not None
            else _each_value(value, change)
            for key, value in data.items()
        }
    return [_each_value(value, change) for value in data] if isinstance(data, list) else data


def _tail4(number: str | None) -> str | None:
    return number[-4:] if number else None
