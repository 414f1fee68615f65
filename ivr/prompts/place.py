"""Puts the audio of a line into VAR/prompts (放置提示音): committed, studio, cached or spoken now.

Folder: KEY.wav of fixed prompts and KEY.N.wav of the fixed parts of the others (16-bit, exactly
what is played), the same as .alaw, which Asterisk plays without transcoding; pieces/DIGEST.alaw
for values; tone, ringback; moh/ for music on hold; manifest.json, which `PromptBook` reads.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr.prompts import audio, music
from ivr.prompts.build import AUDIO_DIR, PIECES
from ivr.prompts.catalogue import VOICE, Catalogue, Line, Prompt
from ivr.prompts.rendering import PUNCTUATION
from ivr.prompts.sources import Sources, speak_missing, write_atomically
from ivr.prompts.voice import Report, Voice

MANIFEST = "manifest.json"
FORMAT = 1
MOH = "moh"


class StudioError(ValueError):
    """The folder of studio recordings cannot be used; one line for each fault."""


@dataclass(frozen=True)
class Placed:
    """What `place` did."""

    folder: Path
    spoken: int = 0
    """Lines synthesised now."""
    old: tuple[str, ...] = ()
    """Keys whose default text is played because the changed one has no audio yet."""
    missing: tuple[str, ...] = ()
    """Texts of values (names, services) without audio: a generic word is said instead."""
    unchanged: bool = False


def place(
    catalogue: Catalogue,
    folder: Path,
    *,
    cache: Path,
    voice: Voice | None,
    report: Report,
    studio: Path | None = None,
    committed: Path = AUDIO_DIR,
) -> Placed:
    """Makes `folder` hold all that `catalogue` can say; quick when nothing changed.

    `cache`: per-user folder of synthesised audio. `voice` None: nothing is synthesised. Where the
    voice cannot be had, a changed prompt keeps its default text and the reason is reported; the
    line is not stopped. Raises StudioError for unusable studio recordings.
    """
    lines = catalogue.lines()
    recordings = check_studio(studio, catalogue) if studio else {}
    stamp = _stamp(catalogue, lines, recordings, committed)
    before = _read_manifest(folder)
    if before and before.get("stamp") == stamp and _whole(folder, before):
        rest = _rest(before)
        if not (rest.old or rest.missing) or voice is None:
            return Placed(folder, old=rest.old, missing=rest.missing, unchanged=True)
    digests = {name: line.digest() for name, line in lines.items()}
    sources = Sources.of(catalogue, cache, recordings, committed)
    unspoken = {n: line for n, line in lines.items() if sources.find(n, digests[n]) is None}
    spoken = speak_missing(unspoken, digests, sources.cache, voice, report)
    prompts, old = _playable(catalogue, sources)
    needed = _needed(prompts, lines, digests)
    files: dict[str, object] = {}
    missing = []
    (folder / PIECES).mkdir(parents=True, exist_ok=True)
    (folder / MOH).mkdir(exist_ok=True)
    known = _files(before)
    for name, (line, digest) in needed.items():
        source = sources.find(name, digest)
        if source is None:
            missing.append(line.spoken.text.strip(PUNCTUATION))
            continue
        files[name] = _put(folder, name, source, known.get(name), name in digests.values())
    for name in music.SOUNDS:
        target = f"{MOH}/{name}" if name == "music" else name
        files[target] = _put(folder, target, committed / f"{name}.wav", known.get(target), False)
    manifest = {
        "format": FORMAT,
        "stamp": stamp,
        "voice": VOICE,
        "prompts": {
            key: {"text": prompt.text, "flags": prompt.flags} for key, prompt in prompts.items()
        },
        "names": catalogue.names,
        "files": files,
        "old": old,
        "missing": missing,
    }
    write_atomically(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    _sweep(folder, files)
    for key in old:
        report(f"prompts: {key} keeps its default text until the voice is there")
    return Placed(folder, spoken=spoken, old=tuple(old), missing=tuple(missing))


def heard_texts(folder: Path) -> dict[str, str]:
    """The texts that callers hear, by key, as `folder` holds them; a changed one comes once it
    has audio."""
    prompts = (_read_manifest(folder) or {}).get("prompts")
    rows = prompts.items() if isinstance(prompts, dict) else ()
    return {str(key): str(row["text"]) for key, row in rows}


def check_studio(folder: Path, catalogue: Catalogue) -> dict[str, Path]:
    """name → file of the studio recordings. Raises StudioError, one line for each fault.

    Names: KEY.wav, KEY.N.wav, and pieces/TEXT.wav for a unit or another value as it is spoken.
    """
    if not folder.is_dir():
        raise StudioError(f"{folder}: no such folder")
    lines = catalogue.lines()
    by_text: dict[str, list[str]] = {}
    for name, line in lines.items():
        by_text.setdefault(line.spoken.text, []).append(name)
    found: dict[str, Path] = {}
    faults = []
    for path in sorted((*folder.glob("*.wav"), *(folder / PIECES).glob("*.wav"))):
        if path.parent == folder:
            names = [path.stem] if path.stem in lines and "." in f"{path.name[:-4]}." else []
        else:
            names = by_text.get(path.stem, [])
        if not names:
            faults.append(f"{path}: no prompt or piece of this name")
            continue
        try:
            audio.read_studio(path)
        except audio.AudioError as error:
            faults.append(str(error))
        found |= dict.fromkeys(names, path)
    if faults:
        raise StudioError("\n".join(faults))
    return found


def _playable(catalogue: Catalogue, sources: Sources) -> tuple[dict[str, Prompt], list[str]]:
    """Each prompt with the text that has all its audio, and the keys that keep the default."""
    prompts, old = {}, []
    for key, prompt in catalogue.prompts.items():
        default = catalogue.defaults[key]
        if _complete(prompt, sources) or not _complete(default, sources):
            prompts[key] = prompt
        else:
            prompts[key] = default
            old.append(key)
    return prompts, old


def _complete(prompt: Prompt, sources: Sources) -> bool:
    return all(
        sources.find(name, line.digest()) is not None for name, line in prompt.lines().items()
    )


def _needed(
    prompts: Mapping[str, Prompt], lines: Mapping[str, Line], digests: Mapping[str, str]
) -> dict[str, tuple[Line, str]]:
    result = {
        name: (line, line.digest())
        for prompt in prompts.values()
        for name, line in prompt.lines().items()
    }
    result |= {name: (line, name) for name, line in lines.items() if digests[name] == name}
    return result


def _put(folder: Path, name: str, source: Path, known: object, piece: bool) -> dict[str, object]:
    """Writes the files of one name unless they are there already; its entry of the manifest."""
    content = source.read_bytes()
    identity = hashlib.sha256(content).hexdigest()[:16]
    base = folder / PIECES / name if piece else folder / name
    alaw_path = base.with_name(f"{base.name}.alaw")
    wav_path = base.with_name(f"{base.name}.wav")
    there = alaw_path.exists() and (piece or wav_path.exists())
    if there and isinstance(known, dict) and known.get("source") == identity:
        return known
    if audio.is_alaw(content):
        alaw = audio.alaw_of_wav(content)
    else:
        alaw = audio.encode_alaw(audio.read_studio(source))
    write_atomically(alaw_path, alaw)
    if not piece:
        pcm = audio.decode_alaw(alaw).astype("<i2").tobytes()
        write_atomically(wav_path, audio.wav_bytes(pcm, alaw=False))
    return {"source": identity, "seconds": round(len(alaw) / audio.RATE, 3)}


def _stamp(
    catalogue: Catalogue,
    lines: Mapping[str, Line],
    recordings: Mapping[str, Path],
    committed: Path,
) -> str:
    state = hashlib.sha256(f"{FORMAT} {VOICE}".encode())
    for name, line in lines.items():
        state.update(f"{name} {line.rate} {line.spoken}".encode())
    state.update(repr([(p.key, p.text, p.flags) for p in catalogue.prompts.values()]).encode())
    state.update(json.dumps(catalogue.names, sort_keys=True).encode())
    for name, path in sorted(recordings.items()):
        state.update(f"{name} {path} {path.stat().st_mtime_ns} {path.stat().st_size}".encode())
    state.update((committed / "index.json").read_bytes())
    return state.hexdigest()


def _read_manifest(folder: Path) -> dict[str, object] | None:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and manifest.get("format") == FORMAT else None


def _files(manifest: Mapping[str, object] | None) -> dict[str, object]:
    files = manifest.get("files") if manifest else None
    return files if isinstance(files, dict) else {}


def _rest(manifest: Mapping[str, object]) -> Placed:
    old, missing = manifest.get("old"), manifest.get("missing")
    return Placed(
        Path(),
        old=tuple(map(str, old)) if isinstance(old, list) else (),
        missing=tuple(map(str, missing)) if isinstance(missing, list) else (),
    )


def _whole(folder: Path, manifest: Mapping[str, object]) -> bool:
    """All files of the manifest are there."""
    have = {
        path.name
        for part in (folder, folder / PIECES, folder / MOH)
        if part.is_dir()
        for path in os.scandir(part)
    }
    return all(f"{name.rpartition('/')[2]}.alaw" in have for name in _files(manifest))


def _sweep(folder: Path, files: Mapping[str, object]) -> None:
    """Removes audio that no text needs any more."""
    wanted = {name.rpartition("/")[2] for name in files}
    for part in (folder, folder / PIECES):
        for path in (*part.glob("*.alaw"), *part.glob("*.wav")):
            if path.name.rpartition(".")[0] not in wanted:
                path.unlink()
