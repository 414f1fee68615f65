"""`hotline bench`: measurements, with the baseline in the same run."""

import asyncio
import tempfile
from pathlib import Path
from typing import Literal

import click

from service.output import json_option, print_json, say


@click.group(epilog="Example: ./hotline bench line --rates 20,100 --seconds 20")
def bench() -> None:
    """Measure the line, the recogniser or the tickets."""


def _numbers(_context: click.Context, _option: click.Parameter, value: str) -> list[float]:
    try:
        rates = [float(part) for part in value.split(",")]
    except ValueError:
        rates = []
    if not rates or min(rates) <= 0:
        raise click.BadParameter(f"{value!r}: numbers above 0, separated by commas")
    return rates


def _counts(context: click.Context, option: click.Parameter, value: str) -> list[int]:
    return [int(number) for number in _numbers(context, option, value)] if value else []


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
@click.option(
    "--talks",
    default="",
    callback=_counts,
    help="Instead of the menu: so many recorded talks with agents at once, e.g. 2,5,10.",
)
@click.option(
    "--listening",
    type=click.Choice(["none", "sink", "real"]),
    default="sink",
    show_default=True,
    help="Where the sound of --talks goes: nowhere, to a sink, to the recogniser of --config.",
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Settings whose `speech` section --listening real uses; default config.yaml.",
)
@click.option(
    "--speech",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    metavar="FILE.wav",
    help="What both sides of --talks say over and over; default noise like speech.",
)
@json_option
def line(
    rates: list[float],
    seconds: float,
    call_seconds: float,
    talks: list[int],
    listening: Literal["none", "sink", "real"],
    config: Path | None,
    speech: Path | None,
    as_json: bool,
) -> None:
    """The main menu through the controller against the same menu as plain dialplan.

    Starts a line of its own; nothing of a running one is touched. With --talks: what a talk costs
    with recording and the speakers' sound, and up to how many all of it is in time.
    """
    from service import bench_report as report

    if talks:
        from service.bench_talks import bench_talks
        from service.loader import load

        settings = load(config).settings.speech.model_dump(mode="json")
        done = asyncio.run(
            bench_talks(listening, talks, seconds=seconds, speech=speech, settings=settings)
        )
        if as_json:
            print_json([{**vars(t), "good": t.good} for t in done])
        else:
            report.show_talks(done)
        return
    from service.bench_line import bench as measure
    from service.bench_line import ratio
    from service.bench_sipp import Load
    from service.provision.sipp import sipp

    loads = [Load(rate, seconds, call_seconds) for rate in rates]
    found = asyncio.run(measure(sipp(offline=False, say=say), loads))
    if as_json:
        print_json({"ratio": ratio(found), "measured": [m.as_json() for m in found]})
    else:
        report.show_line(found, ratio(found))


@bench.command(epilog="Example: ./hotline bench speech --streams 1,2,4 --seconds 30")
@click.option(
    "--streams",
    default="1,2,3,4",
    show_default=True,
    callback=_counts,
    help="Speakers at once, on one worker.",
)
@click.option("--seconds", type=click.FloatRange(min=5), default=30, show_default=True)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Settings whose `speech` section is measured; default config.yaml.",
)
@click.argument(
    "sounds", nargs=-1, metavar="[FILE.wav]...", type=click.Path(dir_okay=False, exists=True)
)
@json_option
def speech(
    streams: list[int],
    seconds: float,
    config: Path | None,
    sounds: tuple[str, ...],
    as_json: bool,
) -> None:
    """How many speakers one worker follows, against the same sound straight into the engine.

    They say the FILEs over and over, each a sentence; without FILE the line's own prompts.
    """
    from recordings.speech.bench import baseline, bench_speech
    from service import bench_report as report
    from service.errors import Failure
    from service.loader import load
    from service.prompts import spoken_sentences
    from service.provision.models import resolve_engine
    from service.useragent import read_wav

    if not streams:
        raise click.UsageError("--streams needs at least one number")
    files = [Path(sound) for sound in sounds] or spoken_sentences()
    said = [read_wav(file).astype("<i2").tobytes() for file in files]
    choice = resolve_engine(load(config).settings.speech, offline=False, say=say)
    if choice.name == "none":
        raise Failure("no_recogniser", "; ".join(choice.warnings), fix="see `hotline doctor`")
    say(f"bench: {choice.name}, straight into the engine")
    alone = baseline(choice, said)
    found = []
    for count in streams:
        say(f"bench: {choice.name}, {count} streams on one worker")
        found += asyncio.run(bench_speech(choice, said, streams=[count], seconds=seconds))
    if as_json:
        print_json(
            {
                "engine": choice.name,
                "baseline_cpu_per_second": alone,
                "measured": [{**vars(one), "too_late": one.too_late} for one in found],
            }
        )
    else:
        report.show_speech(choice.name, alone, found)


