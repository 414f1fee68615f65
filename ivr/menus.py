"""Menus as data: their model, and what is wrong with one that would lead a caller nowhere."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from store.settings import SettingsModel

KeyName = Annotated[str, StringConstraints(pattern=r"^[0-8*#]$")]
"""9 is not a key of a menu: it is emergency everywhere."""


class ToQueue(SettingsModel):
    """To a person: the queue of a skill group."""

    queue: str
    say: str | None = None


TO_PERSON = ToQueue(queue="citizen")
"""Where every doubt leads."""


class ToNode(SettingsModel):
    node: str


class Verb(SettingsModel):
    """`progress` (进度查询), `message` (留言) or, while waiting, `stay`."""

    verb: Literal["progress", "message", "stay"]


def _action(value: Any) -> Any:
    return {"verb": value} if isinstance(value, str) else value


Action = Annotated[ToQueue | ToNode | Verb, BeforeValidator(_action)]


class Node(SettingsModel):
    """One question to the caller."""

    say: list[str] = []
    ask: str | None = None
    seconds: float = Field(default=5, gt=0, le=30)
    attempts: int = Field(default=2, ge=1, le=5)
    invalid: str | None = None
    keys: dict[KeyName, Action] = {}
    silence: Action


class Menus(SettingsModel):
    """A whole menu file."""

    modes: dict[Literal["menu", "direct"], str]
    nodes: dict[str, Node]
    waiting: dict[Literal["menu", "direct"], dict[KeyName, Action]] = {}


@dataclass(frozen=True)
class MenuFault:
    """Something in a menu that would lead a caller nowhere."""

    path: tuple[int | str, ...]
    """Where it stands, e.g. ("nodes", "main", "keys", "1")."""
    message: str
    fix: str
    told: str
    """The message for people at a page."""


ACTIONS = (
    "Write {queue: GROUP}, {queue: GROUP, say: PROMPT}, {node: NAME}, progress, message, or "
    "while waiting stay."
)


def faults_of(document: Any, groups: Collection[str], prompts: Collection[str]) -> list[MenuFault]:
    """What is wrong with a menu document; `groups`: skill groups, `prompts`: keys that exist."""
    try:
        menus = Menus.model_validate(document)
    except ValidationError as error:
        # A misspelt key is also a missing one: the key that is there tells more.
        found = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        return [_fault(one) for one in found]
    return _faults(menus, groups, prompts)


def _fault(error: ErrorDetails) -> MenuFault:
    """Where a value stands in the document, what is wrong with it and how to put it right."""
    see = "city/menus.yaml explains every key."
    match path := error["loc"]:
        case ():
            fix = "Begin with a copy of city/menus.yaml."
            return MenuFault(("menus",), "no `modes` and `nodes`", fix, "缺少入口和菜单")
        case ("nodes", _, "keys", key, "[key]") | ("waiting", _, key, "[key]"):
            return _key_fault(path[:-1], key)
        case ("nodes", _, "keys", _, _, *_):
            return MenuFault(path[:4], "no key can do this", ACTIONS, "按键的作用无效")
        case ("nodes", _, "silence", _, *_) | ("waiting", _, _, _, *_):
            return MenuFault(path[:3], "no key can do this", ACTIONS, "按键或不按键的作用无效")
    match error["type"]:
        case "extra_forbidden":
            return MenuFault(path, "unknown key", f"Correct or remove it; {see}", "没有这一项")
        case "missing":
            return MenuFault(path, "missing", f"Add {path[-1]}; {see}", "缺少这一项")
        case _:
            where = tuple(part for part in path if part != "[key]")
            return MenuFault(where, error["msg"], f"Correct it; {see}", "值无效")


def _key_fault(path: tuple[int | str, ...], key: int | str) -> MenuFault:
    if str(key) == "9":
        return MenuFault(
            path,
            "9 is emergency in every menu and can have no other meaning",
            "Take this line out, or use another key.",
            "9键在任何地方都是紧急求助，不能另作他用",
        )
    if isinstance(key, int):
        message = f"the key {key} is not in quotes"
        return MenuFault(path, message, f'Write "{key}".', "按键要写成文字")
    fix = "Use one of 0 to 8, * and #, in quotes."
    return MenuFault(path, f"{key} is no key of a menu", fix, f"{key}不是菜单按键，可用0至8、*、#")


def _faults(menus: Menus, groups: Collection[str], prompts: Collection[str]) -> list[MenuFault]:
    found: list[MenuFault] = []
    for mode, start in menus.modes.items():
        if start not in menus.nodes:
            message, told = f"there is no node {start}", _unknown("菜单", start)
            found.append(MenuFault(("modes", mode), message, "Name a node.", told))
    for name, node in menus.nodes.items():
        at = ("nodes", name)
        found += [_no_prompt((*at, *p), key) for p, key in _said(node) if key not in prompts]
        if node.keys and node.ask is None:
            message, fix = "keys, but nothing is asked", "Give `ask`, or take the keys out."
            told = "有按键，但没有询问的提示音，来电人没有机会按键"
            found.append(MenuFault((*at, "ask"), message, fix, told))
        for path, action in actions_of(node):
            found += _action_faults((*at, *path), action, menus, groups, prompts)
    for mode, keys in menus.waiting.items():
        for key, action in keys.items():
            found += _action_faults(("waiting", mode, key), action, menus, groups, prompts)
    if found:
        return found
    reached, helped = _reachable(menus), _lead_to_person(menus)
    for name in menus.nodes:
        at = ("nodes", name)
        if name not in reached:
            fix = "Lead a key to it or take it out."
            told = f"来电人到不了菜单{name}，请让一个按键通向它，或删除它"
            found.append(MenuFault(at, "no caller can get here", fix, told))
        if name not in helped:
            fix = "Give a key or silence a `queue`."
            told = f"菜单{name}没有通向人工的路，请让一个按键或不按键转人工"
            found.append(MenuFault(at, "no way to a person", fix, told))
    return found


def actions_of(node: Node) -> list[tuple[tuple[str, ...], ToQueue | ToNode | Verb]]:
    """What each key of a node does, and what silence does."""
    keys = [(("keys", key), action) for key, action in node.keys.items()]
    return [*keys, (("silence",), node.silence)]


def _said(node: Node) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Where a node names its prompts."""
    for place, key in enumerate(node.say):
        yield ("say", place), key
    for part, one in (("ask", node.ask), ("invalid", node.invalid)):
        if one is not None:
            yield (part,), one


