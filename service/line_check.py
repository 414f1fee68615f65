"""Whether a line could run with what people change of it: checked before it is kept."""

from collections.abc import Iterator

from ivr.menus import MenuFault, faults_of
from ivr.numbers import is_emergency, is_extension
from ivr.prompts.catalogue import Catalogue, TextError
from ivr.queue.agents import NO_ANSWER
from service.checks import Fault, check
from service.errors import ConfigError, Problem
from service.line_data import LineData, laid_over
from service.prompts import catalogue_of
from service.runtime import Runtime
from service.settings import Settings
from store.types import JsonObject
from ticketing.city_files import MENUS, Entries
from ticketing.refusal import Refusal


def fits_line(base: Settings, after: Entries) -> None:
    """Raises Refusal for entries with which the line of `base` (config.yaml) could not run."""
    line = LineData(held=after)
    settings = laid_over(base, line)
    for refusal in _refusals(settings, line):
        raise refusal


def check_together(runtime: Runtime) -> None:
    """Raises ConfigError where config.yaml and the store's part do not go together."""
    try:
        fits_line(runtime.base, runtime.line.entries)
    except Refusal as refusal:
        where = f"city's data in the store: {refusal.field}"
        raise ConfigError([Problem(None, None, where, refusal.message, refusal.fix)]) from None


def menu_faults(settings: Settings, document: JsonObject) -> list[MenuFault]:
    """What is wrong with menus for a line of these settings."""
    prompts = Catalogue.load(city=settings.city.name).prompts
    return faults_of(document, settings.numbers.groups, prompts)


def _refusals(settings: Settings, line: LineData) -> Iterator[Refusal]:
    for fault in check(settings, known_units=line.entries["units"]):
        yield _refusal(settings, fault)
    reasons = [one.code for one in settings.ivr.queue.pause_reasons]
    if not reasons:
        fix = "请保留至少一个置忙原因"
        yield Refusal("invalid_value", None, "没有置忙原因", fix)
    if NO_ANSWER in reasons:
        message = f"{NO_ANSWER}由系统在无人应答时使用"
        yield Refusal("invalid_value", f"{NO_ANSWER}.code", message, "请换一个代码")
    try:
        catalogue_of(settings)
    except TextError as error:
        yield Refusal("invalid_value", f"{error.key}.text", error.told, "请改正后再提交")
    if MENUS not in line.entries["menus"]:
        yield Refusal("invalid_value", MENUS, "没有语音菜单", "请恢复菜单的一个旧版本")
    else:
        for one in menu_faults(settings, line.menus):
            field = ".".join(map(str, (MENUS, *one.path)))
            yield Refusal("invalid_value", field, one.told, "请改正后再提交")


def _refusal(settings: Settings, fault: Fault) -> Refusal:
    match fault.path:
        case ("units", int(index), "contacts", int(order)):
            unit = settings.units[index]
            field, number = f"{unit.code}.contacts.{order}.number", unit.contacts[order]
            return _wrong_number(settings, field, number)
        case ("agents", int(index), "number"):
            number = settings.agents[index].number
            return _wrong_number(settings, f"{number}.number", number)
        case ("agents", int(index), "skills", skill):
            field = f"{settings.agents[index].number}.skills.{skill}"
            return Refusal("invalid_value", field, f"没有技能组{skill}", "请先增加技能组")
        case ("numbers", "groups", str(name)):
            number = settings.numbers.groups[name]
            return _wrong_number(settings, f"{name}.number", number)
        case _:
            where = ".".join(map(str, fault.path))
            message = f"与 config.yaml 的 {where} 冲突：{fault.message}"
            return Refusal("invalid_value", None, message, "请改正，或先修改 config.yaml")


def _wrong_number(settings: Settings, field: str, number: str) -> Refusal:
    if is_emergency(number, settings.city.area_code):
        message, fix = f"{number}是紧急号码，不能另作他用", "请填写其他号码"
    elif not is_extension(number):
        message = f"{number}不是分机；作为外线号码，本系统没有可以外呼的中继"
        fix = "请填写本系统的分机（3至6位），或先在 config.yaml 中配置中继"
    else:
        whose = next(
            (what for at, no, what in _uses(settings) if no == number and at != field), None
        )
        message = f"分机{number}已用作{whose}" if whose else f"{number}不能作为分机"
        fix = "请换一个没有使用的3至6位分机"
    return Refusal("invalid_value", field, message, fix)


def _uses(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Field, number and what it is, of all numbers that people give."""
    for name, number in settings.numbers.groups.items():
        yield f"{name}.number", number, f"技能组{name}的号码"
    for agent in settings.agents:
        yield f"{agent.number}.number", agent.number, f"坐席{agent.number}{agent.name}的分机"
    for unit in settings.units:
        for order, number in enumerate(unit.contacts):
            yield f"{unit.code}.contacts.{order}.number", number, f"{unit.code}的值班电话"
    for citizen in settings.citizens:
        yield "citizens", citizen.number, "测试用的市民话机"
    for number in (settings.numbers.hotline, *(did.number for did in settings.numbers.dids)):
        yield "numbers", number, "热线号码"
