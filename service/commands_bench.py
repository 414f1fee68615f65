"""`hotline bench`: measurements, with the baseline in the same run."""

import asyncio

import click

from service.output import json_option, print_json, say


@click.group(epilog="Example: ./hotline bench line --rates 20,100 --seconds 20")
def bench() -> None:
    """Measure the line or the recognisers."""


def _numbers(_context: click.Context, _option: click.Parameter, value: str) -> list[float]:
    try:
        rates = [float(part) for part in value.split(",")]
    except ValueError:
        rates = []
    if not rates or min(rates) <= 0:
        raise click.BadParameter(f"{value!r}: numbers above 0, separated by commas")
    return rates


@bench.command(epilog="Example: ./hotline bench line --rates 100 --seconds 30 --json")
@click.option(
    "--rates", default="20,50,100", show_default=True, callback=_numbers, help="Calls a second."
)
@click.option("--seconds", type=click.FloatRange(min=1), default=20, show_default=True)
@click.option(
    "--call-seconds",
    type=click.FloatRange(min=2),
    default=3.0,
    show_default=True,
    help="Length of a call; times the rate this is how many there are at once.",
)
@json_option
def line(rates: list[float], seconds: float, call_seconds: float, as_json: bool) -> None:
    """The main menu through the controller against the same menu as plain dialplan.

    Starts a line of its own; nothing of a running one is touched.
    """
    from service.bench_line import bench as measure
    from service.bench_line import ratio
    from service.bench_report import show_line
    from service.bench_sipp import Load
    from service.provision.sipp import sipp

    loads = [Load(rate, seconds, call_seconds) for rate in rates]
    found = asyncio.run(measure(sipp(offline=False, say=say), loads))
    if as_json:
        print_json({"ratio": ratio(found), "measured": [m.as_json() for m in found]})
    else:
        show_line(found, ratio(found))
