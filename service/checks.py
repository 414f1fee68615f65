"""What no single value of the settings shows: clashes, references, safety. Pure."""

import difflib
from collections.abc import Collection, Iterator
from typing import NamedTuple

from ivr.numbers import called_table, is_emergency, is_extension
from ivr.settings import EMERGENCY_NUMBERS
from service.settings import Settings
from ticketing.workflow.closing import CALLING_HOURS

KeyPath = tuple[str | int, ...]


class Fault(NamedTuple):
    """Something that stops `up`: where, what, and how to put it right."""

    path: KeyPath
    """Where the value stands in the settings, e.g. ("agents", 1, "number")."""
    message: str
    fix: str


def check(settings: Settings, *, known_units: Collection[str]) -> list[Fault]:
    """Every fault of settings whose single values are right.

    `known_units`: codes of the city's member units (成员单位).
    """
    return [
        *check_emergency_safety(settings),
        *_check_emergency(settings),
        *_check_numbers(settings),
        *_check_codes(settings),
        *_check_groups(settings),
        *_check_units(settings, known_units),
        *_check_trunks(settings),
        *_check_sip(settings),
        *_check_console(settings),
        *_check_callbacks(settings),
        *_check_messages(settings),
    ]


def check_emergency_safety(settings: Settings) -> Iterator[Fault]:
    """No demo or test may have a way to a real emergency number (紧急号码)."""
    area = settings.city.area_code
    for path, number in _dialled(settings):
        if is_emergency(number, area):
            yield Fault(
                path,
                f"{number} is an emergency number",
                "write the unit's own number; emergency services have the section `emergency`",
            )
    if settings.env == "production":
        return
    for index, trunk in enumerate(settings.trunks):
        if trunk.emergency:
            yield Fault(
                ("trunks", index, "emergency"),
                f"a real emergency number could be dialled with env: {settings.env}",
                "set emergency: false, or env: production",
            )
    if settings.emergency.via not in (None, "desks"):
        yield Fault(
            ("emergency", "via"),
            f"a real emergency number could be dialled with env: {settings.env}",
            "set via: desks, or env: production",
        )


