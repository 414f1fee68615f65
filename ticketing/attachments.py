"""Attachments of tickets (附件, T34): kept encrypted, bound to the journal by their hash.

An attachment's content is encrypted under its ticket's key: whoever erases the citizen's data
erases it too. Units see those of an ordinary ticket that the hotline shares; of a report or a
confidential ticket only what they brought themselves and what was released one by one, under a
name that tells nothing (R-23-2, domain.md §1.8b Reporters).
"""

import asyncio
import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path, PurePath
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store, vault_of
from store.sealed_files import SealedFiles
from store.tables import ticket
from store.tables_attachments import attachment
from store.types import to_utc
from store.vault import Cipher, Unreadable
from ticketing.attachments_seen import Attachment, seen
from ticketing.file_types import checked
from ticketing.model import Ticket
from ticketing.refusal import Refusal
from ticketing.rows import cipher_of
from ticketing.tickets import Tickets
from ticketing.visibility import Viewer
from ticketing.workflow.terms import UNIT_ROLES, refuse

MOST = 50
"""Attachments of one ticket."""
_LONGEST_NAME = 120
_MB = 1_000_000
Problems = list[str]
Known = list[Attachment]


class Attachments:
    """The attachments of one store's tickets."""

    def __init__(self, store: Store, tickets: Tickets, folder: Path, *, most_mb: int = 20) -> None:
        """`folder`: where the encrypted contents are; `most_mb`: the largest file, in MB."""
        self._store = store
        self._tickets = tickets
        self._files = SealedFiles(folder)
        self._most_mb = most_mb

    async def add(
        self,
        ticket_no: str,
        name: str,
        data: bytes,
        *,
        actor: str,
        role: str,
        at: datetime,
        unit: str | None = None,
        shared: bool = True,
    ) -> str:
        """Attaches a file to an open ticket; its id. On the disk and in the journal at return.

        `shared`: units may see what the hotline attaches to an ordinary ticket. Raises Refusal.
        """
        shown = _tidy(name)
        if len(data) > self._most_mb * _MB:
            raise Refusal(
                "invalid_value", "file", "文件过大", f"请提交不超过{self._most_mb}MB的文件"
            )
        content = await asyncio.to_thread(checked, data)
        if not shown.lower().endswith(f".{content.ending}"):
            shown = f"{shown}.{content.ending}"
        one = await self._tickets.read(ticket_no)
        async with self._store.read() as db:
            cipher = await _cipher(db, ticket_no)
        if cipher is None:
            raise Refusal("wrong_state", None, "该工单的个人信息已删除", "请登记新的工单")
        file_id, digest = str(uuid4()), hashlib.sha256(content.data).hexdigest()
        sealed = await asyncio.to_thread(cipher.seal_file, file_id, content.data)
        await asyncio.to_thread(self._files.write, file_id, sealed)
        try:
            async with self._store.as_one() as db:
                await self._tickets.do(
                    ticket_no, "attach", {"attachment": file_id, "sha256": digest},
                    actor=actor, role=role, unit=unit, at=at,
                )  # fmt: skip
                values = {
                    "attachment_id": file_id,
                    "ticket_no": ticket_no,
                    "seq": await _next(db, ticket_no),
                    "name": cipher.seal("name", shown),
                    "media_type": content.media_type,
                    "size": len(content.data),
                    "sha256": digest,
                    "shared": shared,
                    "uploaded_at": to_utc(at),
                    "uploaded_by": actor,
                    "role": role,
                    "unit": (unit or one.unit) if role in UNIT_ROLES else None,
                }
                await db.execute(sa.insert(attachment), values)
        except BaseException:
            self._files.remove(file_id)
            raise
        return file_id

    async def release(
        self, ticket_no: str, attachment_id: str, *, actor: str, role: str, at: datetime
    ) -> None:
        """Lets the units of a hidden ticket see one file. Raises Refusal."""
        async with self._store.as_one() as db:
            await _is_of(db, ticket_no, attachment_id)
            data = {"attachment": attachment_id}
            await self._tickets.do(
                ticket_no, "release_attachment", data, actor=actor, role=role, at=at
            )
            this = sa.update(attachment).where(attachment.c.attachment_id == attachment_id)
            await db.execute(this.values(released_at=to_utc(at)))

    async def list(
        self, one: Ticket, viewer: Viewer | None = None, *, own_calls: Collection[str] = ()
    ) -> list[Attachment]:
        """What the viewer may know of; None is the local operator."""
        return (await self._seen(one, viewer, own_calls))[0]

    async def read(
        self,
        one: Ticket,
        attachment_id: str,
        viewer: Viewer | None = None,
        *,
        own_calls: Collection[str] = (),
    ) -> tuple[Attachment, bytes]:
        """A file with its content. Raises Refusal `unknown_attachment`, also where the viewer
        may not open it, and `damaged_attachment`."""
        known, cipher = await self._seen(one, viewer, own_calls)
        for file in known:
            if file.attachment_id == attachment_id and file.is_readable:
                return file, await asyncio.to_thread(self._content, file, cipher)
        raise _unknown(attachment_id)

    async def verify(self, one: Ticket) -> Sequence[str]:
        """What is wrong with the files of a ticket: each is there and is what the journal says."""
        known, cipher = await self._seen(one, None, ())
        problems: Problems = []
        told = {
            event.data["attachment"]: event.data.get("sha256")
            for event in one.events
            if event.command == "attach" and "attachment" in event.data
        }
        for found in known:
            if told.pop(found.attachment_id, None) != found.sha256:
                problems.append(f"attachment {found.attachment_id} is not the one of the journal")
            if cipher is None:
                continue
            try:
                await asyncio.to_thread(self._content, found, cipher)
            except Refusal as refusal:
                problems.append(f"attachment {found.attachment_id}: {refusal.message}")
        return problems + [f"attachment {missing} is missing" for missing in sorted(told)]

    def _content(self, one: Attachment, cipher: Cipher | None) -> bytes:
        sealed = self._files.read(one.attachment_id)
        if sealed is None or cipher is None:
            raise _damaged("附件已删除，或文件丢失")
        try:
            content = cipher.open_file(one.attachment_id, sealed)
        except Unreadable:
            raise _damaged("附件的内容被改动") from None
        if hashlib.sha256(content).hexdigest() != one.sha256:
            raise _damaged("附件的校验值不符")
        return content

    async def _seen(
        self, one: Ticket, viewer: Viewer | None, own_calls: Collection[str]
    ) -> tuple[Known, Cipher | None]:
        """What the viewer may know of, and what opens it; None where the ticket was erased."""
        query = sa.select(attachment).where(attachment.c.ticket_no == one.ticket_no)
        async with self._store.read() as db:
            cipher = await _cipher(db, one.ticket_no)
            rows = (await db.execute(query.order_by(attachment.c.seq))).mappings().all()
        found = (seen(row, one, cipher, viewer, own_calls) for row in rows)
        return [file for file in found if file is not None], cipher


