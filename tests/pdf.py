"""The text of a PDF as a reader of it gets it: what typst writes, read without its help."""

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\s*(.*?)endobj", re.S)
_STREAM = re.compile(rb"(<<.*?>>)\s*stream\r?\n", re.S)
_FONT = re.compile(rb"/(f\d+) (\d+) 0 R")
_RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_CHARACTER = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_ONE = rb"\((?:[^\\()]|\\.)*\)|<[0-9A-Fa-f]*>"
_SHOWN = re.compile(
    rb"/(f\d+) [\d.]+ Tf|(\[(?:" + _ONE + rb"|[^\]()<>])*\])\s*TJ|(" + _ONE + rb")\s*Tj", re.S
)
_STRING = re.compile(rb"\(((?:[^\\()]|\\.)*)\)|<([0-9A-Fa-f]*)>", re.S)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def text_of(raw: bytes) -> str:
    """All that is shown, without blanks and line ends: layout is not content."""
    objects = dict(_OBJECT.findall(raw))
    fonts = {
        name: _characters(_stream(objects[_reference(objects[number], b"ToUnicode")]))
        for name, number in _FONT.findall(raw)
    }
    found = []
    for body in objects.values():
        content = _stream(body) if b"stream" in body else b""
        if b" Tf" in content:
            found += _shown(content, fonts)
    return re.sub(r"\s", "", "".join(found))


def _shown(content: bytes, fonts: dict[bytes, dict[int, str]]) -> list[str]:
    now: dict[int, str] = {}
    found = []
    for font, several, one in _SHOWN.findall(content):
        if font:
            now = fonts[font]
        for string, hexadecimal in _STRING.findall(several or one):
            codes = bytes.fromhex(hexadecimal.decode()) or _plain(string)
            pairs = zip(codes[::2], codes[1::2], strict=True)
            found += [now.get(high << 8 | low, "\ufffd") for high, low in pairs]
    return found


def _plain(string: bytes) -> bytes:
    def one(match: re.Match[bytes]) -> bytes:
        told = match[1]
        return bytes([int(told, 8)]) if told.isdigit() else _ESCAPED.get(told, told)

    return re.sub(rb"\\([0-7]{3}|.)", one, string, flags=re.S)


def _stream(body: bytes) -> bytes:
    head = _STREAM.search(body)
    assert head is not None
    length = re.search(rb"/Length (\d+)", head[1])
    assert length is not None
    content = body[head.end() : head.end() + int(length[1])]
    return zlib.decompress(content) if b"/FlateDecode" in head[1] else content


def _reference(body: bytes, name: bytes) -> bytes:
    found = re.search(rb"/" + name + rb" (\d+) 0 R", body)
    assert found is not None, name
    return found[1]


def _characters(cmap: bytes) -> dict[int, str]:
    """Characters by their codes in one font."""
    found: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.S):
        for code, text in _CHARACTER.findall(block):
            found[int(code, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.S):
        for first, last, text in _RANGE.findall(block):
            start = int(text, 16)
            for code in range(int(first, 16), int(last, 16) + 1):
                found[code] = chr(start + code - int(first, 16))
    return found