def _dialled(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    """Numbers that are dialled other than on the emergency path."""
    for index, unit in enumerate(settings.units):
        for order, contact in enumerate(unit.contacts):
            yield ("units", index, "contacts", order), contact


def _check_emergency(settings: Settings) -> Iterator[Fault]:
    emergency = settings.emergency
    area = settings.city.area_code
    trunks = {trunk.name: trunk for trunk in settings.trunks}
    if emergency.via not in (None, "desks"):
        trunk = trunks.get(emergency.via or "")
        if trunk is None:
            yield Fault(
                ("emergency", "via"),
                f"there is no trunk {emergency.via}",
                f"choose desks or a trunk: {', '.join(trunks) or 'none is configured'}",
            )
        elif not trunk.emergency:
            yield Fault(
                ("emergency", "via"),
                f"trunk {trunk.name} does not reach the emergency numbers",
                f"set emergency: true for trunk {trunk.name} if its carrier connects them",
            )
    for service, details in emergency.services.items():
        path = ("emergency", "services", service)
        if service not in EMERGENCY_NUMBERS:
            yield Fault(
                path,
                f"{service} is no emergency service",
                f"choose from {', '.join(EMERGENCY_NUMBERS)}",
            )
        for order, number in enumerate(details.numbers):
            if emergency.via == "desks" and number not in emergency.services:
                yield Fault(
                    (*path, "numbers", order),
                    f"there is no desk {number}",
                    f"choose from {', '.join(emergency.services)}",
                )
            if emergency.via != "desks" and is_extension(number):
                yield Fault(
                    (*path, "numbers", order),
                    f"{number} is an extension of this line",
                    "write a number that the trunk reaches",
                )
    for service in EMERGENCY_NUMBERS:
        if service not in emergency.services:
            yield Fault(
                ("emergency", "services"),
                f"service {service} is missing",
                f'add "{service}" with the numbers that are tried for it',
            )
    for index, trunk in enumerate(settings.trunks):
        if trunk.caller_id and is_emergency(trunk.caller_id, area):
            yield Fault(
                ("trunks", index, "caller_id"),
                f"{trunk.caller_id} is an emergency number",
                "show a number of the hotline",
            )


def _check_numbers(settings: Settings) -> Iterator[Fault]:
    """Every number means one thing."""
    area = settings.city.area_code
    taken: dict[str, str] = dict.fromkeys(EMERGENCY_NUMBERS, "an emergency number")
    for path, number, what in _public(settings):
        clash = taken.get(number)
        if clash is None and is_emergency(number, area):
            clash = "an emergency number"
        if clash:
            yield _clash(path, number, clash)
        taken.setdefault(number, what)
    forms = called_table([number for _, number, _ in _public(settings)], area)
    for path, number, what in _own(settings):
        if number.startswith("0"):
            yield Fault(
                path, f"{number} begins with 0", "choose an extension that does not begin with 0"
            )
        elif number in taken:
            yield _clash(path, number, taken[number])
        elif number in forms:
            yield _clash(path, number, f"a form of the hotline's number {forms[number]}")
        elif not is_extension(number):
            yield Fault(
                path,
                f"{number} is not an extension",
                "choose 3 to 6 digits that are not a public service number (10xxx, 95xxx, …)",
            )
        taken.setdefault(number, what)
    for index, citizen in enumerate(settings.citizens):
        path = ("citizens", index, "number")
        if settings.env == "production":
            yield Fault(
                ("citizens", index),
                "phones of citizens are for demo and test only",
                "remove it, or set env: test",
            )
        if citizen.number in taken:
            yield _clash(path, citizen.number, taken[citizen.number])
        elif citizen.number in forms:
            yield _clash(path, citizen.number, "a form of the hotline's number")
        taken.setdefault(citizen.number, "another citizen's phone")


def _public(settings: Settings) -> Iterator[tuple[KeyPath, str, str]]:
    yield ("numbers", "hotline"), settings.numbers.hotline, "the hotline's number"
    for index, did in enumerate(settings.numbers.dids):
        yield ("numbers", "dids", index, "number"), did.number, "another number of the hotline"


def _own(settings: Settings) -> Iterator[tuple[KeyPath, str, str]]:
    """Extensions of the line."""
    for name, number in settings.numbers.groups.items():
        yield ("numbers", "groups", name), number, f"skill group {name}"
    for index, agent in enumerate(settings.agents):
        yield ("agents", index, "number"), agent.number, f"agent {agent.number}"
    for index, unit in enumerate(settings.units):
        for order, contact in enumerate(unit.contacts):
            if is_extension(contact):
                yield ("units", index, "contacts", order), contact, f"unit {unit.code}"


def _clash(path: KeyPath, number: str, what: str) -> Fault:
    return Fault(path, f"{number} is already {what}", "choose another number")


def _check_codes(settings: Settings) -> Iterator[Fault]:
    codes = settings.codes
    taken: dict[str, str] = {}
    for name, code in codes.model_dump().items():
        if code in taken:
            yield Fault(("codes", name), f"{code} is already {taken[code]}", "choose another code")
        taken.setdefault(code, name)
    # A code that is complete with its last key must not begin another; one that takes an
    # extension may be followed by 0, with which no extension begins.
    in_call = {
        name: getattr(codes, name)
        for name in ("three_way", "three_way_drop", "emergency", "transfer", "hold")
    }
    for short_name, short in in_call.items():
        for name, code in in_call.items():
            if code == short or not code.startswith(short):
                continue
            if short_name in ("three_way", "transfer") and code[len(short)] == "0":
                continue
            yield Fault(
                ("codes", name),
                f"{code} begins with the code {short} ({short_name})",
                "choose a code that begins otherwise",
            )


def _check_groups(settings: Settings) -> Iterator[Fault]:
    known = settings.numbers.groups
    fix = f"choose from {', '.join(known)}, or add the group to numbers.groups"
    for index, did in enumerate(settings.numbers.dids):
        if did.group not in known:
            path = ("numbers", "dids", index, "group")
            yield Fault(path, f"there is no skill group {did.group}", fix)
    for index, agent in enumerate(settings.agents):
        for skill in agent.skills:
            if skill not in known:
                where: KeyPath = ("agents", index, "skills", skill)
                yield Fault(where, f"there is no skill group {skill}", fix)
    for name in settings.ivr.queue.groups:
        if name not in known:
            yield Fault(("ivr", "queue", "groups", name), f"there is no skill group {name}", fix)
    for name, overflow in settings.ivr.queue.overflow.items():
        here: KeyPath = ("ivr", "queue", "overflow", name)
        if name not in known:
            yield Fault(here, f"there is no skill group {name}", fix)
        for order, to in enumerate(overflow.to):
            if to not in known:
                yield Fault((*here, "to", order), f"there is no skill group {to}", fix)
            elif to == name:
                yield Fault(
                    (*here, "to", order), "a group does not overflow to itself", "name others"
                )


def _check_units(settings: Settings, known: Collection[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    outgoing = any(trunk.outgoing for trunk in settings.trunks)
    for index, unit in enumerate(settings.units):
        if unit.code not in known:
            alike = difflib.get_close_matches(unit.code.upper(), known, n=1)
            yield Fault(
                ("units", index, "code"),
                f"there is no unit {unit.code} in city/units.json",
                f"did you mean {alike[0]}?" if alike else "write a code of city/units.json",
            )
        if unit.code in seen:
            yield Fault(
                ("units", index, "code"),
                f"unit {unit.code} is there twice",
                "put its contacts together",
            )
        seen.add(unit.code)
        for order, contact in enumerate(unit.contacts):
            if not is_extension(contact) and not outgoing:
                yield Fault(
                    ("units", index, "contacts", order),
                    f"{contact} is an outside number, and no trunk has outgoing: true",
                    "write an extension of the line, or configure a trunk",
                )


def _check_trunks(settings: Settings) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, trunk in enumerate(settings.trunks):
        path = ("trunks", index)
        if trunk.name in seen:
            yield Fault((*path, "name"), f"trunk {trunk.name} is there twice", "rename one")
        seen.add(trunk.name)
        if trunk.name == "desks":
            yield Fault((*path, "name"), "`desks` means the phones of emergency desks", "rename it")
        if trunk.transport not in settings.sip.transports:
            yield Fault(
                (*path, "transport"),
                f"the line does not speak {trunk.transport}",
                f"add {trunk.transport} to sip.transports",
            )
        if trunk.registration and not (trunk.username and trunk.password):
            yield Fault(
                (*path, "registration"),
                "registration needs username and password",
                "add both, or set registration: false",
            )


def _check_sip(settings: Settings) -> Iterator[Fault]:
    sip = settings.sip
    if not sip.transports:
        yield Fault(("sip", "transports"), "no transport", "write at least [udp]")
    if "tls" in sip.transports:
        for key in ("tls_cert", "tls_key"):
            file = getattr(sip, key)
            if file is None:
                yield Fault(("sip", "transports"), f"tls needs {key}", f"add sip.{key}")
            elif not file.is_file():
                yield Fault(("sip", key), f"there is no file {file}", "name a PEM file")
    if sip.rtp_end - sip.rtp_start < 10:
        yield Fault(
            ("sip", "rtp_end"),
            f"rtp_start {sip.rtp_start} to rtp_end {sip.rtp_end} is no room for calls",
            "leave two ports for every leg, e.g. 10000 to 19999",
        )
    if "tls" in sip.transports and sip.tls_port == sip.port != 0 and "tcp" in sip.transports:
        yield Fault(("sip", "tls_port"), f"port {sip.port} is already sip.port", "choose another")
    if settings.asterisk.ari_port in (sip.port, sip.tls_port) and settings.asterisk.ari_port:
        yield Fault(
            ("asterisk", "ari_port"),
            f"port {settings.asterisk.ari_port} is already a SIP port",
            "choose another",
        )


def _check_console(settings: Settings) -> Iterator[Fault]:
    console, sip = settings.console, settings.sip
    for key in ("tls_cert", "tls_key"):
        file = getattr(console, key)
        if file is not None and not file.is_file():
            yield Fault(("console", key), f"there is no file {file}", "name a PEM file")
    if (console.tls_cert is None) != (console.tls_key is None):
        yield Fault(("console", "tls_cert"), "TLS needs both files", "add tls_cert and tls_key")
    if console.port and console.port in (sip.port, sip.tls_port, settings.asterisk.ari_port):
        yield Fault(("console", "port"), f"port {console.port} is taken above", "choose another")


def _check_callbacks(settings: Settings) -> Iterator[Fault]:
    """A city may call at fewer hours than the rules allow, not at more (A-15)."""
    if settings.env != "production":
        return
    for index, (start, end) in enumerate(settings.callbacks.periods):
        if not any(first <= start and end <= last for first, last in CALLING_HOURS):
            yield Fault(
                ("callbacks", "hours", index),
                f"citizens are not called at {settings.callbacks.hours[index]}",
                "stay within 09:00-12:00 and 14:00-20:00",
            )


def _check_messages(settings: Settings) -> Iterator[Fault]:
    """A gateway has to be named with its secret, and a number that is added to."""
    sms = settings.sms
    if sms.driver == "http" and sms.http.url is None:
        yield Fault(("sms", "http", "url"), "driver http needs it", "write the gateway's address")
    if sms.driver == "http" and not sms.http.token.get_secret_value():
        yield Fault(("sms", "http", "token"), "driver http needs it", "write a long secret")
    if sms.driver == "smpp" and not sms.smpp.password.get_secret_value():
        fix = "write the account's password"
        yield Fault(("sms", "smpp", "password"), "driver smpp needs it", fix)
    if sms.extensions and sms.sender is None:
        fix = "write the number that four digits are added to"
        yield Fault(("sms", "sender"), "extensions: true needs it", fix)
