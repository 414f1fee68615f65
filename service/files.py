"""Files that others read while they are written; and whether they can be written at all."""

import json
import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Replace `path` by `text` in one step, readable as `mode` says from the first byte on."""
    fd, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            os.fchmod(fd, mode)
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_json(path: Path, value: object) -> None:
    write_atomically(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def read_json(path: Path) -> dict[str, object] | None:
    """The object in `path`; None when it is not there or not whole."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def unwritable(folder: Path) -> str | None:
    """Why `folder` cannot be written, or made where it is not there; None when it can.

    Leaves nothing behind.
    """
    try:
        nearest = next(place for place in (folder, *folder.parents) if place.exists())
        # Something is really made: permissions say nothing of read-only or odd file systems.
        with tempfile.TemporaryDirectory(prefix=".hotline-", dir=nearest):
            return None
    except OSError as error:
        return f"{folder} cannot be written: {error.strerror}"


def unwritable_file(path: Path) -> str | None:
    """Why a new file `path` cannot be written; None when it can, or is there already."""
    if path.exists():
        return None
    folder = path.absolute().parent
    return unwritable(folder) if folder.is_dir() else f"there is no folder {folder}"
