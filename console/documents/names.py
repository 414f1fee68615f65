"""Values of a ticket as people read them: names for codes, local times, yes and no."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.documents.words import VALUES
from store.types import SHANGHAI, JsonObject
from ticketing.citydata import CityData

NOTHING = "—"
"""What stands where nothing is known, or may not be seen."""


@dataclass(frozen=True)
class Names:
    """The city's names of today; a code that nobody knows any more stands for itself."""

    city: CityData

    @property
    def city_name(self) -> str:
        """宿迁市."""
        return next((one.name for one in self.city.regions.values() if one.is_city), "")

    def unit(self, code: str | None) -> str:
        """The unit's name."""
        known = self.city.units.get(code or "")
        return known.name if known is not None else code or NOTHING

    def category(self, view: JsonObject) -> str:
        """First and second level."""
        known = self.city.categories.get(view["category_l2"] or "")
        if known is not None:
            return f"{known.l1} / {known.l2}"
        first = view["category_l1"]
        return self.city.l1_names.get(first or "") or view["category_l2"] or first or NOTHING

    def place(self, view: JsonObject) -> str:
        """The region with town and village, as far as they are seen."""
        known = self.city.regions.get(view["region_code"] or "")
        region = known.name if known is not None else view["region_code"]
        return "".join(filter(None, (region, view["town"], view["village"]))) or NOTHING

    def of(self, view: JsonObject, field: str) -> str:
        """Any plain field."""
        value = view[field]
        if field.endswith(("_at", "_due")):
            return moment(value)
        if field in ("unit", "lead_unit", "target_unit"):
            return self.unit(value)
        return plain(value, VALUES.get(field, {}))


def plain(value: Any, words: Mapping[str, str]) -> str:
    """A value in words."""
    match value:
        case None | "" | []:
            return NOTHING
        case bool():
            return "是" if value else "否"
        case list():
            return "、".join(words.get(str(one), str(one)) for one in value)
    return words.get(str(value), str(value))


def moment(text: str | None) -> str:
    """2026-10-01 10:00, city time."""
    if text is None:
        return NOTHING
    return datetime.fromisoformat(text).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
