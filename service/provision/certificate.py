"""The console's own certificate (自签证书), made where the city has given none.

It is self-signed: a browser warns until somebody has compared its fingerprint and trusts it. It
names the machine's names and addresses, and is made anew before it ends or when one is missing.
"""

import ipaddress
import socket
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from service.files import write_atomically

LIFETIME = timedelta(days=397)
"""Browsers take none that lasts longer."""
RENEW = timedelta(days=30)
BEFORE = timedelta(days=1)
"""Clocks of browsers may be late."""
EVERY_ADDRESS = ("0.0.0.0", "::")
PASSING = ("docker", "veth", "br-", "virbr", "cni", "flannel")
"""Interfaces that come and go and lead to nobody's browser."""


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key."""

    cert: Path
    key: Path
    fingerprint: str
    """SHA-256, as browsers show it: AB:CD:…"""
    expires_at: datetime


def certificate_of(cert: Path, key: Path) -> Certificate:
    """What a PEM file holds. Raises OSError, or ValueError for a file that is none."""
    found = x509.load_pem_x509_certificate(cert.read_bytes())
    digest = found.fingerprint(hashes.SHA256()).hex(":").upper()
    return Certificate(cert, key, digest, found.not_valid_after_utc)


def made_certificate(folder: Path) -> Certificate | None:
    """The one in `folder` as it is; None where none has been made yet."""
    with suppress(OSError, ValueError):
        return certificate_of(*_files(folder))
    return None


def own_certificate(folder: Path, bind: str, now: datetime) -> Certificate:
    """The one in `folder`, made or renewed where need be, for a console that listens on `bind`."""
    cert, key = _files(folder)
    names = names_of(bind)
    if not _is_good(cert, key, names, now):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(cert, key, names, now)
    return certificate_of(cert, key)


def _files(folder: Path) -> tuple[Path, Path]:
    return folder / "console.pem", folder / "console.key"


def names_of(bind: str) -> list[str]:
    """What browsers may call this machine by."""
    names = {"localhost", "127.0.0.1", socket.gethostname()}
    if bind not in EVERY_ADDRESS:
        return sorted(names | {bind})
    for interface, addresses in psutil.net_if_addrs().items():
        if not interface.startswith(PASSING):
            # Those of IPv6 change by themselves; who wants one writes it as console.bind.
            names |= {one.address for one in addresses if one.family == socket.AF_INET}
    return sorted(names)


def _is_good(cert: Path, key: Path, names: Collection[str], now: datetime) -> bool:
    try:
        found = x509.load_pem_x509_certificate(cert.read_bytes())
        mine = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError):
        return False
    named = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    kept = {str(one.value) for one in named}
    return (
        found.not_valid_after_utc - now > RENEW
        and kept >= set(names)
        and found.public_key() == mine.public_key()
    )


def _make(cert: Path, key: Path, names: Collection[str], now: datetime) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "12345 hotline")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - BEFORE)
        .not_valid_after(now.astimezone(UTC) - BEFORE + LIFETIME)
        .add_extension(x509.SubjectAlternativeName([_general(one) for one in names]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
    )
    made = builder.sign(private, hashes.SHA256())
    encoded = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    # The key first: a certificate without its own is made anew at the next start.
    write_atomically(key, encoded.decode())
    write_atomically(cert, made.public_bytes(serialization.Encoding.PEM).decode())


def _general(name: str) -> x509.GeneralName:
    with suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(name))
    return x509.DNSName(name)
