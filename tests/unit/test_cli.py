"""The command line: help of every command, exit statuses, errors as JSON."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from service.cli import COMMANDS, main
from service.errors import ConfigError, Failure, Problem, SetupError
from service.paths import HOME


def every_command() -> Iterator[tuple[str, ...]]:
    def below(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield path
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None
                yield from below(child, (*path, name))

    yield from below(main, ())


@pytest.mark.parametrize("path", list(every_command()), ids=" ".join)
def test_help_has_an_example(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*path, "--help"])
    assert shown.exit_code == 0
    assert "Example" in shown.output


def test_commands_of_the_contract() -> None:
    wanted = "up test doctor status call calls recordings emergencies tickets prompts bench"
    assert set(wanted.split()) <= COMMANDS.keys()


def test_help_reads_no_more_than_it_needs() -> None:
    program = (
        "import sys\n"
        "from service.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "heavy = {'aiohttp', 'sqlalchemy', 'pydantic', 'numpy', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(HOME)},
    )
    assert done.returncode == 0, done.stderr


def test_no_line_is_status_1_with_an_error_object(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["status", "--var", str(tmp_path), "--json"])
    assert done.exit_code == 1
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "not_running"
    assert set(error) == {"code", "field", "message", "fix"}
    assert "no line runs" in done.stderr


def test_wrong_usage_is_status_2() -> None:
    assert CliRunner().invoke(main, ["status", "--no-such-option"]).exit_code == 2
    assert CliRunner().invoke(main, ["no-such-command"]).exit_code == 2


def test_wrong_configuration_is_status_2(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("sipp: {}\n")
    arguments = ["up", "--config", str(config), "--var", str(tmp_path / "var")]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    assert f"{config}:1: sipp: unknown key" in done.stderr
    assert "did you mean sip?" in done.stderr


def test_statuses_of_errors() -> None:
    problem = Problem(None, None, "a", "b", "c")
    assert Failure("x", "y").exit_status == 1
    assert ConfigError([problem]).exit_status == 2
    assert SetupError("step", "reason", "fix").exit_status == 3


def test_the_start_script_is_a_plain_shell_program() -> None:
    assert subprocess.run(["sh", "-n", str(HOME / "hotline")]).returncode == 0
    assert (HOME / "hotline").read_text().startswith("#!/bin/sh\n")


def test_unknown_records_are_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["calls", "show", "x", "--var", str(tmp_path), "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"]["code"] == "not_running"
