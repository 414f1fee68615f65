"""`places import` and `places search`: the gazetteer in the store's city data."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.unit.test_commands_city import SIGNED, city
from tests.unit.test_commands_tickets import made, var
from ticketing.suggest.places_csv import COLUMNS

__all__ = ["var"]

NEW = "X0001,云上花园,estate,P0002,云上|花园,118.3,33.9,2026-01-01,"


def places(var: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["places", *arguments, "--json", "--var", str(var)])


def table(folder: Path, *rows: str, encoding: str = "utf-8") -> str:
    text = "\n".join([",".join(COLUMNS), *rows]) + "\n"
    (folder / "places.csv").write_bytes(text.encode(encoding))
    return str(folder / "places.csv")


def found(var: Path, typed: str) -> list[str]:
    return [one["name"] for one in json.loads(places(var, "search", typed).stdout)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_new_places_are_found_and_the_others_stay(var: Path, tmp_path: Path, encoding: str) -> None:
    made(var)
    assert "幸福家园" in found(var, "xfjy")[:5]
    assert found(var, "yshy") == []
    file = table(tmp_path, NEW, "X0002,云上花园二期,estate,X0001,,,,,", encoding=encoding)
    dry = places(var, "import", file, *SIGNED, "--dry-run")
    assert {one["code"] for one in json.loads(dry.stdout)} == {"X0001", "X0002"}
    assert found(var, "yshy") == []
    done = places(var, "import", file, *SIGNED)
    assert (done.exit_code, json.loads(done.stdout)) == (0, json.loads(dry.stdout))
    assert found(var, "yshy") == ["云上花园", "云上花园二期"]
    assert "幸福家园" in found(var, "xfjy")[:5]
    (inner,) = json.loads(places(var, "search", "云上花园二期").stdout)
    assert (inner["region"], inner["parents"]) == ("321302", ["云上花园", "柳园街道"])
    again = places(var, "import", file, *SIGNED)
    assert json.loads(again.stdout) == []
    versions = json.loads(city(var, "history").stdout)
    assert [one["reason"] for one in versions] == ["机构改革", "files of the program"]


def test_a_place_is_changed_and_closed_by_its_code(var: Path, tmp_path: Path) -> None:
    made(var)
    places(var, "import", table(tmp_path, NEW), *SIGNED)
    closed = NEW.replace("2026-01-01,", "2026-01-01,2026-02-01")
    (told,) = json.loads(places(var, "import", table(tmp_path, closed), *SIGNED).stdout)
    assert (told["before"]["valid_to"], told["after"]["valid_to"]) == ("", "2026-02-01")
    assert found(var, "yshy") == []


WRONG = (
    (",云上花园,estate,P0002,,,,,", "code"),
    ("X1,云,estate,P0002,,,,,", "name"),
    ("X1,云上花园,house,P0002,,,,,", "kind"),
    ("X1,云上花园,estate,P9999999,,,,,", "parent"),
    ("X1,云上花园,estate,X1,,,,,", "parent"),
    ("X1,云上花园,estate,P0002,,1000,,,", "lng"),
    ("X1,云上花园,estate,P0002,,,nan,,", "lat"),
    ("X1,云上花园,estate,P0002,,,,2026-02-30,", "valid_from"),
    ("X1,云上\x07花园,estate,P0002,,,,,", "name"),
    (NEW, "code"),
)


def test_a_wrong_row_is_told_and_changes_nothing(var: Path, tmp_path: Path) -> None:
    made(var)
    for row, column in WRONG:
        done = places(var, "import", table(tmp_path, NEW, row), *SIGNED)
        assert done.exit_code == 1, done.output
        first = json.loads(done.stdout)["first_faults"]
        assert [(one["line"], one["column"]) for one in first][:1] == [(3, column)]
    assert found(var, "yshy") == []
    assert json.loads(city(var, "history").stdout) == []


def test_what_is_no_table_of_places_is_refused(var: Path, tmp_path: Path) -> None:
    made(var)
    (tmp_path / "x.csv").write_text("name,kind\n云上花园,estate\n")
    done = places(var, "import", str(tmp_path / "x.csv"), *SIGNED)
    assert (done.exit_code, json.loads(done.stdout)["error"]["field"]) == (1, "code")
    assert places(var, "import", str(tmp_path / "none.csv"), *SIGNED).exit_code == 1
    assert places(var, "import", table(tmp_path), *SIGNED).exit_code == 1
