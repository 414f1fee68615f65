"""A suggester that is ready to use: trained once, kept in a file, trained anew when it must be."""

import contextlib
import logging
import os
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from ticketing import citydata
from ticketing.citydata import CITY_FOLDER
from ticketing.suggest import places_csv, routing
from ticketing.suggest.examples import Example, fingerprint, request_types, seed
from ticketing.suggest.gate import judge
from ticketing.suggest.linear import Model
from ticketing.suggest.suggester import Suggester
from ticketing.suggest.training import train
from ticketing.suggest.where import Finder

Say = Callable[[str], None]

METHOD = "1"
"""Changes whenever features or training change, so that older files are trained anew."""

DAMAGED = (OSError, EOFError, KeyError, ValueError, zlib.error, zipfile.BadZipFile)
"""What reading a file that is no model raises."""

log = logging.getLogger(__name__)


def suggester(
    own: Path,
    cache: Path,
    *,
    closed: Callable[[], Sequence[Example]] = tuple,
    relearn: bool = False,
    folder: Path = CITY_FOLDER,
    say: Say = log.info,
) -> Suggester:
    """A suggester from the model in the file `own`, else from the seed's in the folder `cache`.

    `own` is what the city's closed tickets taught; `closed` reads them. It is asked only where
    they are to be learnt: with `relearn`, or when `own` is damaged or from another seed. Training
    takes some seconds, once for each seed and set of tickets. Raises CityDataError.
    """
    city = citydata.load(folder)
    examples = seed(city, folder).examples
    origin = _origin(examples)
    known = _kept(own)
    current = known is not None and origin.items() <= known.origin.items()
    if relearn or (own.exists() and not current):
        seeded = partial(seed_model, cache, folder=folder, say=say)
        known = _relearnt(own, known, examples, origin, closed(), seeded, say)
    if known is None:
        known = seed_model(cache, folder=folder, say=say)
    finder = Finder(city.regions, places_csv.load(city.regions, folder))
    return Suggester(known, city, request_types(folder), routing.load(city, folder), finder)


def seed_model(cache: Path, *, folder: Path = CITY_FOLDER, say: Say = log.info) -> Model:
    """What the city's seed teaches, from the folder `cache`; learnt where it is not there yet.

    For a set-up that does not want the first caller to wait. Raises CityDataError.
    """
    examples = seed(citydata.load(folder), folder).examples
    origin = _origin(examples)
    file = cache / f"suggestions-{origin['seed'][:16]}-{METHOD}.npz"
    model = _kept(file)
    if model is None or model.origin != origin:
        say(f"learning suggestions from {len(examples)} examples")
        model = train(examples, origin)
        _keep(model, file)
    return model


def _origin(examples: Sequence[Example]) -> dict[str, str]:
    return {"method": METHOD, "seed": fingerprint(examples)}


def _relearnt(
    own: Path,
    known: Model | None,
    examples: Sequence[Example],
    origin: Mapping[str, str],
    closed: Sequence[Example],
    seeded: Callable[[], Model],
    say: Say,
) -> Model | None:
    """The model with these closed tickets; None where there are none to learn from.

    Where it would know categories worse than the seed alone, what there was before is kept.
    """
    if not closed:
        own.unlink(missing_ok=True)
        return None
    origin = {**origin, "closed": fingerprint(closed)}
    if known is not None and known.origin == origin:
        return known
    say(f"learning suggestions from {len(examples)} examples and {len(closed)} closed tickets")
    verdict = judge(examples, closed, seeded)
    if verdict is not None:
        say(
            f"of {verdict.tickets} tickets kept apart {verdict.relearnt:.0%} get their category,"
            f" {verdict.seed:.0%} without what was learnt"
        )
        if not verdict.is_good:
            say("that would be worse: what was learnt before stays in use")
            return known if known is not None and _of_seed(known, origin) else None
    model = train([*examples, *closed], origin)
    _keep(model, own)
    return model


def _of_seed(known: Model, origin: Mapping[str, str]) -> bool:
    return known.origin.get("seed") == origin["seed"]


def _kept(file: Path) -> Model | None:
    try:
        return Model.read(file)
    except FileNotFoundError:
        return None
    except DAMAGED as error:
        log.warning("%s is damaged and not used: %s", file, type(error).__name__)
        return None


def _keep(model: Model, file: Path) -> None:
    """Written beside and renamed: readers see the old model or the new one.

    Where it cannot be written, the next start learns again.
    """
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        model.write(beside)
        beside.replace(file)
    except OSError as error:
        log.warning("what was learnt is not kept: %s: %s", error.filename, error.strerror)
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
