"""Menus as data: the model of menus.yaml, its check and its drawing."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

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


class MenuProblem(Exception):
    """A menu file that would lead a caller nowhere. `line` counts from 1."""

    def __init__(self, file: Path, line: int | None, key: str, message: str, fix: str) -> None:
        where = f"{file}:{line}" if line else str(file)
        super().__init__(f"{where}: {key}: {message}. {fix}")
        self.file, self.line, self.key, self.message, self.fix = file, line, key, message, fix


def load(file: Path, *, groups: set[str], prompts: set[str]) -> Menus:
    """Read and check a menu file. Raises MenuProblem for the first fault found."""
    try:
        tree = YAML().load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise MenuProblem(file, None, "menus", str(error), "Give a readable file.") from error
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        problem = getattr(error, "problem", None) or str(error)
        raise MenuProblem(file, line, "menus", problem, "Correct the YAML.") from error
    try:
        menus = Menus.model_validate(tree)
    except ValidationError as error:
        # A misspelt key is also a missing one: the key that is there tells more.
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        path, message, fix = _fault(first)
        raise MenuProblem(
            file, _line(tree, path), ".".join(map(str, path)), message, fix
        ) from error
    for path, message, fix in _problems(menus, groups, prompts):
        raise MenuProblem(file, _line(tree, path), ".".join(path), message, fix)
    return menus


ACTIONS = (
    "Write {queue: GROUP}, {queue: GROUP, say: PROMPT}, {node: NAME}, progress, message, or "
    "while waiting stay."
)


def _fault(error: ErrorDetails) -> tuple[tuple[int | str, ...], str, str]:
    """Where a value stands in the file, what is wrong with it and how to put it right."""
    match path := error["loc"]:
        case ():
            return ("menus",), "no `modes` and `nodes`", "Begin with a copy of city/menus.yaml."
        case ("nodes", _, "keys", key, "[key]") | ("waiting", _, key, "[key]"):
            return path[:-1], *_key_fault(key)
        case ("nodes", _, "keys", _, _, *_):
            return path[:4], "no key can do this", ACTIONS
        case ("nodes", _, "silence", _, *_) | ("waiting", _, _, _, *_):
            return path[:3], "no key can do this", ACTIONS
    match error["type"]:
        case "extra_forbidden":
            return path, "unknown key", "Correct or remove it; city/menus.yaml explains every key."
        case "missing":
            return path, "missing", f"Add {path[-1]}; city/menus.yaml explains every key."
        case _:
            where = tuple(part for part in path if part != "[key]")
            return where, error["msg"], "Correct it; city/menus.yaml explains every key."


def _key_fault(key: int | str) -> tuple[str, str]:
    if str(key) == "9":
        return (
            "9 is emergency in every menu and can have no other meaning",
            "Take this line out, or use another key.",
        )
    if isinstance(key, int):
        return f"the key {key} is not in quotes", f'Write "{key}".'
    return f"{key} is no key of a menu", "Use one of 0 to 8, * and #, in quotes."


Problem = tuple[tuple[str, ...], str, str]


def _problems(menus: Menus, groups: set[str], prompts: set[str]) -> list[Problem]:
    found: list[Problem] = []
    for mode, start in menus.modes.items():
        if start not in menus.nodes:
            found.append((("modes", mode), f"there is no node {start}", "Name a node."))
    for name, node in menus.nodes.items():
        at = ("nodes", name)
        for key in (*node.say, node.ask, node.invalid):
            if key is not None and key not in prompts:
                found.append((at, f"there is no prompt {key}", "See `prompts list`."))
        for path, action in _actions(node):
            found += _action_problems((*at, *path), action, menus, groups, prompts)
    for mode, keys in menus.waiting.items():
        for key, action in keys.items():
            found += _action_problems(("waiting", mode, key), action, menus, groups, prompts)
    if found:
        return found
    reached = _reachable(menus)
    for name in menus.nodes:
        if name not in reached:
            fix = "Lead a key to it or take it out."
            found.append((("nodes", name), "no caller can get here", fix))
    found += [
        (("nodes", name), "no way to a person", "Give a key or silence a `queue`.")
        for name in menus.nodes
        if not _leads_to_person(menus, name, set())
    ]
    return found


def _actions(node: Node) -> list[tuple[tuple[str, ...], ToQueue | ToNode | Verb]]:
    keys = [(("keys", key), action) for key, action in node.keys.items()]
    return [*keys, (("silence",), node.silence)]


def _action_problems(
    at: tuple[str, ...],
    action: ToQueue | ToNode | Verb,
    menus: Menus,
    groups: set[str],
    prompts: set[str],
) -> list[Problem]:
    match action:
        case ToQueue(queue=group, say=say):
            found: list[Problem] = []
            if group not in groups:
                found.append((at, f"there is no skill group {group}", "See numbers.groups."))
            if say is not None and say not in prompts:
                found.append((at, f"there is no prompt {say}", "See `prompts list`."))
            return found
        case ToNode(node=name) if name not in menus.nodes:
            return [(at, f"there is no node {name}", "Name one of `nodes`.")]
        case Verb(verb="stay") if at[0] == "nodes":
            return [(at, "`stay` has a meaning only while waiting", "Use queue, node, …")]
        case _:
            return []


def _reachable(menus: Menus) -> set[str]:
    reached: set[str] = set()
    todo = list(menus.modes.values())
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            actions = [action for _, action in _actions(menus.nodes[name])]
            todo += [action.node for action in actions if isinstance(action, ToNode)]
    return reached


def _leads_to_person(menus: Menus, name: str, seen: set[str]) -> bool:
    if name in seen:
        return False
    for _, action in _actions(menus.nodes[name]):
        if isinstance(action, ToQueue):
            return True
        if isinstance(action, ToNode) and _leads_to_person(menus, action.node, seen | {name}):
            return True
    return False


def _line(tree: Any, path: tuple[Any, ...]) -> int | None:
    """The line of the deepest part of `path` that the file has."""
    line: int | None = None
    for part in path:
        try:
            line = tree.lc.key(part)[0] + 1 if hasattr(tree, "lc") else line
            tree = tree[part]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return line


def draw(menus: Menus) -> str:
    """The menus as text, for people: `hotline doctor`."""
    lines: list[str] = []
    for mode, start in menus.modes.items():
        lines.append(f"{mode}:")
        lines += _draw(menus, start, "  ", set())
    return "\n".join(lines)


def _draw(menus: Menus, name: str, indent: str, seen: set[str]) -> list[str]:
    node = menus.nodes[name]
    said = " → ".join([*node.say, *([node.ask] if node.ask else [])])
    lines = [f"{indent}[{name}] {said}"]
    if name in seen:
        return [f"{indent}[{name}] (above)"]
    rows = [("9", "emergency 紧急"), *((key, _words(a)) for key, a in sorted(node.keys.items()))]
    rows.append((f"{node.seconds:g}s", _words(node.silence)))
    for key, words in rows:
        lines.append(f"{indent}  {key:>3} ─ {words}")
    for _, action in _actions(node):
        if isinstance(action, ToNode):
            lines += _draw(menus, action.node, indent + "    ", seen | {name})
    return lines


def _words(action: ToQueue | ToNode | Verb) -> str:
    match action:
        case ToQueue(queue=group):
            return f"queue {group} 人工"
        case ToNode(node=node):
            return f"node {node}"
        case Verb(verb=verb):
            return verb
