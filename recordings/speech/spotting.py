"""Emergencies in live speech: what is said is judged as it comes, and told once."""

from collections import deque
from dataclasses import replace

from recordings.speech.messages import Spotted
from recordings.speech.results import Result
from ticketing.emergency import Spot, spot

PARTIAL_HOLDS_SECONDS = 0.5
"""A partial result must say the same for so long before it counts: recognisers change their mind,
and a word that makes it harmless may be the next one."""
BELONGS_SECONDS = 4.0
"""Utterances closer together than this are also judged as one sentence."""


def emergency_marks(result: Result) -> tuple[tuple[str, str], ...]:
    """Words of a result that may speak of an emergency, and its service; to be highlighted."""
    found = spot(result.text)
    return tuple((word, found.service) for word in found.marked) if found else ()


class Spotter:
    """Judges one speaker's results in order."""

    def __init__(self) -> None:
        self._finals: deque[Result] = deque(maxlen=2)
        self._candidate: tuple[Spot, float] | None = None
        self._told: set[tuple[str, bool]] = set()

    def heard(self, result: Result) -> list[Spotted]:
        """What is to be told after this result: nothing or one emergency.

        An emergency is told once a service, and once more when a first doubt is gone.
        """
        found = self._final(result) if result.final else self._partial(result)
        if found is None:
            return []
        certain = found.suppressed_by is None
        if (found.service, certain) in self._told or (found.service, True) in self._told:
            return []
        self._told.add((found.service, certain))
        return [Spotted(found.service, found.words, found.suppressed_by, result.text)]

    def _final(self, result: Result) -> Spot | None:
        self._candidate = None
        found = self._judged(result)
        self._finals.append(result)
        return found

    def _partial(self, result: Result) -> Spot | None:
        found = self._judged(result)
        if found is None or found.suppressed_by is not None:
            self._candidate = None
            return None
        if self._candidate is None or self._candidate[0].service != found.service:
            self._candidate = (found, result.end)
            return None
        return found if result.end - self._candidate[1] >= PARTIAL_HOLDS_SECONDS else None

    def _judged(self, result: Result) -> Spot | None:
        """The words alone and with those just before; a doubt in either is a doubt."""
        before = [one.text for one in self._finals if result.start - one.end < BELONGS_SECONDS]
        alone = spot(result.text)
        if not before:
            return alone
        together = spot("，".join([*before, result.text]))
        if alone is None or together is None:
            return alone or together
        return replace(alone, suppressed_by=alone.suppressed_by or together.suppressed_by)
