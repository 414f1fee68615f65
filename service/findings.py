"""What the doctor finds about one part."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal["ok", "warning", "failed"]


@dataclass(frozen=True)
class Finding:
    """One line of the doctor."""

    part: str
    level: Level
    message: str
    fix: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def ok(part: str, message: str) -> Finding:
    return Finding(part, "ok", message)


def warning(part: str, message: str, fix: str) -> Finding:
    """The line works, but not as it should."""
    return Finding(part, "warning", message, fix)


def failed(part: str, message: str, fix: str) -> Finding:
    """The line does not start, or callers are not served."""
    return Finding(part, "failed", message, fix)
