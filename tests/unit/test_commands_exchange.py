"""`tickets export`, `import`, `fields`, `another`, `link` through the command line."""

import json
from pathlib import Path

from click.testing import CliRunner

from service.cli import main
from service.paths import HOME
from tests.unit.test_commands_tickets import made, tickets, var

__all__ = ["var"]


def test_an_export_comes_back_as_unchanged(var: Path, tmp_path: Path) -> None:
    number = made(var)
    out = tmp_path / "out.jsonl"
    done = tickets(var, "export", "--out", str(out))
    assert json.loads(done.stdout) == {"tickets": 1, "file": str(out)}
    assert json.loads(out.read_text().splitlines()[1])["ticket_no"] == number
    done = tickets(var, "import", "exported", str(out))
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["new"], told["unchanged"], told["faults"]) == (0, 1, 0)


def test_a_conflict_is_told_by_line_and_field(var: Path, tmp_path: Path) -> None:
    number = made(var)
    out, errors = tmp_path / "out.jsonl", tmp_path / "errors.csv"
    tickets(var, "export", "--out", str(out))
    tickets(var, "do", number, "accept", "--as", "agent:1001")
    done = tickets(var, "import", "exported", str(out), "--errors", str(errors))
    assert done.exit_code == 1
    (fault,) = json.loads(done.stdout)["first_faults"]
    assert (fault["line"], fault["column"], fault["code"]) == (2, "ticket_no", "duplicate_key")
    assert f"line 2, ticket_no ({number})" in done.stderr
    assert (
        errors.read_text(encoding="utf-8-sig").splitlines()[1].startswith(f"2,ticket_no,{number}")
    )


def test_what_cannot_be_read_or_written_is_refused(var: Path, tmp_path: Path) -> None:
    made(var)
    for arguments in (
        ("import", "exported", str(tmp_path / "none.jsonl")),
        ("import", "exported", str(tmp_path / "none.xlsx")),
        ("import", "exported", "tickets.pdf"),
        ("export", "--out", str(tmp_path / "none" / "x")),
        ("export", "--out", str(tmp_path / "x"), "--state", "gone"),
    ):
        done = tickets(var, *arguments)
        assert done.exit_code == 1, done.output
        error = json.loads(done.stdout)["error"]
        assert error["code"] in ("invalid_value", "not_written")
        assert error["message"]


def test_the_field_dictionary_in_the_docs_is_the_generated_one() -> None:
    done = CliRunner().invoke(main, ["tickets", "fields"])
    page = HOME / "docs" / "fields.md"
    assert done.stdout == page.read_text(encoding="utf-8"), (
        f"run hotline tickets fields --out {page}"
    )
