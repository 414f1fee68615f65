"""Names and phone numbers of tickets are encrypted, in their rows and in their events.

What was there in the clear is encrypted under a new key of each ticket, and the journal's chain
is made anew over what is then stored. An event that did not fit its hash before does not fit it
afterwards either: the migration hides no change.
"""

from typing import Any

import sqlalchemy as sa
from alembic import context, op

from store.types import GENESIS, UtcDateTime, canonical_json, chain_hash
from store.unlocking import unlock
from store.vault import Cipher, KeyNeeded, MasterKey, Vault

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

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
    _encrypt(op.get_bind())
    for name in ("caller_number", "contact_phone"):
        op.drop_index(f"ix_ticket_{name}", table_name="ticket")
    for name in _CLEAR:
        op.drop_column("ticket", name)
    for name in ("caller_hash", "contact_hash"):
        op.create_index(f"ix_ticket_{name}", "ticket", [name], unique=False)


def downgrade() -> None:
    raise NotImplementedError("what was encrypted is not put back in the clear")


def _encrypt(db: sa.Connection) -> None:
    last = ""
    columns = (_ticket.c.ticket_no, _ticket.c.chain_head, *(_ticket.c[name] for name in _FIELDS))
    query = sa.select(*columns).order_by(_ticket.c.ticket_no).limit(_BATCH)
    vault: Vault | None = None
    while rows := db.execute(query.where(_ticket.c.ticket_no > last)).mappings().all():
        vault = vault or _vault(db)
        for row in rows:
            _encrypt_ticket(db, vault, dict(row))
        last = rows[-1]["ticket_no"]


def _vault(db: sa.Connection) -> Vault:
    master = context.config.attributes["master_key"]
    if not isinstance(master, MasterKey):
        raise KeyNeeded
    return unlock(db, master)


def _encrypt_ticket(db: sa.Connection, vault: Vault, row: dict[str, Any]) -> None:
    number = row["ticket_no"]
    data_key = vault.new_key(number)
    cipher = vault.cipher(number, data_key)
    known = {name: row[name] for name in _FIELDS}
    caller, contact = row["caller_number"], row["contact_phone"]
    changed = {
        "data_key": data_key,
        "personal": cipher.seal("personal", known) if any(known.values()) else None,
        "caller_hash": vault.number_hash(caller),
        "caller_tail_hash": vault.tail_hash(caller and caller[-4:]),
        "contact_hash": vault.number_hash(contact),
        "contact_tail_hash": vault.tail_hash(contact and contact[-4:]),
        **dict.fromkeys(_CLEAR),
    }
    before, after = _chain_again(db, number, cipher)
    if row["chain_head"] == before:
        changed["chain_head"] = after
    db.execute(sa.update(_ticket).where(_ticket.c.ticket_no == number).values(changed))


def _chain_again(db: sa.Connection, number: str, cipher: Cipher) -> tuple[str, str]:
    """Encrypts a ticket's events; the old and the new hash of the last one."""
    query = sa.select(_event).where(_event.c.ticket_no == number).order_by(_event.c.seq)
    before = after = GENESIS
    for event in map(dict, db.execute(query).mappings().all()):
        told = _sealed(event["data"], cipher)
        was_right = event["hash"] == chain_hash(before, _entry(event, event["data"]))
        before = event["hash"]
        after = chain_hash(after, _entry(event, told)) if was_right else event["hash"]
        this = sa.update(_event).where(_event.c.ticket_no == number, _event.c.seq == event["seq"])
        db.execute(this.values(data=told, hash=after))
    return before, after


def _entry(event: dict[str, Any], data: Any) -> list[str | int | None]:
    names = ("actor", "role", "command", "from_state", "to_state", "article")
    told = [event["ticket_no"], event["seq"], event["at"].isoformat()]
    return [*told, *(event[name] for name in names), canonical_json(data)]


def _sealed(data: Any, cipher: Cipher) -> Any:
    if isinstance(data, dict):
        return {
            key: cipher.seal(key, value)
            if key in _FIELDS and value is not None
            else _sealed(value, cipher)
            for key, value in data.items()
        }
    return [_sealed(value, cipher) for value in data] if isinstance(data, list) else data
