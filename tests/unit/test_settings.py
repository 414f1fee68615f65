"""config.yaml: what it must hold, and how its faults are reported."""

import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from service import __version__
from service.errors import ConfigError, Problem
from service.loader import load
from service.paths import HOME
from service.runtime import Runtime
from service.settings import Settings


def keys(model: type[BaseModel]) -> Iterator[str]:
    """Every key of the settings, those of lists and maps of models included."""
    for name, field in model.model_fields.items():
        yield name
        for inner in models(field.annotation):
            yield from keys(inner)


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    if typing.get_origin(annotation) in (list, dict, typing.Union, types.UnionType):
        for argument in typing.get_args(annotation):
            yield from models(argument)


def problems(tmp_path: Path, text: str, **options: bool) -> tuple[Problem, ...]:
    """What is wrong with a configuration; empty when nothing is."""
    file = tmp_path / "config.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        load(file, **options)
    except ConfigError as error:
        return error.problems
    return ()


def test_the_product_configuration_loads_as_the_defaults() -> None:
    loaded = load(None)
    assert loaded.file == HOME / "config.yaml"
    assert loaded.settings == Settings()


def test_the_product_configuration_names_every_key() -> None:
    text = (HOME / "config.yaml").read_text(encoding="utf-8")
    missing = [key for key in keys(Settings) if f"{key}:" not in text]
    assert missing == []


def test_commented_out_defaults_are_the_defaults() -> None:
    settings = Settings()
    text = (HOME / "config.yaml").read_text(encoding="utf-8")
    for key, value in {
        "rtp_start": settings.sip.rtp_start,
        "rtp_end": settings.sip.rtp_end,
        "ring_seconds": settings.ivr.queue.ring_seconds,
        "wrap_up_seconds": settings.ivr.queue.wrap_up_seconds,
        "grace": settings.shutdown.grace,
        "max_call_seconds": settings.ivr.max_call_seconds,
    }.items():
        assert f"{key}: {value:g}" in text


def test_an_unknown_key_is_named_with_its_line(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "city:\n  name: 宿迁\nsip:\n  bnd: 127.0.0.1\n")
    assert (problem.line, problem.key) == (4, "sip.bnd")
    assert problem.fix == "did you mean bind?"
    assert "config.yaml:4: sip.bnd: unknown key" in problem.text()


def test_an_unknown_section_is_named(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "ciyt:\n  name: 宿迁\n")
    assert (problem.line, problem.key, problem.fix) == (1, "ciyt", "did you mean city?")


def test_a_number_without_quotes(tmp_path: Path) -> None:
    text = 'agents:\n  - number: "1001"\n  - number: 1002\n'
    (problem,) = problems(tmp_path, text)
    assert (problem.line, problem.key) == (3, "agents[1].number")
    assert problem.fix == 'write it in quotes: "1002"'


def test_every_fault_is_reported_at_once(tmp_path: Path) -> None:
    text = "sip:\n  port: 70000\nivr:\n  mode: manual\nspeech:\n  workers: 0\n"
    assert [p.line for p in problems(tmp_path, text)] == [2, 4, 6]


def test_a_key_given_twice(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "sip:\n  port: 1\n  port: 2\n")
    assert problem.line == 3


def test_yaml_that_is_none(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "sip: [1,\n")
    assert problem.key == "(syntax)"
    (problem,) = problems(tmp_path, "- 1\n")
    assert problem.message == "the file holds no sections"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load(tmp_path / "nowhere.yaml")
    assert "there is no such file" in raised.value.text()


def test_relative_paths_are_meant_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("prompts:\n  studio_dir: studio\n")
    assert load(file).settings.prompts.studio_dir == tmp_path / "studio"


