"""Settings of the line: numbers, codes, people, emergency desks, queue and prompts."""

from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints, field_validator

from ivr.queue import rules
from ivr.queue.agents import NO_ANSWER, PHONE_LOST
from ivr.queue.rules import Rules, Strategy
from store.settings import SettingsModel

Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,20}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]
Period = Annotated[
    str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$")
]
"""From when to when in a day: 09:00-12:00."""
Code = Annotated[str, StringConstraints(pattern=r"^\*[0-9]{1,4}$")]
Level = Annotated[int, Field(ge=1, le=9)]
"""How well an agent has a skill (技能等级): 9 is the highest."""
USUAL_LEVEL = 5

EMERGENCY_NUMBERS = ("110", "119", "120", "122", "12395")


class Did(SettingsModel):
    """A public number of the hotline (DID) and the skill group its callers reach."""

    number: Digits
    """As the carrier sends it after normalisation, e.g. 12345 or 052712345."""
    group: Name = "citizen"


class Numbers(SettingsModel):
    """Public numbers and the extensions of skill groups (技能组)."""

    hotline: Digits = "12345"
    dids: list[Did] = []
    """Further public numbers (merged hotlines)."""
    groups: dict[Name, Digits] = {"citizen": "6001", "enterprise": "6002"}


class Codes(SettingsModel):
    """What an agent (话务员) types on a phone (contract §3)."""

    agent_login: Code = "*41"
    agent_logout: Code = "*42"
    agent_pause: Code = "*43"
    agent_resume: Code = "*44"
    three_way: Code = "*3"
    three_way_drop: Code = "*30"
    emergency: Code = "*9"
    transfer: Code = "*2"
    hold: Code = "*5"
    echo: Code = "*45"
    """From an idle phone: one hears oneself (回声测试)."""


class Agent(SettingsModel):
    """A person who takes calls; `role` supervisor (班长) is also an agent."""

    number: Digits
    name: str = ""
    skills: dict[Name, Level] = {"citizen": USUAL_LEVEL}
    """Level by skill group; a list of groups gives each the usual level."""
    role: Literal["agent", "supervisor"] = "agent"
    password: SecretStr | None = None
    """SIP password; None: generated at set-up, kept in VAR/secrets.yaml."""

    @field_validator("skills", mode="before")
    @classmethod
    def _levels(cls, skills: object) -> object:
        if not isinstance(skills, list):
            return skills
        if not all(isinstance(skill, str) for skill in skills):
            raise ValueError("write names of skill groups, or levels as in {citizen: 5}")
        return dict.fromkeys(skills, USUAL_LEVEL)


class UnitLine(SettingsModel):
    """How a member unit (成员单位) is reached by phone."""

    code: str
    """Code of the unit, e.g. SLJ."""
    contacts: list[Digits] = Field(min_length=1, max_length=20)
    """Duty contacts in order: an extension of the line (a registered phone) or, through a
    trunk, an outside number."""


class EmergencyService(SettingsModel):
    """One of 110, 119, 120, 122, 12395 and the numbers that are tried in turn."""

    name: str
    """Spoken and shown, e.g. 公安报警台."""
    numbers: list[Digits] = Field(min_length=1, max_length=6)


def _services() -> dict[str, EmergencyService]:
    return {
        "110": EmergencyService(name="幺幺零", numbers=["110", "110", "119"]),
        "119": EmergencyService(name="幺幺九", numbers=["119", "119", "110"]),
        "120": EmergencyService(name="幺二零", numbers=["120", "120", "110"]),
        "122": EmergencyService(name="幺二二", numbers=["122", "110", "110"]),
        "12395": EmergencyService(name="一二三九五", numbers=["12395", "119", "110"]),
    }


class Emergency(SettingsModel):
    """Transfer to the emergency services (domain.md §4.4, contract §3)."""

    via: str | None = None
    """`desks`: phones registered at this line as emergency-110 and so on; otherwise the name of
    a trunk; None: nothing connected (the doctor warns)."""
    services: dict[str, EmergencyService] = Field(default_factory=_services)
    ring_seconds: float = Field(default=10, gt=0, le=60)
    """Ringing time of one attempt, counted from 180/183."""
    progress_seconds: float = Field(default=6, gt=0, le=60)
    """An attempt that brings no 180/183 is given up after this."""


class PauseReason(SettingsModel):
    """Why an agent may pause (置忙原因)."""

    code: Name
    label: Annotated[str, StringConstraints(min_length=1, max_length=20)]


def _pause_reasons() -> list[PauseReason]:
    labels = {
        "break": "小休",
        "meal": "用餐",
        "training": "培训",
        "meeting": "会议",
        "paperwork": "话后整理",
    }
    return [PauseReason(code=code, label=label) for code, label in labels.items()]


WrapUp = Annotated[float, Field(ge=0, le=600)]
"""Seconds for notes after a call (话后处理)."""


class GroupQueue(SettingsModel):
    """What is different for the calls of one skill group; None is the line's own."""

    strategy: Strategy | None = None
    wrap_up_seconds: WrapUp | None = None


class Overflow(SettingsModel):
    """Which groups take the calls of a group after some waiting (溢出)."""

    to: list[Name] = Field(min_length=1, max_length=20)
    after_seconds: float = Field(ge=0, le=3600)


