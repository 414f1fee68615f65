"""What went over the wire (信令): SIP messages as Asterisk sent and got them, by dialogue."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.line import Line

_FILE_HEADER, _PACKET_HEADER = 24, 16


class Wire:
    """The SIP messages of a while."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def of(self, sip_call_id: str) -> str:
        """All messages of a dialogue, one after the other."""
        told = [one for one in self._packets() if sip_call_id.encode() in one]
        return b"\n".join(told).decode("utf-8", "replace")

    def _packets(self) -> Iterator[bytes]:
        content, at = self._file.read_bytes(), _FILE_HEADER
        while at + _PACKET_HEADER <= len(content):
            (length,) = struct.unpack_from("=I", content, at + 8)
            at += _PACKET_HEADER
            yield content[at : at + length]
            at += length


@contextmanager
def listening(line: Line, file: Path) -> Iterator[Wire]:
    """Asterisk writes every SIP message to a file as long as the block runs."""
    line.asterisk(f"pjsip set logger pcap {file}")
    line.asterisk("pjsip set logger verbose off")
    line.asterisk("pjsip set logger on")
    try:
        yield Wire(file)
    finally:
        line.asterisk("pjsip set logger off")
