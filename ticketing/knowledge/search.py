"""Looking for entries: as somebody types, or by what a citizen is saying."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ticketing.knowledge.base import Known
from ticketing.knowledge.entry import REFERENCE, Entry, State
from ticketing.knowledge.standing import Standing, is_citable, standing
from ticketing.knowledge.view import may_see
from ticketing.suggest.places import best_name
from ticketing.transcript import citizen_words
from ticketing.visibility import Viewer

LATEST = 300
"""Characters of a running transcript, from its end: what the citizen asks now."""
LEAST = 8.0
"""A score below it is a coincidence: greetings reach 4, a name with an address 7."""
_NAMED = 1_000.0
"""An entry whose title was typed, by its beginning, pinyin or initials, before all others."""


@dataclass(frozen=True)
class Wanted:
    """Which entries are looked for."""

    text: str | None = None
    category: str | None = None
    unit: str | None = None
    state: State | None = None
    """`proposed`: those of which a version waits. None: all but the retired ones."""
    standing: Standing | None = None

    def fits(self, entry: Entry, day: date) -> bool:
        """Whether an entry is one of them, apart from the text."""
        content = entry.content
        is_published = entry.state == "published"
        return (
            self.category in (None, *content.categories)
            and self.unit in (None, *entry.units)
            and _is_in(entry, self.state)
            and (self.standing is None or is_published)
            and self.standing in (None, standing(content, day))
        )


def search(
    known: Known,
    wanted: Wanted,
    viewer: Viewer | None,
    day: date,
    categories: Mapping[str, float] | None = None,
) -> list[Entry]:
    """The entries that fit and that somebody may see: those that may be cited today first, of
    these the best. `categories`: how likely the text is about each (0 to 1)."""
    found = {
        code: entry
        for code, entry in known.entries.items()
        if may_see(entry, viewer) and wanted.fits(entry, day)
    }
    if wanted.text is None:
        return list(found.values())
    scores = _typed(known, wanted.text)
    for code, score in known.index.scores(wanted.text, categories).items():
        scores[code] = scores.get(code, 0.0) + score
    best = sorted(
        (code for code in scores if code in found),
        key=lambda code: (not is_citable(found[code], day), -scores[code], code),
    )
    return [found[code] for code in best]


def suggest(
    known: Known,
    text: str,
    day: date,
    categories: Mapping[str, float] | None = None,
    *,
    limit: int = 3,
) -> list[Entry]:
    """What may answer a citizen; only what may be cited, and nothing where little is alike."""
    scores = known.index.scores(latest(text), categories)
    citable = {code for code in scores if is_citable(known.entries[code], day)}
    best = sorted(citable, key=lambda code: (-scores[code], code))[:limit]
    return [known.entries[code] for code in best if scores[code] >= LEAST]


def latest(text: str) -> str:
    """The end of what the citizen said."""
    return citizen_words(text)[-LATEST:]


def _typed(known: Known, text: str) -> dict[str, float]:
    """Entries whose code or title somebody types."""
    wanted = text.strip()
    named = REFERENCE.fullmatch(wanted.upper())
    if named is not None:
        return {named["code"]: _NAMED}
    if not any(one.isascii() and one.isalpha() for one in wanted):
        return {}
    fits = {code: best_name((one.content.title,), wanted) for code, one in known.entries.items()}
    return {code: _NAMED * fit[1] for code, fit in fits.items() if fit is not None}


def _is_in(entry: Entry, state: State | None) -> bool:
    if state is None:
        return entry.state != "retired"
    return entry.pending is not None if state == "proposed" else entry.state == state
