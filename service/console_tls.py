"""HTTPS of the console: the city's certificate or an own one; a new one needs no restart."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from service.provision.certificate import Certificate, certificate_of, own_certificate
from service.runtime import Runtime

log = logging.getLogger(__name__)

LOOK_SECONDS = 60.0


def console_certificate(runtime: Runtime) -> Certificate | None:
    """What the console shows to browsers, made where need be; None where it speaks HTTP.

    Raises OSError or ValueError for files that cannot be used.
    """
    console = runtime.settings.console
    if console.tls_cert is not None and console.tls_key is not None:
        return certificate_of(console.tls_cert, console.tls_key)
    if console.makes_certificate:
        return own_certificate(runtime.var.tls, console.bind, datetime.now(UTC))
    return None


@asynccontextmanager
async def console_tls(runtime: Runtime) -> AsyncIterator[ssl.SSLContext | None]:
    """For the server; files that were replaced, or renewed, count within a minute."""
    certificate = console_certificate(runtime)
    if certificate is None:
        yield None
        return
    context = _with(certificate)
    keeping = asyncio.create_task(_keep(context, runtime, certificate), name="certificate")
    try:
        yield context
    finally:
        keeping.cancel()


def _with(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.cert, certificate.key)
    return context


async def _keep(context: ssl.SSLContext, runtime: Runtime, known: Certificate) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            now = await asyncio.to_thread(console_certificate, runtime)
            if now is not None and now != known:
                # A context that refused a key has lost the former one: try with another first.
                _with(now)
                context.load_cert_chain(now.cert, now.key)
                log.info("certificate of the console: %s", now.fingerprint)
                known = now
        except (OSError, ValueError) as error:  # half replaced, say: the former one goes on
            log.error("the console's new certificate cannot be used: %s", error)
