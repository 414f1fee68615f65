"""Which engine recognises, and loading it."""

from pathlib import Path
from typing import Literal

from recordings.speech.results import Engine
from store.settings import SettingsModel


class EngineChoice(SettingsModel):
    """The engine (识别引擎) that is used and its model on this machine; travels to the workers.

    Made by `service.provision.models.resolve_engine`. `none`: the line works and records,
    transcription waits; `warnings` says why and what to do.
    """

    name: Literal["vosk", "whisper", "none"]
    model: Path | None = None
    """Folder of the model; None only with `none`."""
    language: str = "zh"
    initial_prompt: str | None = None
    """For Whisper: names of local places."""
    wide_band: bool = False
    """For Vosk: the model was made for 16-kHz sound and needs the front end."""
    threads: int = 1
    """For Whisper: threads that work on one utterance."""
    warnings: tuple[str, ...] = ()


def load(choice: EngineChoice) -> Engine | None:
    """Loads the model (seconds); None for `none`.

    Raises OSError or RuntimeError where the model is broken.
    """
    if choice.name == "none" or choice.model is None:
        return None
    if choice.name == "vosk":
        from recordings.speech.vosk_engine import VoskEngine

        return VoskEngine(choice.model, language=choice.language, wide_band=choice.wide_band)
    from recordings.speech.whisper_engine import WhisperEngine

    return WhisperEngine(
        choice.model,
        language=choice.language,
        prompt=choice.initial_prompt,
        threads=choice.threads,
    )
