"""What `up --demo` adds: phones and accounts of all roles, lab desks for the emergency services.

A value that the configuration gives itself stays, but for what makes the demo safe.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class DemoPerson:
    """Somebody who can sign in to the console of a demonstration."""

    role: str
    full_name: str
    unit: str | None = None
    agent_no: str | None = None


DEMO_PEOPLE: dict[str, DemoPerson] = {
    **{
        agent["number"]: DemoPerson(
            agent.get("role", "agent"), agent["name"], agent_no=agent["number"]
        )
        for agent in DEMO_AGENTS
    },
    "dispatcher1": DemoPerson("dispatcher", "演示派单员一"),
    "dispatcher2": DemoPerson("dispatcher", "演示派单员二"),
    "callback1": DemoPerson("callback_agent", "演示回访员"),
    "head1": DemoPerson("center_head", "演示负责人"),
    "slj1": DemoPerson("unit_handler", "演示水利局经办人", unit="SLJ"),
    "slj2": DemoPerson("unit_leader", "演示水利局负责人", unit="SLJ"),
    "cgj1": DemoPerson("unit_handler", "演示城管局经办人", unit="CGJ"),
    "cgj2": DemoPerson("unit_leader", "演示城管局负责人", unit="CGJ"),
    "inspector1": DemoPerson("inspector", "演示质检员"),
    "kb1": DemoPerson("kb_editor", "演示知识库编辑"),
    "leader1": DemoPerson("leader", "演示市领导"),
    "auditor1": DemoPerson("auditor", "演示审计员"),
    "security1": DemoPerson("security_admin", "演示安全管理员"),
    "admin1": DemoPerson("admin", "演示系统管理员"),
}
"""By account name; every role of domain.md §2.2 that people have."""
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
