"""Files from the network into the cache: resumable, checked, patient only as long as needed."""

import hashlib
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

CONNECT_SECONDS = 5.0
"""Also the longest silence in the middle of a download."""
CHUNK = 1 << 18
PROGRESS_SECONDS = 2.0

Progress = Callable[[int, int | None], None]
"""Called with bytes that are there and bytes in all (None: not known)."""


class DownloadError(Exception):
    """The file could not be fetched, or is not what was expected."""


def fetch(url: str, target: Path, *, sha256: str, progress: Progress) -> None:
    """Fetches `url` to `target`; what an earlier try left is continued.

    Raises DownloadError; a file with a wrong checksum is removed.
    """
    part = target.with_name(target.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        _continue(url, part, progress)
    except (OSError, urllib.error.URLError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise DownloadError(f"{url}: {reason}") from error
    found = checksum(part)
    if found != sha256:
        part.unlink()
        raise DownloadError(f"{url}: SHA-256 is {found}, expected {sha256}")
    part.replace(target)


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _continue(url: str, part: Path, progress: Progress) -> None:
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=CONNECT_SECONDS)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing is missing
            return
        raise
    with answer, part.open("ab" if answer.status == 206 else "wb") as file:
        have = file.tell()
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else None
        told = 0.0
        while chunk := answer.read(CHUNK):
            file.write(chunk)
            have += len(chunk)
            if time.monotonic() - told > PROGRESS_SECONDS:
                told = time.monotonic()
                progress(have, total)
        progress(have, total)
        file.flush()
        os.fsync(file.fileno())
    if total is not None and have != total:
        raise OSError(f"the connection ended after {have} of {total} bytes")
