"""`hotline city …` through the command line, on a real store."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from service.cli import main
from tests.unit.test_commands_tickets import SENT, made, tickets, var

__all__ = ["var"]

SIGNED = ("--by", "王主任", "--reason", "机构改革")


def city(var: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["city", *arguments, "--json", "--var", str(var)])


def test_the_city_edits_its_data_in_files(var: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mycity"
    assert json.loads(city(var, "export", str(folder)).stdout)["version"] is None
    units = json.loads((folder / "units.json").read_text())
    units.append({"code": "DSJ", "name": "市大数据中心", "level": "city", "ext": "8150"})
    (folder / "units.json").write_text(json.dumps(units))
    (told,) = json.loads(city(var, "diff", str(folder)).stdout)
    assert (told["kind"], told["code"], told["before"]) == ("units", "DSJ", None)
    done = city(var, "import", str(folder), *SIGNED)
    assert (done.exit_code, json.loads(done.stdout)) == (0, [told])
    number = made(var)
    tickets(var, "do", number, "accept", "--as", "agent:1001")
    data = SENT | {"unit": "DSJ"}
    sent = tickets(var, "do", number, "dispatch", "--as", "dispatcher:d1", data=data)
    assert json.loads(sent.stdout)["unit"] == "DSJ"
    told = json.loads(city(var, "history").stdout)
    assert [one["version"] for one in told] == [2, 1]
    assert all("T" in one["at"] and one["at"].endswith("+08:00") for one in told)


def test_faults_name_the_file_and_leave_the_data(var: Path, tmp_path: Path) -> None:
    (tmp_path / "units.json").write_text("[]")
    failed = city(var, "import", str(tmp_path), *SIGNED)
    assert failed.exit_code == 0  # all units are closed, none is lost
    (tmp_path / "units.json").write_text('[{"code": "X"}]')
    failed = city(var, "import", str(tmp_path), *SIGNED)
    error = json.loads(failed.stdout)["error"]
    assert (failed.exit_code, error["code"], error["field"]) == (1, "invalid_value", "folder")
    assert "units.json: entry" in error["message"]
    looser = city(var, "limit", "SLJ", "resolve", "99", *SIGNED)
    assert json.loads(looser.stdout)["error"]["code"] == "looser_than_policy"
