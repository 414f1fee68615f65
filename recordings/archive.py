"""The archive of recorded files (录音归档): from Asterisk's spool to a folder by date, checksummed.

The row is written when a recording starts, so that no file is without a record; it is closed
when the file has its place. A file moves in one step (rename), after its bytes are on disk; a
crash in between is put right by `sweep`. Nothing is ever deleted here.
"""

import asyncio
import hashlib
import logging
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from recordings import wav
from store.engine import Store
from store.recordings import Kind, OpenRecording, RecordingLog
from store.types import SHANGHAI

_log = logging.getLogger(__name__)

T = TypeVar("T")

SUFFIX = ".wav"
DAMAGED = ".damaged"
"""Added to the name of a file that is kept though it is no recording any more."""


@dataclass(frozen=True, slots=True)
class RecordingName:
    """What the name of a recording says: `<call_id>.rec.<role>.<n>`."""

    call_id: str
    kind: Kind
    speaker: str | None

    @classmethod
    def parse(cls, name: str) -> "RecordingName | None":
        """None for a name that is not one of ours."""
        call_id, mark, rest = name.partition(".rec.")
        role, _, number = rest.rpartition(".")
        if not (call_id and mark and role and number):
            return None
        if role == "mix":
            return cls(call_id, "mix", None)
        if role == "message":
            return cls(call_id, "message", "caller")
        return cls(call_id, "speaker", role)


class Archive:
    """Files of recordings; its methods may be called for the same recording again."""

    def __init__(
        self,
        store: Store,
        spool: Path,
        root: Path,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`spool`: where Asterisk writes; `root`: the archive (best on the same file system)."""
        self._log = RecordingLog(store)
        self._spool = spool
        self._root = root
        self._now = now
        self._busy: dict[str, asyncio.Lock] = {}
        self._rows: dict[str, asyncio.Future[None]] = {}
        """Rows on their way into the store."""
        # One after the other: copying and hashing must not fill the disk's queue.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="archive")

    def started(
        self,
        recording_id: str,
        *,
        call_id: str,
        kind: Kind,
        speaker: str | None,
        leg_id: str | None,
        at: datetime,
    ) -> asyncio.Future[None]:
        """Asterisk began to write the file of this name (RecordingStarted)."""
        row = self._log.started(
            recording_id,
            call_id=call_id,
            kind=kind,
            speaker=speaker,
            leg_id=leg_id,
            started_at=at,
            spool_name=recording_id,
        )
        self._rows[recording_id] = row
        row.add_done_callback(lambda _: self._rows.pop(recording_id, None))
        return row

    async def finished(self, name: str) -> None:
        """Asterisk closed the file: it gets its place and its row is closed.

        Where the disk refuses, the error is logged and the next `sweep` tries again.
        """
        async with self._busy.setdefault(name, asyncio.Lock()):
            await asyncio.gather(*self._rows.values(), return_exceptions=True)
            row = await self._log.get(name)
            if row is None or row["path"] is not None:
                self._busy.pop(name, None)
                return
            started = datetime.fromisoformat(row["started_at"])
            await self._put_away(name, row["call_id"], started, "no file was written")
        self._busy.pop(name, None)

    async def sweep(self, *, live: Callable[[str], bool]) -> None:
        """Puts away everything that no call for which `live` is true is still writing.

        Recordings without a file are closed as lost; files without a row get one.
        """
        await asyncio.gather(*self._rows.values(), return_exceptions=True)
        known = {row.spool_name: row for row in await self._log.open()}
        for path in await self._in_thread(self._left_on_spool):
            name = str(path.relative_to(self._spool))[: -len(SUFFIX)]
            if name not in known and not live(_call_of(name)):
                await self._adopt(name, path)
        for row in known.values():
            if not live(_call_of(row.spool_name)):
                await self._sweep_row(row)

    async def _sweep_row(self, row: OpenRecording) -> None:
        async with self._busy.setdefault(row.spool_name, asyncio.Lock()):
            await self._put_away(
                row.recording_id,
                row.call_id,
                row.started_at,
                "the system stopped before a file was written",
            )
        self._busy.pop(row.spool_name, None)

    async def _adopt(self, name: str, path: Path) -> None:
        """A file whose row was lost: its name says whose it is."""
        parsed = RecordingName.parse(name)
        if parsed is None or await self._log.get(name) is not None:
            return
        started = await self._in_thread(lambda: _began(path))
        await self.started(
            name,
            call_id=parsed.call_id,
            kind=parsed.kind,
            speaker=parsed.speaker,
            leg_id=None,
            at=started,
        )
        await self._put_away(name, parsed.call_id, started, "no file was written")

    async def _put_away(self, name: str, call_id: str, started: datetime, without: str) -> None:
        source = self._spool / f"{name}{SUFFIX}"
        target = self._place(name, call_id, started)
        try:
            filed = await self._in_thread(lambda: _file(source, target))
        except wav.NotWav as error:
            _log.error("recording %s is damaged: %s", name, error)
            await self._log.lost(name, reason=f"damaged file: {error}", at=self._now())
        except FileNotFoundError:
            _log.error("recording %s: %s", name, without)
            await self._log.lost(name, reason=without, at=self._now())
        except OSError as error:
            _log.error("recording %s stays on the spool: %s", name, error)
        else:
            await self._log.closed(
                name,
                path=target,
                duration_s=round(filed.seconds, 3),
                bytes=filed.bytes,
                sha256=filed.sha256,
                at=self._now(),
            )

    def _place(self, name: str, call_id: str, started: datetime) -> Path:
        day = started.astimezone(SHANGHAI)
        folder = self._root.absolute() / f"{day:%Y}" / f"{day:%m}" / f"{day:%d}" / _plain(call_id)
        return folder / f"{_plain(name)}{SUFFIX}"

    def _left_on_spool(self) -> list[Path]:
        return sorted(self._spool.rglob(f"*{SUFFIX}")) if self._spool.is_dir() else []

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _call_of(name: str) -> str:
    parsed = RecordingName.parse(name)
    return parsed.call_id if parsed else ""


@dataclass(frozen=True, slots=True)
class _Filed:
    seconds: float
    bytes: int
    sha256: str


def _file(source: Path, target: Path) -> _Filed:
    """Moves the file to its place unless it is there already, and measures it.

    Raises FileNotFoundError where it is in neither, NotWav after setting it aside, OSError.
    """
    if source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if wav.repair(source):
                _log.warning("recording %s: header repaired", source.name)
        except wav.NotWav:
            _move(source, target.with_name(target.name + DAMAGED))
            raise
        _move(source, target)
    size = target.stat().st_size
    return _Filed(wav.seconds(target), size, _checksum(target))


def _move(source: Path, target: Path) -> None:
    with source.open("rb") as file:
        os.fsync(file.fileno())
    try:
        source.replace(target)
    except OSError:
        if source.stat().st_dev == target.parent.stat().st_dev:
            raise
        part = target.with_name(target.name + ".part")
        shutil.copyfile(source, part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
        source.unlink()
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _began(path: Path) -> datetime:
    """When a file without a row was begun: its last change less its length."""
    stat = path.stat()
    samples = max(0, stat.st_size - wav.HEADER_BYTES) / 16000
    return datetime.fromtimestamp(stat.st_mtime, UTC) - timedelta(seconds=samples)


def _plain(name: str) -> str:
    """A name that is one part of a path."""
    return "".join(sign if sign.isalnum() or sign in "._-" else "_" for sign in name).lstrip(".")