def test_demo_adds_phones_and_never_a_real_emergency_service(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text('emergency:\n  via: out\nagents:\n  - number: "1001"\n    name: 张\n')
    settings = load(file, demo=True).settings
    assert settings.env == "demo"
    assert settings.emergency.via == "desks"
    assert [a.number for a in settings.agents] == ["1001", "1002", "1003", "1901"]
    assert settings.agents[0].name == "张"
    assert [u.code for u in settings.units] == ["SLJ", "CGJ", "GDGS"]
    assert (settings.shutdown.grace, settings.ivr.queue.wrap_up_seconds) == (5, 3)


def test_demo_keeps_what_the_file_says_about_times(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("ivr:\n  queue:\n    wrap_up_seconds: 1\n")
    assert load(file, demo=True).settings.ivr.queue.wrap_up_seconds == 1


def test_demo_refuses_a_trunk_to_the_emergency_services(tmp_path: Path) -> None:
    text = "trunks:\n  - name: out\n    host: 192.0.2.1\n    emergency: true\n"
    (problem,) = problems(tmp_path, text, demo=True)
    assert (problem.line, problem.key) == (4, "trunks[0].emergency")


def test_free_ports(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("sip:\n  port: 5070\n")
    settings = load(file, free_ports=True).settings
    assert (settings.sip.port, settings.asterisk.ari_port) == (0, 0)


@pytest.mark.parametrize("port", ["abc", "70000"])
def test_free_ports_do_not_hide_a_wrong_one(tmp_path: Path, port: str) -> None:
    (problem,) = problems(tmp_path, f"sip:\n  port: {port}\n", free_ports=True)
    assert (problem.line, problem.key) == (2, "sip.port")


def test_demo_does_not_hide_a_wrong_environment(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "env: demoo\n", demo=True)
    assert (problem.line, problem.key) == (1, "env")


def test_a_unit_that_the_city_does_not_have(tmp_path: Path) -> None:
    text = 'units:\n  - code: XXX\n    contacts: ["8105"]\n'
    (problem,) = problems(tmp_path, text)
    assert (problem.line, problem.key) == (2, "units[0].code")


def test_settings_survive_the_way_to_the_children(tmp_path: Path) -> None:
    from service.loader import Loaded
    from service.paths import Var
    from service.supervisor import prepare

    text = 'agents:\n  - number: "1001"\n    password: top-secret\n'
    (tmp_path / "config.yaml").write_text(text)
    loaded: Loaded = load(tmp_path / "config.yaml", demo=True, free_ports=True)
    var = Var.at(tmp_path / "var")
    var.make()
    runtime = prepare(loaded, var, adopting=False)
    runtime.save()
    again = Runtime.load(var)
    assert again.settings == loaded.settings
    assert again.ports == runtime.ports
    assert again.secrets.sip["agent-1001"] == "top-secret"
    assert again.secrets == runtime.secrets


def test_one_version() -> None:
    assert f'version = "{__version__}"' in (HOME / "pyproject.toml").read_text()


def test_skills_have_levels(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    text = 'agents:\n  - {number: "1001", skills: [citizen]}\n'
    text += '  - {number: "1002", skills: {citizen: 3, enterprise: 9}}\n'
    file.write_text(text, encoding="utf-8")
    one, other = load(file).settings.agents
    assert one.skills == {"citizen": 5}
    assert other.skills == {"citizen": 3, "enterprise": 9}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('agents:\n  - number: "1001"\n    skills: {citizen: 10}\n', "agents[0].skills.citizen"),
        ('agents:\n  - number: "1001"\n    skills:\n      - citizen: 3\n', "agents[0].skills"),
        ('agents:\n  - number: "1001"\n    skills: [Bad]\n', "agents[0].skills.Bad"),
        ("ivr:\n  queue:\n    pause_reasons: []\n", "ivr.queue.pause_reasons"),
        (
            "ivr:\n  queue:\n    pause_reasons: [{code: no_answer, label: 未接}]\n",
            "ivr.queue.pause_reasons",
        ),
        (
            "ivr:\n  queue:\n    pause_reasons: [{code: a, label: 甲}, {code: a, label: 乙}]\n",
            "ivr.queue.pause_reasons",
        ),
    ],
)
def test_faults_of_skills_and_reasons_are_named(tmp_path: Path, text: str, key: str) -> None:
    (problem,) = problems(tmp_path, text)
    assert problem.key == key
    assert problem.line is not None
