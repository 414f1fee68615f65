"""Models of the recogniser: found, fetched, refused, remembered."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from recordings.settings import SpeechSettings
from service.provision import models
from service.provision.download import DownloadError, fetch
from service.provision.models import place_prompt, resolve_engine


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as content:
        content.writestr("some-model/am/final.mdl", b"m" * 300_000)
        content.writestr("some-model/conf/mfcc.conf", b"--dither=0")
    return file.getvalue()


class Site:
    """A web site on loopback; may break off in the middle of a file."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.break_at: int | None = None
        self.asked: list[str | None] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = self.headers.get("Range")
                site.asked.append(wanted)
                start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
                self.send_response(206 if wanted else 200)
                self.send_header("Content-Length", str(len(site.content) - start))
                self.end_headers()
                self.wfile.write(site.content[start : site.break_at])

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/model.zip"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site(zipped())
    yield site
    site.close()


def settings(site: Site, **more: object) -> SpeechSettings:
    sha256 = hashlib.sha256(site.content).hexdigest()
    return SpeechSettings.model_validate({"vosk_url": site.url, "vosk_sha256": sha256, **more})


def quiet(_: str) -> None:
    pass


def test_model_is_fetched_once(site: Site, tmp_path: Path) -> None:
    said: list[str] = []
    choice = resolve_engine(settings(site), offline=False, say=said.append, cache=tmp_path)
    assert choice.name == "vosk" and choice.warnings == ()
    assert choice.model is not None and (choice.model / "am/final.mdl").stat().st_size == 300_000
    assert any("100 %" in line for line in said)
    again = resolve_engine(settings(site), offline=True, say=quiet, cache=tmp_path)
    assert again == choice and len(site.asked) == 1


def test_broken_download_is_continued(site: Site, tmp_path: Path) -> None:
    sha256 = hashlib.sha256(site.content).hexdigest()
    site.break_at = len(site.content) // 2
    with pytest.raises(DownloadError):
        fetch(site.url, tmp_path / "m.zip", sha256=sha256, progress=lambda *_: None)
    site.break_at = None
    fetch(site.url, tmp_path / "m.zip", sha256=sha256, progress=lambda *_: None)
    assert (tmp_path / "m.zip").read_bytes() == site.content
    assert site.asked == [None, f"bytes={len(site.content) // 2}-"]


def test_wrong_checksum_is_refused(site: Site, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="SHA-256"):
        fetch(site.url, tmp_path / "m.zip", sha256="0" * 64, progress=lambda *_: None)
    assert list(tmp_path.iterdir()) == []


def test_failure_is_remembered_and_the_next_engine_taken(site: Site, tmp_path: Path) -> None:
    site.close()
    whisper = tmp_path / "whisper"
    whisper.mkdir()
    (whisper / "model.bin").write_bytes(b"x")
    wanted = settings(site, whisper_model=whisper)
    cache = tmp_path / "cache"
    choice = resolve_engine(wanted, offline=False, say=quiet, cache=cache)
    assert (choice.name, choice.model) == ("whisper", whisper)
    assert "refused" in choice.warnings[0] and "speech.vosk_model" in choice.warnings[0]
    again = resolve_engine(wanted, offline=False, say=quiet, cache=cache)
    assert "next try" in again.warnings[0]
    retried = resolve_engine(wanted, offline=False, say=quiet, cache=cache, retry=True)
    assert "next try" not in retried.warnings[0]


def test_nothing_there_offline(tmp_path: Path) -> None:
    choice = resolve_engine(SpeechSettings(), offline=True, say=quiet, cache=tmp_path / "none")
    assert choice.name == "none" and choice.model is None
    assert len(choice.warnings) == 3


def test_wrong_folders_are_named(tmp_path: Path) -> None:
    wanted = SpeechSettings(engine="vosk", vosk_model=tmp_path, whisper_model=tmp_path)
    choice = resolve_engine(wanted, offline=True, say=quiet, cache=tmp_path)
    assert choice.name == "none"
    assert str(tmp_path) in choice.warnings[0]


def test_zip_that_leaves_its_folder(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("model/../../evil", b"x")
    with pytest.raises(models.ModelError):
        models._unpack(archive, tmp_path / "model")
    assert not (tmp_path / "evil").exists()


def test_places_for_whisper() -> None:
    prompt = place_prompt()
    assert prompt is not None and "宿城区" in prompt and "*" not in prompt
