"""Steps of a ticket for `tickets simulate`, and the run of them through the command line."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from click.testing import CliRunner

from service.cli import main

Entry = dict[str, Any]
CITIZEN = "13800000001"

MATTER: dict[str, Any] = {
    "title": "小区停水",
    "content": "幸福家园三天没有水了",
    "request_type": "complaint",
    "region_code": "321302",
    "acceptance_basis": "6.2",
    "contact_phone": CITIZEN,
}
REPLY: dict[str, Any] = {
    "reply": "已修复管道",
    "public_reply": "您好，管道已修复，供水恢复。",
    "contacted": True,
    "solved": True,
}
RETURN: dict[str, Any] = {"ground": "三定方案：不属我局职责", "suggestion": "建议派市住建局"}

NAMES = {"agent": "1001", "dispatcher": "d1", "unit_handler": "u1", "supervisor": "s1"}


def instant(text: str) -> datetime:
    """`10-01 09:00` or `2026-10-01 09:00:00`, city time."""
    text = text if text[4:5] == "-" else f"2026-{text}"
    return datetime.fromisoformat(f"{text}+08:00")


class Story:
    """Collects steps; a time is absolute, or a number of hours after `start`."""

    def __init__(self, start: str = "10-01 00:00", policy: Mapping[str, Any] | None = None) -> None:
        self.start = instant(start)
        self.policy = dict(policy or {})
        self.steps: list[Entry] = []

    def time(self, at: str | float) -> datetime:
        if isinstance(at, str):
            return instant(at)
        return self.start + timedelta(seconds=round(at * 3600))

    def do(
        self,
        at: str | float,
        role: str,
        command: str,
        ticket: str = "t1",
        name: str | None = None,
        acting_unit: str | None = None,
        **data: Any,
    ) -> "Story":
        who = {"role": role, "name": name or NAMES.get(role, role)}
        if acting_unit is not None:
            who["unit"] = acting_unit
        self.steps.append(
            {
                "at": self.time(at).isoformat(),
                "as": who,
                "command": command,
                "ticket": ticket,
                "data": data,
            }
        )
        return self

    def tick(self, at: str | float) -> "Story":
        self.steps.append({"at": self.time(at).isoformat(), "command": "tick"})
        return self

    def rule(self, at: str | float, command: str, **data: Any) -> "Story":
        """`policy` or `unit_limit`."""
        self.steps.append({"at": self.time(at).isoformat(), "command": command, "data": data})
        return self

    def reported(self, at: str | float = 0, ticket: str = "t1", **data: Any) -> "Story":
        return self.do(at, "agent", "create", ticket, **{**MATTER, **data})

    def accepted(self, at: str | float = 0, ticket: str = "t1", **data: Any) -> "Story":
        return self.reported(at, ticket, **data).do(at, "agent", "accept", ticket)

    def at_unit(
        self,
        at: str | float = 0,
        ticket: str = "t1",
        unit: str = "SLJ",
        answer_type: str = "investigate",
        **data: Any,
    ) -> "Story":
        self.accepted(at, ticket, **data)
        return self.send(at, ticket, unit, answer_type)

    def send(
        self,
        at: str | float,
        ticket: str = "t1",
        unit: str = "SLJ",
        answer_type: str = "investigate",
        **data: Any,
    ) -> "Story":
        data = {"unit": unit, "answer_type": answer_type, **data}
        return self.do(at, "dispatcher", "dispatch", ticket, **data)

    def signed(self, at: str | float = 0, **data: Any) -> "Story":
        return self.at_unit(at, **data).do(at, "unit_handler", "sign", data.get("ticket", "t1"))

    def replied(self, at: str | float, ticket: str = "t1", **data: Any) -> "Story":
        return self.do(at, "unit_handler", "submit_reply", ticket, **{**REPLY, **data})

    def run(self) -> list[Entry]:
        """All entries, by `./hotline tickets simulate - --json`."""
        text = json.dumps({"policy": self.policy, "steps": self.steps})
        done = CliRunner().invoke(main, ["tickets", "simulate", "-", "--json"], input=text)
        assert done.exit_code == 0, done.output
        entries: list[Entry] = json.loads(done.stdout)
        assert len(entries) == len(self.steps)
        return entries

    def last(self) -> Entry:
        """The last entry; every step before it was done."""
        entries = self.run()
        for entry in entries[:-1]:
            assert entry["ok"], entry
        return entries[-1]

    def done(self) -> Entry:
        """The last entry, which was done."""
        entry = self.last()
        assert entry["ok"], entry
        return entry

    def refusal(self) -> str:
        """The code of the last step's refusal."""
        entry = self.last()
        assert not entry["ok"], entry
        code: str = entry["refused"]["code"]
        return code

    def due(self, name: str) -> datetime | None:
        """A due time after the last step."""
        at = self.done()["due"][name]
        return None if at is None else datetime.fromisoformat(at)


def fired(entries: Sequence[Entry]) -> list[tuple[str, str]]:
    """All fired timers as (id, due time)."""
    return [(one["id"], one["due_at"]) for entry in entries for one in entry["timers_fired"]]
