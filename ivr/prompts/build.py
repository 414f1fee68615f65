"""Makes the committed audio (`prompts build`): all texts, numbers, times and names of 宿迁.

One A-law WAV for each line of the catalogue: KEY.wav and KEY.N.wav for the texts, pieces/DIGEST.wav
for values. index.json says what each holds, so that only what changed is spoken again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr.prompts import audio, music
from ivr.prompts.catalogue import Catalogue, Line
from ivr.prompts.voice import Report, Voice

AUDIO_DIR = Path(__file__).resolve().parent / "audio" / "zh-CN"
PIECES = "pieces"


@dataclass(frozen=True)
class Built:
    """What `prompts build` did."""

    made: int
    kept: int
    removed: int
    failed: int


def file_of(folder: Path, name: str, catalogue: Catalogue) -> Path:
    """Where the audio of a line lies: prompts by name, values by digest."""
    key = name.partition(".")[0]
    return folder / f"{name}.wav" if key in catalogue.prompts else folder / PIECES / f"{name}.wav"


def read_index(folder: Path) -> dict[str, str]:
    """name → digest of what the folder holds; empty when there is nothing."""
    try:
        rows = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {str(name): str(row["digest"]) for name, row in rows["files"].items()}


def build(
    catalogue: Catalogue,
    voice: Voice,
    report: Report,
    *,
    folder: Path = AUDIO_DIR,
    threads: int = 2,
) -> Built:
    """Speaks what is missing or changed, removes what is no longer said. Raises VoiceError."""
    (folder / PIECES).mkdir(parents=True, exist_ok=True)
    lines = catalogue.lines()
    digests = {name: line.digest(voice.name) for name, line in lines.items()}
    have = read_index(folder)
    kept = {
        name: digest
        for name, digest in digests.items()
        if have.get(name) == digest and file_of(folder, name, catalogue).exists()
    }
    missing = {name: line for name, line in lines.items() if name not in kept}
    made = dict(kept)
    try:
        for name, pcm in voice.speak(missing, report, threads=threads):
            content = audio.wav_bytes(audio.encode_alaw(pcm), alaw=True)
            file_of(folder, name, catalogue).write_bytes(content)
            made[name] = digests[name]
            done = len(made) - len(kept)
            if done % 20 == 0 or done == len(missing):
                report(f"spoken {done} of {len(missing)}")
                _write_index(folder, voice.name, made, lines)
    finally:
        _write_index(folder, voice.name, made, lines)
    music.write(folder)
    return Built(
        made=len(made) - len(kept),
        kept=len(kept),
        removed=_sweep(folder, made, catalogue),
        failed=len(lines) - len(made),
    )


def _sweep(folder: Path, made: Mapping[str, str], catalogue: Catalogue) -> int:
    wanted = {file_of(folder, name, catalogue) for name in made}
    wanted |= {folder / f"{name}.wav" for name in music.SOUNDS}
    old = [
        path
        for path in (*folder.glob("*.wav"), *(folder / PIECES).glob("*.wav"))
        if path not in wanted
    ]
    for path in old:
        path.unlink()
    return len(old)


def _write_index(
    folder: Path, voice: str, made: Mapping[str, str], lines: Mapping[str, Line]
) -> None:
    files = {
        name: {"digest": made[name], "text": lines[name].spoken.text}
        for name in lines
        if name in made
    }
    rows = (f" {json.dumps(n)}: {json.dumps(row, ensure_ascii=False)}" for n, row in files.items())
    text = f'{{"voice": "{voice}", "files": {{\n' + ",\n".join(rows) + "\n}}\n"
    part = folder / ".index.json"
    part.write_text(text, encoding="utf-8")
    part.replace(folder / "index.json")
