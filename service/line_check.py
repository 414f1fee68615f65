"""Whether a line could run with what people change of it: checked before it is kept."""

from ivr.numbers import is_emergency, is_extension
from service.checks import check
from service.errors import ConfigError, Problem
from service.line_data import LineData, laid_over
from service.loader import dotted
from service.runtime import Runtime
from service.settings import Settings
from ticketing.city_files import Entries
from ticketing.refusal import Refusal


def fits_line(base: Settings, after: Entries) -> None:
    """Raises Refusal for entries with which the settings of config.yaml could not go together."""
    line = LineData(held=after)
    settings = laid_over(base, line)
    for fault in check(settings, known_units=after["units"]):
        match fault.path:
            case ("units", int(index), "contacts", int(order)):
                unit = settings.units[index]
                field = f"{unit.code}.contacts.{order}.number"
                raise _wrong_number(settings, field, unit.contacts[order])


def check_together(runtime: Runtime) -> None:
    """Raises ConfigError where config.yaml and the store's part do not go together."""
    faults = check(runtime.settings, known_units=runtime.line.entries["units"])
    if faults:
        where = "config.yaml with the city's data of the store"
        raise ConfigError(
            [Problem(None, None, f"{dotted(one.path)} ({where})", *one[1:]) for one in faults]
        )


def _wrong_number(settings: Settings, field: str, number: str) -> Refusal:
    if is_emergency(number, settings.city.area_code):
        message, fix = f"{number}是紧急号码，不能作为值班电话", "请填写单位自己的号码"
    elif not is_extension(number):
        message = f"{number}是外线号码，而本系统没有可以外呼的中继"
        fix = "请填写本系统的分机（3至6位），或先在 config.yaml 中配置中继"
    else:
        message = f"分机{number}已有其他用途，或不能作为分机"
        fix = "请换一个没有使用的3至6位分机"
    return Refusal("invalid_value", field, message, fix)
