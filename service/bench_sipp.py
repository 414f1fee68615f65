"""Load by SIPp (压力工具): the scenario, the key as packets, the counts."""

import asyncio
import csv
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_SCENARIO = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="menu">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:139[call_number]@[local_ip]:[local_port]>;tag=[pid]s[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:bench@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rrs="true" timeout="8000"/>
  <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[last_From:]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
  <pause milliseconds="{before}"/>
  <nop><action><exec play_pcap_audio="{key}"/></action></nop>
  <pause milliseconds="{after}"/>
  <send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[last_From:]
[last_To:]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv response="200" timeout="8000"/>
</scenario>
"""


@dataclass(frozen=True)
class Load:
    """So many calls a second, for so long, each of so many seconds with one key in it."""

    rate: float
    seconds: float
    call_seconds: float = 3.0
    key_after: float = 1.2

    @property
    def calls(self) -> int:
        return int(self.rate * self.seconds)


@dataclass(frozen=True)
class Count:
    """What became of them."""

    calls: int
    failed: int
    concurrent: int
    """Most calls at the same time."""
    seconds: float


def write_key(path: Path, digit: str) -> None:
    """A key of 100 ms by RFC 4733 as a capture file, which SIPp plays."""
    event = "0123456789*#".index(digit)
    packets = [(n * 0.02, n + 1, False) for n in range(5)] + [(0.1, 5, True)] * 3
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for sequence, (at, frames, end) in enumerate(packets, 1):
            rtp = struct.pack("!BBHII", 0x80, 101 | (0x80 if sequence == 1 else 0), sequence, 0, 7)
            rtp += struct.pack("!BBH", event, (0x80 if end else 0) | 10, frames * 160)
            udp = struct.pack("!HHHH", 4000, 4000, 8 + len(rtp), 0) + rtp
            ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, b"", b"")
            frame = b"\0" * 12 + b"\x08\0" + ip + udp
            stamp = struct.pack("<IIII", 0, int(at * 1e6), len(frame), len(frame))
            file.write(stamp + frame)


async def run(
    sipp: Sequence[str],
    folder: Path,
    server: tuple[str, int],
    *,
    address: str,
    number: str,
    digit: str,
    load: Load,
) -> Count:
    """Place the calls; SIPp runs as a process of its own. Raises RuntimeError if it cannot."""
    key, scenario, counts = folder / "key.pcap", folder / "menu.xml", folder / "counts.csv"
    write_key(key, digit)
    after = load.call_seconds - load.key_after
    scenario.write_text(
        _SCENARIO.format(before=int(load.key_after * 1000), key=key, after=int(after * 1000))
    )
    counts.unlink(missing_ok=True)
    words = [
        *sipp, f"{server[0]}:{server[1]}", "-sf", str(scenario), "-s", number,
        "-i", address, "-mi", address, "-mp", "40000",
        "-r", f"{load.rate:g}", "-m", str(load.calls), "-l", str(load.calls),
        "-nostdin", "-trace_stat", "-stf", str(counts), "-fd", "1",
        "-timeout", str(int(load.seconds + load.call_seconds + 30)), "-timeout_error",
    ]  # fmt: skip
    began = time.monotonic()
    with (folder / "sipp.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *words, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder
        )
        try:
            status = await process.wait()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
    if status not in (0, 1) or not counts.exists():
        tail = (folder / "sipp.log").read_text(errors="replace")[-500:]
        raise RuntimeError(f"SIPp ended with {status}: {tail}")
    with counts.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    last = rows[-1]
    return Count(
        calls=int(last["TotalCallCreated"]),
        failed=int(last["FailedCall(C)"]),
        concurrent=max(int(row["CurrentCall"]) for row in rows),
        seconds=time.monotonic() - began,
    )
