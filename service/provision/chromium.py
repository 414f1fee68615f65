"""Chromium (浏览器) for the tests of the pages, without root like Asterisk.

It starts copies of itself, which its own loader would not allow; so it comes from a release of
Debian that is no newer than the machine and runs on the machine's own libc.
"""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from service.provision.debian import Root, Say, provide

PACKAGES = (
    "chromium-headless-shell",
    "chromium-common",
    "fonts-dejavu-core",
    "libasound2",
    "libasyncns0",
    "libatk1.0-0",
    "libatspi2.0-0",
    "libbrotli1",
    "libbsd0",
    "libdav1d6",
    "libdbus-1-3",
    "libdouble-conversion3",
    "libdrm2",
    "libexpat1",
    "libflac12",
    "libfontconfig1",
    "libfreetype6",
    "libgbm1",
    "libglib2.0-0",
    "libgraphite2-3",
    "libharfbuzz-subset0",
    "libharfbuzz0b",
    "libjpeg62-turbo",
    "libminizip1",
    "libmp3lame0",
    "libmpg123-0",
    "libnspr4",
    "libnss3",
    "libogg0",
    "libopenh264-7",
    "libopus0",
    "libpng16-16",
    "libpulse0",
    "libsndfile1",
    "libsqlite3-0",
    "libvorbis0a",
    "libvorbisenc2",
    "libwayland-server0",
    "libx11-6",
    "libx11-xcb1",
    "libxau6",
    "libxcb1",
    "libxcomposite1",
    "libxdamage1",
    "libxdmcp6",
    "libxext6",
    "libxfixes3",
    "libxi6",
    "libxkbcommon0",
    "libxnvctrl0",
    "libxrandr2",
    "libxrender1",
)
"""Beyond what every Debian has (libc6, zlib1g, libsystemd0 …)."""
OLDEST_RELEASE = "bookworm"
"""For machines that are no Debian: its libc (2.36) is older than theirs."""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


@dataclass(frozen=True)
class Chromium:
    """A headless browser and how Playwright starts it: `launch(executable_path=…, env=…)`."""

    executable: Path
    env: Mapping[str, str]
    """The whole environment of the browser; the one of this process must stay as it is."""


def chromium(*, offline: bool, say: Say) -> Chromium:
    """The browser for tests, fetched when it is not in the cache. Raises SetupError."""
    suite = _suite()
    root = provide("chromium", PACKAGES, offline=offline, say=say, suite=suite)
    libraries = [root.libraries, root.libraries / "nss", root.libraries / "pulseaudio"]
    return Chromium(
        root.path / "usr/lib/chromium/chromium-headless-shell",
        {
            **os.environ,
            "LD_LIBRARY_PATH": ":".join(str(folder) for folder in libraries),
            "FONTCONFIG_FILE": str(_fonts(root)),
        },
    )


def _suite() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return OLDEST_RELEASE
    if release.get("ID") != "debian":
        return OLDEST_RELEASE
    return release.get("VERSION_CODENAME", OLDEST_RELEASE)


def _fonts(root: Root) -> Path:
    """The same fonts on every machine, so that pages look the same in screenshots."""
    file = root.path / "fonts.conf"
    if not file.exists():
        new = root.path / f"fonts.conf.{os.getpid()}"
        new.write_text(FONTS.format(fonts=root.path / "usr/share/fonts", cache=root.path / "fonts"))
        new.replace(file)
    return file
