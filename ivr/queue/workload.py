"""What agents did today (话务量), for the least-loaded strategy."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from store.agents import AgentChange
from store.types import SHANGHAI


@dataclass(frozen=True, slots=True)
class Workload:
    """Calls that an agent answered on a day (Asia/Shanghai), and how long he talked."""

    day: date | None = None
    calls: int = 0
    talked: timedelta = timedelta()

    def on(self, at: datetime) -> "Workload":
        """The same as long as it is that day; nothing is done yet on another one."""
        day = at.astimezone(SHANGHAI).date()
        return self if self.day == day else Workload(day)

    def answered(self, at: datetime) -> "Workload":
        today = self.on(at)
        return replace(today, calls=today.calls + 1)

    def hung_up(self, at: datetime, since: datetime) -> "Workload":
        """A talk counts on the day of its end."""
        today = self.on(at)
        return replace(today, talked=today.talked + (at - since))


NO_WORK = Workload()


def start_of_day(now: datetime) -> datetime:
    """Midnight in Asia/Shanghai."""
    return now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


def workloads(changes: Iterable[AgentChange]) -> dict[str, Workload]:
    """By agent, from the changes of their states, oldest first.

    A call that is talked on after a restart is one call.
    """
    found: dict[str, Workload] = {}
    before: dict[str, AgentChange] = {}
    talked_in: dict[str, str | None] = {}
    for change in changes:
        number = change.number
        workload = found.get(number, NO_WORK)
        last = before.get(number)
        if last is not None and last.status == "talking":
            workload = workload.hung_up(change.at, last.at)
        if change.status == "talking":
            if change.call_id is None or talked_in.get(number) != change.call_id:
                workload = workload.answered(change.at)
            talked_in[number] = change.call_id
        found[number], before[number] = workload, change
    return found
