"""Times of the product's acts, and of the same SQL on the plain driver."""

import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from service.bench_tickets.bare import Driver, Recorder, Statements, recording, take_away
from service.bench_tickets.work import TRANSITIONS, Act, Desk
from service.errors import Failure
from service.output import say

T = TypeVar("T")
NEWEST = 2_000
"""Repeats are looked for among so many."""
COMPARED = 20
"""So many tickets of the plain driver must be those that the product made."""


@dataclass(frozen=True)
class Times:
    """Milliseconds of one kind of act, one after the other."""

    ms: Sequence[float]

    def percentile(self, of: int) -> float:
        """50 or 99, for example."""
        if len(self.ms) == 1:
            return self.ms[0]
        return statistics.quantiles(self.ms, n=100, method="inclusive")[of - 1]

    @property
    def per_second(self) -> float:
        """Acts a second of one person who never pauses."""
        return 1000 * len(self.ms) / sum(self.ms)

    def as_json(self) -> dict[str, Any]:
        return {
            "count": len(self.ms),
            "p50_ms": self.percentile(50),
            "p99_ms": self.percentile(99),
            "per_second": self.per_second,
        }


@dataclass(frozen=True)
class Measured:
    """One kind of act on one database."""

    dialect: str
    act: str
    product: Times
    bare: Times
    """The same statements on the plain driver."""
    statements: float
    """Of one act, on average; begin and commit are among them on SQLite."""

    @property
    def ratio(self) -> float:
        """Throughput of the product; 1: that of the bare SQL."""
        return self.product.per_second / self.bare.per_second

    def as_json(self) -> dict[str, Any]:
        return {
            "database": self.dialect,
            "act": self.act,
            "product": self.product.as_json(),
            "bare": self.bare.as_json(),
            "statements": self.statements,
            "ratio": self.ratio,
        }


@dataclass
class _Series:
    """Acts of one kind with what they sent to the database."""

    ms: list[float] = field(default_factory=list)
    sent: list[Statements] = field(default_factory=list)


async def measure(desk: Desk, plain: Driver, *, rounds: int) -> list[Measured]:
    """`rounds` of each act, five times as many transitions; a tenth more to begin with."""
    chance = random.Random(7)
    found = await _writing(desk, plain, chance, rounds)
    numbers = await desk.newest(NEWEST)
    kinds: Mapping[str, Iterator[Act]] = {
        "inbox page": desk.inbox(chance),
        "search": desk.searches(chance),
        "repeats": desk.repeats(chance, numbers),
    }
    for name, acts in kinds.items():
        say(f"bench: {desk.store.dialect}: {name}")
        chosen = list(islice(acts, rounds + rounds // 10))
        with recording() as recorder:
            series = _Series()
            for act in chosen:
                await _timed(series, recorder, act)
        found.append(await _result(desk, name, [series], plain, rounds))
    return found


async def _writing(desk: Desk, plain: Driver, chance: random.Random, rounds: int) -> list[Measured]:
    """New tickets on their way, and the same again by the driver instead of the product."""
    say(f"bench: {desk.store.dialect}: create and transition")
    creates, steps = _Series(), [_Series() for _ in TRANSITIONS]
    numbers: list[str] = []
    with recording() as recorder:
        for _ in range(rounds + rounds // 10):
            matter = desk.matter(chance)
            made = await _timed(creates, recorder, partial(desk.create, matter))
            numbers.append(made.ticket_no)
        for at, series in enumerate(steps):
            for number in numbers:
                await _timed(series, recorder, partial(desk.command, number, at))
    made_by_product = [await desk.tickets.read(number) for number in numbers[-COMPARED:]]
    await take_away(desk.store, numbers)
    found = [
        await _result(desk, "create", [creates], plain, rounds),
        await _result(desk, "transition", steps, plain, rounds),
    ]
    for one in made_by_product:
        if await desk.tickets.read(one.ticket_no) != one:
            raise Failure("wrong_bench", f"{one.ticket_no}: the driver made another ticket of it")
    return found


async def _timed(series: _Series, recorder: Recorder, act: Callable[[], Awaitable[T]]) -> T:
    recorder.taken()
    start = time.perf_counter()
    done = await act()
    series.ms.append(1000 * (time.perf_counter() - start))
    series.sent.append(recorder.taken())
    return done


async def _result(
    desk: Desk, name: str, all_series: Sequence[_Series], plain: Driver, rounds: int
) -> Measured:
    """Does everything again on the plain driver; what warmed the caches does not count."""
    product: list[float] = []
    bare: list[float] = []
    count = 0
    for series in all_series:
        again = []
        for sent in series.sent:
            start = time.perf_counter()
            await plain.run(sent)
            again.append(1000 * (time.perf_counter() - start))
            count += len(sent)
        product += series.ms[-rounds:]
        bare += again[-rounds:]
    acts = sum(len(series.sent) for series in all_series)
    return Measured(desk.store.dialect, name, Times(product), Times(bare), count / acts)
