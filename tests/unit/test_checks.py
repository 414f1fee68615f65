"""Settings that must not start a line."""

from typing import Any

import pytest

from service.checks import check
from service.settings import Settings

PEACE: dict[str, Any] = {
    "env": "test",
    "agents": [{"number": "1001"}, {"number": "1002", "skills": ["enterprise"]}],
    "units": [{"code": "SLJ", "contacts": ["8105", "8605"]}],
    "citizens": [{"number": "13800000001"}],
    "emergency": {"via": "desks"},
}
CARRIER = {"name": "telecom", "host": "192.0.2.1"}


def faults(**changes: Any) -> list[tuple[str, str]]:
    found = check(Settings.model_validate({**PEACE, **changes}), known_units={"SLJ", "CGJ"})
    assert all(fault.fix for fault in found)
    return [(".".join(map(str, fault.path)), fault.message) for fault in found]


def test_good_settings_have_no_faults() -> None:
    assert faults() == []
    assert faults(trunks=[CARRIER]) == []
    production = {"env": "production", "citizens": [], "trunks": [{**CARRIER, "emergency": True}]}
    assert faults(**production, emergency={"via": "telecom"}) == []


@pytest.mark.parametrize("env", ["demo", "test"])
def test_no_demo_reaches_a_real_emergency_number(env: str) -> None:
    trunks = [{**CARRIER, "emergency": True}]
    found = faults(env=env, trunks=trunks, emergency={"via": "telecom"})
    assert {path for path, _ in found} == {"trunks.0.emergency", "emergency.via"}


@pytest.mark.parametrize("number", ["110", "0527110", "12395", "00860527119"])
def test_no_unit_is_an_emergency_number(number: str) -> None:
    found = faults(trunks=[CARRIER], units=[{"code": "SLJ", "contacts": [number]}])
    assert ("units.0.contacts.0", f"{number} is an emergency number") in found


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"agents": [{"number": "1001"}, {"number": "1001"}]}, "agents.1.number"),
        ({"agents": [{"number": "8105"}]}, "units.0.contacts.0"),
        ({"agents": [{"number": "6001"}]}, "agents.0.number"),
        ({"agents": [{"number": "0101"}]}, "agents.0.number"),
        ({"agents": [{"number": "110"}]}, "agents.0.number"),
        ({"agents": [{"number": "12345"}]}, "agents.0.number"),
        ({"agents": [{"number": "1001", "skills": ["expert"]}]}, "agents.0.skills.expert"),
        ({"ivr": {"queue": {"groups": {"expert": {}}}}}, "ivr.queue.groups.expert"),
        (
            {"ivr": {"queue": {"overflow": {"expert": {"to": ["citizen"], "after_seconds": 1}}}}},
            "ivr.queue.overflow.expert",
        ),
        (
            {"ivr": {"queue": {"overflow": {"citizen": {"to": ["expert"], "after_seconds": 1}}}}},
            "ivr.queue.overflow.citizen.to.0",
        ),
        (
            {"ivr": {"queue": {"overflow": {"citizen": {"to": ["citizen"], "after_seconds": 1}}}}},
            "ivr.queue.overflow.citizen.to.0",
        ),
        ({"numbers": {"dids": [{"number": "12345"}]}}, "numbers.dids.0.number"),
        ({"numbers": {"dids": [{"number": "110"}]}}, "numbers.dids.0.number"),
        (
            {"numbers": {"dids": [{"number": "12333", "group": "labour"}]}},
            "numbers.dids.0.group",
        ),
        ({"numbers": {"groups": {"citizen": "1001", "enterprise": "6002"}}}, "agents.0.number"),
        ({"codes": {"hold": "*2"}}, "codes.hold"),
        ({"codes": {"hold": "*5", "transfer": "*51"}}, "codes.transfer"),
        ({"units": [{"code": "SLJ", "contacts": ["84335555"]}]}, "units.0.contacts.0"),
        ({"units": [{"code": "XXX", "contacts": ["8105"]}]}, "units.0.code"),
        ({"units": [{"code": "CGJ", "contacts": ["8105", "8105"]}]}, "units.0.contacts.1"),
        ({"emergency": {"via": "nobody"}}, "emergency.via"),
        ({"trunks": [CARRIER, CARRIER]}, "trunks.1.name"),
        ({"trunks": [{**CARRIER, "transport": "tls"}]}, "trunks.0.transport"),
        ({"trunks": [{**CARRIER, "registration": True}]}, "trunks.0.registration"),
        ({"sip": {"transports": ["tls"]}}, "sip.transports"),
        (
            {"sip": {"transports": ["tls"], "tls_cert": "/nope/c.pem", "tls_key": "/nope/k.pem"}},
            "sip.tls_key",
        ),
        ({"sip": {"rtp_start": 20000, "rtp_end": 10000}}, "sip.rtp_end"),
        ({"sip": {"port": 8088}}, "asterisk.ari_port"),
        ({"env": "production"}, "citizens.0"),
        ({"citizens": [{"number": "1001"}]}, "citizens.0.number"),
    ],
)
def test_a_fault_is_reported_where_it_stands(changes: dict[str, Any], path: str) -> None:
    assert path in [where for where, _ in faults(**changes)]


def test_a_unit_that_the_city_does_not_have() -> None:
    settings = Settings.model_validate({"units": [{"code": "slj", "contacts": ["8105"]}]})
    (fault,) = check(settings, known_units={"SLJ"})
    assert fault.message == "there is no unit slj in city/units.json"
    assert fault.fix == "did you mean SLJ?"


@pytest.mark.parametrize(
    ("sms", "paths"),
    [
        ({"driver": "none"}, set()),
        ({"driver": "http"}, {"sms.http.url", "sms.http.token"}),
        ({"driver": "http", "http": {"url": "https://sms.example", "token": "t"}}, set()),
        ({"driver": "smpp"}, {"sms.smpp.password"}),
        ({"driver": "smpp", "smpp": {"password": "p"}}, set()),
        ({"extensions": True}, {"sms.sender"}),
        ({"extensions": True, "sender": "12345"}, set()),
    ],
)
def test_a_gateway_is_named_with_its_secret(sms: dict[str, Any], paths: set[str]) -> None:
    assert {path for path, _ in faults(sms=sms)} == paths
