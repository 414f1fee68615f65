"""What fields of the city's data are called: errors name them as the forms do (城市数据表单)."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from store.types import JsonObject
from ticketing.city_files import NAMES
from ticketing.field_errors import PATTERNS


@cache
def form_of(kind: str) -> JsonObject:
    """JSON Schema of an entry; beside each pattern stands `wanted`, what to write in words."""
    form = NAMES[kind].model.model_json_schema()
    for part in _parts(form):
        wanted = PATTERNS.get(part.get("pattern", ""))
        if wanted is not None:
            part["wanted"] = wanted
    return form


def place_of(kind: str, path: Sequence[str | int]) -> tuple[list[str], str]:
    """A place in an entry: the parts of its path that the form has, and what it is called.

    `contacts`, 0, `number` of a unit's duty phones is 值班电话第1项的号码.
    """
    form = form_of(kind)
    known: Mapping[str, Any] = form
    kept: list[str] = []
    label = ""
    for part in path:
        if isinstance(part, int) and "items" in known:
            known = _plain(known["items"], form)
            label += f"第{part + 1}项"
        elif part in known.get("properties", {}):
            outer = known["properties"][part]
            known = _plain(outer, form)
            label += ("的" if label else "") + _title(outer, known, str(part))
        elif str(part) not in _keys(known):
            continue  # which of several types was tried is not the form's
        kept.append(str(part))
    return kept, label


def named(code: str, rows: Mapping[str, Mapping[str, Any]]) -> str:
    """An entry for people: 市水利局（SLJ）."""
    row = rows.get(code, {})
    name = next((row[key] for key in ("name", "title", "label", "l2") if row.get(key)), None)
    return f"{name}（{code}）" if name and name != code else code


def _parts(form: Any) -> Iterator[dict[str, Any]]:
    if isinstance(form, dict):
        yield form
        for one in form.values():
            yield from _parts(one)
    elif isinstance(form, list):
        for one in form:
            yield from _parts(one)


def _plain(schema: Mapping[str, Any], form: JsonObject) -> Mapping[str, Any]:
    """The schema itself: behind a reference, or the one of several that people fill in."""
    if "$ref" in schema:
        found: Mapping[str, Any] = form["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        return found
    filled: list[Mapping[str, Any]] = [
        one for one in schema.get("anyOf", ()) if one.get("type") != "null"
    ]
    lists = [one for one in filled if one.get("type") == "array"]
    return (lists or filled or [schema])[0]


def _title(outer: Mapping[str, Any], inner: Mapping[str, Any], name: str) -> str:
    titles = (inner.get("title"), outer.get("title")) if "anyOf" in outer else (outer.get("title"),)
    return str(next((one for one in titles if one), name))


def _keys(schema: Mapping[str, Any]) -> Sequence[str]:
    """Keys that an object of numbers may have."""
    keys: Sequence[str] = schema.get("propertyNames", {}).get("enum", ())
    return keys
