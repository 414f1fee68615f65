"""The texts of a city and everything that can be said with them (提示音目录)."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ivr.prompts import chinese
from ivr.prompts.rendering import (
    GENERIC,
    PUNCTUATION,
    Piece,
    Spoken,
    UnspeakableError,
    Value,
    code,
    count,
    fixed_parts,
    moment,
    name,
    render,
    service,
    variables,
)
from ivr.settings import EMERGENCY_NUMBERS

CITY_DIR = Path(__file__).resolve().parents[2] / "city"
DEFAULT_CITY = "宿迁"
VOICE = "zf_xiaobei"

AREAS = ("城区", "部分小区", "部分路段")
REASONS = ("设备检修", "管道抢修", "线路故障", "道路施工", "天气原因")
EVENTS = ("停水", "停电", "停气", "抢修", "交通管制")
"""Usual words of notices (hot_notice), ready without synthesis."""


class TextError(ValueError):
    """A text of config.yaml or prompts.json that cannot be used."""

    def __init__(self, key: str, message: str, told: str = "") -> None:
        super().__init__(f"prompt {key}: {message}")
        self.key = key
        self.told = told or f"提示音{key}的文字不能使用"
        """The message for people at a page."""


@dataclass(frozen=True)
class Line:
    """A piece at the speed it is spoken with: what one audio file holds."""

    spoken: Spoken
    rate: float = 1.0

    def digest(self, voice: str = VOICE) -> str:
        """Address of its audio by content."""
        spoken = self.spoken
        identity = (voice, f"{self.rate:.2f}", spoken.before, spoken.text, spoken.after)
        return hashlib.sha256("\x1f".join(identity).encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Prompt:
    """One prompt (提示音)."""

    key: str
    text: str
    group: str
    gloss: str
    flags: str
    rate: float = 1.0
    """Speed of speech; below 1 is slower."""

    @property
    def interruptible(self) -> bool:
        """A key stops it (B)."""
        return "B" in self.flags

    def lines(self) -> dict[str, Line]:
        """Audio of its fixed parts by name: KEY for a fixed text, else KEY.1, KEY.2, …"""
        parts = fixed_parts(self.text)
        if not variables(self.text):
            return {self.key: Line(parts[0], self.rate)}
        return {f"{self.key}.{n}": Line(part, self.rate) for n, part in enumerate(parts, start=1)}


class Catalogue:
    """Texts by key and the spoken names of units, topics and areas."""

    def __init__(
        self,
        prompts: Mapping[str, Prompt],
        plain: Mapping[str, str],
        defaults: Mapping[str, Prompt],
        names: Mapping[str, Mapping[str, str]],
    ) -> None:
        self.prompts = dict(prompts)
        self.plain = dict(plain)
        """The texts of this city before anybody changed one."""
        self.defaults = dict(defaults)
        """The product's own texts by key, whose audio is always there."""
        self.names = {variable: dict(known) for variable, known in names.items()}
        """variable (unit, topic, area) → code → name."""

    @classmethod
    def load(
        cls,
        *,
        city_dir: Path = CITY_DIR,
        city: str = DEFAULT_CITY,
        texts: Mapping[str, str] | None = None,
        services: Mapping[str, str] | None = None,
        names: Mapping[str, Mapping[str, str]] | None = None,
    ) -> "Catalogue":
        """Reads prompts.json, units.json, taxonomy.json and regions.json of a city.

        `city` replaces 宿迁 in the texts, `texts` replaces texts by key, `services` gives
        spoken names of emergency services by number, `names` others by variable (unit, topic,
        area, reason, event) and code, which go before those of the files. Raises TextError for
        an unknown key, a variable that the prompt does not have, or a text that is no speech.
        """
        defaults = {}
        for row in _rows(city_dir / "prompts.json"):
            key = str(row["key"])
            defaults[key] = Prompt(
                key=key,
                text=str(row["text"]),
                group=str(row["group"]),
                gloss=str(row["gloss"]),
                flags=str(row["flags"]),
                rate=float(str(row.get("rate", 1.0))),
            )
        prompts = {k: replace(p, text=_of_city(p.text, city)) for k, p in defaults.items()}
        plain = {key: prompt.text for key, prompt in prompts.items()}
        for key, text in (texts or {}).items():
            prompts[key] = _changed(prompts, key, text)
        known = {
            "unit": {str(r["code"]): str(r["name"]) for r in _rows(city_dir / "units.json")},
            "topic": {str(r["code"]): str(r["l2"]) for r in _rows(city_dir / "taxonomy.json")},
            "area": {str(r["code"]): str(r["name"]) for r in _rows(city_dir / "regions.json")}
            | {word: word for word in AREAS},
            "reason": {word: word for word in REASONS},
            "event": {word: word for word in EVENTS},
        }
        for variable, own in (names or {}).items():
            known[variable] |= own
        for variable in ("unit", "area"):
            known[variable] = {c: _of_city(text, city) for c, text in known[variable].items()}
        return cls(prompts, plain, defaults, {**known, "service": dict(services or {})})

    def name(self, variable: str, value: str) -> str:
        """Name of a unit, topic or area given by code or by name."""
        return self.names.get(variable, {}).get(value, value)

    def render(self, key: str, values: Mapping[str, Value]) -> tuple[Piece, ...]:
        """The pieces of a prompt. Raises KeyError for an unknown key."""
        return render(self.prompts[key].text, values, self.name)

    def lines(self) -> dict[str, Line]:
        """Every file that the catalogue needs: fixed texts by name (KEY, KEY.N), then the pieces
        of values by digest."""
        result: dict[str, Line] = {}
        for prompt in self.prompts.values():
            result |= prompt.lines()
        for spoken in self._values():
            line = Line(spoken)
            result.setdefault(line.digest(), line)
        return result

    def _values(self) -> Iterator[Spoken]:
        """Every piece that a value can need."""
        yield from GENERIC.values()
        for number in (*EMERGENCY_NUMBERS, "12345"):
            yield from service(number)
        for figure in range(100):
            for group in (f"{figure:02d}", str(figure % 10)):
                yield from code(group, pause=False)
                yield from code(group, pause=True)
        for measure in ("位", "分钟"):
            for amount in (*range(200), *range(200, 1000, 100)):
                yield from count(amount, measure)
            for hundreds in range(201, 1000, 100):
                yield from count(hundreds, measure)
        for variable, known in self.names.items():
            for text in known.values():
                if variable == "service":
                    yield from service(text)
                    continue
                try:
                    yield name(variable, text)
                except UnspeakableError as error:
                    raise TextError(variable, f"“{text}” cannot be spoken") from error
        for month in range(1, 13):
            yield from moment(datetime(2024, month, 1), with_time=False)
        for day in range(1, 32):
            yield from moment(datetime(2024, 1, day), with_time=False)
        for hour in range(24):
            for minute in (0, 1, 30):
                yield from moment(datetime(2024, 1, 1, hour, minute), with_time=True)
        for minute in range(60):
            yield from moment(datetime(2024, 1, 1, 10, minute), with_time=True)


