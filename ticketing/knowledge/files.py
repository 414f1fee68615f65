"""Entries as a file (JSON): those that the program brings, and those that a city moves."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from store.engine import Store
from store.types import JsonObject
from ticketing.citydata import CITY_FOLDER, CityData, CityDataError
from ticketing.field_errors import field_refusal
from ticketing.knowledge import journal, rules
from ticketing.knowledge.entry import REFERENCE, Entry, EntryContent
from ticketing.refusal import Refusal
from ticketing.workflow.terms import SYSTEM, Actor, refuse

FILE = "knowledge.json"
MOST = 20_000
"""Entries of one file."""
_SEEDED = "随程序提供，请责任单位复核"


@dataclass
class Brought:
    """What an import did, or would do, by code."""

    new: list[str] = field(default_factory=list)
    revised: list[str] = field(default_factory=list)
    unchanged: int = 0


def read(path: Path) -> dict[str, EntryContent]:
    """The entries of a file by code. Raises CityDataError that names the entry at fault."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CityDataError(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CityDataError(f"{path}: not JSON: {error}") from error
    if not isinstance(rows, list) or len(rows) > MOST:
        raise CityDataError(f"{path}: must be a list of at most {MOST} entries")
    found: dict[str, EntryContent] = {}
    for number, row in enumerate(rows, 1):
        where = f"{path}: entry {number}"
        if not isinstance(row, dict):
            raise CityDataError(f"{where} is no object")
        code = str(row.pop("code", ""))
        named = REFERENCE.fullmatch(code)
        if named is None or named["version"] is not None:
            raise CityDataError(f"{where}: the code must be like ZS0012, not {code[:40]!r}")
        if code in found:
            raise CityDataError(f"{where}: {code} stands there twice")
        try:
            found[code] = EntryContent.model_validate(row)
        except ValidationError as error:
            raise CityDataError(f"{where} ({code}): {field_refusal(error.errors()[0])}") from error
    return found


def text(entries: Iterable[Entry]) -> str:
    """The published entries as a file's text; `read` reads it back."""
    rows: list[JsonObject] = [
        {"code": one.code, **one.published.content.model_dump(mode="json")}
        for one in entries
        if one.state == "published" and one.published is not None
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


async def seed(store: Store, city: CityData, at: datetime, path: Path = CITY_FOLDER / FILE) -> int:
    """Publishes the program's entries in a store that has none; how many.

    Entries of units and categories that the city does not have are left out. Later the entries
    are the city's: a new release changes none.
    """
    async with store.read() as db:
        if await journal.seqs(db):
            return 0
    done = 0
    known = read(path)
    async with store.write() as db:
        for code, content in known.items():
            try:
                rules.check_codes(content, city, rules.day_of(at))
            except Refusal:
                continue
            if not await journal.take(db, code):  # another process was faster
                return done
            proposed = rules.decide(
                None, code, "propose", SYSTEM, at, content=content, reason=_SEEDED
            )
            entry = await journal.append(db, None, proposed)
            approved = rules.decide(entry, code, "approve", SYSTEM, at, reason=_SEEDED)
            await journal.append(db, entry, approved)
            done += 1
    return done


async def bring_in(
    store: Store,
    city: CityData,
    given: dict[str, EntryContent],
    *,
    by: Actor,
    approver: Actor | None,
    reason: str,
    at: datetime,
    dry_run: bool = False,
) -> Brought:
    """Proposes new and changed entries; with an `approver` they are published at once.

    Entries that the file leaves out stay. All or nothing: raises Refusal for the first entry that
    does not fit, with its code.
    """
    done = Brought()
    async with store.write() as db:
        trial = await db.begin_nested()
        known = await journal.entries(db, given, locked=True)
        for code, content in given.items():
            before = known.get(code)
            if before is not None and content == _newest(before):
                done.unchanged += 1
                continue
            (done.new if before is None else done.revised).append(code)
            try:
                rules.check(content, city, rules.day_of(at))
                command = rules.decide(
                    before, code, "propose" if before is None else "revise", by, at,
                    content=content, reason=reason,
                )  # fmt: skip
                if before is None:
                    await journal.take(db, code)
                entry = await journal.append(db, before, command)
                if approver is not None:
                    approval = rules.decide(entry, code, "approve", approver, at, reason=reason)
                    await journal.append(db, entry, approval)
            except Refusal as refusal:
                raise refuse(
                    refusal.code, refusal.field, f"{code}：{refusal.message}", refusal.fix,
                    refusal.article,
                ) from None  # fmt: skip
        if dry_run:
            await trial.rollback()
    return done


def _newest(entry: Entry) -> EntryContent:
    return (entry.pending or entry.shown).content
