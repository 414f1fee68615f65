"""What `up --demo` adds: phones of all roles and lab desks for the emergency services.

A value that the configuration gives itself stays, but for what makes the demo safe.
"""

from collections.abc import Mapping
from typing import Any

DEMO_AGENTS: list[dict[str, Any]] = [
    {"number": "1001", "name": "演示一", "skills": ["citizen"]},
    {"number": "1002", "name": "演示二", "skills": ["citizen"]},
    {"number": "1003", "name": "演示三", "skills": ["citizen", "enterprise"]},
    {"number": "1901", "name": "演示班长", "skills": ["citizen"], "role": "supervisor"},
]
DEMO_CITIZENS: list[dict[str, Any]] = [{"number": f"1380000000{n}"} for n in (1, 2, 3)]
DEMO_UNITS: list[dict[str, Any]] = [
    {"code": "SLJ", "contacts": ["8105", "8605"]},
    {"code": "CGJ", "contacts": ["8102", "8602"]},
    {"code": "GDGS", "contacts": ["8106", "8606"]},
]
DEFAULTS: dict[str, Any] = {"ivr": {"queue": {"wrap_up_seconds": 3}}, "shutdown": {"grace": 5}}
FORCED: dict[str, Any] = {"env": "demo", "emergency": {"via": "desks"}}
"""A demonstration never reaches a real emergency service, whatever the configuration says."""
FREE_PORTS: dict[str, Any] = {
    "sip": {"port": 0, "tls_port": 0},
    "asterisk": {"ari_port": 0},
    "console": {"port": 0},
}


def overlay(raw: Mapping[str, Any], *, demo: bool, free_ports: bool) -> dict[str, Any]:
    """`raw` (the contents of config.yaml) with what the options of `up` add; `raw` is kept."""
    merged = _merge({}, raw)
    if demo:
        merged = _merge(_merge(DEFAULTS, merged), FORCED)
        for section, key, additions in (
            ("agents", "number", DEMO_AGENTS),
            ("units", "code", DEMO_UNITS),
            ("citizens", "number", DEMO_CITIZENS),
        ):
            merged[section] = _with_additions(merged.get(section), key, additions)
    if free_ports:
        merged = _merge(merged, FREE_PORTS)
    return merged


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(value, Mapping):
            merged[key] = _merge(under if isinstance(under, Mapping) else {}, value)
        elif value is not None or under is None:
            merged[key] = value
    return merged


def _with_additions(own: object, key: str, additions: list[dict[str, Any]]) -> object:
    if own is None:
        return additions
    if not isinstance(own, list):
        return own  # wrong, and reported by the settings' own check
    taken = {entry.get(key) for entry in own if isinstance(entry, Mapping)}
    return [*own, *(entry for entry in additions if entry[key] not in taken)]
