"""`hotline knowledge …` through the command line, on a real store."""

import json
import sqlite3
from datetime import date, timedelta
from pathlib import Path

from click.testing import CliRunner, Result

from service.cli import main
from tests.knowledge_kit import content
from tests.unit.test_commands_tickets import store, var

__all__ = ["var"]

BY = ("--by", "李编辑", "--reason", "年度复核")


def knowledge(var: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["knowledge", *arguments, "--json", "--var", str(var)])


def file_of(folder: Path, **changes: str) -> Path:
    """A file with one entry that holds today."""
    day = date.today()
    told = content(valid_from=str(day), review_by=str(day + timedelta(days=90)), **changes)
    file = folder / "k.json"
    file.write_text(json.dumps([{"code": "ZS0007", **told.model_dump(mode="json")}]))
    return file


def test_entries_are_brought_in_found_and_taken_out(var: Path, tmp_path: Path) -> None:
    file = str(file_of(tmp_path))
    tried = knowledge(var, "import", file, *BY, "--dry-run")
    assert json.loads(tried.stdout) == {"new": ["ZS0007"], "revised": [], "unchanged": 0}
    assert json.loads(knowledge(var, "list").stdout) == []
    assert knowledge(var, "import", file, *BY).exit_code == 0
    (waiting,) = json.loads(knowledge(var, "list", "--state", "proposed").stdout)
    assert (waiting["code"], waiting["ref"], waiting["pending"]["note"]) == (
        "ZS0007", None, "年度复核",
    )  # fmt: skip
    file = str(file_of(tmp_path, title="社保卡补办"))
    done = knowledge(var, "import", file, *BY, "--approved-by", "王主任")
    assert json.loads(done.stdout)["revised"] == ["ZS0007"]
    shown = json.loads(knowledge(var, "show", "ZS0007").stdout)
    assert (shown["ref"], shown["title"], shown["standing"]) == ("ZS0007@2", "社保卡补办", "valid")
    assert [one["command"] for one in shown["events"]] == ["propose", "revise", "approve"]
    (found,) = json.loads(knowledge(var, "search", "社保卡丢了咋整").stdout)
    assert (found["code"], found["question"]) == ("ZS0007", "社保卡丢了怎么补办")
    out = tmp_path / "out.json"
    assert json.loads(knowledge(var, "export", str(out)).stdout)["entries"] == 1
    assert json.loads(out.read_text()) == json.loads(Path(file).read_text())


def test_faults_are_named_and_change_nothing(var: Path, tmp_path: Path) -> None:
    file = file_of(tmp_path, unit="XXX")
    failed = json.loads(knowledge(var, "import", str(file), *BY).stdout)["error"]
    assert (failed["code"], failed["field"]) == ("unknown_unit", "unit")
    assert failed["message"].startswith("ZS0007")
    alone = knowledge(var, "import", str(file_of(tmp_path)), *BY, "--approved-by", "李编辑")
    assert json.loads(alone.stdout)["error"]["code"] == "same_person"
    file.write_text("[")
    failed = json.loads(knowledge(var, "import", str(file), *BY).stdout)["error"]
    assert (failed["code"], failed["field"]) == ("invalid_value", "file")
    missing = json.loads(knowledge(var, "show", "ZS0007").stdout)["error"]
    assert missing["code"] == "unknown_knowledge"


def test_a_changed_journal_is_found(var: Path, tmp_path: Path) -> None:
    knowledge(var, "import", str(file_of(tmp_path)), *BY)
    assert knowledge(var, "verify").exit_code == 0
    with sqlite3.connect(store(var)) as db:
        db.execute("UPDATE knowledge_event SET actor = 'x'")
    broken = knowledge(var, "verify")
    assert broken.exit_code == 1
    assert json.loads(broken.stdout) == {"broken": {"ZS0007": ["event 1 (propose) was changed"]}}
