"""The prompts of a configuration: checked before the start, put into VAR, spoken if need be."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from ivr.prompts.catalogue import CITY_DIR, VOICE, Catalogue, TextError
from ivr.prompts.place import Placed, StudioError, check_studio, place
from ivr.prompts.voice import Voice, VoiceError
from service.bootstrap import LOCKS, fetch_uv, pip_configuration, uv_environment
from service.errors import SetupError
from service.provision.debian import cache_dir
from service.settings import Settings

VOICE_LOCK = LOCKS / "voice.txt"
INSTALL_TIMEOUT = 1800

Say = Callable[[str], None]
Fault = tuple[tuple[str | int, ...], str, str]
"""Key path in config.yaml, message, fix."""


def catalogue_of(settings: Settings) -> Catalogue:
    """Texts and names of these settings. Raises TextError."""
    return Catalogue.load(
        city_dir=CITY_DIR,
        city=settings.city.name,
        texts=settings.prompts.texts,
        services={code: s.name for code, s in settings.emergency.services.items()},
    )


def faults(settings: Settings) -> Iterator[Fault]:
    """What is wrong with changed texts and studio recordings."""
    try:
        catalogue = catalogue_of(settings)
    except TextError as error:
        yield ("prompts", "texts", error.key), str(error), "see `hotline prompts list` for the keys"
        return
    if settings.prompts.studio_dir is None:
        return
    try:
        check_studio(settings.prompts.studio_dir, catalogue)
    except StudioError as error:
        for line in str(error).splitlines():
            yield (
                ("prompts", "studio_dir"),
                line,
                "mono WAV, 8 kHz or more, named KEY.wav, KEY.N.wav or pieces/TEXT.wav",
            )


def put_in_place(settings: Settings, folder: Path, *, offline: bool, say: Say) -> Placed:
    """Makes `folder` hold every prompt of these settings; quick when nothing changed.

    A voice that cannot be had is reported and does not stop the line. Raises SetupError.
    """
    try:
        return place(
            catalogue_of(settings),
            folder,
            cache=cache_dir(),
            voice=None if offline else voice(),
            report=say,
            studio=settings.prompts.studio_dir,
        )
    except (TextError, StudioError, OSError) as error:
        raise SetupError(
            "prompts", str(error), "see `hotline prompts list` for the keys"
        ) from error


def voice(name: str = VOICE) -> Voice:
    """The voice in the per-user cache; fetched when it first speaks."""
    return Voice(cache_dir(), lock=VOICE_LOCK, install=install_into, name=name)


def install_into(lock: Path, folder: Path) -> None:
    """Installs a lock file with hashes into a folder of its own. Raises VoiceError."""
    uv = fetch_uv()
    ways: list[tuple[list[str], dict[str, str] | None]] = []
    if uv is not None:
        command = [str(uv), "pip", "install", "-q", "--python", sys.executable]
        command += ["--index-strategy", "unsafe-best-match"]
        ways.append((command, uv_environment(pip_configuration())))
    ways.append(([sys.executable, "-m", "pip", "install", "-q"], None))
    reason = ""
    for command, environment in ways:
        command += ["--require-hashes", "--target", str(folder), "-r", str(lock)]
        try:
            done = subprocess.run(
                command,
                env=environment,
                capture_output=True,
                text=True,
                timeout=INSTALL_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            reason = f"took over {INSTALL_TIMEOUT} s"
            continue
        if done.returncode == 0:
            return
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
        reason = lines[-1] if lines else f"exit status {done.returncode}"
    raise VoiceError(f"the voice's packages could not be installed: {reason}")
