"""From the settings to what flows work with: the directory of numbers and the menus."""

from functools import partial

from ivr.directory import Directory, TrunkLine, Unit
from ivr.line import City
from ivr.numbers import normalise, to_carrier
from service.content import menus_of
from service.prompts import catalogue_of
from service.runtime import Runtime
from service.settings import Settings, Trunk
from ticketing import citydata


def city(runtime: Runtime) -> City:
    """What a reload may change, read from the runtime's settings."""
    settings = runtime.settings
    return City(
        settings=settings.ivr,
        codes=settings.codes,
        callbacks=settings.callbacks,
        directory=directory(settings),
        did_groups={did.number: did.group for did in settings.numbers.dids},
        menus=menus_of(settings, catalogue_of(settings)),
        normalise=partial(normalise, area_code=settings.city.area_code),
    )


def directory(settings: Settings) -> Directory:
    """Who is reached how. Extensions that agents type are those of city/units.json."""
    trunks = {trunk.name: _trunk(settings, trunk) for trunk in settings.trunks}
    outgoing = next((trunks[t.name] for t in settings.trunks if t.outgoing), None)
    known = citydata.load().units
    units = [
        Unit(line.code, known[line.code].extension, tuple(line.contacts), known[line.code].name)
        for line in settings.units
    ]
    return Directory(
        hotline=settings.numbers.hotline,
        agents={agent.number: agent for agent in settings.agents},
        groups={extension: group for group, extension in settings.numbers.groups.items()},
        units={unit.extension: unit for unit in units},
        citizens=frozenset(citizen.number for citizen in settings.citizens),
        emergency=settings.emergency,
        trunks=trunks,
        outgoing=outgoing,
    )


def _trunk(settings: Settings, trunk: Trunk) -> TrunkLine:
    return TrunkLine(
        name=trunk.name,
        caller_id=trunk.caller_id or settings.numbers.hotline,
        dialled=partial(to_carrier, form=trunk.number_format, area_code=settings.city.area_code),
        address=trunk.address,
    )
