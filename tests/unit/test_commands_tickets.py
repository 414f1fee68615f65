"""`tickets do` and `tickets verify` through the command line, on a real store."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.loader import load
from service.paths import Var
from service.supervisor import prepare
from tests.unit.ticket_story import MATTER

SENT = {"unit": "SLJ", "answer_type": "investigate"}


@pytest.fixture
def var(tmp_path: Path) -> Path:
    """The VAR of a line that was set up, with an empty store."""
    (tmp_path / "config.yaml").write_text("")
    var = Var.at(tmp_path / "var")
    var.make()
    runtime = prepare(load(tmp_path / "config.yaml", free_ports=True), var, adopting=False)
    runtime.save()
    store(var.root).touch()
    return var.root


def store(var: Path) -> Path:
    from service.runtime import Runtime

    return Path(Runtime.load(Var.at(var)).store_url.removeprefix("sqlite+aiosqlite:///"))


def tickets(var: Path, *arguments: str, data: dict[str, Any] | None = None) -> Result:
    given = [] if data is None else ["--data", "-"]
    text = None if data is None else json.dumps(data)
    everything = ["tickets", *arguments, *given, "--json", "--var", str(var)]
    return CliRunner().invoke(main, everything, input=text)


def made(var: Path) -> str:
    done = tickets(var, "create", data=MATTER)
    number = json.loads(done.stdout)["ticket_no"]
    assert isinstance(number, str)
    return number


def test_a_ticket_is_handled_by_commands(var: Path) -> None:
    number = made(var)
    for role, command, data in (
        ("agent:1001", "accept", None),
        ("dispatcher:d1", "dispatch", SENT),
        ("unit_handler:u1", "sign", None),
    ):
        done = tickets(var, "do", number, command, "--as", role, data=data)
        assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["state"], told["unit"], told["version"]) == ("in_progress", "SLJ", 4)
    events = [(one["command"], one["actor"], one["role"]) for one in told["events"]]
    assert events[2:] == [("dispatch", "d1", "dispatcher"), ("sign", "u1", "unit_handler")]
    shown = tickets(var, "show", number)
    assert json.loads(shown.stdout) == told


@pytest.mark.parametrize(
    ("arguments", "data", "code", "field"),
    [
        (("dispatch", "--as", "dispatcher:d1"), SENT, "wrong_state", None),
        (("accept", "--as", "citizen:c"), None, "not_allowed", None),
        (("accept", "--as", "king:x"), None, "not_allowed", "as"),
        (("accept",), None, "not_allowed", None),
        (("fly", "--as", "agent:1"), None, "invalid_value", "command"),
        (("reject", "--as", "agent:1"), {"reject_code": "N9"}, "invalid_value", "reject_code"),
        (("reject", "--as", "agent:1"), {}, "missing_field", "reject_code"),
        (("accept", "--as", "agent:1", "--version", "7"), None, "invalid_value", "version"),
        (("create", "--as", "agent:1"), MATTER, "duplicate_key", "ticket"),
    ],
)
def test_a_refusal_is_told_by_code_field_and_fix(
    var: Path, arguments: tuple[str, ...], data: dict[str, Any] | None, code: str, field: str | None
) -> None:
    number = made(var)
    done = tickets(var, "do", number, *arguments, data=data)
    assert done.exit_code == 1
    error = json.loads(done.stdout)["error"]
    assert (error["code"], error["field"]) == (code, field)
    assert error["message"]
    assert error["fix"]
    assert error["message"] in done.stderr
    assert json.loads(tickets(var, "show", number).stdout)["version"] == 1


def test_a_unit_acts_for_itself_only(var: Path) -> None:
    number = made(var)
    tickets(var, "do", number, "accept", "--as", "agent:1001")
    tickets(var, "do", number, "dispatch", "--as", "dispatcher:d1", data=SENT)
    sign = ("do", number, "sign", "--as", "unit_handler:u1", "--unit")
    other = tickets(var, *sign, "GDGS")
    assert json.loads(other.stdout)["error"]["code"] == "not_allowed"
    assert json.loads(tickets(var, *sign, "SLJ").stdout)["state"] == "in_progress"


def test_an_unknown_ticket_is_refused(var: Path) -> None:
    done = tickets(var, "do", "SQ1", "accept", "--as", "agent:1")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"]["code"] == "unknown_ticket"


@pytest.mark.parametrize("who", ["agent", ":x", "agent:"])
def test_who_acts_has_role_and_name(var: Path, who: str) -> None:
    assert tickets(var, "do", "SQ1", "accept", "--as", who).exit_code == 2


def test_data_that_is_no_object_is_refused(var: Path, tmp_path: Path) -> None:
    number = made(var)
    for text in ("[1]", "{"):
        (tmp_path / "data.json").write_text(text)
        done = tickets(var, "do", number, "accept", "--data", str(tmp_path / "data.json"))
        assert done.exit_code == 1
        assert json.loads(done.stdout)["error"]["code"] == "invalid_value"


def test_unknown_keys_are_told(var: Path) -> None:
    number = made(var)
    done = tickets(var, "do", number, "accept", "--as", "agent:1", data={"colour": "red"})
    assert done.exit_code == 0
    assert "warning: unknown key colour; ignored" in done.stderr


def test_verify_finds_the_ticket_that_was_changed(var: Path) -> None:
    good, bad = made(var), made(var)
    done = tickets(var, "verify")
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"checked": 2, "problems": []})
    with sqlite3.connect(store(var)) as db:
        db.execute("update ticket set title = '别的' where ticket_no = ?", (bad,))
    done = tickets(var, "verify")
    assert done.exit_code == 1
    (problem,) = json.loads(done.stdout)["problems"]
    assert problem["ticket_no"] == bad
    assert "title" in problem["problem"]
    assert tickets(var, "verify", good).exit_code == 0
    assert tickets(var, "verify", bad).exit_code == 1


def test_files_are_attached_and_written_out_by_commands(var: Path, tmp_path: Path) -> None:
    number, file = made(var), tmp_path / "报告.pdf"
    file.write_bytes(b"%PDF-1.7 text")
    done = tickets(var, "attach", number, str(file), "--as", "agent:1001", "--internal")
    told = json.loads(done.stdout)
    assert (told["name"], told["size"], told["shared"]) == ("报告.pdf", 13, False)
    out = tmp_path / "out"
    listed = tickets(var, "attachments", number, "--out", str(out))
    assert json.loads(listed.stdout) == [told]
    (written,) = out.iterdir()
    assert written.read_bytes() == file.read_bytes()
    released = tickets(var, "release", number, told["attachment_id"], "--as", "dispatcher:d1")
    assert json.loads(released.stdout)["released_at"] is not None
    assert json.loads(tickets(var, "verify", number).stdout)["problems"] == []
    (kept,) = (path for path in (var / "attachments").rglob("*") if path.is_file())
    kept.write_bytes(b"changed")
    checked = tickets(var, "verify", number)
    assert checked.exit_code == 1 and "附件的内容被改动" in checked.stdout
    file.write_bytes(b"text")
    wrong = tickets(var, "attach", number, str(file), "--as", "agent:1001")
    assert wrong.exit_code == 1
    assert json.loads(wrong.stdout)["error"]["field"] == "file"


def test_r_23_2_a_reporter_is_shown_with_a_reason_that_is_kept(var: Path) -> None:
    def said(*words: str, code: int = 0, data: dict[str, Any] | None = None) -> Any:
        done = tickets(var, *words, data=data)
        assert done.exit_code == code, done.output
        return json.loads(done.stdout)

    report = MATTER | {"request_type": "report", "requester_name": "欧阳明轩"}
    number = said("create", data=report | {"content": "欧阳明轩举报偷排"})["ticket_no"]
    assert said("redact", number)["unit_content"] == "【姓名】举报偷排"
    found = said("reveal", number, "--as", "supervisor:s1", "--reason", "复核")
    assert found["requester_name"] == "欧阳明轩"
    wrong = said("reveal", number, "--as", "auditor:a1", "--reason", "复核", code=1)
    assert wrong["error"]["code"] == "not_allowed"
    assert [one["actor"] for one in said("access", number)] == ["s1"]
    assert said("verify", number) == {"checked": 1, "problems": []}


def test_verify_tells_of_a_ticket_that_cannot_be_read(var: Path) -> None:
    number = made(var)
    with sqlite3.connect(store(var)) as db:
        db.execute("update ticket set urgency = 'nonsense'")
    checked = tickets(var, "verify", number)
    assert checked.exit_code == 1
    (problem,) = json.loads(checked.stdout)["problems"]
    assert problem["ticket_no"] == number and "urgency" in problem["problem"]


def test_tickets_are_searched_as_somebody_sees_them(var: Path) -> None:
    number = made(var)
    word = MATTER["title"][:2]
    found = json.loads(tickets(var, "search", word).stdout)
    assert [hit["ticket"]["ticket_no"] for hit in found["hits"]] == [number]
    everything = ["tickets", "search", word, "--var", str(var)]
    assert f"【{word}】" in CliRunner().invoke(main, everything).stdout
    stranger = tickets(var, "search", word, "--as", "unit_handler:u1", "--unit", "SLJ")
    assert json.loads(stranger.stdout) == {"total": 0, "hits": []}
    assert tickets(var, "search", word, "--as", "unit_handler:u1").exit_code == 2
    refused = tickets(var, "search", "…")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["error"]["field"] == "q"
    assert json.loads(tickets(var, "reindex").stdout) == {"indexed": 1}
