"""Where the audio of a text comes from: a studio, the shipped recordings, or the voice's cache."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr.prompts import audio
from ivr.prompts.build import AUDIO_DIR, file_of, read_index
from ivr.prompts.catalogue import Catalogue, Line
from ivr.prompts.voice import Report, Voice, VoiceError


@dataclass(frozen=True)
class Sources:
    """Where the audio of a digest can be found, best first."""

    studio: dict[str, Path]
    committed: dict[str, Path]
    cache: Path

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        cache: Path,
        studio: Mapping[str, Path] | None = None,
        committed: Path = AUDIO_DIR,
    ) -> "Sources":
        """What is there for a catalogue; `cache`: the per-user folder of synthesised audio."""
        index = read_index(committed)
        return cls(
            studio=dict(studio or {}),
            committed={digest: file_of(committed, n, catalogue) for n, digest in index.items()},
            cache=cache / "prompts",
        )

    def find(self, name: str, digest: str) -> Path | None:
        if name in self.studio:
            return self.studio[name]
        if digest in self.committed:
            return self.committed[digest]
        cached = self.cache / f"{digest}.wav"
        return cached if cached.exists() else None


def speak_missing(
    unspoken: Mapping[str, Line],
    digests: Mapping[str, str],
    cache: Path,
    voice: Voice | None,
    report: Report,
) -> int:
    """Has the voice speak what has no audio, into the cache; how much it spoke. Where the voice
    cannot be had the reason is reported."""
    if not unspoken:
        return 0
    if voice is None:
        report(f"prompts: {len(unspoken)} texts have no audio and the voice is not asked")
        return 0
    report(f"prompts: {len(unspoken)} texts to speak")
    cache.mkdir(parents=True, exist_ok=True)
    done = 0
    try:
        for name, pcm in voice.speak(unspoken, report):
            write_atomically(
                cache / f"{digests[name]}.wav", audio.wav_bytes(audio.encode_alaw(pcm), alaw=True)
            )
            done += 1
            if done % 10 == 0 or done == len(unspoken):
                report(f"prompts: spoken {done} of {len(unspoken)}")
    except VoiceError as error:
        report(f"prompts: {error}; the default audio stays and a generic word stands for new names")
    return done


def write_atomically(path: Path, content: bytes) -> None:
    """Replaces in one step: Asterisk may be playing the old file."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(content)
    part.replace(path)
