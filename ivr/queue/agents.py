"""States of an agent (话务员状态): one table, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from ivr.queue.workload import NO_WORK, Workload

Device = Literal["phone", "web"]
"""What rings at an agent: the phone on his desk (话机), or the softphone in the page (网页话机)."""


class AgentStatus(StrEnum):
    LOGGED_OUT = "logged_out"
    """签出"""
    AVAILABLE = "available"
    """空闲"""
    RINGING = "ringing"
    """振铃"""
    TALKING = "talking"
    """通话"""
    WRAP_UP = "wrap_up"
    """话后处理"""
    PAUSED = "paused"
    """置忙"""


class AgentEvent(StrEnum):
    LOGIN = "login"
    LOGOUT = "logout"
    PAUSE = "pause"
    RESUME = "resume"
    RING = "ring"
    ANSWER = "answer"
    NO_ANSWER = "no_answer"
    RELEASE = "release"
    """The caller left or was served otherwise while the phone rang."""
    HANG_UP = "hang_up"
    WRAP_UP_OVER = "wrap_up_over"


_S, _E = AgentStatus, AgentEvent

TRANSITIONS: dict[tuple[AgentStatus, AgentEvent], AgentStatus] = {
    (_S.LOGGED_OUT, _E.LOGIN): _S.AVAILABLE,
    (_S.AVAILABLE, _E.LOGIN): _S.AVAILABLE,
    (_S.PAUSED, _E.LOGIN): _S.AVAILABLE,
    (_S.WRAP_UP, _E.LOGIN): _S.AVAILABLE,
    (_S.AVAILABLE, _E.LOGOUT): _S.LOGGED_OUT,
    (_S.PAUSED, _E.LOGOUT): _S.LOGGED_OUT,
    (_S.WRAP_UP, _E.LOGOUT): _S.LOGGED_OUT,
    (_S.LOGGED_OUT, _E.LOGOUT): _S.LOGGED_OUT,
    (_S.AVAILABLE, _E.PAUSE): _S.PAUSED,
    (_S.WRAP_UP, _E.PAUSE): _S.PAUSED,
    (_S.PAUSED, _E.PAUSE): _S.PAUSED,
    (_S.PAUSED, _E.RESUME): _S.AVAILABLE,
    (_S.WRAP_UP, _E.RESUME): _S.AVAILABLE,
    (_S.AVAILABLE, _E.RESUME): _S.AVAILABLE,
    (_S.AVAILABLE, _E.RING): _S.RINGING,
    (_S.RINGING, _E.ANSWER): _S.TALKING,
    (_S.RINGING, _E.NO_ANSWER): _S.PAUSED,
    (_S.RINGING, _E.RELEASE): _S.AVAILABLE,
    (_S.TALKING, _E.HANG_UP): _S.WRAP_UP,
    (_S.WRAP_UP, _E.WRAP_UP_OVER): _S.AVAILABLE,
}


class IllegalAgentEvent(Exception):
    """The event does not fit the state, e.g. to pause when logged out."""

    def __init__(self, status: AgentStatus, event: AgentEvent) -> None:
        super().__init__(f"{event} while {status}")
        self.status = status
        self.event = event


class UnknownReason(Exception):
    """A pause for a reason that the line does not have."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"no such pause reason: {reason}")
        self.reason = reason


PHONE_LOST = "phone_lost"
"""The pause reason of an agent whose page is gone; set by the system, too."""
NO_ANSWER = "no_answer"
"""The pause reason of an agent who let the phone ring; the system sets it, nobody chooses it."""


@dataclass(frozen=True, slots=True)
class AgentState:
    """An agent as the queue sees him; `since` is when `status`, or its reason, began."""

    number: str
    skills: Mapping[str, int]
    """Level, 1 to 9, by skill group (技能组); 9 is the highest."""
    status: AgentStatus
    since: datetime
    idle_since: datetime
    """Start of the idle time that distribution counts (longest idle first, 最长空闲优先)."""
    call_id: str | None = None
    """The call that rings, is talked or is wrapped up."""
    group: str | None = None
    """Skill group in whose queue that call waited; None: it came from none."""
    reason: str | None = None
    """Why he is paused (置忙原因): a code of `ivr.queue.pause_reasons`, or `no_answer`."""
    auto_answer: bool = False
    """His phone answers by itself (自动应答)."""
    device: Device = "phone"
    """Chosen for the session."""
    workload: Workload = NO_WORK

    def after(
        self,
        event: AgentEvent,
        at: datetime,
        *,
        call_id: str | None = None,
        reason: str | None = None,
        group: str | None = None,
    ) -> "AgentState":
        """The state after an event; `reason` is that of a pause, `group` that of a call from a
        queue. Raises IllegalAgentEvent."""
        try:
            status = TRANSITIONS[self.status, event]
        except KeyError:
            raise IllegalAgentEvent(self.status, event) from None
        if event is _E.NO_ANSWER:
            reason = NO_ANSWER
        if status is not _S.PAUSED:
            reason = None
        if status is self.status and reason in (None, self.reason):
            return self
        workload = self.workload
        if event is _E.ANSWER:
            workload = workload.answered(at)
        elif event is _E.HANG_UP:
            workload = workload.hung_up(at, self.since)
        # A ringing that came to nothing does not cost the agent his turn.
        idle_since = self.idle_since if event in (_E.RING, _E.RELEASE) else at
        return replace(
            self,
            status=status,
            since=at,
            idle_since=idle_since,
            call_id=self.call_id if event is _E.HANG_UP else call_id,
            group=self.group if event in (_E.ANSWER, _E.HANG_UP) else group,
            reason=reason,
            workload=workload,
        )