async def _cipher(db: AsyncConnection, ticket_no: str) -> Cipher | None:
    query = sa.select(ticket.c.ticket_no, ticket.c.data_key).where(ticket.c.ticket_no == ticket_no)
    return cipher_of(vault_of(db), dict((await db.execute(query)).mappings().one()))


async def _is_of(db: AsyncConnection, ticket_no: str, attachment_id: str) -> None:
    """Raises Refusal where the ticket has no such file."""
    query = sa.select(attachment.c.attachment_id).where(
        attachment.c.ticket_no == ticket_no, attachment.c.attachment_id == attachment_id
    )
    if await db.scalar(query) is None:
        raise _unknown(attachment_id)


async def _next(db: AsyncConnection, ticket_no: str) -> int:
    """The number of a new one; the ticket's row is locked by its event."""
    count = sa.select(sa.func.count()).where(attachment.c.ticket_no == ticket_no)
    known = (await db.execute(count)).scalar_one()
    if known >= MOST:
        raise refuse("invalid_value", "file", f"工单已有{MOST}个附件", "请把材料合并后再提交")
    return known + 1


def _tidy(name: str) -> str:
    """A file's name without its folders. Raises Refusal."""
    bare = PurePath(name.replace("\\", "/")).name.strip()
    if not bare or not bare.isprintable() or len(bare) > _LONGEST_NAME:
        raise Refusal(
            "invalid_value", "name", "文件名无效", f"请使用不超过{_LONGEST_NAME}个可见字符的文件名"
        )
    return bare


def _unknown(attachment_id: str) -> Refusal:
    return Refusal("unknown_attachment", "attachment", f"没有附件{attachment_id}", "请核对附件编号")


def _damaged(message: str) -> Refusal:
    return Refusal("damaged_attachment", "attachment", message, "请联系管理员从备份恢复")
