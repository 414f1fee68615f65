"""A printed ticket as PDF/A-2a (archives keep it), set by typst."""

import json
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path

import typst

from console.documents.paper import Paper

_TEMPLATE = Path(__file__).with_name("ticket.typ")


def pdf(paper: Paper, fonts: Path, at: datetime) -> bytes:
    """The document; `fonts` is a folder with Noto Sans SC, which is embedded.

    What people wrote is data for the template, so that no text of theirs can become markup.
    """
    text = json.dumps(asdict(paper), ensure_ascii=False)
    try:
        return _set(text, fonts, at, is_archival=True)
    except typst.TypstError:
        # PDF/A wants a glyph for every character, and Noto Sans SC has no emoji and not every
        # rare name: then fonts of this machine help, and what none of them has is a box.
        return _set(text, fonts, at, is_archival=False)


def _set(text: str, fonts: Path, at: datetime, *, is_archival: bool) -> bytes:
    return typst.compile(
        _TEMPLATE.read_bytes(),
        format="pdf",
        font_paths=_fonts(fonts, with_system=not is_archival),
        sys_inputs={"paper": text},
        pdf_standards=["a-2a"] if is_archival else [],
        timestamp=at.replace(microsecond=0),
    )


@cache
def _fonts(folder: Path, *, with_system: bool) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=with_system, font_paths=[str(folder)])
