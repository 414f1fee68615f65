"""Imports under Hypothesis: any file is refused by name or comes in whole, and nothing between."""

import asyncio
import json
import random
import zipfile
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.engine import Store
from store.tables import metadata
from tests.stores import MASTER_KEY, sqlite_url
from tests.unit.test_exchange import export
from tests.unit.test_legacy_import import MAP, OPEN, ROW, table
from tests.unit.ticket_story import MATTER, instant
from ticketing.exchange.faults import Faults
from ticketing.exchange.legacy import import_legacy
from ticketing.exchange.outcome import Outcome
from ticketing.exchange.record import digest
from ticketing.exchange.restoring import restore
from ticketing.refusal import Refusal
from ticketing.tickets import Tickets

T0 = instant("10-01 08:00")
LATER = T0 + timedelta(days=90)
FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
KEPT = {"store_key", "alembic_version", "policy_version", "city_version"}
"""Tables that an empty store may have rows in."""
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40)
    | st.sampled_from(["", "\x00", "\ud800", "9" * 400, "2026-10-01T00:00:00+08:00", "999999"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
Work = Callable[[Store, Path], Coroutine[Any, Any, Outcome]]


@dataclass
class Place:
    """An empty store, opened anew in the loop of each example, and a folder for files."""

    folder: Path
    loop: asyncio.AbstractEventLoop
    store: Store

    def brings(self, path: Path, work: Work) -> Outcome | None:
        """The outcome, or None for a refusal; looks that the store is as it has to be."""
        return self.loop.run_until_complete(self._brings(path, work))

    async def _brings(self, path: Path, work: Work) -> Outcome | None:
        done: Outcome | None = None
        with suppress(Refusal):
            done = await work(self.store, path)
        tickets = Tickets(self.store)
        numbers = await tickets.numbers()
        came = done.new if done is not None and not done.faults.count else 0
        assert len(numbers) == came
        for number in numbers:
            assert await tickets.verify(number) == []
        await self._emptied(must_be_empty=not came)
        return done

    async def _emptied(self, *, must_be_empty: bool) -> None:
        async with self.store.write() as db:
            for one in reversed(metadata.sorted_tables):
                if one.name in KEPT:
                    continue
                if must_be_empty:
                    count = await db.scalar(sa.select(sa.func.count()).select_from(one))
                    assert count == 0, one.name
                await db.execute(sa.delete(one))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        opened = Store.open(sqlite_url(tmp_path), key=MASTER_KEY)
        store = loop.run_until_complete(opened.__aenter__())
        yield Place(tmp_path, loop, store)
        loop.run_until_complete(opened.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """Sound exports of a few tickets, by format."""
    folder = tmp_path_factory.mktemp("exports")
    return asyncio.run(_exports(folder))


async def _exports(folder: Path) -> Mapping[str, bytes]:
    async with Store.open(sqlite_url(folder), key=MASTER_KEY) as store:
        tickets = Tickets(store)
        for content in ("停水三天了", '路灯不亮,"西门"\n第二行'):
            data = {**MATTER, "content": content}
            one = await tickets.create(data, actor="1001", role="agent", at=T0)
            await tickets.do(one.ticket_no, "accept", {}, actor="1001", role="agent", at=T0)
        paths = [await export(store, folder / f"a.{form}", form) for form in FORMATS]
    return {path.suffix[1:]: path.read_bytes() for path in paths}


FORMATS: tuple[Any, ...] = ("json", "jsonl", "csv", "xlsx")


async def bring(store: Store, path: Path) -> Outcome:
    return await restore(store, path, folder=path.parent, at=LATER, faults=Faults())


async def bring_legacy(store: Store, path: Path) -> Outcome:
    folder, tickets = path.parent, Tickets(store)
    return await import_legacy(store, tickets, path, MAP, folder=folder, at=LATER, faults=Faults())


@pytest.mark.parametrize("form", FORMATS)
def test_a_sound_file_comes_in(place: Place, exports: Mapping[str, bytes], form: str) -> None:
    """What the others change is accepted before it is changed."""
    path = place.folder / f"sound.{form}"
    path.write_bytes(exports[form])
    done = place.brings(path, bring)
    assert done is not None
    assert (done.new, done.faults.count) == (2, 0)


@pytest.mark.parametrize("form", FORMATS)
@given(seed=st.integers(0, 2**32), changes=st.integers(1, 5))
@FUZZ
def test_damaged_bytes(
    place: Place, exports: Mapping[str, bytes], form: str, seed: int, changes: int
) -> None:
    path = place.folder / f"damaged.{form}"
    path.write_bytes(damaged(exports[form], random.Random(seed), changes))
    place.brings(path, bring)


@given(seed=st.integers(0, 2**32), value=VALUES)
@FUZZ
def test_records_that_somebody_wrote(
    place: Place, exports: Mapping[str, bytes], seed: int, value: Any
) -> None:
    """Any value anywhere, with the checksum made right again."""
    head, *lines = exports["jsonl"].decode().splitlines()
    chance = random.Random(seed)
    records = [json.loads(line) for line in lines]
    one = chance.choice(records)
    holder, key = chance.choice(list(spots(one)))
    holder[key] = value
    one["digest"] = digest(one)
    text = "\n".join([head, *(json.dumps(record) for record in records)])
    path = place.folder / "written.jsonl"
    path.write_text(text, encoding="utf-8")
    place.brings(path, bring)


@given(
    column=st.sampled_from(sorted(ROW)),
    text=st.text(max_size=60)
    | st.sampled_from(["2026-13-01", "9999-12-31 00:00:00", "0001-01-01", "=1+1", "1" * 5000]),
    open_one=st.booleans(),
)
@FUZZ
def test_rows_of_an_old_system(place: Place, column: str, text: str, open_one: bool) -> None:
    row = {**(OPEN if open_one else ROW), column: text}
    path = table(place.folder / "old.csv", {**ROW, "工单号": "A-0"}, row, encoding="utf-8")
    place.brings(path, bring_legacy)


def test_texts_of_a_table_that_would_unpack_without_end(
    place: Place, exports: Mapping[str, bytes]
) -> None:
    """Its rows are read one by one, but the texts they refer to are kept in memory."""
    path, sound = place.folder / "bomb.xlsx", place.folder / "sound.xlsx"
    sound.write_bytes(exports["xlsx"])
    texts = "xl/sharedStrings.xml"
    with (
        zipfile.ZipFile(sound) as parts,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for one in parts.infolist():
            if one.filename != texts:
                bomb.writestr(one.filename, parts.read(one))
        with bomb.open(texts, "w") as file:
            for _ in range(300):
                file.write(b" " * 1024 * 1024)
    assert path.stat().st_size < 1024 * 1024
    with pytest.raises(Refusal, match="解压后"):
        place.loop.run_until_complete(bring(place.store, path))


def damaged(data: bytes, chance: random.Random, changes: int) -> bytes:
    """The bytes with stretches changed, doubled, cut out or put in."""
    found = bytearray(data)
    for _ in range(changes):
        at = chance.randrange(len(found) + 1)
        to = min(len(found), at + chance.choice((1, 1, 2, 8, 64)))
        new = [b"", chance.randbytes(to - at), found[at:to] * 2, b'"', b"\n", b",", b"\x00"]
        found[at:to] = chance.choice(new)
    return bytes(found)


def spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a record where something stands."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        if key != "digest":
            yield value, key
        if isinstance(value[key], (dict, list)):
            yield from spots(value[key])
