"""Encrypted files beside the store: each is there whole or not at all."""

import os
from pathlib import Path


class SealedFiles:
    """A folder of files named by ids; the owner's only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, file_id: str, content: bytes) -> None:
        """On the disk at return. Raises OSError."""
        path = self._path(file_id)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(handle)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _sync(path.parent)

    def read(self, file_id: str) -> bytes | None:
        """None where there is no such file."""
        try:
            return self._path(file_id).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, file_id: str) -> None:
        """Also where it is not there."""
        self._path(file_id).unlink(missing_ok=True)

    def _path(self, file_id: str) -> Path:
        return self._folder / file_id[:2] / file_id


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
