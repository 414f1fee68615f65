"""Asterisk's configuration as it is written from the settings."""

import stat
from pathlib import Path
from typing import Any

import pytest

from service.provision.accounts import accounts
from service.provision.render import Ports, Rendered, render
from service.provision.secrets import Secrets
from service.settings import Settings

DEMO: dict[str, Any] = {
    "env": "demo",
    "agents": [{"number": "1001", "password": "s;ecret"}, {"number": "1901", "role": "supervisor"}],
    "units": [{"code": "SLJ", "contacts": ["8105", "84335555"]}],
    "citizens": [{"number": "13800000001"}],
    "emergency": {"via": "desks"},
}
CARRIER = {
    "name": "telecom",
    "host": "sip.carrier.example",
    "transport": "tls",
    "match": ["198.51.100.0/24"],
    "registration": True,
    "username": "052712345",
    "password": "secret",
    "dtmf": "inband",
    "emergency": True,
}


class Place:
    """A VAR and modules that exist in name."""

    def __init__(self, folder: Path) -> None:
        self.var = folder / "var"
        self.modules = folder / "modules"
        self.modules.mkdir()
        for name in ("res_pjsip", "app_dial"):
            (self.modules / f"{name}.so").touch()

    def render(self, **changes: Any) -> Rendered:
        settings = Settings.model_validate({**DEMO, **changes})
        return render(
            settings,
            var=self.var,
            modules_dir=self.modules,
            data_dir=self.modules,
            ports=Ports(5060, 5061, 8088, 10000, 19999),
            secrets=Secrets.ensure(settings, self.var),
        )

    def file(self, name: str) -> str:
        return (self.var / "asterisk" / "etc" / name).read_text()

    def section(self, name: str, kind: str) -> dict[str, str]:
        """A section of pjsip.conf by name and type (or template)."""
        for block in self.file("pjsip.conf").split("\n["):
            head, _, body = block.partition("\n")
            if (head.startswith(f"{name}](") and f"{kind})" in head) or (
                head == f"{name}]" and f"type = {kind}\n" in body
            ):
                lines = [line for line in body.splitlines() if " = " in line]
                return dict(line.split(" = ", 1) for line in lines)
        raise LookupError(f"{name} ({kind})")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_accounts_have_the_names_of_the_interfaces() -> None:
    found = accounts(Settings.model_validate(DEMO))
    assert [account.username for account in found] == [
        "citizen-13800000001",
        "agent-1001",
        "agent-1901",
        "unit-8105",
        *[f"emergency-{service}" for service in ("110", "119", "120", "122", "12395")],
    ]
    assert {a.context for a in found} == {
        "from-citizen",
        "from-agent",
        "from-unit",
        "from-emergency",
    }


def test_files_are_the_owners_and_only_written_when_changed(place: Place) -> None:
    first = place.render()
    assert first.restart
    for file in first.etc.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = place.render()
    assert again.changed == frozenset()
    assert again.reload == ()
    more = place.render(agents=[*DEMO["agents"], {"number": "1002"}])
    assert more.changed == {"pjsip.conf"}
    assert more.reload == ("res_pjsip.so",)
    assert not more.restart


def test_passwords_are_made_once_and_kept(place: Place) -> None:
    first = Secrets.ensure(Settings.model_validate(DEMO), place.var)
    second = Secrets.ensure(Settings.model_validate(DEMO), place.var)
    assert first == second
    assert first.sip["agent-1001"] == "s;ecret"
    assert len(set(first.sip.values())) == len(first.sip)
    assert stat.S_IMODE((place.var / "secrets.yaml").stat().st_mode) == 0o600


def test_an_agent_may_be_at_a_page_too(place: Place) -> None:
    place.render()
    page = place.section("web-1901", "endpoint-web")
    assert page["context"] == "from-agent"
    assert page["callerid"] == "<1901>"
    assert page["set_var"] == "AGENT_NUMBER=1901"
    assert place.section("web-1901", "aor-web") == {}
    with pytest.raises(LookupError):  # its password is never written down
        place.section("web-1901", "auth-phone")
    with pytest.raises(LookupError):
        place.section("web-8105", "endpoint-web")
    assert "allow = alaw\n" in place.file("pjsip.conf")
    (place.modules / "codec_opus_open_source.so").touch()
    place.render()
    assert "allow = opus,alaw\n" in place.file("pjsip.conf")


