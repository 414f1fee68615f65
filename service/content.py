"""What callers meet besides the settings: prompts' texts, studio recordings, menus; checked."""

from ivr.menu_files import MenuProblem
from ivr.menu_files import load as load_menus
from ivr.menus import Menus
from ivr.prompts.catalogue import Catalogue
from service.errors import ConfigError, Problem
from service.line_data import menu_file
from service.loader import Loaded
from service.prompts import catalogue_of, faults
from service.settings import Settings


def menus_of(settings: Settings, catalogue: Catalogue) -> Menus:
    """The menus that config.yaml brings. Raises MenuProblem."""
    groups = set(settings.numbers.groups)
    return load_menus(menu_file(settings), groups=groups, prompts=set(catalogue.prompts))


def check_content(loaded: Loaded) -> None:
    """Raises ConfigError for texts, studio recordings or menus that cannot be used."""
    problems = [loaded.problem(*fault) for fault in faults(loaded.settings)]
    if problems:
        raise ConfigError(problems)
    own = loaded.settings.ivr.menus
    if own is not None and not own.is_file():
        fix = "name a menu file, or take the line out: city/menus.yaml is the default"
        raise ConfigError([loaded.problem(("ivr", "menus"), f"there is no file {own}", fix)])
    try:
        menus_of(loaded.settings, catalogue_of(loaded.settings))
    except MenuProblem as error:
        problem = Problem(error.file, error.line, error.key, error.message, error.fix)
        raise ConfigError([problem]) from None
