"""Tables of what was measured."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from recordings.speech.bench import StreamLoad
from service import bench_line
from service.bench_desk import Delays
from service.bench_loads import Loads, figures
from service.bench_talks import Talks
from service.bench_tickets.measuring import Measured


def show_line(found: Sequence[bench_line.Measured], ratio: float | None) -> None:
    """One row for each load and way."""
    table = Table(
        "way", "calls/s", "s", "calls", "failed", "at once", "Asterisk ms", "Python ms", "spare",
        "key→prompt p50", "p99", "n", "records",
    )  # fmt: skip
    for m in found:
        table.add_row(
            m.way,
            f"{m.rate:g}",
            f"{m.call_seconds:g}",
            str(m.calls),
            str(m.failed),
            str(m.concurrent),
            f"{m.asterisk_ms:.1f}",
            f"{m.python_ms:.1f}" if m.records is not None else "-",
            f"{m.spare:.0%}",
            _ms(m.percentile(50)),
            _ms(m.percentile(99)),
            f"{len(m.key_to_prompt_ms)}" + (f" (-{m.probes_failed})" if m.probes_failed else ""),
            "-" if m.records is None else str(m.records),
        )
    console = Console(highlight=False, width=120)
    console.print(table)
    if ratio is not None:
        console.print(f"CPU of a call through the controller: {ratio:.2f} × the dialplan's")


def show_desk(found: Sequence[Delays]) -> None:
    """One row for each way from the line to a page."""
    table = Table("from the event to the page", "n", "p50", "p99", "bytes")
    for one in found:
        table.add_row(
            one.what,
            str(len(one.ms)),
            _ms(one.percentile(50)),
            _ms(one.percentile(99)),
            "-" if one.bytes is None else str(one.bytes),
        )
    Console(highlight=False, width=120).print(table)


def show_loads(found: Sequence[Loads]) -> None:
    """One row for each page; the first is what the others are compared with."""
    table = Table(
        "page", "program kB", "fonts kB", "data kB", "n", "cold p50", "p99", "× bare",
        "warm p50", "p99", "× bare",
    )  # fmt: skip
    for one in found:
        cold, warm = figures(one.cold, found[0].cold), figures(one.warm, found[0].warm)
        table.add_row(
            one.page,
            *(f"{one.bytes[kind] / 1000:.0f}" for kind in ("program", "fonts", "data")),
            str(cold["n"]),
            *_times(cold),
            *_times(warm),
        )
    Console(highlight=False, width=120).print(table)


def show_talks(found: Sequence[Talks]) -> None:
    """One row for each number of talks; CPU in per cent of a core for each talk."""
    table = Table(
        "listening", "talks", "joined", "Asterisk %", "Python %", "speech %", "spare",
        "recordings", "shortest", "streams", "gap s", "behind s", "in time",
    )  # fmt: skip
    for t in found:
        table.add_row(
            t.listening,
            str(t.talks),
            str(t.joined),
            f"{t.asterisk:.1f}",
            f"{t.controller:.1f}",
            f"{t.speech:.1f}",
            f"{t.spare:.0%}",
            str(t.recordings),
            f"{t.shortest:.2f}",
            str(t.streams),
            _seconds(t.gap),
            _seconds(t.behind),
            "yes" if t.good else "no",
        )
    Console(highlight=False, width=120).print(table)


def show_speech(engine: str, baseline: float, found: Sequence[StreamLoad]) -> None:
    """One row for each number of streams; the ratio is to the engine alone."""
    table = Table(
        "streams", "refused", "speech", "CPU-s per s", "× engine alone", "text after p50", "p95",
        "worst behind", "in time", "MB",
    )  # fmt: skip
    for one in found:
        table.add_row(
            str(one.streams),
            str(one.refused),
            f"{one.speech_share:.0%}",
            f"{one.cpu_per_second:.3f}",
            f"{one.cpu_per_second / baseline:.2f}",
            f"{one.final_p50:.2f} s",
            f"{one.final_p95:.2f} s",
            f"{one.behind:.2f} s",
            "no" if one.too_late else "yes",
            f"{one.memory_mb:.0f}",
        )
    console = Console(highlight=False, width=120)
    console.print(table)
    console.print(f"{engine} alone: {baseline:.3f} CPU-s for a second of sound")


def show_tickets(found: Sequence[Measured]) -> None:
    """One row for each kind of act on each database; the ratio is that of the throughputs."""
    table = Table(
        "database", "act", "n", "p50", "p99", "per s", "statements", "bare p50", "bare p99",
        "bare per s", "× bare",
    )  # fmt: skip
    for one in found:
        table.add_row(
            one.dialect,
            one.act,
            str(len(one.product.ms)),
            _ms(one.product.percentile(50)),
            _ms(one.product.percentile(99)),
            f"{one.product.per_second:.0f}",
            f"{one.statements:.1f}",
            _ms(one.bare.percentile(50)),
            _ms(one.bare.percentile(99)),
            f"{one.bare.per_second:.0f}",
            f"{one.ratio:.2f}",
        )
    Console(highlight=False, width=120).print(table)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} ms"


def _times(of: Mapping[str, float]) -> tuple[str, str, str]:
    return _ms(of["p50"]), _ms(of["p99"]), f"{of['ratio']:g}"
