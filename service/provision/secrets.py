"""Passwords that the set-up makes up once and keeps in VAR/secrets.yaml (mode 0600)."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from service.provision.accounts import accounts
from service.settings import Settings

FILE = "secrets.yaml"


@dataclass(frozen=True)
class Secrets:
    """What phones and the controller show to Asterisk."""

    ari_username: str
    ari_password: str
    sip: dict[str, str]
    """SIP password by account (`agent-1001`)."""

    @classmethod
    def ensure(cls, settings: Settings, var: Path) -> "Secrets":
        """Read VAR/secrets.yaml; make and keep what is missing.

        A password written in the settings wins over the kept one. Passwords of accounts that
        are no longer in the settings stay in the file, so that a removed agent who comes back
        need not touch his phone.
        """
        path = var / FILE
        yaml = YAML(typ="safe")
        kept = yaml.load(path.read_text()) if path.exists() else {}
        ari = kept.get("ari_password") or secrets.token_urlsafe(24)
        sip: dict[str, str] = dict(kept.get("sip") or {})
        names = [account.username for account in accounts(settings)]
        for name in names:
            sip.setdefault(name, secrets.token_urlsafe(12))
        now = {"ari_password": ari, "sip": sip}
        if now != kept:
            _write(path, now)
        chosen = {
            f"agent-{agent.number}": agent.password.get_secret_value()
            for agent in settings.agents
            if agent.password
        }
        return cls("hotline", ari, {name: chosen.get(name, sip[name]) for name in names})


def _write(path: Path, content: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    yaml = YAML()
    with os.fdopen(descriptor, "w") as file:
        yaml.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
