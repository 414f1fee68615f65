"""What callers meet besides the settings: prompts' texts, studio recordings, menus; checked."""

from pathlib import Path

from ivr.menus import MenuProblem, Menus
from ivr.menus import load as load_menus
from ivr.prompts.catalogue import Catalogue, TextError
from ivr.prompts.place import StudioError, check_studio
from service.errors import ConfigError, Problem
from service.loader import Loaded
from service.paths import HOME
from service.settings import Settings


def catalogue_of(settings: Settings) -> Catalogue:
    """All prompts of these settings. Raises TextError."""
    return Catalogue.load(
        city=settings.city.name,
        texts=settings.prompts.texts,
        services={number: s.name for number, s in settings.emergency.services.items()},
    )


def menu_file(settings: Settings) -> Path:
    return settings.ivr.menus or HOME / "city" / "menus.yaml"


def menus_of(settings: Settings, catalogue: Catalogue) -> Menus:
    """The menus of these settings. Raises MenuProblem."""
    groups = set(settings.numbers.groups)
    return load_menus(menu_file(settings), groups=groups, prompts=set(catalogue.prompts))


def check_content(loaded: Loaded) -> None:
    """Raises ConfigError for texts, studio recordings or menus that cannot be used."""
    settings = loaded.settings
    try:
        catalogue = catalogue_of(settings)
    except TextError as error:
        fix = "correct the text, or remove it to have the default one"
        path = ("prompts", "texts", error.key)
        raise ConfigError([loaded.problem(path, str(error), fix)]) from None
    problems = []
    if settings.prompts.studio_dir is not None:
        try:
            check_studio(settings.prompts.studio_dir, catalogue)
        except StudioError as error:
            fix = "name the files KEY.wav, 8 kHz or more; ./hotline prompts list shows the keys"
            problems += [
                loaded.problem(("prompts", "studio_dir"), fault, fix)
                for fault in str(error).splitlines()
            ]
    try:
        menus_of(settings, catalogue)
    except MenuProblem as error:
        problems.append(Problem(error.file, error.line, error.key, error.message, error.fix))
    if problems:
        raise ConfigError(problems)
