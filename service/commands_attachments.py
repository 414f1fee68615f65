"""`hotline tickets attach`, `attachments` and `release`: files of tickets (附件)."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.commands_store import run, show_options
from service.errors import Failure
from service.output import say
from service.tables import print_object, print_rows
from service.ticket_options import acting_as, tickets_of

if TYPE_CHECKING:
    from store.engine import Store
    from ticketing.attachments import Attachments
    from ticketing.model import Ticket

EXAMPLE = "Example: ./hotline tickets attach SQ261001000001 photo.jpg --as agent:1001"
_COLUMNS = ("attachment_id", "name", "media_type", "size", "shared", "released_at", "uploaded_by")


def attachments_of(store: "Store", var: Path) -> "Attachments":
    """The attachments of the tickets in the store of `var`."""
    from service.paths import Var
    from service.runtime import Runtime
    from ticketing.attachments import Attachments

    place = Var.at(var)
    most_mb = Runtime.load(place).settings.tickets.attachment_mb
    return Attachments(store, tickets_of(store, var), place.attachments, most_mb=most_mb)


@click.command("attach", epilog=EXAMPLE)
@click.argument("ticket_no")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@acting_as
@click.option("--unit", metavar="U", help="Unit that a unit role acts for; default: the holder.")
@click.option("--internal", is_flag=True, help="Units do not see it.")
@show_options
def attach(
    var: Path,
    as_json: bool,
    ticket_no: str,
    file: Path,
    who: tuple[str, str],
    unit: str | None,
    internal: bool,
) -> None:
    """Attach a file: pdf, jpg, png, docx, xlsx, wav, mp3, mp4.

    It is kept encrypted; pictures lose what they tell of place, time and device.
    """
    role, name = who
    data = _read(file)

    async def work(store: "Store") -> object:
        files = attachments_of(store, var)
        made = await files.add(
            ticket_no, file.name, data, actor=name, role=role, unit=unit,
            at=datetime.now(UTC), shared=not internal,
        )  # fmt: skip
        return await _one(files, await tickets_of(store, var).read(ticket_no), made)

    print_object(_told(run(var, work)), as_json)


@click.command("attachments", epilog="Example: ./hotline tickets attachments SQ261001000001")
@click.argument("ticket_no")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Write the files there.")  # fmt: skip
@show_options
def attachments(var: Path, as_json: bool, ticket_no: str, out: Path | None) -> None:
    """List the attachments of a ticket, or write them into a folder."""

    async def work(store: "Store") -> list[object]:
        files = attachments_of(store, var)
        ticket = await tickets_of(store, var).read(ticket_no)
        found = await files.list(ticket)
        for one in found if out is not None else ():
            _, content = await files.read(ticket, one.attachment_id)
            _write(out, f"{one.attachment_id[:8]}-{one.name}", content)
        return list(found)

    print_rows([_told(one) for one in run(var, work)], as_json, _COLUMNS)


@click.command(
    "release",
    epilog="Example: ./hotline tickets release SQ261001000001 ATTACHMENT --as dispatcher:d1",
)
@click.argument("ticket_no")
@click.argument("attachment_id")
@acting_as
@show_options
def release(
    var: Path, as_json: bool, ticket_no: str, attachment_id: str, who: tuple[str, str]
) -> None:
    """Let the units of a report or a confidential ticket see one file, under a neutral name."""
    role, name = who

    async def work(store: "Store") -> object:
        files = attachments_of(store, var)
        await files.release(ticket_no, attachment_id, actor=name, role=role, at=datetime.now(UTC))
        return await _one(files, await tickets_of(store, var).read(ticket_no), attachment_id)

    print_object(_told(run(var, work)), as_json)


async def _one(files: "Attachments", ticket: "Ticket", attachment_id: str) -> object:
    return next(one for one in await files.list(ticket) if one.attachment_id == attachment_id)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Failure("not_read", f"{file}: {error.strerror}", field="file") from error


def _write(folder: Path | None, name: str, content: bytes) -> None:
    assert folder is not None
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        fix = "name a folder that can be written"
        raise Failure("not_written", f"{path}: {error.strerror}", field="out", fix=fix) from error
    say(f"written: {path}")


def _told(one: object) -> dict[str, object]:
    from pydantic import TypeAdapter

    from ticketing.attachments_seen import Attachment

    told: dict[str, object] = TypeAdapter(Attachment).dump_python(one, mode="json")  # type: ignore[arg-type]
    return told
