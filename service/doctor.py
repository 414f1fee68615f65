"""`hotline doctor`: every part of the line looked at, with the fix where something is wrong."""

import asyncio
import shlex
import shutil
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from sqlalchemy.engine import make_url

from ivr.menu_graph import draw
from service.content import check_content, menus_of
from service.doctor_line import look_at_line
from service.errors import ConfigError, Failure, HotlineError
from service.files import read_json
from service.findings import Finding, failed, ok, warning
from service.loader import Loaded, load
from service.machine import check_machine
from service.paths import HOME, Var, is_checkout
from service.ports import choose
from service.prompts import catalogue_of
from service.provision import asterisk as provision_asterisk
from service.provision.fonts import fonts_fetched
from service.ready import read_ready
from service.runtime import Runtime, UpOptions
from service.settings import Settings

GATEWAY_SECONDS = 3.0
LOW_DISK = 5_000_000_000
NO_DISK = 300_000_000
"""Bytes; an hour of a recorded call takes about 100 MB."""


async def examine(folder: Path, config: Path | None) -> list[Finding]:
    """All findings, in the order in which the parts depend on each other."""
    var = Var.at(folder)
    options = UpOptions.load(var)
    found = [*_python(), *_disk(var)]
    try:
        loaded = load(config or options.config, demo=options.demo, free_ports=options.free_ports)
        check_content(loaded)
        check_machine(loaded)
    except ConfigError as error:
        return [*found, *(failed("settings", p.fault, p.fix) for p in error.problems)]
    found.append(ok("settings", str(loaded.file)))
    found += _permissions(var, loaded.settings)
    found += [*_menus(loaded), *_people(loaded)]
    found += await asyncio.to_thread(lambda: list(_messages(loaded)))
    found += await asyncio.to_thread(lambda: list(_asterisk(loaded)))
    running = _running(var)
    found += _ports(loaded, var, running)
    found += [*_prompts(var.prompts(loaded.settings.prompts.language)), *_speech(var), *_fonts()]
    found += await _store(var)
    if running is None:
        return [*found, ok("line", "not running; ./hotline up starts it")]
    return [*found, *await look_at_line(var, running)]


def show_findings(findings: list[Finding]) -> None:
    """One line each, the fix below."""
    colours = {"ok": "green", "warning": "yellow", "failed": "red"}
    for finding in findings:
        level = click.style(f"{finding.level:8}", fg=colours[finding.level])
        first, *rest = finding.message.splitlines()
        click.echo(f"{level} {finding.part}: {first}")
        for line in rest:
            click.echo(f"           {line}")
        if finding.fix:
            click.echo(f"         → {finding.fix}")


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield ok("python", f"{version}, {sys.prefix}")
    installed = Path(sys.prefix) / "lock-base.txt"
    lock = HOME / "locks" / "base.txt"
    if is_checkout() and (not installed.exists() or installed.read_bytes() != lock.read_bytes()):
        fix = "start ./hotline from this folder: it brings them up to date"
        yield warning("packages", "not those of locks/base.txt", fix)
    else:
        yield ok("packages", "as locked")


def _disk(var: Var) -> Iterator[Finding]:
    folder = next(p for p in (var.root, *var.root.parents) if p.exists())
    free = shutil.disk_usage(folder).free
    text = f"{free / 1e9:.1f} GB free in {folder}"
    fix = "make room, or move VAR or recordings.dir to a larger disk"
    if free < NO_DISK:
        yield failed("disk", text, fix)
    elif free < LOW_DISK:
        yield warning("disk", text, fix)
    else:
        yield ok("disk", text)


def _permissions(var: Var, settings: Settings) -> Iterator[Finding]:
    """Passwords and what citizens said must be the owner's only."""
    whole = True
    private: list[Path] = []
    if not _is_private(var.root):  # a folder that is closed protects what is in it
        private += [var.secrets, var.ready, *var.private, *var.root.glob("store.sqlite*")]
    for path in private:
        if not _is_private(path):
            whole = False
            fix = f"chmod go= {shlex.quote(str(path))}"
            yield failed("permissions", f"{path} is open to other users of the machine", fix)
    own = settings.recordings.dir
    if own is not None and not _is_private(own):
        whole = False
        fix = f"chmod go= {shlex.quote(str(own))}, unless a group of yours is meant to read it"
        yield warning("permissions", f"{own} is open to other users of the machine", fix)
    if whole:
        yield ok("permissions", "passwords, recordings, records and logs are the owner's only")


def _is_private(path: Path) -> bool:
    return not path.exists() or not stat.S_IMODE(path.stat().st_mode) & 0o077


def _menus(loaded: Loaded) -> Iterator[Finding]:
    menus = menus_of(loaded.settings, catalogue_of(loaded.settings))
    drawing = draw(menus)
    yield ok("menus", f"every node has a way to a person and to an emergency\n{drawing}")


