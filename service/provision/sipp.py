"""SIPp (压力工具) for `bench line` and the tests, without root like Asterisk."""

import shutil

from service.provision.debian import Say, provide

PACKAGES = (
    "sip-tester",
    "libc6",
    "libdbus-1-3",
    "libgcc-s1",
    "libgsl28",
    "libgslcblas0",
    "libncursesw6",
    "libpcap0.8t64",
    "libpugixml1v5",
    "libsctp1",
    "libssl3t64",
    "libstdc++6",
    "libsystemd0",
    "libtinfo6",
    "libcap2",
    "libzstd1",
    "zlib1g",
)


def sipp(*, offline: bool, say: Say) -> list[str]:
    """How to start SIPp: the one on PATH, else a private one. Raises SetupError."""
    if found := shutil.which("sipp"):
        return [found]
    return provide("sipp", PACKAGES, offline=offline, say=say).command("usr/bin/sipp")
