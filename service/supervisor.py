"""`hotline up`: sets up what is missing, starts the parts, replaces those that fail, stops all."""

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

from recordings.speech.engine import EngineChoice
from service.asterisk_process import AsteriskProcess, find_running
from service.banner import show
from service.children import Child, Keeper, last_line
from service.content import check_content
from service.errors import Failure, SetupError
from service.files import unwritable, write_atomically, write_json
from service.line_check import check_together
from service.loader import Loaded, load
from service.logs import keep_short
from service.machine import check_machine
from service.paths import HOME, Var
from service.ports import choose, keep
from service.prompts import put_in_place
from service.provision import asterisk as provision_asterisk
from service.provision.render import Rendered
from service.ready import document
from service.rendering import render_for
from service.rescue import Rescue
from service.runtime import Runtime, UpOptions
from service.speech_engine import find_engine
from service.suggesting import learn
from service.web_bundle import bring_bundle, bring_fonts

Say = Callable[[str], None]
FindEngine = Callable[[Runtime, bool, Say], Awaitable[EngineChoice]]
"""(runtime, offline, say) → the recogniser; it may take long to fetch a model."""

SOCKET_PATH_BYTES = 100
"""Unix sockets have short names; the longest below VAR is that of Asterisk."""
UPTIME_SECONDS = 8.0
"""So often a running Asterisk is asked for a sign of life."""
DEAF_SECONDS = 5.0
"""One that gives none has this long to answer over HTTP before it is killed."""
START_TRIES = 3
CONSOLE_PATIENCE = 10.0
"""The line opens that much later for a console that is not ready yet, no more."""
PATIENCE = 15.0
"""Beyond their grace, children get this long to close their files."""


@dataclass(frozen=True)
class Commands:
    """How the children are started; tests put simpler ones in."""

    controller: Sequence[str]
    console: Sequence[str]
    speech: Callable[[int], Sequence[str]]

    @classmethod
    def of(cls, var: Var) -> "Commands":
        """The real ones."""
        base = [sys.executable, "-P", "-m", "service.processes"]
        at = ["--var", str(var.root)]
        return cls(
            controller=[*base, "controller", *at],
            console=[*base, "console", *at],
            speech=lambda n: [*base, "speech", *at, "--worker", str(n)],
        )


