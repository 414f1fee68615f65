"""The whole bench on one database."""

import csv
import gc
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from service.bench_tickets.bare import driver
from service.bench_tickets.filling import Texts, fill
from service.bench_tickets.measuring import Measured, measure
from service.bench_tickets.stories import Story, told
from service.bench_tickets.work import Desk
from service.errors import Failure
from service.output import say
from store.engine import Store
from store.vault import MasterKey, WrongKey
from ticketing import citydata
from ticketing.citydata import CITY_FOLDER
from ticketing.suggest import places_csv, routing
from ticketing.suggest.where import Finder
from ticketing.tickets import Tickets


@dataclass(frozen=True)
class Bench:
    """Stories and texts, the same for every database."""

    stories: Sequence[Story]
    texts: Texts

    @classmethod
    async def prepared(cls, folder: Path, *, categories: int | None = None) -> "Bench":
        """Plays the stories in a store in `folder`; of that many categories, None: of all."""
        city = citydata.load()
        with (CITY_FOLDER / "suggest_sentences.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        said: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            if row["category"]:  # others are for the suggester: small talk
                said[row["category"]].append(row["text"])
        chosen = sorted(said)[:categories]
        say(f"bench: stories of {len(chosen)} categories")
        async with Store.open(sqlite_url(folder / "stories.sqlite"), key=MasterKey.new()) as store:
            lived = told(
                store, city, routing.load(city), [r for r in rows if r["category"] in chosen]
            )
            stories = [story async for story in lived]
        places = tuple(places_csv.load(city.regions).places.values())
        return cls(stories, Texts(city, {key: said[key] for key in chosen}, places))

    async def run(self, url: str, *, count: int, rounds: int) -> list[Measured]:
        """Fills the empty database at an SQLAlchemy URL and measures. Raises Failure."""
        now = datetime.now(UTC)
        try:
            async with Store.open(url, key=MasterKey.new()) as store:
                say(f"bench: {store.dialect}: {count:,} tickets")
                await fill(store, self.stories, self.texts, count=count, until=now)
                return await self.measured(store, url, rounds=rounds, now=now)
        except WrongKey as error:
            fix = "give the URL of an empty database"
            raise Failure("not_empty", "the database belongs to a city", fix=fix) from error

    async def measured(
        self, store: Store, url: str, *, rounds: int, now: datetime
    ) -> list[Measured]:
        """Measures on a store that is full."""
        # The stories are the bench's own: the collector need not go through them during an act.
        gc.collect()
        gc.freeze()
        city = self.texts.city
        finder = Finder(city.regions, places_csv.load(city.regions))
        desk = Desk(
            store, Tickets(store, city=city), self.texts, lambda text: finder.find(text).place, now
        )
        async with driver(url) as plain:
            return await measure(desk, plain, rounds=rounds)


def sqlite_url(file: Path) -> str:
    """The URL of a new store in a file."""
    return f"sqlite+aiosqlite:///{file}"
