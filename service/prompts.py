"""The prompts of a configuration: checked before the start, put into VAR, spoken if need be."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ivr.prompts.build import AUDIO_DIR
from ivr.prompts.catalogue import CITY_DIR, Catalogue, TextError
from ivr.prompts.place import Placed, StudioError, check_studio, place
from ivr.prompts.voice import Voice, VoiceError
from service.bootstrap import LOCKS, install
from service.errors import SetupError
from service.provision.debian import cache_dir
from service.settings import Settings

Say = Callable[[str], None]
Names = Mapping[str, Mapping[str, str]]
"""Spoken names by prompt variable and code."""
Fault = tuple[tuple[str | int, ...], str, str]
"""Key path in config.yaml, message, fix."""


def catalogue_of(settings: Settings, names: Names | None = None) -> Catalogue:
    """Texts and names of these settings; `names`: the city's own. Raises TextError."""
    return Catalogue.load(
        city_dir=CITY_DIR,
        city=settings.city.name,
        texts=settings.prompts.texts,
        services={code: s.name for code, s in settings.emergency.services.items()},
        names=names,
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


def put_in_place(
    settings: Settings, folder: Path, *, offline: bool, say: Say, names: Names | None = None
) -> Placed:
    """Makes `folder` hold every prompt of these settings; quick when nothing changed.

    A voice that cannot be had is reported and does not stop the line. Raises SetupError.
    """
    try:
        return place(
            catalogue_of(settings, names),
            folder,
            cache=cache_dir(),
            voice=voice(fetch=not offline),
            report=say,
            studio=settings.prompts.studio_dir,
        )
    except (TextError, StudioError, OSError) as error:
        raise SetupError(
            "prompts", str(error), "see `hotline prompts list` for the keys"
        ) from error


def voice(*, fetch: bool = True) -> Voice:
    """The voice in the per-user cache; fetched when it first speaks, unless `fetch` is off."""
    return Voice(cache_dir(), locks=LOCKS, install=install_into if fetch else None)


def spoken_sentences() -> list[Path]:
    """The shipped recordings of whole prompts: Mandarin sentences that every installation has."""
    keys = Catalogue.load(city_dir=CITY_DIR).prompts
    return [path for path in sorted(AUDIO_DIR.glob("*.wav")) if path.stem in keys]


def install_into(lock: Path, folder: Path) -> None:
    """Installs a lock file with hashes into a folder of its own. Raises VoiceError."""
    if install(lock, folder):
        raise VoiceError("the voice's packages could not be installed (see above)")
