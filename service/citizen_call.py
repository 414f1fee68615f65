"""One test call: places it, does what was asked for, tells what is heard, finds its record."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import baresip
import numpy as np
import soundfile
from rich.console import Console
from rich.text import Text

from ivr.prompts.rendering import Variable, split
from service.errors import Failure
from service.files import unwritable_file
from service.paths import Var
from service.ready import read_ready
from service.useragent import (
    PhoneCall,
    PromptSet,
    Recogniser,
    Samples,
    UserAgents,
    longest_hole,
    parse_keys,
    read_wav,
)
from service.useragent.keys import Press

ANSWER_SECONDS = 30.0
QUIET_SECONDS = 0.6
SAY_AT_LATEST = 8.0
RECORD_SECONDS = 6.0
_LOOK = 0.4


@dataclass(frozen=True)
class Plan:
    """What was asked for on the command line."""

    var: Path
    number: str | None = None
    caller: str | None = None
    keys: str = ""
    say: str | None = None
    record: Path | None = None
    seconds: float = 60.0


@dataclass(frozen=True)
class Happening:
    """Something that happened; `at` is in seconds since the number was dialled."""

    at: float
    kind: str
    """dialled, ringing, answered, heard, key, says, said, ended, note"""
    what: str = ""
    text: str = ""

    def as_json(self) -> dict[str, object]:
        shown = {"at": round(self.at, 2), "kind": self.kind, "what": self.what or None}
        return {**shown, "text": self.text} if self.text else shown


Report = Callable[[Happening], None]


@dataclass
class Result:
    """How the call went."""

    caller: str
    number: str
    answered: bool = False
    seconds: float = 0.0
    """From the answer to the end."""
    reason: str = ""
    """Why it ended, or why it was not answered."""
    happenings: list[Happening] = field(default_factory=list)
    record: dict[str, Any] | None = None
    """The call object of contract §4."""

    @property
    def failed(self) -> bool:
        """Not answered, or the line's own record says so."""
        outcome = self.record["outcome"] if self.record else None
        return not self.answered or outcome == "failed"

    @property
    def failure(self) -> Failure | None:
        """Why the command fails; None when the call went well."""
        if not self.failed:
            return None
        if self.record is None:
            fix = "see ./hotline doctor; without --to the hotline itself is called"
            message = f"{self.number} did not answer: {self.reason}"
            return Failure("not_answered", message, field="to", fix=fix)
        call_id = self.record["call_id"]
        return Failure(
            "call_failed",
            f"the line's record of the call says failed ({call_id})",
            fix=f"see ./hotline calls show {call_id} and VAR/log/controller.log",
        )

    def as_json(self) -> dict[str, object]:
        """The result; with `error` where the call failed."""
        failure = self.failure
        error: dict[str, object] = {} if failure is None else {"error": failure.as_json()}
        return {
            **error,
            "call_id": self.record["call_id"] if self.record else None,
            "from": self.caller,
            "to": self.number,
            "answered": self.answered,
            "seconds": round(self.seconds, 2),
            "reason": self.reason,
            "outcome": self.record["outcome"] if self.record else None,
            "events": [happening.as_json() for happening in self.happenings],
            "record": self.record,
        }


async def make_call(plan: Plan, report: Report) -> Result:
    """Make the call. Raises Failure where it cannot even be tried."""
    if plan.record is not None and (why := unwritable_file(plan.record)):
        raise Failure("not_written", why, field="record", fix="name a file that can be written")
    ready = read_ready(Var.at(plan.var))
    account = _account(ready, plan.caller)
    words = await asyncio.to_thread(_words, plan.say, report) if plan.say else None
    prompts = await asyncio.to_thread(PromptSet.load, Path(ready["prompts"]["dir"]))
    sip = ready["sip"]
    number = plan.number or str(ready["numbers"]["hotline"])
    result = Result(str(account["number"]), number)
    began = datetime.now(UTC) - timedelta(seconds=1)
    async with UserAgents(
        sip["host"], sip["port"], transport=sip["transport"], prompts=prompts
    ) as engine:
        # No registration: it would take the number from a softphone that is registered with it.
        phone = await engine.phone(
            account["username"], password=account["password"], register=False
        )
        try:
            call = await phone.call(number)
        except baresip.BaresipError as error:
            raise Failure("not_called", f"{number} could not be called: {error}") from error
        await _Talk(plan, call, prompts, words, result, report).run()
        if plan.record is not None and result.answered:
            await _save(call, plan.record)
    if result.answered:
        result.record = await _record(ready, result.caller, began)
    _close(result, report)
    return result


