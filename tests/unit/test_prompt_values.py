"""`prompts render`: a value that a caller would not hear is refused, not replaced."""

import json
import wave
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ivr.prompts.catalogue import Catalogue
from ivr.prompts.rendering import Recording
from service.cli import main
from service.errors import Failure
from service.prompt_values import value_of

SERVICES = {"110": "幺幺零", "12395": "一二三九五"}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(services=SERVICES)


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("due", "tomorrow"),
        ("due", "2026-02-30T10:00"),
        ("time", "10:00"),
        ("date", "2026-13-01"),
        ("unit", "XXX"),
        ("topic", "天气"),
        ("area", "北京"),
        ("reason", "不知道"),
        ("service", "999"),
        ("query_code", "abc"),
        ("tail4", ""),
        ("agent_no", "１００１"),
        ("n", "many"),
        ("number", "abc("),
        ("caller_number", "anonymous"),
        ("summary", "/nonexistent/said.wav"),
    ],
)
def test_refused(catalogue: Catalogue, variable: str, text: str) -> None:
    with pytest.raises(Failure) as raised:
        value_of(variable, text, catalogue)
    assert (raised.value.code, raised.value.field) == ("invalid_value", variable)
    assert text in raised.value.message
    assert raised.value.fix


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("due", "2026-10-01T10:00"),
        ("due", "2026-10-01T10:00:00+08:00"),
        ("date", "2026-10-01"),
        ("unit", "SLJ"),
        ("unit", "市水利局"),
        ("area", "宿城区"),
        ("service", "110"),
        ("service", "幺幺零"),
        ("number", "110"),
        ("query_code", "48210937"),
        ("n", "3"),
        ("caller_number", "+8613800000001"),
    ],
)
def test_taken(catalogue: Catalogue, variable: str, text: str) -> None:
    assert value_of(variable, text, catalogue) == text


def test_a_recording_is_given_with_or_without_its_extension(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    (tmp_path / "said.wav").touch()
    for name in ("said", "said.wav"):
        path = tmp_path / name
        assert value_of("summary", str(path), catalogue) == Recording(path)


def test_the_command(tmp_path: Path) -> None:
    def render(*words: str) -> Any:
        arguments = ["prompts", "render", *words, "--json", "--var", str(tmp_path / "var")]
        return CliRunner().invoke(main, arguments)

    out = tmp_path / "r.wav"
    good = render("query_extended", "due=2026-10-01T10:00", "--out", str(out))
    assert good.exit_code == 0, good.stderr
    with wave.open(str(out)) as file:
        seconds = file.getnframes() / file.getframerate()
    assert seconds == pytest.approx(json.loads(good.stdout)["seconds"], abs=0.1)
    assert (tmp_path / "var").stat().st_mode & 0o077 == 0

    out.unlink()
    wrong = render("query_extended", "due=tomorrow", "--out", str(out))
    assert wrong.exit_code == 1
    error = json.loads(wrong.stdout)["error"]
    assert (error["code"], error["field"]) == ("invalid_value", "due")
    assert "due=tomorrow" in error["message"]
    assert not out.exists()

    (tmp_path / "said.wav").write_bytes(b"no sound")
    noise = render("readback", f"summary={tmp_path / 'said.wav'}", "--out", str(out))
    assert json.loads(noise.stdout)["error"]["code"] == "wrong_format"

    nowhere = render("query_extended", "due=2026-10-01T10:00", "--out", "/nonexistent/r.wav")
    assert nowhere.exit_code == 1
    assert json.loads(nowhere.stdout)["error"]["field"] == "out"
    assert nowhere.stderr == "hotline: /nonexistent/r.wav: No such file or directory\n"
