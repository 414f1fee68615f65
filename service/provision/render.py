"""Asterisk's configuration, rendered from the settings and the templates in `dialplans/`."""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import jinja2

from ivr.fallback_facts import EMPTY_MESSAGE_BYTES
from ivr.numbers import called_table
from ivr.settings import EMERGENCY_NUMBERS
from service.provision.accounts import accounts
from service.provision.secrets import Secrets
from service.settings import Settings, Trunk

MODULES = (
    "res_timing_timerfd",
    "res_crypto",
    "res_sorcery_config",
    "res_sorcery_memory",
    "res_sorcery_astdb",
    "res_pjproject",
    "res_format_attr_opus",
    "codec_alaw",
    "codec_ulaw",
    "codec_a_mu",
    "codec_resample",
    "codec_opus",
    "codec_opus_open_source",
    "format_wav",
    "format_pcm",
    "format_sln",
    "bridge_simple",
    "bridge_softmix",
    "bridge_holding",
    "bridge_native_rtp",
    "bridge_builtin_features",
    "func_callerid",
    "func_channel",
    "func_cut",
    "func_devstate",
    "func_env",
    "func_global",
    "func_groupcount",
    "func_hangupcause",
    "func_logic",
    "func_strings",
    "func_timeout",
    "func_uri",
    "app_stack",
    "app_dial",
    "app_exec",
    "app_read",
    "app_record",
    "app_playback",
    "app_controlplayback",
    "app_chanspy",
    "func_periodic_hook",
    "app_mixmonitor",
    "app_dtmfstore",
    "app_echo",
    "app_channelredirect",
    "app_userevent",
    "res_musiconhold",
    "res_rtp_asterisk",
    "res_rtp_multicast",
    "res_srtp",
    "res_http_websocket",
    "res_websocket_client",
    "res_pjsip",
    "res_pjsip_session",
    "res_pjsip_pubsub",
    "res_pjsip_acl",
    "res_pjsip_authenticator_digest",
    "res_pjsip_outbound_authenticator_digest",
    "res_pjsip_endpoint_identifier_user",
    "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_endpoint_identifier_anonymous",
    "res_pjsip_registrar",
    "res_pjsip_outbound_registration",
    "res_pjsip_caller_id",
    "res_pjsip_dtmf_info",
    "res_pjsip_empty_info",
    "res_pjsip_nat",
    "res_pjsip_path",
    "res_pjsip_rfc3326",
    "res_pjsip_header_funcs",
    "res_pjsip_transport_websocket",
    "res_pjsip_sdp_rtp",
    "res_pjsip_refer",
    "res_pjsip_logger",
    "res_pjsip_dlg_options",
    "chan_pjsip",
    "chan_rtp",
    "chan_bridge_media",
    "res_audiosocket",
    "chan_audiosocket",
    "res_stasis",
    "res_stasis_answer",
    "res_stasis_playback",
    "res_stasis_recording",
    "res_stasis_snoop",
    "res_stasis_device_state",
    "app_stasis",
    "res_ari",
    "res_ari_model",
    "res_ari_applications",
    "res_ari_asterisk",
    "res_ari_bridges",
    "res_ari_channels",
    "res_ari_device_states",
    "res_ari_endpoints",
    "res_ari_events",
    "res_ari_playbacks",
    "res_ari_recordings",
    "res_ari_sounds",
    "res_clioriginate",
    "pbx_config",
)
"""Modules that Asterisk loads, in this order; builds of 22 differ, so those that are there."""

RELOADED_BY = {
    "pjsip.conf": "res_pjsip.so",
    "extensions.conf": "pbx_config.so",
    "musiconhold.conf": "res_musiconhold.so",
    "logger.conf": "logger",
}
"""What picks a changed file up in a running Asterisk; every other file needs a new start."""

_UNSAFE = re.compile(r"""[\x00-\x1f,;&|$"'`\\(){}\[\]^%]""")


@dataclass(frozen=True)
class Ports:
    """Ports that were really chosen; the settings may say 0."""

    sip: int
    sip_tls: int
    ari: int
    rtp_start: int
    rtp_end: int
    console: int = 0
    """0: chosen at the next start."""


@dataclass(frozen=True)
class Rendered:
    """What a rendering changed on disk."""

    etc: Path
    changed: frozenset[str]
    """Names of the files that are new or different."""

    @property
    def reload(self) -> tuple[str, ...]:
        """Modules that a running Asterisk has to reload."""
        return tuple(module for name, module in RELOADED_BY.items() if name in self.changed)

    @property
    def restart(self) -> bool:
        """Whether only a new start of Asterisk picks everything up."""
        return any(name not in RELOADED_BY for name in self.changed)


@dataclass(frozen=True)
class Attempt:
    """One number of an emergency service (紧急服务) and how Asterisk dials it."""

    number: str
    dial: str


