"""What the machine must give to a configuration: addresses, folders, drivers.

Looks and leaves nothing behind, so that `doctor` and `reload` may look as well.
"""

import socket
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from service.checks import Fault
from service.errors import ConfigError
from service.files import unwritable
from service.loader import Loaded
from service.settings import Settings


def check_machine(loaded: Loaded) -> None:
    """Raises ConfigError for settings that this machine cannot serve."""
    settings = loaded.settings
    faults = [*_check_bind(settings), *_check_recordings(settings), *_check_store(settings)]
    if faults:
        raise ConfigError([loaded.problem(*fault) for fault in faults])


def _check_bind(settings: Settings) -> Iterator[Fault]:
    host = settings.sip.bind
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))
    except (OSError, UnicodeError):
        yield Fault(
            ("sip", "bind"),
            f"{host} is no address of this machine",
            "write an address that `ip addr` shows, 127.0.0.1, or 0.0.0.0 for all of them",
        )


def _check_recordings(settings: Settings) -> Iterator[Fault]:
    folder = settings.recordings.dir
    if folder is not None and (why := unwritable(folder)):
        fix = "name a folder that this user may write, or null for VAR/recordings"
        yield Fault(("recordings", "dir"), why, fix)


STORE_FIX = (
    "write sqlite+aiosqlite:////path/store.sqlite or postgresql+asyncpg://user:password@host/name, "
    "or null for SQLite in VAR"
)


def _check_store(settings: Settings) -> Iterator[Fault]:
    if settings.store.url is None:
        return
    path = ("store", "url")
    try:
        url = make_url(settings.store.url)
    except (ArgumentError, ValueError):
        yield Fault(path, "this is no URL of a database", STORE_FIX)
        return
    # Messages never show the whole URL: it may hold a password.
    match url.drivername:
        case "sqlite+aiosqlite" if url.database and url.database != ":memory:":
            folder = Path(url.database).parent
            if not folder.is_dir():
                fix = "make that folder, or name a file in another one"
                yield Fault(path, f"there is no folder {folder}", fix)
            elif why := unwritable(folder):
                yield Fault(path, why, "name a file in a folder that this user may write")
        case "postgresql+asyncpg" if url.database:
            return
        case "sqlite+aiosqlite" | "postgresql+asyncpg":
            yield Fault(path, "the URL names no file or database", STORE_FIX)
        case driver:
            yield Fault(path, f"{driver}:// is not supported", STORE_FIX)
