"""A suggester that is ready to use: trained once, kept in a file, trained anew when it must be."""

import logging
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from ticketing import citydata
from ticketing.citydata import CITY_FOLDER
from ticketing.suggest import places_csv, routing
from ticketing.suggest.examples import Example, fingerprint, request_types, seed
from ticketing.suggest.linear import Model
from ticketing.suggest.suggester import Suggester
from ticketing.suggest.training import train
from ticketing.suggest.where import Finder

METHOD = "2"
"""Changes whenever features or training change, so that older files are trained anew."""

log = logging.getLogger(__name__)


def suggester(
    file: Path,
    *,
    closed: Callable[[], Sequence[Example]] = tuple,
    relearn: bool = False,
    folder: Path = CITY_FOLDER,
    say: Callable[[str], None] = log.info,
) -> Suggester:
    """A suggester from the model in `file`, which is made where it is missing or out of date.

    `closed` reads the city's closed tickets to learn from; it is asked only when training is
    due: for another seed or method, or with `relearn` for other tickets than the file learnt.
    Training takes some seconds. Raises CityDataError, OSError.
    """
    city = citydata.load(folder)
    model = _model(file, closed, relearn, folder, say)
    finder = Finder(city.regions, places_csv.load(city.regions, folder))
    return Suggester(model, city, request_types(folder), routing.load(city, folder), finder)


def _model(
    file: Path,
    closed: Callable[[], Sequence[Example]],
    relearn: bool,
    folder: Path,
    say: Callable[[str], None],
) -> Model:
    examples = seed(citydata.load(folder), folder).examples
    origin = {"method": METHOD, "seed": fingerprint(examples)}
    known = _kept(file)
    current = known is not None and origin.items() <= known.origin.items()
    if known is not None and current and not relearn:
        return known
    learnt = closed()
    origin["closed"] = fingerprint(learnt)
    if known is not None and known.origin == origin:
        return known
    say(f"learning suggestions from {len(examples)} examples and {len(learnt)} closed tickets")
    model = train([*examples, *learnt], origin)
    _keep(model, file)
    return model


def _kept(file: Path) -> Model | None:
    try:
        return Model.read(file)
    except FileNotFoundError:
        return None
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        log.warning("%s cannot be read and is made anew: %s", file, error)
        return None


def _keep(model: Model, file: Path) -> None:
    """Written beside and renamed: readers see the old model or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        model.write(beside)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
