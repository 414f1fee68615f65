"""Keys a person types during a call (按键), in the notation of `hotline call --press`."""

import re
from dataclasses import dataclass

DIGITS = "0123456789*#ABCD"
_WAIT = re.compile(r"w([0-9]+(?:\.[0-9]+)?)")


@dataclass(frozen=True)
class Press:
    """One key (按一个键)."""

    digit: str


@dataclass(frozen=True)
class Wait:
    """A pause (等待) in seconds."""

    seconds: float


def parse_keys(text: str) -> list[Press | Wait]:
    """Steps of `1,w2,0`: key 1, two seconds of waiting, key 0; `119` types three keys.

    Raises:
        ValueError: an element is neither keys nor a wait; the message names it.
    """
    steps: list[Press | Wait] = []
    for part in text.replace(" ", "").split(","):
        if not part:
            continue
        if wait := _WAIT.fullmatch(part):
            steps.append(Wait(float(wait[1])))
        elif all(digit in DIGITS for digit in part.upper()):
            steps.extend(Press(digit) for digit in part.upper())
        else:
            raise ValueError(f"{part!r} is neither keys (0-9 * #) nor a wait like w2")
    return steps
