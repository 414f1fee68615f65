"""The archive of recordings on a real store and real files."""

import hashlib
import struct
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recordings.archive import Archive
from store.engine import Store
from store.recordings import RecordingLog
from tests.stores import MASTER_KEY, sqlite_url
from tests.unit.test_archive_wav import write

AT = datetime(2026, 9, 30, 16, 30, tzinfo=UTC)  # already 1 October in China


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(sqlite_url(tmp_path), key=MASTER_KEY) as store:
        yield store


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


@pytest.fixture
def archive(store: Store, spool: Path, tmp_path: Path) -> Archive:
    return Archive(store, spool, tmp_path / "recordings", now=lambda: AT)


def start(archive: Archive, name: str) -> None:
    archive.started(
        name, call_id="hotline-1.1", kind="speaker", speaker="caller", leg_id=None, at=AT
    )


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_finished_file_gets_its_place(
    archive: Archive, store: Store, spool: Path, tmp_path: Path
) -> None:
    name = "hotline-1.1.rec.caller.1"
    start(archive, name)
    write(spool / f"{name}.wav", 12000)
    content = (spool / f"{name}.wav").read_bytes()
    await archive.finished(name)
    await archive.finished(name)
    row = await RecordingLog(store).get(name)
    assert row is not None
    place = tmp_path / "recordings/2026/10/01/hotline-1.1" / f"{name}.wav"
    assert row["path"] == str(place)
    assert place.read_bytes() == content
    assert row["sha256"] == hashlib.sha256(content).hexdigest()
    assert (row["duration_s"], row["bytes"]) == (1.5, len(content))
    assert names(spool) == set()


async def test_no_file_is_a_lost_recording(archive: Archive, store: Store) -> None:
    start(archive, "hotline-1.1.rec.caller.1")
    await archive.finished("hotline-1.1.rec.caller.1")
    row = await RecordingLog(store).get("hotline-1.1.rec.caller.1")
    assert row is not None and row["path"] is None
    assert row["lost_reason"] == "no file was written"
    assert row["duration_s"] is None


async def test_sweep_after_a_crash(archive: Archive, store: Store, spool: Path) -> None:
    cut = "hotline-1.1.rec.caller.1"  # Asterisk was killed: the header says 0 bytes
    start(archive, cut)
    write(spool / f"{cut}.wav", 8000)
    data = bytearray((spool / f"{cut}.wav").read_bytes())
    struct.pack_into("<I", data, 40, 0)
    (spool / f"{cut}.wav").write_bytes(data)
    live = "hotline-1.2.rec.agent.1"
    start(archive, live)
    write(spool / f"{live}.wav", 100)
    rowless = "hotline-1.3.rec.mix.1"
    write(spool / f"{rowless}.wav", 4000)
    start(archive, "hotline-1.4.rec.caller.1")  # no file
    damaged = "hotline-1.5.rec.caller.1"
    start(archive, damaged)
    (spool / f"{damaged}.wav").write_bytes(b"")
    (spool / "somebody-elses.wav").write_bytes(b"x")

    for _ in range(2):
        await archive.sweep(live=lambda call_id: call_id == "hotline-1.2")

    log = RecordingLog(store)
    rows = {row["recording_id"]: row for row in await log.list()}
    assert rows[cut]["duration_s"] == 1.0
    assert rows[rowless]["duration_s"] == 0.5
    assert (rows[rowless]["kind"], rows[rowless]["call_id"]) == ("mix", "hotline-1.3")
    assert rows["hotline-1.4.rec.caller.1"]["lost_reason"] is not None
    assert "damaged" in rows[damaged]["lost_reason"]
    assert [one.recording_id for one in await log.open()] == [live]
    assert names(spool) == {f"{live}.wav", "somebody-elses.wav"}


async def test_moved_but_not_closed_is_closed_by_the_sweep(
    archive: Archive, store: Store, spool: Path, tmp_path: Path
) -> None:
    name = "hotline-1.1.rec.caller.1"
    start(archive, name)
    place = tmp_path / "recordings/2026/10/01/hotline-1.1" / f"{name}.wav"
    place.parent.mkdir(parents=True)
    write(place, 8000)
    await archive.sweep(live=lambda call_id: False)
    row = await RecordingLog(store).get(name)
    assert row is not None and row["path"] == str(place) and row["duration_s"] == 1.0


async def test_names_never_leave_the_archive(archive: Archive, spool: Path, tmp_path: Path) -> None:
    name = "x.rec.caller.1"
    archive.started(name, call_id="../../etc", kind="speaker", speaker="caller", leg_id=None, at=AT)
    write(spool / f"{name}.wav", 80)
    await archive.finished(name)
    assert [p.name for p in (tmp_path / "recordings").rglob("*.wav")] == [f"{name}.wav"]
