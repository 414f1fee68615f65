"""Installs a lock file with hashes into the running virtual environment; standard library only.

uv does it about five times faster than pip, so a pinned uv is fetched first; where it cannot be
had, pip does the same work. The addresses of a mirror come from pip's own configuration.
"""

import ast
import os
import subprocess
import sys
from pathlib import Path

LOCKS = Path(__file__).resolve().parent.parent / "locks"


def pip_configuration() -> dict[str, str]:
    """pip's settings by bare name, the environment before the files, as pip itself ranks them."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    found: dict[str, str] = {}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in (":env:", "install") or name not in found:
            found[name] = str(ast.literal_eval(value))
    return found


def default_index() -> str | None:
    """Where pip looks when nothing is configured; only pip itself knows."""
    code = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def uv_environment(pip: dict[str, str]) -> dict[str, str]:
    """The environment that makes uv look where pip looks.

    pip merges its indexes; uv takes a version from the first index that lists it. The main
    index therefore comes first: an extra one may hold only some of a version's wheels.
    """
    main, extra = pip.get("index-url") or default_index(), pip.get("extra-index-url", "").split()
    wanted = {
        "UV_DEFAULT_INDEX": extra[-1] if main and extra else pip.get("index-url"),
        "UV_INDEX": " ".join([main, *extra[:-1]] if main and extra else extra),
        "UV_FIND_LINKS": ",".join(pip.get("find-links", "").split()) or None,
        "UV_INSECURE_HOST": pip.get("trusted-host"),
        "UV_NO_INDEX": pip.get("no-index"),
        "SSL_CERT_FILE": pip.get("cert"),
    }
    return {**{k: v for k, v in wanted.items() if v}, **os.environ}


def fetch_uv() -> Path | None:
    """uv of the locked version in this environment, or None where it cannot be had."""
    uv = Path(sys.executable).with_name("uv")
    if uv.exists():
        return uv
    pip = [sys.executable, "-m", "pip", "install", "-q", "--require-hashes"]
    done = subprocess.run([*pip, "-r", str(LOCKS / "uv.txt")], check=False)
    return uv if done.returncode == 0 and uv.exists() else None


def install(lock: Path, folder: Path | None = None) -> int:
    """Install `lock` into this environment, or into `folder`; 0 when all packages are there."""
    wanted = ["--require-hashes", "-r", str(lock)]
    if folder is not None:
        wanted += ["--target", str(folder)]
    uv = fetch_uv()
    if uv is not None:
        # With hashes it does not matter which index serves a file.
        # Compiled once here, as pip does it, and not by whoever may not write into this folder.
        command = [str(uv), "pip", "install", "--compile-bytecode", "--python", sys.executable]
        command += ["--index-strategy", "unsafe-best-match", *wanted]
        done = subprocess.run(command, env=uv_environment(pip_configuration()), check=False)
        if done.returncode == 0:
            return 0
        print("hotline: uv could not install the packages, trying pip", file=sys.stderr)
    command = [sys.executable, "-m", "pip", "install", *wanted]
    return subprocess.run(command, check=False, stdout=sys.stderr).returncode


if __name__ == "__main__":
    sys.exit(install(Path(sys.argv[1])))
