"""Texts as a recogniser would write them (识别错误): homophones, lost characters, no commas."""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping

from ticketing.emergency_sound import by_character, plain

HOMOPHONES = 0.12
"""Share of the characters that become another one of the same toneless sound."""
LOST = 0.03
"""Share of the characters that are not heard at all."""


class Mishearing:
    """Makes such texts; the same ones for the same seed."""

    def __init__(self, texts: Iterable[str], seed: int = 0) -> None:
        """Homophones are taken from the characters of `texts`."""
        self._sounds = _by_sound(texts)
        self._chance = random.Random(seed)

    def __call__(self, text: str) -> str:
        bare = plain(text)
        spoken = by_character(bare)
        if len(spoken) != len(bare):  # a character that is more than one sound
            return bare
        return "".join(self._heard(sign, sound) for sign, sound in zip(bare, spoken, strict=True))

    def _heard(self, sign: str, sound: str) -> str:
        drawn = self._chance.random()
        if drawn < LOST:
            return ""
        if drawn < LOST + HOMOPHONES:
            return self._chance.choice(self._sounds.get(sound, (sign,)))
        return sign


def _by_sound(texts: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, set[str]] = defaultdict(set)
    for text in texts:
        bare = plain(text)
        for sign, sound in zip(bare, by_character(bare), strict=False):
            found[sound].add(sign)
    return {sound: tuple(sorted(signs)) for sound, signs in found.items()}
