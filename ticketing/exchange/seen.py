"""Keys that a file has shown already, on disk where they are many."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager


class Seen:
    """Remembers keys and the lines they were on."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.execute("create table seen (key text primary key, line int) without rowid")

    def before(self, key: str, line: int) -> int | None:
        """The line that had the key before; None where this one is the first."""
        done = self._db.execute("insert or ignore into seen values (?, ?)", (key, line))
        if done.rowcount:
            return None
        found: int = self._db.execute("select line from seen where key = ?", (key,)).fetchone()[0]
        return found


@contextmanager
def seen() -> Iterator[Seen]:
    """A new memory; SQLite keeps it in a file that has no name and goes with it."""
    with closing(sqlite3.connect("")) as db:
        yield Seen(db)
