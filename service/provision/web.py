"""The web application's bundle: built from console/web at the set-up, kept in the user's cache.

What is built is known by the hash of its sources, so that only a change builds again.
"""

import fcntl
import gzip
import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.errors import SetupError
from service.paths import HOME
from service.provision.debian import Say, cache_dir
from service.provision.node import Node, find_node

SOURCES = HOME / "console" / "web"
STEP = "web application"
MADE = frozenset({"node_modules", "dist", "openapi.json", "schema.d.ts"})
"""In the folder of the sources, but made from the others."""
PACKED = frozenset({".js", ".css", ".html", ".svg", ".json"})
"""Kinds of files that are also kept packed, for browsers that take that."""
LEFT_SECONDS = 3600.0
PACKED_FROM = 1024
"""Bytes; smaller ones are not worth it."""


def built_before() -> Path | None:
    """The folder of the built application where the cache has it."""
    built = _place()
    return built if built.is_dir() else None


def bundle(*, offline: bool, say: Say) -> Path:
    """The folder of the built application. Raises SetupError."""
    built = _place()
    if built.is_dir():
        return built
    home = built.parent
    with _locked(home):
        if built.is_dir():
            return built
        node = find_node(offline=offline, say=say)
        with workshop(node, offline=offline, say=say) as folder:
            say("web application: building")
            vite = folder / "node_modules" / "vite" / "bin" / "vite.js"
            node.run(STEP, vite, ["build"], folder)
            _pack(folder / "dist")
            for line in first_loads(folder / "dist"):
                say(f"web application: {line}")
            (folder / "dist").rename(built)
    return built


def _place() -> Path:
    return cache_dir() / "web" / f"bundle-{_digest(sources())}"


@contextmanager
def workshop(node: Node, *, offline: bool, say: Say) -> Iterator[Path]:
    """A copy of the sources with their packages, in a folder that vanishes."""
    home = cache_dir() / "web"
    modules = _modules(node, home, offline=offline, say=say)
    with tempfile.TemporaryDirectory(prefix="new-", dir=home) as work:
        folder = Path(work) / "web"
        shutil.copytree(SOURCES, folder, ignore=lambda _, names: MADE.intersection(names))
        (folder / "node_modules").symlink_to(modules / "node_modules", target_is_directory=True)
        yield folder


def sources() -> list[Path]:
    """The files that the bundle is made from, in order."""
    files = (path for path in SOURCES.rglob("*") if path.is_file())
    return sorted(p for p in files if not MADE.intersection(p.relative_to(SOURCES).parts))


def first_loads(built: Path) -> list[str]:
    """What the browser fetches for the first page and for each page besides, packed, in kB."""
    manifest = json.loads((built / ".vite" / "manifest.json").read_text())
    entry = next(name for name, chunk in manifest.items() if chunk.get("isEntry"))
    first = _with_imports(manifest, entry)
    lines = [f"first load {_kilobytes(built, first):.0f} kB packed"]
    for name, chunk in sorted(manifest.items()):
        if chunk.get("isDynamicEntry") and name.startswith("src/"):
            more = _with_imports(manifest, name) - first
            lines.append(f"{name} {_kilobytes(built, more):.0f} kB more")
    return lines


def _with_imports(manifest: dict[str, dict[str, object]], name: str) -> set[str]:
    """The files of a chunk and of all that it cannot do without."""
    files: set[str] = set()
    waiting, seen = [name], set[str]()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        chunk = manifest[one]
        files.add(str(chunk["file"]))
        styles, imports = chunk.get("css", []), chunk.get("imports", [])
        assert isinstance(styles, list)
        assert isinstance(imports, list)
        files.update(styles)
        waiting += imports
    return files


def _kilobytes(built: Path, files: set[str]) -> float:
    def size(name: str) -> int:
        packed = built / f"{name}.gz"
        return (packed if packed.exists() else built / name).stat().st_size

    return sum(map(size, files)) / 1000


def _pack(built: Path) -> None:
    """Beside each file its .gz, which the server sends where the browser takes it."""
    for path in built.rglob("*"):
        if path.suffix in PACKED and path.stat().st_size >= PACKED_FROM:
            packed = path.with_name(f"{path.name}.gz")
            packed.write_bytes(gzip.compress(path.read_bytes(), mtime=0))


def _modules(node: Node, home: Path, *, offline: bool, say: Say) -> Path:
    """The folder of node_modules: packages of package-lock.json, checked against its hashes."""
    lock = SOURCES / "package-lock.json"
    folder = home / f"modules-{_digest([lock])}"
    if not folder.is_dir():
        if offline:
            raise SetupError(
                STEP,
                f"its packages are not in the cache {home} and --offline forbids fetching them",
                "start once without --offline",
            )
        say("web application: fetching its packages (about 100 MB, once)")
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="new-", dir=home) as work:
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(SOURCES / name, work)
            node.run(STEP, node.npm, ["ci", "--ignore-scripts", "--no-progress"], Path(work))
            if not folder.is_dir():
                Path(work).rename(folder)
                Path(work).mkdir()  # what is cleared away at the end
    return folder


def _digest(files: list[Path]) -> str:
    told = hashlib.sha256()
    for path in files:
        told.update(f"{path.relative_to(SOURCES)}\0{path.stat().st_size}\0".encode())
        told.update(path.read_bytes())
    return told.hexdigest()[:16]


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """One process at a time builds."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in home.glob("new-*"):  # by a set-up that was killed; a running one is younger
            if time.time() - left.stat().st_mtime > LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        yield
