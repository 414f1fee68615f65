"""What this machine cannot serve is refused before anything starts, at its place in the file."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main
from service.content import check_content
from service.errors import ConfigError, Problem
from service.files import unwritable, unwritable_file
from service.loader import Loaded, load
from service.machine import check_machine


def loaded(folder: Path, text: str) -> Loaded:
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def problems(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as raised:
        check_machine(loaded(folder, text))
    assert raised.value.exit_status == 2
    return raised.value.problems


@pytest.mark.parametrize("bind", ["192.0.2.77", "2001:db8::1", "no such host", "a..b"])
def test_an_address_of_another_machine(tmp_path: Path, bind: str) -> None:
    (problem,) = problems(tmp_path, f'sip:\n  port: 0\n  bind: "{bind}"\n')
    assert (problem.line, problem.key) == (3, "sip.bind")
    assert problem.message == f"{bind} is no address of this machine"


@pytest.mark.parametrize("bind", ["127.0.0.1", "0.0.0.0"])
def test_addresses_of_this_machine(tmp_path: Path, bind: str) -> None:
    check_machine(loaded(tmp_path, f"sip: {{bind: {bind}}}\n"))


def test_recordings_that_cannot_be_written(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "recordings:\n  dir: /proc/nope\n")
    assert (problem.line, problem.key) == (2, "recordings.dir")
    assert "/proc/nope cannot be written" in problem.message


def test_looking_at_a_folder_leaves_nothing(tmp_path: Path) -> None:
    check_machine(loaded(tmp_path, "recordings:\n  dir: new/recordings\n"))
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://me:secret@db/hotline", "postgresql:// is not supported"),
        ("sqlite:////tmp/store.sqlite", "sqlite:// is not supported"),
        ("nonsense", "this is no URL of a database"),
        ("postgresql+asyncpg://db:port/hotline", "this is no URL of a database"),
        ("sqlite+aiosqlite://", "the URL names no file or database"),
        ("sqlite+aiosqlite:///:memory:", "the URL names no file or database"),
        ("sqlite+aiosqlite:////nope/store.sqlite", "there is no folder /nope"),
        ("sqlite+aiosqlite:////proc/store.sqlite", "/proc cannot be written"),
    ],
)
def test_a_store_that_cannot_be_used(tmp_path: Path, url: str, message: str) -> None:
    (problem,) = problems(tmp_path, f'store:\n  url: "{url}"\n')
    assert (problem.line, problem.key) == (2, "store.url")
    assert problem.message.startswith(message)
    assert "secret" not in problem.text()


def test_postgresql_is_taken(tmp_path: Path) -> None:
    text = "store: {url: 'postgresql+asyncpg://me:secret@db/hotline'}\n"
    found = loaded(tmp_path, text)
    check_machine(found)
    assert found.settings.store.url == "postgresql+asyncpg://me:secret@db/hotline"


def test_a_store_beside_the_configuration(tmp_path: Path) -> None:
    found = loaded(tmp_path, "store: {url: 'sqlite+aiosqlite:///store.sqlite'}\n")
    assert found.settings.store.url == f"sqlite+aiosqlite:///{tmp_path}/store.sqlite"
    check_machine(found)


def test_a_menu_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        check_content(loaded(tmp_path, "ivr:\n  menus: nowhere.yaml\n"))
    (problem,) = raised.value.problems
    assert (problem.file, problem.line, problem.key) == (tmp_path / "config.yaml", 2, "ivr.menus")
    assert problem.message == f"there is no file {tmp_path}/nowhere.yaml"


def test_up_stops_with_status_2_before_it_makes_anything(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("recordings:\n  dir: /proc/nope\n")
    arguments = ["up", "--config", str(config), "--var", str(tmp_path / "var")]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    assert f"{config}:2: recordings.dir: " in done.stderr
    assert not (tmp_path / "var").exists()


def test_a_var_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("")
    arguments = ["up", "--config", str(tmp_path / "config.yaml"), "--var", "/proc/nope"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 3
    assert 'set-up failed at "VAR": /proc/nope' in done.stderr
    assert "Fix: name a folder of yours with --var" in done.stderr


def test_files_that_can_be_written(tmp_path: Path) -> None:
    there = tmp_path / "there.wav"
    there.touch()
    assert unwritable_file(there) is None
    assert unwritable_file(tmp_path / "new.wav") is None
    assert unwritable_file(tmp_path / "no" / "new.wav") == f"there is no folder {tmp_path}/no"
    assert unwritable(there / "below") == f"{there}/below cannot be written: Not a directory"
