"""What the administration asks of the phone line's own code; put in by service/."""

from typing import Protocol

from pydantic import BaseModel, Field

from ticketing.city_files import Entries


class PhoneAccount(BaseModel):
    """With what a desk phone registers at the line."""

    username: str
    password: str = Field(repr=False)
    host: str
    port: int
    transport: str


class LineDesk(Protocol):
    """The line's part in what people change of it."""

    def seeds(self) -> Entries:
        """What config.yaml brings now."""

    def fits(self, after: Entries) -> None:
        """Raises Refusal for data with which the line could not run."""

    def phone(self, number: str) -> PhoneAccount | None:
        """The account of a unit's duty phone; None for a number that is none of this line."""


class NoLine:
    """The desk of a console without a line."""

    def seeds(self) -> Entries:
        """Nothing."""
        return {}

    def fits(self, after: Entries) -> None:
        """Any data."""

    def phone(self, number: str) -> PhoneAccount | None:
        """No phone."""
        return None


NO_LINE = NoLine()