def _changed(prompts: Mapping[str, Prompt], key: str, text: str) -> Prompt:
    known = prompts.get(key)
    if known is None:
        known_keys = ", ".join(sorted(prompts))
        raise TextError(key, f"unknown key; known keys: {known_keys}", f"没有提示音{key}")
    extra = variables(text) - variables(known.text)
    if extra:
        wanted = ", ".join(sorted(variables(known.text))) or "none"
        raise TextError(
            key,
            f"unknown variable {', '.join(sorted(extra))}; this prompt has: {wanted}",
            f"没有变量{'、'.join(sorted(extra))}；此提示音的变量：{wanted}",
        )
    spoken = re.sub(r"\{[a-z0-9_]+\}", "", text)
    if "{" in spoken or "}" in spoken:
        raise TextError(key, "a brace { or } is left open", "花括号不成对")
    if not text.strip():
        raise TextError(key, "the text is empty", "文字是空的")
    if not spoken.strip(PUNCTUATION):
        raise TextError(key, f"“{text}” is no speech", "只有标点，没有可读的文字")
    plain = re.sub(r"[0-9]+", lambda found: _spelled(found.group()), text)
    return replace(known, text=plain)


def _spelled(number: str) -> str:
    """Figures in a text as words: a machine would read them in English or one by one."""
    if chinese.is_service(number):
        return chinese.service_number(number)
    return chinese.cardinal(int(number)) if len(number) <= 3 else chinese.digits(number)


def _of_city(text: str, city: str) -> str:
    return text.replace(DEFAULT_CITY, city.removesuffix("市") if len(city) > 2 else city)


def _rows(path: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))
    return rows