def test_phones(place: Place) -> None:
    place.render()
    agent = place.section("agent-1001", "endpoint-phone")
    assert agent["context"] == "from-agent"
    assert agent["callerid"] == "<1001>"
    assert place.section("agent-1001", "auth-phone")["password"] == "s\\;ecret"
    unit = place.section("unit-8105", "endpoint-phone")
    assert unit["send_connected_line"] == unit["trust_id_outbound"] == "no"
    assert "84335555" not in place.file("pjsip.conf")


def test_a_trunk(place: Place) -> None:
    place.render(
        env="production",
        sip={"transports": ["udp", "tls"], "tls_cert": "/c.pem", "tls_key": "/k.pem"},
        trunks=[CARRIER],
        emergency={"via": "telecom"},
    )
    endpoint = place.section("trunk-telecom", "endpoint-any")
    assert endpoint["context"] == "from-trunk"
    assert endpoint["identify_by"] == "ip"
    assert endpoint["transport"] == "transport-tls"
    assert endpoint["dtmf_mode"] == "inband"
    assert place.section("trunk-telecom", "identify")["match"] == "198.51.100.0/24"
    assert place.section("trunk-telecom", "registration")["server_uri"] == (
        "sip:sip.carrier.example:5060\\;transport=tls"
    )
    dialplan = place.file("extensions.conf")
    assert (
        "EMERGENCY_DIAL_110 = PJSIP/trunk-telecom/sip:110@sip.carrier.example:5060\\;transport=tls|"
        in dialplan
    )
    assert "Set(CALLERID(num)=12345)" in dialplan
    transports = place.file("pjsip_transports.conf")
    assert "bind = 127.0.0.1:5061" in transports
    assert "cert_file = /c.pem" in transports


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("rfc4733", "rfc4733"), ("info", "info"), ("inband", "inband"), ("auto", "auto_info")],
)
def test_keys_on_a_trunk(place: Place, kind: str, mode: str) -> None:
    place.render(trunks=[{"name": "pbx", "host": "192.0.2.1", "dtmf": kind}])
    assert place.section("trunk-pbx", "endpoint-any")["dtmf_mode"] == mode


def test_a_demo_dials_desks_only(place: Place) -> None:
    place.render(trunks=[{"name": "pbx", "host": "192.0.2.1"}])
    dialplan = place.file("extensions.conf")
    assert "PJSIP/trunk" not in dialplan
    assert "EMERGENCY_DIAL_12395 = PJSIP/emergency-12395|PJSIP/emergency-119|PJSIP" in dialplan


def test_nothing_is_connected(place: Place) -> None:
    place.render(emergency={"via": None})
    assert "EMERGENCY_DIAL_110 = \n" in place.file("extensions.conf")


def test_strangers_have_no_endpoint_unless_allowed(place: Place) -> None:
    place.render()
    assert "[anonymous]" not in place.file("pjsip.conf")
    place.render(sip={"anonymous": True})
    assert place.section("anonymous", "endpoint-any")["context"] == "from-anonymous"


def test_the_carriers_context_knows_no_other_number(place: Place) -> None:
    place.render()
    context = place.file("extensions.conf").split("[from-trunk]")[1].split("\n[")[0]
    assert "include" not in context
    assert all("trunk-inbound,12345,1" in line for line in context.split("\n") if "exten" in line)


def test_behind_nat(place: Place) -> None:
    place.render(
        sip={
            "bind": "0.0.0.0",
            "external_media_address": "203.0.113.5",
            "external_signaling_address": "203.0.113.5",
            "local_net": ["192.168.0.0/16", "10.0.0.0/8"],
        }
    )
    transports = place.file("pjsip_transports.conf")
    assert "bind = 0.0.0.0:5060" in transports
    assert transports.count("local_net") == 2
    assert "external_media_address = 203.0.113.5" in transports
    assert "bind_rtp_to_media_address" not in place.file("pjsip.conf")


def test_only_modules_that_are_there(place: Place) -> None:
    place.render()
    loads = [line for line in place.file("modules.conf").splitlines() if line.startswith("load")]
    assert loads == ["load = app_dial.so", "load = res_pjsip.so"]


@pytest.mark.parametrize("name", ["a,b", "a&b", "a|b", "a${X}", "a;b"])
def test_a_path_that_the_dialplan_cannot_carry(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    with pytest.raises(ValueError, match="characters"):
        Place(folder).render()


def test_no_line_can_be_smuggled_in(place: Place) -> None:
    agents = [{"number": "1001", "password": "x\n[evil]\ntype=endpoint"}]
    with pytest.raises(ValueError, match="control character"):
        place.render(agents=agents)
