"""WAV files of a writer that was killed."""

import struct
import wave
from pathlib import Path

import pytest

from recordings import wav


def write(path: Path, samples: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x01\x02" * samples)


def test_whole_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write(path, 8000)
    before = path.read_bytes()
    assert wav.repair(path) is False
    assert path.read_bytes() == before
    assert wav.seconds(path) == 1.0


def test_length_of_a_killed_writer_is_put_right(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write(path, 16000)
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 4, 36)
    struct.pack_into("<I", data, 40, 0)
    path.write_bytes(data + b"\x07")  # and half a sample
    assert wav.repair(path) is True
    assert wav.seconds(path) == 2.0
    assert path.stat().st_size == 44 + 32000
    assert struct.unpack_from("<I", path.read_bytes(), 4)[0] == 36 + 32000
    assert wav.repair(path) is False


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a wav file at all" * 10, b"\0" * 100])
def test_no_wav(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(wav.NotWav):
        wav.repair(path)
    assert path.read_bytes() == content
    with pytest.raises(wav.NotWav):
        wav.seconds(path)