def _people(loaded: Loaded) -> Iterator[Finding]:
    settings = loaded.settings
    if settings.emergency.via is None:
        fix = "set emergency.via to desks or to a trunk with emergency: true"
        yield warning("emergency", "no emergency service is connected", fix)
    else:
        yield ok("emergency", f"via {settings.emergency.via}")
    if not settings.agents:
        fix = "name them in the section agents"
        yield warning("agents", "nobody answers: callers leave messages", fix)


def _messages(loaded: Loaded) -> Iterator[Finding]:
    sms = loaded.settings.sms
    if sms.driver == "none":
        fix = "set sms.driver, see docs/sms.md"
        yield warning("messages", "no gateway: citizens get no messages, people call back", fix)
        return
    url = urlsplit(sms.http.url or "")
    host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    if sms.driver == "smpp":
        host, port = sms.smpp.host, sms.smpp.port
    try:
        socket.create_connection((host, port), timeout=GATEWAY_SECONDS).close()
    except OSError as error:
        fix = f"check sms.{sms.driver} and the way to the gateway; messages wait meanwhile"
        yield failed("messages", f"{host}:{port} cannot be reached: {error}", fix)
    else:
        yield ok("messages", f"{sms.driver} gateway at {host}:{port}")


def _asterisk(loaded: Loaded) -> Iterator[Finding]:
    try:
        program = provision_asterisk.find_or_fetch(
            loaded.settings.asterisk.mode, offline=True, say=lambda _text: None
        )
    except HotlineError as error:
        fix = f"./hotline up fetches it ({error.fix})" if error.fix else "./hotline up fetches it"
        yield warning("asterisk", error.message, fix)
    else:
        kind = "private" if program.private else "on PATH"
        yield ok("asterisk", f"{program.version} ({kind})")


def _running(var: Var) -> dict[str, Any] | None:
    try:
        return read_ready(var)
    except Failure:
        return None


def _ports(loaded: Loaded, var: Var, running: dict[str, Any] | None) -> Iterator[Finding]:
    if running is not None:
        yield ok("ports", f"SIP {running['sip']['port']}, held by this line")
        return
    try:
        ports = choose(loaded, var, adopting=False)
    except ConfigError as error:
        for problem in error.problems:
            yield failed("ports", problem.fault, problem.fix)
    else:
        yield ok("ports", f"SIP {ports.sip} and ARI {ports.ari} are free")


def _prompts(folder: Path) -> Iterator[Finding]:
    manifest = read_json(folder / "manifest.json")
    if manifest is None:
        yield warning("prompts", f"none in {folder}", "./hotline up puts them in place")
        return
    old, missing = manifest.get("old"), manifest.get("missing")
    if isinstance(old, list) and old:
        fix = "start once without --offline, so that the voice can be fetched"
        yield warning("prompts", f"default text instead of the changed one: {', '.join(old)}", fix)
    if isinstance(missing, list) and missing:
        shown = ", ".join(map(str, missing[:5])) + (" …" if len(missing) > 5 else "")
        fix = "start once without --offline, so that the voice can be fetched"
        yield warning("prompts", f"no audio for {len(missing)} texts: {shown}", fix)
    if not old and not missing:
        yield ok("prompts", str(folder))


def _speech(var: Var) -> Iterator[Finding]:
    choice = read_json(var.speech_engine)
    if choice is None:
        yield warning("speech", "no recogniser chosen yet", "./hotline up chooses and fetches one")
        return
    notes = choice.get("warnings")
    fix = "start once without --offline, or set speech.vosk_model to a local folder"
    if choice["name"] == "none":
        reason = "; ".join(map(str, notes)) if isinstance(notes, list) and notes else "switched off"
        yield warning("speech", f"calls are recorded but not transcribed: {reason}", fix)
        return
    model = Path(str(choice["model"]))
    if not model.exists():
        yield failed("speech", f"the model {model} is gone", fix)
        return
    yield ok("speech", f"{choice['name']}, {model}")
    for note in notes if isinstance(notes, list) else []:
        yield warning("speech", str(note), fix)


def _fonts() -> Iterator[Finding]:
    folder = fonts_fetched()
    if folder is None:
        fix = "start ./hotline up once without --offline"
        yield warning("fonts", "not there: tickets are printed as DOCX only", fix)
    else:
        yield ok("fonts", str(folder))


async def _store(var: Var) -> list[Finding]:
    try:
        runtime = Runtime.load(var)
        url = make_url(runtime.store_url).render_as_string(hide_password=True)
    except Failure:
        return [ok("store", "made by the first ./hotline up")]
    try:
        # A write transaction takes the lock and shows that the file can be written.
        async with runtime.open_store() as store, store.write():
            pass
    except Failure as failure:
        return [failed("store", failure.message, str(failure.fix))]
    except Exception as error:
        fix = "see that the database runs, is ours, and its disk is not full"
        return [failed("store", f"{url}: {error}", fix)]
    return [ok("store", url)]
