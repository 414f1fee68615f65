"""Whether anybody spoke in a recording: a message (留言) without a word is none."""

import asyncio
import logging
from pathlib import Path

import soundfile

from recordings.archive import Archive
from recordings.speech.vad import OFFSET, detector
from store.engine import Store
from store.recordings import RecordingLog

LEAST_SECONDS = 0.3
"""Less speech than this is not a message."""

_log = logging.getLogger(__name__)


class Spoken:
    """Measures archived recordings, off the loop."""

    def __init__(self, store: Store, archive: Archive) -> None:
        self._log = RecordingLog(store)
        self._archive = archive

    async def seconds(self, name: str) -> float:
        """Seconds of speech in a recording that Asterisk has closed; 0 where there is no file.

        A file that cannot be judged counts as spoken in full: a person decides.
        """
        await self._archive.finished(name)
        row = await self._log.get(name)
        if row is None or not row["sha256"]:
            return 0.0
        try:
            return await asyncio.to_thread(speech_seconds, Path(row["path"]))
        except (OSError, RuntimeError, ImportError) as error:
            _log.error("recording %s not judged: %s", name, error)
            return float(row["duration_s"])


def speech_seconds(path: Path) -> float:
    """Seconds of the windows that hold speech. Raises OSError, RuntimeError for a bad file."""
    samples, rate = soundfile.read(path, dtype="int16")
    judge = detector()
    pcm = samples.tobytes()
    size = 2 * judge.window
    windows = range(0, len(pcm) - size + 1, size)
    spoken = sum(judge.probability(pcm[at : at + size]) >= OFFSET for at in windows)
    return float(spoken * judge.window / rate)
