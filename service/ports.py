"""The line's ports: chosen once, kept in VAR/ports.json, found taken before anything starts."""

import contextlib
import errno
import socket
from dataclasses import asdict, dataclass
from typing import Literal

import psutil

from service.errors import ConfigError, Problem
from service.files import read_json, write_json
from service.loader import KeyPath, Loaded
from service.paths import Var
from service.provision.render import Ports

Protocol = Literal["udp", "tcp"]


@dataclass(frozen=True)
class _Wanted:
    key: KeyPath
    host: str
    port: int
    protocols: tuple[Protocol, ...]


def choose(loaded: Loaded, var: Var, *, adopting: bool) -> Ports:
    """The ports for this start; `adopting`: our own Asterisk already holds the kept ones.

    Raises ConfigError naming each port that somebody else holds.
    """
    kept = read_json(var.ports) or {}
    wanted = _wanted(loaded)
    numbers: dict[str, int] = {}
    problems: list[Problem] = []
    for name, want in wanted.items():
        before = kept.get(name)
        if adopting and isinstance(before, int):
            numbers[name] = before
        elif want.port == 0:
            numbers[name] = _kept_or_free(before, want)
        else:
            numbers[name] = want.port
            if error := _taken(want.host, want.port, want.protocols):
                problems.append(loaded.problem(want.key, error, _fix(want)))
    if problems:
        raise ConfigError(problems)
    sip = loaded.settings.sip
    return Ports(
        sip=numbers["sip"],
        sip_tls=numbers.get("sip_tls", 0),
        ari=numbers["ari"],
        rtp_start=sip.rtp_start,
        rtp_end=sip.rtp_end,
        console=numbers["console"],
    )


def keep(ports: Ports, var: Var) -> None:
    """Remember them for the next start and for a take-over."""
    write_json(var.ports, asdict(ports))


def _wanted(loaded: Loaded) -> dict[str, _Wanted]:
    sip, console = loaded.settings.sip, loaded.settings.console
    plain: list[Protocol] = [t for t in ("udp", "tcp") if t in sip.transports]
    wanted = {
        "sip": _Wanted(("sip", "port"), sip.bind, sip.port, tuple(plain)),
        "ari": _Wanted(
            ("asterisk", "ari_port"), "127.0.0.1", loaded.settings.asterisk.ari_port, ("tcp",)
        ),
        "console": _Wanted(("console", "port"), console.bind, console.port, ("tcp",)),
    }
    if "tls" in sip.transports:
        wanted["sip_tls"] = _Wanted(("sip", "tls_port"), sip.bind, sip.tls_port, ("tcp",))
    return wanted


def _fix(want: _Wanted) -> str:
    return (
        f"stop that program, or choose another {want.key[-1]}; 0 or --free-ports picks a free one"
    )


def _kept_or_free(before: object, want: _Wanted) -> int:
    if isinstance(before, int) and before and _taken(want.host, before, want.protocols) is None:
        return before
    while True:
        with socket.socket(_family(want.host), socket.SOCK_STREAM) as probe:
            probe.bind((want.host, 0))
            port = int(probe.getsockname()[1])
        if _taken(want.host, port, want.protocols) is None:
            return port


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _taken(host: str, port: int, protocols: tuple[Protocol, ...]) -> str | None:
    """Why `port` cannot be had; None when it is free."""
    for protocol in protocols:
        kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
        with socket.socket(_family(host), kind) as probe:
            if protocol == "tcp":
                # As Asterisk does it: connections of the last run that time out do not matter.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    holder = _holder(port, protocol)
                    return f"{protocol.upper()} port {port} is in use{holder}"
                return f"{host}:{port} ({protocol.upper()}) cannot be opened: {error.strerror}"
    return None


def _holder(port: int, protocol: Protocol) -> str:
    """ " by NAME (process N)", or nothing where the system does not show it."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections(protocol):
            local = connection.laddr
            if local and local.port == port and connection.pid:
                name = psutil.Process(connection.pid).name()
                return f" by {name} (process {connection.pid})"
    return ""
