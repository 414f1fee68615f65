"""The city's data of a store as a folder, for what reads files: suggestions, routing, places."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from store.engine import Store
from ticketing import city_files, city_versions
from ticketing.city_files import TICKET_KINDS, Entries
from ticketing.citydata import CITY_FOLDER


async def folder_of(store: Store, root: Path) -> Path:
    """The folder of the data in force; below `root`, made where it is not there yet.

    A store that was never changed uses the program's own files. Older versions are removed.
    """
    async with store.read() as db:
        version = await city_versions.newest(db, TICKET_KINDS)
        if version is None:
            return CITY_FOLDER
        folder = root / str(version)
        if folder.is_dir():
            return folder
        entries = await city_versions.entries(db, version)
    await asyncio.to_thread(_make, folder, entries)
    return folder


def _make(folder: Path, entries: Entries) -> None:
    """Made beside and renamed: readers see a whole folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        city_files.write({name: entries[name] for name in TICKET_KINDS}, beside)
        city_files.complete(beside)
        beside.rename(folder)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)
        if not folder.is_dir():  # else another process was faster
            raise
    for other in folder.parent.iterdir():
        if other.name.isdigit() and int(other.name) < int(folder.name):
            shutil.rmtree(other, ignore_errors=True)