def render(
    settings: Settings,
    *,
    var: Path,
    modules_dir: Path,
    data_dir: Path,
    ports: Ports,
    secrets: Secrets,
) -> Rendered:
    """Write VAR/asterisk/etc and make the directories that Asterisk writes to.

    Each file is replaced atomically, and only if its content changes; all are readable by their
    owner only.

    :param modules_dir: where Asterisk's modules are (`astmoddir`).
    :param data_dir: where Asterisk's own data are (`astdatadir`).
    :raises ValueError: the path of `var` has characters that the dialplan cannot carry.
    """
    base = (var / "asterisk").resolve()
    if _UNSAFE.search(str(base)):
        raise ValueError(f"path {base} has characters that a dialplan cannot carry")
    _private_directory(base)
    for name in (
        "etc",
        "lib/keys",
        "log",
        "run",
        "spool/recording",
        "spool/fallback",
        "spool/monitor",
    ):
        _private_directory(base / name)
    prompts = base.parent / "prompts" / settings.prompts.language
    music = prompts / "moh"
    bind = settings.sip.bind
    modules = [name for name in MODULES if (modules_dir / f"{name}.so").exists()]
    values = {
        "settings": settings,
        "secrets": secrets,
        "ports": ports,
        "modules": modules,
        "opus": not {"codec_opus", "codec_opus_open_source"}.isdisjoint(modules),
        "base": base,
        "etc": base / "etc",
        "modules_dir": modules_dir,
        "data_dir": data_dir,
        "prompts": prompts,
        "music": music if music.is_dir() and any(music.iterdir()) else None,
        "accounts": accounts(settings),
        "trunks": [(trunk, f"sip:{trunk.address}") for trunk in settings.trunks],
        "bind": f"[{bind}]" if ":" in bind else bind,
        "loopback": _is_loopback(bind),
        "called_forms": sorted(_called(settings).items()),
        "agent_codes": _idle_codes(settings),
        "emergency": emergency_attempts(settings),
        "emergency_caller_id": _emergency_caller_id(settings),
        "emergency_ring_seconds": _emergency_ring_seconds(settings),
        "agent_ring_seconds": round(settings.ivr.queue.ring_seconds),
        "emergency_features": [
            f"emergency-{keys}" for keys in (*settings.emergency.services, "9", "1239")
        ],
        "empty_message_bytes": EMPTY_MESSAGE_BYTES,
        **_key_prefixes(),
    }
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(resources.files("dialplans"))),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        finalize=_conf_value,
    )
    changed = set()
    for template in environment.list_templates(extensions=["j2"]):
        name = template.removesuffix(".j2")
        if _write(base / "etc" / name, environment.get_template(template).render(values)):
            changed.add(name)
    return Rendered(base / "etc", frozenset(changed))


def emergency_attempts(settings: Settings) -> Mapping[str, tuple[Attempt, ...]]:
    """Numbers of each emergency service in the order in which they are tried."""
    trunk = _emergency_trunk(settings)

    def dial(number: str) -> str:
        if trunk is None:
            return f"PJSIP/emergency-{number}"
        return f"PJSIP/trunk-{trunk.name}/sip:{number}@{trunk.address}"

    return {
        name: tuple(
            Attempt(number, dial(number))
            for number in service.numbers
            if settings.emergency.via is not None
        )
        for name, service in settings.emergency.services.items()
    }


def _called(settings: Settings) -> Mapping[str, str]:
    numbers = [settings.numbers.hotline, *(did.number for did in settings.numbers.dids)]
    return called_table(numbers, settings.city.area_code)


def _idle_codes(settings: Settings) -> tuple[str, ...]:
    """Codes that an agent dials while not in a call."""
    codes = settings.codes
    return (codes.agent_login, codes.agent_logout, codes.agent_pause, codes.agent_resume)


def _emergency_trunk(settings: Settings) -> Trunk | None:
    return next((t for t in settings.trunks if t.name == settings.emergency.via), None)


def _emergency_caller_id(settings: Settings) -> str | None:
    """What the emergency services see: on a carrier's line its own number, else the caller's."""
    trunk = _emergency_trunk(settings)
    return (trunk.caller_id or settings.numbers.hotline) if trunk else None


def _emergency_ring_seconds(settings: Settings) -> int:
    """The dialplan counts from dialling, so a carrier gets the time to set up on top."""
    emergency = settings.emergency
    extra = emergency.progress_seconds if _emergency_trunk(settings) else 0
    return round(emergency.ring_seconds + extra)


def _key_prefixes() -> dict[str, list[str]]:
    """Beginnings of emergency numbers that may still become one; those with a 9 apart."""
    prefixes = sorted({n[:end] for n in EMERGENCY_NUMBERS for end in range(1, len(n))})
    return {
        "prefixes": prefixes,
        "prefixes_with_nine": [prefix for prefix in prefixes if "9" in prefix],
    }


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _conf_value(value: object) -> object:
    """A value as a configuration file carries it: `;` would begin a comment."""
    text = str(value)
    if any(ord(character) < 0x20 for character in text):
        raise ValueError("a setting contains a control character")
    return text.replace(";", "\\;")


def _private_directory(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)


def _write(path: Path, content: str) -> bool:
    """Replace a file if its content differs; whether it did."""
    if path.exists() and path.read_text() == content:
        return False
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
    temporary.replace(path)
    return True
