"""Where things are: the product's own files, and everything that is written at run time (VAR)."""

from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
"""The repository; in an installed wheel the folder of the packages."""


def is_checkout() -> bool:
    """True in the repository, False in an installed wheel."""
    return (HOME / "pyproject.toml").exists()


def default_var() -> Path:
    """`var/` in the repository; of an installed wheel `var/` where one stands."""
    return (HOME if is_checkout() else Path.cwd()) / "var"


def default_config() -> Path:
    """config.yaml of the product (宿迁)."""
    return HOME / "config.yaml" if is_checkout() else HOME / "service" / "config.yaml"


@dataclass(frozen=True)
class Var:
    """The files of one line under its VAR (absolute)."""

    root: Path

    @classmethod
    def at(cls, folder: Path) -> "Var":
        return cls(folder.resolve())  # one name for one folder: processes are found by it

    @property
    def ready(self) -> Path:
        return self.root / "ready.json"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.yaml"

    @property
    def ports(self) -> Path:
        return self.root / "ports.json"

    @property
    def run(self) -> Path:
        """Locks, sockets and process ids."""
        return self.root / "run"

    @property
    def line(self) -> Path:
        """What the store says of the line, as it runs."""
        return self.run / "line.json"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def recordings(self) -> Path:
        return self.root / "recordings"

    @property
    def attachments(self) -> Path:
        """Files attached to tickets, encrypted."""
        return self.root / "attachments"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def suggestions(self) -> Path:
        """What the suggestions have learnt; private, for it comes from citizens' texts too."""
        return self.models / "suggestions.npz"

    @property
    def city(self) -> Path:
        """The city's own data as files, by version, written from the store."""
        return self.root / "city"

    @property
    def tls(self) -> Path:
        """The console's own certificate, where the city has given none."""
        return self.root / "tls"

    @property
    def asterisk(self) -> Path:
        return self.root / "asterisk"

    @property
    def asterisk_conf(self) -> Path:
        return self.asterisk / "etc" / "asterisk.conf"

    @property
    def asterisk_socket(self) -> Path:
        return self.asterisk / "run" / "asterisk.ctl"

    @property
    def spool(self) -> Path:
        """Where ARI's recordings appear."""
        return self.asterisk / "spool" / "recording"

    @property
    def up_lock(self) -> Path:
        return self.run / "up.lock"

    @property
    def up_options(self) -> Path:
        """How the running `up` was started, for `reload`."""
        return self.run / "up.json"

    @property
    def asterisk_cli(self) -> Path:
        return self.run / "asterisk-cli"

    @property
    def controller_socket(self) -> Path:
        return self.run / "controller.sock"

    @property
    def controller_lock(self) -> Path:
        return self.run / "controller.lock"

    def speech_socket(self, worker: int) -> Path:
        """Control socket of a speech worker, counted from 1."""
        return self.run / f"speech-{worker}.sock"

    @property
    def speech_engine(self) -> Path:
        """The recogniser that `up` has chosen, for the speech workers."""
        return self.run / "speech.json"

    @property
    def web(self) -> Path:
        """Where the built web application is, for the console."""
        return self.run / "web.json"

    def prompts(self, language: str) -> Path:
        return self.root / "prompts" / language

    @property
    def private(self) -> tuple[Path, ...]:
        """Folders with what citizens said, their numbers, or secrets: the owner's only."""
        return self.run, self.log, self.recordings, self.asterisk

    def make_root(self) -> None:
        """Create VAR, the owner's only; one that is there keeps its permissions."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def make(self) -> None:
        """Create the folders; those with secrets or personal data are the owner's only."""
        self.make_root()
        for folder in self.private:
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)
        for name in ("etc", "run", "log", "spool/recording", "lib"):
            (self.asterisk / name).mkdir(parents=True, exist_ok=True)
        (self.asterisk / "etc").chmod(0o700)
