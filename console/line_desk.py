"""What the administration asks of the phone line's own code; put in by service/."""

from typing import Literal, Protocol

from pydantic import BaseModel, Field

from console.errors import ApiError
from store.types import JsonObject
from ticketing.city_files import Entries


class PhoneAccount(BaseModel):
    """With what a desk phone registers at the line."""

    username: str
    password: str = Field(repr=False)
    host: str
    port: int
    transport: str


class PromptInfo(BaseModel):
    """A prompt (提示音) with its text in force."""

    key: str
    group: str
    gloss: str
    """What it says, in English."""
    interruptible: bool
    """A key stops it."""
    variables: list[str]
    """Values that a call gives, in braces in the text."""
    default: str
    text: str
    is_heard: bool
    """False: the text has no audio yet, callers hear the default."""


class MenuBox(BaseModel):
    """A place in the drawing of the menus."""

    id: str
    kind: Literal["entry", "menu", "queue", "progress", "message", "emergency"]
    label: str
    prompts: list[str]


class MenuArrow(BaseModel):
    """What leads from one place to another."""

    source: str
    target: str
    key: str | None
    """null: no key within `seconds`, or the way in."""
    seconds: float | None


class MenuFaultInfo(BaseModel):
    """What is wrong, and where."""

    path: list[str]
    message: str


class MenuDrawing(BaseModel):
    """Menus as a graph; with faults there is none."""

    boxes: list[MenuBox]
    arrows: list[MenuArrow]
    faults: list[MenuFaultInfo]


class LineDesk(Protocol):
    """The line's part in what people change of it."""

    def seeds(self) -> Entries:
        """What config.yaml brings now."""

    def fits(self, after: Entries) -> None:
        """Raises Refusal for data with which the line could not run."""

    def phone(self, number: str) -> PhoneAccount | None:
        """The account of a desk phone; None for a number that is none of this line."""

    def draw(self, menus: JsonObject) -> MenuDrawing:
        """Menus as a drawing, or what is wrong with them."""

    def prompts(self) -> list[PromptInfo]:
        """All prompts of the line."""

    def listen(self, key: str, text: str | None) -> bytes:
        """A WAV file of a prompt, with another text or its own. Takes seconds where something has
        to be spoken. Raises Refusal, or ApiError where the voice is not there."""


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

    def draw(self, menus: JsonObject) -> MenuDrawing:
        """Nothing."""
        return MenuDrawing(boxes=[], arrows=[], faults=[])

    def prompts(self) -> list[PromptInfo]:
        """No prompts."""
        return []

    def listen(self, key: str, text: str | None) -> bytes:
        """It has no prompt."""
        raise unknown_prompt(key)


def unknown_prompt(key: str) -> ApiError:
    """404 for a key that is none of the line's."""
    return ApiError(404, "unknown_prompt", "key", f"没有提示音{key}", "请从提示音列表中选择")


NO_LINE = NoLine()