class _Talk:
    """The call itself."""

    def __init__(
        self,
        plan: Plan,
        call: PhoneCall,
        prompts: PromptSet,
        words: Samples | None,
        result: Result,
        report: Report,
    ) -> None:
        self._plan = plan
        self._call = call
        self._prompts = prompts
        self._words = words
        self._result = result
        self._report = report

    async def run(self) -> None:
        call, result = self._call, self._result
        self._tell("dialled", result.number)
        try:
            await call.ringing(ANSWER_SECONDS)
            if call.answered_at is None:
                self._tell("ringing")
            await call.answered(ANSWER_SECONDS)
        except (ConnectionError, TimeoutError):
            await call.hang_up()
            result.reason = call.reason or f"no answer in {ANSWER_SECONDS:.0f} s"
            self._tell("ended", result.reason)
            return
        result.answered = True
        self._tell("answered")
        try:
            await self._talk()
        except asyncio.CancelledError:
            result.reason = "hung up by Ctrl-C"
        ours = call.ended_at is None
        await call.hang_up()
        assert call.answered_at is not None
        result.seconds = (call.ended_at or time.monotonic()) - call.answered_at
        result.reason = result.reason or ("hung up" if ours else "ended by the line")
        self._tell("ended", result.reason)

    async def _talk(self) -> None:
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._act())]
        try:
            with contextlib.suppress(TimeoutError):
                await self._call.ended(self._plan.seconds)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> None:
        if not self._prompts.fingerprints:
            self._tell("note", "the line has no prompts to compare with")
            return
        recogniser = Recogniser(self._prompts, self._call.ear)
        while True:
            await asyncio.sleep(_LOOK)
            for heard in await asyncio.to_thread(recogniser.look):
                at = (self._call.ear.started_at or 0.0) + max(0.0, heard.match.start)
                text = without_values(self._prompts.texts.get(heard.key, ""))
                self._tell("heard", heard.key, text, at=at)

    async def _act(self) -> None:
        with contextlib.suppress(baresip.BaresipError):
            await asyncio.sleep(0.3)
            for step in parse_keys(self._plan.keys):
                if isinstance(step, Press):
                    await self._call.press(step.digit)
                    self._tell("key", step.digit, at=self._call.keys_sent[-1].at)
                    await asyncio.sleep(0.1)
                else:
                    await asyncio.sleep(step.seconds)
            if self._words is not None:
                await self._quiet()
                self._tell("says", self._plan.say or "")
                await self._call.play(self._words).done()
                self._tell("said")

    async def _quiet(self) -> None:
        until = time.monotonic() + SAY_AT_LATEST
        while time.monotonic() < until:
            await asyncio.sleep(0.1)
            now = self._call.ear.seconds
            heard = self._call.ear.audio(max(0.0, now - QUIET_SECONDS))
            if longest_hole(heard)[1] >= QUIET_SECONDS - 0.1:
                return

    def _tell(self, kind: str, what: str = "", text: str = "", *, at: float | None = None) -> None:
        moment = max(0.0, (at if at is not None else time.monotonic()) - self._call.dialed_at)
        happening = Happening(moment, kind, what, text)
        self._result.happenings.append(happening)
        self._report(happening)


def without_values(text: str) -> str:
    """A prompt's text without its values: `由{unit}正在办理` → `由…正在办理`."""
    return "".join("…" if isinstance(part, Variable) else part for part in split(text))


