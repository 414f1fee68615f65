"""Tables of what was measured."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from service.bench_line import Measured


def show_line(found: Sequence[Measured], ratio: float | None) -> None:
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


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} ms"
