"""Reads config.yaml; every fault is reported with file, line, key and fix."""

import difflib
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedBase
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from service.demo import overlay
from service.errors import ConfigError, Problem
from service.paths import default_config
from service.settings import Settings
from ticketing import citydata

KeyPath = tuple[str | int, ...]
"""Where a value stands in the file, e.g. ("agents", 1, "number")."""


@dataclass(frozen=True)
class Loaded:
    """A configuration that passed its checks."""

    settings: Settings
    file: Path
    source: Mapping[str, Any]
    """The file as read, with its line numbers."""

    def problem(self, path: KeyPath, message: str, fix: str) -> Problem:
        """A fault found later on, at its place in the file."""
        return Problem(self.file, line_of(self.source, path), dotted(path), message, fix)


def load(file: Path | None, *, demo: bool = False, free_ports: bool = False) -> Loaded:
    """The settings in `file` (None: the product's own config.yaml). Raises ConfigError."""
    file = (file or default_config()).absolute()
    source = read(file)
    raw = overlay(source, demo=demo, free_ports=free_ports)
    try:
        # What options replace must be right too: the next start may come without them.
        Settings.model_validate(overlay(source, demo=False, free_ports=False))
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        raise ConfigError([_problem(file, source, e) for e in error.errors()]) from None
    values = _absolute_paths(settings.model_dump(), file.parent)
    values["store"]["url"] = _absolute_url(values["store"]["url"], file.parent)
    absolute = Settings.model_validate(values)
    loaded = Loaded(absolute, file, source)
    check(loaded)
    return loaded


def check(loaded: Loaded) -> None:
    """What no single value shows: clashes, references, safety. Raises ConfigError."""
    from service.checks import check as check_settings

    try:
        units = citydata.load().units
    except citydata.CityDataError as error:
        fix = "correct the file, or take the one of the product"
        raise ConfigError([Problem(None, None, "city data", str(error), fix)]) from None
    faults = check_settings(loaded.settings, known_units=units)
    found = [loaded.problem(*fault) for fault in faults]
    if found:
        raise ConfigError(found)


def read(file: Path) -> Mapping[str, Any]:
    """The file's mapping with line numbers; an empty file is an empty mapping."""
    try:
        with file.open(encoding="utf-8") as stream:
            content = YAML(typ="rt").load(stream)
    except FileNotFoundError:
        fix = "name an existing file with --config, or copy config.yaml of the product"
        raise ConfigError([Problem(file, None, "(file)", "there is no such file", fix)]) from None
    except (OSError, UnicodeDecodeError) as error:
        fix = "make the file a readable UTF-8 text"
        raise ConfigError([Problem(file, None, "(file)", str(error), fix)]) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(str(error.problem).split()) or "not valid YAML"
        fix = "correct the YAML here: indentation, colons, quotes, keys given twice"
        line = mark.line + 1 if mark else None
        raise ConfigError([Problem(file, line, "(syntax)", what, fix)]) from None
    except YAMLError as error:
        fix = "write valid YAML"
        raise ConfigError([Problem(file, None, "(syntax)", str(error), fix)]) from None
    if content is None:
        return {}
    if not isinstance(content, Mapping):
        fix = "write sections such as `numbers:` with their values below them"
        raise ConfigError([Problem(file, 1, "(file)", "the file holds no sections", fix)])
    return content


def dotted(path: KeyPath) -> str:
    """("agents", 1, "number") → agents[1].number"""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text or "(file)"


def line_of(source: Mapping[str, Any], path: KeyPath) -> int | None:
    """1-based line of the value at `path`, else of the nearest thing around it that is there."""
    node: Any = source
    line: int | None = None
    for part in path:
        if not isinstance(node, CommentedBase):
            break
        here = _line(node, part)
        if here is None:
            break
        line = here
        node = node[part]  # type: ignore[index]
    return line


def _line(node: CommentedBase, part: str | int) -> int | None:
    data = node.lc.data
    if not data or part not in data:
        return None
    return int(data[part][0]) + 1


def _problem(file: Path, source: Mapping[str, Any], error: ErrorDetails) -> Problem:
    path = _without_branches(error["loc"])
    message = error["msg"]
    match error["type"]:
        case "extra_forbidden":
            known = _fields_at(path[:-1])
            alike = difflib.get_close_matches(str(path[-1]), known, n=1)
            message = "unknown key"
            fix = f"did you mean {alike[0]}?" if alike else f"known here: {', '.join(known)}"
        case "missing":
            message, fix = "missing", f"add {path[-1]}"
        case "string_type":
            message = f"{error['input']!r} is not a text"
            fix = f'write it in quotes: "{error["input"]}"'
        case "string_pattern_mismatch":
            message = f"{error['input']!r} is not allowed"
            fix = f"write something of the form {error['ctx']['pattern']}"
        case "literal_error" | "enum":
            message = f"{error['input']!r} is not allowed"
            fix = f"choose one of {error['ctx']['expected']}"
        case _:
            message = f"{error['input']!r}: {message}"
            fix = "correct the value; config.yaml of the product explains every key"
    return Problem(file, line_of(source, path), dotted(path), message, fix)


def _without_branches(loc: Sequence[str | int]) -> KeyPath:
    """pydantic adds names of types and `[key]` marks that are not in the file."""
    return tuple(p for p in loc if isinstance(p, int) or (p.isprintable() and p != "[key]"))


def _fields_at(path: KeyPath) -> list[str]:
    annotation: Any = Settings
    for part in path:
        annotation = _inner(annotation, part)
    model = _model_in(annotation)
    return list(model.model_fields) if model else []


def _inner(annotation: Any, part: str | int) -> Any:
    model = _model_in(annotation) if not isinstance(part, int) else None
    if model is not None and isinstance(part, str) and part in model.model_fields:
        return model.model_fields[part].annotation
    arguments = typing.get_args(annotation)
    return arguments[-1] if arguments else None


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        for argument in typing.get_args(annotation):
            if (model := _model_in(argument)) is not None:
                return model
    return None


def _absolute_paths(value: Any, folder: Path) -> Any:
    """Relative paths in a configuration are meant from where it stands."""
    if isinstance(value, Path):
        return folder / value
    if isinstance(value, dict):
        return {k: _absolute_paths(v, folder) for k, v in value.items()}
    if isinstance(value, list):
        return [_absolute_paths(v, folder) for v in value]
    return value


def _absolute_url(url: str | None, folder: Path) -> str | None:
    """The same for the file in the URL of an SQLite store."""
    _, sqlite, file = (url or "").partition("sqlite+aiosqlite:///")
    return f"{sqlite}{folder / file}" if file and file != ":memory:" else url
