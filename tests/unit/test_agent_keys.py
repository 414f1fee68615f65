"""What agents type in a call (contract §3)."""

import pytest

from ivr.agent_commands import (
    Command,
    DropUnit,
    Hold,
    ThreeWay,
    ToEmergency,
    Transfer,
    Unknown,
)
from ivr.agent_keys import AgentKeys
from ivr.settings import Codes


def commands(digits: str) -> list[Command]:
    keys = AgentKeys(Codes())
    return [command for digit in digits if (command := keys.press(digit)) is not None]


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("*38105#", [ThreeWay("8105")]),
        ("*30#", [DropUnit()]),
        ("*9#", [ToEmergency("110")]),
        ("*9119#", [ToEmergency("119")]),
        ("*21002#", [Transfer("1002")]),
        ("*5", [Hold()]),
        ("*5*5", [Hold(), Hold()]),
        ("12*38105#7", [ThreeWay("8105")]),
        ("*38*38105#", [ThreeWay("8105")]),
        ("*3#", [Unknown("*3")]),
        ("*777#", [Unknown("*777")]),
        ("8105#", []),
        ("#", []),
    ],
)
def test_commands(digits: str, expected: list[Command]) -> None:
    assert commands(digits) == expected


def test_endless_digits_are_bounded() -> None:
    (command,) = commands("*3" + "1" * 1000 + "#")
    assert isinstance(command, ThreeWay)
    assert len(command.extension) < 30
