"""Finds Asterisk on PATH, or fetches a private one without root (design §5)."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from service.errors import SetupError
from service.provision.debian import Root, Say, provide

PACKAGES = (
    "asterisk",
    "asterisk-modules",
    "asterisk-core-sounds-en-gsm",
    "libbsd0",
    "libc6",
    "libcap2",
    "libcrypt1",
    "libedit2",
    "libgcc-s1",
    "libgsm1",
    "libjansson4",
    "libmd0",
    "libnspr4",
    "libnss3",
    "libopus0",
    "libspeex1",
    "libspeexdsp1",
    "libsqlite3-0",
    "libsrtp2-1",
    "libssl3t64",
    "libstdc++6",
    "libsystemd0",
    "libtinfo6",
    "liburiparser1",
    "libuuid1",
    "libxml2-16",
    "libxslt1.1",
    "libzstd1",
    "zlib1g",
)
NEEDED_MODULES = ("res_ari.so", "res_stasis.so", "chan_pjsip.so", "chan_audiosocket.so")


@dataclass(frozen=True)
class Asterisk:
    """An Asterisk that can be started."""

    command: tuple[str, ...]
    """The program and what must stand before its own arguments (a loader)."""
    version: str
    module_dir: Path
    """astmoddir"""
    data_dir: Path
    """astdatadir"""
    var_lib_dir: Path
    """astvarlibdir"""
    private: bool

    def start(self, conf: Path) -> list[str]:
        """Arguments that run it in the foreground with this asterisk.conf."""
        return [*self.command, "-C", str(conf), "-f", "-n"]

    def cli_base(self, conf: Path) -> list[str]:
        """Arguments that reach the running one, when `-rx COMMAND` follows."""
        return [*self.command, "-C", str(conf)]

    def cli(self, conf: Path, command: str) -> list[str]:
        """Arguments that send one command to the running one."""
        return [*self.cli_base(conf), "-rx", command]


def find_or_fetch(mode: Literal["auto", "path", "private"], *, offline: bool, say: Say) -> Asterisk:
    """The Asterisk to run. Raises SetupError."""
    if mode != "private":
        found, why_not = on_path()
        if found is not None:
            return found
        if mode == "path":
            raise SetupError(
                "Asterisk",
                why_not,
                "install Asterisk 22 with ARI, or set asterisk.mode: auto",
            )
    return private(offline=offline, say=say)


def private(*, offline: bool, say: Say) -> Asterisk:
    """The rootless one, fetched when it is not in the cache."""
    root = provide("asterisk", PACKAGES, offline=offline, say=say)
    command = root.command("usr/sbin/asterisk")
    version = _version(command)
    if version is None or int(version.split(".")[0]) < 22:
        raise SetupError(
            "Asterisk",
            f"the private Asterisk in {root.path} does not start (version {version})",
            f"remove {root.path.parent} and start again",
        )
    return Asterisk(
        command=tuple(command),
        version=version,
        module_dir=_private_modules(root),
        data_dir=root.path / "usr/share/asterisk",
        var_lib_dir=root.path / "var/lib/asterisk",
        private=True,
    )


def _private_modules(root: Root) -> Path:
    for folder in (root.libraries / "asterisk/modules", root.path / "usr/lib/asterisk/modules"):
        if folder.is_dir():
            return folder
    raise SetupError("Asterisk", f"no modules in {root.path}", f"remove {root.path.parent}")


def _version(command: Sequence[str]) -> str | None:
    """The bare version, e.g. 22.10.1; None when the program does not run."""
    try:
        done = subprocess.run(
            [*command, "-V"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"Asterisk (?:certified/)?(\d+(?:\.\d+)*)", done.stdout)
    return found[1] if found else None


def on_path() -> tuple[Asterisk | None, str]:
    """The one on PATH when it is 22.x with ARI; else None and why."""
    search = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/usr/local/sbin"
    program = shutil.which("asterisk", path=search)
    if program is None:
        return None, "no asterisk on PATH"
    version = _version([program])
    if version is None or version.split(".")[0] != "22":
        return None, f"{program} is version {version or 'unknown'}, not 22.x"
    folders = _own_directories()
    modules = next((m for m in _module_dirs(folders) if (m / "res_ari.so").exists()), None)
    if modules is None:
        return None, f"{program} {version} has no ARI modules"
    missing = [m for m in NEEDED_MODULES if not (modules / m).exists()]
    if missing:
        return None, f"{program} {version} lacks {', '.join(missing)}"
    data = Path(folders.get("astdatadir", "/usr/share/asterisk"))
    var_lib = Path(folders.get("astvarlibdir", "/var/lib/asterisk"))
    found = Asterisk(
        command=(program,),
        version=version,
        module_dir=modules,
        data_dir=data if data.is_dir() else var_lib,
        var_lib_dir=var_lib,
        private=False,
    )
    return found, ""


def _own_directories() -> dict[str, str]:
    try:
        text = Path("/etc/asterisk/asterisk.conf").read_text()
    except OSError:
        return {}
    return dict(re.findall(r"^\s*(ast\w+dir)\s*=>?\s*(\S+)", text, re.M))


def _module_dirs(folders: dict[str, str]) -> list[Path]:
    named = [Path(folders["astmoddir"])] if "astmoddir" in folders else []
    usual = [Path(p) / "asterisk/modules" for p in ("/usr/lib", "/usr/lib64", "/usr/local/lib")]
    return [*named, *usual, *sorted(Path("/usr/lib").glob("*-linux-gnu/asterisk/modules"))]
