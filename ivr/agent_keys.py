"""What an agent types in a call (contract §3). Pure: digits in, commands out."""

from ivr.agent_commands import Command, DropUnit, Hold, ThreeWay, ToEmergency, Transfer, Unknown
from ivr.settings import Codes

LONGEST = 24


class AgentKeys:
    """Collects one agent's keys. A `*` begins anew; anything before it is small talk."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes
        self._typed = ""

    def press(self, digit: str) -> Command | None:
        if digit == "*":
            self._typed = "*"
            return None
        if not self._typed:
            return None
        if digit != "#":
            self._typed = (self._typed + digit)[:LONGEST]
            if self._typed == self._codes.hold:
                self._typed = ""
                return Hold()
            return None
        typed, self._typed = self._typed, ""
        return self._command(typed)

    def _command(self, typed: str) -> Command:
        codes = self._codes
        if typed == codes.three_way_drop:  # before three_way: no extension begins with 0
            return DropUnit()
        arguments: tuple[tuple[str, type[ThreeWay] | type[ToEmergency] | type[Transfer]], ...] = (
            (codes.three_way, ThreeWay),
            (codes.emergency, ToEmergency),
            (codes.transfer, Transfer),
        )
        for code, command in sorted(arguments, key=lambda pair: -len(pair[0])):
            if typed.startswith(code):
                argument = typed.removeprefix(code)
                if command is ToEmergency:
                    return ToEmergency(argument or "110")
                return command(argument) if argument else Unknown(typed)
        return Unknown(typed)
