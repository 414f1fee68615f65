"""The lock files: complete, with hashes, without the address of any index."""

import re
import tomllib
from pathlib import Path

import pytest

from service.paths import HOME

LOCKS = sorted((HOME / "locks").glob("*.txt"))


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(lock: str) -> dict[str, set[str]]:
    """Versions by package."""
    found: dict[str, set[str]] = {}
    text = (HOME / "locks" / f"{lock}.txt").read_text()
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", text, re.M):
        found.setdefault(canonical(name), set()).add(version)
    return found


def wanted(requirements: list[str]) -> set[str]:
    return {canonical(re.split(r"[^A-Za-z0-9._-]", r, maxsplit=1)[0]) for r in requirements}


def test_the_locks_hold_what_the_project_wants() -> None:
    project = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]
    base, dev = pinned("base"), pinned("dev")
    assert wanted(project["dependencies"]) <= base.keys()
    assert wanted(project["optional-dependencies"]["dev"]) <= dev.keys()
    assert wanted(project["optional-dependencies"]["voice"]) <= pinned("voice").keys()


def test_tests_run_with_the_packages_of_the_product() -> None:
    base, dev = pinned("base"), pinned("dev")
    assert {name: dev.get(name) for name in base} == base


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_package_has_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert not re.search(r"^--?(index|extra-index|find-links|trusted)", text, re.M)
    for entry in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)[1:]:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
