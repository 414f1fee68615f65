"""What the flows play (提示音簿): from a key and values to the files that Asterisk plays."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr.prompts.audio import RATE
from ivr.prompts.build import PIECES
from ivr.prompts.catalogue import Line
from ivr.prompts.place import FORMAT, MANIFEST, MOH
from ivr.prompts.rendering import (
    GENERIC,
    Piece,
    Recording,
    Spoken,
    Value,
    Variable,
    say,
    split,
    variables,
)

log = logging.getLogger(__name__)

_WAV_HEADER = 44


class BookError(RuntimeError):
    """The folder holds no prompts; `place` makes them."""


@dataclass(frozen=True)
class _Entry:
    """One prompt: names of its fixed parts and its variables, in order."""

    parts: tuple[str | Variable, ...]
    flags: str


@dataclass(frozen=True)
class _Pages:
    """What the manifest holds."""

    voice: str
    prompts: Mapping[str, _Entry]
    names: Mapping[str, Mapping[str, str]]
    seconds: Mapping[str, float]


class PromptBook:
    """Prompts of one line, read from VAR/prompts/zh-CN. Never blocks, never synthesises."""

    def __init__(self, folder: Path) -> None:
        """Raises BookError when `place` has not made the folder."""
        self._folder = folder.absolute()
        self._pages = _read(self._folder)
        self._complained: set[tuple[str, str]] = set()

    def reload(self) -> None:
        """Takes new prompts; what is playing goes on. Raises BookError and keeps the old ones."""
        self._pages = _read(self._folder)
        self._complained.clear()

    def keys(self) -> frozenset[str]:
        """All keys, for the check of menus."""
        return frozenset(self._pages.prompts)

    def __contains__(self, key: object) -> bool:
        return key in self._pages.prompts

    def wants(self, key: str) -> frozenset[str]:
        """Names of the values a prompt needs. Raises KeyError for an unknown key."""
        return frozenset(p.name for p in self._pages.prompts[key].parts if isinstance(p, Variable))

    def media(self, key: str, **values: Value) -> tuple[str, ...]:
        """Media URIs of a prompt in the order they are heard, e.g. ``sound:/…/zh-CN/welcome``.

        Values: `n`, `m` numbers · `tail4`, `agent_no`, `query_code` digits · `caller_number` phone
        · `service`, `number` 110 or a name · `unit`, `topic`, `area` code or name · `due`, `time`,
        `date` datetime or ISO text · `summary` a Recording. What is missing or has no audio is
        replaced by a generic word. Raises KeyError for an unknown key.
        """
        return tuple(f"sound:{path}" for path, _ in self._sequence(key, values))

    def seconds(self, key: str, **values: Value) -> float:
        """How long the prompt lasts with these values."""
        return sum(seconds for _, seconds in self._sequence(key, values))

    def interruptible(self, key: str) -> bool:
        """A key stops it (flag B). Raises KeyError for an unknown key."""
        return "B" in self._pages.prompts[key].flags

    @property
    def tone(self) -> tuple[str, ...]:
        """The 嘀 after which a caller speaks."""
        return (f"sound:{self._folder / 'tone'}",)

    @property
    def ringback(self) -> tuple[str, ...]:
        """One period (5 s) of ring-back tone (回铃音)."""
        return (f"sound:{self._folder / 'ringback'}",)

    @property
    def music_dir(self) -> Path:
        """Folder of the music on hold (等待音乐), for musiconhold.conf."""
        return self._folder / MOH

    def _sequence(self, key: str, values: Mapping[str, Value]) -> list[tuple[Path, float]]:
        pages = self._pages
        heard: list[tuple[Path, float]] = []
        for part in pages.prompts[key].parts:
            if isinstance(part, str):
                if part in pages.seconds:
                    heard.append((self._folder / part, pages.seconds[part]))
                else:
                    self._complain(key, part)
                continue
            pieces = say(
                part.name,
                values.get(part.name),
                lambda variable, name: pages.names.get(variable, {}).get(name, name),
            )
            heard += self._audible(key, part.name, pieces)
        return heard

    def _audible(
        self, key: str, variable: str, pieces: tuple[Piece, ...]
    ) -> list[tuple[Path, float]]:
        """Files of a value's pieces; all or the generic word, never half a number."""
        files = [self._file(piece) for piece in pieces]
        if files and None not in files:
            return [file for file in files if file is not None]
        text = "".join(p.text for p in pieces if isinstance(p, Spoken)) or "nothing"
        self._complain(key, f"{variable} “{text}”")
        generic = self._file(GENERIC[variable]) if variable in GENERIC else None
        return [generic] if generic else []

    def _file(self, piece: Piece) -> tuple[Path, float] | None:
        if isinstance(piece, Recording):
            return _recorded(piece.path)
        name = Line(piece).digest(self._pages.voice)
        seconds = self._pages.seconds.get(name)
        return None if seconds is None else (self._folder / PIECES / name, seconds)

    def _complain(self, key: str, what: str) -> None:
        if (key, what) not in self._complained:
            self._complained.add((key, what))
            log.warning("prompt %s: no audio for %s, a generic word is played", key, what)


def _recorded(path: Path) -> tuple[Path, float] | None:
    wav = path if path.suffix == ".wav" else path.with_name(f"{path.name}.wav")
    try:
        size = wav.stat().st_size
    except OSError:
        return None
    return wav.with_suffix(""), max(0, size - _WAV_HEADER) / (2 * RATE)


def _read(folder: Path) -> _Pages:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise BookError(f"{path}: made by another version; put the prompts in place again")
        return _Pages(
            voice=manifest["voice"],
            prompts={
                key: _Entry(_parts(key, row["text"]), row["flags"])
                for key, row in manifest["prompts"].items()
            },
            names=manifest["names"],
            seconds={
                name: float(row["seconds"])
                for name, row in manifest["files"].items()
                if not name.startswith(f"{MOH}/")
            },
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BookError(f"{path}: no prompts here ({error})") from error


def _parts(key: str, text: str) -> tuple[str | Variable, ...]:
    if not variables(text):
        return (key,)
    parts: list[str | Variable] = []
    number = 0
    for part in split(text):
        if isinstance(part, str):
            number += 1
            parts.append(f"{key}.{number}")
        else:
            parts.append(part)
    return tuple(parts)
