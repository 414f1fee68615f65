"""WAV files as Asterisk writes them: repair after a crash, length."""

import os
import struct
import wave
from pathlib import Path

HEADER_BYTES = 44
SAMPLE_BYTES = 2


class NotWav(ValueError):
    """The file is not a WAV file with samples."""


def repair(path: Path) -> bool:
    """Corrects the lengths in the header of a file whose writer was killed (修复文件头).

    Asterisk writes them when it closes the file. Returns whether anything had to be changed.
    Raises NotWav for a file with no WAV header and OSError.
    """
    size = path.stat().st_size
    with path.open("r+b") as file:
        data_at, data_length = _find_data(file.read(4096))
        real = (size - data_at) // SAMPLE_BYTES * SAMPLE_BYTES
        if data_length == real and size == data_at + real:
            return False
        file.seek(4)
        file.write(struct.pack("<I", data_at + real - 8))
        file.seek(data_at - 4)
        file.write(struct.pack("<I", real))
        file.truncate(data_at + real)
        file.flush()
        os.fsync(file.fileno())
    return True


def _find_data(head: bytes) -> tuple[int, int]:
    """Where the samples begin and how many bytes of them the header names."""
    if len(head) < HEADER_BYTES or head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise NotWav("no WAV header")
    at = 12
    while at + 8 <= len(head):
        name, length = struct.unpack_from("<4sI", head, at)
        if name == b"data":
            return at + 8, length
        at += 8 + length + length % 2
    raise NotWav("no samples in the WAV file")


def seconds(path: Path) -> float:
    """Duration (时长). Raises NotWav and OSError."""
    try:
        with wave.open(str(path), "rb") as file:
            return file.getnframes() / file.getframerate()
    except (wave.Error, EOFError, ZeroDivisionError) as error:
        raise NotWav(str(error)) from error
