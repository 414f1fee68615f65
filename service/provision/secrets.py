"""Passwords and the master key, made up once at set-up and kept in VAR/secrets.yaml (0600)."""

import fcntl
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

from service.demo import DEMO_PEOPLE
from service.errors import Failure
from service.provision.accounts import accounts
from service.settings import Settings
from store.vault import MasterKey

FILE = "secrets.yaml"


@dataclass(frozen=True)
class Secrets:
    """What phones and the controller show to Asterisk, and the key of personal data."""

    ari_username: str
    ari_password: str
    sip: dict[str, str]
    """SIP password by account (`agent-1001`)."""
    console: dict[str, str]
    """Password by account of the console: only those of a demonstration are kept."""
    master_key: MasterKey = field(repr=False)
    """Wraps the keys of all personal data in the store: whoever loses it loses them."""

    @classmethod
    def ensure(cls, settings: Settings, var: Path) -> "Secrets":
        """Read VAR/secrets.yaml; make and keep what is missing.

        A password written in the settings wins over the kept one. Passwords of accounts that
        are no longer in the settings stay in the file, so that a removed agent who comes back
        need not touch his phone. Raises Failure for a master key that is none.
        """
        # Two processes must not make up different keys.
        var.mkdir(parents=True, exist_ok=True)
        with (var / f"{FILE}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return cls._ensure(settings, var / FILE)

    @classmethod
    def _ensure(cls, settings: Settings, path: Path) -> "Secrets":
        yaml = YAML(typ="safe")
        kept = yaml.load(path.read_text()) if path.exists() else {}
        master_key = _master_key(kept.get("master_key"), path)
        ari = kept.get("ari_password") or secrets.token_urlsafe(24)
        sip: dict[str, str] = dict(kept.get("sip") or {})
        names = [account.username for account in accounts(settings)]
        for name in names:
            sip.setdefault(name, secrets.token_urlsafe(12))
        people: dict[str, str] = dict(kept.get("console") or {})
        if settings.env == "demo":
            for name in DEMO_PEOPLE:
                people.setdefault(name, secrets.token_urlsafe(9))
        now = {"ari_password": ari, "sip": sip, "master_key": str(master_key)}
        if people:
            now["console"] = people
        if now != kept:
            _write(path, now)
        chosen = {
            f"agent-{agent.number}": agent.password.get_secret_value()
            for agent in settings.agents
            if agent.password
        }
        sip = {name: chosen.get(name, sip[name]) for name in names}
        return cls("hotline", ari, sip, people, master_key)


def _master_key(kept: object, path: Path) -> MasterKey:
    if kept is None:
        return MasterKey.new()
    try:
        return MasterKey.parse(str(kept))
    except ValueError as error:
        fix = "put the key from your backup of that file back; without it names are lost"
        raise Failure("wrong_key", f"{path}: {error}", field="master_key", fix=fix) from None


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
