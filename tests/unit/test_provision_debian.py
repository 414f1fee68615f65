"""Packages without root: where they come from and how the cache is used."""

import json
import shutil
from pathlib import Path

import pytest

from service.errors import SetupError
from service.provision import debian
from service.provision.asterisk import PACKAGES, find_or_fetch, on_path, private

needs_dpkg = pytest.mark.skipif(shutil.which("dpkg") is None, reason="needs dpkg")

DEB822 = """Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main

# a comment
Types: deb
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main contrib
"""


def debian_testing(uri: str) -> debian.Archive:
    return debian.Archive(uri, "testing", "main", debian.DEBIAN_KEYRING)


def sources(etc: Path, name: str, text: str) -> Path:
    (etc / "sources.list.d").mkdir(parents=True, exist_ok=True)
    (etc / name).write_text(text)
    return etc


def test_mirror_of_a_sources_list(tmp_path: Path) -> None:
    etc = sources(
        tmp_path,
        "sources.list",
        "# deb http://commented.example/debian stable main\n"
        "deb http://security.example/debian trixie-security main\n"
        "deb [signed-by=/k.gpg arch=amd64] https://mirror.example/debian trixie main\n",
    )
    assert debian.archives(etc=etc) == [debian_testing("https://mirror.example/debian")]


def test_mirror_of_deb822_sources(tmp_path: Path) -> None:
    etc = sources(tmp_path, "sources.list.d/debian.sources", DEB822)
    assert debian.archives(etc=etc) == [debian_testing("http://mirror.example/debian")]


def test_ubuntu_asks_the_debian_beside_it_then_its_own_next_release(tmp_path: Path) -> None:
    etc = sources(
        tmp_path,
        "sources.list.d/ubuntu.sources",
        "Types: deb\nURIs: http://mirror.example/ubuntu/\nSuites: noble noble-updates\n"
        "Components: main universe\n\n"
        "Types: deb\nURIs: http://security.example/ubuntu/\nSuites: noble-security\n"
        "Components: main universe\n",
    )
    assert debian.archives(etc=etc) == [
        debian_testing("http://mirror.example/debian"),
        debian.Archive(
            "http://mirror.example/ubuntu", "devel", "main universe", debian.UBUNTU_KEYRING
        ),
    ]


def test_a_release_of_debian_is_not_looked_for_in_ubuntu(tmp_path: Path) -> None:
    etc = sources(
        tmp_path, "sources.list", "deb http://mirror.example/ubuntu noble main universe\n"
    )
    assert debian.archives("bookworm", etc) == [
        debian.Archive("http://mirror.example/debian", "bookworm", "main", debian.DEBIAN_KEYRING)
    ]


def test_the_mirror_of_the_environment_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    etc = sources(tmp_path, "sources.list", "deb http://mirror.example/debian trixie main\n")
    monkeypatch.setenv(debian.MIRROR, "http://chosen.example/debian/")
    assert [a.uri for a in debian.archives(etc=etc)] == [
        "http://chosen.example/debian",
        "http://mirror.example/debian",
    ]


def test_other_archives_are_no_mirrors(tmp_path: Path) -> None:
    etc = sources(
        tmp_path, "sources.list.d/other.list", "deb https://packages.example/apt cloud main\n"
    )
    assert debian.archives(etc=etc) == []


@needs_dpkg
def test_an_archive_that_does_not_answer_is_not_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    dead = [debian_testing(f"file://{tmp_path}/{name}/debian") for name in ("first", "second")]
    monkeypatch.setattr(debian, "archives", lambda _: dead)
    monkeypatch.setenv("HOTLINE_CACHE", str(tmp_path))
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / f"{debian.DEBIAN_KEYRING}.gpg").touch()
    monkeypatch.setattr(debian, "KEYRINGS", keys)
    with pytest.raises(SetupError):
        debian.provide("thing", ["thing"], offline=False, say=said.append)
    assert sum("trying the next archive" in line for line in said) == 1


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("libxml2-16", "libxml2"),
        ("libxml2-17", "libxml2"),
        ("libssl3t64", "libssl"),
        ("libssl4", "libssl"),
        ("asterisk-modules", "asterisk-modules"),
        ("liburiparser1", "liburiparser"),
    ],
)
def test_stems_of_renamed_libraries(name: str, stem: str) -> None:
    assert debian._stem(name) == stem


@needs_dpkg
def test_offline_without_a_cache_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_CACHE", str(tmp_path))
    with pytest.raises(SetupError) as raised:
        private(offline=True, say=lambda _text: None)
    assert raised.value.exit_status == 3
    assert "without --offline" in (raised.value.fix or "")


@needs_dpkg
def test_a_filled_cache_is_used_without_apt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_CACHE", str(tmp_path))
    arch = debian.architecture()
    home = tmp_path / "tool"
    (home / "abc").mkdir(parents=True)
    index = home / f"{debian._digest(arch.debian, 'one', 'two')}.json"
    index.write_text(json.dumps({"root": "abc", "versions": {"one": "1"}}))
    root = debian.provide("tool", ["one", "two"], offline=True, say=lambda _text: None)
    assert root.path == home / "abc"
    with pytest.raises(SetupError):
        debian.provide("tool", ["one"], offline=True, say=lambda _text: None)


def test_programs_start_through_their_own_loader(tmp_path: Path) -> None:
    arm = debian.ARCHITECTURES["arm64"]
    loader = tmp_path / "usr/lib/ld-linux-aarch64.so.1"
    loader.parent.mkdir(parents=True)
    loader.touch()
    root = debian.Root(tmp_path, arm, {})
    assert root.command("usr/sbin/asterisk") == [
        str(loader),
        "--library-path",
        str(tmp_path / "usr/lib/aarch64-linux-gnu"),
        str(tmp_path / "usr/sbin/asterisk"),
    ]


def program(folder: Path, says: str) -> None:
    file = folder / "asterisk"
    file.write_text(f"#!/bin/sh\necho '{says}'\n")
    file.chmod(0o755)


def test_an_old_asterisk_on_path_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "Asterisk 20.9.3~dfsg")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    found, why = on_path()
    assert found is None
    assert "20.9.3, not 22.x" in why
    with pytest.raises(SetupError):
        find_or_fetch("path", offline=True, say=lambda _text: None)


@needs_dpkg
def test_the_provisioned_asterisk_is_22_with_its_modules() -> None:
    found = private(offline=True, say=lambda _text: None)
    assert found.version.startswith("22.")
    for module in ("res_ari.so", "chan_pjsip.so", "res_srtp.so", "chan_audiosocket.so"):
        assert (found.module_dir / module).exists()
    assert "asterisk" in PACKAGES
