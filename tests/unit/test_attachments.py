"""Attachments (T34, R-23-2): known by content, encrypted, bound by hash, released one by one."""

import io
import wave
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from PIL import Image

from store.engine import Store
from store.tables_attachments import attachment
from store.vault import MasterKey
from tests.console_kit import Api
from tests.unit.ticket_story import MATTER, instant
from ticketing.attachments import MOST, Attachments
from ticketing.file_types import checked
from ticketing.model import Ticket
from ticketing.refusal import Refusal
from ticketing.tickets import Tickets
from ticketing.visibility import Viewer

AT = instant("10-01 08:00")
NAME = "欧阳明轩"
SECRET = f"{NAME}家苏N12345.pdf"
PDF = b"%PDF-1.7\n1 0 obj <</Title (secret)>> endobj\n%%EOF"
UNIT = Viewer("u1", frozenset({"unit_handler"}), unit="SLJ")
OTHER_UNIT = Viewer("u2", frozenset({"unit_handler"}), unit="GAJ")
DISPATCHER = Viewer("d1", frozenset({"dispatcher"}))
LEADER = Viewer("l1", frozenset({"leader"}))
ADMIN = Viewer("root", frozenset({"admin"}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "attachments"


@pytest.fixture
def files(store: Store, tickets: Tickets, folder: Path) -> Attachments:
    return Attachments(store, tickets, folder, most_mb=1)


async def at_unit(tickets: Tickets, **more: Any) -> Ticket:
    """A ticket that SLJ handles."""
    data = {**MATTER, "requester_name": NAME, "contact_phone": "13912345678", **more}
    one = await tickets.create(data, actor="1001", role="agent", at=AT)
    sent = {"unit": "SLJ", "answer_type": "investigate", "unit_content": "反映漏水"}
    for command, given, role in (
        ("accept", {}, "agent"),
        ("dispatch", sent, "dispatcher"),
        ("sign", {}, "unit_handler"),
    ):
        one = await tickets.do(one.ticket_no, command, given, actor=role, role=role, at=AT)
    return one


async def add(
    files: Attachments, one: Ticket, name: str = SECRET, data: bytes = PDF, **more: Any
) -> str:
    who = {"actor": "1001", "role": "agent", "at": AT, **more}
    return await files.add(one.ticket_no, name, data, **who)


def on_disk(folder: Path) -> list[Path]:
    """All files in the folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


def picture(form: str, mode: str = "RGB", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (40, 20), 100).save(out, form, **more)
    return out.getvalue()


def book() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def archive(*parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for part in parts:
            packed.writestr(part, "<x/>")
    return out.getvalue()


def sound() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(100))
    return out.getvalue()


WORD = archive("[Content_Types].xml", "_rels/.rels", "word/document.xml")


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (PDF, "pdf"),
        (picture("JPEG"), "jpg"),
        (picture("PNG"), "png"),
        (picture("PNG", "RGBA"), "png"),
        (picture("PNG", "P"), "png"),
        (picture("JPEG", "CMYK"), "jpg"),
        (WORD, "docx"),
        (book(), "xlsx"),
        (sound(), "wav"),
        (b"ID3\x03" + bytes(100), "mp3"),
        (b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41" + bytes(100), "mp4"),
    ],
)
def test_a_file_is_known_by_its_content(data: bytes, ending: str) -> None:
    assert checked(data).ending == ending


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text",
        b"<html><script>alert(1)</script>",
        b"MZ" + bytes(200),
        archive("a.txt"),
        archive("[Content_Types].xml", "_rels/.rels", "word/other.xml"),
        picture("GIF", "P"),
        picture("PNG")[:60],
        picture("JPEG")[:60],
        picture("JPEG")[:20] + b"\xff" * 200,
    ],
    ids=["empty", "text", "html", "program", "zip", "odd", "gif", "png", "jpg", "noise"],
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(Refusal) as found:
        checked(data)
    assert (found.value.code, found.value.field) == ("invalid_value", "file")


def test_a_picture_loses_what_it_tells_and_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    told = picture("JPEG", exif=exif)
    assert b"Secret Camera" in told
    bare = checked(told).data
    with Image.open(io.BytesIO(bare)) as opened:
        assert not opened.getexif()
        assert opened.size == (20, 40)
    assert b"Secret Camera" not in bare


async def test_what_was_attached_is_given_back(
    files: Attachments, tickets: Tickets, folder: Path
) -> None:
    one = await at_unit(tickets)
    made = await add(files, one)
    (told,) = await files.list(one)
    assert (told.attachment_id, told.name, told.size) == (made, SECRET, len(PDF))
    again, content = await files.read(one, made)
    assert (again, content) == (told, PDF)
    event = (await tickets.read(one.ticket_no)).events[-1]
    assert (event.command, event.actor) == ("attach", "1001")
    assert event.data["attachment"] == made and event.data["sha256"] == told.sha256
    assert await files.verify(await tickets.read(one.ticket_no)) == []
    assert await tickets.verify(one.ticket_no) == []
    (kept,) = on_disk(folder)
    assert kept.name == made and kept.stat().st_mode & 0o777 == 0o600
    assert PDF not in kept.read_bytes()


async def test_the_store_does_not_tell_a_file_s_name(
    files: Attachments, tickets: Tickets, store: Store
) -> None:
    await add(files, await at_unit(tickets))
    async with store.read() as db:
        rows = (await db.execute(sa.select(attachment))).all()
    assert len(rows) == 1 and NAME not in str(rows)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\照片\\a.pdf", "a.pdf"),
        ("a.PDF", "a.PDF"),
        ("页面.html", "页面.html.pdf"),
    ],
)
async def test_names_have_no_folders_and_the_right_ending(
    files: Attachments, tickets: Tickets, name: str, shown: str
) -> None:
    one = await at_unit(tickets)
    await add(files, one, name)
    assert [file.name for file in await files.list(one)] == [shown]


async def test_what_is_wrong_leaves_nothing(
    files: Attachments, tickets: Tickets, folder: Path
) -> None:
    one = await at_unit(tickets)
    wrong: list[tuple[dict[str, Any], str, str | None]] = [
        ({"data": b"x"}, "invalid_value", "file"),
        ({"data": PDF + bytes(1_000_001)}, "invalid_value", "file"),
        ({"name": ""}, "invalid_value", "name"),
        ({"name": "a\nb.pdf"}, "invalid_value", "name"),
        ({"name": "a" * 121}, "invalid_value", "name"),
        ({"role": "admin"}, "not_allowed", None),
    ]
    for more, code, field in wrong:
        with pytest.raises(Refusal) as found:
            await add(files, one, **more)
        assert (found.value.code, found.value.field) == (code, field)
    withdrawn = await tickets.create(MATTER, actor="1001", role="agent", at=AT)
    await tickets.do(
        withdrawn.ticket_no, "reject", {"reject_code": "N6", "explanation": "重复"},
        actor="1001", role="agent", at=AT,
    )  # fmt: skip
    with pytest.raises(Refusal) as found:
        await add(files, withdrawn)
    assert found.value.code == "wrong_state"
    assert await files.list(one) == []
    assert on_disk(folder) == []
    assert (await tickets.read(one.ticket_no)).version == one.version


async def test_a_ticket_has_only_so_many(
    files: Attachments, tickets: Tickets, store: Store
) -> None:
    one = await at_unit(tickets)
    await add(files, one)
    async with store.write() as db:  # as if there were many
        row = dict((await db.execute(sa.select(attachment))).mappings().one())
        more = [{**row, "attachment_id": str(n), "seq": n} for n in range(2, MOST + 1)]
        await db.execute(sa.insert(attachment), more)
    with pytest.raises(Refusal, match=f"已有{MOST}个附件"):
        await add(files, one)


async def test_a_file_that_was_changed_or_lost_is_found(
    files: Attachments, tickets: Tickets, folder: Path
) -> None:
    one = await at_unit(tickets)
    first, second = await add(files, one), await add(files, one, "b.pdf")
    paths = {path.name: path for path in on_disk(folder)}
    paths[first].write_bytes(paths[second].read_bytes())
    paths[second].unlink()
    problems = await files.verify(await tickets.read(one.ticket_no))
    assert problems == [f"attachment {first}: 附件的内容被改动",
                        f"attachment {second}: 附件已删除，或文件丢失"]  # fmt: skip
    with pytest.raises(Refusal) as found:
        await files.read(one, first)
    assert found.value.code == "damaged_attachment"


async def test_a_row_that_was_removed_or_changed_is_found(
    files: Attachments, tickets: Tickets, store: Store
) -> None:
    one = await at_unit(tickets)
    first, second = await add(files, one), await add(files, one, "b.pdf")
    async with store.write() as db:
        await db.execute(sa.delete(attachment).where(attachment.c.attachment_id == first))
        await db.execute(sa.update(attachment).values(sha256="0" * 64))
    assert await files.verify(await tickets.read(one.ticket_no)) == [
        f"attachment {second} is not the one of the journal",
        f"attachment {second}: 附件的校验值不符",
        f"attachment {first} is missing",
    ]


async def test_R_23_2_units_see_of_a_hidden_ticket_what_was_released(
    files: Attachments, tickets: Tickets
) -> None:
    one = await at_unit(tickets, request_type="report")
    made, kept = await add(files, one), await add(files, one, "b.pdf")
    assert await files.list(one, UNIT) == []
    with pytest.raises(Refusal) as found:
        await files.read(one, made, UNIT)
    assert found.value.code == "unknown_attachment"
    await files.release(one.ticket_no, made, actor="d1", role="dispatcher", at=AT)
    (seen,) = await files.list(one, UNIT)
    assert (seen.attachment_id, seen.name, seen.uploaded_by) == (made, "附件1.pdf", None)
    assert (await files.read(one, made, UNIT))[1] == PDF
    assert kept not in str(await files.list(one, UNIT))
    assert await files.list(one, OTHER_UNIT) == []
    assert await files.list(one, ADMIN) == []
    assert (await tickets.read(one.ticket_no)).events[-1].command == "release_attachment"


async def test_who_else_sees_what_of_a_hidden_ticket(files: Attachments, tickets: Tickets) -> None:
    one = await at_unit(tickets, confidential=True)
    made = await add(files, one)
    (seen,) = await files.list(one, DISPATCHER)
    assert seen.is_readable and NAME not in seen.name and seen.name.endswith(".pdf")
    (seen,) = await files.list(one, LEADER)
    assert (seen.name, seen.is_readable) == ("附件1.pdf", False)
    with pytest.raises(Refusal) as found:
        await files.read(one, made, LEADER)
    assert found.value.code == "unknown_attachment"


async def test_units_see_what_is_shared_and_what_is_theirs(
    files: Attachments, tickets: Tickets
) -> None:
    one = await at_unit(tickets)
    await add(files, one, "a.pdf")
    await add(files, one, "internal.pdf", shared=False)
    await add(files, one, "own.pdf", actor="u1", role="unit_handler", unit="SLJ")
    names = [file.name for file in await files.list(one, UNIT)]
    assert names == ["a.pdf", "own.pdf"]
    hidden = await at_unit(tickets, confidential=True)
    await add(files, hidden, "own.pdf", actor="u1", role="unit_handler")
    assert [file.name for file in await files.list(hidden, UNIT)] == ["own.pdf"]


async def test_only_the_hotline_releases(files: Attachments, tickets: Tickets) -> None:
    one = await at_unit(tickets, confidential=True)
    made = await add(files, one)
    for role, attachment_id, code in (
        ("unit_handler", made, "not_allowed"),
        ("agent", made, "not_allowed"),
        ("dispatcher", "0" * 36, "unknown_attachment"),
    ):
        with pytest.raises(Refusal) as found:
            await files.release(one.ticket_no, attachment_id, actor="x", role=role, at=AT)
        assert found.value.code == code
    (seen,) = await files.list(one)
    assert seen.released_at is None


def test_a_sealed_file_opens_under_its_own_name_only() -> None:
    from store.vault import Unreadable, Vault

    vault = Vault(MasterKey.new(), bytes(32))
    cipher = vault.cipher("t", vault.new_key("t"))
    assert cipher.open_file("a", cipher.seal_file("a", PDF)) == PDF
    with pytest.raises(Unreadable):
        cipher.open_file("b", cipher.seal_file("a", PDF))
    with pytest.raises(Unreadable):
        cipher.open_file("a", b"short")


# Over HTTP


BYTES = {"Content-Type": "application/octet-stream"}


async def bring(api: Api, who: str, number: str, query: str, data: bytes = PDF) -> Any:
    return await api.ask(
        who, "POST", f"/api/tickets/{number}/attachments?{query}", data=data, headers=BYTES
    )


async def test_files_over_http(api: Api) -> None:
    one = await at_unit(api.parts.tickets, confidential=True)
    base = f"/api/tickets/{one.ticket_no}/attachments"
    said = await bring(api, "dispatcher", one.ticket_no, "name=a.pdf")
    assert said.status == 201, said.body
    made = f"{base}/{said.body['attachment_id']}"
    assert (await api.ask("unit_handler", "GET", base)).body == []
    assert (await api.ask("unit_handler", "GET", made)).status == 404
    assert (await api.ask("unit_handler", "POST", f"{made}/release")).status == 403
    assert (await api.ask("dispatcher", "POST", f"{made}/release")).status == 204
    got = await api.ask("unit_handler", "GET", made)
    assert (got.status, got.body) == (200, PDF)
    assert got.headers["Content-Disposition"].endswith("%E9%99%84%E4%BB%B61.pdf")
    assert got.headers["Content-Type"] == "application/octet-stream"


async def test_r_23_2_who_opened_a_hidden_ticket_s_file_is_in_the_log(api: Api) -> None:
    for confidential in (True, False):
        one = await at_unit(api.parts.tickets, confidential=confidential)
        base = f"/api/tickets/{one.ticket_no}"
        said = await bring(api, "dispatcher", one.ticket_no, "name=a.pdf")
        name = said.body["attachment_id"]
        assert (await api.ask("supervisor", "GET", f"{base}/attachments/{name}")).status == 200
        if confidential:
            unseen = await api.ask("unit_handler", "GET", f"{base}/attachments/{name}")
            assert unseen.status == 404
        log = (await api.ask("auditor", "GET", f"{base}/access")).body
        told = [(entry["actor"], entry["role"], entry["reason"]) for entry in log]
        wanted = [("supervisor", "supervisor", f"打开附件{name}")]
        assert told == (wanted if confidential else [])
        assert await api.parts.tickets.verify(one.ticket_no) == []


async def test_a_file_that_is_sent_again_is_one_file(api: Api) -> None:
    one = await at_unit(api.parts.tickets)
    base = f"/api/tickets/{one.ticket_no}/attachments"
    for _ in range(2):
        said = await api.ask(
            "agent", "POST", f"{base}?name=a.pdf", data=PDF,
            headers={**BYTES, "Idempotency-Key": "1"},
        )  # fmt: skip
        assert said.status == 201
    assert len((await api.ask("agent", "GET", base)).body) == 1


async def test_wrong_files_over_http(api: Api) -> None:
    one = await at_unit(api.parts.tickets)
    for query, data, status, field in (
        ("name=a.pdf", b"text", 422, "file"),
        ("", PDF, 422, "name"),
        ("name=a.pdf&shared=maybe", PDF, 422, "shared"),
        ("name=a.pdf", PDF + bytes(1_100_000), 422, "file"),
    ):
        said = await bring(api, "agent", one.ticket_no, query, data)
        assert (said.status, said.error[1]) == (status, field), said.body