def _account(ready: dict[str, Any], caller: str | None) -> dict[str, Any]:
    citizens = [a for a in ready.get("accounts", ()) if a["role"] == "citizen"]
    if not citizens:
        raise Failure(
            "no_account",
            "the running line has no phones of test citizens",
            fix="start it with ./hotline up --demo",
        )
    if caller is None:
        return dict(citizens[0])
    for account in citizens:
        if account["number"] == caller:
            return dict(account)
    known = ", ".join(str(account["number"]) for account in citizens)
    raise Failure(
        "no_account",
        f"no test citizen has the number {caller}",
        field="from",
        fix=f"one of {known}",
    )


def _words(say: str, report: Report) -> Samples:
    """What is to be said, as samples. Raises Failure."""
    path = Path(say)
    if path.suffix.lower() == ".wav" or path.is_file():
        try:
            return read_wav(path)
        except (OSError, soundfile.SoundFileError) as error:
            raise Failure("no_audio", f"{say} cannot be read: {error}", field="say") from error
    return _spoken(say, report)


def _spoken(text: str, report: Report) -> Samples:
    from ivr.prompts.catalogue import Line
    from ivr.prompts.rendering import Spoken
    from ivr.prompts.voice import VoiceError
    from service.prompts import voice

    def note(line: str) -> None:
        report(Happening(0.0, "note", line))

    try:
        spoken = dict(voice(fetch=False).speak({"say": Line(Spoken(text))}, note))
        return np.asarray(spoken["say"], np.int16)
    except (VoiceError, KeyError) as error:
        raise Failure(
            "no_voice",
            f"“{text}” cannot be spoken: {error}",
            field="say",
            fix="give --say a WAV file, or install the voice with ./hotline prompts build",
        ) from error


async def _save(call: PhoneCall, path: Path) -> None:
    try:
        await asyncio.to_thread(call.save, path)
    except (OSError, soundfile.SoundFileError) as error:
        raise Failure("not_written", f"{path}: {error}", field="record") from error


async def _record(ready: dict[str, Any], caller: str, since: datetime) -> dict[str, Any] | None:
    """The line's record of the call, once it is closed; None where it is not found."""
    from store.calls import CallLog
    from store.engine import Store

    async with Store.open(ready["paths"]["store"]) as store:
        log = CallLog(store)
        until = time.monotonic() + RECORD_SECONDS
        while True:
            rows = await log.list(limit=1, since=since, number=caller)
            if (rows and rows[0]["ended_at"]) or time.monotonic() > until:
                return dict(rows[0]) if rows else None
            await asyncio.sleep(0.2)


def _close(result: Result, report: Report) -> None:
    at = result.happenings[-1].at
    if result.record is None:
        report(Happening(at, "note", "the line has no record of this call"))
        return
    record = result.record
    report(Happening(at, "record", f"{record['outcome']}", f"call_id {record['call_id']}"))
    for ticket in record["tickets"]:
        report(Happening(at, "record", "ticket", str(ticket)))
    for event in record["emergencies"]:
        report(Happening(at, "record", "emergency", str(event)))


_WORDS = {
    "dialled": ("呼叫", "dials"),
    "ringing": ("振铃", "rings"),
    "answered": ("接通", "answered"),
    "heard": ("听到", "hears"),
    "key": ("按键", "presses"),
    "says": ("说", "says"),
    "said": ("说完", "has said it"),
    "ended": ("结束", "over"),
    "record": ("记录", "record"),
    "note": ("注意", "note"),
}


def show(to_error: bool) -> Report:
    """Shows what happens, a line each; with --json on standard error."""
    console = Console(stderr=to_error, highlight=False, soft_wrap=True)

    def line(happening: Happening) -> None:
        chinese, english = _WORDS[happening.kind]
        text = Text(f"{happening.at:6.1f} s  {chinese} {english} ")
        text.append(happening.what, style="bold" if happening.kind != "note" else "yellow")
        if happening.text:
            text.append(f"  {happening.text}", style="dim")
        console.print(text)

    return line
