"""Menu files (menus.yaml): read and checked, every fault with its line."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ivr.menus import Menus, faults_of
from store.types import JsonObject


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
    for one in faults_of(tree, groups, prompts):
        where = ".".join(map(str, one.path))
        raise MenuProblem(file, _line(tree, one.path), where, one.message, one.fix)
    return Menus.model_validate(tree)


def read_document(file: Path) -> JsonObject | None:
    """The plain contents of a menu file; None where it cannot be read any more."""
    try:
        return _document(file, file.stat().st_mtime_ns)
    except (OSError, UnicodeDecodeError, YAMLError):
        return None


@lru_cache(maxsize=4)
def _document(file: Path, _changed_at: int) -> JsonObject:
    return dict(YAML(typ="safe").load(file.read_text("utf-8")))


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
