"""The console's part of config.yaml."""

from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from pydantic import Field

from store.settings import SettingsModel
from ticketing.workflow.terms import Role


class ConsoleSettings(SettingsModel):
    """Where and how the API and the pages are served."""

    bind: str = "127.0.0.1"
    """Address to listen on; beyond this machine it is HTTPS, or there is a proxy that does it."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """0 picks a free port."""
    tls_cert: Path | None = None
    """The city's certificate; without one the line makes its own where it needs one."""
    tls_key: Path | None = None
    behind_proxy: bool = False
    """A proxy in front does TLS: its X-Forwarded-For tells the caller's address."""
    totp_roles: list[Role] = []
    """Whoever has one of these roles must sign in with a second factor; all others may."""
    open311_public: bool = False
    """Anybody may read the public subset of the tickets by Open311; else a token is needed."""
    draft_days: Annotated[int, Field(ge=1, le=365)] = 30
    """Drafts that nobody touched for so long are forgotten."""

    def wants_totp(self, roles: Iterable[Role], has_totp: bool) -> bool:
        """Whether somebody has to enrol a second factor before anything else."""
        return not has_totp and not set(self.totp_roles).isdisjoint(roles)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.bind == "localhost":
            return True
        try:
            return ip_address(self.bind).is_loopback
        except ValueError:  # a host name
            return False

    @property
    def makes_certificate(self) -> bool:
        """Whether the line makes the certificate: browsers give no microphone without HTTPS."""
        return self.tls_cert is None and not self.is_loopback and not self.behind_proxy

    @property
    def has_tls(self) -> bool:
        """Whether it speaks HTTPS itself."""
        return self.makes_certificate or (self.tls_cert is not None and self.tls_key is not None)

    @property
    def is_secure(self) -> bool:
        """Whether browsers see HTTPS, so that cookies can be kept to it."""
        return self.has_tls or self.behind_proxy
