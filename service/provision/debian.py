"""Programs from Debian packages without root: fetched, checked and unpacked into a user's cache.

apt itself verifies the signatures; it works on a private state, so that nothing of the machine is
touched. Unpacked programs are started through their own loader and run on any Linux of the same
architecture.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.errors import SetupError

Say = Callable[[str], None]
"""Tells the operator what is going on, one line at a time."""

MIRROR = "HOTLINE_DEBIAN_MIRROR"
"""Environment variable: a Debian mirror, asked before all others."""
TESTING = "testing"
"""Debian's next release."""
KEYRINGS = Path("/usr/share/keyrings")
DEBIAN_KEYRING = "debian-archive-keyring"
UBUNTU_KEYRING = "ubuntu-keyring"
NETWORK_FIX = (
    "check that the Debian mirror of this machine can be reached (apt-get update), "
    "or install Asterisk 22 and set asterisk.mode: path"
)


@dataclass(frozen=True)
class Architecture:
    """Names that differ from one machine type to the other."""

    debian: str
    triplet: str
    loader: str


ARCHITECTURES = {
    a.debian: a
    for a in (
        Architecture("amd64", "x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
        Architecture("arm64", "aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
        Architecture("riscv64", "riscv64-linux-gnu", "ld-linux-riscv64-lp64d.so.1"),
        Architecture("loong64", "loongarch64-linux-gnu", "ld-linux-loongarch-lp64d.so.1"),
    )
}


def architecture() -> Architecture:
    """This machine's, as dpkg names it."""
    try:
        name = subprocess.run(
            ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupError(
            "Debian packages",
            "dpkg and apt-get are not there: this is not a Debian-family machine",
            "install Asterisk 22 with ARI yourself and set asterisk.mode: path",
        ) from error
    if name not in ARCHITECTURES:
        raise SetupError(
            "Debian packages",
            f"no packages are known for the architecture {name}",
            "install Asterisk 22 with ARI yourself and set asterisk.mode: path",
        )
    return ARCHITECTURES[name]


def cache_dir() -> Path:
    """The per-user cache, shared by all VARs; HOTLINE_CACHE overrides it."""
    if chosen := os.environ.get("HOTLINE_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "hotline-12345"


@dataclass(frozen=True)
class Root:
    """An unpacked set of packages."""

    path: Path
    arch: Architecture
    versions: dict[str, str]

    @property
    def libraries(self) -> Path:
        return self.path / "usr/lib" / self.arch.triplet

    def command(self, program: str) -> list[str]:
        """How to start `program` (path below the root) through the root's own loader."""
        for folder in ("usr/lib64", "lib64", "usr/lib", "lib"):
            loader = self.path / folder / self.arch.loader
            if loader.exists():
                break
        else:
            loader = self.libraries / self.arch.loader
        return [str(loader), "--library-path", str(self.libraries), str(self.path / program)]


def provide(
    name: str, packages: Sequence[str], *, offline: bool, say: Say, suite: str = TESTING
) -> Root:
    """The unpacked `packages`, from the cache or else from a distribution's newest packages.

    A run that finds them in the cache starts no other program but dpkg. Raises SetupError.

    :param suite: of Debian: a release whose packages run on the machine's own libc, if need be.
    """
    arch = architecture()
    home = cache_dir() / name
    if (root := _cached(home, packages, arch)) is not None:
        return root
    if offline:
        raise SetupError(
            name,
            f"{name} is not in the cache {home} and --offline forbids fetching it",
            "start once without --offline, or copy the cache from another machine",
        )
    with _locked(home):
        if (root := _cached(home, packages, arch)) is not None:
            return root
        for left in home.glob("new-*"):  # by a set-up that was killed
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix="new-", dir=home) as work:
            return _fetch(name, packages, suite, arch, Path(work), home, say)


def _digest(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def _cached(home: Path, packages: Sequence[str], arch: Architecture) -> Root | None:
    try:
        entry = json.loads((home / f"{_digest(arch.debian, *packages)}.json").read_text())
    except (OSError, ValueError):
        return None
    root = Root(home / entry["root"], arch, entry["versions"])
    return root if root.path.is_dir() else None


@contextlib.contextmanager
def _locked(home: Path) -> Iterator[None]:
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "lock").open("w")
    except OSError as error:
        raise SetupError(
            "cache",
            f"{home} cannot be written: {error.strerror}",
            "set HOTLINE_CACHE to a folder of your own",
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(
    name: str,
    packages: Sequence[str],
    suite: str,
    arch: Architecture,
    work: Path,
    home: Path,
    say: Say,
) -> Root:
    apt, wanted = _first_that_has(packages, name, suite, arch, work, say)
    say(f"{name}: downloading {len(wanted)} packages")
    debs = apt.download(wanted, lambda percent: say(f"{name}: downloaded {percent} %"))
    say(f"{name}: unpacking")
    new = work / "root"
    new.mkdir()
    for deb in debs:
        _run("unpacking", ["dpkg", "-x", str(deb), str(new)])
    versions = dict(sorted(_name_and_version(deb) for deb in debs))
    key = _digest(arch.debian, *(f"{p}={v}" for p, v in versions.items()))
    target = home / key
    if not target.is_dir():  # else the same versions are there already, perhaps running
        new.rename(target)
    entry = json.dumps({"root": key, "versions": versions}, indent=1)
    index = work / "index.json"
    index.write_text(entry)
    index.rename(home / f"{_digest(arch.debian, *packages)}.json")
    return Root(target, arch, versions)


def _first_that_has(
    packages: Sequence[str], name: str, suite: str, arch: Architecture, work: Path, say: Say
) -> tuple["Apt", list[str]]:
    """The first archive of this machine that has the packages, and their names there."""
    failure: SetupError | None = None
    for n, archive in enumerate(archives(suite)):
        if failure is not None:
            say(f"{name}: {failure.reason}; trying the next archive")
        say(f"{name}: reading the package lists of {archive.name}")
        try:
            apt = Apt(work / f"apt{n}", arch, archive)
            apt.update()
            return apt, apt.resolve(packages)
        except SetupError as error:
            failure = error
    raise failure or SetupError(
        "packages",
        "apt on this machine knows neither a Debian nor an Ubuntu mirror",
        f"set {MIRROR} to the address of a Debian mirror, or install Asterisk 22 yourself",
    )


def _name_and_version(deb: Path) -> tuple[str, str]:
    package, version, _ = deb.name.split("_", 2)
    return package, version.replace("%3a", ":")


def _run(step: str, command: Sequence[str], env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise SetupError(step, "; ".join(lines[-3:]) or f"{command[0]} failed", NETWORK_FIX)
    return done.stdout


class Apt:
    """apt-get on a private state: one archive, nothing installed."""

    def __init__(self, home: Path, arch: Architecture, archive: "Archive") -> None:
        self._home = home
        self._archive = archive
        for folder in ("state/lists/partial", "cache/archives/partial", "etc/none", "debs"):
            (home / folder).mkdir(parents=True)
        (home / "status").touch()
        keyring = _keyring(home, archive.keyring)
        source = f"deb [signed-by={keyring}] {archive.uri} {archive.suite} {archive.components}\n"
        (home / "etc/sources.list").write_text(source)
        conf = home / "apt.conf"
        conf.touch(mode=0o600)
        conf.write_text(
            # Proxies, certificates and time-outs are the machine's.
            _machine_settings()
            + f'Dir::State "{home}/state";\nDir::State::status "{home}/status";\n'
            + f'Dir::Cache "{home}/cache";\nDir::Etc "{home}/etc";\n'
            + 'Dir::Etc::netrc "/etc/apt/auth.conf";\n'
            + 'Dir::Etc::netrcparts "/etc/apt/auth.conf.d";\n'
            + f'APT::Architecture "{arch.debian}";\nAPT::Architectures {{ "{arch.debian}"; }};\n'
            # A mirror's testing Release may be past its date; its signature is still checked.
            + 'Acquire::Check-Valid-Until "false";\nAcquire::Languages "none";\n'
            + 'Acquire::Retries "3";\nAPT::Sandbox::User "";\n'
        )
        self._env = {**os.environ, "APT_CONFIG": str(conf), "LC_ALL": "C"}

    def update(self) -> None:
        """Read the package lists."""
        _run("Debian package lists", ["apt-get", "-q", "update"], self._env)
        if not list((self._home / "state/lists").glob("*_Packages*")):
            raise SetupError("Debian package lists", "the mirror sent no lists", NETWORK_FIX)

    def resolve(self, packages: Sequence[str]) -> list[str]:
        """`packages`, with renamed libraries (libxml2-16 → libxml2-17) replaced by the new name.

        The new name is the one that a package of the list depends on.
        """
        known = set(_run("Debian package lists", ["apt-cache", "pkgnames"], self._env).split())
        present = [p for p in packages if p in known]
        missing = [p for p in packages if p not in known]
        if not missing:
            return present
        listing = _run("Debian package lists", ["apt-cache", "depends", *present], self._env)
        depended = set(re.findall(r"^ +\|?(?:Pre)?Depends: (\S+)$", listing, re.M))
        for name in missing:
            named_alike = sorted(d for d in depended if _stem(d) == _stem(name))
            if not named_alike:
                raise SetupError(
                    "Debian packages",
                    f"{self._archive.name} has no package {name}",
                    "update this product, or install Asterisk 22 and set asterisk.mode: path",
                )
            present.append(named_alike[-1])
        return present

    def download(self, packages: Sequence[str], percent: Callable[[int], None]) -> list[Path]:
        """The packages' files; apt has checked their hashes."""
        debs = self._home / "debs"
        command = ["apt-get", "-q", "-o", "APT::Status-Fd=1", "download", *packages]
        told = 0
        with (
            tempfile.TemporaryFile("w+") as errors,
            subprocess.Popen(
                command, cwd=debs, env=self._env, text=True, stdout=subprocess.PIPE, stderr=errors
            ) as apt,
        ):
            assert apt.stdout is not None
            for line in apt.stdout:
                if found := re.match(r"dlstatus:\d+:(\d+)", line):
                    now = int(found[1]) // 25 * 25
                    if now > told:
                        percent(now)
                        told = now
            if apt.wait() != 0:
                errors.seek(0)
                reason = "; ".join(errors.read().split("\n")[-4:]).strip("; ")
                raise SetupError("Debian packages", reason or "apt-get failed", NETWORK_FIX)
        files = sorted(debs.glob("*.deb"))
        if len(files) != len(packages):
            raise SetupError(
                "Debian packages",
                f"{len(files)} of {len(packages)} packages arrived",
                NETWORK_FIX,
            )
        return files


def _stem(name: str) -> str:
    return re.sub(r"[-.]?\d[\d.]*(t64)?$", "", name)


def _machine_settings() -> str:
    dump = subprocess.run(
        ["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=False
    ).stdout
    return "".join(f"{line}\n" for line in dump.splitlines() if line.startswith("Acquire::"))


@dataclass(frozen=True)
class Archive:
    """Where packages new enough come from: Debian testing, or the Ubuntu in development."""

    uri: str
    suite: str
    components: str
    keyring: str
    """Package that holds its keys."""

    @property
    def name(self) -> str:
        """For people: never the address, which may carry a password."""
        distribution = "Ubuntu" if self.keyring == UBUNTU_KEYRING else "Debian"
        return f"{distribution} {self.suite}"


def archives(suite: str = TESTING, etc: Path = Path("/etc/apt")) -> list[Archive]:
    """Archives of this machine in the order in which they are asked for a suite of Debian.

    The Debian mirror of HOTLINE_DEBIAN_MIRROR, those of apt's sources, then for an Ubuntu: the
    Debian that many of its mirrors carry beside it, and for `TESTING` Ubuntu's own next release.
    """
    debian = [mirror.rstrip("/")] if (mirror := os.environ.get(MIRROR)) else []
    beside, ubuntu = [], []
    for uri, suites, components in _sources(etc):
        bare = uri.rstrip("/")
        if "main" not in components or any("security" in suite for suite in suites):
            continue
        if bare.endswith("/debian"):
            debian.append(bare)
        elif found := re.fullmatch(r"(.*)/ubuntu(-ports)?", bare):
            beside.append(f"{found[1]}/debian")
            ubuntu.append(bare)
    return [
        *(Archive(uri, suite, "main", DEBIAN_KEYRING) for uri in _once(debian + beside)),
        *(
            Archive(uri, "devel", "main universe", UBUNTU_KEYRING)
            for uri in _once(ubuntu)
            if suite == TESTING
        ),
    ]


def _once(uris: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(uris))


def _sources(etc: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    lists = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*.list"))]
    for file in lists:
        with contextlib.suppress(OSError):
            for line in file.read_text().splitlines():
                found = re.match(r"\s*deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)", line)
                if found:
                    yield found[1], [found[2]], found[3].split()
    for file in sorted((etc / "sources.list.d").glob("*.sources")):
        with contextlib.suppress(OSError):
            for stanza in re.split(r"\n\s*\n", file.read_text()):
                fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*)$", stanza, re.M))
                if "deb" in fields.get("Types", "").split() and fields.get("Enabled") != "no":
                    for uri in fields.get("URIs", "").split():
                        yield uri, fields["Suites"].split(), fields.get("Components", "").split()


def _keyring(home: Path, package: str) -> Path:
    """The keys in a package; where the machine lacks them, from its own distribution."""
    file = KEYRINGS / f"{package.replace('ubuntu-keyring', 'ubuntu-archive-keyring')}.gpg"
    if file.exists():
        return file
    work = home / "keyring"
    (work / "lists/partial").mkdir(parents=True)
    (work / "cache/archives/partial").mkdir(parents=True)
    options = [f"Dir::State::lists={work}/lists", f"Dir::Cache={work}/cache"]
    apt = ["apt-get", "-q", "-o", "APT::Sandbox::User=", *(w for o in options for w in ("-o", o))]
    _run("archive keys", [*apt, "update"])
    done = subprocess.run([*apt, "download", package], cwd=work, capture_output=True, check=False)
    debs = list(work.glob("*.deb"))
    if done.returncode != 0 or not debs:
        raise SetupError(
            "archive keys",
            f"the package {package} cannot be had here",
            f"apt install {package}, then start again",
        )
    _run("archive keys", ["dpkg", "-x", str(debs[0]), str(work / "root")])
    return work / "root" / file.relative_to("/")
