"""`hotline tickets suggest`: one document, JSON lines, faults in the input."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from service.cli import main


def run(tmp_path: Path, *arguments: str, given: str | bytes | None = None) -> Result:
    command = ["tickets", "suggest", "--var", str(tmp_path), *arguments]
    return CliRunner().invoke(main, command, input=given)


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_one_text_is_one_document(tmp_path: Path) -> None:
    done = run(tmp_path, "--text", "泗阳这边一个村全停电了")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["category_l2"]["code"] == "0402"
    assert told["region"]["code"] == "321323"
    assert told["emergency"] is None
    assert told["id"] is None


def test_json_lines_become_json_lines_in_order(tmp_path: Path) -> None:
    texts = {"a": "楼道里着火了快来人", "b": "", "c": "请问公积金怎么提取"}
    given = "".join(json.dumps({"id": key, "text": text}) + "\n" for key, text in texts.items())
    done = run(tmp_path, given=given + "\n")
    assert done.exit_code == 0, done.output
    told = lines(done)
    assert [one["id"] for one in told] == ["a", "b", "c"]
    assert told[0]["emergency"]["service"] == "119"
    assert told[1]["category_l2"]["code"] is None
    assert told[2]["unit"]["code"] == "GJJ"


def test_a_line_at_fault_is_told_and_the_others_are_answered(tmp_path: Path) -> None:
    given = b'{"id": 1, "text": 5}\nno json\n[]\n\xff\xfe\n'
    given += '{"id": 2, "text": "路灯"}'.encode()
    done = run(tmp_path, given=given)
    assert done.exit_code == 1
    told = lines(done)
    assert [one.get("error", {}).get("code") for one in told] == ["invalid_value"] * 4 + [None]
    assert told[0]["id"] == 1
    assert told[4]["category_l2"]["code"] == "0305"
    assert "4 lines" in done.stderr


def test_a_line_that_is_too_long_is_a_fault_and_not_two(tmp_path: Path) -> None:
    given = json.dumps({"id": "x", "text": "停水" * 400_000}) + '\n{"id": "y", "text": "停水"}\n'
    told = lines(run(tmp_path, given=given))
    assert len(told) == 2
    assert "error" in told[0] and told[1]["id"] == "y"


def test_letters_without_report_is_wrong_usage(tmp_path: Path) -> None:
    assert run(tmp_path, "--letters", __file__, given="").exit_code == 2
