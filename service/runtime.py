"""What `up` decided, as its children and `reload` find it in VAR/run."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from service.errors import Failure
from service.files import read_json, write_json
from service.line_data import LineData, laid_over
from service.paths import Var
from service.provision.render import Ports
from service.provision.secrets import Secrets
from service.settings import Settings

if TYPE_CHECKING:
    from store.engine import Store


@dataclass(frozen=True)
class UpOptions:
    """How `up` was called."""

    var: Path
    config: Path | None = None
    demo: bool = False
    offline: bool = False
    free_ports: bool = False

    def save(self) -> None:
        write_json(
            Var.at(self.var).up_options,
            {
                "config": str(self.config) if self.config else None,
                "demo": self.demo,
                "offline": self.offline,
                "free_ports": self.free_ports,
            },
        )

    @classmethod
    def load(cls, var: Var) -> "UpOptions":
        """The options of the last `up` on this VAR; the plain ones where there was none."""
        kept = read_json(var.up_options) or {}
        config = kept.get("config")
        return cls(
            var=var.root,
            config=Path(str(config)) if config else None,
            demo=bool(kept.get("demo")),
            offline=bool(kept.get("offline")),
            free_ports=bool(kept.get("free_ports")),
        )


@dataclass(frozen=True)
class Runtime:
    """One line: its settings, files, ports and secrets."""

    var: Var
    settings: Settings
    """config.yaml with what the store says of the line laid over it."""
    ports: Ports
    secrets: Secrets
    base: Settings
    """config.yaml alone."""
    line: LineData

    @classmethod
    def of(cls, var: Var, base: Settings, ports: Ports, line: LineData | None = None) -> "Runtime":
        """The line of these settings on `var`; makes passwords that are missing.

        `line`: None is what VAR keeps.
        """
        line = line or LineData.load(var, base)
        settings = laid_over(base, line)
        return cls(var, settings, ports, Secrets.ensure(settings, var.root), base, line)

    @property
    def store_url(self) -> str:
        return self.settings.store.url or f"sqlite+aiosqlite:///{self.var.root / 'store.sqlite'}"

    @asynccontextmanager
    async def open_store(self) -> AsyncIterator["Store"]:
        """The store with its personal data.

        Raises Failure where the database cannot be used or the master key is not its own.
        """
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import DBAPIError

        from store.engine import Store
        from store.vault import WrongKey

        async with AsyncExitStack() as stack:
            try:
                opening = Store.open(self.store_url, key=self.secrets.master_key)
                store = await stack.enter_async_context(opening)
            except WrongKey as error:
                raise Failure(
                    "wrong_key",
                    f"{self.var.secrets}: {error}",
                    field="master_key",
                    fix=f"put the key {error.wanted} from your backup of that file back; "
                    "without it names and numbers cannot be read",
                ) from None
            except (DBAPIError, OSError) as error:
                reason = error.orig if isinstance(error, DBAPIError) else error
                where = make_url(self.store_url).render_as_string(hide_password=True)
                raise Failure(
                    "store_unusable",
                    f"{where}: {reason}",
                    field="store.url",
                    fix="see that the database runs and that user, password and name are right",
                ) from error
            yield store

    @property
    def recordings(self) -> Path:
        return self.settings.recordings.dir or self.var.recordings

    @property
    def prompts(self) -> Path:
        return self.var.prompts(self.settings.prompts.language)

    @property
    def ari_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.ari}/ari"

    @property
    def websocket_url(self) -> str:
        """Asterisk's websocket for softphones in pages, on loopback."""
        return f"http://127.0.0.1:{self.ports.ari}/ws"

    @property
    def ari_credentials(self) -> tuple[str, str]:
        """User name and password."""
        return self.secrets.ari_username, self.secrets.ari_password

    def speech_sockets(self) -> list[Path]:
        count = self.settings.speech.workers if self.settings.speech.engine != "none" else 0
        return [self.var.speech_socket(n) for n in range(1, count + 1)]

    def save(self) -> None:
        """Keep the settings for the children; the file is the owner's only."""
        write_json(_file(self.var), _plain(self.base.model_dump()))

    @staticmethod
    def settings_of(var: Var) -> Settings:
        """config.yaml as the line took it last. Raises Failure where nothing was ever started."""
        raw = read_json(_file(var))
        if raw is None:
            raise _never_started(var)
        return Settings.model_validate(raw)

    @classmethod
    def load(cls, var: Var) -> "Runtime":
        """What the running line uses. Raises Failure when nothing was ever started on this VAR."""
        settings, ports = cls.settings_of(var), read_json(var.ports)
        if ports is None:
            raise _never_started(var)
        return cls.of(var, settings, Ports(**ports))  # type: ignore[arg-type]


def _file(var: Var) -> Path:
    return var.run / "settings.json"


def _never_started(var: Var) -> Failure:
    fix = "start it with ./hotline up, or name its folder with --var"
    return Failure("not_running", f"no line was started on {var.root}", fix=fix)


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value
