"""HTTPS of the console: its own certificate is made, kept, renewed, accepted by who trusts it."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import ClientConnectorCertificateError, ClientSession, TCPConnector, web
from aiohttp.test_utils import unused_port
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from console.server import serving
from console.settings import ConsoleSettings
from service import console_tls
from service.provision.certificate import LIFETIME, made_certificate, own_certificate

NOW = datetime(2026, 10, 1, tzinfo=UTC)


def test_it_is_made_once_and_anew_before_it_ends_or_where_a_name_is_missing(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    assert made_certificate(folder) is None
    first = own_certificate(folder, "192.0.2.7", NOW)
    assert first.key.stat().st_mode & 0o077 == 0
    assert own_certificate(folder, "192.0.2.7", NOW + timedelta(days=300)) == first
    assert made_certificate(folder) == first
    found = x509.load_pem_x509_certificate(first.cert.read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"127.0.0.1", "192.0.2.7"} <= {
        str(one) for one in names.get_values_for_type(x509.IPAddress)
    }
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    moved = own_certificate(folder, "192.0.2.8", NOW)
    assert moved.fingerprint != first.fingerprint
    late = own_certificate(folder, "192.0.2.8", NOW + LIFETIME - timedelta(days=20))
    assert late.expires_at > NOW + LIFETIME
    late.key.write_text(late.key.read_text().replace("A", "B"))  # half replaced by somebody
    again = own_certificate(folder, "192.0.2.8", NOW + LIFETIME)
    assert again.fingerprint != late.fingerprint


async def test_who_trusts_it_is_served(tmp_path: Path) -> None:
    made = own_certificate(tmp_path, "127.0.0.1", datetime.now(UTC))
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(made.cert, made.key)
    port = unused_port()
    url = f"https://127.0.0.1:{port}/"
    trusting = TCPConnector(ssl=ssl.create_default_context(cafile=str(made.cert)))
    async with (
        serving(web.Application(), "127.0.0.1", port, server),
        ClientSession(connector=trusting) as friend,
        ClientSession() as stranger,
    ):
        async with friend.get(url) as reply:
            assert reply.status == 404  # an application without pages
        with pytest.raises(ClientConnectorCertificateError):
            await stranger.get(url)


async def test_a_half_replaced_certificate_leaves_the_former_one_and_a_whole_one_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_tls, "LOOK_SECONDS", 0.05)
    former = own_certificate(tmp_path / "city", "127.0.0.1", datetime.now(UTC))
    new = own_certificate(tmp_path / "new", "127.0.0.1", datetime.now(UTC))
    port = unused_port()
    console = ConsoleSettings.model_validate(
        {"bind": "127.0.0.1", "tls_cert": str(former.cert), "tls_key": str(former.key)}
    )
    runtime = cast("Any", SimpleNamespace(settings=SimpleNamespace(console=console)))

    async def shown() -> str:
        told = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port))
        found = x509.load_pem_x509_certificate(told.encode())
        return found.fingerprint(hashes.SHA256()).hex(":").upper()

    async with (
        console_tls.console_tls(runtime) as context,
        serving(web.Application(), "127.0.0.1", port, context),
    ):
        assert await shown() == former.fingerprint
        former.cert.write_bytes(new.cert.read_bytes())  # its key is still to come
        await asyncio.sleep(0.3)
        assert await shown() == former.fingerprint
        former.key.write_bytes(new.key.read_bytes())
        await asyncio.sleep(1)
        assert await shown() == new.fingerprint


@pytest.mark.parametrize(
    ("settings", "makes", "secure"),
    [
        ({}, False, False),
        ({"bind": "0.0.0.0"}, True, True),
        ({"bind": "0.0.0.0", "behind_proxy": True}, False, True),
        ({"bind": "0.0.0.0", "tls_cert": "c.pem", "tls_key": "k.pem"}, False, True),
    ],
)
def test_beyond_this_machine_it_is_never_plain(
    settings: dict[str, object], makes: bool, secure: bool
) -> None:
    console = ConsoleSettings.model_validate(settings)
    assert (console.makes_certificate, console.is_secure) == (makes, secure)
