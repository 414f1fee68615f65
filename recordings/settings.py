"""Settings of recordings and speech."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from store.settings import SettingsModel


class SpeechSettings(SettingsModel):
    """Recognition of speech, offline (design §3 'Speech')."""

    engine: Literal["auto", "vosk", "whisper", "none"] = "auto"
    """`auto`: Vosk where its model is there, else Whisper, else none."""
    workers: int = Field(default=1, ge=1, le=64)
    """Processes that recognise live audio; batch work is done by the same ones when idle."""
    streams_per_worker: int = Field(default=3, ge=1, le=64)
    vosk_model: Path | None = None
    """Folder of a Vosk model; None fetches vosk-model-small-cn-0.22."""
    vosk_url: str | None = None
    """Where the model's zip is fetched; None is the Vosk project's site."""
    vosk_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    """SHA-256 of that zip; None is the one of vosk-model-small-cn-0.22."""
    vosk_wide_band: bool = False
    """The Vosk model was made for 16-kHz sound only: telephone sound is widened for it."""
    whisper_model: Path | None = None
    """Folder of a faster-whisper model; None takes Whisper base from the package index."""
    language: str = "zh"
    initial_prompt: str | None = None
    """Names of local places that help Whisper; None makes one from the city's regions."""


class RecordingSettings(SettingsModel):
    """The archive of recorded calls."""

    dir: Path | None = None
    """None is `recordings` in VAR."""
