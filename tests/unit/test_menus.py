"""A menu file that would lead a caller nowhere stops the start, with line, key and fix."""

from pathlib import Path

import pytest

from ivr.menu_files import MenuProblem, load
from ivr.menu_graph import draw
from ivr.menus import Menus, faults_of

GROUPS = {"citizen", "enterprise"}
PROMPTS = {"welcome_short", "menu_main", "menu_invalid", "menu_timeout", "enterprise_connect"}
PROMPTS |= {"direct_connect"}

GOOD = """\
modes: {menu: main, direct: main}
nodes:
  main:
    ask: menu_main
    keys:
      "1": {queue: citizen}
      "2": {node: more}
      "3": progress
    silence: {queue: citizen}
  more:
    ask: menu_main
    silence: {node: main}
"""


def loaded(tmp_path: Path, text: str) -> Menus:
    file = tmp_path / "menus.yaml"
    file.write_text(text, "utf-8")
    return load(file, groups=GROUPS, prompts=PROMPTS)


def test_the_city_s_menus_are_good() -> None:
    city = Path(__file__).parents[2] / "city" / "menus.yaml"
    drawn = draw(load(city, groups=GROUPS, prompts=PROMPTS))
    assert "[main] welcome_short → menu_main" in drawn
    assert "9 ─ emergency" in drawn


def test_good(tmp_path: Path) -> None:
    menus = loaded(tmp_path, GOOD)
    assert set(menus.nodes) == {"main", "more"}


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("{node: more}", "{node: nowhere}", 7, "no node nowhere"),
        ("{queue: citizen}", "{queue: nobody}", 6, "no skill group nobody"),
        ("ask: menu_main\n    keys", "ask: menu_mian\n    keys", 3, "no prompt menu_mian"),
        ('"1"', '"9"', 6, "9 is emergency in every menu"),
        ('"1"', "9", 6, "9 is emergency in every menu"),
        ('"1"', "1", 6, "the key 1 is not in quotes"),
        ('"1"', '"12"', 6, "12 is no key"),
        ('"2": {node: more}', '"2": {queue: citizen}', 10, "no caller can get here"),
        ("menu: main,", "menu: start,", 1, "no node start"),
        ('"3": progress', '"3": singing', 8, "keys.3: no key can do this"),
        ("silence: {queue: citizen}", "silence: {say: menu_timeout}", 9, "silence: no key can"),
        ("silence: {queue", "silense: {queue", 9, "silense: unknown key"),
        ("modes: {menu: main, direct", "modes: {menu: main, dirct", 1, "modes.dirct: Input should"),
        ('"3": progress', '"3": stay', 8, "while waiting"),
        ("modes:", "modes: [", 1, "expected"),
    ],
)
def test_faults(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    with pytest.raises(MenuProblem, match=message) as error:
        loaded(tmp_path, GOOD.replace(old, new, 1))
    assert error.value.line is not None
    assert abs(error.value.line - line) <= 1
    assert error.value.fix


@pytest.mark.parametrize("text", ["", "- main\n"])
def test_a_file_without_menus(tmp_path: Path, text: str) -> None:
    with pytest.raises(MenuProblem, match="no `modes` and `nodes`") as error:
        loaded(tmp_path, text)
    assert error.value.key == "menus"


def test_a_node_without_a_way_to_a_person(tmp_path: Path) -> None:
    text = GOOD.replace("silence: {node: main}", "silence: {node: more}")
    with pytest.raises(MenuProblem, match="no way to a person") as error:
        loaded(tmp_path, text)
    assert error.value.line == 10


def test_menus_that_all_lead_to_one_another_are_judged_at_once() -> None:
    names = [f"n{number}" for number in range(50)]
    round_trip = {
        name: {
            "ask": "menu_main",
            "keys": {key: {"node": names[(at + int(key)) % 50]} for key in "12345678"},
            "silence": {"node": names[(at + 9) % 50]},
        }
        for at, name in enumerate(names)
    }
    document = {"modes": {"menu": "n0", "direct": "n0"}, "nodes": round_trip}
    found = faults_of(document, GROUPS, PROMPTS)
    assert {fault.message for fault in found} == {"no way to a person"}
    assert len(found) == 50
