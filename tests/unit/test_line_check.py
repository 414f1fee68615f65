"""What people change of the line is checked against everything that runs it, and is overlaid."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ivr.menu_graph import graph
from ivr.menus import Menus
from service.demo import overlay
from service.line_check import fits_line, menu_faults
from service.line_data import LineData, laid_over, seeds_of
from service.paths import Var
from service.settings import Settings
from ticketing import city_versions
from ticketing.city_files import MENUS, Entries
from ticketing.refusal import Refusal

DEMO = Settings.model_validate(overlay({}, demo=True, free_ports=True))


@pytest.fixture
def entries() -> Entries:
    """The data of the demonstration, as the store would hold them."""
    return copy.deepcopy(city_versions.laid_over(seeds_of(DEMO), {}))


def contacts(entries: Entries, *numbers: str) -> None:
    entries["contacts"]["SLJ"] = {
        "unit": "SLJ",
        "contacts": [{"number": number} for number in numbers],
    }


def test_what_config_yaml_brings_fits_and_changes_nothing(entries: Entries) -> None:
    fits_line(DEMO, entries)
    again = laid_over(DEMO, LineData(held=entries))
    assert again == DEMO


def test_the_stores_entries_are_what_the_line_runs_with(entries: Entries) -> None:
    entries["agents"]["1050"] = {"number": "1050", "name": "新来的", "skills": {"legal": 7}}
    entries["groups"]["legal"] = {"name": "legal", "number": "6003"}
    entries["pauses"]["fire"] = {"code": "fire", "label": "消防演习", "rank": 1}
    entries["prompts"]["goodbye"] = {"key": "goodbye", "text": "再见。"}
    contacts(entries, "8190")
    fits_line(DEMO, entries)
    settings = laid_over(DEMO, LineData(held=entries))
    assert settings.agents[3].model_dump(exclude={"password"}) == {
        "number": "1050", "name": "新来的", "skills": {"legal": 7}, "role": "agent",
    }  # fmt: skip
    assert settings.numbers.groups["legal"] == "6003"
    assert settings.ivr.queue.pause_reasons[0].label == "小休", "the seed's first has rank 1, too"
    assert settings.ivr.queue.pause_reasons[1].label == "消防演习"
    assert settings.prompts.texts == {"goodbye": "再见。"}
    assert {one.code: one.contacts for one in settings.units}["SLJ"] == ["8190"]


def _menu(change: Callable[[dict[str, Any]], object]) -> Callable[[Entries], object]:
    return lambda entries: change(entries["menus"][MENUS])


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        (lambda e: contacts(e, "110"), "SLJ.contacts.0.number", "110是紧急号码"),
        (lambda e: contacts(e, "8105", "1001"), "SLJ.contacts.1.number", "分机1001已用作坐席1001"),
        (lambda e: contacts(e, "13900000001"), "SLJ.contacts.0.number", "可以外呼的中继"),
        (
            lambda e: e["agents"].update({"8105": {"number": "8105", "skills": {}}}),
            "SLJ.contacts.0.number",
            "分机8105已用作坐席8105的分机",
        ),
        (
            lambda e: e["agents"]["1001"].update(skills={"law": 5}),
            "1001.skills.law",
            "没有技能组law",
        ),
        (lambda e: e["groups"].pop("enterprise"), "1003.skills.enterprise", "没有技能组enterprise"),
        (lambda e: e["groups"]["citizen"].update(number="12345"), "citizen.number", "12345"),
        (lambda e: e["pauses"].clear(), None, "没有置忙原因"),
        (
            lambda e: e["pauses"].update(no_answer={"code": "no_answer", "label": "未接"}),
            "no_answer.code",
            "无人应答",
        ),
        (
            lambda e: e["prompts"].update(nothing={"key": "nothing", "text": "您好"}),
            "nothing.text",
            "没有提示音nothing",
        ),
        (
            lambda e: e["prompts"].update(goodbye={"key": "goodbye", "text": "{unit}再见"}),
            "goodbye.text",
            "没有变量unit",
        ),
        (lambda e: e["menus"].clear(), "menus", "没有语音菜单"),
        (
            _menu(lambda m: m["nodes"]["main"]["keys"].update({"9": "progress"})),
            "menus.nodes.main.keys.9",
            "9键在任何地方都是紧急求助",
        ),
        (
            _menu(lambda m: m["nodes"]["main"]["keys"].update({"1": {"queue": "law"}})),
            "menus.nodes.main.keys.1",
            "没有技能组law",
        ),
        (
            _menu(lambda m: m["nodes"].update(lost={"silence": "progress"})),
            "menus.nodes.lost",
            "来电人到不了菜单lost",
        ),
        (
            _menu(lambda m: m["nodes"]["main"].update(say=["no_prompt"])),
            "menus.nodes.main.say.0",
            "没有提示音no_prompt",
        ),
        (
            _menu(lambda m: m["nodes"]["main"].update(silence={"queue": "citizen", "say": ""})),
            "menus.nodes.main.silence.say",
            "请选择提示音",
        ),
        (
            _menu(lambda m: m["nodes"]["main"]["keys"].update({"4": {"node": ""}})),
            "menus.nodes.main.keys.4",
            "请选择菜单",
        ),
        (
            _menu(lambda m: m["nodes"]["main"].pop("ask")),
            "menus.nodes.main.ask",
            "来电人没有机会按键",
        ),
    ],
)
def test_what_the_line_could_not_run_with_is_refused_at_its_place(
    entries: Entries, change: Callable[[Entries], object], field: str | None, message: str
) -> None:
    change(entries)
    with pytest.raises(Refusal) as found:
        fits_line(DEMO, entries)
    assert found.value.field == field
    assert message in found.value.message
    assert found.value.fix


def test_every_fault_of_menus_is_told_at_once(entries: Entries) -> None:
    document = entries["menus"][MENUS]
    document["nodes"]["main"]["keys"] |= {"4": {"node": "nowhere"}, "5": {"queue": "law"}}
    told = [(one.path[-1], one.told) for one in menu_faults(DEMO, document)]
    assert told == [("4", "没有菜单nowhere"), ("5", "没有技能组law")]
    assert [one.path for one in menu_faults(DEMO, {"nodes": []})] == [("modes",), ("nodes",)]


def test_menus_are_drawn_with_the_emergency_key_everywhere(entries: Entries) -> None:
    drawn = graph(Menus.model_validate(entries["menus"][MENUS]))
    assert {one.id: one.kind for one in drawn.boxes} == {
        "mode:menu": "entry", "mode:direct": "entry", "node:main": "menu", "node:direct": "menu",
        "queue:citizen": "queue", "queue:enterprise": "queue", "progress": "progress",
        "emergency": "emergency",
    }  # fmt: skip
    keys = {(one.source, one.key): one.target for one in drawn.arrows}
    assert keys["node:main", "1"] == "queue:citizen"
    assert keys["node:main", "3"] == "progress"
    assert keys["node:main", "9"] == keys["node:direct", "9"] == "emergency"
    assert keys["mode:menu", None] == "node:main"
    (main,) = (one for one in drawn.boxes if one.id == "node:main")
    assert main.prompts == ("welcome_short", "menu_main")


def test_the_stores_part_is_kept_for_a_start_without_a_database(tmp_path: Path) -> None:
    var = Var.at(tmp_path)
    var.run.mkdir()
    held = {
        "contacts": {"SLJ": {"unit": "SLJ", "contacts": [{"number": "8190"}]}, "CGJ": None},
        "places": {"P0001": {"code": "P0001"}},
    }
    LineData(7, held).save(var)
    again = LineData.load(var, DEMO)
    assert again.version == 7
    assert again.duty.contacts["SLJ"] == ("8190",)
    assert "CGJ" not in again.duty.contacts, "taken away: config.yaml does not bring it back"
    assert again.duty.contacts["GDGS"] == ("8106", "8606")
    assert "places" not in again.held, "the line does not work with it"
