"""A store full of tickets: copies of stories with other citizens, places, texts and times.

Whole journals with their hash chain, encrypted persons and full-text index, as the product writes
them; the newest days hold tickets that are still open. Messages that went out long ago (outbox)
are left out.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from pydantic import BaseModel

from service.bench_tickets.stories import LIVES, START, Story
from service.errors import Failure
from service.output import say
from store.engine import Store
from store.types import SHANGHAI
from ticketing import rows
from ticketing.citydata import CityData
from ticketing.exchange.record import Extra
from ticketing.exchange.storing import Origin, Rows, add_rows
from ticketing.model import Ticket
from ticketing.policy import Policies
from ticketing.suggest.places import Place
from ticketing.tickets import Tickets

PER_DAY = 2740
"""A million in a year."""
SHORTEST = 30
"""Days that a small number of tickets is spread over: those of the last few are open."""
NUMBERS = 300_000
"""Citizens' phone numbers: each calls three times or so."""
CHECKED = 20
"""Tickets that are verified in the end."""
_BATCH = 2_000
_SPOTS = ("", "南门", "北门", "东侧", "西侧路口", "3号楼", "12幢二单元", "地下车库", "门口公交站旁")
_OPENINGS = ("", "市民反映：", "来电人称", "您好，")
_CLOSINGS = ("", "，请尽快处理", "，希望有关部门核实", "，之前打过电话没有解决", "，已经三天了")
_FAMILY, _GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_CODES = 90_000_000
_STRIDE = 48_271_939
"""Has no divisor in common with the number of codes, so that no code comes twice."""


@dataclass(frozen=True)
class Texts:
    """What citizens say, and where."""

    city: CityData
    said: Mapping[str, Sequence[str]]
    """Sentences by category."""
    places: Sequence[Place]

    def matter(self, category: str, chance: random.Random) -> dict[str, str]:
        """Title, content and address of a matter."""
        place = chance.choice(self.places)
        where = place.name + chance.choice(_SPOTS)
        sentences = chance.sample(self.said[category], k=2)
        opening, closing = chance.choice(_OPENINGS), chance.choice(_CLOSINGS)
        return {
            "title": f"{place.name}{self.city.categories[category].l2}",
            "content": f"{opening}{where}，{'。'.join(sentences)}{closing}。",
            "address_text": where,
        }


async def fill(
    store: Store, stories: Sequence[Story], texts: Texts, *, count: int, until: datetime
) -> int:
    """Adds `count` tickets made before `until` to an empty store; the number of their events.

    Raises Failure where the product does not find them whole.
    """
    policies = await Tickets(store).policies()
    weights = list(accumulate(LIVES[story.life][0] for story in stories))
    chance = random.Random(12345)
    events, done = 0, 0
    batch = Rows()
    for at, ticket_no in _numbered(count, until, chance):
        (story,) = chance.choices(stories, cum_weights=weights)
        code = str(10_000_000 + done * _STRIDE % _CODES)
        one = _copied(story, at, until, ticket_no, code, texts, chance)
        _add(batch, one, store, policies, until)
        events, done = events + len(one.events), done + 1
        if len(batch.tickets) == _BATCH or done == count:
            await batch.write(store)
            batch = Rows()
        if done % 100_000 == 0 or done == count:
            say(f"bench: {done:,} tickets, {events:,} events")
    await _check(store, chance)
    return events


def _numbered(count: int, until: datetime, chance: random.Random) -> Iterator[tuple[datetime, str]]:
    """Times of creation in order, and ticket numbers."""
    days = max(SHORTEST, round(count / PER_DAY))
    end = until.astimezone(SHANGHAI).replace(microsecond=0)
    times = sorted(
        end - timedelta(seconds=round(chance.random() * days * 86_400)) for _ in range(count)
    )
    day, serial = "", 0
    for at in times:
        today = at.strftime("%y%m%d")
        day, serial = today, serial + 1 if today == day else 1
        yield at, rows.number("SQ", day, serial)


def _copied(
    story: Story,
    at: datetime,
    until: datetime,
    ticket_no: str,
    code: str,
    texts: Texts,
    chance: random.Random,
) -> Ticket:
    """A story that begins at another time, as far as it has come by `until`."""
    later = at - START
    stages = story.stages
    reached = max(1, sum(event.at + later <= until for event in story.whole.events))
    one = stages[reached - 1]
    assert one.category_l2 is not None
    who = {
        "requester_name": chance.choice(_FAMILY) + chance.choice(_GIVEN),
        "contact_phone": _number(chance.randrange(NUMBERS)),
    }
    new = who | texts.matter(one.category_l2, chance)
    events = [
        event.model_copy(
            update={
                "at": event.at + later,
                "data": _shifted(event.data, later) | (new if event.seq == 1 else {}),
            }
        )
        for event in one.events
    ]
    fields = {name: _shifted(getattr(one, name), later) for name in _fields_with_times(one)}
    changed = fields | new | {"ticket_no": ticket_no, "query_code": code, "events": events}
    return one.model_copy(update=changed)


def _fields_with_times(one: Ticket) -> Iterator[str]:
    for name in type(one).model_fields:
        value = getattr(one, name)
        if isinstance(value, datetime) or (isinstance(value, list) and value and name != "events"):
            yield name


def _shifted(value: Any, later: timedelta) -> Any:
    """The value with all its times later; texts that are times, too."""
    if isinstance(value, datetime):
        return value + later
    if isinstance(value, str):
        return (datetime.fromisoformat(value) + later).isoformat() if _TIME.match(value) else value
    if isinstance(value, dict):
        return {key: _shifted(each, later) for key, each in value.items()}
    if isinstance(value, list):
        return [_shifted(each, later) for each in value]
    if isinstance(value, BaseModel):
        return value.model_copy(update=_shifted(dict(value), later))
    return value


def _number(at: int) -> str:
    chance = random.Random(at)
    return f"1{chance.choice('3578')}{chance.randrange(10**9):09d}"


def _add(into: Rows, one: Ticket, store: Store, policies: Policies, until: datetime) -> None:
    origin = Origin("bench")
    add_rows(into, one, Extra(), origin, vault=store.vault, policies=policies, at=until)
    # Nothing has to wait for the end of an import, and nobody asks later where it came from.
    into.tickets[-1]["next_timer_at"] = into.imports.pop()["next_timer_at"]


async def _check(store: Store, chance: random.Random) -> None:
    tickets = Tickets(store)
    for number in chance.sample(await tickets.numbers(), k=CHECKED):
        wrong = await tickets.verify(number)
        if wrong:
            raise Failure("wrong_bench", f"{number}: {'; '.join(wrong)}", fix="report it, please")
