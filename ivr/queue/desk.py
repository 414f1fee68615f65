"""The queue desk: keeps who waits and who is free, and puts them together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ivr.queue.agents import (
    PHONE_LOST,
    AgentEvent,
    AgentState,
    AgentStatus,
    Device,
    IllegalAgentEvent,
    UnknownReason,
)
from ivr.queue.core import (
    OFF_DUTY,
    TYPICAL_HANDLING_SECONDS,
    Waiting,
    assign,
    at_home,
    groups_on_duty,
    in_order,
    next_overflow,
)
from ivr.queue.place import Place
from ivr.queue.rules import Rules
from ivr.queue.workload import NO_WORK, Workload

log = logging.getLogger(__name__)

AgentsChanged = Callable[[AgentState], None]


class QueueDesk:
    """All queues of the line."""

    def __init__(
        self, *, changed: AgentsChanged, reachable: Callable[[AgentState], bool] = lambda _: True
    ) -> None:
        """`reachable`: whether an agent's phone can be rung; else he gets no calls."""
        self._changed = changed
        self._reachable = reachable
        self._rules = Rules()
        self._places: list[Place] = []
        self._agents: dict[str, AgentState] = {}
        self._configured: frozenset[str] = frozenset()
        self._overflow: asyncio.TimerHandle | None = None
        self._wrap_ups: dict[str, asyncio.TimerHandle] = {}
        self._followed: dict[str, asyncio.Future[Any]] = {}
        self.handling_seconds: float = TYPICAL_HANDLING_SECONDS

    # Agents

    def configure(self, agents: Iterable[tuple[str, Mapping[str, int]]], rules: Rules) -> None:
        """Agents and rules of the configuration; states of those who stay are kept."""
        now = datetime.now(UTC)
        self._rules = rules
        known = dict(agents)
        self._configured = frozenset(known)
        for number, skills in known.items():
            state = self._agents.get(number)
            self._agents[number] = (
                replace(state, skills=skills)
                if state
                else AgentState(number, skills, AgentStatus.LOGGED_OUT, now, now)
            )
        for number in [n for n in self._agents if n not in known]:
            if self._agents[number].status is not AgentStatus.TALKING:
                del self._agents[number]
        self.distribute()

    def restore(
        self,
        number: str,
        status: AgentStatus,
        since: datetime,
        *,
        reason: str | None = None,
        auto_answer: bool = False,
        device: Device = "phone",
        workload: Workload = NO_WORK,
    ) -> None:
        """What an agent was before the controller's restart; a ringing is over by now."""
        state = self._agents.get(number)
        if state is None:
            return
        if status in (AgentStatus.RINGING, AgentStatus.TALKING, AgentStatus.WRAP_UP):
            status, since = AgentStatus.AVAILABLE, datetime.now(UTC)
        self._set(
            replace(
                state,
                status=status,
                since=since,
                idle_since=since,
                reason=reason,
                auto_answer=auto_answer,
                device=device,
                workload=workload,
            )
        )

    def talking_again(self, number: str, call_id: str) -> None:
        """An agent found in a live call after a restart."""
        state = self._agents.get(number)
        if state is not None:
            now = datetime.now(UTC)
            talking = AgentStatus.TALKING
            state = replace(state, status=talking, since=now, reason=None)
            self._set(replace(state, call_id=call_id, group=None))

    def event(
        self,
        number: str,
        event: AgentEvent,
        *,
        call_id: str | None = None,
        reason: str | None = None,
    ) -> AgentState | None:
        """Apply an event; None for an unknown agent. Raises IllegalAgentEvent.

        `reason`: why an agent pauses; None leaves the reason of a pause, or is the first of the
        configuration. Raises UnknownReason for one that is not configured.
        """
        state = self._agents.get(number)
        if state is None:
            return None
        if event is AgentEvent.PAUSE:
            reason = self._pause_reason(state, reason)
        after = state.after(event, datetime.now(UTC), call_id=call_id, reason=reason)
        self._set(after)
        return after

    def _pause_reason(self, state: AgentState, reason: str | None) -> str | None:
        if reason is not None:
            if reason not in (*self._rules.pause_reasons, PHONE_LOST):
                raise UnknownReason(reason)
            return reason
        if state.status is AgentStatus.PAUSED:
            return state.reason
        return next(iter(self._rules.pause_reasons), None)

    def answer_by_itself(self, number: str, on: bool) -> AgentState | None:
        """The agent's phone answers by itself, or not (自动应答); None for an unknown agent."""
        return self._settings(number, auto_answer=on)

    def log_in(self, number: str, device: Device) -> AgentState | None:
        """Log an agent in (签入) at one of his phones, the one that rings from now on; None for an
        unknown agent. Raises IllegalAgentEvent: he stays at the phone at which he is.
        """
        state = self._agents.get(number)
        if state is None:
            return None
        state.after(AgentEvent.LOGIN, datetime.now(UTC))  # or it is refused here
        # First the phone: a caller who waits is put through at once.
        self._settings(number, device=device)
        return self.event(number, AgentEvent.LOGIN)

    def _settings(self, number: str, **settings: Any) -> AgentState | None:
        state = self._agents.get(number)
        if state is None:
            return None
        self._agents[number] = after = replace(state, **settings)
        self._changed(after)
        return after

    def agent(self, number: str) -> AgentState | None:
        """The agent's state; None for an unknown one."""
        return self._agents.get(number)

    def follow(self, number: str, hung_up: "asyncio.Future[Any]") -> None:
        """Begin the agent's wrap-up when his leg ends, whatever becomes of the call.

        Another leg takes the place of the one that was followed before.
        """
        self._followed[number] = hung_up

        def over(_: "asyncio.Future[Any]") -> None:
            if self._followed.get(number) is hung_up:
                del self._followed[number]
                self.call_ended(number)

        hung_up.add_done_callback(over)

    def call_ended(self, number: str) -> None:
        """The agent's leg of a call is over: wrap-up begins."""
        if number not in self._configured:  # taken out of the configuration while he talked
            self._agents.pop(number, None)
            return
        try:
            after = self.event(number, AgentEvent.HANG_UP)
        except IllegalAgentEvent:
            return
        if after is not None:
            loop = asyncio.get_running_loop()
            seconds = self._rules.wrap_up_of(after.group)
            self._wrap_ups[number] = loop.call_later(seconds, self._wrap_up_over, number)

    def wrap_up_until(self, state: AgentState) -> datetime | None:
        """When the agent's wrap-up is over; None where he is in none."""
        if state.status is not AgentStatus.WRAP_UP:
            return None
        return state.since + timedelta(seconds=self._rules.wrap_up_of(state.group))

    def reserve(self, number: str, *, call_id: str | None = None) -> bool:
        """Take one particular agent, for a transfer."""
        state = self._agents.get(number)
        if state is None or state.status is not AgentStatus.AVAILABLE or not self._reachable(state):
            return False
        self.event(number, AgentEvent.RING, call_id=call_id)
        return True

    @property
    def agents(self) -> tuple[AgentState, ...]:
        return tuple(self._agents.values())

    def on_duty_for(self, group: str) -> list[AgentState]:
        """Agents who serve this group, be they in a call or in wrap-up; where there is none,
        those who take its overflow."""
        homes = at_home(group, groups_on_duty(self._agents.values()), self._rules)
        return [
            a
            for a in self._agents.values()
            if a.status not in OFF_DUTY and not a.skills.keys().isdisjoint(homes)
        ]

    def staffed(self, group: str) -> bool:
        """Somebody is on duty for this group."""
        return bool(self.on_duty_for(group))

    # Places

    @asynccontextmanager
    async def place(
        self,
        call_id: str,
        group: str,
        *,
        priority: int,
        since: datetime,
        last_agent: str | None = None,
    ) -> AsyncIterator[Place]:
        place = Place(self, Waiting(call_id, group, priority, since, last_agent))
        self._places.append(place)
        try:
            yield place
        finally:
            self._places.remove(place)

    @property
    def waiting(self) -> list[Waiting]:
        return in_order(place.waiting for place in self._places)

    def distribute(self) -> None:
        """Offer free agents to those who wait for one, now and when a call may overflow."""
        now = datetime.now(UTC)
        open_places = {place.waiting.call_id: place for place in self._places if place.open}
        waiting = [place.waiting for place in open_places.values()]
        agents = self._agents.values()
        away = {agent.number for agent in agents if not self._reachable(agent)}
        for entry, agent in assign(waiting, agents, self._rules, now, away=away):
            ringing = agent.after(AgentEvent.RING, now, call_id=entry.call_id, group=entry.group)
            self._agents[agent.number] = ringing
            self._changed(ringing)
            open_places.pop(entry.call_id).offer(ringing)
        self._await_overflow([place.waiting for place in open_places.values()], now)

    def _await_overflow(self, waiting: list[Waiting], now: datetime) -> None:
        if self._overflow is not None:
            self._overflow.cancel()
            self._overflow = None
        due = next_overflow(waiting, self._rules, now)
        if due is not None:
            loop = asyncio.get_running_loop()
            seconds = (due - now).total_seconds()
            self._overflow = loop.call_later(seconds, self.distribute)

    def _set(self, state: AgentState) -> None:
        self._agents[state.number] = state
        timer = self._wrap_ups.pop(state.number, None)
        if timer is not None:
            timer.cancel()
        self._changed(state)
        self.distribute()

    def _wrap_up_over(self, number: str) -> None:
        self._wrap_ups.pop(number, None)
        state = self._agents.get(number)
        if state is not None and state.status is AgentStatus.WRAP_UP:
            self.event(number, AgentEvent.WRAP_UP_OVER)