class Queue(SettingsModel):
    """Distribution of calls (排队)."""

    strategy: Strategy = Strategy.LONGEST_IDLE
    ring_seconds: float = Field(default=15, gt=0, le=120)
    wrap_up_seconds: WrapUp = 30
    groups: dict[Name, GroupQueue] = {}
    overflow: dict[Name, Overflow] = {}
    """By the group whose calls overflow."""
    last_agent_hours: float = Field(default=24, ge=0, le=24 * 31)
    """So long a caller gets the agent he talked with last, if he is free; 0: not at all."""
    follow_up_hours: float = Field(default=2, ge=0, le=24)
    """So long whoever had an emergency comes before all others; 0: not at all."""
    page_return_seconds: float = Field(default=20, ge=5, le=120)
    """So long a caller waits for an agent whose page is gone, then he is in the queue again."""
    announce_seconds: float = Field(default=30, gt=0)
    callback_offer_seconds: float = Field(default=30, ge=0)
    message_offer_seconds: float = Field(default=120, ge=0)
    pause_reasons: list[PauseReason] = Field(
        default_factory=_pause_reasons, min_length=1, max_length=20
    )
    """The first is the reason of a pause by phone."""

    @field_validator("pause_reasons")
    @classmethod
    def _distinct(cls, reasons: list[PauseReason]) -> list[PauseReason]:
        codes = [reason.code for reason in reasons]
        if taken := {NO_ANSWER, PHONE_LOST}.intersection(codes):
            raise ValueError(f"{min(taken)} is set by the system; choose another code")
        if len(set(codes)) < len(codes):
            raise ValueError("two reasons have the same code")
        return reasons

    @property
    def rules(self) -> Rules:
        """As the queue needs them."""
        return Rules(
            strategy=self.strategy,
            strategies={
                name: group.strategy
                for name, group in self.groups.items()
                if group.strategy is not None
            },
            overflow={
                name: rules.Overflow(tuple(one.to), timedelta(seconds=one.after_seconds))
                for name, one in self.overflow.items()
            },
            wrap_up_seconds=self.wrap_up_seconds,
            wrap_ups={
                name: group.wrap_up_seconds
                for name, group in self.groups.items()
                if group.wrap_up_seconds is not None
            },
            pause_reasons=tuple(reason.code for reason in self.pause_reasons),
        )


class Callback(SettingsModel):
    """Calls back that were asked for in the queue (预约回电)."""

    tries: int = Field(default=3, ge=1, le=10)
    retry_seconds: float = Field(default=300, gt=0)
    ring_seconds: float = Field(default=30, gt=0, le=120)


class Callbacks(SettingsModel):
    """Callbacks that the line makes by voice when a ticket was handled (自动语音回访)."""

    voice: bool = False
    """False: people make all callbacks."""
    lines: int = Field(default=2, ge=1, le=60)
    """Calls at the same time."""
    hours: list[Period] = Field(default=["09:00-12:00", "14:00-20:00"], min_length=1)
    """When citizens are called, Asia/Shanghai; only narrower in production."""
    retry_minutes: float = Field(default=180, gt=0)
    """Least time from an attempt in vain to the next."""

    @field_validator("hours")
    @classmethod
    def _in_order(cls, hours: list[str]) -> list[str]:
        for one in hours:
            start, _, end = one.partition("-")
            if start >= end:
                raise ValueError(f"{one}: the end must be later than the start")
        return hours

    @property
    def periods(self) -> tuple[tuple[time, time], ...]:
        """The hours as times."""
        split = (one.partition("-") for one in self.hours)
        return tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, _, b in split)


class ThreeWay(SettingsModel):
    """Three-way calls (三方通话, domain.md §4.5)."""

    ring_seconds: float = Field(default=25, gt=0, le=120)
    accept_seconds: float = Field(default=15, gt=0, le=60)


class SignReminders(SettingsModel):
    """Units' duty phones are rung for dispatches that nobody has signed (签收提醒)."""

    ring: bool = True
    """False: units are told by SMS alone."""
    lines: int = Field(default=4, ge=1, le=60)
    """Calls at the same time."""
    ring_seconds: float = Field(default=25, gt=0, le=120)
    answer_seconds: float = Field(default=8, gt=0, le=60)
    """How long a key is awaited after the message."""
    retry_seconds: float = Field(default=60, gt=0)
    """From a ring in vain to that of the second contact."""


class Prompts(SettingsModel):
    """Texts and audio of what callers hear."""

    language: str = "zh-CN"
    studio_dir: Path | None = None
    """Folder of studio recordings KEY.wav that replace the synthetic ones."""
    texts: dict[str, str] = {}
    """Changed texts by key."""


class IvrSettings(SettingsModel):
    """The section `ivr` of config.yaml."""

    mode: Literal["menu", "direct"] = "menu"
    menus: Path | None = None
    """None is city/menus.yaml of the product."""
    elderly: list[Digits] = []
    """Numbers that go straight to a person with priority (elderly_direct)."""
    queue: Queue = Queue()
    callback: Callback = Callback()
    three_way: ThreeWay = ThreeWay()
    sign_reminders: SignReminders = SignReminders()
    max_call_seconds: float = Field(default=4 * 3600, gt=0)