@contextlib.contextmanager
def sole_up(var: Var) -> Iterator[None]:
    """Only one `up` on a VAR. Raises Failure naming the other one."""
    with var.up_lock.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Failure(
                "already_running",
                f"another `up` (process {lock.read().strip() or 'unknown'}) runs on {var.root}",
                fix="stop it (Ctrl-C), or use another folder with --var",
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def end_leftovers(var: Var) -> None:
    """Kill children of a dead `up` that could not leave by themselves (hung ones)."""
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if "service.processes" in line and str(var.root) in line:
            with contextlib.suppress(psutil.Error):
                process.kill()


def check_paths(var: Var) -> None:
    """Raises SetupError where the name of VAR cannot work."""
    if len(os.fsencode(var.asterisk_socket)) > SOCKET_PATH_BYTES:
        raise SetupError(
            "VAR", f"the path {var.root} is too long for sockets", "name a shorter one with --var"
        )


def make_var(var: Var) -> None:
    """Make VAR. Raises SetupError where this user cannot write it."""
    fix = "name a folder of yours with --var"
    try:
        var.make()
    except OSError as error:
        raise SetupError("VAR", f"{error.filename}: {error.strerror}", fix) from error
    if why := unwritable(var.root):
        raise SetupError("VAR", why, fix)


def prepare(loaded: Loaded, var: Var, *, adopting: bool) -> Runtime:
    """Ports and secrets for these settings."""
    ports = choose(loaded, var, adopting=adopting)
    keep(ports, var)
    return Runtime.of(var, loaded.settings, ports)


class Supervisor:
    """One `up`, from the first check to the last process gone."""

    def __init__(
        self,
        options: UpOptions,
        *,
        say: Say,
        commands: Commands | None = None,
        find_engine: FindEngine = find_engine,
    ) -> None:
        self._options = options
        self._say = say
        self._var = Var.at(options.var)
        self._commands = commands or Commands.of(self._var)
        self._find_engine = find_engine
        self._started_at = datetime.now(UTC)
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._speech: list[Keeper] = []
        self._speech_wanted = False
        self._asterisk_back = True
        self._started = False
        """Set when the first part of the line is about to start: until then nothing runs."""
        self._callable = False
        self._leave_asterisk = False
        """A start that fails must not end the calls of the Asterisk it took over."""
        self._runtime: Runtime
        self._asterisk: AsteriskProcess
        self._controller: Keeper
        self._console: Keeper

    async def run(self) -> None:
        """Set up, serve until a signal, stop. Raises HotlineError when the line cannot start."""
        loaded = load(
            self._options.config, demo=self._options.demo, free_ports=self._options.free_ports
        )
        check_content(loaded)
        check_machine(loaded)
        check_paths(self._var)
        make_var(self._var)
        with sole_up(self._var), self._signals():
            self._var.ready.unlink(missing_ok=True)
            end_leftovers(self._var)
            async with self._serving(loaded):
                await self._stop.wait()
                self._say("stopping: no new calls; calls in progress get their time")

    @contextlib.asynccontextmanager
    async def _serving(self, loaded: Loaded) -> AsyncIterator[None]:
        running = find_running(self._var)
        self._runtime = prepare(loaded, self._var, adopting=running is not None)
        check_together(self._runtime)
        program = await asyncio.to_thread(
            provision_asterisk.find_or_fetch,
            loaded.settings.asterisk.mode,
            offline=self._options.offline,
            say=self._say,
        )
        await asyncio.to_thread(
            put_in_place,
            loaded.settings,
            self._runtime.prompts,
            offline=self._options.offline,
            say=self._say,
            names=self._runtime.line.spoken_names(self._started_at),
        )
        await asyncio.to_thread(learn, self._say)
        rendered = render_for(self._runtime, program)
        self._runtime.save()
        self._options.save()
        self._started = True
        self._asterisk = AsteriskProcess(program, self._runtime)
        self._asterisk.write_cli()
        self._controller = self._keeper("controller", self._commands.controller)
        self._console = self._keeper("console", self._commands.console)
        tasks: list[asyncio.Task[None]] = []
        self._leave_asterisk = running is not None
        try:
            # The controller reads its program while Asterisk starts, and connects when it can.
            self._controller.open()
            await self._start_asterisk(running, rendered)
            self._console.open()
            tasks.append(asyncio.create_task(self._bring_console(), name="web"))
            tasks.append(asyncio.create_task(self._bring_speech(), name="speech"))
            tasks.append(asyncio.create_task(self._watch_asterisk(), name="watch-asterisk"))
            tasks.append(asyncio.create_task(self._watch_heartbeat(), name="rescue"))
            logs = (self._var.log, self._var.asterisk / "log")
            tasks.append(asyncio.create_task(keep_short(logs), name="logs"))
            await self._wait_until_callable()
            tasks.append(asyncio.create_task(self._watch_parts(), name="watch-parts"))
            self._leave_asterisk = False
            if self._callable:
                show(self._runtime, with_accounts=self._options.demo)
            yield
        finally:
            self._callable = False
            self._var.ready.unlink(missing_ok=True)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._stop_all()

    # -- setting up ---------------------------------------------------------------------------

    async def _start_asterisk(self, running: int | None, rendered: Rendered) -> None:
        if running is not None:
            self._say(f"taking over the running Asterisk (process {running})")
            if await self._asterisk.adopt(running):
                await self._asterisk.reload(rendered.reload)
                if rendered.restart:
                    self._say("some changed settings take effect at Asterisk's next start")
                return
            self._say("it does not answer: it is replaced")
        await self._asterisk.start_and_wait()

    def _start_child(self, name: str, command: Sequence[str]) -> Child:
        env = {**os.environ, "PYTHONPATH": str(HOME), "PYTHONUNBUFFERED": "1"}
        return Child.start(name, command, self._var.log / f"{name}.log", env)

    def _keeper(self, name: str, command: Sequence[str]) -> Keeper:
        return Keeper(name, lambda: self._start_child(name, command), changed=self._changed)

    async def _bring_console(self) -> None:
        """Its pages, and what it prints with."""
        await bring_bundle(self._var, offline=self._options.offline, say=self._say)
        await bring_fonts(offline=self._options.offline, say=self._say)

    async def _bring_speech(self) -> None:
        """Recognition follows when its model is there: the line does not wait for it."""
        speech = self._runtime.settings.speech
        self._speech_wanted = speech.engine != "none"
        choice = await self._find_engine(self._runtime, self._options.offline, self._say)
        for warning in choice.warnings:
            self._say(f"speech: {warning}")
        write_atomically(self._var.speech_engine, choice.model_dump_json())
        if choice.name == "none":
            self._speech_wanted = False
            return
        self._say(f"speech: {choice.name} recognises")
        for number in range(1, speech.workers + 1):
            name, command = f"speech-{number}", self._commands.speech(number)
            self._speech.append(self._keeper(name, command))
        for keeper in self._speech:
            keeper.open()

    async def _wait_until_callable(self) -> None:
        controller_since: float | None = None
        while not (self._controller.is_ready and self._console.is_ready):
            if self._controller.is_ready:
                controller_since = controller_since or time.monotonic()
                late = time.monotonic() - controller_since > CONSOLE_PATIENCE
                if late or self._console.losses >= START_TRIES:
                    self._say("console: not ready; the line opens without it")
                    break
            if self._stop.is_set():
                return
            if self._controller.losses >= START_TRIES:
                log = self._var.log / "controller.log"
                raise SetupError(
                    "controller", f"it ends again and again: {last_line(log)}", f"see {log}"
                )
            await asyncio.sleep(0.02)
        self._callable = True
        self._publish()

    # -- watching -----------------------------------------------------------------------------

    def _changed(self, name: str, what: str) -> None:
        if what != "ready":
            self._say(f"{name}: {what}")
        if name == "console" and what.startswith("ready"):
            self._tell_first_accounts()
        self._publish()

    def _tell_first_accounts(self) -> None:
        """The console has made the first accounts: nobody else knows their passwords."""
        for one in self._console.told.get("first_accounts", []):
            self._say(
                f"console account {one['name']} ({one['role']}), one-time password, shown only "
                f"now: {one['password']}"
            )

    def _degraded(self) -> list[str]:
        parts = {
            "asterisk": self._asterisk_back,
            "controller": self._controller.is_ready,
            "console": self._console.is_ready,
            "speech": not self._speech_wanted
            or (bool(self._speech) and all(k.is_ready for k in self._speech)),
        }
        return [name for name, whole in parts.items() if not whole]

    def _pids(self) -> dict[str, object]:
        return {
            "controller": self._controller.pid,
            "console": self._console.pid,
            "asterisk": self._asterisk.pid,
            "speech": [k.pid for k in self._speech if k.pid is not None],
        }

    def _publish(self) -> None:
        if not self._callable:
            return
        value = document(
            self._runtime,
            started_at=self._started_at,
            pids=self._pids(),
            asterisk_cli=str(self._var.asterisk_cli),
            degraded=self._degraded(),
            with_accounts=self._options.demo,
        )
        write_json(self._var.ready, value)

    async def _watch_asterisk(self) -> None:
        asked = time.monotonic()
        while True:
            await asyncio.sleep(0.25)
            if not self._asterisk.is_alive:
                await self._replace_asterisk("ended")
            elif time.monotonic() - asked > UPTIME_SECONDS:
                asked = time.monotonic()
                # Deaf on both ways: a machine under full load may be late on one.
                deaf = await self._asterisk.cli("core show uptime") is None
                if deaf and not await self._asterisk.answers(DEAF_SECONDS):
                    await self._asterisk.kill()
                    await self._replace_asterisk("hung and was killed")

    async def _replace_asterisk(self, why: str) -> None:
        self._asterisk_back = False
        self._changed("asterisk", f"{why}, starting it again")
        pause = 1.0
        while True:
            try:
                await self._asterisk.start_and_wait()
                break
            except (SetupError, OSError) as error:
                self._say(f"asterisk: {error}")
                await asyncio.sleep(pause)
                pause = min(pause * 2, 15.0)
        self._asterisk_back = True
        self._changed("asterisk", "ready again")

    async def _watch_parts(self) -> None:
        """What changed without an event of its own, e.g. a new process, shows in ready.json."""
        shown: object = None
        line = self._line_changed_at()
        while True:
            await asyncio.sleep(0.5)
            if (changed := self._line_changed_at()) != line:
                line, shown = changed, None
                self._runtime = await asyncio.to_thread(Runtime.load, self._var)
            if (now := (self._degraded(), self._pids())) != shown:
                shown = now
                self._publish()

    def _line_changed_at(self) -> float | None:
        """When the controller last took over what people changed of the line."""
        try:
            return self._var.line.stat().st_mtime
        except OSError:
            return None

    async def _watch_heartbeat(self) -> None:
        async with Rescue(self._runtime, self._asterisk.cli) as rescue:
            while True:
                await asyncio.sleep(1)
                for call_id in await rescue.look():
                    self._say(f"controller away: caller {call_id} handed to the dialplan")

    # -- stopping -----------------------------------------------------------------------------

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        for name in names:
            loop.add_signal_handler(name, self._asked_to_stop)
        loop.add_signal_handler(signal.SIGUSR1, self._reread)
        try:
            yield
        finally:
            for name in (*names, signal.SIGUSR1):
                loop.remove_signal_handler(name)

    def _asked_to_stop(self) -> None:
        if not self._started:
            self._say("stopped during the set-up")
            # Threads of the set-up wait for programs (apt, pip) that nobody needs any more.
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    process.kill()
            os._exit(0)
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    def _reread(self) -> None:
        """`reload` has changed the settings."""
        self._runtime = Runtime.load(self._var)
        self._say("settings reloaded")
        self._publish()

    async def _stop_all(self) -> None:
        grace = self._runtime.settings.shutdown.grace
        calm = asyncio.create_task(self._stop_children(grace))
        hurry = asyncio.create_task(self._hurry.wait())
        await asyncio.wait({calm, hurry}, return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        if not calm.done():
            self._say("stopping at once")
            calm.cancel()
            await asyncio.gather(
                *(k.kill() for k in [self._controller, self._console, *self._speech])
            )
        if self._leave_asterisk:
            self._say("Asterisk and its calls go on")
        else:
            await self._asterisk.stop()

    async def _stop_children(self, grace: float) -> None:
        # The recognisers go last: they write down what was said to the end.
        await asyncio.gather(
            self._controller.close(grace, PATIENCE), self._console.close(0, PATIENCE)
        )
        await asyncio.gather(*(k.close(0, PATIENCE) for k in self._speech))
