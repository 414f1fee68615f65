"""The group-committing writer: many posts, one commit."""

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager

import sqlalchemy as sa

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.03
"""How long the first post of a batch waits for others."""
BATCH_POSTS = 500
"""More than this are not put into one transaction."""
QUEUE_POSTS = 50_000
"""Posts that may wait; reached only where the disk stands still for minutes."""

Batch = Callable[[sa.Connection], None]
Work = sa.Executable | Callable[[sa.Connection], Batch | None]
"""A statement, or a function that is called in the writer's thread with its connection.

What the function returns is called once at the end of the batch: work that is cheaper when done
for many posts together. It belongs to the same transaction.
"""


class StoreBusy(RuntimeError):
    """Too many posts wait to be written: the disk does not follow."""


class StoreClosed(RuntimeError):
    """The store was closed."""


class Post:
    """The atomic work of one `post` and the future of its commit."""

    __slots__ = ("done", "work")

    def __init__(self, work: Sequence[Work], done: asyncio.Future[None]) -> None:
        self.work = work
        self.done = done

    def run(self, connection: sa.Connection) -> Iterator[Batch]:
        """Does the work; yields what is to be called at the end of the batch."""
        for item in self.work:
            if isinstance(item, sa.Executable):
                connection.execute(item)
            elif (later := item(connection)) is not None:
                yield later

    def succeeded(self) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def failed(self, error: Exception) -> None:
        log.error("a post to the store failed: %s", error)
        if not self.done.done():
            self.done.set_exception(error)
            self.done.exception()  # nobody has to wait for it


class Writer:
    """Applies posts in order, in batches, each batch in one transaction."""

    def __init__(self, apply: Callable[[Batch], Awaitable[None]]) -> None:
        self._apply = apply
        self._queue: deque[Post] = deque()
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._writing = False
        self._closed = False
        self.rollbacks = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Runs the writer; at exit everything that waits is written."""
        task = asyncio.create_task(self._run(), name="store-writer")
        try:
            yield
        finally:
            self._closed = True
            self._wake.set()
            self._hurry.set()
            await _finished(task)

    def post(self, work: Sequence[Work]) -> asyncio.Future[None]:
        if self._closed:
            raise StoreClosed("the store is closed")
        if len(self._queue) >= QUEUE_POSTS:
            raise StoreBusy(f"{len(self._queue)} posts wait to be written; is the disk full?")
        done = asyncio.get_running_loop().create_future()
        self._queue.append(Post(work, done))
        self._wake.set()
        return done

    async def flush(self) -> None:
        """Returns when everything posted so far has been tried."""
        if self._queue or self._writing:
            turn = self.post(())
            self._hurry.set()
            await asyncio.wait([turn])

    async def _run(self) -> None:
        while self._queue or not self._closed:
            if not self._queue:
                self._wake.clear()
                await self._wake.wait()
                continue
            await self._gather()
            posts = [self._queue.popleft() for _ in range(min(len(self._queue), BATCH_POSTS))]
            self._writing = True
            await self._write(posts)
            self._writing = False

    async def _gather(self) -> None:
        if len(self._queue) < BATCH_POSTS and not self._closed:
            timer = asyncio.get_running_loop().call_later(GATHER_SECONDS, self._hurry.set)
            await self._hurry.wait()
            timer.cancel()
            self._hurry.clear()

    async def _write(self, posts: Sequence[Post]) -> None:
        error = await self._try(posts)
        if error is not None and _no_posts_fault(error):
            error = await self._try(posts)
        if error is None:
            for post in posts:
                post.succeeded()
        elif _no_posts_fault(error):
            for post in posts:
                post.failed(error)
        else:
            # One bad post must not take the others with it.
            for post in posts:
                await self._write_alone(post)

    async def _write_alone(self, post: Post) -> None:
        error = await self._try([post])
        if error is None:
            post.succeeded()
        else:
            post.failed(error)

    async def _try(self, posts: Sequence[Post]) -> Exception | None:
        def batch(connection: sa.Connection) -> None:
            later: dict[Batch, None] = {}
            for post in posts:
                later.update(dict.fromkeys(post.run(connection)))
            for finish in later:
                finish(connection)

        try:
            await self._apply(batch)
        except Exception as error:
            self.rollbacks += 1
            return error
        return None


_LOCK_OR_DISK = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
)


def _no_posts_fault(error: Exception) -> bool:
    """Whether the database could not be written at all: lock, disk or connection."""
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    primary = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    return error.connection_invalidated or primary in _LOCK_OR_DISK


async def _finished(task: asyncio.Task[None]) -> None:
    """Waits for a task; a cancellation meanwhile takes effect when it has finished."""
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    task.result()
