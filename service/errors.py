"""What the command line reports and with which exit status (contract §1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class HotlineError(Exception):
    """Something the operator must know; `exit_status` is that of the command."""

    exit_status = 1

    def __init__(
        self, code: str, message: str, *, field: str | None = None, fix: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        """Stable name for programs, e.g. `not_running`."""
        self.message = message
        self.field = field
        self.fix = fix

    def as_json(self) -> dict[str, object]:
        """The object of the contract: code, field, message, fix."""
        return {"code": self.code, "field": self.field, "message": self.message, "fix": self.fix}

    def text(self) -> str:
        """For people: the message, and the fix on a line of its own."""
        return self.message if self.fix is None else f"{self.message}\nFix: {self.fix}"


class Failure(HotlineError):
    """The asked-for thing failed or was refused."""


@dataclass(frozen=True)
class Problem:
    """One fault of a configuration file."""

    file: Path | None
    line: int | None
    """1-based; None where the fault is a key that is missing altogether."""
    key: str
    """Dotted path, e.g. `agents[1].number`."""
    message: str
    fix: str

    @property
    def fault(self) -> str:
        """Place, key and message, without the fix."""
        place = str(self.file) if self.file is not None else "settings"
        if self.line is not None:
            place += f":{self.line}"
        return f"{place}: {self.key}: {self.message}"

    def text(self) -> str:
        return f"{self.fault}\n  Fix: {self.fix}"


class ConfigError(HotlineError):
    """Wrong configuration: nothing was started."""

    exit_status = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__("config", "; ".join(p.message for p in problems), field=first.key)
        self.fix = first.fix

    def text(self) -> str:
        return "\n".join(p.text() for p in self.problems)


class SetupError(HotlineError):
    """A step of the set-up failed."""

    exit_status = 3

    def __init__(self, step: str, reason: str, fix: str) -> None:
        self.reason = reason
        super().__init__("setup", f'set-up failed at "{step}": {reason}', field=step, fix=fix)
