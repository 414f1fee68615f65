"""The sets that the report measures on (测试集): texts with what is true of them."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from ticketing.citydata import CityData
from ticketing.suggest.examples import request_types


@dataclass(frozen=True)
class Case:
    """A text with what is true of it; None and empty where that is not known."""

    text: str
    category: frozenset[str] = frozenset()
    request_type: frozenset[str] = frozenset()
    urgency: str | None = None


def utterances(path: Path, city: CityData) -> list[Case]:
    """The utterances of domain.md §5.5 with what they are."""
    codes = {one.name: code for code, one in request_types().items()} | {"感谢": "praise"}
    return [
        Case(
            row["text"],
            frozenset({row["category"][:4]})
            if row["category"] and row["category"][:4] in city.categories
            else frozenset(),
            frozenset({codes[row["type"]]}),
            row["urgency"],
        )
        for row in json.loads(path.read_text(encoding="utf-8"))
    ]


def messages(path: Path) -> list[Case]:
    """Letters labelled by hand; `/` between codes that are all right."""
    return [
        Case(
            f"{row['subject']}。{row['body']}",
            frozenset(row["category"].split("/")),
            frozenset(row["request_type"].split("/")),
        )
        for row in read_rows(path)
    ]


def read_rows(path: Path) -> list[dict[str, str]]:
    """A CSV table. Raises OSError."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
