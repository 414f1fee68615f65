"""`hotline call`: a citizen's test call (测试来电) to the running line."""

import asyncio
from pathlib import Path

import click

from service.output import json_option, print_json, report, var_option
from service.useragent.keys import parse_keys


def _keys(_context: click.Context, _option: click.Parameter, value: str) -> str:
    try:
        parse_keys(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return value


@click.command(epilog="Example: ./hotline call --press 3,w8,0 --for 30 --record call.wav")
@click.option("--to", "number", metavar="N", help="Number to call; default the hotline's.")
@click.option("--from", "caller", metavar="N", help="A citizen of --demo; default the first.")
@click.option(
    "--press",
    "keys",
    metavar="KEYS",
    default="",
    callback=_keys,
    help="Keys to type once answered: 1,w2,0 is key 1, 2 s of waiting, key 0.",
)
@click.option(
    "--say",
    metavar="FILE.wav|TEXT",
    help="Say this after the keys, as soon as the line is quiet, at the latest 8 s later.",
)
@click.option(
    "--record",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="OUT.wav",
    help="Write what was heard.",
)
@click.option(
    "--for",
    "seconds",
    type=click.FloatRange(min=0.1),
    default=60.0,
    show_default=True,
    metavar="S",
    help="Hang up after so many seconds from the answer.",
)
@var_option
@json_option
@click.pass_context
def call(
    context: click.Context,
    number: str | None,
    caller: str | None,
    keys: str,
    say: str | None,
    record: Path | None,
    seconds: float,
    var: Path,
    as_json: bool,
) -> None:
    """Call the running line from a real SIP phone and show what happens as it happens.

    Needs the accounts of `up --demo`. Exit status 1 when the call failed.
    """
    from service.citizen_call import Plan, make_call, show

    plan = Plan(var, number, caller, keys, say, record, seconds)
    result = asyncio.run(make_call(plan, show(as_json)))
    if as_json:
        print_json(result.as_json())
    if (failure := result.failure) is not None:
        report(failure, as_json=False)  # the JSON holds it already, with the result
        context.exit(failure.exit_status)
