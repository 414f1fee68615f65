"""From the settings to what flows work with: the directory of numbers and the menus."""

from datetime import date, datetime
from functools import partial

from ivr.directory import Directory, TrunkLine, Unit
from ivr.line import City
from ivr.menus import Menus
from ivr.numbers import normalise, to_carrier
from service.line_data import LineData
from service.runtime import Runtime
from service.settings import Settings, Trunk
from ticketing.city_versions import day_of


def city(runtime: Runtime, now: datetime) -> City:
    """What a reload may change, read from the runtime's settings and the city's data."""
    settings = runtime.settings
    return City(
        settings=settings.ivr,
        codes=settings.codes,
        callbacks=settings.callbacks,
        directory=directory(settings, runtime.line, day_of(now)),
        did_groups={did.number: did.group for did in settings.numbers.dids},
        menus=Menus.model_validate(runtime.line.menus),
        notices=runtime.line.notices,
        normalise=partial(normalise, area_code=settings.city.area_code),
    )


def directory(settings: Settings, line: LineData, day: date) -> Directory:
    """Who is reached how; on that day, for units come and go."""
    trunks = {trunk.name: _trunk(settings, trunk) for trunk in settings.trunks}
    outgoing = next((trunks[t.name] for t in settings.trunks if t.outgoing), None)
    units = [
        Unit(code, str(row["ext"]), tuple(line.duty.contacts[code]), str(row["name"]))
        for code, row in line.units(day).items()
        if code in line.duty.contacts
    ]
    return Directory(
        hotline=settings.numbers.hotline,
        agents={agent.number: agent for agent in settings.agents},
        groups={extension: group for group, extension in settings.numbers.groups.items()},
        units={unit.extension: unit for unit in units},
        rosters=line.duty,
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