@bench.command(epilog="Example: ./hotline bench desk --calls 50 --speech sentence.wav --json")
@click.option("--agents", type=click.IntRange(1, 1000), default=200, show_default=True)
@click.option("--calls", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--screen", is_flag=True, help="Also as drawn by a Chromium (that of the tests).")
@click.option(
    "--loads",
    type=click.IntRange(1, 10_000),
    metavar="N",
    help="Instead: how soon each page can be used in that Chromium, N times, cold and warm.",
)
@click.option(
    "--speech",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    metavar="FILE.wav",
    help="A sentence; also measures how soon its words are at the page.",
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Settings whose `speech` section --speech uses; default config.yaml.",
)
@json_option
def desk(
    agents: int,
    calls: int,
    screen: bool,
    loads: int | None,
    speech: Path | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """How soon pages are told of a ring, a change, words; with --loads, how soon they are there.

    Starts a line of its own with so many agents; nothing of a running one is touched.
    """
    from service import bench_report as report

    if loads is not None:
        from service.bench_loads import bench_loads

        pages = asyncio.run(bench_loads(agents=agents, rounds=loads))
        if as_json:
            print_json({"agents": agents, "measured": [one.as_json(pages[0]) for one in pages]})
        else:
            report.show_loads(pages)
        return
    from service.bench_desk import bench_desk
    from service.loader import load

    settings = load(config).settings.speech.model_dump(mode="json")
    found = asyncio.run(
        bench_desk(agents=agents, calls=calls, screen=screen, speech=speech, settings=settings)
    )
    if as_json:
        print_json({"agents": agents, "measured": [one.as_json() for one in found]})
    else:
        report.show_desk(found)


@bench.command(epilog="Example: ./hotline bench tickets --count 100000 --json")
@click.option(
    "--count", type=click.IntRange(1_000, 10_000_000), default=1_000_000, show_default=True
)
@click.option(
    "--rounds",
    type=click.IntRange(10, 100_000),
    default=400,
    show_default=True,
    help="How often each act is done; transitions five times as often.",
)
@click.option(
    "--postgres",
    metavar="URL",
    help="An empty PostgreSQL database, measured too: postgresql+asyncpg://USER@HOST/NAME.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, exists=True, writable=True, path_type=Path),
    help="Where the SQLite store lies meanwhile (6 GB for a million); default TMPDIR.",
)
@json_option
def tickets(
    count: int, rounds: int, postgres: str | None, folder: Path | None, as_json: bool
) -> None:
    """What tickets cost when there are many, against the same SQL on the plain driver.

    Fills a store of its own with tickets of a year, then makes, handles, lists and finds some.
    Nothing of a running line is touched.
    """
    from service import bench_report as report
    from service.bench_tickets.bench import Bench, sqlite_url

    with tempfile.TemporaryDirectory(prefix="hotline-bench-", dir=folder) as name:
        place = Path(name)
        ready = asyncio.run(Bench.prepared(place))
        found = []
        for url in [sqlite_url(place / "bench.sqlite"), *([postgres] if postgres else [])]:
            found += asyncio.run(ready.run(url, count=count, rounds=rounds))
    if as_json:
        print_json({"count": count, "measured": [one.as_json() for one in found]})
    else:
        report.show_tickets(found)