def _no_prompt(path: tuple[int | str, ...], key: str) -> MenuFault:
    told = _unknown("提示音", key)
    return MenuFault(path, f"there is no prompt {key}", "See `prompts list`.", told)


def _unknown(what: str, name: str) -> str:
    """For people at a page, where a form leaves open what has not been chosen."""
    return f"没有{what}{name}" if name else f"请选择{what}"


def _action_faults(
    at: tuple[str, ...],
    action: ToQueue | ToNode | Verb,
    menus: Menus,
    groups: Collection[str],
    prompts: Collection[str],
) -> list[MenuFault]:
    match action:
        case ToQueue(queue=group, say=say):
            found: list[MenuFault] = []
            if group not in groups:
                message, told = f"there is no skill group {group}", _unknown("技能组", group)
                found.append(MenuFault(at, message, "See numbers.groups.", told))
            if say is not None and say not in prompts:
                found.append(_no_prompt((*at, "say"), say))
            return found
        case ToNode(node=name) if name not in menus.nodes:
            message, told = f"there is no node {name}", _unknown("菜单", name)
            return [MenuFault(at, message, "Name one of `nodes`.", told)]
        case Verb(verb="stay") if at[0] == "nodes":
            message = "`stay` has a meaning only while waiting"
            return [MenuFault(at, message, "Use queue, node, …", "“继续等待”只用于排队时")]
        case _:
            return []


def _reachable(menus: Menus) -> set[str]:
    reached: set[str] = set()
    todo = list(menus.modes.values())
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            actions = [action for _, action in actions_of(menus.nodes[name])]
            todo += [action.node for action in actions if isinstance(action, ToNode)]
    return reached


def _lead_to_person(menus: Menus) -> set[str]:
    """The nodes from which a caller gets to a person in some way."""
    found: set[str] = set()
    while True:
        more = {
            name
            for name, node in menus.nodes.items()
            if name not in found
            for _, action in actions_of(node)
            if isinstance(action, ToQueue) or (isinstance(action, ToNode) and action.node in found)
        }
        if not more:
            return found
        found |= more
