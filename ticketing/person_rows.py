"""Persons in the store: rows, encrypted values, hash-chained events."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import insert, vault_of
from store.personal import opened, sealed
from store.tables_persons import person, person_event, person_flag, person_phone, person_ticket
from store.types import (
    GENESIS,
    JsonObject,
    JsonObjects,
    canonical_json,
    chain_hash,
    to_utc,
)
from store.vault import Cipher, Vault
from ticketing.person import Person, PersonFlag, flags_in_force
from ticketing.refusal import Refusal
from ticketing.rows import grouped, tail4

_ID_BYTES = 5


async def add(db: AsyncConnection, name: str | None, at: datetime) -> str:
    """A new person; the id."""
    person_id = f"P{secrets.token_hex(_ID_BYTES)}"
    vault = vault_of(db)
    data_key = vault.new_key(person_id)
    row = {
        "person_id": person_id,
        "created_at": to_utc(at),
        "data_key": data_key,
        "name": name and vault.cipher(person_id, data_key).seal("name", name),
        "chain_seq": 0,
        "chain_head": GENESIS,
    }
    await db.execute(sa.insert(person).values(row))
    return person_id


async def locked(db: AsyncConnection, person_id: str) -> sa.RowMapping:
    """The row of a person who was not erased. Raises Refusal."""
    query = sa.select(person).where(person.c.person_id == person_id).with_for_update()
    row = (await db.execute(query)).mappings().first()
    if row is None:
        raise unknown(person_id)
    if row["erased_at"] is not None:
        raise Refusal(
            "wrong_state",
            "person_id",
            f"人员{person_id}的个人信息已删除",
            "请关联其他人员，或新建人员",
        )
    return row


async def add_phone(
    db: AsyncConnection, row: sa.RowMapping, number: str, ticket_no: str, at: datetime
) -> None:
    """Adds a number of the person; idempotent. `ticket_no`: that it came with, "" for none."""
    vault, cipher = vault_of(db), _cipher(vault_of(db), row)
    assert cipher is not None
    values = {
        "person_id": row["person_id"],
        "number_hash": vault.number_hash(number),
        "ticket_no": ticket_no,
        "tail_hash": vault.tail_hash(tail4(number)),
        "number": cipher.seal("number", number),
        "since": to_utc(at),
    }
    made = insert(db.dialect.name, person_phone).values(values)
    await db.execute(made.on_conflict_do_nothing())


async def record(
    db: AsyncConnection,
    person_id: str,
    command: str,
    *,
    actor: str,
    role: str,
    at: datetime,
    data: JsonObject,
) -> None:
    """Writes an event of the person's hash-chained journal; personal values are encrypted."""
    row = await locked(db, person_id)
    event = {
        "person_id": person_id,
        "seq": row["chain_seq"] + 1,
        "at": to_utc(at),
        "actor": actor,
        "role": role,
        "command": command,
        "data": sealed(data, _cipher(vault_of(db), row)),
    }
    digest = chain_hash(row["chain_head"], _entry(event))
    await db.execute(sa.insert(person_event), {**event, "hash": digest})
    head = {"chain_seq": event["seq"], "chain_head": digest}
    await db.execute(sa.update(person).where(person.c.person_id == person_id).values(head))


async def journal(db: AsyncConnection, person_id: str) -> tuple[bool, JsonObjects]:
    """Whether the hash chain is whole, and the events, the oldest first."""
    row = (
        (await db.execute(sa.select(person).where(person.c.person_id == person_id)))
        .mappings()
        .first()
    )
    if row is None:
        raise unknown(person_id)
    query = sa.select(person_event).where(person_event.c.person_id == person_id)
    events = (await db.execute(query.order_by(person_event.c.seq))).mappings().all()
    head, whole = GENESIS, True
    for number, event in enumerate(events, 1):
        head = chain_hash(head, _entry(dict(event)))
        whole = whole and event["seq"] == number and event["hash"] == head
    whole = whole and (row["chain_seq"], row["chain_head"]) == (len(events), head)
    cipher = _cipher(vault_of(db), row)
    return whole, [{**event, "data": opened(event["data"], cipher)} for event in events]


async def persons(db: AsyncConnection, query: sa.Select[Any], at: datetime) -> list[Person]:
    """The persons that a select of the table finds, in its order, with flags in force at `at`."""
    rows = (await db.execute(query)).mappings().all()
    ids = [row["person_id"] for row in rows]
    phones = await grouped(
        db, sa.select(person_phone).order_by(person_phone.c.since), "person_id", ids
    )
    flags = await grouped(db, sa.select(person_flag).order_by(person_flag.c.flag), "person_id", ids)
    newest = sa.select(person_ticket).order_by(person_ticket.c.ticket_no.desc())
    tickets = await grouped(db, newest, "person_id", ids)
    vault = vault_of(db)
    found = []
    for row in rows:
        person_id, cipher = row["person_id"], _cipher(vault, row)
        numbers = [cipher.open("number", one["number"]) for one in phones[person_id] if cipher]
        noted = [PersonFlag.model_validate(dict(one)) for one in flags[person_id]]
        found.append(
            Person(
                person_id=person_id,
                name=cipher.open("name", row["name"]) if cipher and row["name"] else None,
                phones=tuple(dict.fromkeys(numbers)),
                flags=flags_in_force(noted, at),
                tickets=tuple(one["ticket_no"] for one in tickets[person_id]),
                created_at=row["created_at"],
                erased_at=row["erased_at"],
            )
        )
    return found


async def one(db: AsyncConnection, person_id: str, at: datetime) -> Person:
    """The person with the flags in force at `at`. Raises Refusal."""
    found = await persons(db, sa.select(person).where(person.c.person_id == person_id), at)
    if not found:
        raise unknown(person_id)
    return found[0]


def unknown(person_id: str) -> Refusal:
    """There is no such person."""
    shown = person_id[:40]
    return Refusal("invalid_value", "person_id", f"没有人员{shown}", "请用 persons list 查看")


def _cipher(vault: Vault, row: sa.RowMapping) -> Cipher | None:
    return vault.cipher(row["person_id"], row["data_key"]) if row["data_key"] else None


def _entry(event: Mapping[str, Any]) -> list[str | int | None]:
    names = ("actor", "role", "command")
    told = [event["person_id"], event["seq"], event["at"].isoformat()]
    return [*told, *(event[name] for name in names), canonical_json(event["data"])]
