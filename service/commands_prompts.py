"""`hotline prompts`: the texts of the line and their audio (contract §1)."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.errors import Failure
from service.output import json_option, print_json, say, var_option

if TYPE_CHECKING:
    from ivr.prompts.book import PromptBook
    from service.settings import Settings


@click.group(
    epilog="Example: ./hotline prompts render agent_announce agent_no=1001 --out hello.wav"
)
def prompts() -> None:
    """The texts that callers hear, and their audio."""


@prompts.command("list", epilog="Example: ./hotline prompts list --json")
@var_option
@json_option
def list_prompts(var: Path, as_json: bool) -> None:
    """Every prompt: key, text, values it wants, length in seconds."""
    from ivr.prompts.rendering import variables
    from service.prompts import catalogue_of

    settings = _settings(var)
    book = _book_or_none(var, settings)
    rows = [
        {
            "key": prompt.key,
            "group": prompt.group,
            "text": prompt.text,
            "gloss": prompt.gloss,
            "interruptible": prompt.interruptible,
            "variables": sorted(variables(prompt.text)),
            "seconds": round(book.seconds(prompt.key), 2)
            if book and prompt.key in book and not book.wants(prompt.key)
            else None,
        }
        for prompt in catalogue_of(settings).prompts.values()
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['key']:24} {row['text']}")


@prompts.command(epilog="Example: ./hotline prompts build")
@click.option("--threads", type=click.IntRange(1, 64), default=2, show_default=True)
@json_option
def build(threads: int, as_json: bool) -> None:
    """Speak the product's own texts again where they changed (ivr/prompts/audio)."""
    from ivr.prompts.build import build as build_audio
    from ivr.prompts.catalogue import Catalogue
    from ivr.prompts.voice import VoiceError
    from service.prompts import voice

    try:
        built = build_audio(Catalogue.load(), voice(), say, threads=threads)
    except VoiceError as error:
        raise Failure("no_voice", str(error), fix="see that package mirrors are reached") from error
    if as_json:
        print_json(vars(built))
    else:
        say(f"{built.made} made, {built.kept} kept, {built.removed} removed, {built.failed} failed")
    if built.failed:
        raise Failure("not_spoken", f"{built.failed} texts could not be spoken")


@prompts.command(
    epilog="Example: ./hotline prompts render ticket_created query_code=48210937 --out code.wav"
)
@click.argument("key")
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]…")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    required=True,
    help="WAV file to write, 8 kHz mono.",
)
@var_option
@json_option
def render(key: str, values: tuple[str, ...], out: Path, var: Path, as_json: bool) -> None:
    """Write what a caller would hear. Times as 2026-10-01T10:00, summary as a WAV file."""
    import wave

    from ivr.prompts.rendering import Value
    from service.prompt_values import value_of
    from service.prompts import catalogue_of

    settings = _settings(var)
    book = _book(var, settings)
    if key not in book:
        raise click.BadParameter(f"{key}: unknown; see `hotline prompts list`", param_hint="KEY")
    catalogue = catalogue_of(settings)
    given: dict[str, Value] = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals or name not in book.wants(key):
            wanted = ", ".join(sorted(book.wants(key))) or "no values"
            raise click.BadParameter(f"“{value}”: {key} wants {wanted}", param_hint="NAME=VALUE")
        given[name] = value_of(name, text, catalogue)
    if missing := book.wants(key) - given.keys():
        raise click.UsageError(f"{key} wants {', '.join(sorted(missing))}")
    media = book.media(key, **given)
    samples = b"".join(_samples(Path(uri.removeprefix("sound:"))) for uri in media)
    try:
        with out.open("wb") as file, wave.open(file, "wb") as wav:
            wav.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
            wav.writeframes(samples)
    except OSError as error:
        raise Failure("not_written", f"{out}: {error.strerror}", field="out") from error
    if as_json:
        print_json({"out": str(out.absolute()), "seconds": book.seconds(key, **given)})
    else:
        say(f"{out}: {book.seconds(key, **given):.1f} s")


def _samples(path: Path) -> bytes:
    """16-bit samples of what Asterisk would play for a `sound:` URI."""
    from ivr.prompts.audio import decode_alaw

    alaw = path.with_name(f"{path.name}.alaw")
    if alaw.exists():
        return decode_alaw(alaw.read_bytes()).astype("<i2").tobytes()
    import wave

    try:
        with wave.open(str(path.with_name(f"{path.name}.wav")), "rb") as file:
            if (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000):
                return file.readframes(file.getnframes())
    except (wave.Error, EOFError):
        pass
    raise Failure("wrong_format", f"{path}.wav: must be a WAV file, 8 kHz mono 16-bit")


def _settings(var: Path) -> "Settings":
    """The settings of the last `up` on this VAR."""
    from service.loader import load
    from service.paths import Var
    from service.runtime import UpOptions

    options = UpOptions.load(Var.at(var))
    return load(options.config, demo=options.demo).settings


def _book_or_none(var: Path, settings: "Settings") -> "PromptBook | None":
    from ivr.prompts.book import BookError, PromptBook
    from service.paths import Var

    try:
        return PromptBook(Var.at(var).prompts(settings.prompts.language))
    except BookError:
        return None


def _book(var: Path, settings: "Settings") -> "PromptBook":
    """The prompts in VAR, put there first where no `up` did."""
    from ivr.prompts.book import PromptBook
    from service.paths import Var
    from service.prompts import put_in_place

    book = _book_or_none(var, settings)
    if book is not None:
        return book
    Var.at(var).make_root()
    folder = Var.at(var).prompts(settings.prompts.language)
    put_in_place(settings, folder, offline=False, say=say)
    return PromptBook(folder)
