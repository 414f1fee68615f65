"""What may be attached: known by its content, never by its name; pictures lose what they tell
of place, time and device (EXIF)."""

import io
import zipfile
from dataclasses import dataclass

import filetype
from PIL import Image, ImageOps

from ticketing.refusal import Refusal

_ENDINGS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "audio/x-wav": "wav",
    "audio/mpeg": "mp3",
    "video/mp4": "mp4",
}
_OFFICE = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
"""Endings of archives, with a part that each of them has."""
_MOST_PIXELS = 60_000_000
_QUALITY = 90


@dataclass(frozen=True)
class Content:
    """A file's content as it is kept."""

    data: bytes
    media_type: str
    ending: str


def checked(data: bytes) -> Content:
    """The content, known and cleaned; may take a second. Raises Refusal `invalid_value`."""
    media_type = filetype.guess_mime(data)
    ending = _ENDINGS.get(media_type or "")
    if media_type is None or ending is None:
        raise _refused("文件类型不支持")
    if media_type.startswith("image/"):
        data = _bare_picture(data, "JPEG" if ending == "jpg" else "PNG")
    elif ending in _OFFICE and not _has_part(data, _OFFICE[ending]):
        raise _refused("文件已损坏，或不是文档")
    return Content(data, media_type, ending)


def _bare_picture(data: bytes, form: str) -> bytes:
    """The picture alone, upright as its EXIF said."""
    try:
        with Image.open(io.BytesIO(data), formats=[form]) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise _refused("图片过大")
            upright = ImageOps.exif_transpose(picture)
            kept = upright if upright.mode in ("RGB", "L", "RGBA", "P") else upright.convert("RGB")
            bare = Image.frombytes(kept.mode, kept.size, kept.tobytes())
            if kept.mode == "P" and (palette := kept.getpalette()) is not None:
                bare.putpalette(palette)
            out = io.BytesIO()
            bare.save(out, form, **({"quality": _QUALITY} if form == "JPEG" else {}))
            return out.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise _refused("图片已损坏") from None


def _has_part(data: bytes, part: str) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return part in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return False


def _refused(message: str) -> Refusal:
    endings = "、".join(sorted(_ENDINGS.values()))
    return Refusal("invalid_value", "file", message, f"请提交完好的文件，可用{endings}")
