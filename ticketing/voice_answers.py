"""What a citizen says by keys who is called back by voice, and what becomes of it. Pure.

Articles 10(5); domain.md A-15. The keys are those of the prompts callback_intro,
callback_contacted, callback_solved and callback_satisfied.
"""

from dataclasses import dataclass
from typing import Any

from ticketing.model import State, Ticket

HOW = "自动语音回访"
NOT_SOLVED, PARTLY_SOLVED = "没有解决", "部分解决"


@dataclass(slots=True)
class VoiceAnswer:
    """Keys pressed so far; None where a question was not answered."""

    convenient: str | None = None
    """1 yes, 2 not now."""
    contacted: str | None = None
    """1 yes, 2 no."""
    solved: str | None = None
    """1 solved, 2 partly, 3 not."""
    satisfied: str | None = None
    """1 非常满意 to 5 非常不满意."""

    @property
    def declined(self) -> bool:
        """Reached, but not willing to talk with a machine now: a person calls."""
        return self.convenient == "2"

    @property
    def content(self) -> bool | None:
        """Whether the citizen is content; what is not solved is not settled, whatever the score.
        None where he did not say."""
        if self.solved == "3":
            return False
        return None if self.satisfied is None else int(self.satisfied) <= 3


def command_of(answer: VoiceAnswer) -> tuple[str, dict[str, Any]]:
    """Command and data that file the answer: T23 or T24, or an attempt in vain."""
    if answer.content is None:
        return "unreachable", {"reason": HOW}
    data: dict[str, Any] = {"reason": HOW}
    if answer.satisfied is not None:
        data["score"] = int(answer.satisfied)
    if answer.contacted is not None:
        data["contacted"] = answer.contacted == "1"
    match answer.solved:
        case "1":
            data["solved"] = True
        case "2":
            data["reason"] = f"{HOW}：{PARTLY_SOLVED}"
        case "3":
            data |= {"solved": False, "reason": f"{HOW}：{NOT_SOLVED}"}
    return ("callback_ok" if answer.content else "callback_unsatisfied"), data


def may_be_asked(one: Ticket) -> bool:
    """Whether a machine may ask about the ticket.

    People call who is not content already (the law has a person ask), whose matter is under key
    supervision, and whoever must not be named aloud at a telephone that others may answer.
    """
    return (
        one.state is State.MANUAL_CALLBACK
        and (one.contact_phone or one.caller_number) is not None
        and not one.is_hidden
        and not one.key_categories
        and all(told.result == "unreachable" for told in one.callback)
    )
