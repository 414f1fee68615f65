"""Noto Sans SC for printed tickets: two static weights out of an npm package, kept in the cache."""

import hashlib
import tarfile
import tempfile
from pathlib import Path

from service.errors import SetupError
from service.provision.debian import Say, cache_dir
from service.provision.node import find_node

PACKAGE = "@expo-google-fonts/noto-sans-sc@0.4.3"
FILES = {
    "400Regular/NotoSansSC_400Regular.ttf": (
        "d45f67f0a7c0ca3f256950777ce6a61cc7ce5f9696d02900cbbaac25f8aa7d16"
    ),
    "700Bold/NotoSansSC_700Bold.ttf": (
        "9a38ae0ab28cd5a256f9ea8e00dedc688aac17f7915fcb000572990afa956b96"
    ),
}
"""With their SHA-256."""
STEP = "fonts"


def fonts_fetched() -> Path | None:
    """The folder of the fonts where the cache has them."""
    folder = _place()
    return folder if folder.is_dir() else None


def fonts(*, offline: bool, say: Say) -> Path:
    """The folder of the fonts. Raises SetupError."""
    folder = _place()
    if folder.is_dir():
        return folder
    if offline:
        raise SetupError(
            STEP,
            f"Noto Sans SC is not in the cache {folder.parent} and --offline forbids fetching it",
            "start once without --offline; until then tickets are printed as DOCX only",
        )
    node = find_node(offline=offline, say=say)
    say("fonts: fetching Noto Sans SC for printed tickets (57 MB, once)")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="new-", dir=folder.parent) as work:
        node.run(STEP, node.npm, ["pack", "--silent", PACKAGE], Path(work))
        fresh = Path(work) / "fonts"
        fresh.mkdir()
        _unpack(next(Path(work).glob("*.tgz")), fresh)
        if not folder.is_dir():  # another start was faster
            fresh.rename(folder)
    return folder


def _place() -> Path:
    digest = hashlib.sha256("".join(FILES.values()).encode()).hexdigest()[:16]
    return cache_dir() / "fonts" / digest


def _unpack(archive: Path, folder: Path) -> None:
    """Takes the files out. Raises SetupError for others than the published ones."""
    with tarfile.open(archive) as content:
        for name, sha256 in FILES.items():
            member = content.extractfile(f"package/{name}")
            font = member.read() if member else b""
            if hashlib.sha256(font).hexdigest() != sha256:
                raise SetupError(STEP, f"{name} of {PACKAGE} is not the published one", "see npm")
            (folder / Path(name).name).write_bytes(font)
