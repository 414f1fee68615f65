"""Menus drawn: as text for the doctor, as nodes and edges for a page."""

from collections.abc import Iterator
from dataclasses import dataclass

from ivr.menus import Menus, Node, ToNode, ToQueue, Verb, actions_of


@dataclass(frozen=True)
class Box:
    """A node of the drawing."""

    id: str
    kind: str
    """entry, menu, queue, progress, message or emergency."""
    label: str
    prompts: tuple[str, ...] = ()
    """Of a menu: what is said, and what is asked."""


@dataclass(frozen=True)
class Arrow:
    """What leads from one box to another."""

    source: str
    target: str
    key: str | None
    """None: no key within `seconds`, or the way in."""
    seconds: float | None = None


@dataclass(frozen=True)
class Graph:
    """A whole drawing."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


EMERGENCY = Box("emergency", "emergency", "紧急求助")
_VERBS = {"progress": "进度查询", "message": "留言"}


def graph(menus: Menus) -> Graph:
    """The menus of all modes, with the emergency key that every menu has."""
    boxes: dict[str, Box] = {}
    arrows: list[Arrow] = []
    for mode, start in menus.modes.items():
        entry = Box(f"mode:{mode}", "entry", {"menu": "菜单模式", "direct": "直接人工"}[mode])
        boxes[entry.id] = entry
        arrows.append(Arrow(entry.id, f"node:{start}", None))
    for name, node in menus.nodes.items():
        box = Box(f"node:{name}", "menu", name, (*node.say, *([node.ask] if node.ask else [])))
        boxes[box.id] = box
        for arrow, target in _ways(box.id, node):
            boxes.setdefault(target.id, target)
            arrows.append(arrow)
    boxes[EMERGENCY.id] = EMERGENCY
    return Graph(tuple(boxes.values()), tuple(arrows))


def _ways(source: str, node: Node) -> Iterator[tuple[Arrow, Box]]:
    for path, action in actions_of(node):
        key = path[1] if path[0] == "keys" else None
        target = _box(action)
        yield Arrow(source, target.id, key, None if key else node.seconds), target
    yield Arrow(source, EMERGENCY.id, "9"), EMERGENCY


def _box(action: ToQueue | ToNode | Verb) -> Box:
    match action:
        case ToQueue(queue=group):
            return Box(f"queue:{group}", "queue", group)
        case ToNode(node=name):
            return Box(f"node:{name}", "menu", name)
        case Verb(verb=verb):
            return Box(verb, verb, _VERBS.get(verb, verb))


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
    for _, action in actions_of(node):
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
